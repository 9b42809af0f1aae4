"""Reads TOML files, appends tables to them, and finds the lines of tables and keys: the parser does not report them."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard, TypeVar

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.user_tables import BadKey
from copydesk.flows.errors import EnvironmentFault, SettingsError

_Read = TypeVar("_Read")
# set by hand: settings have at most five; code that walks deeper ones could reach Python's recursion limit
_MOST_LEVELS = 100
_LONG_TEXTS = ('"""', "'''")
# one of these closes a value of several lines
_CLOSING = ("]", "}", *_LONG_TEXTS)
# "…" and '…', and comments: brackets within them open and close nothing
_QUOTED_OR_COMMENT = lazy_pattern(r"""\"(?:\\.|[^"\\])*\"|'[^']*'|\#.*""")


def check_is_no_pipe(file: Path) -> None:
    """Raises OSError for a named pipe, a socket or a device: reading one may block for ever."""
    # `<(…)` and standard input: the shell has opened the other end
    is_piped_in = file.parent == Path("/dev/fd") or file == Path("/dev/stdin")
    if not is_piped_in and file.exists() and not (file.is_file() or file.is_dir()):
        raise OSError(errno.EINVAL, "is a named pipe, a socket or a device, and no file")


def with_line(name: str, line: int | None) -> str:
    """``name:line``; the name alone if the line is unknown."""
    return name if line is None else f"{name}:{line}"


def table_label(table: Mapping[str, Any], number: int) -> str:
    """How messages name a table of an array: its ``name`` in quotes, else its number, counted from 1."""
    return repr(table["name"]) if isinstance(table.get("name"), str) else str(number + 1)


def is_array_of_tables(value: object) -> TypeGuard[list[dict[str, Any]]]:
    """Whether a value of TOML is an array of tables."""
    return isinstance(value, list) and all(isinstance(table, dict) for table in value)


