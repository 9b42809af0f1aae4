"""Rules that ask the text classifier what short blocks are by their words: residue in plain paragraphs, and lines of
the article that the network left out.

No list of phrases tells "Save this for later" from "He saved it for later"; see `copydesk.cleaners.wording.text_kinds`.
Only blocks that would be kept are classified, and those of which nothing else tells what they are; and the words
never overrule a learned judgement that is sure of a paragraph. What is found here is removed from the text; nothing
is claimed from it. The thresholds are set by how often blocks of real articles are taken for residue:
``docs/decisions/0009-removal-from-measured-rates.md``, ``0035-kinds-of-short-texts.md``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.residue.inline_marks import as_shown, may_be_marked
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.parts.elements import concealed_blocks
from copydesk.cleaners.rules.parts.walls import words_of_walls
from copydesk.cleaners.rules.phrase_rules import SITE_TEXTS
from copydesk.cleaners.rules.rule import Rule, RuleContext, rule
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.wording.cues import candidate_cues
from copydesk.cleaners.wording.text_kinds import TextKind

REMOVED_FROM = 2.25
"""Log-odds, by its words, that a block is none of the article's own, from which it is removed; the record of this and
the next two numbers on sites unseen is in decision 35.
"""
SHORT_FROM = 3.0
"""The same for headings, entries of lists, names and addresses, which say little, and for texts that are an article
alone; set by hand.
"""
PREFILTER_FROM = -0.5
"""Log-odds, by single words, from which a block is classified; set by hand for the classifier of decision 9."""
RUN_FROM = 3.0
"""Log-odds that blocks are none of the article's, summed over a run at the beginning or the end of what is kept, from
which it is removed where one of them speaks to visitors; set by hand (decision 35).
"""
MOST_SAID = 4.0
"""Log-odds of one block that count where several are summed; set by hand."""
_UNSPOKEN = -3.0  # log-odds below which a block speaks to no visitor; set by hand
_ENOUGH = 3.0  # by which the sum has fallen where nothing further is read
_LABEL_CHARS = 40  # of a button or a label, which says little by itself; set by hand
_SURELY_OWN = 0.99  # probability from which no run takes a block of a page with tags
_MAX_RUN = 40  # blocks of a run, each of which is read: consent boxes are shorter, lists of two thousand lines are not
_RUN_PREFILTER_FROM = -2.5  # as PREFILTER_FROM, for blocks of a run; set by hand
_MAX_CHARS = 1_200
_MIN_CHARS = 6  # "由AI生成" has six
_FIGURES_SHARE = 0.2  # of digits, at least, in a date, a score or a price; set by hand
_FIGURES_LETTERS = 12  # at most: "18 September 2026" has nine; set by hand
_MAX_PAGE_CHARS = 40_000  # a page on which all is classified would take a hundred times as long as others
# residue of machines has a classifier of its own (`copydesk.cleaners.rules.disclosures.readings`), and a dateline is
# part of the text (decision 24)
_NEVER_REMOVED = frozenset({Label.AI_DISCLAIMER, Label.LEAKED_PROMPT, Label.CHATBOT_META, Label.DATELINE})
_SOURCE_CUES = frozenset({"cue.origin-published", "cue.origin-based", "cue.translator", "cue.press-release"})
_NEVER = frozenset({Kind.CODE, Kind.TITLE, Kind.TABLE_ROW, Kind.CONTROL, Kind.QUOTE})

OWN_FROM = 0.8
"""How likely (0 to 1) a block is the article's by its words, from which it is kept against the learned judgement; not
measured anew for the classifier of decision 35.
"""
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
_MOST_ODDS = 50.0  # beyond which a share is 0
_MIN_OWN_CHARS, _MAX_OWN_CHARS = 2, 200


class _Found(NamedTuple):
    """What a block is that is removed, and the evidence."""

    kind: TextKind
    why: str


def classifiable(blocks: Iterable[Block]) -> list[Block]:
    """Those of the blocks that are short enough for a note, and neither a menu nor somebody else's words."""
    return [block for block in blocks if _may_be_note(block) and not _is_linked(block)]


def _may_be_note(block: Block) -> bool:
    return (
        _MIN_CHARS <= len(block.raw) <= _MAX_CHARS
        and block.kind not in _NEVER
        and not block.quote
        and not block.is_hidden
    )


def _is_linked(block: Block) -> bool:
    """Whether most of a block is links."""
    return block.link_chars * 2 > len(block.raw)


def is_figures(raw: str) -> bool:
    """Whether a text is a date, a score or a price: its place tells what it is."""
    digits, letters = sum(map(str.isdigit, raw)), sum(map(str.isalpha, raw))
    return digits >= _FIGURES_SHARE * len(raw) and letters <= _FIGURES_LETTERS and "©" not in raw


