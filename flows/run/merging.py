"""Records of several libraries or files brought into one library: those of shards that ran apart.

Each is stored as if it had just been read: the same page once, a changed text as a version, copies of one another
marked whatever part they are from. A merge that was killed is repeated: what is there stays as it is. Imports
SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TypeVar, get_args

import msgspec
import sqlalchemy as sa
from msgspec import Struct, field
from msgspec.structs import replace

from copydesk.cleaners.schema import Record
from copydesk.flows.config.gate import Stopped
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError
from copydesk.flows.io.machine_faults import A_RUN, machine_errors
from copydesk.flows.io.output_folder import QUARANTINE
from copydesk.flows.library.library import Library
from copydesk.flows.library.reading import FileRecords, LibraryRecords, StoredRecords, records_at
from copydesk.flows.library.records.line_key import LineKey, RecordRank, moment_of
from copydesk.flows.library.records.record_lines import decode_key, decode_record, decoded
from copydesk.flows.library.records.record_rows import RecordRows
from copydesk.flows.library.records.run_writer import Taken
from copydesk.flows.library.tables import is_stored, record
from copydesk.flows.run.planning import checked_place
from copydesk.flows.run.run_library import RunLibrary
from copydesk.flows.shortening import counted
from copydesk.flows.stored import Became, Stored
from copydesk.flows.stored_content import REMOVALS

T = TypeVar("T")
Warn = Callable[[str], None]

# as many as a run stores at once
_BATCH = 500
_NEVER = datetime.min.replace(tzinfo=UTC)


class _Gated(Struct):
    """Which gate a line of a quarantine did not pass."""

    gate: Stopped


_decode_gate = msgspec.json.Decoder(_Gated).decode


_OTHERS = {
    "shared": "of a page that another record has",
    "kept": "of pages that could not be had",
    "earlier": "earlier than what is stored",
    "left_out": "left out as copies",
    "quarantined": "in the quarantine",
}


class Merged(Struct):
    """What a merge came to, in records of the parts. ``stored``: what its runs came to; ``earlier``: read before what
    is stored; ``aside``: of quarantines. ``copies``: all copies in the library; ``where``: its records are.
    """

    parts: int
    records: int = 0
    stored: Stored = field(default_factory=Stored)
    earlier: int = 0
    aside: int = 0
    copies: int = 0
    where: str = ""

    def counts(self) -> dict[str, int | str]:
        """For programs: the records of the parts by what became of them, all copies, and where the library is."""
        stored = self.stored
        return {
            "parts": self.parts,
            "records": self.records,
            **{name: stored.became[name] for name in get_args(Became)},
            "shared": stored.shared + stored.again,
            "kept": stored.kept,
            "earlier": self.earlier,
            "left_out": stored.left_out,
            "quarantined": self.aside,
            "copies": self.copies,
            "where": self.where,
        }

    def __str__(self) -> str:
        counts = self.counts()
        found = [f"{counts[name]:,} {name}" for name in get_args(Became)]
        found += [f"{counts[name]:,} {what}" for name, what in _OTHERS.items() if counts[name]]
        if self.copies:
            found[-1] += f"; {counted(self.copies, 'copy of another', 'copies of others')} in all"
        records = f"{counted(self.records, 'record')} of {counted(self.parts, 'part')}: {', '.join(found)}"
        return f"{records}; records are in {self.where}"


def merge(parts: Sequence[Path], options: IngestOptions, warn: Warn) -> Merged:
    """Brings the records of output folders, or of files of records, into the library of ``options``.

    ``warn`` hears of lines that are no records. Raises SettingsError where a part has no records or is the output
    itself, FolderInUse where a run is writing there, and as ``Library`` does; before that nothing is written.
    """
    output = options.output.resolve()
    if own := [part for part in parts if output in (part.resolve(), part.resolve().parent)]:
        raise SettingsError(f"{own[0]}: is the output itself; name another folder with --output")
    sources = [_records_of(part) for part in parts]
    rounds = _rounds(sources)
    place, address = checked_place(options)
    with machine_errors(A_RUN), Library.open(options.output, address) as library:
        merging = _Merging(library, RunLibrary(library, options, place), options, Merged(len(parts)))
        later: dict[int, list[Record]] = {}
        merging.begin()
        for part, source in enumerate(sources):
            lines = decoded(source.lines(), _numbered(decode_record), source.where, warn, may_be_none=True)
            for at, found in lines:
                if number := rounds.get((part, at)):
                    later.setdefault(number, []).append(found)
                else:
                    merging.take(found)
            lines_aside = decoded(
                _aside_of(parts[part], source),
                lambda line: (decode_record(line), _decode_gate(line).gate),
                f"{source.where}: quarantine",
                warn,
                may_be_none=True,
            )
            for line in lines_aside:
                merging.set_aside(*line)
        merging.end()
        for number in sorted(later):
            merging.begin()
            for found in later[number]:
                merging.take(found)
            merging.end()
        copies = sa.select(sa.func.count()).where(record.c.duplicate_of.is_not(None), is_stored)
        with library.reading() as connection:
            merging.merged.copies = connection.execute(copies).scalar_one()
    return merging.merged


class _Merging:
    """Brings records into a library, in one run after the other."""

    def __init__(self, library: Library, run: RunLibrary, options: IngestOptions, merged: Merged) -> None:
        self.merged = merged
        self._run = run
        self._shorten = REMOVALS[options.removed]
        self._latest: dict[str, datetime] = {}
        """When pages were read last of which something is known, by their ids; of those that were fetched."""
        self._past: dict[str, set[str | None]] = {}
        """The texts of which there are later versions, by ids; of pages that nobody fetched."""
        with library.reading() as connection:
            rows = RecordRows(connection)
            for key in rows.keys():  # noqa: SIM118 - it is no mapping
                if key.rank >= RecordRank.JUDGED and (moment := _moment(key)) > _NEVER:
                    self._latest[key.id] = max(moment, self._latest.get(key.id, _NEVER))
                elif key.is_past:
                    self._past.setdefault(key.id, set()).add(key.content_hash)

    def begin(self) -> None:
        """Begins a run: in one, a page is read once."""
        self._run.begin(None, None)

    def take(self, found: Record) -> None:
        """Stores a record, if the library does not have it already."""
        self.merged.records += 1
        if _moment(found) < self._latest.get(found.id, _NEVER):
            self.merged.earlier += 1
        elif found.content_hash in self._past.get(found.id, ()):
            self.merged.stored.became["unchanged"] += 1
        else:
            self._write(Taken(self._as_read(found)))

    def set_aside(self, found: Record, stopped: Stopped) -> None:
        """Stores a record that did not pass a gate."""
        self.merged.records += 1
        self.merged.aside += 1
        self._write(Taken(self._as_read(found), stopped))

    def end(self) -> None:
        """Ends a run, and counts what it came to."""
        self._run.end()
        total, stored = self.merged.stored, self._run.writer.stored
        total.include(stored)
        total.left_out += stored.left_out
        self.merged.where = self._run.where

    def _write(self, taken: Taken) -> None:
        self._run.writer.write(taken)
        if self._run.writer.waiting >= _BATCH:
            self._run.writer.commit()

    def _as_read(self, found: Record) -> Record:
        """The record without what its library has entered."""
        as_read = replace(
            found,
            version=1, previous=None, next=None, change=None, duplicate_of=None, duplicate_similarity=None,
        )  # fmt: skip
        return self._shorten(as_read)


def _records_of(part: Path) -> StoredRecords:
    found = records_at(part)
    if found is None:
        raise SettingsError(
            f"{part}: holds no records; name the output folder of a run, or a file of records (.jsonl, .parquet …)"
        )
    return found


def _rounds(sources: Sequence[StoredRecords]) -> dict[tuple[int, int], int]:
    """In which run records are brought, by part and line, where several have one id; those of the first are left out.

    The readings of a page follow one another as they were made. Raises SettingsError where a part has no records.
    """
    read: dict[str, list[tuple[datetime, int, int]]] = {}
    for part, source in enumerate(sources):
        for at, key in decoded(source.lines(), _numbered(decode_key), source.where, lambda _: None):
            read.setdefault(key.id, []).append((_moment(key), part, at))
    several = [sorted(readings) for readings in read.values() if len(readings) > 1]
    return {
        (part, at): number for readings in several for number, (_, part, at) in enumerate(readings) if number
    }


def _aside_of(part: Path, source: StoredRecords) -> Iterator[bytes]:
    """The lines of what did not pass a gate of a part's runs."""
    if isinstance(source, LibraryRecords):
        with source.rows(is_aside=True) as rows:
            yield from rows.lines()
    elif (file := part / QUARANTINE).is_file():
        yield from FileRecords(file, "jsonl").lines()


def _numbered(decode: Callable[[bytes], T]) -> Callable[[bytes], tuple[int, T]]:
    numbers = count()
    return lambda line: (next(numbers), decode(line))


def _moment(found: Record | LineKey) -> datetime:
    return moment_of(found.fetched_at) or _NEVER
