"""A batch of readings brought into the library, in one transaction.

What is settled depends on the batch and on what the library holds of the same pages; settling it once more gives what
is there. So a run that is killed between two batches has lost nothing and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from copydesk.flows.io.databases import batched
from copydesk.flows.library.copies.near_duplicates import Mark, settle_copies
from copydesk.flows.library.copies.precedence import Entry as Text
from copydesk.flows.library.records import identity
from copydesk.flows.library.records.identity import LineKey, Places, PlannedRecord, Reading, reading_of
from copydesk.flows.library.records.plan import BatchPlan
from copydesk.flows.library.records.record_lines import differs_only_in_duration, key_of, with_fields
from copydesk.flows.library.records.record_table import RecordTable, Row, Written, made_of
from copydesk.flows.library.records.versions import VERSIONS
from copydesk.flows.library.tables import copy_text, page, record
from copydesk.flows.stored import Became

_decode_text: Final = msgspec.json.Decoder(Text).decode


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
        rows, held, past, outdated = _touched(table, pages, index.tried, answered)
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
        writing = _Writing(connection, table, plan, self._run, moves=self._moves)
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
    table: RecordTable, pages: Sequence[Reading], tried: Set[str], answered: Set[str]
) -> tuple[dict[int, Row], dict[int, Reading], dict[str, list[Row]], list[int]]:
    """What the readings may touch: the rows; of those that are the newest of their pages the readings; older versions,
    by id; the numbers of those that go for another reason than that they were read.
    """
    at_pages = frozenset(one for reading in pages for one in identity.page_keys(reading))
    outdated = identity.outdated_keys(tried, answered)
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
    """Where the files are of which something is there."""
    files = sorted(number for number, reading in held.items() if reading.file is not None)
    page_at = {place: number for number, place in enumerate(places) if place is not None}
    at: dict[int, int] = {}
    # what was read before in this run is of another file
    elsewhere = {number for number in files if rows[number].run == run}
    for some in batched(files):
        query = sa.select(page.c.number, page.c.place).where(page.c.number.in_(some))
        for number, place in connection.execute(query):
            if place in page_at:
                at[number] = page_at[place]
            else:
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


# --- what is written


class _Writing:
    """Writes a plan: records, the marks of copies among them, and the words to search."""

    def __init__(
        self, connection: sa.Connection, table: RecordTable, plan: BatchPlan, run: int, *, moves: bool
    ) -> None:
        self._moves = moves
        self._connection = connection
        self._table = table
        self._plan = plan
        self._run = run
        self.changed: set[int] = set()
        """The numbers of records that a reading with other content has replaced."""

    def write(self, gates: Sequence[str | None], *, has_copies: bool) -> dict[int, int]:
        """Writes all; the numbers of what was added, by their places among ``added``."""
        plan, table = self._plan, self._table
        added = dict(enumerate(table.numbers(len(plan.added)))) if plan.added else {}
        written: dict[int, Written] = {}
        amended: dict[int, dict[str, Any]] = {}
        olds = dict(table.lines([n for n, entry in plan.entries.items() if entry and entry.page is not None]))
        for number, entry in plan.entries.items():
            if entry is None:
                continue
            if entry.page is None:
                if entry.fields:
                    amended[number] = entry.fields
                continue
            new, row = plan.read(entry.page), plan.rows[number]
            # what recurred on its site comes back where it is not moved any more
            is_whole = self._moves or row.content_hash == row.key.content_hash
            if plan.made(entry.page) == row.made and is_whole:
                if fields := _of_this_reading(olds[number], new) | entry.fields:
                    amended[number] = fields
            else:
                line = with_fields(new, entry.fields)
                self.changed.add(number)
                made = plan.made(entry.page)
                written[number] = Written(line, made, self._run, row.since_run, gates[entry.page])
        for place, entry in enumerate(plan.added):
            assert entry.page is not None  # noqa: S101 - only what was read is added
            line = with_fields(plan.read(entry.page), entry.fields) if entry.fields else plan.read(entry.page)
            made = plan.made(entry.page)
            written[added[place]] = Written(line, made, self._run, self._run, gates[entry.page])
        removed = [number for number, entry in plan.entries.items() if entry is None]
        if has_copies:
            self._mark_copies(written, amended, removed)
        table.remove(removed)
        table.amend(amended)
        table.replace({number: one for number, one in written.items() if number in plan.entries})
        table.add({number: one for number, one in written.items() if number not in plan.entries})
        return added

    def _mark_copies(
        self, written: dict[int, Written], amended: dict[int, dict[str, Any]], removed: Sequence[int]
    ) -> None:
        """Enters which records are copies: of those that are written, and of those that are there."""
        past = [number for number, fields in amended.items() if fields.get("next") is not None]
        texts = {number: text_of(one.line) for number, one in written.items()}
        settled = settle_copies(self._connection, texts, [*removed, *past])
        marks: dict[int, _Mark] = {number: (one.original, one.similarity) for number, one in settled.items()}
        renamed = [number for number, fields in amended.items() if "id" in fields]
        renamed += [number for number in written if number in self._plan.rows and self._is_renamed(number)]
        found = marks | _marks_of(self._connection, written.keys(), renamed)
        ids = _ids_of(self._connection, {one for one, _ in found.values() if one is not None})
        ids |= {number: fields["id"] for number, fields in amended.items() if "id" in fields}
        ids |= {number: _id_of(one.line) for number, one in written.items()}
        for number, (original, similarity) in found.items():
            fields = {
                "duplicate_of": None if original is None else ids[original],
                "duplicate_similarity": similarity,
            }
            if number in written and original is None:
                continue  # it was read as none
            if number in written:
                one = written[number]
                written[number] = msgspec.structs.replace(one, line=with_fields(one.line, fields))
            else:
                amended[number] = amended.get(number, {}) | fields

    def _is_renamed(self, number: int) -> bool:
        entry = self._plan.entries[number]
        return entry is not None and entry.id != self._plan.rows[number].key.id


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


class _Reading(Struct, frozen=True):
    processing: msgspec.Raw
    fetched_at: str | None = None


_decode_reading = msgspec.json.Decoder(_Reading).decode


class _Id(Struct, frozen=True):
    id: str


def _id_of(line: bytes) -> str:
    return msgspec.json.decode(line, type=_Id).id


def text_of(line: bytes) -> Text:
    """What is compared of a record: nothing, where it does not read like ours."""
    try:
        return _decode_text(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Text(status="failed")


def enter_marks(connection: sa.Connection, table: RecordTable, marks: Mapping[int, Mark]) -> None:
    """Enters which records are copies."""
    originals = {one.original for one in marks.values() if one.original is not None}
    ids = _ids_of(connection, originals)
    table.amend(
        {
            number: {
                "duplicate_of": None if one.original is None else ids[one.original],
                "duplicate_similarity": one.similarity,
            }
            for number, one in marks.items()
        }
    )


_Mark = tuple[int | None, float | None]


def _marks_of(connection: sa.Connection, written: Set[int], renamed: Sequence[int]) -> dict[int, _Mark]:
    """The marks of records that are written, and of the copies of those that are renamed."""
    found: dict[int, _Mark] = {}
    query = sa.select(copy_text.c.number, copy_text.c.original, copy_text.c.similarity)
    for column, numbers in ((copy_text.c.number, sorted(written)), (copy_text.c.original, renamed)):
        for some in batched(numbers):
            for number, original, similarity in connection.execute(query.where(column.in_(some))):
                found[number] = (original, similarity)
    return found


def _ids_of(connection: sa.Connection, numbers: Set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in batched(sorted(numbers)):
        query = sa.select(record.c.number, record.c.id).where(record.c.number.in_(some))
        found.update((number, id_) for number, id_ in connection.execute(query))
    return found


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
