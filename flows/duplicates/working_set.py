"""The rows of the index that a piece of work touches: read once, changed in memory, written together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import sqlalchemy as sa
from msgspec import Struct, structs

from copydesk.flows.duplicates import precedence
from copydesk.flows.duplicates.duplicate_tables import bands, marks, texts, unconfirmed
from copydesk.flows.duplicates.precedence import Claims, Rank
from copydesk.flows.duplicates.signature import Signature
from copydesk.flows.io.databases import batched

FULL_BUCKET: Final = 256
"""A bucket takes no more originals: what so many different texts share is a site's own words, and finds nothing."""

_INDEXED = sa.select(texts, marks.c.original, marks.c.similarity).outerjoin(
    marks, marks.c.number == texts.c.number
)


class Indexed(Struct):
    """A text as the index knows it. ``original``: number of the text it is a copy of, None of an original."""

    number: int
    id: str
    version: int
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
        self._unconfirmed: set[int] = set()
        self._next = 1 + (connection.execute(sa.select(sa.func.max(texts.c.number))).scalar() or 0)

    def known(self, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Indexed]:
        """The texts of records that are known, by the records' keys."""
        wanted = set(keys)
        found = self._read(texts.c.id, sorted({id_ for id_, _ in wanted}))
        return {(each.id, each.version): each for each in found if (each.id, each.version) in wanted}

    def add(
        self, key: tuple[str, int], signature: Signature, claims: Claims, *, number: int | None
    ) -> Indexed:
        """A new text, not yet an original nor a copy; ``number`` of the one whose place it takes."""
        if number is None:
            number, self._next = self._next, self._next + 1
        self._rows[number] = Indexed(number, *key, signature, claims)
        self._new_claims["address", claims.address].add(number)
        self._new_claims["names", claims.names].add(number)
        return self._rows[number]

    def remove(self, row: Indexed) -> None:
        """Takes out a text that no other is a copy of any more."""
        self.hide(row)
        del self._rows[row.number]
        self._unconfirmed.discard(row.number)
        if self._stored.pop(row.number, None) is not None:
            for table in (texts, marks, unconfirmed):
                self._connection.execute(sa.delete(table).where(table.c.number == row.number))

    def load(self, numbers: Iterable[int]) -> list[Indexed]:
        """Texts by their numbers, rising."""
        wanted = sorted(set(numbers))
        self._read(texts.c.number, [number for number in wanted if number not in self._rows])
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
            sa.select(marks.c.number)
            .where(marks.c.original == row.number)
            .order_by(marks.c.number)
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

    def unconfirm(self, row: Indexed) -> None:
        """Has the mark of a copy given to the store once more, although it has not changed."""
        self._unconfirmed.add(row.number)

    def write(self) -> None:
        """Writes what has changed."""
        new = [row for row in self._rows.values() if row.number not in self._stored]
        self._write(sa.insert(texts), [_values(row) for row in new])
        named = [
            {"of": row.number, "is_named": row.is_named}
            for row in self._rows.values()
            if row.number in self._stored and self._stored[row.number][0] != row.is_named
        ]
        self._write(sa.update(texts).where(texts.c.number == sa.bindparam("of")), named)
        finds = {(bucket, number) for bucket, numbers in self._finds.items() for number in numbers}
        # in the table's order: neighbours are on one page of it
        gone, added = sorted(self._stored_finds - finds), sorted(finds - self._stored_finds)
        self._write(
            sa.delete(bands).where(
                bands.c.bucket == sa.bindparam("from_"), bands.c.number == sa.bindparam("of")
            ),
            [{"from_": bucket, "of": number} for bucket, number in gone],
        )
        self._write(sa.insert(bands), [{"bucket": bucket, "number": number} for bucket, number in added])
        self._write_marks()

    def _write_marks(self) -> None:
        nothing = (False, None, None)
        changed: list[dict[str, Any]] = [
            {"number": row.number, "original": row.original, "similarity": row.similarity}
            for row in self._rows.values()
            if self._stored.get(row.number, nothing)[1:] != (row.original, row.similarity)
        ]
        numbers = {row["number"] for row in changed}
        again = {number for number in self._unconfirmed if self._rows[number].original is not None}
        given = [{"number": number} for number in sorted(again | numbers)]
        for table, old, new in (
            (marks, changed, [row for row in changed if row["original"] is not None]),
            (unconfirmed, given, given),
        ):
            gone = sa.delete(table).where(table.c.number == sa.bindparam("of"))
            self._write(gone, [{"of": row["number"]} for row in old])
            self._write(sa.insert(table), new)

    def _write(self, statement: sa.Executable, values: Sequence[Mapping[str, Any]]) -> None:
        if values:
            self._connection.execute(statement, values)

    def _read(self, column: sa.Column[Any], values: Sequence[Any]) -> list[Indexed]:
        """Reads rows of which a column has one of the values; those that were read before are as they are now."""
        found = []
        for row in self._rows_in(_INDEXED, column, values):
            if row.number not in self._rows:
                self._rows[row.number] = _indexed(row)
                self._stored[row.number] = (row.is_named, row.original, row.similarity)
            found.append(self._rows[row.number])
        return found

    def _rows_in(
        self, query: sa.Select[Any], column: sa.Column[Any], values: Sequence[Any]
    ) -> Iterator[sa.Row[Any]]:
        for piece in batched(values):
            yield from self._connection.execute(query.where(column.in_(piece)))


def _indexed(row: sa.Row[Any]) -> Indexed:
    buckets = tuple(np.frombuffer(row.buckets, "<i8").tolist())
    return Indexed(
        number=row.number,
        id=row.id,
        version=row.version,
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
        "id": row.id,
        "version": row.version,
        "content": row.signature.content,
        "shingles": row.signature.count,
        "sketch": row.signature.sketch,
        "buckets": np.array(row.signature.buckets, "<i8").tobytes(),
        "is_named": row.is_named,
    } | structs.asdict(row.claims)
