"""Where blocks stand: the elements around them as arrays, outermost first.

The blocks under an element are a span of the page, so whatever is summed under it is a difference of two
running sums. Element 0 stands for the page itself; plain text has no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleaners.types import Block

Ints = NDArray[np.intp]

_DIGIT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Layout:
    """The elements around a page's blocks, in document order.

    Per element: ``tags``, ``words`` (class, id, role, itemprop), ``parents`` (element; 0 is its own), ``starts``
    and ``ends`` (the span of blocks below it), ``depths`` and ``alike`` (a number shared by elements that have
    the same tags and words as far as two elements up; numbered names aside). Per block: ``holders``, the element it stands in.
    """

    tags: tuple[str, ...]
    words: tuple[str, ...]
    parents: Ints
    starts: Ints
    ends: Ints
    depths: Ints
    alike: Ints
    holders: Ints

    def above(self, levels: int) -> Ints:
        """The element ``levels`` above each block's holder (0: the holder), the page where there is none."""
        elements = self.holders
        for _ in range(levels):
            elements = self.parents[elements]
        return elements

    def levels(self) -> Iterator[Ints]:
        """The elements of each depth below the page, outermost first: parents come before their children."""
        order = np.argsort(self.depths, kind="stable")
        borders = np.searchsorted(self.depths[order], np.arange(1, int(self.depths.max()) + 2))
        for low, high in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
            yield order[low:high]


def lay_out(blocks: Sequence[Block]) -> Layout:
    """The elements around the blocks."""
    tags, words, parents, starts, ends, depths = [""], [""], [0], [0], [len(blocks)], [0]
    names: dict[tuple[str, str], int] = {("", ""): 0}
    named = [0]
    kinds: dict[tuple[int, int, int], int] = {(0, 0, 0): 0}
    alike = [0]
    holders: list[int] = []
    opened: list[int] = []  # elements around the block at hand
    numbers: list[int] = []  # their numbers in the document
    for at, block in enumerate(blocks):
        path = block.path
        depth = min(len(path), len(opened))
        while depth and path[depth - 1].number != numbers[depth - 1]:
            depth -= 1
        for element in opened[depth:]:
            ends[element] = at
        del opened[depth:], numbers[depth:]
        for step in path[depth:]:
            parent = opened[-1] if opened else 0
            name = names.setdefault((step.tag, _common_words(step.words)), len(names))
            kind = (name, named[parent], named[parents[parent]])
            tags.append(step.tag)
            words.append(step.words)
            parents.append(parent)
            starts.append(at)
            ends.append(len(blocks))
            depths.append(depths[parent] + 1)
            named.append(name)
            alike.append(kinds.setdefault(kind, len(kinds)))
            opened.append(len(tags) - 1)
            numbers.append(step.number)
        holders.append(opened[-1] if opened else 0)
    arrays = (np.array(values, dtype=np.intp) for values in (parents, starts, ends, depths, alike, holders))
    return Layout(tuple(tags), tuple(words), *arrays)


def _common_words(words: str) -> str:
    """The words siblings share: ``item-4711`` and ``item-4712`` are alike."""
    if not _DIGIT.search(words):
        return words
    return " ".join([word for word in words.split() if not _DIGIT.search(word)])