def _classified(judged: JudgedPage) -> dict[int, TextKind]:
    """What blocks are by their words, of those that would be kept, not so surely that their words count for nothing,
    or are left out without a name.
    """
    page, nameless, keep_at = judged.page, judged.nameless, judged.keep_at
    asked = [
        block
        for block, keep in zip(page.table.blocks, judged.keep, strict=True)
        # the names of links that are left out are told by where they lead
        if (keep >= keep_at or (block.index in nameless and not _is_linked(block)))
        and block.index not in judged.sure
    ]
    candidates = _candidates(asked, judged)
    likely = [at for at, odds in enumerate(candidates.odds) if odds >= PREFILTER_FROM]
    # of very many, those that speak most
    order = sorted(likely, key=[-odds for odds in candidates.odds].__getitem__)
    total = accumulate([len(candidates.blocks[at].raw) for at in order])
    chosen = [at for at, chars in zip(order, total, strict=True) if chars <= _MAX_PAGE_CHARS]
    return _read(candidates, sorted(chosen), judged)


def _speaking_to_visitors(context: RuleContext) -> dict[int, _Found]:
    """What blocks are by their words that speak to visitors, in a run at the beginning or the end of what is kept:
    consent boxes, walls. Where no sentence is left beside them, `copydesk.cleaners.page_kind.page_notices` decides.
    """
    if context.judged.is_article_alone:
        return {}
    headlines, kinds = frozenset(context.headlines), context.page.table.kinds
    kept = [at for at in context.kept_in_order if at not in headlines and kinds[at] is not Kind.TITLE]
    found = _run(kept, context.judged) | _run(kept[::-1], context.judged)
    is_all = all(at in found for at in kept if not is_label(context.page.table.raws[at]))
    return {} if is_all else found


def _run(places: Sequence[int], judged: JudgedPage) -> dict[int, _Found]:
    """The first of some blocks, as many as make the sum of their log-odds that they are none of the article's the
    highest, where one of them speaks to visitors. A sentence that does not must be none of the article's by itself.
    """
    read: dict[int, TextKind] = {}
    total = highest = 0.0
    until = 0
    for number, at in enumerate(places[:_MAX_RUN], 1):
        block = judged.page.table.blocks[at]
        is_own = at in judged.sure or (judged.page.is_html and judged.keep[at] >= _SURELY_OWN)
        kind = None if is_own else _kind_of(block, judged)
        if kind is None and not is_label(block.raw):
            break
        if kind is not None:
            if kind.visitor_odds < 0 and kind.odds < REMOVED_FROM and not is_label(block.raw):
                break
            read[at] = kind
            # what speaks to no visitor may stand in a run, but makes none
            most = MOST_SAID if kind.visitor_odds >= _UNSPOKEN else 0.0
            total += max(-MOST_SAID, min(most, kind.odds))
        if total < highest - _ENOUGH:
            break
        if total > highest:
            highest, until = total, number
    run = places[:until]
    loudest = max([read[at] for at in run if at in read], key=attrgetter("visitor_odds"), default=None)
    # one block by itself is judged by itself
    if loudest is None or len(run) == 1 or highest < RUN_FROM or loudest.visitor_odds < 0:
        return {}
    why = f"at an end of the text, {len(run)} blocks together no part of the article (log-odds {highest:.1f})"
    kinds = [(at, read.get(at, loudest)) for at in run]
    return {at: _Found(kind._replace(answer=kind.visitor_answer), why) for at, kind in kinds}


def is_label(raw: str) -> bool:
    """Whether a text is too short to say much by itself, a button or a label: no sentence."""
    return len(raw) <= _LABEL_CHARS and not ends_sentence(raw)


def _kind_of(block: Block, judged: JudgedPage) -> TextKind | None:
    """What a block is by its words; None where that need not be asked."""
    asked = _candidates([block], judged)
    if not asked.blocks or asked.odds[0] < _RUN_PREFILTER_FROM:
        return None
    return _read(asked, [0], judged)[block.index]


class _Candidates(NamedTuple):
    """Blocks that may be read, their texts as a browser shows them, because where links lead says nothing of what a
    block is, and the log-odds by single words that they are none of the article's.
    """

    blocks: Sequence[Block]
    texts: Sequence[str]
    odds: Sequence[float]


def _candidates(blocks: Iterable[Block], judged: JudgedPage) -> _Candidates:
    page = judged.page
    # paragraphs of links ("Follow us on Telegram"), too, but no entries of lists or headings
    chosen = [
        block
        for block in blocks
        if _may_be_note(block)
        and (block.kind is Kind.PARAGRAPH or not _is_linked(block))
        and not is_figures(block.raw)
    ]
    plain = [page.table.texts[block.index] for block in chosen]
    texts = [*map(as_shown, plain)] if may_be_marked("\n".join(plain)) else plain
    words = [
        page.words[block.index] if text is own else folded_words(text)
        for block, text, own in zip(chosen, texts, plain, strict=True)
    ]
    return _Candidates(chosen, texts, judged.text_classifier().words.odds(words, page.language))


def _read(asked: _Candidates, chosen: Sequence[int], judged: JudgedPage) -> dict[int, TextKind]:
    numbers = [asked.blocks[at].index for at in chosen]
    found = judged.text_classifier().classify(
        [asked.texts[at] for at in chosen],
        [judged.page.phrases[number] for number in numbers],
        [asked.odds[at] for at in chosen],
    )
    return dict(zip(numbers, found, strict=True))


