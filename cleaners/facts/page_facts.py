"""The facts of a page: its blocks and what can be read off them without judging anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from copydesk.cleaners.lexicon.block_phrases import Phrased, find_phrases
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.markup.declared_parts import NOTHING_DECLARED, DeclaredParts
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.segment.page_table import PageTable


class PageFacts(MemoizedStruct, frozen=True, dict=True):
    """What all stages look at; sequences run parallel to the table's blocks.

    ``phrases[i]``: rule ids to the phrase of the lexicon found in block ``i``. ``words[i]``: its first words,
    folded. ``language``: in which both were looked for. ``is_html``: False for flattened text. ``declared_title``:
    the headline the page declares, or ``""``, as for all flattened text. ``parts``: what it declares of its parts.
    """

    table: PageTable
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
    def with_phrases(self) -> frozenset[int]:
        """The blocks in which a phrase was found."""
        return frozenset(at for at, hits in enumerate(self.phrases) if hits)


def facts_of(
    table: PageTable,
    *,
    language: str,
    is_html: bool,
    declared_title: str = "",
    parts: DeclaredParts = NOTHING_DECLARED,
) -> PageFacts:
    """The facts of a page that is in ``language`` (BCP 47)."""
    phrased = find_phrases(table.blocks, language)
    return PageFacts(table, phrased.hits, phrased.words, language, is_html, declared_title, parts)
