"""What became of a line that was read, where the store has it otherwise: it says less, or another stands for it.

Whoever remembers what was read hears of it while a journal is merged, and keeps it once the store has the merge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from copydesk.flows.sinks.identity import id_key
from copydesk.flows.sinks.merging.draft import Draft
from copydesk.flows.sinks.store_backend import OpenBackend, StoreBackend

if TYPE_CHECKING:
    from copydesk.flows.sinks.merging.merge import CopyMarks

Told = Callable[[bytes, bytes], None]
"""Hears of a line that was read, and of the line that stands for it."""


class Outcomes(Protocol):
    """Who remembers what became of lines. Of a journal that is merged twice nothing but the same is told."""

    def tell(self, read: bytes, stands: bytes) -> None:
        """Hears of an outcome, as ``Told``. What is told of ``stands`` later holds for ``read``, too."""
        ...

    def confirm(self) -> None:
        """Once the store has what was told, and before the journal goes."""
        ...


def unheard(_read: bytes, _stands: bytes) -> None:
    """What becomes of lines where nobody remembers them."""


class ToldMarks:
    """Marks copies as ``marks`` does, and has ``outcomes`` hear of what is not stored; see ``CopyMarks``."""

    def __init__(self, marks: CopyMarks, outcomes: Outcomes) -> None:
        self._marks = marks
        self._outcomes = outcomes

    def prepare(self, backend: StoreBackend) -> None:
        """Before a merge."""
        self._marks.prepare(backend)

    def mark(self, draft: Draft, backend: OpenBackend) -> None:
        """The step of a merge; after it nothing more is left out."""
        self._marks.mark(draft, backend)
        _tell_instead(draft, backend, self._outcomes.tell)

    def confirm(self, lines: int) -> None:
        """After a merge."""
        self._marks.confirm(lines)
        self._outcomes.confirm()


def _tell_instead(draft: Draft, backend: OpenBackend, told: Told) -> None:
    """Tells of the readings of a draft that are not stored: they gave way, or are copies that are left out."""
    if draft.kept:
        lines = dict(backend.lines(frozenset(draft.kept.values())))
        for page, number in draft.kept.items():
            told(draft.read(page), lines[number])
    if draft.instead:
        originals = dict(_newest(draft, backend, frozenset(draft.instead.values())))
        for page, original in draft.instead.items():
            # of one that is left out itself nothing is told: it is read again
            if original in originals:
                told(draft.read(page), originals[original])


def _newest(draft: Draft, backend: OpenBackend, ids: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """The lines of the newest records with these ids, as a merge finds or reads them."""
    drafted = [*(entry for entry in draft.entries.values() if entry is not None), *draft.added]
    read = {entry.id: entry.page for entry in drafted if entry.page is not None and entry.id in ids}
    yield from ((id_, draft.read(page)) for id_, page in read.items())
    found = backend.holding(frozenset(map(id_key, ids - read.keys())))
    wanted = {one.number: one.key.id for one in found if one.key.id in ids and not one.key.is_past}
    yield from ((wanted[number], line) for number, line in backend.lines(wanted))
