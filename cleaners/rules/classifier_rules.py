"""Rules that ask the text classifier what short blocks are by their words: residue in plain paragraphs, and lines of
the article that the network left out.

No list of phrases tells "Save this for later" from "He saved it for later"; see `copydesk.cleaners.wording.classifier`.
Only blocks that would be kept are classified, and those of which nothing else tells what they are; and the words
never overrule a learned judgement that is sure of a paragraph. What is found here is removed from the text; nothing
is claimed from it. The thresholds are set by how often blocks of real articles are taken for residue:
``docs/decisions/0009-removal-from-measured-rates.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.residue.inline_marks import as_shown, may_be_marked
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.parts.elements import concealed_blocks
from copydesk.cleaners.rules.phrase_rules import SITE_TEXTS
from copydesk.cleaners.rules.rule import Rule, RuleContext, rule
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.wording.classifier import (
    TextLabel,
    classify_texts,
    own_shares,
    prefilter_scores,
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


def classifiable(blocks: Iterable[Block]) -> list[Block]:
    """Those of the blocks that are short enough for a note, and neither a menu nor somebody else's words."""
    return [
        block
        for block in blocks
        if _MIN_CHARS <= len(block.raw) <= _MAX_CHARS
        and block.kind not in _NEVER
        and not block.quote
        and not block.is_hidden
        and block.link_chars * 2 <= len(block.raw)
    ]


def _classified(judged: JudgedPage) -> dict[int, TextLabel]:
    """What blocks are by their words, of those that would be kept, not so surely that their words count for nothing,
    or are left out without a name.
    """
    page, nameless, keep_at = judged.page, judged.nameless, judged.keep_at
    asked = [
        block
        for block, keep in zip(page.table.blocks, judged.keep, strict=True)
        if keep >= keep_at or block.index in nameless
    ]
    candidates = [block for block in classifiable(asked) if block.index not in judged.sure]
    # as a browser shows them: where links lead says nothing of what a block is
    plain = [page.table.texts[block.index] for block in candidates]
    texts = plain if not may_be_marked("\n".join(plain)) else [*map(as_shown, plain)]
    words = [
        page.words[block.index] if text is own else folded_words(text)
        for block, text, own in zip(candidates, texts, plain, strict=True)
    ]
    odds = prefilter_scores(words, judged.classifier().prefilter_weights(page.language))
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
    likely = [at for at, one in enumerate(odds) if one >= PREFILTER_FROM]
    order = sorted(likely, key=[-one for one in odds].__getitem__)
    total = accumulate([len(blocks[at].raw) for at in order])
    return sorted([at for at, chars in zip(order, total, strict=True) if chars <= _MAX_PAGE_CHARS])


def _removed(context: RuleContext) -> dict[int, tuple[Label, str]]:
    """The blocks that are removed for their words, but for the headline, denials of AI's part and examples: to each
    what it is called, and the evidence.
    """
    judged = context.judged
    removed, headlines = {}, frozenset(context.headlines)
    for at, found in _classified(judged).items():
        kind = judged.page.table.kinds[at]
        is_short = found.label is Label.BYLINE or kind in (Kind.HEADING, Kind.LIST_ITEM)
        if found.odds < (SHORT_FROM if is_short else REMOVED_FROM) or found.label in _MACHINE_RESIDUE:
            continue
        disclosure = disclosures(judged).get(at)
        stays = disclosure is not None and (disclosure.denials or disclosure.is_shown)
        if not stays and at not in headlines:
            text = judged.page.table.texts[at]
            words = ", ".join(strongest_words(text, found.label, judged.classifier()))
            why = f"by its words{f' ({words})' if words else ''} no part of the article (log-odds {found.odds:.1f})"
            removed[at] = _label_of(at, found, context), why
    return removed


def _removed_as(label: Label, context: RuleContext) -> Mapping[int, str]:
    removed = context.memoized(_removed)
    return {at: why for at, (called, why) in removed.items() if called is label} if removed else {}


def _label_of(at: int, found: TextLabel, context: RuleContext) -> Label:
    """What a block is called that is removed for its words. Source notes need a cue besides: the classifier takes
    whatever says where the text was published for one.
    """
    phrases = context.page.phrases[at]
    if found.label is Label.SOURCE_NOTE and not (found.is_cued or "wording.source-note" in phrases):
        return Label.OTHER
    # phrases tell topics from menus, whose words are the same
    return Label.TAGS if found.label is Label.NAV and "wording.tags" in phrases else found.label


@rule(
    "worded.own",
    Label.PARAGRAPH,
    "A block beside the text or in a text of few lines is part of the article unless it says what sites say.",
)
def own_words(context: RuleContext) -> Mapping[int, str]:
    """Evidence for plain blocks that the learned judgement left out where measures tell little, that say nothing a
    site says, and that are probably the article's own by their words.
    """
    page, judged, table = context.page, context.judged, context.page.table
    headlines, concealed = frozenset(context.headlines), judged.memoized(concealed_blocks)
    has_few_lines = not page.is_html and len(table.blocks) <= _FEW_LINES
    least, most = 0.0 if has_few_lines else DOUBTFUL_FROM, judged.keep_at
    doubtful = [
        at
        for at, keep in enumerate(judged.keep)
        if least <= keep < most
        and judged.labels[at] not in KEPT
        and table.kinds[at] is Kind.PARAGRAPH
        and not table.links[at]
        and at not in page.saying
        and at not in concealed
        and at not in headlines
    ]
    if has_few_lines:
        doubtful = [at for at in doubtful if at in table.sentences]
    elif doubtful:
        # a short line, and the block before or after is surely of the article
        sure = {at for at in judged.kept if judged.keep[at] > _SURE_BESIDE}
        doubtful = [
            at
            for at in doubtful
            if judged.labels[at] not in _SEEN_BETTER
            and _MIN_OWN_CHARS <= len(table.raws[at]) <= _MAX_OWN_CHARS
            and not sure.isdisjoint((at - 1, at + 1))
        ]
    shares = own_shares([table.texts[at] for at in doubtful], page.language, judged.classifier())
    return {
        at: f"by its words part of the article ({share:.2f})"
        for at, share in zip(doubtful, shares, strict=True)
        if share >= OWN_FROM
    }


# topics are distinguished from menus by phrases alone
CLASSIFIED = tuple(
    Rule(
        f"{'residue' if label is Label.SOURCE_NOTE else 'worded'}.{label.replace('_', '-')}",
        label,
        why,
        partial(_removed_as, label),
    )
    for label, why in SITE_TEXTS.items()
    if label is not Label.TAGS
)
