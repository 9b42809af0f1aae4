"""Where blocks stand: the elements around them as arrays, outermost first.

The blocks under an element are a span of the page, so whatever is summed under it is a difference of two
running sums. Element 0 represents the page itself; plain text has no other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk._core.layout import place
from copydesk.cleaners.types import Block

Ints = NDArray[np.intp]

LEAST_SIBLINGS = 3
"""Elements of one tag and the same words in one container from which each is a unit of a group."""


class Layout(Struct, frozen=True):
    """The elements around a page's blocks, in document order.

    ``names``: each tag with its words (class, id, role, itemprop, rel), once. Per element: ``numbers`` (its number in
    the document, -1 of the page), ``named`` (which of ``names``), ``parents`` (element; 0 is its own), ``starts`` and
    ``ends`` (the span of blocks below it), ``depths``; and numbers shared by elements of the same tags and words,
    numbered names aside: ``template_group`` as far as two elements up, ``path_group`` up to the page,
    ``sibling_group`` up to the container of the siblings they are in. ``units``: the outermost of ``LEAST_SIBLINGS``
    or more siblings of the same tag and words that an element is or is in (a card, an entry, a paragraph), -1 where
    there is none. Per block: ``holders``, the element it is in.
    """

    names: tuple[tuple[str, str], ...]
    numbers: Ints
    named: Ints
    parents: Ints
    starts: Ints
    ends: Ints
    depths: Ints
    template_group: Ints
    path_group: Ints
    sibling_group: Ints
    units: Ints
    holders: Ints

    def above(self, levels: int) -> Ints:
        """The element ``levels`` above each block's holder (0: the holder), the page where there is none."""
        elements = self.holders
        for _ in range(levels):
            elements = self.parents[elements]
        return elements


def lay_out(blocks: Sequence[Block]) -> Layout:
    """The elements around the blocks."""
    names, columns = place(blocks, LEAST_SIBLINGS)
    return Layout(names, *columns)
