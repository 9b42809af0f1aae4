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
    def hits(self) -> Mapping[str, Mapping[int, PhraseHit]]:
        """The phrases found for each rule, by block in the page's order; a rule without any is not there."""
        found: dict[str, dict[int, PhraseHit]] = {}
        for at, hits in enumerate(self.phrases):
            for rule_id, hit in hits.items():
                if rule_id not in found:
                    found[rule_id] = {}
                found[rule_id][at] = hit
        return found

    @cached_property
    def saying(self) -> frozenset[int]:
        """The blocks in which a phrase was found that says something by itself; words of offers are common ones."""
        return frozenset(
            [at for rule_id, hits in self.hits.items() if not rule_id.startswith("offer.") for at in hits]
        )


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
