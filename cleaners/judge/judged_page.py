"""A page with what the learned judgement makes of each of its blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.article_alone import LIKELY, is_program, keep_within, probability_alone
from copydesk.cleaners.judge.evidence import evidence_of
from copydesk.cleaners.judge.judgement import FLATTENED_KEEP_AT, KEEP_AT, Judge, Opinion, label_of
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.residue.reading.forest import Forest
from copydesk.cleaners.residue.reading.residue_reading import packaged_forest
from copydesk.cleaners.types import KEPT, Block, Label
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.classifier import TextClassifier, packaged_classifier

SURE_KEEP, SURE_WORDS = 0.95, 30
"""Learned probability and number of words from which a block is an article's paragraph, whatever its words
may also say: of 4,114 such blocks on sites unseen a reader leaves out 0.75 %, of those that are shorter or
less sure 10 %.
"""
VAGUE_SHARE = 0.7
"""Share of the likeliest label below which the learned judgement is not sure what a removed block is."""
NAMELESS_SHARE = 0.4
"""The same, below which a single word names a block better: where a phrase that is the whole block says
another name on sites unseen, a reader agrees with 32 of them and with 16 of the learned names; above it with
64 and 89.
"""


class Learned(Struct, frozen=True, gc=False):
    """What the learned judgement makes of one block, and why in words."""

    label: Label
    share: float
    """How likely it is the label, 0 to 1, beside the other labels on its side of the decision."""
    evidence: str


class JudgedPage(MemoizedStruct, frozen=True, dict=True):
    """The facts of a page and what is thought of its blocks; sequences run parallel to these.

    ``keep[i]``: the learned probability that block ``i`` belongs to the article. ``learned[i]``: what the learned
    judgement makes of it; empty for a text that is not judged. ``is_article_alone``: whether this is plain text with
    nothing on it but an article. ``classifier``: gives the judgement of wording; a function, since it is loaded where
    a rule first asks for it. ``keep_at``: the probability from which a block of such a page is kept.
    """

    page: PageFacts
    keep: Sequence[float]
    learned: Sequence[Learned] = ()
    is_article_alone: bool = False
    classifier: Callable[[], TextClassifier] = packaged_classifier
    readings: Callable[[], Forest] = packaged_forest
    keep_at: float = KEEP_AT

    @cached_property
    def kept(self) -> frozenset[int]:
        """The blocks the learned judgement keeps."""
        return frozenset(at for at, learned in enumerate(self.learned) if learned.label in KEPT)

    @cached_property
    def vague(self) -> frozenset[int]:
        """The blocks that are not kept and might be several things."""
        return self._removed_below(VAGUE_SHARE) | self._misnamed

    @cached_property
    def nameless(self) -> frozenset[int]:
        """The blocks that are not kept and might be anything."""
        return self._removed_below(NAMELESS_SHARE)

    @cached_property
    def _misnamed(self) -> frozenset[int]:
        """Lines of flattened text that are taken for words on an author, and are a site's phrase for something else."""
        if self.page.is_html:
            return frozenset()
        return frozenset(
            at
            for at, learned in enumerate(self.learned)
            if learned.label is Label.AUTHOR_BIO
            and any(
                hit.mode == "whole" and rule != "wording.author-bio"
                for rule, hit in self.page.phrases[at].items()
            )
        )

    def _removed_below(self, share: float) -> frozenset[int]:
        return frozenset(
            at
            for at, learned in enumerate(self.learned)
            if learned.share < share and learned.label not in KEPT
        )

    def is_sure_of(self, block: Block) -> bool:
        """Whether the learned judgement is so sure of a paragraph that no reading of its words takes it out."""
        if self.keep[block.index] < SURE_KEEP:
            return False
        # nearly all paragraphs have as many at their beginning, figures and words with signs in them aside
        opening = self.page.words[block.index][: 2 * SURE_WORDS]
        return sum(map(str.isalnum, opening)) >= SURE_WORDS or count_words(block.text) >= SURE_WORDS


def judged_page(page: PageFacts, opinions: Sequence[Opinion], judge: Judge) -> JudgedPage:
    """What the network's opinions make of a page; a plain text is first checked for being an article alone."""
    # tags tell menus from text; a text without any is first checked for menus (decision 10)
    alone = 0.0 if page.is_html else probability_alone(opinions, page.phrases)
    keep = keep_within(opinions, alone)
    # a program given as plain text reads like an article alone, since it has no menu either
    if not page.is_html and is_program([block.raw for block in page.blocks]):
        alone, keep = 0.0, (0.0,) * len(keep)
    keep_at = KEEP_AT if page.is_html else FLATTENED_KEEP_AT
    learned = _learned(page, opinions, keep, keep_at=keep_at)
    return JudgedPage(page, keep, learned, alone >= LIKELY, judge.classifier, judge.readings, keep_at)


def judged_again(judged: JudgedPage, opinions: Sequence[Opinion], keep: Sequence[float]) -> JudgedPage:
    """The same page where the probabilities that its blocks are kept are ``keep``."""
    learned = _learned(judged.page, opinions, keep, keep_at=judged.keep_at)
    return replace(judged, keep=keep, learned=learned)


def _learned(
    page: PageFacts, opinions: Sequence[Opinion], keep: Sequence[float], *, keep_at: float
) -> tuple[Learned, ...]:
    learned = []
    for block, opinion, probability in zip(page.blocks, opinions, keep, strict=True):
        label, share = label_of(block, opinion, probability, keep_at=keep_at)
        evidence = opinion.why or evidence_of(block, label, (probability, share), page.phrases[block.index])
        learned.append(Learned(label, share, evidence))
    return tuple(learned)
