"""A journal brought into a shelf, exactly once.

The shelf makes all changes of a merge in one step, and the journal goes after that step alone. Who is killed before it
merges the same journal into the same shelf again; who is killed after it merges it into a shelf that has it already,
which changes nothing. That it does not is the law of this module: what is settled depends on the journal and on what
the shelf holds of the same pages, and settling it once more gives what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import BinaryIO

from copydesk.flows.sinks.identity import (
    Held,
    mark_of_id,
    marks_of,
    marks_of_outdated,
    marks_of_page,
    reading_of,
    settle,
)
from copydesk.flows.sinks.journal import Index, index_of, line_at
from copydesk.flows.sinks.merging.draft import Draft, Entry, draft_of
from copydesk.flows.sinks.merging.exact_duplicates import mark_exact_duplicates
from copydesk.flows.sinks.record_lines import is_same_but_for_its_time, with_fields
from copydesk.flows.sinks.record_sink import Stored
from copydesk.flows.sinks.shelf import Changes, OpenShelf

Step = Callable[[Draft, OpenShelf], None]
"""Looks at a draft in which it is settled which pages are one record, and enters what else is to change."""

STEPS: Sequence[Step] = (mark_exact_duplicates,)
"""In the order they are taken: each sees what those before it have entered. A step that is taken again over what it has
entered must enter nothing new: a journal may be merged twice.
"""


def merge(journal: BinaryIO, shelf: OpenShelf, answered: frozenset[str] = frozenset()) -> Stored:
    """Merges a journal into a shelf. ``answered``: addresses that answered in its run.

    Memory: less than two kilobytes a page of the journal (20,000 pages read again: 33 MB), and what the shelf needs.
    """
    index = index_of(journal)
    held, gone = _held(index, shelf, answered)
    settlement = settle(held, index.readings)
    readings = (*index.readings, *(one.reading for one in held))
    texts = frozenset(reading.text for reading in readings if reading.text is not None)
    draft = draft_of(settlement, {one.number: one.reading.id for one in held}, texts)
    draft.entries.update(dict.fromkeys(gone))
    for step in STEPS:
        step(draft, shelf)
    return Stored(
        lines=shelf.change(_changes(draft, journal, index)),
        statuses=dict(settlement.statuses),
        shared=settlement.shared,
        again=index.again,
        kept=settlement.kept,
    )


def _held(index: Index, shelf: OpenShelf, answered: frozenset[str]) -> tuple[list[Held], list[int]]:
    """The records that what was read may touch, in order; and the numbers of those that go for another reason."""
    pages = frozenset(mark for reading in index.readings for mark in marks_of_page(reading))
    outdated = marks_of_outdated(index.tried, answered)
    claims = (claim for reading in index.readings for claim in reading.claims)
    ids = (mark_of_id(reading.id) for reading in index.readings)
    held, gone = [], []
    for number, key in shelf.holding(pages.union(claims, ids, outdated)):
        marks = marks_of(key)
        # a page that was read is settled by its reading, however old its record
        if pages.isdisjoint(marks) and not outdated.isdisjoint(marks):
            gone.append(number)
        else:
            held.append(Held(number, reading_of(key)))
    return held, gone


def _changes(draft: Draft, journal: BinaryIO, index: Index) -> Changes:
    entries = {number: entry for number, entry in draft.entries.items() if entry is not None}

    def written(entry: Entry, old: bytes = b"") -> bytes:
        read = old if entry.page is None else line_at(journal, index.offsets[entry.page])
        new = with_fields(read, entry.fields)
        # only the time it took differs: the old line stays, so that equal runs leave equal files
        return old if old and is_same_but_for_its_time(old, new) else new

    return Changes(
        became={
            number: partial(written, entry)
            for number, entry in entries.items()
            if entry.fields or entry.page is not None
        },
        renamed=[number for number, entry in entries.items() if entry.old_id != entry.id],
        gone=frozenset(number for number, entry in draft.entries.items() if entry is None),
        added=[partial(written, entry) for entry in draft.added],
    )
