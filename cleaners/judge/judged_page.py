"""A page with what the learned judgement makes of each of its blocks, and why in words.

A plain text is judged as a whole before any line of it: is it nothing but an article? A page as a scraper flattened it
has lines that are surely none of the article: menus, teasers, notices. A text that has not one such line is an article
alone, and its subheads, lists, verses and short sentences, which look like menus one by one, are its own. So the line
that the network is surest to leave out speaks for all: the less sure even that is, the more likely all lines belong to
the article. A headline is no sign: texts of both kinds begin with one. A line that is a site's phrase and nothing else
("Subscribe") is a sure one: of copydesk's own texts of 1,484 articles seven have such a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.boxes_below import BOX_KEEP_AT, boxes_below
from copydesk.cleaners.judge.element_kinds import KINDS, QUOTED_FROM, kinds_of, name_of_kind
from copydesk.cleaners.judge.features import PAGE_TAGS, PHRASE_RULES
from copydesk.cleaners.judge.judgement import (
    FLATTENED_FAVOR,
    FLATTENED_KEEP_AT,
    KEEP_AT,
    Judge,
    Opinion,
    label_of,
)
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.options import Favor
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.reading.forest import Forest
from copydesk.cleaners.residue.reading.residue_reading import packaged_forest
from copydesk.cleaners.types import KEPT, Block, Label, Labelled
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
MIDDLE, SLOPE = -3.5, 0.9
"""Log-odds of being kept of the surest removal at which a text is as likely an article alone as a page; and how fast
that changes with them. Fitted on texts of sites the network had not seen: ``python -m training.article_alone``.
"""
LIKELY = 0.5
"""Probability from which a text counts as an article alone."""
# labels of what there may be a correction of
_CORRECTED = KEPT - {Label.CORRECTION, Label.HEADING, Label.DATELINE}
_MISNAMED = {Label.AUTHOR_BIO: "wording.author-bio", Label.TAGS: "wording.tags"}
_LEAST = 1e-6
_LOOK_CHARS = 200
# four words in a row, or as many signs of a script that parts none
_PROSE = lazy_pattern(r"(?:[^\W\d_]+[,;:]?\s+){3}[^\W\d_]+|[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7a3]{4}")
_PROGRAM = lazy_pattern(r"[{}=\\]|\w\(|\);|\w_\w")
_OF_SITES = frozenset(PHRASE_RULES) - {"wording.correction"}
# elements that say what they hold: https://html.spec.whatwg.org/multipage/sections.html
_SPEAKING_TAGS = frozenset({"nav", "aside", "footer", "header", "form", "figcaption", "button", "dialog"})
_NEAREST = 4  # elements around a block whose names are quoted; further out they hold most of the page
_MOSTLY = 0.5  # share of links from which it is reported


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
        """Lines of flattened text that are taken for words on an author or for tags, and are a site's phrase for
        something else.
        """
        if self.page.is_html:
            return frozenset()
        return frozenset(
            at
            for at, learned in enumerate(self.learned)
            if learned.label in _MISNAMED
            and any(
                hit.mode == "whole" and rule != _MISNAMED[learned.label]
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
    if not page.is_html and is_program([block.raw for block in page.table.blocks]):
        alone, keep = 0.0, (0.0,) * len(keep)
    keep_at = KEEP_AT if page.is_html else FLATTENED_KEEP_AT
    learned = _learned(page, opinions, keep, keep_at=keep_at)
    return JudgedPage(page, keep, learned, alone >= LIKELY, judge.classifier, judge.readings, keep_at)


def judged_again(judged: JudgedPage, opinions: Sequence[Opinion], keep: Sequence[float]) -> JudgedPage:
    """The same page where the probabilities that its blocks are kept are ``keep``."""
    learned = _learned(judged.page, opinions, keep, keep_at=judged.keep_at)
    return replace(judged, keep=keep, learned=learned)


def favoring(judged: JudgedPage, opinions: Sequence[Opinion], favor: Favor, judge: Judge) -> JudgedPage:
    """The same page by the same probabilities, its blocks kept from another one on. A text that is an article alone
    stays whole.
    """
    if judged.is_article_alone:
        return judged
    keep_at = (judge.favor if judged.page.is_html else FLATTENED_FAVOR).threshold(favor)
    learned = _learned(judged.page, opinions, judged.keep, keep_at=keep_at)
    return replace(judged, learned=learned, keep_at=keep_at)


def without_boxes_below(
    judged: JudgedPage, labelled: Sequence[Labelled], opinions: Sequence[Opinion]
) -> JudgedPage:
    """The same page without the boxes below its text that are none of it (`copydesk.cleaners.judge.boxes_below`), as
    far as no rule has decided on them: ``labelled``.
    """
    kept = {item.block.index: item.label for item in labelled if item.is_kept} if judged.page.is_html else {}
    ruled = {at for at in kept if len(labelled[at].verdicts) > 1}
    found = boxes_below(judged.page.table.blocks, judged.keep, kept, ruled)
    learned = list(judged.learned)
    for at, mean in found.items():
        opinion = opinions[at]
        why = f"{judged.keep[at]:.2f} for keeping, {mean:.2f} on average in its box: below a short text {BOX_KEEP_AT} are needed"
        learned[at] = Learned(opinion.removed_as, opinion.removed_share, why)
    return replace(judged, learned=tuple(learned)) if found else judged


def _learned(
    page: PageFacts, opinions: Sequence[Opinion], keep: Sequence[float], *, keep_at: float
) -> tuple[Learned, ...]:
    learned = []
    names: dict[str, str | None] = {}
    for block, opinion, probability in zip(page.table.blocks, opinions, keep, strict=True):
        label, share = label_of(block, opinion, probability, keep_at=keep_at)
        evidence = opinion.why
        if not evidence:
            evidence = f"{probability:.2f} for keeping, {share:.2f} for {label!s}"
            facts = () if label in KEPT else _facts_of(block, label, page.phrases[block.index], names)
            evidence = f"{evidence}: {'; '.join(facts)}" if facts else evidence
        learned.append(Learned(label, share, evidence))
    return tuple(learned if any(one.label in _CORRECTED for one in learned) else map(_uncorrecting, learned))


def _uncorrecting(learned: Learned) -> Learned:
    """The same on a page without a text: the one paragraph of a stub, taken for a correction, is the text."""
    if learned.label is not Label.CORRECTION:
        return learned
    evidence = f"{learned.evidence}; nothing on the page that it corrects"
    return replace(learned, label=Label.PARAGRAPH, evidence=evidence)


def _facts_of(
    block: Block, label: Label, phrases: Mapping[str, PhraseHit], names: dict[str, str | None]
) -> list[str]:
    """What speaks for the label of a block that is removed. ``phrases``: those found in it, by rule; ``names``: those
    met around other blocks of the page.
    """
    facts = _elements(block, names)
    if phrases and (hit := phrases.get(f"wording.{label.replace('_', '-')}")):
        facts.insert(0, f"phrase “{hit.phrase}”")
    if block.link_chars:
        links = block.link_chars / max(1, len(block.text))
        if links > _MOSTLY:
            facts.append(f"{min(1.0, links):.0%} links")
    return facts


def _elements(block: Block, names: dict[str, str | None]) -> list[str]:
    """The nearest element whose name, and the nearest whose tag says what it holds."""
    name = tag = None
    for step in reversed(block.path[-_NEAREST:]):
        if name is None and step.words and step.tag not in PAGE_TAGS:
            # the same words stand around many blocks of a page
            if step.words not in names:
                names[step.words] = _name_in(step.words)
            name = names[step.words]
        if tag is None and step.tag in _SPEAKING_TAGS:
            tag = step.tag
    return [*([f"element “{name}”"] if name else ()), *([f"in <{tag}>"] if tag else ())]


def _name_in(words: str) -> str | None:
    """The name in an element's words that tells of a kind."""
    kinds = kinds_of(words[:QUOTED_FROM])
    return name_of_kind(words, KINDS[kinds[0]]) if kinds else None


