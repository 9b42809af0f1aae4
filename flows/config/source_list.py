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
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from typing import Any

from msgspec import Struct

from copydesk.cleaners.user_tables import BadKey, table_of
from copydesk.flows.config.settings import FILE_NAME, PROJECT_NAME
from copydesk.flows.config.source_entry import SourceEntry, read_entry
from copydesk.flows.config.toml_places import (
    TomlFile,
    TomlLines,
    append_table,
    check_is_no_pipe,
    toml_file,
    toml_lines,
    with_line,
)
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.wire.addresses import is_web_url
from copydesk.flows.schedule import ListSchedule, Plan, plan, read_schedule
from copydesk.flows.sources.opening.field_names import named_fields

SUFFIX = ".toml"
EXAMPLE_SUFFIX = ".example.toml"  # to be copied and filled in; a run ignores it
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
        return with_line(str(self.path), self.lines[number])

    def plan_of(self, entry: SourceEntry) -> Plan | None:
        """When a source of the list is due, or None where every run reads it."""
        if not (entry.every or entry.cron):
            return None
        timezone = entry.timezone or self.schedule.timezone
        return plan(every=entry.every, cron=entry.cron, timezone=timezone)

    def local_paths(self, entry: SourceEntry) -> tuple[str, ...]:
        """The files and folders that a source's address matches, sorted."""
        found = [entry.address]
        # `report[1].html` is a file's name, and also a pattern that matches `report1.html` only
        if not self._is_a_name(entry):
            # sorted: file systems list in any order, and all runs should have the same order
            found = sorted(glob.glob(entry.address, root_dir=self._folder or None, recursive=True))  # noqa: PTH207
        return tuple(os.path.join(self._folder, one) for one in found)  # noqa: PTH118

    def named_path(self, entry: SourceEntry) -> tuple[str, ...]:
        """The file or folder that a source's address names, whether or not it exists; empty if it is a pattern."""
        if glob.has_magic(entry.address) and not self._is_a_name(entry):
            return ()
        return (os.path.join(self._folder, entry.address),)  # noqa: PTH118 - as above

    def local_folder(self, entry: SourceEntry) -> str:
        """The deepest folder above everything that a source's address can match; '' for the working directory."""
        steps = os.path.dirname(entry.address).split("/")  # noqa: PTH120 - a glob is no path
        is_fixed = self._is_a_name(entry)
        fixed = takewhile(lambda step: is_fixed or not glob.has_magic(step), steps)
        return os.path.join(self._folder, "/".join(fixed))  # noqa: PTH118

    @property
    def _folder(self) -> str:
        return "" if self.path.parent == Path() else str(self.path.parent)

    def _is_a_name(self, entry: SourceEntry) -> bool:
        """Whether an address is the name of an existing file, and therefore not a pattern."""
        return os.path.lexists(os.path.join(self._folder, entry.address))  # noqa: PTH118


def may_hold_lists(name: str) -> bool:
    """Whether an input is a list, which may be missing, or a folder, which may contain lists."""
    # os.path: undecodable names stay as they are
    return not is_web_url(name) and (name.endswith(SUFFIX) or os.path.isdir(name))  # noqa: PTH112


def read_source_lists(places: Iterable[Path]) -> tuple[SourceList, ...]:
    """The lists in files and folders, in order; duplicate files are read once.

    Raises SettingsError, in one line with file and line, if one is wrong or two sources have the same name.
    """
    # by real path: a list named twice, or also by a link, would clash with its own names
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
    """Adds a source at the end of a list, which is created if missing; the rest of it is unchanged.

    Raises SettingsError if the list is wrong or has the name already, EnvironmentFault if it cannot be written; the
    list is unchanged then.
    """
    keys = as_table(entry)
    rules = keys.pop("rule", ())
    lines = [*toml_lines(SOURCE_KEY, keys)]
    for rule in rules:
        lines += ("", *toml_lines(f"{SOURCE_KEY}.rule", rule))
    table = "\n".join((*lines, ""))
    try:
        append_table(path, table, lambda before, after: _check_added(path, before, after, entry))
    except UnicodeEncodeError as error:
        raise SettingsError(f"{entry.address!r}: no UTF-8, so that a list cannot hold it") from error


def _check_added(path: Path, before: bytes, after: bytes, entry: SourceEntry) -> None:
    known = _parse(path, before)
    if any(entry.name == other.name for other in known.sources):
        raise SettingsError(
            f"{path}: there is a source {entry.name!r} already; choose another name, or change its line"
        )
    try:
        read = _parse(path, after)
    except SettingsError as error:
        raise SettingsError(f"{path}: its sources are written inline; make them tables [[source]]") from error
    # read back, so that a bug in the writer cannot damage a list
    if read.sources != (*known.sources, entry):
        raise SettingsError(f"{path}: source {entry.name!r} cannot be written so that it is read as it is")


def list_files(place: Path) -> list[Path]:
    """The lists in a folder; for a file, itself. Raises SettingsError if the folder cannot be read."""
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
        file = toml_file(str(path), body.decode("utf-8"))
    except UnicodeDecodeError as error:
        # counted here: the parser never gets these bytes
        line = body.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}:{line}: no UTF-8; save the list as UTF-8") from error
    _check_tables(file)
    entries, lines = file.read_tables(SOURCE_KEY, read_entry), TomlLines(file.text)
    numbers = tuple(lines.of_table([(SOURCE_KEY, number)]) for number in range(len(entries)))
    try:
        schedule = read_schedule(file.data.get(SCHEDULE_KEY, {}))
    except BadKey as error:
        raise _wrong(file.place(error.key or "", table=SCHEDULE_KEY), f"{SCHEDULE_KEY}: {error}") from error
    listed = SourceList(path, tuple(entries), numbers, schedule)
    _check_names((listed, number) for number in range(len(entries)))
    return listed


def _check_tables(file: TomlFile) -> None:
    for key, value in file.data.items():
        if key not in (SOURCE_KEY, SCHEDULE_KEY):
            what = f"tables [[{key}]]" if isinstance(value, list) else f"key {key!r}"
            hint = "a list holds tables [[source]] and one [schedule] alone"
            if key in ("every", "cron", "timezone"):  # above the header
                hint = f"write it below [{SCHEDULE_KEY}]"
            if key.lower().startswith(SOURCE_KEY):  # `[[sources]]`, `[[Source]]`
                hint = f"did you mean [[{SOURCE_KEY}]]?"
            raise _wrong(file.place(key), f"unknown {what}; {hint}")


def _check_names(sources: Iterable[tuple[SourceList, int]]) -> None:
    seen: dict[str, str] = {}
    for listed, number in sources:
        name, place = listed.sources[number].name, listed.place(number)
        if name in seen:
            raise _wrong(place, f"source {name!r}: the name is already used in {seen[name]}")
        seen[name] = place


def _wrong(place: str, problem: str) -> SettingsError:
    return SettingsError(" ".join(f"{place}: {problem}".split()))  # in one line, whatever it quotes


def as_table(entry: SourceEntry) -> dict[str, Any]:
    """The keys of an entry that differ from their defaults, as in a list; ``read_entry`` reads them back."""
    table = table_of(entry)
    if "headers" in table:
        table["headers"] = dict(entry.headers.written)
    if "fields" in table:
        table["fields"] = named_fields(entry.fields)
    if "gate" in table:
        table["gate"] = table_of(entry.gate)
    for key, value in table.pop("options", {}).items():
        table[key] = list(value) if isinstance(value, tuple) else value
    if table.pop("rules", ()):
        table["rule"] = [table_of(rule) for rule in entry.rules]
    return table
