"""Records of several libraries or files brought into one library: those of shards that ran apart.

Each is stored as if it had just been read, in the order of the parts: the same page once, a changed text as a version,
copies of one another marked whatever part they are from. A merge that was killed is repeated. Imports SQLAlchemy.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import msgspec
import sqlalchemy as sa
from msgspec import Struct, field
from msgspec.structs import replace

from copydesk.cleaners.schema import Record
from copydesk.flows.config.database_url import library_url
from copydesk.flows.config.gate import Stopped
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError
from copydesk.flows.io.machine_faults import A_RUN, machine_errors
from copydesk.flows.io.output_folder import QUARANTINE, make_folder
from copydesk.flows.library.library import Library
from copydesk.flows.library.reading import FileRecords, StoredRecords, records_at
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.library.records.record_lines import decode_record, decoded, key_of
from copydesk.flows.library.records.record_rank import moment_of
from copydesk.flows.library.records.record_rows import RecordRows
from copydesk.flows.library.records.run_writer import Taken
from copydesk.flows.library.tables import record
from copydesk.flows.run.planning import place_of
from copydesk.flows.run.run_library import RunLibrary
from copydesk.flows.shortening import counted
from copydesk.flows.stored import Became

# as many as a run stores at once
_BATCH = 500


_NEVER = datetime.min.replace(tzinfo=UTC)


class _Gated(Struct):
    """Which gate a line of a quarantine did not pass."""

    gate: Stopped


class Merged(Struct):
    """What a merge came to. ``became``: of the records, those of a page of their own; ``aside``: how many of the parts'
    quarantines; ``copies``: records of the library that are copies of others; ``where``: of the records.
    """

    parts: int
    records: int = 0
    aside: int = 0
    copies: int = 0
    left_out: int = 0
    became: Counter[Became] = field(default_factory=Counter)
    where: str = ""

    def __str__(self) -> str:
        found = f"{counted(self.records, 'record')} of {counted(self.parts, 'part')}"
        found += f": {self.became['new']:,} new, {self.became['changed']:,} changed, {self.became['unchanged']:,} unchanged"
        found += f", {counted(self.copies, 'copy', 'copies')} of another" if self.copies else ""
        found += f", {counted(self.left_out, 'copy', 'copies')} left out" if self.left_out else ""
        found += f", {self.aside:,} in the quarantine" if self.aside else ""
        return f"{found}; records are in {self.where}"


def merge(parts: Sequence[Path], options: IngestOptions, warn: Callable[[str], None]) -> Merged:
    """Brings the records of output folders, or of files of records, into the library of ``options``.

    ``warn`` hears of lines that are no records. Raises SettingsError where a part has no records or is the output
    itself, FolderInUse where a run is writing there, and as ``Library`` does.
    """
    if own := [part for part in parts if _folder_of(part) == options.output.resolve()]:
        raise SettingsError(f"{own[0]}: is the output itself; name another folder with --output")
    sources = [_records_of(part) for part in parts]
    place = place_of(options)
    address = library_url(os.environ, database=options.database, state=options.state)
    make_folder(options.output)
    merged = Merged(len(parts))
    with machine_errors(A_RUN), Library.open(options.output, address) as library:
        run = RunLibrary(library, options, place)
        rounds, latest = _rounds(sources), _latest(library)
        for number in range(1 + max(rounds.values(), default=0)):
            run.begin(None, None)
            for part, source in enumerate(sources):
                for found in decoded(source.lines(), decode_record, source.where, warn):
                    if rounds.get((part, found.id, found.version), 0) != number:
                        continue
                    merged.records += 1
                    if found.id in latest and _moment(found) <= latest[found.id]:
                        merged.became["unchanged"] += 1
                    else:
                        _write(run, Taken(_as_read(found)))
            for taken in chain.from_iterable(map(_set_aside, parts)) if number == 0 else ():
                merged.aside += 1
                _write(run, taken)
            run.end()
            merged.became += run.writer.stored.became
            merged.left_out += run.writer.stored.left_out
            warn = _heard_already
        merged.where, merged.copies = run.where, _copies_in(library)
    return merged


def _heard_already(_: str) -> None: ...


def _folder_of(part: Path) -> Path:
    return (part if part.is_dir() else part.parent).resolve()


def _records_of(part: Path) -> StoredRecords:
    found = records_at(part)
    if found is None:
        raise SettingsError(
            f"{part}: holds no records; name the output folder of a run, or a file of records"
        )
    return found


def _rounds(sources: Sequence[StoredRecords]) -> dict[tuple[int, str, int], int]:
    """In which run the records are brought of which there are several with one id, by part, id and version: in a run a
    page is read once, and its readings follow one another as they were made.
    """
    read: dict[str, list[tuple[datetime, int, int]]] = {}
    for part, source in enumerate(sources):
        for key in filter(None, map(key_of, source.lines())):
            read.setdefault(key.id, []).append((_moment(key), part, key.version))
    several = {id_: sorted(readings) for id_, readings in read.items() if len(readings) > 1}
    return {
        (part, id_, version): number
        for id_, readings in several.items()
        for number, (_, part, version) in enumerate(readings)
    }


def _latest(library: Library) -> dict[str, datetime]:
    """When the pages of a library were read last, by their ids; of those that were fetched."""
    latest: dict[str, datetime] = {}
    with library.reading() as connection:
        rows = RecordRows(connection)
        for key, _ in rows.keys():  # noqa: SIM118 - it is no mapping
            if (moment := _moment(key)) > _NEVER:
                latest[key.id] = max(moment, latest.get(key.id, _NEVER))
    return latest


def _moment(found: Record | LineKey) -> datetime:
    return moment_of(found.fetched_at) or _NEVER


def _as_read(found: Record) -> Record:
    """The record without what its library has entered."""
    return replace(
        found,
        version=1, previous=None, next=None, change=None, duplicate_of=None, duplicate_similarity=None,
    )  # fmt: skip


def _set_aside(part: Path) -> Iterator[Taken]:
    """What did not pass a gate of a part's runs."""
    if (file := part / QUARANTINE).is_file():
        for line in FileRecords(file, "jsonl").lines():
            stopped = msgspec.json.decode(line, type=_Gated).gate
            yield Taken(_as_read(decode_record(line)), stopped)


def _write(run: RunLibrary, taken: Taken) -> None:
    run.writer.write(taken)
    if run.writer.waiting >= _BATCH:
        run.writer.commit()


def _copies_in(library: Library) -> int:
    are_copies = sa.and_(record.c.duplicate_of.is_not(None), record.c.gate.is_(None))
    with library.reading() as connection:
        query = sa.select(sa.func.count()).select_from(record).where(are_copies)
        return int(connection.execute(query).scalar_one())
