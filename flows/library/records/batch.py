"""A batch of readings brought into the library, in one transaction.

What is settled depends on the batch and on what the library holds of the same pages; settling it once more gives what
is there. So a run that is killed between two batches has lost nothing and doubles nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from copydesk.flows.io.databases import batched
from copydesk.flows.library.copies.precedence import Entry as Text
from copydesk.flows.library.copies.settling import Mark, settle_copies
from copydesk.flows.library.records import identity
from copydesk.flows.library.records.identity import Reading, reading_of
from copydesk.flows.library.records.line_key import RecordRank
from copydesk.flows.library.records.plan import BatchPlan, Incoming, Outcome, PlannedRecord
from copydesk.flows.library.records.record_lines import (
    decode_key,
    differs_only_in_duration,
    key_of,
    with_fields,
)
from copydesk.flows.library.records.record_rows import is_damaged
from copydesk.flows.library.records.record_table import RecordTable, Row, Written, made_of
from copydesk.flows.library.records.versions import set_versions
from copydesk.flows.library.tables import copy_text, page, page_file, record
from copydesk.flows.stored import Stored

_decode_text: Final = msgspec.json.Decoder(Text).decode


def incoming(line: bytes, *, gate: str | None = None, place: bytes | None = None) -> Incoming:
    """A line that was read, which may be none of a record."""
    key = key_of(line)
    return Incoming(line, key, made_of(line) if key is not None else b"", gate, place)


class BatchWriter:
    """Settles batches within the transactions of a run. ``versions``: as ``--versions`` has it; ``moves``: whether what
    recurs on sites is moved out of their texts at the end.
    """

    def __init__(self, run: int, versions: str = "all", *, moves: bool = True) -> None:
        self._run = run
        self._keeps_versions = versions == "all"
        self._moves = moves
        self._unavailable: set[bytes] = set()
        """Keys of what could not be had in this run."""

    def store(
        self, connection: sa.Connection, batch: Sequence[Incoming], answered: Set[str] = frozenset()
    ) -> BatchPlan:
        """Brings the readings that passed their gates in; ``answered``: addresses that answered, record or not."""
        return self._settle(connection, RecordTable(connection), batch, answered)

    def set_aside(self, connection: sa.Connection, batch: Sequence[Incoming]) -> list[Outcome]:
        """Sets the readings aside that did not pass a gate; what is stored of their pages stays. What waits of pages
        that have passed since goes. The outcomes of those that did not pass.
        """
        table = RecordTable(connection, is_aside=True)
        if all(one.gate is None for one in batch) and not table.has_any():
            return []
        concerned = _concerned(table, batch)
        outcomes = self._settle(connection, table, concerned, frozenset()).outcomes
        return [of for one, of in zip(concerned, outcomes, strict=True) if one.gate is not None]

    def _settle(
        self, connection: sa.Connection, table: RecordTable, batch: Sequence[Incoming], answered: Set[str]
    ) -> BatchPlan:
        read = _read(batch)
        for one in batch:
            if one.key is not None and one.key.rank <= RecordRank.UNAVAILABLE:
                self._unavailable |= identity.lookup_keys(one.key)
        # an answer may be noted after the record of what was wrong with it
        outdated_keys = identity.outdated_keys(read.tried, answered) - self._unavailable
        rows, held, past, outdated = _touched(table, read.readings, outdated_keys)
        pages = [batch[place] for place in read.places]
        at, elsewhere = _places(connection, self._run, rows, held, [one.place for one in pages])
        plan = BatchPlan(
            self._run,
            pages,
            read.readings,
            rows,
            held,
            past,
            at=at,
            elsewhere=elsewhere,
            stored=Stored(again=read.again),
        )
        plan.settle()
        plan.entries |= dict.fromkeys(outdated)
        if table.is_aside:
            _leave_out_passed(plan)
        else:
            set_versions(plan, table, keep_all=self._keeps_versions)
        _write(connection, table, plan, moves=self._moves)
        plan.note_outcomes(read.page_of, frozenset(read.places))
        return plan


# --- what is read


class _Read(Struct):
    """Of each page of a batch the reading that holds, and its place in the batch; the page of each reading."""

    readings: list[Reading]
    places: list[int]
    page_of: list[int | None]
    tried: set[str]
    again: int = 0


def _read(batch: Sequence[Incoming]) -> _Read:
    read = _Read([], [], [], set())
    page_at: dict[bytes, int] = {}
    for place, one in enumerate(batch):
        if one.key is None:
            read.page_of.append(None)
            continue
        read.tried.update(one.key.attempts)
        reading = reading_of(one.key)
        number = next((page_at[each] for each in reading.url_keys if each in page_at), None)
        if number is None:
            number = len(read.readings)
            read.readings.append(reading)
            read.places.append(place)
            page_at.update(dict.fromkeys(reading.url_keys, number))
        else:
            read.again += 1
            before = read.readings[number]
            # else the earlier one of its page holds against it
            if identity.is_superseded_by(before, reading):
                # both ways to find the page: an older record may be known by either
                keys = tuple(dict.fromkeys((*reading.url_keys, *before.url_keys)))
                read.readings[number] = replace(reading, url_keys=keys)
                read.places[number] = place
                page_at.update(dict.fromkeys(reading.url_keys, number))
        read.page_of.append(number)
    return read


# --- what is there


def _touched(
    table: RecordTable, pages: Sequence[Reading], outdated: Set[bytes]
) -> tuple[dict[int, Row], dict[int, Reading], dict[str, list[Row]], list[int]]:
    """What the readings may touch: the rows; of those that are the newest of their pages the readings; older versions,
    by id; the numbers of those that go for another reason than that they were read.
    """
    at_pages = frozenset(one for reading in pages for one in identity.page_keys(reading))
    texts = (one for reading in pages for one in reading.content_keys)
    ids = frozenset(identity.id_key(reading.id) for reading in pages)
    rows, held, past, gone = dict[int, Row](), dict[int, Reading](), dict[str, list[Row]](), list[int]()
    for row in table.holding(at_pages.union(texts, ids, outdated)):
        rows[row.number] = row
        found_by = identity.lookup_keys(row.key)
        if row.key.is_past:
            past.setdefault(row.key.id, []).append(row)
        # a page that was read is settled by its reading, however old its record
        elif at_pages.isdisjoint(found_by) and not outdated.isdisjoint(found_by):
            gone.append(row.number)
        else:
            held[row.number] = reading_of(row.key)
    # and past versions of those whose id no reading has: pages without an address, whose id is of their first content
    others = {identity.id_key(one.id) for one in held.values() if one.version > 1} - ids
    for row in table.holding(others) if others else ():
        if row.key.is_past:
            rows[row.number] = row
            past.setdefault(row.key.id, []).append(row)
    return rows, held, past, gone


def _places(
    connection: sa.Connection,
    run: int,
    rows: Mapping[int, Row],
    held: Mapping[int, Reading],
    places: Sequence[bytes | None],
) -> tuple[dict[int, int], set[int]]:
    """Where the files are of which something is there (see ``BatchPlan``). One that is no more where it was may have
    been moved.
    """
    files = sorted(number for number, reading in held.items() if reading.file is not None)
    page_at = {place: number for number, place in enumerate(places) if place is not None}
    at: dict[int, int] = {}
    # what was read before in this run is of another file
    elsewhere = {number for number in files if rows[number].run == run}
    for some in batched(files):
        query = (
            sa.select(page.c.number, page.c.place, page_file.c.path)
            .outerjoin(page_file, page_file.c.file == page.c.file)
            .where(page.c.number.in_(some), sa.not_(page.c.is_left_out))
        )
        for number, place, path in connection.execute(query):
            if place in page_at:
                at[number] = page_at[place]
            elif path is None or os.path.lexists(path):
                elsewhere.add(number)
    # files that share a record keep it though one of them says something else now
    return {number: page for number, page in at.items() if number not in elsewhere}, elsewhere


def _concerned(aside: RecordTable, batch: Sequence[Incoming]) -> list[Incoming]:
    """The readings that did not pass, and those that did of pages of which something waits, or did not pass here."""
    found = [(one, one.key) for one in batch if one.key is not None]
    page_of = {
        id(one): identity.outdated_keys(key.attempts, ()).union(identity.page_keys(reading_of(key)))
        for one, key in found
    }
    passed = [one for one, _ in found if one.gate is None]
    rows = aside.holding({each for one in passed for each in page_of[id(one)]}) if passed else []
    waiting = {each for row in rows for each in identity.lookup_keys(row.key)}
    waiting.update(each for one, key in found if one.gate for each in identity.lookup_keys(key))
    return [one for one, _ in found if one.gate is not None or not waiting.isdisjoint(page_of[id(one)])]


def _leave_out_passed(plan: BatchPlan) -> None:
    """Takes the pages out whose reading that holds has passed."""

    def has_passed(entry: PlannedRecord | None) -> bool:
        return entry is not None and entry.page is not None and plan.pages[entry.page].gate is None

    plan.entries |= {number: None for number, entry in plan.entries.items() if has_passed(entry)}
    plan.added[:] = [entry for entry in plan.added if not has_passed(entry)]


# --- what is written


def _write(connection: sa.Connection, table: RecordTable, plan: BatchPlan, *, moves: bool) -> None:
    """Writes a plan: records, the marks of copies among them, and the words to search. ``moves``: as ``BatchWriter``
    has it.
    """
    if plan.added:
        for new, number in zip(plan.added, table.numbers(len(plan.added)), strict=True):
            new.number = number
    written: dict[int, Written] = {}
    amended: dict[int, dict[str, Any]] = {}
    olds = dict(table.lines([n for n, entry in plan.entries.items() if entry and entry.page is not None]))
    for number, entry in plan.entries.items():
        if entry is None or entry.page is None:
            if entry is not None and entry.fields:
                amended[number] = entry.fields
            continue
        read, row = plan.pages[entry.page], plan.rows[number]
        # what recurred on its site comes back where it is not moved any more
        is_whole = moves or row.content_hash == row.key.content_hash
        if read.made == row.made and is_whole and not is_damaged(olds[number]):
            if fields := _of_this_reading(olds[number], read.line) | entry.fields:
                amended[number] = fields
        else:
            plan.changed.add(number)
            line = with_fields(read.line, entry.fields)
            written[number] = Written(line, read.made, plan.run, row.since_run, read.gate)
    for new in plan.added:
        assert new.page is not None and new.number is not None  # noqa: S101, PT018 - only what was read is added
        read = plan.pages[new.page]
        line = with_fields(read.line, new.fields)
        written[new.number] = Written(line, read.made, plan.run, plan.run, read.gate)
    removed = [number for number, entry in plan.entries.items() if entry is None]
    if not table.is_aside:
        _mark_copies(connection, plan, written, amended, removed)
    table.remove(removed)
    table.amend(amended)
    table.replace({number: one for number, one in written.items() if number in plan.entries})
    table.add({number: one for number, one in written.items() if number not in plan.entries})


def _mark_copies(
    connection: sa.Connection,
    plan: BatchPlan,
    written: dict[int, Written],
    amended: dict[int, dict[str, Any]],
    removed: Collection[int],
) -> None:
    """Enters which records are copies: of those that are written, and of those that are there."""
    past = [number for number, fields in amended.items() if fields.get("next") is not None]
    texts = {number: text_of(one.line) for number, one in written.items()}
    marks = settle_copies(connection, texts, [*removed, *past])
    renamed = [number for number, fields in amended.items() if "id" in fields]
    for number in written.keys() & plan.rows.keys():
        entry = plan.entries[number]
        if entry is not None and entry.id != plan.rows[number].key.id:
            renamed.append(number)
    # of records that are written, and of the copies of those that are renamed
    query = sa.select(copy_text.c.number, copy_text.c.original, copy_text.c.similarity)
    for column, numbers in ((copy_text.c.number, sorted(written)), (copy_text.c.original, renamed)):
        for some in batched(numbers):
            found = connection.execute(query.where(column.in_(some)))
            marks |= {number: Mark(original, similarity) for number, original, similarity in found}
    new_ids = {number: fields["id"] for number, fields in amended.items() if "id" in fields}
    new_ids |= {number: decode_key(one.line).id for number, one in written.items()}
    for number, fields in _fields_of(connection, marks, new_ids).items():
        if number not in written:
            amended[number] = amended.get(number, {}) | fields
        elif fields["duplicate_of"] is not None:  # else it was read as none
            one = written[number]
            written[number] = replace(one, line=with_fields(one.line, fields))


def _fields_of(
    connection: sa.Connection, marks: Mapping[int, Mark], new_ids: Mapping[int, str]
) -> dict[int, dict[str, Any]]:
    """The fields by which records say what they are copies of. ``new_ids``: of records that are not written yet."""
    ids: dict[int, str] = {}
    for some in batched(sorted({one.original for one in marks.values() if one.original is not None})):
        query = sa.select(record.c.number, record.c.id).where(record.c.number.in_(some))
        ids.update((number, id_) for number, id_ in connection.execute(query))
    ids.update(new_ids)
    return {
        number: {
            "duplicate_of": None if one.original is None else ids[one.original],
            "duplicate_similarity": one.similarity,
        }
        for number, one in marks.items()
    }


def mark_again(
    connection: sa.Connection,
    table: RecordTable,
    lines: Iterable[tuple[int, bytes]],
    gone: Collection[int] = (),
) -> None:
    """Settles once more which records are copies, where some are new or have other texts, and others are ``gone``."""
    texts = {number: text_of(line) for number, line in lines}
    table.amend(_fields_of(connection, settle_copies(connection, texts, gone), {}))


def text_of(line: bytes) -> Text:
    """What is compared of a record: nothing, where it does not read like ours."""
    try:
        return _decode_text(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Text(status="failed")


class _Reading(Struct, frozen=True):
    processing: msgspec.Raw
    fetched_at: str | None = None


_decode_reading = msgspec.json.Decoder(_Reading).decode


def _of_this_reading(old: bytes, new: bytes) -> dict[str, Any]:
    """What a reading with the same content changes: when and by what it was read; nothing if that took another time."""
    if differs_only_in_duration(old, new):
        return {}
    before, now = _decode_reading(old), _decode_reading(new)
    if before.fetched_at == now.fetched_at and differs_only_in_duration(
        bytes(before.processing), bytes(now.processing)
    ):
        return {}
    return {"fetched_at": now.fetched_at, "processing": now.processing}