def is_program(texts: Sequence[str]) -> bool:
    """Whether a text is a program, of which no line is plain words: among pages in a folder, no article."""
    heads = [text[:_LOOK_CHARS] for text in texts]  # a hostile line is a megabyte long
    signed = [head for head in heads if _PROGRAM.search(head)]
    return bool(signed) and not any(_PROSE.search(head) for head in heads if head not in signed)


def probability_alone(opinions: Sequence[Opinion], phrases: Sequence[Mapping[str, PhraseHit]]) -> float:
    """How likely (0 to 1) a plain text is an article and nothing else; ``phrases[i]``: rule ids to what line
    ``i`` says.
    """
    if any(map(_is_of_site, phrases)):
        return 0.0
    return 1.0 / (1.0 + math.exp(-SLOPE * (surest_removal(opinions) - MIDDLE)))


def _is_of_site(hits: Mapping[str, PhraseHit]) -> bool:
    return any(hit.mode == "whole" and rule in _OF_SITES for rule, hit in hits.items())


def surest_removal(opinions: Sequence[Opinion]) -> float:
    """The lowest log-odds of any line of being kept, or a headline."""
    least = min(opinion.keep + (1.0 - opinion.keep) * opinion.headline for opinion in opinions)
    least = min(max(least, _LEAST), 1.0 - _LEAST)
    return math.log(least / (1.0 - least))


def keep_within(opinions: Sequence[Opinion], alone: float) -> tuple[float, ...]:
    """The probability of each line that it is kept: it is where the text is an article alone, and else as judged."""
    return tuple([alone + (1.0 - alone) * opinion.keep for opinion in opinions])
