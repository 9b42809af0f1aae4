"""Selects and counts the records of a store for an export, whose format and place are checked first."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, structs

from copydesk.cleaners.schema import Record
from copydesk.flows.config.database_url import filled_database_url
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.destination import COMPRESSED_ENDINGS
from copydesk.flows.exports.record_filter import record_filter
from copydesk.flows.formats.format_registry import AnyFormat, StreamFormat, find_format, format_names
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.library.reading import StoredRecords, records_at
from copydesk.flows.library.records.record_lines import DAMAGED, decode_record, decoded
from copydesk.flows.shortening import counted

STANDARD_OUTPUT = "-"


class Export(Struct, frozen=True):
    """An export of a store. ``place``: a path, a URL of fsspec, or ``-``.

    ``everything``: includes rejected and failed pages, and past versions. ``settings``: of the format.
    """

    format: str
    place: str
    where: str | None = None
    limit: int | None = None
    everything: bool = False
    settings: Mapping[str, int | bool | str] = {}


class Exported(Struct):
    """How many records were written, and how many were left out: without an article, or past versions."""

    written: int = 0
    left_out: int = 0
    past: int = 0


class CheckedExport(NamedTuple):
    """A valid export. ``holds``: the test of its ``where``."""

    format: AnyFormat
    holds: Callable[[Record], bool] | None
    limit: int | None
    everything: bool

    def records(self, stored: Iterable[Record], done: Exported) -> Iterator[Record]:
        """The records of a store that are written; counts them in ``done``."""
        chosen = stored if self.holds is None else filter(self.holds, stored)
        wanted = chosen if self.everything else _articles(chosen, done)
        for record in islice(wanted, self.limit):
            done.written += 1
            yield record


def checked_export(export: Export) -> CheckedExport:
    """Checks an export. Raises SettingsError for a wrong format, setting, place or expression."""
    format_ = _with_settings(find_format(export.format), export)
    if export.everything and format_.articles_only:
        raise SettingsError(f"--all: {export.format} holds articles alone, in their newest version")
    if not (isinstance(format_, StreamFormat) and format_.is_text):
        if export.place == STANDARD_OUTPUT:
            raise SettingsError(f"{export.format} is no format of lines: name a path with -o")
        if export.place.endswith(COMPRESSED_ENDINGS):
            raise SettingsError(
                f"{export.place}: {export.format} is not compressed as a whole; name a path without that ending"
            )
    holds = record_filter(export.where) if export.where is not None else None
    return CheckedExport(format_, holds, export.limit, export.everything)


def summary(done: Exported, place: str) -> str:
    """A line about a finished export."""
    records = counted(done.written, "record")
    omitted = [f"{done.left_out:,} without an article"] if done.left_out else []
    omitted += [counted(done.past, "past version")] if done.past else []
    left_out = f"; {' and '.join(omitted)} left out" if omitted else ""
    return (
        f"{records} to {'standard output' if place == STANDARD_OUTPUT else without_secrets(place)}{left_out}"
    )


def _with_settings(format_: AnyFormat, export: Export) -> AnyFormat:
    for name in export.settings:
        if name not in format_.settings:
            known = [one for one in format_names() if name in find_format(one).settings]
            option = option_of(name, export.settings[name]).partition("=")[0]
            raise SettingsError(f"{option}: is for {', '.join(known)}; not for {export.format}")
    # the format checks the values before the first record
    return structs.replace(format_, write=partial(format_.write, **export.settings))


def option_of(name: str, value: int | bool | str) -> str:
    """A setting of a format as an option of the command."""
    if isinstance(value, bool):
        return f"--{'' if value else 'no-'}{name}"
    return f"--{name.replace('_', '-')}={value}"


def _articles(records: Iterable[Record], done: Exported) -> Iterator[Record]:
    for record in records:
        if not (record.status in ("ok", "partial") and record.text):
            done.left_out += 1
        # all versions of a page have the same id and URL: only the current one is exported
        elif record.next is not None:
            done.past += 1
        else:
            yield record


def read_store(
    place: Path, warn: Callable[[str], None], *, database: str | None = None, newest_first: bool = False
) -> Iterator[Record]:
    """The records of the store in an output folder, at its own path, or in a database. ``warn`` gets a message at the
    end if some lines are no records. ``newest_first``: the last stored comes first.

    Raises SettingsError if there is no store, or none of its lines is a record; EnvironmentFault if it cannot be read.
    """
    return records_on(backend_at(place, database), warn, newest_first=newest_first)


def backend_at(place: Path, database: str | None) -> StoredRecords:
    """The store in an output folder, at its own path, or in a database. Raises SettingsError if there is none."""
    if database is not None:
        database = filled_database_url(database, os.environ)
    backend = records_at(place, database)
    if backend is None:
        what = "holds no store" if place.exists() else "no such folder"
        raise SettingsError(f"{place}: {what}; name the output folder of a run with --output")
    return backend


def records_on(
    backend: StoredRecords, warn: Callable[[str], None], *, newest_first: bool = False
) -> Generator[Record, None, None]:
    """The records of a backend, in order or ``newest_first``. Warns and raises as ``read_store``."""
    damaged: list[str] = []
    lines = backend.lines(newest_first=newest_first)
    with machine_errors(f"{backend.where} cannot be read"):
        for record in decoded(lines, decode_record, backend.where, warn):
            if (record.status, record.reason) == ("failed", DAMAGED):
                damaged.append(record.id)
            yield record
    if damaged:
        more = f" and {len(damaged) - 1:,} more" if len(damaged) > 1 else ""
        warn(f"warning: {damaged[0]}{more}: damaged on the disk; ingest the page with --again")
