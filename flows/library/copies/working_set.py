"""The rows of the index that a piece of work touches: read once, changed in memory, written together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal

import numpy as np
import sqlalchemy as sa
from msgspec import Struct, structs

from copydesk.flows.io.databases import batched, execute_all
from copydesk.flows.library.copies import precedence
from copydesk.flows.library.copies.precedence import Claims, Rank
from copydesk.flows.library.copies.signature import Signature
from copydesk.flows.library.tables import copy_band as bands
from copydesk.flows.library.tables import copy_text as texts

FULL_BUCKET: Final = 256
"""A bucket takes no more originals: what so many different texts share is a site's own words, and finds nothing."""


class Indexed(Struct):
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


class WorkingSet:
    """What one transaction reads and changes of the index; but for texts that go, ``write`` writes it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._rows: dict[int, Indexed] = {}
        # of each row that is in the database: whether it is named, its original, its similarity
        self._stored: dict[int, tuple[bool, int | None, float | None]] = {}
        self._finds: dict[int, set[int]] = {}
        # texts in the database by what they claim, and those that are not there yet
        self._claimed: dict[tuple[str, int | None], set[int]] = {}
        self._new_claims: defaultdict[tuple[str, int | None], set[int]] = defaultdict(set)
        # buckets and numbers as they are in the database
        self._stored_finds: set[tuple[int, int]] = set()

    def add(self, number: int, signature: Signature, claims: Claims) -> Indexed:
        """A new text, not yet an original nor a copy."""
        self._rows[number] = Indexed(number, signature, claims)
        self._new_claims["address", claims.address].add(number)
        self._new_claims["names", claims.names].add(number)
        return self._rows[number]

    def remove(self, row: Indexed) -> None:
        """Takes out a text that no other is a copy of any more."""
        self.hide(row)
        del self._rows[row.number]
        if self._stored.pop(row.number, None) is not None:
            self._connection.execute(sa.delete(texts).where(texts.c.number == row.number))

    def load(self, numbers: Iterable[int]) -> list[Indexed]:
        """Texts by their numbers, rising."""
        wanted = sorted(set(numbers))
        unread = [number for number in wanted if number not in self._rows]
        for row in self._rows_in(sa.select(texts), texts.c.number, unread):
            self._rows[row.number] = _indexed(row)
            self._stored[row.number] = _marks(self._rows[row.number])
        return [self._rows[number] for number in wanted if number in self._rows]

    def open_claims(self, claims: Sequence[Claims]) -> None:
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

    def claiming(
        self, field: Literal["address", "names"], value: int | None, *, at_most: int
    ) -> list[Indexed]:
        """Texts of an address that is named, or that name an address, the first to come."""
        if value is None:
            return []
        found = self._claimed[field, value] | self._new_claims[field, value]
        rows = self.load(sorted(found)[:at_most])
        # a text that came again may claim something else now
        return [row for row in rows if getattr(row.claims, field) == value]

    def copies_of(self, row: Indexed, *, at_most: int | None = None) -> list[Indexed]:
        """The texts that are copies of an original."""
        statement = (
            sa.select(texts.c.number)
            .where(texts.c.original == row.number)
            .order_by(texts.c.number)
            .limit(at_most)
        )
        stored = self._connection.execute(statement).scalars().all()
        new = (each.number for each in self._rows.values() if each.original == row.number)
        return [each for each in self.load({*stored, *new}) if each.original == row.number]

    def open_buckets(self, signatures: Iterable[Signature]) -> None:
        """Reads the originals in the buckets of texts."""
        wanted_buckets = {bucket for each in signatures for bucket in each.buckets}
        # not the difference of sets: that looks at all buckets that were ever read
        wanted = sorted(bucket for bucket in wanted_buckets if bucket not in self._finds)
        for bucket in wanted:
            self._finds[bucket] = set()
        for bucket, number in self._rows_in(sa.select(bands), bands.c.bucket, wanted):
            self._finds[bucket].add(number)
            self._stored_finds.add((bucket, number))

    def found_by(self, row: Indexed, *, at_most: int) -> list[Indexed]:
        """The originals that share buckets with a text: those that share most."""
        self.open_buckets([row.signature])
        return [each for each in self.load(self._met(row.signature, at_most)) if each is not row]

    def load_found(self, signatures: Sequence[Signature], *, at_most: int) -> None:
        """Reads at once what ``found_by`` gives for many texts."""
        self.open_buckets(signatures)
        self.load(number for each in signatures for number in self._met(each, at_most))

    def _met(self, signature: Signature, at_most: int) -> list[int]:
        counts = Counter(number for bucket in signature.buckets for number in self._finds[bucket])
        return sorted(counts, key=lambda number: (-counts[number], number))[:at_most]

    def show(self, row: Indexed) -> None:
        """Lets other texts find this one."""
        self.open_buckets([row.signature])
        row.is_found = True
        for bucket in row.signature.buckets:
            if len(self._finds[bucket]) < FULL_BUCKET:
                self._finds[bucket].add(row.number)

    def hide(self, row: Indexed) -> None:
        """Lets other texts find this one no more."""
        self.open_buckets([row.signature])
        row.is_found = False
        for bucket in row.signature.buckets:
            self._finds[bucket].discard(row.number)

    def write(self) -> list[Indexed]:
        """Writes what has changed; returns the texts whose mark is another now, and all that are new."""
        new = [row for row in self._rows.values() if row.number not in self._stored]
        execute_all(self._connection, sa.insert(texts), [_values(row) for row in new])
        changed = [
            row for row in self._rows.values() if self._stored.get(row.number, _marks(row)) != _marks(row)
        ]
        marks = ("is_named", "original", "similarity")
        execute_all(
            self._connection,
            sa.update(texts).where(texts.c.number == sa.bindparam("of")),
            [{"of": row.number, **dict(zip(marks, _marks(row), strict=True))} for row in changed],
        )
        finds = {(bucket, number) for bucket, numbers in self._finds.items() for number in numbers}
        # in the table's order: neighbours are on one page of it
        gone, added = sorted(self._stored_finds - finds), sorted(finds - self._stored_finds)
        is_it = (bands.c.bucket == sa.bindparam("from_")) & (bands.c.number == sa.bindparam("of"))
        execute_all(
            self._connection,
            sa.delete(bands).where(is_it),
            [{"from_": bucket, "of": number} for bucket, number in gone],
        )
        execute_all(
            self._connection,
            sa.insert(bands),
            [{"bucket": bucket, "number": number} for bucket, number in added],
        )
        return [row for row in changed if self._stored[row.number][1:] != _marks(row)[1:]] + new

    def _rows_in(
        self, query: sa.Select[Any], column: sa.Column[Any], values: Sequence[Any]
    ) -> Iterator[sa.Row[Any]]:
        for piece in batched(values):
            yield from self._connection.execute(query.where(column.in_(piece)))


def _marks(row: Indexed) -> tuple[bool, int | None, float | None]:
    return row.is_named, row.original, row.similarity


def _indexed(row: sa.Row[Any]) -> Indexed:
    buckets = tuple(np.frombuffer(row.buckets, "<i8").tolist())
    return Indexed(
        number=row.number,
        signature=Signature(bytes(row.content), row.shingles, bytes(row.sketch), buckets),
        claims=Claims(row.address, row.names, row.origin, row.published, row.fetched),
        is_named=row.is_named,
        original=row.original,
        similarity=row.similarity,
        is_found=row.original is None,
    )


def _values(row: Indexed) -> dict[str, Any]:
    return {
        "number": row.number,
        "content": row.signature.content,
        "shingles": row.signature.count,
        "sketch": row.signature.sketch,
        "buckets": np.array(row.signature.buckets, "<i8").tobytes(),
        "is_named": row.is_named,
        "original": row.original,
        "similarity": row.similarity,
    } | structs.asdict(row.claims)
