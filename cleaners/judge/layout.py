"""Where blocks stand: the elements around them as arrays, outermost first.

The blocks under an element are a span of the page, so whatever is summed under it is a difference of two
running sums. Element 0 represents the page itself; plain text has no other. ``copydesk/_core/layout.pyx`` is the
compiled twin of what is slow here and in ``features``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk._core import compiled
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Block

Ints = NDArray[np.intp]

_CORE = compiled("layout")
_DIGIT = lazy_pattern("[0-9]")
LEAST_SIBLINGS = 3
"""Elements of one tag and the same words in one container from which each is a unit of a group."""


class Layout(Struct, frozen=True, dict=True):
    """The elements around a page's blocks, in document order.

    ``names``: each tag with its words (class, id, role, itemprop, rel), once. Per element: ``named`` (which
    of ``names``), ``parents`` (element; 0 is its own), ``starts`` and ``ends`` (the span of blocks below it),
    ``depths``; and numbers shared by elements of the same tags and words, numbered names aside: ``template_group`` as
    far as two elements up, ``path_group`` up to the page, ``sibling_group`` up to the container of the siblings they
    are in. ``units``: the outermost of ``LEAST_SIBLINGS`` or more siblings of the same tag and words that an element is
    or is in (a card, an entry, a paragraph), -1 where there is none. Per block: ``holders``, the element it is in.
    """

    names: tuple[tuple[str, str], ...]
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

    @cached_property  # for the plain twins of what is compiled
    def levels(self) -> tuple[tuple[Ints, Ints], ...]:
        """The elements of each depth below the page, and their parents, outermost first: parents come before their
        children.
        """
        # whole levels at once, by arrays: a page has thousands of elements and a dozen or two of levels
        order = np.argsort(self.depths, kind="stable")
        borders = np.searchsorted(self.depths[order], np.arange(1, int(self.depths.max()) + 2))
        levels = [order[low:high] for low, high in pairwise(borders.tolist())]
        return tuple([(here, self.parents[here]) for here in levels])

    def above(self, levels: int) -> Ints:
        """The element ``levels`` above each block's holder (0: the holder), the page where there is none."""
        elements = self.holders
        for _ in range(levels):
            elements = self.parents[elements]
        return elements


def lay_out(blocks: Sequence[Block]) -> Layout:
    """The elements around the blocks."""
    names, columns = _place(blocks) if _CORE is None else _CORE.place(blocks, LEAST_SIBLINGS)
    return Layout(names, *columns)


def _place(blocks: Sequence[Block]) -> tuple[tuple[tuple[str, str], ...], tuple[Ints, ...]]:
    """The names of the elements around the blocks, and the fields of ``Layout`` from ``named`` to ``holders``."""
    count = len(blocks)
    parents, starts, ends, depths, named, template_group = [0], [0], [count], [0], [0], [0]
    names: dict[tuple[str, str], int] = {("", ""): 0}
    commons = [0]  # of each name, the number of the name without what is numbered
    common: dict[tuple[str, str], int] = {("", ""): 0}
    shared = [0]  # of each element
    kinds: dict[tuple[int, int, int], int] = {(0, 0, 0): 0}
    holders: list[int] = []
    above = [0]  # the page, and the elements around the block at hand
    numbers = [-1]  # their numbers in the document
    for at, block in enumerate(blocks):
        path = block.path
        depth = min(len(path), len(above) - 1)
        # by number: two `<li class="x">` in a row differ
        while depth and path[depth - 1].number != numbers[depth]:
            depth -= 1
        # what the last block stood in and this one does not ends before it
        for element in above[depth + 1 :]:
            ends[element] = at
        del above[depth + 1 :], numbers[depth + 1 :]
        parent = above[-1]
        for step in path[depth:]:
            key = (step.tag, step.words)
            name = names.get(key)
            if name is None:
                name = names[key] = len(names)
                commons.append(common.setdefault((step.tag, common_words(step.words)), len(common)))
            own = commons[name]
            # two elements up and no more: cards in two columns are alike, though their whole paths differ
            kind = (own, shared[parent], shared[parents[parent]])
            element = len(parents)
            parents.append(parent)
            starts.append(at)
            ends.append(count)
            depth += 1
            depths.append(depth)
            named.append(name)
            shared.append(own)
            template_group.append(kinds.setdefault(kind, len(kinds)))
            above.append(element)
            numbers.append(step.number)
            parent = element
        holders.append(parent)
    groups = _groups(parents, shared)
    columns = named, parents, starts, ends, depths, template_group, *groups, holders
    return tuple(names), tuple(np.array(column, dtype=np.intp) for column in columns)


def _groups(parents: Sequence[int], shared: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
    """``path_group``, ``sibling_group`` and ``units`` of ``Layout``. ``shared``: of each element, the number of its tag
    and words.
    """
    counts = Counter(zip(parents[1:], shared[1:], strict=True))
    paths: dict[tuple[int, int], int] = {}
    siblings: dict[tuple[int, int], int] = {}
    path_group, sibling_group, units = [0], [0], [-1]
    for element in range(1, len(parents)):
        parent, own = parents[element], shared[element]
        path_group.append(paths.setdefault((path_group[parent], own), len(paths) + 1))
        unit = units[parent]
        # within a unit what it is in counts, in whichever sibling; outside of one, the very element
        base = -1 - parent if unit < 0 else sibling_group[parent]
        sibling_group.append(siblings.setdefault((base, own), len(siblings) + 1))
        units.append(element if unit < 0 and counts[parent, own] >= LEAST_SIBLINGS else unit)
    return path_group, sibling_group, units


def common_words(words: str) -> str:
    """The words siblings share: ``item-4711`` and ``item-4712`` are alike."""
    if not _DIGIT.search(words):
        return words
    return " ".join([word for word in words.split() if not _DIGIT.search(word)])
