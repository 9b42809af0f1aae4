"""What short blocks are by their words, as a learned judgement reads them: residue that stands in plain paragraphs.

No list of phrases tells "Save this for later" from "He saved it for later"; see `copydesk.cleaners.wording.classifier`.
Only blocks that would be kept are read, and those of which nothing else tells what they are; and the words
never overrule a learned judgement that is sure of a paragraph. What is found here is taken out of the text;
nothing is claimed from it. How sure the words must be is told by what they take for residue among blocks of
real articles: ``docs/decisions/0009-removal-from-measured-rates.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import accumulate

from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.residue.inline_marks import as_shown
from copydesk.cleaners.rules.admissions.block_admissions import admissions
from copydesk.cleaners.types import Block, Kind, Label
from copydesk.cleaners.wording.classifier import Worded, judge_wordings, quick_odds

REMOVED_FROM = 2.0
"""Log-odds, by its words, that a block is none of the article's own, from which it is taken out: of 14,937
blocks that articles keep on sites unseen words take 4 (`python -m benchmarks.wording_rates --fold 0`), of
14,606 real sentences 2.
"""
SHORT_FROM = 3.0
"""The same for headings, entries of lists, names and dates, which say little: at 2.0 they would be 39 more of
those blocks.
"""
GLANCED_FROM = -0.5
"""Log-odds, by single words, from which a block is read: 97 % of the composed residue that would be taken
out, a quarter of real sentences.
"""
_MAX_CHARS = 1_200
_MIN_CHARS = 6  # "由AI生成" has six
_MAX_READ_CHARS = 40_000  # a page of all worth reading would take a hundred times as long as others
RESIDUE = frozenset({Label.AI_DISCLAIMER, Label.LEAKED_PROMPT, Label.CHATBOT_META})
_NEVER = frozenset({Kind.CODE, Kind.TITLE, Kind.TABLE_ROW, Kind.CONTROL, Kind.QUOTE})


def worded(context: JudgedPage) -> Mapping[int, Worded]:
    """What blocks are by their words, for those that are sure enough where they stand."""
    return context.once(_worded)


def _worded(context: JudgedPage) -> dict[int, Worded]:
    """What was read and is sure enough, but for denials and what is shown as an example, which stay; what machines
    leave has a reading of its own (`copydesk.cleaners.rules.admissions.readings`).
    """
    staying = {at for at, said in admissions(context).items() if said.denials or said.is_shown}
    read = context.once(_read)
    return {
        at: read[at]
        for at, by in beyond(context).items()
        if by >= 0 and at not in staying and read[at].label not in RESIDUE
    }


def beyond(context: JudgedPage) -> dict[int, float]:
    """How far, in log-odds, the words of blocks go beyond what takes them out, for those that were read."""
    read = context.once(_read)
    return {at: one.odds - _least(one, context.page.blocks[at]) for at, one in read.items()}


def _read(context: JudgedPage) -> dict[int, Worded]:
    """What blocks are by their words, of those worth reading that are not rather the article's."""
    asked = _open(context)
    glances = context.wordings().glances(context.page.language)
    read = _most_telling(asked, [quick_odds(_words(block, context), glances) for block in asked])
    found = judge_wordings(
        [as_shown(block.text) for block in read],
        context.page.language,
        [context.page.phrases[block.index] for block in read],
        context.wordings(),
    )
    return {block.index: one for block, one in zip(read, found, strict=True) if one is not None}


def _words(block: Block, context: JudgedPage) -> Sequence[str]:
    """The words of a block as a browser would show them: where links lead says nothing of what a block is."""
    shown = as_shown(block.text)
    return context.page.words[block.index] if shown is block.text else folded_words(shown)


def _least(found: Worded, block: Block) -> float:
    is_short = found.label is Label.BYLINE or block.kind in (Kind.HEADING, Kind.LIST_ITEM)
    return SHORT_FROM if is_short else REMOVED_FROM


def may_be_asked(block: Block) -> bool:
    """Whether a block is short enough for a note, and neither a menu nor somebody else's words."""
    return (
        block.kind not in _NEVER
        and not block.quote
        and not block.is_hidden
        and _MIN_CHARS <= len(block.raw) <= _MAX_CHARS
        and block.link_chars * 2 <= len(block.raw)
    )


def _open(context: JudgedPage) -> list[Block]:
    """The blocks that would be kept, and not so surely that their words count for nothing, or are left out,
    nobody knows as what.
    """
    unnamed = context.nameless
    return [
        block
        for block, keep in zip(context.page.blocks, context.keep, strict=True)
        if (keep >= context.keep_at or block.index in unnamed)
        and may_be_asked(block)
        and not context.is_sure_of(block)
    ]


def _most_telling(asked: Sequence[Block], odds: Sequence[float]) -> list[Block]:
    """Those whose words speak for more than the article, in the page's order; of very many, those that speak most."""
    order = sorted((at for at, one in enumerate(odds) if one >= GLANCED_FROM), key=lambda at: -odds[at])
    total = accumulate(len(asked[at].raw) for at in order)
    return [
        asked[at]
        for at in sorted(at for at, chars in zip(order, total, strict=True) if chars <= _MAX_READ_CHARS)
    ]


def left_by_machines(context: JudgedPage) -> Set[int]:
    """The blocks that are what is left of the page's making."""
    return frozenset(at for at, said in admissions(context).items() if said.label is not None)
