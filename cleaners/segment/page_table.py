"""The page as one table: its blocks, the elements around them, and what rules read of both, a column each.

Written by the walk over a tree or the reader of lines, and never changed. Columns run parallel to ``blocks``. A column
is made when it is first read, once a page, so a rule that looks at all blocks reads columns instead of asking blocks
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from copydesk.cleaners import text_forms
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.segment.layout import Layout, lay_out
from copydesk.cleaners.types import Block, Kind


class PageTable(MemoizedStruct, frozen=True, dict=True):
    """The blocks of a page in order, whose ``index`` is their place, and its elements.

    Elements are known by their number in the document (``PathStep.number``); those without text are not there.
    """

    blocks: tuple[Block, ...]

    @cached_property
    def raws(self) -> tuple[str, ...]:
        """``Block.raw`` of each block."""
        return tuple([block.raw for block in self.blocks])

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """``Block.text`` of each block."""
        return tuple([raw.strip() for raw in self.raws])

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """``Block.kind`` of each block."""
        return tuple([block.kind for block in self.blocks])

    @cached_property
    def link_chars(self) -> tuple[int, ...]:
        """``Block.link_chars`` of each block."""
        return tuple([block.link_chars for block in self.blocks])

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """Each block as compared (``text_forms.letters``)."""
        return tuple(text_forms.letters_of(self.raws))

    @cached_property
    def layout(self) -> Layout:
        """The elements around the blocks, as arrays."""
        return lay_out(self.blocks)

    @cached_property
    def spans(self) -> Mapping[int, range]:
        """The blocks in each element, by its number."""
        layout = self.layout
        return dict(
            zip(
                layout.numbers.tolist()[1:],
                map(range, layout.starts.tolist()[1:], layout.ends.tolist()[1:]),
                strict=True,
            )
        )

    def inside(self, elements: Iterable[int]) -> set[int]:
        """The blocks in any of the elements of these numbers."""
        spans = self.spans
        return {at for number in elements for at in spans[number]}

    @cached_property
    def elements_by_name(self) -> Mapping[tuple[str, str], Sequence[int]]:
        """The numbers of the elements, by their words and tag."""
        layout = self.layout
        found: dict[tuple[str, str], list[int]] = {(words, tag): [] for tag, words in layout.names[1:]}
        lists = [[], *found.values()]
        for name, number in zip(layout.named.tolist(), layout.numbers.tolist(), strict=True):
            lists[name].append(number)
        return found

    @cached_property
    def element_names(self) -> str:
        """The words and tags of all elements, each ended by a NUL, which no markup has."""
        return "".join([f"{words} {tag}\0" for words, tag in self.elements_by_name])

    @cached_property
    def _elements_by_test(self) -> dict[Callable[[str, str], bool], frozenset[int]]:
        return {}

    def elements_where(
        self, matches: Callable[[str, str], bool], substrings: Collection[str]
    ) -> frozenset[int]:
        """The numbers of the elements whose words and tag ``matches``; memoized.

        ``substrings``: each such element must have one of them in its words or tag. They are a cheap prefilter: a page
        has thousands of elements, and a rule matches none or two.
        """
        if matches not in self._elements_by_test:
            names = {name for part in substrings for name in self._names_with(part)}
            self._elements_by_test[matches] = frozenset(
                number for name in names if matches(*name) for number in self.elements_by_name[name]
            )
        return self._elements_by_test[matches]

    def _names_with(self, part: str) -> Iterator[tuple[str, str]]:
        names = self.element_names
        at = names.find(part)
        while at >= 0:
            end = names.find("\0", at)
            words, _, tag = names[names.rfind("\0", 0, at) + 1 : end].rpartition(" ")
            yield words, tag
            at = names.find(part, end)
