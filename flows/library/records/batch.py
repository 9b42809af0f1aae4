"""A batch of readings brought into the library, in one transaction.

What is settled depends on the batch and on what the library holds of the same pages; settling it once more gives what
is there. So a run that is killed between two batches has lost nothing and doubles nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence, Set

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from copydesk.flows.io.databases import batched
from copydesk.flows.library.records import identity
from copydesk.flows.library.records.identity import Reading, reading_of
from copydesk.flows.library.records.line_key import RecordRank
from copydesk.flows.library.records.plan import BatchPlan, Incoming, Outcome, PlannedRecord
from copydesk.flows.library.records.record_lines import key_of
from copydesk.flows.library.records.record_table import RecordTable, Row, made_of
from copydesk.flows.library.records.versions import set_versions
from copydesk.flows.library.records.writing import write_plan
from copydesk.flows.library.tables import page, page_file
from copydesk.flows.stored import Stored


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
        write_plan(connection, table, plan, moves=self._moves)
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