def read_utf8(file: Path) -> str:
    """The text of a file. Raises ValueError with the problem if it cannot be read."""
    try:
        check_is_no_pipe(file)
        return file.read_text("utf-8")
    except OSError as error:
        raise ValueError(f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise ValueError("is not in UTF-8") from error


def read_toml(text: str) -> dict[str, Any]:
    """The data of a text. Raises ValueError with the problem; for its syntax a ``tomli.TOMLDecodeError``."""
    import tomli  # here: commands without a file need none

    try:
        data = tomli.loads(text)
    except RecursionError as error:
        raise ValueError(f"nested too deeply: more than {_MOST_LEVELS} levels") from error
    level: list[Any] = [data]
    for _ in range(_MOST_LEVELS):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    if level:
        raise ValueError(f"nested too deeply: more than {_MOST_LEVELS} levels")
    return data


def toml_lines(header: str, table: Mapping[str, Any]) -> Iterator[str]:
    """A table of an array of tables, in lines of TOML."""
    yield f"[[{header}]]"
    for key, value in table.items():
        yield f"{key} = {_value(value)}"


def _value(value: object) -> str:
    """A value in TOML. JSON's texts are valid in TOML, except for one character."""
    if isinstance(value, dict):
        inner = ", ".join(f"{_value(name)} = {_value(content)}" for name, content in value.items())
        return f"{{ {inner} }}"
    # DEL: TOML 1.0 (String) wants it escaped, JSON (RFC 8259, section 7) does not
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def append_table(path: Path, table: str, check: Callable[[bytes, bytes], object]) -> None:
    """Adds a table at the end of a file, which is created if missing; the rest of it is unchanged.

    ``check`` gets the content before and after; if it raises, the file is unchanged. Raises EnvironmentFault if the
    file cannot be written; it is unchanged then, too.
    """
    from copydesk.flows.io.posix import fcntl  # here: --help need not load it

    if not path.exists():
        check(b"", table.encode())  # before the file is created
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # appended, not rewritten: comments, order and line breaks of the user's file stay
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # the second of two concurrent writers sees what the first added
            file.seek(0)
            before = file.read()
            # a file from Windows keeps its line breaks
            line_break = "\r\n" if b"\r\n" in before else "\n"
            # an empty line before the table, also if the last line lacks its line break
            gap = "" if not before else line_break if before.endswith(b"\n") else 2 * line_break
            added = (gap + table.replace("\n", line_break)).encode()
            check(before, before + added)  # before it is written: a kill must not leave an invalid table
            try:
                file.write(added)
                file.flush()
                os.fsync(file.fileno())  # the command reports success only for what is on the disk
            except OSError:
                # half a table would make the whole file invalid
                os.ftruncate(file.fileno(), len(before))
                raise
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise EnvironmentFault(f"{path}: cannot be written: {problem}; nothing was added") from error


class TomlLines:
    """Finds the lines of a file's tables and keys, counted from 1. The file is valid TOML."""

    def __init__(self, text: str) -> None:
        # in the order of the file: ("source", 1, "rule", 0, "name") is a key of the first `[[source.rule]]` below the
        # second `[[source]]`
        self._found: list[tuple[tuple[str | int, ...], int]] = []
        tables: dict[tuple[str | int, ...], int] = {}
        owner: tuple[str | int, ...] = ()
        for number, statement, data in _statements(text):
            if not statement.lstrip().startswith("["):
                self._found.append(((*owner, *_names(data)), number))
                continue
            owner, names = (), _names(data)
            for left, name in enumerate(names, 1 - len(names)):
                owner = (*owner, name)
                if not left and statement.lstrip().startswith("[["):
                    tables[owner] = tables.get(owner, -1) + 1
                if owner in tables:
                    owner = (*owner, tables[owner])
            self._found.append((owner, number))

    def of_key(self, key: str, *, table: str = "") -> int | None:
        """The line of a key or table at the top level, or in ``table``; None if it is written in another form."""
        wanted = [*(table.split(".") if table else ()), key]
        for path, number in self._found:
            # a prefix is enough: `[source.rule]` is part of `source`
            if [part for part in path if isinstance(part, str)][: len(wanted)] == wanted:
                return number
        return None

    def of_table(self, path: Sequence[tuple[str, int]], key: str | None = None) -> int | None:
        """The line of a table in arrays of tables, or of its key; None if it is written inline, without a header.

        ``path`` has each array on the way and the number of the table in it, from 0: ``[("source", 1), ("rule", 0)]``
        is the first ``[[source.rule]]`` below the second ``[[source]]``. The line of a missing key is that of its
        table.
        """
        table: tuple[str | int, ...] = ()
        for name, number in path:
            # `tool.copydesk.rule`: an array may itself lie in tables
            table += (*name.split("."), number)
        return self._first(table if key is None else (*table, key)) or self._first(table)

    def _first(self, wanted: tuple[str | int, ...]) -> int | None:
        return next((number for path, number in self._found if path[: len(wanted)] == wanted), None)


class TomlFile(NamedTuple):
    """A file with its name and text, for messages. ``data``: its tables, or those in the one table ``within``."""

    name: str
    text: str
    data: dict[str, Any]
    within: str = ""

    def place(self, key: str, *, table: str = "") -> str:
        """File and line of a key or table; ``table``: the one that it is in."""
        lines = TomlLines(self.text)
        # a key of an inline table has no line of its own
        line = lines.of_key(key, table=self.header(table)) or lines.of_key(table, table=self.within)
        place = with_line(self.name, line)
        return f"{place} [{self.within}]" if self.within else place

    def header(self, key: str) -> str:
        """The header of a table with this key."""
        return ".".join(filter(None, (self.within, key)))

    def place_of_table(self, key: str, number: int, inner: str | None = None) -> str:
        """File and line of a table in an array, by its number from 0, or of a key in it; of an inline one the file."""
        return with_line(self.name, TomlLines(self.text).of_table([(self.header(key), number)], inner))

    def tables(self, key: str, *, hint: str = "") -> list[dict[str, Any]]:
        """The tables in an array; none if there is no such key. Raises SettingsError, which ends with ``hint``."""
        tables = self.data.get(key, [])
        if not is_array_of_tables(tables):
            raise SettingsError(f"{self.place(key)}: {key}: expected tables [[{self.header(key)}]]{hint}")
        return tables

    def read_tables(self, key: str, read: Callable[[Mapping[str, Any]], _Read]) -> list[_Read]:
        """What the tables in an array say. Raises SettingsError, with file, line and the table's name or number."""
        found = []
        for number, table in enumerate(self.tables(key)):
            with self.errors_in(key, number, f"{key} {table_label(table, number)}"):
                found.append(read(table))
        return found

    @contextmanager
    def errors_in(self, key: str, number: int, label: str) -> Iterator[None]:
        """Raises SettingsError in one line, with the place of the key in a table of an array, in place of BadKey."""
        try:
            yield
        except BadKey as error:
            lines, within = TomlLines(self.text), [(self.header(key), number)]
            line = lines.of_table(within, error.key)
            if error.number is not None:
                # a rule written inline has no header: then the line of the source's key `rule`
                inner = lines.of_table([*within, ("rule", error.number)], error.key)
                line = inner or lines.of_table(within, "rule")
            place = with_line(self.name, line or lines.of_key(key, table=self.within))
            raise SettingsError(" ".join(f"{place}: {label}: {error}".split())) from error


def toml_file(name: str, text: str) -> TomlFile:
    """A file from its text. Raises SettingsError."""
    import tomli  # as above

    try:
        return TomlFile(name, text, read_toml(text))
    except tomli.TOMLDecodeError as error:
        raise SettingsError(f"{name}:{error.lineno}: {error.msg[0].lower()}{error.msg[1:]}") from error
    except ValueError as error:  # a number with more digits than Python converts
        raise SettingsError(f"{name}: {error}") from error


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The headers and keys of a valid file, each as a document by itself: the line where it begins, and its data."""
    import tomli  # as above

    begun, depth, has_long_text = list[str](), 0, False
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        begun.append(line)
        # a long list is not parsed after each of its lines; in a text over several, brackets are no sign
        has_long_text |= any(sign in line for sign in _LONG_TEXTS)
        bare = _QUOTED_OR_COMMENT.sub("", line)
        depth += sum(map(bare.count, "[{")) - sum(map(bare.count, "]}"))
        if has_long_text:
            if len(begun) > 1 and not any(sign in line for sign in _CLOSING):
                continue
        elif depth > 0:
            continue
        statement = "\n".join(begun)
        with suppress(tomli.TOMLDecodeError):  # its value goes on in the next line
            if data := tomli.loads(statement):
                yield number - len(begun) + 1, statement, data
            begun.clear()
            depth, has_long_text = 0, False


def _names(data: Mapping[str, Any]) -> list[str]:
    """The names of a header or key, one within the other."""
    names = []
    while isinstance(data, Mapping) and len(data) == 1:
        ((name, data),) = data.items()
        names.append(name)
    return names
