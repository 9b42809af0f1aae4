"""Which lines a merge stores in place of those that were read, for whoever remembers what need not be read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from functools import partial
from typing import Protocol

from copydesk.flows.library.identity import id_key
from copydesk.flows.sinks.merging.merge import MergePlan
from copydesk.flows.sinks.store_backend import OpenBackend


class Outcomes(Protocol):
    """Who remembers which lines are stored for those that were read. A journal that is merged twice gives the same."""

    def note(self, read: bytes, stored: bytes) -> None:
        """Takes the line that is stored in place of one that was read. What is noted of ``stored`` later holds for
        ``read``, too.
        """
        ...

    def confirm(self) -> None:
        """Keeps what was noted: once the store has it, and before the journal is deleted."""
        ...


def note_outcomes(plan: MergePlan, backend: OpenBackend, outcomes: Outcomes) -> None:
    """Notes the records that are not stored: an older one of their page ranks higher, or they are copies that are left
    out, or another record has their text.
    """
    dropped = {one.number for one in plan.shared if one.page is None and one.number is not None}
    numbers = dropped.union(plan.kept.values())
    lines = dict(backend.lines(numbers)) if numbers else {}
    for page, number in plan.kept.items():
        outcomes.note(plan.read(page), lines[number])
    instead: dict[str, list[Callable[[], bytes]]] = {}
    for page, original in plan.instead.items():
        instead.setdefault(original, []).append(partial(plan.read, page))
    for one in plan.shared:
        held = one.shares
        assert held is not None  # noqa: S101 - it is shared
        # what has the text may itself be a copy that is left out
        original = held.id if held.page is None else plan.instead.get(held.page, held.id)
        if one.page is not None:
            instead.setdefault(original, []).append(partial(plan.read, one.page))
        elif one.number is not None:
            instead.setdefault(original, []).append(partial(lines.__getitem__, one.number))
    # nothing is noted of an original that is left out itself: its copy is read again
    for original, stored in _newest_lines(plan, backend, instead.keys()):
        for not_stored in instead[original]:
            outcomes.note(not_stored(), stored)


def _newest_lines(plan: MergePlan, backend: OpenBackend, ids: Set[str]) -> Iterator[tuple[str, bytes]]:
    """The lines of the newest records with these ids, as a merge finds or reads them."""
    planned = [*(entry for entry in plan.entries.values() if entry is not None), *plan.added]
    read = {entry.id: entry.page for entry in planned if entry.page is not None and entry.id in ids}
    yield from ((id_, plan.read(page)) for id_, page in read.items())
    found = backend.holding(frozenset(map(id_key, ids - read.keys())))
    numbers = {one.number: one.key.id for one in found if one.key.id in ids and not one.key.is_past}
    yield from ((numbers[number], line) for number, line in backend.lines(numbers))
