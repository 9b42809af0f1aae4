"""How much of what was removed a stored record keeps; for those who store millions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from copydesk.cleaners.schema import Record, Removed


def full(record: Record) -> Record:
    """The record as it is: text and removals give back the page."""
    return record


def counts(record: Record) -> Record:
    """One entry a label instead of the removed texts, its evidence ``blocks: 12, chars: 3400``."""
    totals: dict[str, tuple[int, int]] = {}
    for removed in record.removed:
        blocks, chars = totals.get(removed.label, (0, 0))
        # characters and not bytes, as all lengths in a record
        totals[removed.label] = (blocks + 1, chars + len(removed.text))
    return replace(
        record,
        # in the order of labels: the same page gives the same line whatever was removed first
        removed=tuple(
            Removed(after=0, label=label, rule="", evidence=f"blocks: {blocks}, chars: {chars}", text="")
            for label, (blocks, chars) in sorted(totals.items())
        ),
    )


def none(record: Record) -> Record:
    """No removals at all."""
    return replace(record, removed=())


REMOVALS: Mapping[str, Callable[[Record], Record]] = MappingProxyType(
    {"full": full, "counts": counts, "none": none}
)
"""The values of ``--removed``."""
