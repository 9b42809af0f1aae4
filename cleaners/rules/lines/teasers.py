"""Excerpts of other articles: they break off, and stand in lists below headlines."""

from __future__ import annotations

import re
from collections.abc import Collection

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.rules.lines.names import OF_PERSONS
from copydesk.cleaners.rules.rule import RuleContext, kept, vague
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block, Kind

# the signs by which a list of articles cuts its excerpts: "…", "...", "[...]", "[…]"
_CUT = re.compile(r"(?:…|\.\.\.|\[\.\.\.\]|\[…\])\s*$")
# of 552 labelled headlines 2 are longer (`python -m benchmarks.lengths title=160`)
_MAX_TEASER_TITLE_CHARS = 160
# one excerpt that breaks off may be the author's own dots
_MIN_TEASERS = 2


def find_teaser(block: Block, context: RuleContext) -> str | None:
    """One of several excerpts that break off, or the headline above one."""
    if context.judged.is_article_alone:
        return None
    if _CUT.search(block.text):
        here = block.index
    elif block.index + 1 < len(context.page.blocks) and _CUT.search(
        context.page.blocks[block.index + 1].text
    ):
        here = block.index + 1
    else:
        return None
    if not _has_headline_above(context.page, here) or context.page.memoized(_count_teasers) < _MIN_TEASERS:
        return None
    # asked on all pages it was right on 9 lines and wrong on 38 (decision 0010)
    if not context.judged.memoized(_is_mostly_teasers):
        return None  # the learned judgement sees teasers; only pages made of them are left
    return f"{'an' if here == block.index else 'the headline of an'} excerpt that breaks off, one of several"


def _is_mostly_teasers(context: JudgedPage) -> bool:
    """Whether at least half of the kept text that is longer than a headline breaks off."""
    texts = [context.page.blocks[at].text for at in context.kept]
    # the last eight characters hold any of these signs and spaces; long texts need not be searched whole
    cut = sum(1 for text in texts if _CUT.search(text[-8:]))
    return 2 * cut >= sum(1 for text in texts if _CUT.search(text[-8:]) or ends_sentence(text))


def _count_teasers(page: PageFacts) -> int:
    return sum(
        1 for block in page.blocks if _CUT.search(block.text[-8:]) and _has_headline_above(page, block.index)
    )


def _has_headline_above(page: PageFacts, index: int) -> bool:
    above = page.blocks[index - 1] if index else None
    if above is None or len(above.text) > _MAX_TEASER_TITLE_CHARS:
        return False
    if page.is_html:  # a teaser leads somewhere, or has a heading; verses break off, too
        return above.kind is Kind.HEADING or above.link_chars > 0 or page.blocks[index].link_chars > 0
    return above.kind is Kind.HEADING or not ends_sentence(above.text)  # a headline may be a question


def kept_or_of_persons(context: RuleContext) -> Collection[int]:
    """Kept blocks, and lines that might be a person's words: a card of headline and excerpt reads like a box
    of name and text.

    Of such lines of the labelled pages this names 18 rightly and 3 wrongly; of all vague ones it would name 32 and 48.
    """
    if context.page.is_html:
        return kept(context)
    return kept(context) | {at for at in vague(context) if context.judged.learned[at].label in OF_PERSONS}
