"""Lists of sources: TOML files with tables ``[[source]]``, whose keys ``copydesk.flows.config.source_entry`` defines.
A table ``[schedule]`` has the schedule of the list.

    [schedule]
    cron = "0 6 * * *"
    timezone = "Europe/Paris"

    [[source]]
    name = "courier"
    kind = "feed"
    address = "https://courier.example/feed.xml"
    every = "1h"
    headers = { Authorization = "Bearer ${COURIER_TOKEN}" }

    [[source.rule]]
    name = "kiosk"
    label = "ad"
    reason = "the paper's own kiosk"
    css = ["aside.kiosk"]

In a folder all ``.toml`` files are lists, except examples (``*.example.toml``), hidden files and settings.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
import tomli
from msgspec import Struct

from copydesk.flows.config.settings import FILE_NAME, PROJECT_NAME
from copydesk.flows.config.source_entry import BadSourceError, SourceEntry, as_rule_table, read_entry
from copydesk.flows.config.toml_places import (
    Places,
    append_table,
    at,
    check_is_no_pipe,
    read_toml,
    toml_lines,
)
from copydesk.flows.errors import SettingsError
from copydesk.flows.gates.gate import as_gate_table
from copydesk.flows.sources.opening.field_names import named_fields
from copydesk.flows.sources.schedule import ListSchedule, Plan, read_schedule

SUFFIX = ".toml"
# to be copied and filled in; a run over the folder leaves it alone
EXAMPLE_SUFFIX = ".example.toml"
SOURCE_KEY = "source"
SCHEDULE_KEY = "schedule"


class SourceList(Struct, frozen=True):
    """A list: its file, its sources in order, the line of each (None if written inline), and its schedule."""

    path: Path
    sources: tuple[SourceEntry, ...]
    lines: tuple[int | None, ...]
    schedule: ListSchedule = ListSchedule()

    def place(self, number: int) -> str:
        """File and line of a source, by its number from 0."""
        return at(str(self.path), self.lines[number])

    def plan_of(self, entry: SourceEntry) -> Plan | None:
        """When a source of the list is due, or None where every run reads it."""
        return entry.plan_in(self.schedule.timezone)

    def local_paths(self, entry: SourceEntry) -> tuple[str, ...]:
        """The files or folders that a source's address names on the disk, sorted; none where there are none."""
        found = [entry.address]
        # `report[1].html` is a file's name, and a pattern that would find `report1.html` alone
        if not self._is_a_name(entry):
            # sorted: file systems list in any order, and runs are to have the same one
            found = sorted(glob.glob(entry.address, root_dir=self._folder or None, recursive=True))  # noqa: PTH207
        return tuple(os.path.join(self._folder, one) for one in found)  # noqa: PTH118

    def named_path(self, entry: SourceEntry) -> tuple[str, ...]:
        """The file or folder that a source's address names, be it there or not; none where it is a pattern."""
        if glob.has_magic(entry.address) and not self._is_a_name(entry):
            return ()
        return (os.path.join(self._folder, entry.address),)  # noqa: PTH118 - as above

    def local_folder(self, entry: SourceEntry) -> str:
        """The folder that all of a source's files lie below, whichever there are; '' for the working directory."""
        steps = os.path.dirname(entry.address).split("/")  # noqa: PTH120 - a glob is no path
        is_fixed = self._is_a_name(entry)
        # up to the first step with `*`, `?` or `[`: all that is found lies below
        fixed = takewhile(lambda step: is_fixed or not glob.has_magic(step), steps)
        return os.path.join(self._folder, "/".join(fixed))  # noqa: PTH118

    @property
    def _folder(self) -> str:
        return "" if self.path.parent == Path() else str(self.path.parent)

    def _is_a_name(self, entry: SourceEntry) -> bool:
        """Whether an address is the name of a file, which comes before its reading as a glob."""
        return os.path.lexists(os.path.join(self._folder, entry.address))  # noqa: PTH118


def read_source_lists(places: Iterable[Path]) -> tuple[SourceList, ...]:
    """The lists in files and folders, in order; a file met twice is read once.

    Raises SettingsError, in one line with file and line, where one is wrong or two sources share a name.
    """
    # by real path: a list that is named twice, or by a link too, would clash with itself over names
    files = {os.path.realpath(file): file for place in places for file in list_files(place)}
    lists = tuple(read_source_list(file) for file in files.values())
    _check_names((listed, number) for listed in lists for number in range(len(listed.sources)))
    return lists


def read_source_list(path: Path) -> SourceList:
    """The list in one file, whatever its name. Raises SettingsError as ``read_source_lists`` does."""
    try:
        check_is_no_pipe(path)
        body = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    return _parse(path, body)


def _unreadable(path: Path, error: OSError) -> SettingsError:
    if isinstance(error, FileNotFoundError):
        return SettingsError(f"{path}: no such file or folder")
    return SettingsError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}")


def append_source(path: Path, entry: SourceEntry) -> None:
    """Adds a source at the end of a list, which is made where there is none; nothing else in it is touched.

    Raises SettingsError where the list is wrong or holds the name already, EnvironmentFault where it cannot be
    written; it is then as it was.
    """
    table = "\n".join((*_table_lines(entry), ""))
    try:
        append_table(path, table, lambda before, after: _check_added(path, before, after, entry))
    except UnicodeEncodeError as error:
        raise SettingsError(f"{entry.address!r}: no UTF-8, so that a list cannot hold it") from error


