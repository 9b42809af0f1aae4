"""Which texts are originals and which are copies: settled again where something changed, and nowhere else."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import Final

from copydesk.flows.library.copies.precedence import Claims, Rank
from copydesk.flows.library.copies.signature import Signature, similarity
from copydesk.flows.library.copies.working_set import Indexed, WorkingSet

MOST_COPIES: Final = 200
"""An original with more copies stays one: each better text would have all of them compared again."""
MOST_COMPARED: Final = 50
"""Originals that a text is compared with: those that share most hashes. Pages of one template share a few."""
_MOST_NAMED: Final = 8  # texts of one address: the page as several sources have it


class Settling:
    """Brings a working set to where every text is an original or a copy of one.

    A text is a copy where an original that ranks before it is alike, else an original. So it depends on better ones
    alone, and whatever changes can be settled in the order of ranks.
    """

    def __init__(self, work: WorkingSet) -> None:
        self._work = work

    def expect(self, signatures: Sequence[Signature], claims: Sequence[Claims]) -> None:
        """Reads at once what adding these texts would otherwise read one by one."""
        self._work.load_found(signatures, at_most=MOST_COMPARED)
        self._work.open_claims(claims)

    def add(self, number: int, signature: Signature, claims: Claims) -> None:
        """Settles a new text."""
        row = self._work.add(number, signature, claims)
        row.is_named = bool(self._namers(row))
        unsettled = [row]
        for named in self._named_by(row):
            unsettled += self._set_named(named, is_named=True)
        self._settle(unsettled)

    def remove(self, row: Indexed) -> None:
        """Takes a text out, and settles what was a copy of it."""
        self._work.open_claims([row.claims])
        named = self._named_by(row)
        copies = self._work.copies_of(row) if row.original is None else []
        for copy in copies:
            copy.original = copy.similarity = None
        self._work.remove(row)
        unsettled = [*copies]
        for each in named:
            self._work.open_claims([each.claims])
            unsettled += self._set_named(each, is_named=bool(self._namers(each)))
        self._settle(unsettled)

    def _namers(self, row: Indexed) -> list[Indexed]:
        """Copies of a text that declare it the original."""
        return _alike(row, self._work.claiming("names", row.claims.address, at_most=_MOST_NAMED))

    def _named_by(self, row: Indexed) -> list[Indexed]:
        """The texts that a copy of them declares the original."""
        return _alike(row, self._work.claiming("address", row.claims.names, at_most=_MOST_NAMED))

    def _set_named(self, row: Indexed, *, is_named: bool) -> list[Indexed]:
        """Gives a text the rank it has now; returns what is to be settled then."""
        if row.is_named == is_named:
            return []
        row.is_named = is_named
        return [row, *self._depose(row)]

    def _depose(self, row: Indexed) -> list[Indexed]:
        """Takes from a text that others are copies of it; these others."""
        if not row.is_found:
            return []
        self._work.hide(row)
        return self._work.copies_of(row)

    def _settle(self, rows: Iterable[Indexed]) -> None:
        waiting: list[tuple[Rank, int]] = []
        # by number: a text may be unsettled for several reasons
        unsettled: dict[int, Indexed] = {}

        def put(found: Sequence[Indexed]) -> None:
            self._work.open_buckets([row.signature for row in found])
            for row in found:
                if row.number not in unsettled:
                    unsettled[row.number] = row
                    heapq.heappush(waiting, (row.rank, row.number))

        put(list(rows))
        while waiting:
            row = unsettled.pop(heapq.heappop(waiting)[1])
            put(self._place(row))

    def _place(self, row: Indexed) -> list[Indexed]:
        """Makes a text a copy or an original; the texts that this unsettles."""
        found = self._work.found_by(row, at_most=MOST_COMPARED)
        compared = ((each, similarity(row.signature, each.signature)) for each in found)
        alike = [(each, share) for each, share in compared if share is not None]
        # an original with too many copies stays one, whatever is better
        better = [
            (each.rank, each, share)
            for each, share in alike
            if each.rank < row.rank or len(self._work.copies_of(each, at_most=MOST_COPIES + 1)) > MOST_COPIES
        ]
        if better:
            _, original, share = min(better, key=lambda one: one[0])
            row.original, row.similarity = original.number, share
            return self._depose(row)
        row.original = row.similarity = None
        if row.is_found:
            return []
        self._work.show(row)
        return [one for each, _ in alike for one in (each, *self._depose(each))]


def _alike(row: Indexed, others: Iterable[Indexed]) -> list[Indexed]:
    return [
        each for each in others if each is not row and similarity(row.signature, each.signature) is not None
    ]
