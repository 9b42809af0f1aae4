"""Rules that read the words of a short block as a learned judgement does: residue that stands in plain paragraphs.

No list of phrases tells "Nobody typed this" from "Nobody typed the letter"; see `copydesk.cleaners.wordings`. What machines
left is looked for in every block, what a site puts between paragraphs only where it would be kept. In the middle of
an article the words must be surer than at its ends, where such things stand.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from itertools import accumulate

from copydesk.cleaners.element_kinds import KINDS, kinds_of
from copydesk.cleaners.judge import KEEP_AT
from copydesk.cleaners.rules.rule import Context, Rule
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.wordings import Worded, glance, judge_wordings, own_shares, telling

RESIDUE_AT_EDGE, OTHER_AT_EDGE, INSIDE, HEADING = 0.7, 0.7, 0.9, 0.97
"""How likely (0 to 1) a block is something else than the article's, by its words, from which it is taken for it: for
what machines left, for what sites add, in the middle of an article, in a list or without a cue of its label, and for headings.
"""
GLANCED_AT_EDGE, GLANCED_INSIDE, GLANCED_BESIDE = -1.0, 1.0, -1.0
"""Log-odds, by single words, from which a block is read: of the article, and beside it."""
OWN = 0.9
"""How likely (0 to 1) a block is the article's by its words, from which it is kept against the learned judgement."""
DOUBTFUL = 0.1
"""Learned probability below which it is not asked."""
_FEW = 3  # blocks of a label; more are rows of a list that looks alike, and must be surer
_MAX_CHARS = 1_200
_MIN_CHARS = 6  # "由AI生成" has six
_SURE_KEEP = 0.97
_LONG_CHARS = 120
_MIN_SURE_EDGE = 3
_SURE_EDGE_SHARE = 0.15  # of the sure paragraphs, at either end
_NEVER_KEEP = 0.01  # learned probability of what is surely of the site
_MIN_FOOTER_CHARS = 25  # notes on a site's footer are sentences
_ANOTHERS = frozenset({KINDS.index("comment"), KINDS.index("related")})
_MAX_READ_CHARS = 40_000  # a page of all worth reading would take a hundred times as long as others
_LINKS = frozenset({Label.RELATED, Label.TAGS, Label.SOCIAL})
_PROBABLE = 0.5
_EDGE_SHARE = 0.15  # of the text, at either end
_HEAD_BLOCKS, _TAIL_BLOCKS = 3, 4
_ADMITTING = frozenset({Label.AI_DISCLAIMER, Label.LEAKED_PROMPT, Label.CHATBOT_META})
_SEEN_BETTER = frozenset({Label.TITLE, Label.NAV, Label.PAYWALL})  # where they stand tells these better
_SURE_BESIDE = 0.8
_FEW_LINES = 10  # of flattened text, too few for measures of what stands around
_MIN_OWN_CHARS, _MAX_OWN_CHARS = 2, 200
_RESIDUE = _ADMITTING | {Label.SOURCE_NOTE}
_NEVER = frozenset({Kind.CODE, Kind.TITLE, Kind.TABLE_ROW, Kind.CONTROL, Kind.QUOTE})


def worded(context: Context) -> Mapping[int, Worded]:
    """What blocks are by their words, for those that are sure enough where they stand."""
    return context.once(_worded)


def unsure(context: Context) -> tuple[Block, ...]:
    """Blocks that are rather a disclaimer, prompt or chatbot's talk than the article's, but not surely so, or that deny
    a use of AI: they stay, and are evidence all the same.
    """
    sure = worded(context)
    return tuple(
        context.blocks[at] for at, found in _told(context) if at not in sure and found.label in _ADMITTING
    )


def _worded(context: Context) -> dict[int, Worded]:
    sure = {
        at: one
        for at, one in _told(context)
        if not one.is_denial and one.share >= _least(one, context.blocks[at], context)
    }
    often = {label for label, count in Counter(one.label for one in sure.values()).items() if count > _FEW}
    return {at: one for at, one in sure.items() if one.label not in often or one.share >= INSIDE}


def _told(context: Context) -> Iterator[tuple[int, Worded]]:
    """What was read, but for the headline, which may have become known since."""
    for at, one in context.once_for_all(_read).items():
        if not context.title_letters or context.letters[at] != context.title_letters:
            yield at, one


def _read(context: Context) -> dict[int, Worded]:
    """What blocks are by their words, of those worth reading that are not rather the article's."""
    amid = _amid(context)
    asked = [block for block in context.blocks if block.index not in amid and _may_be_read(block, context)]
    read = _most_telling(asked, tuple(_glanced(asked, context)))
    found = judge_wordings(
        [block.text for block in read],
        context.language,
        [context.phrases[block.index] for block in read],
        context.wordings(),
    )
    return {block.index: one for block, one in zip(read, found, strict=True) if one is not None}


