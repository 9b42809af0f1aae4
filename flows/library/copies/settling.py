"""Which records are copies, and of what: settled in the transaction that changes the records, where something changed,
and nowhere else. The rows that a piece of work touches are read once, changed in memory, and written together.

What is promised, in whatever order, batches and runs records come and go:

- an original is no copy of a better one (``precedence`` decides which is better), and every other record is a copy of
  an original that it was compared with itself: marks form no chains;
- which records are originals depends on the records alone, as far as these differ; of those that do not, the first to
  come is the original;
- a copy of two originals that are no copies of each other has the better one of those that were there when it was
  last settled: when it came, or when its original went.

It is not promised among more than 200 copies of one text, which keep their original, nor for texts that share hashes
with more than 50 originals: both bound the work that a record can cause.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import sqlalchemy as sa
from msgspec import Struct, structs

from copydesk.flows.io.databases import batched, execute_all
from copydesk.flows.library.copies import precedence
from copydesk.flows.library.copies.precedence import Claims, Entry, Rank, claims_of
from copydesk.flows.library.copies.signature import Signature, signatures, similarity
from copydesk.flows.library.tables import copy_band as bands
from copydesk.flows.library.tables import copy_text as texts

MOST_COPIES: Final = 200
"""An original with more copies stays one: each better text would have all of them compared again."""
MOST_COMPARED: Final = 50
"""Originals that a text is compared with: those that share most hashes. Pages of one template share a few."""
FULL_BUCKET: Final = 256
"""A bucket takes no more originals: what so many different texts share is a site's own words, and finds nothing."""
_MOST_NAMED: Final = 8  # texts of one address: the page as several sources have it


class Mark(Struct, frozen=True):
    """What a record is a copy of: the number of its original, None where it is one itself. ``similarity``: 0 to 1, the
    share of the shorter text's shingles that the other has too; 1 where the texts are the same.
    """

    original: int | None
    similarity: float | None


def settle_copies(
    connection: sa.Connection, entries: Mapping[int, Entry], gone: Collection[int] = ()
) -> dict[int, Mark]:
    """Takes in the texts of records that were written, new or again, by their numbers; and takes out those of
    records that are ``gone``. The marks of records that are others now.

    An entry without text is taken out, if it was there.
    """
    settling = _Settling(connection)
    known = {each.number: each for each in settling.load({*entries, *gone})}
    for number in sorted(gone):
        if number in known:
            settling.remove(known[number])
    changed: list[tuple[int, Signature, Claims]] = []
    made = iter(signatures([entry.content for entry in entries.values() if entry.content]))
    for number, entry in entries.items():
        signature = next(made) if entry.content else None
        row, claims = known.get(number), claims_of(entry)
        if row is not None and signature is not None and (row.signature, row.claims) == (signature, claims):
            continue
        if row is not None:
            settling.remove(row)
        if signature is not None:
            changed.append((number, signature, claims))
    settling.expect([signature for _, signature, _ in changed], [claims for *_, claims in changed])
    for number, signature, claims in changed:
        settling.add(number, signature, claims)
    return {row.number: Mark(row.original, row.similarity) for row in settling.write()}


class _Indexed(Struct):
    """A text as the index knows it. ``original``: number of the text it is a copy of, None of an original."""

    number: int
    signature: Signature
    claims: Claims
    is_named: bool = False
    original: int | None = None
    similarity: float | None = None
    is_found: bool = False
    """Whether other texts find it, as they do originals."""

    @property
    def rank(self) -> Rank:
        return precedence.rank(self.claims, is_named=self.is_named, number=self.number)

    @property
    def marks(self) -> dict[str, Any]:
        """What may change of it."""
        return {"is_named": self.is_named, "original": self.original, "similarity": self.similarity}


