"""The index of near duplicates: which records of a store are copies, and of what.

Beside a store whose lines have ``duplicate_of`` and ``duplicate_similarity`` it is called so::

    index = NearDuplicates(engine, "jsonl")     # the engine of the state database, the name of the store
    if not index.is_complete:
        index.reset()
        ...                                 # index.add: all records that are there
        index.note_lines(count, is_complete=True)
    index.add(entries_of_records_that_were_written)
    index.remove(keys_of_records_that_went)
    for mark in index.unconfirmed():        # also of records of earlier runs
        ...                                 # the record's line gets the mark
    index.confirm()                         # once the lines are safe on the disk

A caller that is killed anywhere in between does all of it again: what is in the index is not put there twice, and
marks are given until they are confirmed. A line that is written without ``add`` being called for it keeps no mark.

What is promised, in whatever order, batches and runs records come and go:

- an original is no copy of a better one (``precedence`` decides which is better), and every other record is a copy of
  an original that it was compared with itself: marks form no chains;
- which records are originals depends on the records alone, as far as these differ; of those that do not, the first to
  come is the original;
- a copy of two originals that are no copies of each other has the better one of those that were there when it was
  last settled: when it came, or when its original went.

It is not promised among more than 200 copies of one text, which keep their original, nor for texts that share hashes
with more than 50 originals: both bound the work that a record can cause (``settling``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update

from copydesk.flows.duplicates.duplicate_tables import marks, metadata, scheme, texts, unconfirmed
from copydesk.flows.duplicates.precedence import Claims, Entry, claims_of
from copydesk.flows.duplicates.settling import Settling
from copydesk.flows.duplicates.signature import SCHEME, Signature, signatures
from copydesk.flows.duplicates.working_set import WorkingSet
from copydesk.flows.io.databases import batched

BATCH: Final = 1000
"""Records of one transaction: their texts and rows are what is in memory."""

Key = tuple[str, int]
"""A record's id and version."""


class Mark(Struct, frozen=True):
    """What a record's ``duplicate_of`` and ``duplicate_similarity`` have to be.

    ``duplicate_of``: the id of the original; None where the record is one itself. ``similarity``: 0 to 1, the share of
    the shorter text's shingles that the other has too; 1 where the texts are the same; None with the other.
    """

    id: str
    version: int
    duplicate_of: str | None
    similarity: float | None


class NearDuplicates:
    """The index in one state database, which has its tables, of the records of one store; what is there of another
    store, or by another scheme of signatures, is forgotten. For one writer at a time.

    ``is_complete``: whether all records of the store were added once; else ``reset``, and add them. ``lines``: how many
    lines the store had, as was last noted. Methods raise SQLAlchemy's errors, which the caller maps.
    """

    def __init__(self, engine: Engine, store: str = "") -> None:
        self._engine = engine
        self._store = store
        with engine.begin() as connection:
            row = connection.execute(select(scheme)).one_or_none()
            if row is None or (row.number, row.store) != (SCHEME, store):
                _forget(connection, store)
                row = None
        self.is_complete: bool = row is not None and row.is_complete
        self.lines: int = 0 if row is None else row.lines

    def reset(self) -> None:
        """Forgets all records."""
        self.is_complete = False
        with self._engine.begin() as connection:
            _forget(connection, self._store)

    def note_lines(self, lines: int, *, is_complete: bool) -> None:
        """Notes how many lines the store has, and whether all its records were added."""
        with self._engine.begin() as connection:
            connection.execute(update(scheme).values(lines=lines, is_complete=is_complete))
        self.lines, self.is_complete = lines, is_complete

    def add(self, entries: Iterable[Entry]) -> None:
        """Takes in records that were written, new or again; of two with one key the later holds.

        One without text is taken out, if it was there. Each thousand is one transaction.
        """
        for batch in batched(entries, BATCH):
            with self._engine.begin() as connection:
                _add(WorkingSet(connection), {entry.key: entry for entry in batch})

    def remove(self, keys: Iterable[Key]) -> None:
        """Takes out records that are gone; what were their copies are marked again."""
        for batch in batched(keys, BATCH):
            with self._engine.begin() as connection:
                work = WorkingSet(connection)
                for row in work.known(batch).values():
                    Settling(work).remove(row)
                work.write()

    def unconfirm(self, keys: Iterable[Key]) -> None:
        """Has the marks of these records given again, of originals too: those in the store may be wrong."""
        for batch in batched(keys, BATCH):
            with self._engine.begin() as connection:
                numbers = [row.number for row in WorkingSet(connection).known(batch).values()]
                if numbers:
                    connection.execute(
                        delete(unconfirmed).where(unconfirmed.c.number == bindparam("of")),
                        [{"of": number} for number in numbers],
                    )
                    connection.execute(insert(unconfirmed), [{"number": number} for number in numbers])

    def unconfirmed(self) -> list[Mark]:
        """The marks that have changed since they were last confirmed, each record's once, as they came."""
        original = texts.alias("original")
        query = (
            select(texts.c.id, texts.c.version, original.c.id, marks.c.similarity)
            .join_from(unconfirmed, texts, texts.c.number == unconfirmed.c.number)
            .outerjoin(marks, marks.c.number == texts.c.number)
            .outerjoin(original, original.c.number == marks.c.original)
            .order_by(unconfirmed.c.number)
        )
        with self._engine.connect() as connection:
            return [Mark(*row) for row in connection.execute(query)]

    def confirm(self) -> None:
        """Notes that the store has all marks."""
        with self._engine.begin() as connection:
            connection.execute(delete(unconfirmed))


def _forget(connection: Connection, store: str) -> None:
    for table in metadata.sorted_tables:
        connection.execute(delete(table))
    connection.execute(insert(scheme).values(number=SCHEME, store=store, is_complete=False, lines=0))


def _add(work: WorkingSet, entries: dict[Key, Entry]) -> None:
    known = work.known(entries)
    settling = Settling(work)
    changed: list[tuple[Key, Signature, Claims]] = []
    made = iter(signatures([entry.content for entry in entries.values() if entry.content]))
    for entry in entries.values():
        signature = next(made) if entry.content else None
        row, claims = known.get(entry.key), claims_of(entry)
        if row is None or signature is None or (row.signature, row.claims) != (signature, claims):
            if row is not None:
                settling.remove(row)
            if signature is not None:
                changed.append((entry.key, signature, claims))
        elif row.original is not None:
            work.unconfirm(row)
    settling.expect([signature for _, signature, _ in changed], [claims for *_, claims in changed])
    for key, signature, claims in changed:
        settling.add(key, signature, claims, number=known[key].number if key in known else None)
    work.write()
