"""A batch of readings brought into the library, in one transaction.

What is settled depends on the batch and on what the library holds of the same pages; settling it once more gives what
is there. So a run that is killed between two batches has lost nothing and doubles nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence, Set

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from copydesk.flows.io.databases import batched
from copydesk.flows.library.records import identity
from copydesk.flows.library.records.identity import Places, PlannedRecord, Reading, reading_of
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.library.records.plan import BatchPlan
from copydesk.flows.library.records.record_lines import key_of
from copydesk.flows.library.records.record_rank import RecordRank
from copydesk.flows.library.records.record_table import RecordTable, Row, made_of
from copydesk.flows.library.records.versions import VERSIONS
from copydesk.flows.library.records.writing import Writing
from copydesk.flows.library.tables import page, page_file
from copydesk.flows.stored import Became


class Incoming(Struct, frozen=True):
    """A record that was read. ``gate``: the one it did not pass, as JSON. ``place``: where its page is on the disk."""

    line: bytes
    key: LineKey | None
    made: bytes
    gate: str | None = None
    place: bytes | None = None


def incoming(line: bytes, *, gate: str | None = None, place: bytes | None = None) -> Incoming:
    """A line that was read, which may be none of a record."""
    key = key_of(line)
    return Incoming(line, key, made_of(line) if key is not None else b"", gate, place)


class Outcome(Struct, frozen=True):
    """What became of a reading: the record that is stored for it now, and what that was made of. ``became``: None where
    it has no record of its own. ``is_again``: whether its page was read before in this run; ``is_own``: whether the
    record is made of it.
    """

    number: int | None
    made: bytes | None
    became: Became | None = None
    is_again: bool = False
    is_own: bool = False


class Settled(Struct):
    """What a batch came to. ``outcomes``: of each reading."""

    outcomes: list[Outcome]
    plan: BatchPlan
    shared: int = 0
    again: int = 0
    kept: int = 0
    versions: int = 0
    statuses: Mapping[int, str] = {}
    """By the numbers of the records that hold what was read."""


class BatchWriter:
    """Settles batches within the transactions of a run. ``versions``: a key of ``VERSIONS``; ``moves``: whether what
    recurs on sites is moved out of their texts at the end.
    """

    def __init__(self, run: int, versions: str = "all", *, moves: bool = True) -> None:
        self._run = run
        self._versions = VERSIONS[versions]
        self._moves = moves
        self._unavailable: set[bytes] = set()
        """Keys of what could not be had in this run."""

    def store(
        self, connection: sa.Connection, batch: Sequence[Incoming], answered: Set[str] = frozenset()
    ) -> Settled:
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
        settled = self._settle(connection, table, concerned, frozenset())
        return [of for one, of in zip(concerned, settled.outcomes, strict=True) if one.gate is not None]

    def _settle(
        self,
        connection: sa.Connection,
        table: RecordTable,
        batch: Sequence[Incoming],
        answered: Set[str],
    ) -> Settled:
        index = _readings(batch)
        pages = [reading for _, reading in index.pages]
        for one in batch:
            if one.key is not None and one.key.rank <= RecordRank.UNAVAILABLE:
                self._unavailable |= identity.lookup_keys(one.key)
        # an answer may be noted after the record of what was wrong with it
        outdated_keys = identity.outdated_keys(index.tried, answered) - self._unavailable
        rows, held, past, outdated = _touched(table, pages, outdated_keys)
        places = _places(connection, self._run, rows, held, [batch[at].place for at, _ in index.pages])
        settlement = identity.settle(held, pages, places)
        plan = BatchPlan(
            run=self._run,
            entries=settlement.by_line | dict.fromkeys(outdated),
            added=settlement.added,
            rows=rows,
            held=held,
            past=past,
            read=lambda number: batch[index.pages[number][0]].line,
            made=lambda number: batch[index.pages[number][0]].made,
        )
        gates = [batch[at].gate for at, _ in index.pages]
        if table.is_aside:
            _leave_out_passed(plan, gates)
        else:
            self._versions(plan, table)
        writing = Writing(connection, table, plan, self._run, moves=self._moves)
        numbers = writing.write(gates, has_copies=not table.is_aside)
        return _settled(index, settlement, plan, numbers, writing.changed)


# --- what is read


class _Index(Struct):
    """Of each page of a batch the reading that holds, with its place in the batch; the page of each reading."""

    pages: list[tuple[int, Reading]]
    page_of: list[int | None]
    tried: set[str]
    again: int = 0


def _readings(batch: Sequence[Incoming]) -> _Index:
    index = _Index([], [], set())
    page_at: dict[bytes, int] = {}
    for at, one in enumerate(batch):
        found = one.key
        if found is None:
            index.page_of.append(None)
            continue
        index.tried.update(found.attempts)
        reading = reading_of(found)
        number = next((page_at[each] for each in reading.url_keys if each in page_at), None)
        if number is None:
            number = len(index.pages)
            index.pages.append((at, reading))
            page_at.update(dict.fromkeys(reading.url_keys, number))
        else:
            index.again += 1
            _, before = index.pages[number]
            # else the earlier one of its page holds against it
            if identity.is_superseded_by(before, reading):
                # both ways to find the page: an older record may be known by either
                keys = tuple(dict.fromkeys((*reading.url_keys, *before.url_keys)))
                index.pages[number] = (at, msgspec.structs.replace(reading, url_keys=keys))
                page_at.update(dict.fromkeys(reading.url_keys, number))
        index.page_of.append(number)
    return index


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
) -> Places:
    """Where the files are of which something is there. One that is no more where it was may have been moved."""
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
    return Places({number: page for number, page in at.items() if number not in elsewhere}, elsewhere)


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


def _leave_out_passed(plan: BatchPlan, gates: Sequence[str | None]) -> None:
    """Takes the pages out whose reading that holds has passed."""

    def has_passed(entry: PlannedRecord | None) -> bool:
        return entry is not None and entry.page is not None and gates[entry.page] is None

    plan.entries |= {number: None for number, entry in plan.entries.items() if has_passed(entry)}
    plan.added[:] = [entry for entry in plan.added if not has_passed(entry)]


# --- what it came to


def _settled(
    index: _Index,
    settlement: identity.Settlement,
    plan: BatchPlan,
    added: Mapping[int, int],
    changed: Set[int],
) -> Settled:
    number_of = {id(entry): added[place] for place, entry in enumerate(plan.added)}
    last_of = {entry.page: number_of[id(entry)] for entry in plan.added}
    outcomes_of: list[Outcome] = []
    statuses: dict[int, str] = {}
    for number, target in enumerate(settlement.targets):
        holder = target.shares or target
        at = last_of.get(number) if holder.page == number else None
        at = at if at is not None else number_of.get(id(holder), holder.number)
        is_again = at is not None and target.shares is None and _is_again(index.pages[number][1], plan, at)
        became: Became | None = None
        # what takes the place of another page's record that this run has brought is counted there
        is_counted = at is not None and at in plan.rows and plan.is_of_this_run(at)
        if target.shares is None and not is_counted:
            became = _became(number, target, plan, at, changed)
        made = _made(plan, holder, at)
        is_own = target.shares is None and made == plan.made(number)
        outcomes_of.append(Outcome(at, made, became, is_again, is_own))
        if at is not None:
            statuses[at] = holder.reading.status
    seen = [Outcome(None, None) if one is None else outcomes_of[one] for one in index.page_of]
    # of a page that was read twice in a batch one reading has the record
    holds = {at for at, _ in index.pages}
    outcomes = [
        one
        if at in holds or one.number is None
        else msgspec.structs.replace(one, became=None, is_again=True, is_own=False)
        for at, one in enumerate(seen)
    ]
    return Settled(
        outcomes=outcomes,
        plan=plan,
        shared=len(settlement.shared),
        again=index.again + sum(one.is_again for one in outcomes_of),
        kept=len(settlement.kept),
        versions=plan.versions,
        statuses=statuses,
    )


def _is_again(reading: Reading, plan: BatchPlan, at: int) -> bool:
    """Whether the page of a reading was read before in this run."""
    held = plan.held.get(at)
    if held is None or not plan.is_of_this_run(at):
        return False
    return not set(held.url_keys).isdisjoint(reading.url_keys) or (
        held.file is not None and held.file == reading.file
    )


def _became(number: int, target: PlannedRecord, plan: BatchPlan, at: int | None, changed: Set[int]) -> Became:
    if target.page != number:  # the record that was there was kept
        return "unchanged"
    if at is not None and at in plan.rows:
        return "changed" if at in changed else "unchanged"
    # what follows another version changes its page
    return (
        "changed" if any(one.page == number and one.fields.get("previous") for one in plan.added) else "new"
    )


def _made(plan: BatchPlan, entry: PlannedRecord | None, at: int | None) -> bytes | None:
    """What the record at a number is made of now; ``entry``: of what is added there."""
    entry = plan.entries.get(at) if at in plan.entries else entry
    if entry is not None and entry.page is not None:
        return plan.made(entry.page)
    return plan.rows[at].made if at is not None and at in plan.rows else None
