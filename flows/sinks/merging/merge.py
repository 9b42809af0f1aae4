"""A journal brought into a backend, exactly once.

The backend makes all changes of a merge in one step, and only then the journal is deleted. A run that is killed before
that step is merged into the same store again; one that is killed after it is merged into a store that has its records
already, which changes nothing. That is the law of this module: what is settled depends on the journal and on what the
store holds of the same pages, and settling it once more gives what is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import partial
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from copydesk.flows.sinks import identity
from copydesk.flows.library.identity import PlannedRecord
from copydesk.flows.sinks.journal import Index, index_of
from copydesk.flows.library.record_lines import differs_only_in_duration, has_same_content, with_fields
from copydesk.flows.sinks.store_backend import Became, Changes, FoundRecord, OpenBackend, Stored


class MergePlan(Struct):
    """What a merge makes of a backend.

    ``entries``: by the numbers of records on the backend; None where one goes. What has no entry stays as it is.
    ``added``: follows them all. ``held``: what the backend has at the numbers of ``entries``; ``past``: older versions,
    by id. ``read``: the line of a reading. ``versions``: how many pages have a new version; ``copies``: how many
    records that were read are copies of others; ``left_out``: the statuses of those that were left out for it;
    ``instead``: by their pages, the ids of the records that they are copies of. ``shared``: see ``Settlement``.
    ``kept``: of readings below which the stored record of their page ranks, its number there.
    """

    entries: dict[int, PlannedRecord | None]
    added: list[PlannedRecord]
    held: Mapping[int, identity.Reading]
    past: Mapping[str, Sequence[FoundRecord]]
    read: Callable[[int], bytes]
    versions: int = 0
    copies: int = 0
    left_out: Counter[str] = msgspec.field(default_factory=Counter)
    instead: dict[int, str] = {}
    shared: Sequence[PlannedRecord] = ()
    kept: Mapping[int, int] = {}

    def entry(self, number: int, key: identity.LineKey) -> PlannedRecord | None:
        """What becomes of a record of the backend; without an entry in the plan it stays, and none is made."""
        if number in self.entries:
            return self.entries[number]
        return PlannedRecord(key.id, identity.reading_of(key), number, None)

    def is_renamed(self, entry: PlannedRecord) -> bool:
        """Whether the record at its place had another id."""
        held = None if entry.number is None else self.held.get(entry.number)
        return held is not None and held.id != entry.id

    def amend(self, number: int | None, entry: PlannedRecord, **fields: Any) -> None:
        """Gives the record of an entry other values of its fields."""
        entry.fields.update(fields)
        if number is not None:
            self.entries[number] = entry


Step = Callable[[MergePlan, OpenBackend], None]
"""Looks at a plan in which it is settled which pages are one record, and enters what else is to change. A step that is
taken again over what it has entered must enter nothing new: a journal may be merged twice.
"""


def merge(
    journal: BinaryIO,
    backend: OpenBackend,
    steps: Sequence[Step],
    *,
    answered: Set[str] = frozenset(),
    staying: Set[bytes] = frozenset(),
) -> Stored:
    """Merges a journal into a backend. ``steps``: in their order; each sees the entries of those before it.

    ``answered``: addresses that answered, record or not. ``staying``: of files that were not read, as in ``settle``.
    Memory: less than two kilobytes a page of the journal (20,000 pages read again: 33 MB), and what the backend needs.
    """
    index = index_of(journal)
    held, past, gone = _touched(index, backend, answered)
    settlement = identity.settle(held, index.readings, staying)
    plan = MergePlan(
        entries=settlement.by_line | dict.fromkeys(gone),
        added=settlement.added,
        held=held,
        past=past,
        read=lambda page: _line_at(journal, index.offsets[page]),
        shared=settlement.shared,
        kept=settlement.kept,
    )
    for step in steps:
        step(plan, backend)
    changes = _PlannedChanges(plan)
    lines = backend.change(changes.changes())
    return Stored(
        lines=lines,
        statuses=dict(settlement.statuses - plan.left_out),
        became={index.written[page]: became for page, became in changes.became()},
        shared=len(settlement.shared),
        again=index.again,
        kept=len(settlement.kept),
        versions=plan.versions,
        copies=plan.copies,
        left_out=plan.left_out.total(),
    )


def _line_at(journal: BinaryIO, offset: int) -> bytes:
    journal.seek(offset)
    return journal.readline()


def _touched(
    index: Index, backend: OpenBackend, answered: Set[str]
) -> tuple[dict[int, identity.Reading], dict[str, list[FoundRecord]], list[int]]:
    """What of a backend the readings of a journal may touch: by their numbers the records that are the newest of their
    pages; older versions, by id; the numbers of those that go for another reason than that they were read.
    """
    pages = frozenset(page for reading in index.readings for page in identity.page_keys(reading))
    outdated = identity.outdated_keys(index.tried, answered)
    texts = (key for reading in index.readings for key in reading.content_keys)
    ids = frozenset(identity.id_key(reading.id) for reading in index.readings)
    held, past, gone = dict[int, identity.Reading](), dict[str, list[FoundRecord]](), list[int]()
    for number, key in backend.holding(pages.union(texts, ids, outdated)):
        found_by = identity.lookup_keys(key)
        if key.is_past:
            past.setdefault(key.id, []).append(FoundRecord(number, key))
        # a page that was read is settled by its reading, however old its record
        elif pages.isdisjoint(found_by) and not outdated.isdisjoint(found_by):
            gone.append(number)
        else:
            held[number] = identity.reading_of(key)
    # and past versions of those whose id no reading has: pages without an address, whose id is of their first content
    others = {identity.id_key(one.id) for one in held.values() if one.version > 1} - ids
    for number, key in backend.holding(others) if others else ():
        if key.is_past:
            past.setdefault(key.id, []).append(FoundRecord(number, key))
    return held, past, gone


class _PlannedChanges:
    """The changes that a plan makes, and what they come to, which is known once they are made."""

    def __init__(self, plan: MergePlan) -> None:
        self._plan = plan
        self._otherwise: set[int] = set()
        """Numbers of records that a reading with other content replaces."""

    def became(self) -> Iterator[tuple[int, Became]]:
        """What became of the records that were read, by their pages."""
        for entry in self._plan.added:
            if entry.page is not None:
                # what follows another version changes its page
                yield entry.page, "changed" if entry.fields.get("previous") else "new"
        for number, held in self._plan.entries.items():
            if held is not None and held.page is not None:
                yield held.page, "changed" if number in self._otherwise else "unchanged"
        for page in self._plan.kept:
            yield page, "unchanged"

    def changes(self) -> Changes:
        """What a backend is to do."""
        entries = {number: entry for number, entry in self._plan.entries.items() if entry is not None}
        return Changes(
            became={
                number: partial(self._in_place, number, entry)
                for number, entry in entries.items()
                if entry.fields or entry.page is not None
            },
            renamed=[number for number, entry in entries.items() if self._plan.is_renamed(entry)],
            gone=frozenset(number for number, entry in self._plan.entries.items() if entry is None),
            added=[partial(self._written, entry) for entry in self._plan.added],
        )

    def _written(self, entry: PlannedRecord, old: bytes = b"") -> bytes:
        return with_fields(old if entry.page is None else self._plan.read(entry.page), entry.fields)

    def _in_place(self, number: int, entry: PlannedRecord, old: bytes) -> bytes:
        new = self._written(entry, old)
        # only the time it took differs: the old line stays, so that equal runs leave equal files
        if differs_only_in_duration(old, new):
            return old
        if entry.page is not None and not has_same_content(old, new):
            self._otherwise.add(number)
        return new
