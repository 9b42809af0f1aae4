"""The page as one table: its blocks, the elements around them, and what rules read of both, a column each.

Written by the walk over a tree or the reader of lines, and never changed. Columns run parallel to ``blocks``. A column
is made when it is first read, once a page, so a rule that looks at all blocks reads columns instead of asking blocks
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property

from copydesk.cleaners import text_forms
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.segment.layout import Layout, lay_out
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block, Kind, PathStep

# the signs at a line's end that tell a sentence at once; all others but letters and digits are looked up
_SURE_ENDS = (".", "!", "?", ":")


class PageTable(MemoizedStruct, frozen=True, dict=True):
    """The blocks of a page in order, whose ``index`` is their place, and its elements.

    Elements are known by their number in the document (``PathStep.number``); those without text are not there.
    """

    blocks: tuple[Block, ...]
    walked: Layout | None = None
    """The elements around the blocks, where a walk over a tree met them."""

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
    def of_kind(self) -> Mapping[Kind, Sequence[int]]:
        """The blocks of each kind that the page has."""
        found: dict[Kind, list[int]] = {kind: [] for kind in dict.fromkeys(self.kinds)}
        for at, kind in enumerate(self.kinds):
            found[kind].append(at)
        return found

    @cached_property
    def hidden(self) -> frozenset[int]:
        """The blocks that are hidden."""
        return frozenset([at for at, block in enumerate(self.blocks) if block.is_hidden])

    @cached_property
    def links(self) -> tuple[int, ...]:
        """``Block.link_chars`` of each block."""
        return tuple([block.link_chars for block in self.blocks])

    @cached_property
    def sentences(self) -> frozenset[int]:
        """The blocks that end as sentences do."""
        return frozenset(
            [
                at
                for at, text in enumerate(self.texts)
                if text.endswith(_SURE_ENDS) or (not text[-1:].isalnum() and ends_sentence(text))
            ]
        )

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """Each block as compared (``text_forms.letters``)."""
        return tuple(text_forms.letters_of(self.raws))

    @cached_property
    def layout(self) -> Layout:
        """The elements around the blocks, as arrays."""
        return lay_out(self.blocks) if self.walked is None else self.walked

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
        """The blocks in any of the elements of these numbers. Raises KeyError for one without text."""
        spans = self.spans
        return {at for number in elements for at in spans[number]}

    def innermost(self, elements: Iterable[int]) -> dict[int, int]:
        """The blocks in any of the elements of these numbers, each with the innermost of them."""
        # elements are numbered in the document's order: one comes before all that it holds
        return {at: number for number in sorted(elements) for at in self.spans[number]}

    def outermost(self, elements: Iterable[int]) -> dict[int, int]:
        """The same with the outermost of them."""
        return {at: number for number in sorted(elements, reverse=True) for at in self.spans[number]}

    def element(self, number: int) -> PathStep:
        """The element of this number."""
        return next(step for step in self.blocks[self.spans[number][0]].path if step.number == number)

    @cached_property
    def elements_by_tag(self) -> Mapping[str, Sequence[int]]:
        """The numbers of the elements, by their tag, in no order."""
        found: dict[str, list[int]] = {tag: [] for _, tag in self.elements_by_name}
        for (_, tag), numbers in self.elements_by_name.items():
            found[tag] += numbers
        return found

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
            names, found = self.element_names, dict[tuple[str, str], None]()
            for part in substrings:
                at = names.find(part)
                while at >= 0:
                    end = names.find("\0", at)
                    words, _, tag = names[names.rfind("\0", 0, at) + 1 : end].rpartition(" ")
                    found[words, tag] = None
                    at = names.find(part, end)
            numbers = [self.elements_by_name[name] for name in found if matches(*name)] if found else ()
            self._elements_by_test[matches] = frozenset().union(*numbers)
        return self._elements_by_test[matches]