def _removed(context: RuleContext) -> dict[int, tuple[Label, str]]:
    """The blocks that are removed for their words, but for the headline, denials of AI's part and examples: to each
    what it is called, and the evidence.
    """
    judged, headlines = context.judged, frozenset(context.headlines)
    removed = {}
    for at, found in (_by_itself(judged) | _speaking_to_visitors(context)).items():
        disclosure = disclosures(judged).get(at)
        stays = disclosure is not None and (disclosure.denials or disclosure.is_shown)
        label = _label_of(at, found.kind, context)
        if label and not stays and at not in headlines:
            removed[at] = label, found.why
    return removed | _rest_of_wall(removed, context)


def _by_itself(judged: JudgedPage) -> dict[int, _Found]:
    """The blocks that are each none of the article's by their words."""
    page, words = judged.page, judged.text_classifier().words
    found = {}
    for at, kind in _classified(judged).items():
        if kind.odds >= _least_odds(kind, page.table.blocks[at], is_alone=judged.is_article_alone):
            strongest = ", ".join(words.strongest(page.words[at], page.language))
            named = f" ({strongest})" if strongest else ""
            found[at] = _Found(kind, f"by its words{named} no part of the article (log-odds {kind.odds:.1f})")
    return found


def _rest_of_wall(
    removed: Mapping[int, tuple[Label, str]], context: RuleContext
) -> dict[int, tuple[Label, str]]:
    """What is left beside a wall, where each line of it speaks of the rest of a text as walls do, and the network is
    sure of none.
    """
    if not any(label is Label.PAYWALL for label, _ in removed.values()):
        return {}
    kinds, headlines = context.page.table.kinds, frozenset(context.headlines)
    left = [
        at
        for at in context.kept_in_order
        if at not in removed and at not in headlines and kinds[at] is Kind.PARAGRAPH
    ]
    said = words_of_walls(context.page, left)
    if len(said) < len(left) or not context.judged.sure.isdisjoint(left):
        return {}
    return {at: (Label.PAYWALL, " and ".join(map(repr, parts.values()))) for at, parts in said.items()}


def _least_odds(found: TextKind, block: Block, *, is_alone: bool) -> float:
    """From which log-odds a block is removed: more where its form is one that articles have as well (a heading, an
    entry, a name, an address to write to), and where there is nothing but an article.
    """
    says_little = (
        block.kind in (Kind.HEADING, Kind.LIST_ITEM) or found.label is Label.BYLINE or "@" in block.raw
    )
    # a source note needs a phrase or a cue besides
    return SHORT_FROM if says_little or (is_alone and found.label is not Label.SOURCE_NOTE) else REMOVED_FROM


def _removed_as(label: Label, context: RuleContext) -> Mapping[int, str]:
    removed = context.memoized(_removed)
    return {at: why for at, (called, why) in removed.items() if called is label} if removed else {}


def _label_of(at: int, found: TextKind, context: RuleContext) -> Label | None:
    """What a block is called that is removed for its words, or None where it stays: what machines leave; source
    notes without a cue, because the classifier takes whatever says where the text was published for one; and bylines
    without a phrase, most of them names, of which articles are full (below a headline: `worded.signature`).
    """
    page = context.page
    phrases = page.phrases[at]
    if found.label in _NEVER_REMOVED or (found.label is Label.BYLINE and "wording.byline" not in phrases):
        return None
    if found.label is Label.SOURCE_NOTE and "wording.source-note" not in phrases:
        cues = (ids for _, ids in candidate_cues(page.table.texts[at], page.language))
        if all(map(_SOURCE_CUES.isdisjoint, cues)):
            return None
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
            # flattened, a line right below a text may head what does not belong to it
            and (page.is_html or at in table.sentences or at + 1 in judged.kept)
        ]
    classifier = judged.text_classifier()
    word_odds = classifier.words.odds([page.words[at] for at in doubtful], page.language)
    found = classifier.classify([table.texts[at] for at in doubtful], [{}] * len(doubtful), word_odds)
    shares = [1 / (1 + math.exp(min(one.odds, _MOST_ODDS))) for one in found]
    return {
        at: f"by its words part of the article ({share:.2f})"
        for at, share in zip(doubtful, shares, strict=True)
        if share >= OWN_FROM
    }


# topics are distinguished from menus by phrases alone
CLASSIFIED = (
    *(
        Rule(
            f"{'residue' if label is Label.SOURCE_NOTE else 'worded'}.{label.replace('_', '-')}",
            label,
            why,
            partial(_removed_as, label),
        )
        for label, why in SITE_TEXTS.items()
        if label is not Label.TAGS
    ),
    Rule(
        "worded.notice",
        Label.OTHER,
        "What asks visitors to log in or tells them why there is nothing to see speaks of the site, not of its subject.",
        partial(_removed_as, Label.OTHER),
    ),
)