def _most_telling(asked: Sequence[Block], beyond: Sequence[float]) -> list[Block]:
    """Those whose words speak for more than the article, in the page's order; of very many, those that speak most."""
    order = sorted((at for at, by in enumerate(beyond) if by > 0), key=lambda at: -beyond[at])
    total = accumulate(len(asked[at].raw) for at in order)
    return [
        asked[at]
        for at in sorted(at for at, chars in zip(order, total, strict=True) if chars <= _MAX_READ_CHARS)
    ]


def _least(found: Worded, block: Block, context: Context) -> float:
    """How likely it must be; what heads a part of the text, and what is listed there, is short and says little."""
    if block.kind is Kind.HEADING or (block.index == 0 and not context.is_html):
        return HEADING
    if block.kind is Kind.LIST_ITEM or not found.is_cued or not is_at_edge(block, context):
        return INSIDE
    return RESIDUE_AT_EDGE if found.label in _RESIDUE else OTHER_AT_EDGE


def _glanced(asked: Sequence[Block], context: Context) -> Iterator[float]:
    """How far a glance at their words goes beyond what makes blocks worth reading: those of the article for anything
    else, those that are none of it for what machines left.
    """
    wordings = context.wordings()
    other, residue = wordings.other(context.language), wordings.residue(context.language)
    for block in asked:
        words = context.words[block.index]
        if context.keep[block.index] < KEEP_AT:
            yield glance(words, residue) - GLANCED_BESIDE
        else:
            yield glance(words, other) - (GLANCED_AT_EDGE if is_at_edge(block, context) else GLANCED_INSIDE)


def left_by_machines(context: Context) -> Set[int]:
    """The blocks that are what is left of the page's making."""
    return frozenset(at for at, found in worded(context).items() if found.label in _RESIDUE)


def _may_be_read(block: Block, context: Context) -> bool:
    """Whether a block is short enough for a note, and neither a menu nor somebody else's words."""
    if block.kind in _NEVER or block.quote or not _MIN_CHARS <= len(block.raw) <= _MAX_CHARS:
        return False
    if block.link_chars * 2 > len(block.raw) or block.is_hidden or _is_anothers(block, context):
        return False
    if context.keep[block.index] >= _NEVER_KEEP or _has_few_lines(context):
        return True
    return len(block.raw) >= _MIN_FOOTER_CHARS and context.learned[block.index].label not in _LINKS


def _is_anothers(block: Block, context: Context) -> bool:
    """Whether a block is a reader's comment or speaks of another article: what it admits, this page does not."""
    return context.keep[block.index] < KEEP_AT and any(
        not _ANOTHERS.isdisjoint(kinds_of(step.words)) for step in block.path if step.words
    )


def _amid(context: Context) -> frozenset[int]:
    """Long paragraphs the learned judgement is sure of, but for the first and last few: an article says nothing
    of its own making there, and reading them for it would take most of the time.
    """
    if not context.is_html:
        return frozenset()
    sure = [
        block.index
        for block in context.blocks
        if context.keep[block.index] > _SURE_KEEP and len(block.raw) > _LONG_CHARS
    ]
    edge = max(_MIN_SURE_EDGE, round(len(sure) * _SURE_EDGE_SHARE))
    return frozenset(sure[edge:-edge])


def is_at_edge(block: Block, context: Context) -> bool:
    """Whether little of the article stands before or after the block."""
    before, after = _sides(block, context)
    slack = _EDGE_SHARE * (before + after)
    return before <= max(_HEAD_BLOCKS, slack) or after <= max(_TAIL_BLOCKS, slack)


def _sides(block: Block, context: Context) -> tuple[int, int]:
    """How many other blocks that probably belong to the article stand before and after this one."""
    probable = context.once_for_all(_probable)
    return bisect_left(probable, block.index), len(probable) - bisect_right(probable, block.index)


def _probable(context: Context) -> tuple[int, ...]:
    return tuple(number for number, keep in enumerate(context.keep) if keep >= _PROBABLE)


def _own(context: Context) -> dict[int, float]:
    """Plain blocks that the learned judgement left out where measures tell little, and that say nothing a site says: how likely
    they are the article's own by their words, for those that probably are.
    """
    asked = [block for block in context.blocks if _is_doubtful(block, context)]
    shares = own_shares([block.text for block in asked], context.language, context.wordings())
    return {block.index: share for block, share in zip(asked, shares, strict=True) if share >= OWN}


