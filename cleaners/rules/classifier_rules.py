"""Rules that ask the text classifier what short blocks are by their words: residue in plain paragraphs, and lines of
the article that the network left out.

No list of phrases tells "Save this for later" from "He saved it for later"; see `copydesk.cleaners.wording.classifier`.
Only blocks that would be kept are classified, and those of which nothing else tells what they are; and the words
never overrule a learned judgement that is sure of a paragraph. What is found here is removed from the text; nothing
is claimed from it. The thresholds are set by how often blocks of real articles are taken for residue:
``docs/decisions/0009-removal-from-measured-rates.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import accumulate

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.block_phrases import has_phrase
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.residue.inline_marks import as_shown
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.phrase_rules import SITE_TEXTS
from copydesk.cleaners.rules.rule import Rule, RuleContext, page_rule
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.wording.classifier import (
    TextLabel,
    classify_texts,
    own_shares,
    prefilter_score,
    strongest_words,
)

REMOVED_FROM = 2.0
"""Log-odds, by its words, that a block is none of the article's own, from which it is removed: of 14,937 blocks that
articles keep on sites unseen words remove 4, of 14,606 real sentences
2.
"""
SHORT_FROM = 3.0
"""The same for headings, entries of lists, names and dates, which say little: at 2.0 they would be 39 more of
those blocks.
"""
PREFILTER_FROM = -0.5
"""Log-odds, by single words, from which a block is classified: 97 % of the composed residue that would be removed,
a quarter of real sentences.
"""
_MAX_CHARS = 1_200
_MIN_CHARS = 6  # "由AI生成" has six
_MAX_PAGE_CHARS = 40_000  # a page on which all is classified would take a hundred times as long as others
# has a classifier of its own (`copydesk.cleaners.rules.disclosures.readings`)
_MACHINE_RESIDUE = frozenset({Label.AI_DISCLAIMER, Label.LEAKED_PROMPT, Label.CHATBOT_META})
_NEVER = frozenset({Kind.CODE, Kind.TITLE, Kind.TABLE_ROW, Kind.CONTROL, Kind.QUOTE})

OWN_FROM = 0.8
"""How likely (0 to 1) a block is the article's by its words, from which it is kept against the learned judgement."""
DOUBTFUL_FROM = 0.2
"""Learned probability from which a block is classified so. From 0.1 to 0.2 it kept 48 blocks on sites unseen, mostly
headings of boxes ("Pros", "Specifications"): 12 pages were better for them, 17 worse
(`python -m benchmarks.rule_record`).
"""
_SEEN_BETTER = frozenset(
    {Label.TITLE, Label.NAV, Label.PAYWALL}
)  # their place on the page tells these better
_SURE_BESIDE = 0.8
_FEW_LINES = 10  # of flattened text, too few for measures of neighbouring blocks
_MIN_OWN_CHARS, _MAX_OWN_CHARS = 2, 200


def is_classifiable(block: Block) -> bool:
    """Whether a block is short enough for a note, and neither a menu nor somebody else's words."""
    return (
        block.kind not in _NEVER
        and not block.quote
        and not block.is_hidden
        and _MIN_CHARS <= len(block.raw) <= _MAX_CHARS
        and block.link_chars * 2 <= len(block.raw)
    )


def margins(judged: JudgedPage) -> dict[int, float]:
    """By how much, in log-odds, the words of each classified block exceed the threshold of its removal."""
    margins_ = {}
    for at, found in judged.memoized(_classified).items():
        kind = judged.page.table.blocks[at].kind
        is_short = found.label is Label.BYLINE or kind in (Kind.HEADING, Kind.LIST_ITEM)
        margins_[at] = found.odds - (SHORT_FROM if is_short else REMOVED_FROM)
    return margins_


def _classified(judged: JudgedPage) -> dict[int, TextLabel]:
    """What blocks are by their words, of those that would be kept, not so surely that their words count for nothing,
    or are left out without a name.
    """
    page, nameless = judged.page, judged.nameless
    candidates = [
        block
        for block, keep in zip(page.table.blocks, judged.keep, strict=True)
        if (keep >= judged.keep_at or block.index in nameless)
        and is_classifiable(block)
        and not judged.is_sure_of(block)
    ]
    # as a browser shows them: where links lead says nothing of what a block is
    texts = [as_shown(block.text) for block in candidates]
    weights = judged.classifier().prefilter_weights(page.language)
    odds = [
        prefilter_score(page.words[block.index] if text is block.text else folded_words(text), weights)
        for block, text in zip(candidates, texts, strict=True)
    ]
    chosen = _likeliest(candidates, odds)
    found = classify_texts(
        [texts[at] for at in chosen],
        page.language,
        [page.phrases[candidates[at].index] for at in chosen],
        judged.classifier(),
    )
    return {candidates[at].index: one for at, one in zip(chosen, found, strict=True) if one is not None}


