"""Reads TOML files, appends tables to them, and finds the lines of tables and keys, which parsers do not report."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# set by hand: no settings go deeper than five; what is made of deeper ones may pass Python's own limit
_MOST_LEVELS = 100
# """…""", '''…''', comments; "…" and '…' as well, so that a `#` within them begins no comment
# up to two quotation marks may precede the three that end a text (TOML 1.0, String)
_TOKEN = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*""", re.DOTALL
)
# `[tool.copydesk]`, `[[source]]`, `[[ source.rule ]]`
_HEAD = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*$")
# `name =`, `"name" =`, `'name' =`, and dotted: `headers.Authorization =`
_KEY = re.compile(r"\s*((?:[\w-]+|\"(?:\\.|[^\"\\])*\"|'[^']*')(?:\s*\.\s*[^=\s][^=]*?)?)\s*=")


def check_is_no_pipe(file: Path) -> None:
    """Raises OSError for a named pipe, a socket or a device: who reads it waits, and nobody may ever write to it."""
    # `<(…)` and what is piped in: the shell has opened the other end
    is_piped_in = file.parent == Path("/dev/fd") or file == Path("/dev/stdin")
    if not is_piped_in and file.exists() and not (file.is_file() or file.is_dir()):
        raise OSError(errno.EINVAL, "is a named pipe, a socket or a device, and no file")


def at(name: str, line: int | None) -> str:
    """A file, and the line in it where that is known."""
    return name if line is None else f"{name}:{line}"


def text_of(file: Path) -> str:
    """The text of a file. Raises ValueError with the problem where it cannot be read."""
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
    """A value in TOML. Texts are written as in JSON, which escapes all that TOML wants escaped but one character."""
    if isinstance(value, dict):
        inner = ", ".join(f"{_value(name)} = {_value(content)}" for name, content in value.items())
        return f"{{ {inner} }}"
    # DEL: TOML 1.0 (String) wants it escaped, JSON (RFC 8259, section 7) does not
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def append_table(path: Path, table: str, check: Callable[[bytes, bytes], object]) -> None:
    """Adds a table at the end of a file, which is made where there is none; nothing else in it is touched.

    ``check``: gets the content before and after, and raises where that is wrong; the file is then as it was. Raises
    EnvironmentFault where the file cannot be written: nothing is added then.
    """
    from copydesk.flows.errors import EnvironmentFault  # here: --help need not load it
    from copydesk.flows.io.posix import fcntl

    if not path.exists():
        check(b"", table.encode())  # before there is a file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # appended, not rewritten: comments, order and line breaks of the user's file stay
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # of two that add at once the second sees what the first added
            file.seek(0)
            before = file.read()
            # a file that was written on Windows keeps its line breaks
            line_break = "\r\n" if b"\r\n" in before else "\n"
            # an empty line before the table, also where the last line lacks its end
            gap = "" if not before else line_break if before.endswith(b"\n") else 2 * line_break
            added = (gap + table.replace("\n", line_break)).encode()
            # before it is written: a kill leaves no table that nobody can read
            check(before, before + added)
            try:
                file.write(added)
                file.flush()
                # the command reports only what is on the disk
                os.fsync(file.fileno())
            except OSError:
                # half a table would leave the whole file unreadable
                os.ftruncate(file.fileno(), len(before))
                raise
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise EnvironmentFault(f"{path}: cannot be written: {problem}; nothing was added") from error


class Places:
    """The lines of a file's tables and keys, counted from 1."""

    def __init__(self, text: str) -> None:
        # of texts over several lines the line breaks stay: all lines keep their numbers
        self._lines = _TOKEN.sub(_without_lines, text).split("\n")

    def of_key(self, key: str, *, table: str = "") -> int | None:
        """The line of a key or table at the top of the file, or below a table's name; None where it is not
        written so.
        """
        wanted = [*_parts(table), key] if table else [key]
        for at, line in enumerate(self._lines):
            if head := self._head(at):
                written = _parts(head[1])
            elif found := _KEY.match(line):
                owner = self._owner(at)
                written = [*(_parts(owner) if owner else []), *_parts(found[1])]
            else:
                continue
            # the beginning is enough: `[source.rule]` is a place of `source`
            if written[: len(wanted)] == wanted:
                return at + 1
        return None

    def of(self, path: Sequence[tuple[str, int]], key: str | None = None) -> int | None:
        """The line of a table in arrays of tables, or of its key; None where it is not written under a head of its own.

        ``path`` names each array on the way and the number of the table in it, from 0: ``[("source", 1), ("rule", 0)]``
        is the first ``[[source.rule]]`` below the second ``[[source]]``. A key that is not found, as it is missing,
        has the line of its table.
        """
        span = range(len(self._lines))
        name = ""
        for step, number in path:
            name = f"{name}.{step}" if name else step
            heads = [at for at in span if self._head(at) == ("[[", name)]
            if number >= len(heads):
                return None
            # a table of an array ends where the next of the same array begins, inner tables included
            span = range(heads[number], heads[number + 1] if number + 1 < len(heads) else span.stop)
        return (span.start if key is None else self._key_in(span, name, key)) + 1

    def _key_in(self, span: range, name: str, key: str) -> int:
        for at in span:
            head = self._head(at)
            if head is not None and at != span.start:
                if head[1].startswith(f"{name}.") and _first(head[1].removeprefix(f"{name}.")) == key:
                    return at
            elif (
                (found := _KEY.match(self._lines[at])) and _first(found[1]) == key and self._owner(at) == name
            ):
                return at
        return span.start

    def _owner(self, at: int) -> str:
        """The name of the table a line belongs to."""
        # upwards: a line belongs to the nearest head above it
        heads = (self._head(before) for before in range(at, -1, -1))
        return next((head[1] for head in heads if head is not None), "")

    def _head(self, at: int) -> tuple[str, str] | None:
        found = _HEAD.match(self._lines[at])
        return (found[1], ".".join(_parts(found[2]))) if found else None


def _without_lines(token: re.Match[str]) -> str:
    """Texts of several lines and comments made empty, so that no line of theirs looks like a head or key."""
    text = token.group()
    if text.startswith("#"):
        return ""
    return "\n" * text.count("\n") if text.startswith(('"""', "'''")) else text


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _first(dotted: str) -> str:
    return _parts(dotted)[0]
