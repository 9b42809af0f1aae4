"""The index of near duplicates: which records of a store are copies, and of what.

Beside a store whose lines have ``duplicate_of`` and ``duplicate_similarity`` it is called so::

    index = NearDuplicates(engine)          # the engine of the state database
    index.add(entry_of(record) for record in records_that_were_written)
    index.remove(keys_of_records_that_went)
    for mark in index.unconfirmed():        # also of records of earlier runs
        ...                                 # the record's line gets the mark
    index.confirm()                         # once the lines are safe on the disk

A caller that is killed anywhere in between does all of it again: what is in the index is not put there twice, and
marks are given until they are confirmed. A line that is written without ``add`` being called for it keeps no mark.

What is promised, in whatever order, batches and runs records come and go:

- an original is no copy of a better one (``precedence`` says which is better), and every other record is a copy of an
  original that it was compared with itself: marks form no chains;
- which records are originals depends on the records alone, as far as these say anything; of those that nothing tells
  apart, the first to come is the original;
- a copy of two originals that are no copies of each other has the better one of those that were there when it was
  last settled: when it came, or when its original went.

It is not promised among more than 200 copies of one text, which keep their original, nor for texts that share hashes
with more than 50 originals: both bound the work that a record can cause (``settling``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import Engine, delete, select

from copydesk.flows.duplicates.duplicate_tables import marks, prepare, texts, untold
from copydesk.flows.duplicates.entry import Entry, Mark
from copydesk.flows.duplicates.precedence import Claims, claims_of
from copydesk.flows.duplicates.settling import Settling
from copydesk.flows.duplicates.signature import Signature, signatures
from copydesk.flows.duplicates.working_set import WorkingSet

BATCH: Final = 1000
"""Records of one transaction: their texts and rows are what is in memory."""

T = TypeVar("T")
Key = tuple[str, int]
"""A record's id and version."""


class NearDuplicates:
    """The index in one state database. For one writer at a time.

    Its methods raise what SQLAlchemy raises of the database; whoever opened the engine knows what to say of it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as connection:
            self._is_outdated = prepare(connection)

    @property
    def is_outdated(self) -> bool:
        """Whether an index of another scheme was found and dropped: all records are to be added again."""
        return self._is_outdated

    def add(self, entries: Iterable[Entry]) -> None:
        """Takes in records that were written, new or again; of two with one key the later holds.

        One without text is taken out, if it was there. Each thousand is one transaction.
        """
        for batch in _batches(entries):
            with self._engine.begin() as connection:
                _add(WorkingSet(connection), {entry.key: entry for entry in batch})

    def remove(self, keys: Iterable[Key]) -> None:
        """Takes out records that are gone; what were their copies are marked anew."""
        for batch in _batches(keys):
            with self._engine.begin() as connection:
                work = WorkingSet(connection)
                for row in work.known(batch).values():
                    Settling(work).remove(row)
                work.write()

    def unconfirmed(self) -> Iterator[Mark]:
        """The marks that have changed since they were last confirmed, each record's once, as they came.

        Nothing may be added or removed meanwhile.
        """
        last = 0
        while rows := self._unconfirmed_after(last):
            yield from (mark for _, mark in rows)
            last = rows[-1][0]

    def confirm(self) -> None:
        """Notes that the store has all marks."""
        with self._engine.begin() as connection:
            connection.execute(delete(untold))

    def marks(self, keys: Iterable[Key]) -> dict[Key, Mark]:
        """The marks of records as they stand now; of records that are not known there is none."""
        found: dict[Key, Mark] = {}
        for batch in _batches(keys):
            with self._engine.connect() as connection:
                work = WorkingSet(connection)
                for key, row in work.known(batch).items():
                    originals = work.load([row.original]) if row.original is not None else []
                    found[key] = Mark(*key, originals[0].id if originals else None, row.similarity)
        return found

    def _unconfirmed_after(self, number: int) -> list[tuple[int, Mark]]:
        original = texts.alias("original")
        asked = (
            select(texts.c.number, texts.c.id, texts.c.version, original.c.id.label("of"), marks.c.similarity)
            .join_from(untold, texts, texts.c.number == untold.c.number)
            .outerjoin(marks, marks.c.number == texts.c.number)
            .outerjoin(original, original.c.number == marks.c.original)
            .where(untold.c.number > number)
            .order_by(untold.c.number)
            .limit(BATCH)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(asked).all()
        return [(row.number, Mark(row.id, row.version, row.of, row.similarity)) for row in rows]


def _add(work: WorkingSet, entries: dict[Key, Entry]) -> None:
    known = work.known(entries)
    settling = Settling(work)
    changed: list[tuple[Key, Signature, Claims]] = []
    for entry, signature in _signed(entries.values()):
        row, claims = known.get(entry.key), claims_of(entry)
        if row is None or signature is None or (row.signature, row.claims) != (signature, claims):
            if row is not None:
                settling.remove(row)
            if signature is not None:
                changed.append((entry.key, signature, claims))
        elif row.original is not None:
            work.tell_anew(row)
    settling.expect([signature for _, signature, _ in changed], [claims for *_, claims in changed])
    for key, signature, claims in changed:
        settling.add(key, signature, claims, number=known[key].number if key in known else None)
    work.write()


def _signed(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Signature | None]]:
    """Entries with their signatures, None for those that have nothing to compare."""
    found = list(entries)
    comparable = [(each.text, each.content_hash) for each in found if each.text and each.content_hash]
    made = iter(signatures(comparable))
    for entry in found:
        yield entry, next(made) if entry.text and entry.content_hash else None


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while batch := list(islice(left, BATCH)):
        yield batch