def _likeliest(blocks: Sequence[Block], odds: Sequence[float]) -> list[int]:
    """The places of the blocks whose single words speak against the article, in the page's order; of very many, those
    that speak most.
    """
    order = sorted((at for at, one in enumerate(odds) if one >= PREFILTER_FROM), key=lambda at: -odds[at])
    total = accumulate(len(blocks[at].raw) for at in order)
    return sorted(at for at, chars in zip(order, total, strict=True) if chars <= _MAX_PAGE_CHARS)


def _removed(context: RuleContext) -> dict[int, TextLabel]:
    """The blocks that are removed for their words, but for the headline, denials of AI's part and examples."""
    judged = context.judged
    kept = {at for at, disclosure in disclosures(judged).items() if disclosure.denials or disclosure.is_shown}
    classified = judged.memoized(_classified)
    return {
        at: classified[at]
        for at, margin in margins(judged).items()
        if margin >= 0
        and at not in kept
        and classified[at].label not in _MACHINE_RESIDUE
        and not context.is_headline(context.page.table.blocks[at])
    }


def _find_removed(block: Block, context: RuleContext) -> str | None:
    found = context.memoized(_removed).get(block.index)
    if found is None:
        return None
    words = ", ".join(strongest_words(block.text, found.label, context.judged.classifier()))
    return f"by its words{f' ({words})' if words else ''} no part of the article (log-odds {found.odds:.1f})"


def _removed_as(label: Label) -> Callable[[RuleContext], Collection[int]]:
    def among(context: RuleContext) -> Collection[int]:
        return [
            at for at, found in context.memoized(_removed).items() if _label_of(at, found, context) is label
        ]

    return among


def _label_of(at: int, found: TextLabel, context: RuleContext) -> Label:
    """What a block is called that is removed for its words. Source notes need a cue besides: the classifier takes
    whatever says where the text was published for one.
    """
    phrases = context.page.phrases[at]
    if found.label is Label.SOURCE_NOTE and not (found.is_cued or "wording.source-note" in phrases):
        return Label.OTHER
    # phrases tell topics from menus, whose words are the same
    return Label.TAGS if found.label is Label.NAV and "wording.tags" in phrases else found.label


@page_rule(
    "worded.own",
    Label.PARAGRAPH,
    "A block beside the text or in a text of few lines is part of the article unless it says what sites say.",
)
def own_words(context: RuleContext) -> Mapping[int, str]:
    """Evidence for plain blocks that the learned judgement left out where measures tell little, that say nothing a
    site says, and that are probably the article's own by their words.
    """
    page, judged = context.page, context.judged
    has_few_lines = _has_few_lines(page)
    least = 0.0 if has_few_lines else DOUBTFUL_FROM
    doubtful = [
        block
        for block, keep in zip(page.table.blocks, judged.keep, strict=True)
        if least <= keep < judged.keep_at
        and judged.labels[block.index] not in KEPT
        and block.kind is Kind.PARAGRAPH
        and not (block.is_hidden or block.link_chars or has_phrase(page.phrases[block.index]))
        and not context.is_headline(block)
        and (ends_sentence(block.text) if has_few_lines else _is_line_beside_text(block, judged))
    ]
    shares = own_shares([block.text for block in doubtful], page.language, judged.classifier())
    return {
        block.index: f"by its words part of the article ({share:.2f})"
        for block, share in zip(doubtful, shares, strict=True)
        if share >= OWN_FROM
    }


def _has_few_lines(page: PageFacts) -> bool:
    return not page.is_html and len(page.table.blocks) <= _FEW_LINES


def _is_line_beside_text(block: Block, judged: JudgedPage) -> bool:
    """Whether a block is a short line, and the block before or after is surely of the article."""
    return (
        judged.labels[block.index] not in _SEEN_BETTER
        and _MIN_OWN_CHARS <= len(block.raw) <= _MAX_OWN_CHARS
        and any(
            0 <= at < len(judged.labels) and judged.labels[at] in KEPT and judged.keep[at] > _SURE_BESIDE
            for at in (block.index - 1, block.index + 1)
        )
    )


# topics are distinguished from menus by phrases alone
CLASSIFIED = tuple(
    Rule(
        f"{'residue' if label is Label.SOURCE_NOTE else 'worded'}.{label.replace('_', '-')}",
        label,
        why,
        _find_removed,
        _removed_as(label),
    )
    for label, why in SITE_TEXTS.items()
    if label is not Label.TAGS
)
