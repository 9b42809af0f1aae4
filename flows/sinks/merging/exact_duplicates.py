"""Records with the same text: each but the first names the first."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from copydesk.flows.sinks.merging.draft import Draft, Entry
from copydesk.flows.sinks.shelf import OpenShelf, Shelf


class _Copy(NamedTuple):
    """A record to be, and whom it names as it stands; ``number`` is None of what is added."""

    number: int | None
    entry: Entry
    named: str | None


class ExactCopies:
    """Marks records with the same text, where nothing is kept that tells of copies in other words."""

    def prepare(self, shelf: Shelf) -> None:
        """Nothing need be."""

    def mark(self, draft: Draft, shelf: OpenShelf) -> None:
        """The step of a merge."""
        mark_exact_duplicates(draft, shelf)

    def confirm(self, lines: int) -> None:
        """Nothing is kept."""


def mark_exact_duplicates(draft: Draft, shelf: OpenShelf) -> None:
    """Sets ``duplicate_of`` in all records of texts of which there may be more or fewer than there were.

    The first in the order of the store is the one that others name.
    """
    first_with: dict[bytes, str] = {}
    for number, entry, named in _in_order(draft, shelf):
        if entry.text is None or entry.text not in draft.texts:
            continue
        first = first_with.setdefault(entry.text, entry.id)
        wanted = None if first == entry.id else first
        # a record just read is entered in any case: what it names is known once it is
        if wanted != named or number is None or entry.page is not None:
            draft.amend(number, entry, duplicate_of=wanted)


def _in_order(draft: Draft, shelf: OpenShelf) -> Iterator[_Copy]:
    """All that may be marked, in the order of the store, each once."""
    # entries of other texts than they had are found by no text: the shelf knows the old one
    drafted = ((number, None) for number in sorted(draft.entries))
    found = ((one.number, one.key) for one in shelf.holding(draft.texts)) if draft.texts else ()
    last = -1
    # by number alone: of a record that is in both, what the shelf has comes first, as it says what is named
    for number, key in heapq.merge(found, drafted, key=lambda one: one[0]):
        if number == last:
            continue
        last = number
        entry = draft.entries.get(number) if key is None else draft.entry(number, key)
        if entry is not None:
            yield _Copy(number, entry, key.duplicate_of if key is not None else None)
    yield from (_Copy(None, entry, None) for entry in draft.added)
