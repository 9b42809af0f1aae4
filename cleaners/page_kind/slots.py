"""Slots: what stands in the same place of siblings that look alike, such as the prices of the cards of a shop.

A page's units and their places are those of ``copydesk.cleaners.segment.layout``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from copydesk.cleaners.segment.layout import LEAST_SIBLINGS, lay_out
from copydesk.cleaners.types import Block


class Slot(Struct, frozen=True, gc=False):
    """The blocks in one place of ``units`` siblings, by index; all of them are in the element numbered ``grid``."""

    blocks: tuple[int, ...]
    units: int
    grid: tuple[int, int]


def find_slots(blocks: Sequence[Block]) -> Iterator[Slot]:
    """The places that three siblings or more have something in, in document order."""
    layout = lay_out(blocks)
    units, holders = layout.units.tolist(), layout.holders.tolist()
    places, parents = layout.sibling_group.tolist(), layout.parents.tolist()
    found: defaultdict[int, list[int]] = defaultdict(list)
    for at, holder in enumerate(holders):
        if units[holder] >= 0:
            found[places[holder]].append(at)
    for inside in found.values():
        count = len({units[holders[at]] for at in inside})
        if count >= LEAST_SIBLINGS:
            unit = units[holders[inside[0]]]
            yield Slot(tuple(inside), count, (parents[unit], places[unit]))


def grids(slots: Sequence[Slot]) -> Mapping[tuple[int, int], frozenset[int]]:
    """The blocks of each grid of siblings."""
    found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for slot in slots:
        found[slot.grid].update(slot.blocks)
    return {grid: frozenset(inside) for grid, inside in found.items()}
