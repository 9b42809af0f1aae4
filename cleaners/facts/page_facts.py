"""The facts of a page: its blocks and what can be read off them without judging anything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property

from copydesk.cleaners import text_forms
from copydesk.cleaners.lexicon.block_phrases import Phrased, find_phrases
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.markup.declared_parts import NOTHING_DECLARED, DeclaredParts
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.types import Block


class PageFacts(MemoizedStruct, frozen=True, dict=True):
    """What all stages look at; sequences run parallel to ``blocks``, whose ``index`` is their place.

    ``phrases[i]``: rule ids to the phrase of the lexicon found in block ``i``. ``words[i]``: its first words,
    folded. ``language``: in which both were looked for. ``is_html``: False for flattened text. ``declared_title``:
    the headline the page declares, or ``""``, as for all flattened text. ``parts``: what it declares of its parts.
    """

    blocks: tuple[Block, ...]
    phrases: Sequence[Mapping[str, PhraseHit]]
    words: Sequence[Sequence[str]]
    language: str
    is_html: bool
    declared_title: str = ""
    parts: DeclaredParts = NOTHING_DECLARED

    @property
    def phrased(self) -> Phrased:
        """Phrases and words of all blocks, as the network gets them."""
        return Phrased(self.phrases, self.words, self.language)

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """Each block as compared (``text_forms.letters``)."""
        return tuple([text_forms.letters(block.raw) for block in self.blocks])

    @cached_property  # as in `MemoizedStruct`
    def _elements_by_test(self) -> dict[Callable[[str, str], bool], frozenset[int]]:
        return {}

    @cached_property
    def elements_by_name(self) -> Mapping[tuple[str, str], Sequence[int]]:
        """The numbers of the elements that hold text, by their words and tag."""
        found: dict[tuple[str, str], list[int]] = {}
        met: set[int] = set()
        for block in self.blocks:
            # from the inside out: above an element that was met, all were
            for step in reversed(block.path):
                if step.number in met:
                    break
                met.add(step.number)
                found.setdefault((step.words, step.tag), []).append(step.number)
        return found

    @cached_property
    def element_names(self) -> str:
        """The words and tags of all elements, each ended by a NUL, which no markup has."""
        return "".join([f"{words} {tag}\0" for words, tag in self.elements_by_name])

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

    @cached_property
    def with_phrases(self) -> frozenset[int]:
        """The blocks in which a phrase was found."""
        return frozenset(at for at, hits in enumerate(self.phrases) if hits)


def facts_of(
    blocks: tuple[Block, ...],
    *,
    language: str,
    is_html: bool,
    declared_title: str = "",
    parts: DeclaredParts = NOTHING_DECLARED,
) -> PageFacts:
    """The facts of a page that is in ``language`` (BCP 47)."""
    phrased = find_phrases(blocks, language)
    return PageFacts(blocks, phrased.hits, phrased.words, language, is_html, declared_title, parts)