class _Settling:
    """Brings what one transaction touches of the index to where every text is an original or a copy of one; but for
    texts that go, ``write`` writes it.

    A text is a copy where an original that ranks before it is alike, else an original. So it depends on better ones
    alone, and whatever changes can be settled in the order of ranks.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._rows: dict[int, _Indexed] = {}
        # of each row that is in the database, what it has there
        self._stored: dict[int, dict[str, Any]] = {}
        self._finds: dict[int, set[int]] = {}
        # texts in the database by what they claim, and those that are not there yet
        self._claimed: dict[tuple[str, int | None], set[int]] = {}
        self._new_claims: defaultdict[tuple[str, int | None], set[int]] = defaultdict(set)
        # buckets and numbers as they are in the database
        self._stored_finds: set[tuple[int, int]] = set()

    def expect(self, signatures: Sequence[Signature], claims: Sequence[Claims]) -> None:
        """Reads at once what adding these texts would otherwise read one by one."""
        self._open_buckets(signatures)
        self.load(number for each in signatures for number in self._met(each))
        self._open_claims(claims)

    def add(self, number: int, signature: Signature, claims: Claims) -> None:
        """Settles a new text."""
        row = self._rows[number] = _Indexed(number, signature, claims)
        self._new_claims["address", claims.address].add(number)
        self._new_claims["names", claims.names].add(number)
        # copies of it that declare it the original
        row.is_named = bool(self._claiming(row, "names", claims.address))
        unsettled = [row]
        for named in self._claiming(row, "address", claims.names):
            unsettled += self._set_named(named, is_named=True)
        self._settle(unsettled)

    def remove(self, row: _Indexed) -> None:
        """Takes a text out, and settles what was a copy of it."""
        self._open_claims([row.claims])
        named = self._claiming(row, "address", row.claims.names)
        unsettled = self._copies_of(row) if row.original is None else []
        for copy in unsettled:
            copy.original = copy.similarity = None
        self._hide(row)
        del self._rows[row.number]
        if self._stored.pop(row.number, None) is not None:
            self._connection.execute(sa.delete(texts).where(texts.c.number == row.number))
        for each in named:
            self._open_claims([each.claims])
            is_named = bool(self._claiming(each, "names", each.claims.address))
            unsettled += self._set_named(each, is_named=is_named)
        self._settle(unsettled)

    def _set_named(self, row: _Indexed, *, is_named: bool) -> list[_Indexed]:
        """Gives a text the rank it has now; returns what is to be settled then."""
        if row.is_named == is_named:
            return []
        row.is_named = is_named
        return [row, *self._depose(row)]

    def _depose(self, row: _Indexed) -> list[_Indexed]:
        """Takes from a text that others are copies of it; these others."""
        if not row.is_found:
            return []
        self._hide(row)
        return self._copies_of(row)

    def _settle(self, rows: Sequence[_Indexed]) -> None:
        waiting: list[tuple[Rank, int]] = []
        # by number: a text may be unsettled for several reasons
        unsettled: dict[int, _Indexed] = {}

        def put(found: Sequence[_Indexed]) -> None:
            self._open_buckets([row.signature for row in found])
            for row in found:
                if row.number not in unsettled:
                    unsettled[row.number] = row
                    heapq.heappush(waiting, (row.rank, row.number))

        put(rows)
        while waiting:
            put(self._place(unsettled.pop(heapq.heappop(waiting)[1])))

    def _place(self, row: _Indexed) -> list[_Indexed]:
        """Makes a text a copy or an original; the texts that this unsettles."""
        self._open_buckets([row.signature])
        found = (each for each in self.load(self._met(row.signature)) if each is not row)
        compared = ((each, similarity(row.signature, each.signature)) for each in found)
        alike = [(each, share) for each, share in compared if share is not None]
        # an original with too many copies stays one, whatever is better
        better = [
            (each.rank, each, share)
            for each, share in alike
            if each.rank < row.rank or len(self._copies_of(each, at_most=MOST_COPIES + 1)) > MOST_COPIES
        ]
        if better:
            _, original, share = min(better, key=lambda one: one[0])
            row.original, row.similarity = original.number, share
            return self._depose(row)
        row.original = row.similarity = None
        if row.is_found:
            return []
        row.is_found = True
        for bucket in row.signature.buckets:
            if len(self._finds[bucket]) < FULL_BUCKET:
                self._finds[bucket].add(row.number)
        return [one for each, _ in alike for one in (each, *self._depose(each))]

    # --- the index

    def load(self, numbers: Iterable[int]) -> list[_Indexed]:
        """Texts by their numbers, rising."""
        wanted = sorted(set(numbers))
        unread = [number for number in wanted if number not in self._rows]
        for row in self._rows_in(sa.select(texts), texts.c.number, unread):
            self._rows[row.number] = _indexed(row)
            self._stored[row.number] = self._rows[row.number].marks
        return [self._rows[number] for number in wanted if number in self._rows]

    def _open_claims(self, claims: Sequence[Claims]) -> None:
        """Reads the texts at the URLs that others name, and the texts that name theirs."""
        for column, values in (
            (texts.c.address, {each.names for each in claims}),
            (texts.c.names, {each.address for each in claims}),
        ):
            wanted = sorted(
                value for value in values if value is not None and (column.name, value) not in self._claimed
            )
            self._claimed.update(((column.name, value), set()) for value in wanted)
            for value, number in self._rows_in(sa.select(column, texts.c.number), column, wanted):
                self._claimed[column.name, value].add(number)

    def _claiming(
        self, row: _Indexed, field: Literal["address", "names"], value: int | None
    ) -> list[_Indexed]:
        """Other texts that are alike: of an address that is named, or that name an address, the first to come."""
        if value is None:
            return []
        found = self._claimed[field, value] | self._new_claims[field, value]
        return [
            each
            for each in self.load(sorted(found)[:_MOST_NAMED])
            # a text that came again may claim something else now
            if getattr(each.claims, field) == value
            and each is not row
            and similarity(row.signature, each.signature) is not None
        ]

    def _copies_of(self, row: _Indexed, *, at_most: int | None = None) -> list[_Indexed]:
        """The texts that are copies of an original."""
        statement = sa.select(texts.c.number).where(texts.c.original == row.number)
        stored = self._connection.execute(statement.order_by(texts.c.number).limit(at_most)).scalars().all()
        new = (each.number for each in self._rows.values() if each.original == row.number)
        return [each for each in self.load({*stored, *new}) if each.original == row.number]

    def _open_buckets(self, signatures: Iterable[Signature]) -> None:
        """Reads the originals in the buckets of texts."""
        buckets = {bucket for each in signatures for bucket in each.buckets}
        # not the difference of sets: that looks at all buckets that were ever read
        wanted = sorted(bucket for bucket in buckets if bucket not in self._finds)
        self._finds.update((bucket, set()) for bucket in wanted)
        for bucket, number in self._rows_in(sa.select(bands), bands.c.bucket, wanted):
            self._finds[bucket].add(number)
            self._stored_finds.add((bucket, number))

    def _met(self, signature: Signature) -> list[int]:
        """The originals that share most buckets with a text."""
        counts = Counter(number for bucket in signature.buckets for number in self._finds[bucket])
        return sorted(counts, key=lambda number: (-counts[number], number))[:MOST_COMPARED]

    def _hide(self, row: _Indexed) -> None:
        """Lets other texts find this one no more."""
        self._open_buckets([row.signature])
        row.is_found = False
        for bucket in row.signature.buckets:
            self._finds[bucket].discard(row.number)

    def write(self) -> list[_Indexed]:
        """Writes what has changed; returns the texts whose mark is another now, and all that are new."""
        new = [row for row in self._rows.values() if row.number not in self._stored]
        known = ((row, self._stored[row.number]) for row in self._rows.values() if row.number in self._stored)
        changed = [(row, before) for row, before in known if before != row.marks]
        finds = {(bucket, number) for bucket, numbers in self._finds.items() for number in numbers}
        # in the table's order: neighbours are on one page of it
        gone, added = sorted(self._stored_finds - finds), sorted(finds - self._stored_finds)
        is_text = texts.c.number == sa.bindparam("of")
        is_band = (bands.c.bucket == sa.bindparam("from_")) & (bands.c.number == sa.bindparam("of"))
        for statement, rows in (
            (sa.insert(texts), list(map(_values, new))),
            (sa.update(texts).where(is_text), [{"of": row.number, **row.marks} for row, _ in changed]),
            (sa.delete(bands).where(is_band), [{"from_": one, "of": number} for one, number in gone]),
            (sa.insert(bands), [{"bucket": one, "number": number} for one, number in added]),
        ):
            execute_all(self._connection, statement, rows)
        is_other = (row for row, before in changed if row.marks != before | {"is_named": row.is_named})
        return [*is_other, *new]

    def _rows_in(
        self, query: sa.Select[Any], column: sa.Column[Any], values: Sequence[Any]
    ) -> Iterator[sa.Row[Any]]:
        for piece in batched(values):
            yield from self._connection.execute(query.where(column.in_(piece)))


def _indexed(row: sa.Row[Any]) -> _Indexed:
    buckets = tuple(np.frombuffer(row.buckets, "<i8").tolist())
    return _Indexed(
        number=row.number,
        signature=Signature(bytes(row.content), row.shingles, bytes(row.sketch), buckets),
        claims=Claims(row.address, row.names, row.origin, row.published, row.fetched),
        is_named=row.is_named,
        original=row.original,
        similarity=row.similarity,
        is_found=row.original is None,
    )


def _values(row: _Indexed) -> dict[str, Any]:
    return {
        "number": row.number,
        "content": row.signature.content,
        "shingles": row.signature.count,
        "sketch": row.signature.sketch,
        "buckets": np.array(row.signature.buckets, "<i8").tobytes(),
        **row.marks,
        **structs.asdict(row.claims),
    }