def _check_added(path: Path, before: bytes, after: bytes, entry: SourceEntry) -> None:
    known = _parse(path, before)
    if any(entry.name == other.name for other in known.sources):
        raise SettingsError(f"{path}: there is a source {entry.name!r} already; choose another name")
    try:
        read = _parse(path, after)
    except SettingsError as error:
        raise SettingsError(f"{path}: its sources are written inline; make them tables [[source]]") from error
    # read back, so that a mistake in the writing spoils no list
    if read.sources != (*known.sources, entry):
        raise SettingsError(f"{path}: source {entry.name!r} cannot be written so that it is read as it is")


def list_files(place: Path) -> list[Path]:
    """The lists in a folder; a file by itself. Raises SettingsError where the folder cannot be read."""
    if not place.is_dir():
        return [place]
    try:
        return sorted(file for file in place.iterdir() if _is_list(file))
    except OSError as error:
        raise _unreadable(place, error) from error


def _is_list(file: Path) -> bool:
    name = file.name
    is_other = name.startswith(".") or name.endswith(EXAMPLE_SUFFIX) or name in (FILE_NAME, PROJECT_NAME)
    return name.endswith(SUFFIX) and not is_other and file.is_file()


def _parse(path: Path, body: bytes) -> SourceList:
    try:
        text = body.decode("utf-8")
        data = read_toml(text)
    except UnicodeDecodeError as error:
        # counted here: tomli counts lines of text, and never sees these bytes
        line = body.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}:{line}: no UTF-8; save the list as UTF-8") from error
    except tomli.TOMLDecodeError as error:
        raise SettingsError(f"{path}:{error.lineno}: {error.msg[0].lower()}{error.msg[1:]}") from error
    except ValueError as error:  # a number of more digits than Python reads
        raise SettingsError(f"{path}: {error}") from error
    places = Places(text)
    tables = _tables(path, data, places)
    entries = tuple(_entry(path, places, tables, number) for number in range(len(tables)))
    lines = tuple(places.of([(SOURCE_KEY, number)]) for number in range(len(tables)))
    listed = SourceList(path, entries, lines, _schedule(path, data, places))
    _check_names((listed, number) for number in range(len(entries)))
    return listed


def _schedule(path: Path, data: Mapping[str, Any], places: Places) -> ListSchedule:
    try:
        return read_schedule(data.get(SCHEDULE_KEY, {}))
    except ValueError as error:
        key = str(error).partition(":")[0]
        line = places.of_key(key, table=SCHEDULE_KEY) or places.of_key(SCHEDULE_KEY)
        raise _wrong(at(str(path), line), f"{SCHEDULE_KEY}: {error}") from error


def _tables(path: Path, data: Mapping[str, Any], places: Places) -> Sequence[Mapping[str, Any]]:
    for key, value in data.items():
        if key not in (SOURCE_KEY, SCHEDULE_KEY):
            what = f"tables [[{key}]]" if isinstance(value, list) else f"key {key!r}"
            hint = "a list holds tables [[source]] and one [schedule] alone"
            # a schedule that is written above its head
            if key in ("every", "cron", "timezone"):
                hint = f"write it below [{SCHEDULE_KEY}]"
            # `[[sources]]`, `[[Source]]`
            if key.lower().startswith(SOURCE_KEY):
                hint = f"did you mean [[{SOURCE_KEY}]]?"
            raise _wrong(at(str(path), places.of_key(key)), f"unknown {what}; {hint}")
    tables = data.get(SOURCE_KEY, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _wrong(at(str(path), places.of_key(SOURCE_KEY)), "source: expected tables [[source]]")
    return tables


def _entry(path: Path, places: Places, tables: Sequence[Mapping[str, Any]], number: int) -> SourceEntry:
    table = tables[number]
    try:
        return read_entry(table)
    except BadSourceError as error:
        within = [(SOURCE_KEY, number)]
        line = places.of(within, error.key)
        if error.rule is not None:
            # of a rule written inline there is no head: then the line of the source's key `rule`
            line = places.of([*within, ("rule", error.rule)], error.key) or places.of(within, "rule")
        named = repr(table["name"]) if isinstance(table.get("name"), str) else str(number + 1)
        raise _wrong(at(str(path), line or places.of_key(SOURCE_KEY)), f"source {named}: {error}") from error


def _check_names(sources: Iterable[tuple[SourceList, int]]) -> None:
    seen: dict[str, str] = {}
    for listed, number in sources:
        name, place = listed.sources[number].name, listed.place(number)
        if name in seen:
            raise _wrong(place, f"source {name!r}: the name is already used in {seen[name]}")
        seen[name] = place


def _wrong(place: str, problem: str) -> SettingsError:
    return SettingsError(" ".join(f"{place}: {problem}".split()))  # whatever it quotes, one line


def as_table(entry: SourceEntry) -> dict[str, Any]:
    """The keys of an entry that differ from their defaults, as in a list; ``read_entry`` reads them back."""
    plain: dict[str, Any] = {}
    for field in msgspec.structs.fields(entry):
        value = getattr(entry, field.name)
        # name, kind and address are in every list
        if field.required or value != field.default:
            plain[field.name] = value
    if "headers" in plain:
        plain["headers"] = dict(entry.headers.written)
    if "fields" in plain:
        plain["fields"] = named_fields(entry.fields)
    if "gate" in plain:
        plain["gate"] = as_gate_table(entry.gate)
    if rules := plain.pop("rules", ()):
        plain["rule"] = [as_rule_table(rule) for rule in rules]
    return plain


def _table_lines(entry: SourceEntry) -> Iterator[str]:
    table = as_table(entry)
    rules = table.pop("rule", ())
    yield from toml_lines(SOURCE_KEY, table)
    for rule in rules:
        yield ""
        yield from toml_lines(f"{SOURCE_KEY}.rule", rule)