def _is_doubtful(block: Block, context: Context) -> bool:
    """Whether a block may have been left out in error: a short line beside the text, a sentence of a text of few lines."""
    if context.keep[block.index] >= KEEP_AT or context.learned[block.index].label in KEPT:
        return False
    if (
        block.kind is not Kind.PARAGRAPH
        or block.is_hidden
        or block.link_chars
        or context.phrases[block.index]
    ):
        return False
    if context.title_letters and context.letters[block.index] == context.title_letters:
        return False
    if _has_few_lines(context):
        return ends_sentence(block.text)
    return (
        context.keep[block.index] >= DOUBTFUL
        and context.learned[block.index].label not in _SEEN_BETTER
        and _MIN_OWN_CHARS <= len(block.raw) <= _MAX_OWN_CHARS
        and _is_beside_text(block, context)
    )


def _has_few_lines(context: Context) -> bool:
    return not context.is_html and len(context.blocks) <= _FEW_LINES


def _is_beside_text(block: Block, context: Context) -> bool:
    """Whether the block before or after is surely of the article."""
    return any(
        0 <= at < len(context.blocks)
        and context.learned[at].label in KEPT
        and context.keep[at] > _SURE_BESIDE
        for at in (block.index - 1, block.index + 1)
    )


def _find_own(block: Block, context: Context) -> str | None:
    share = context.once(_own).get(block.index)
    return None if share is None else f"by its words part of the article ({share:.2f})"


def _find(block: Block, context: Context) -> str | None:
    found = worded(context).get(block.index)
    if found is None:
        return None
    words = ", ".join(telling(block.text, found.label, context.wordings()))
    return f"by its words{f' ({words})' if words else ''}, {found.share:.2f} for no part of the article"


def _rule(rule_id: str, label: Label, why: str) -> Rule:
    def among(context: Context) -> Collection[int]:
        # phrases tell topics from menus, whose words are the same
        return [
            at
            for at, found in worded(context).items()
            if found.label is label and not (label is Label.NAV and "wording.tags" in context.phrases[at])
        ]

    return Rule(rule_id, label, why, _find, among)


ANYWHERE: tuple[Rule, ...] = (
    _rule(
        "residue.leaked-prompt",
        Label.LEAKED_PROMPT,
        "Instructions to a model tell what a page was made from; they are nobody's reading matter.",
    ),
    _rule(
        "residue.chatbot-meta",
        Label.CHATBOT_META,
        "A chatbot's greetings, offers and excuses surround the article and are not part of it.",
    ),
    _rule(
        "residue.ai-disclaimer",
        Label.AI_DISCLAIMER,
        "What a page says of its own making belongs into the record, not between its sentences.",
    ),
    _rule(
        "residue.source-note",
        Label.SOURCE_NOTE,
        "A line that only names where the piece comes from is provenance.",
    ),
)
"""Asked of every block: what they find is evidence wherever it stands."""

KEEPING: tuple[Rule, ...] = (
    Rule(
        "worded.own",
        Label.PARAGRAPH,
        "What stands beside the text or in a text of few lines, and says nothing a site says, is part of the article.",
        _find_own,
        lambda context: context.once(_own),
    ),
)
"""Asked of every block: they keep."""

KEPT_ALONE: tuple[Rule, ...] = (
    _rule("worded.ad", Label.AD, "What sells or is paid for interrupts the text."),
    _rule("worded.related", Label.RELATED, "Pointers to other articles are not part of this one."),
    _rule("worded.newsletter", Label.NEWSLETTER, "Requests for an address are the site's advertising."),
    _rule("worded.social", Label.SOCIAL, "Requests to share and follow are the site's, not the author's."),
    _rule("worded.comment-form", Label.COMMENT_FORM, "Invitations and rules for comments are the site's."),
    _rule("worded.author-bio", Label.AUTHOR_BIO, "Who the author is belongs to the authors."),
    _rule("worded.cookie", Label.COOKIE, "Consent notices speak of the site, not of the subject."),
    _rule(
        "worded.paywall", Label.PAYWALL, "Requests to subscribe tell that text is missing; they are not text."
    ),
    _rule("worded.copyright", Label.COPYRIGHT, "Rights notices fill the licence field, not the text."),
    _rule("worded.nav", Label.NAV, "Words of menus and paging lead through the site."),
    _rule("worded.caption", Label.CAPTION, "What describes a picture or credits it belongs to the picture."),
    _rule("worded.byline", Label.BYLINE, "Author, date and reading time have fields of their own."),
    _rule(
        "worded.dateline",
        Label.DATELINE,
        "Where and when a text was filed is no sentence of it, but stays in it.",
    ),
)
"""Asked of blocks that would be kept: what a site puts between the paragraphs."""
