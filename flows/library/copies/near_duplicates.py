"""Which records are copies, and of what: settled in the transaction that changes the records.

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

from collections.abc import Collection, Mapping

from msgspec import Struct
from sqlalchemy import Connection

from copydesk.flows.library.copies.precedence import Claims, Entry, claims_of
from copydesk.flows.library.copies.settling import Settling
from copydesk.flows.library.copies.signature import Signature, signatures


class Mark(Struct, frozen=True):
    """What a record is a copy of: the number of its original, None where it is one itself. ``similarity``: 0 to 1, the
    share of the shorter text's shingles that the other has too; 1 where the texts are the same.
    """

    original: int | None
    similarity: float | None


def settle_copies(
    connection: Connection, entries: Mapping[int, Entry], gone: Collection[int] = ()
) -> dict[int, Mark]:
    """Takes in the texts of records that were written, new or again, by their numbers; and takes out those of
    records that are ``gone``. The marks of records that are others now.

    An entry without text is taken out, if it was there.
    """
    settling = Settling(connection)
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
