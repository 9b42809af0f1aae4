"""Lines that tell readers that the text goes on for subscribers, members or those who log in: the page is cut there.

Their words are those of ``lexicon/wall_words.py``; a price does as well as who may read the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, islice

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.element_kinds import KINDS, kinds_of
from copydesk.cleaners.lexicon.wall_words import Part, find_wall_words
from copydesk.cleaners.rules.prices import PRICE
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import Block, Label
from copydesk.cleaners.word_count import count_words

# set by hand
_MAX_WORDS = 40  # longer blocks tell of something
_BADGE_WORDS = 4  # no more words stand on cards of other articles, too
_LINKED = 0.8  # the share of a block that makes it a link
_HEADLINE_CHARS = 30  # from which a link leads to another article
# kinds of elements that open over a page whose text is whole, or that hold what another article is about
_ELSEWHERE = frozenset(map(KINDS.index, ("popup", "concealed", "related", "teaser", "comment")))
# what is kept is not looked at: an article may end with such words, on a list, a path or a price
_OVER = frozenset({
    Label.PAYWALL, Label.NEWSLETTER, Label.AD, Label.NAV, Label.HIDDEN, Label.RELATED, Label.SOCIAL, Label.AUTHOR_BIO,
    Label.COMMENT_FORM, Label.OTHER,
})  # fmt: skip


@rule(
    "paywall.cut",
    Label.PAYWALL,
    "What tells readers that the text goes on for subscribers says that it is cut.",
    over=_OVER,
)
def cut_texts(context: RuleContext) -> Mapping[int, str]:
    """Short blocks that are left out below the text and say that there is more of it."""
    if not context.kept_in_order:
        return {}
    end = context.kept_in_order[-1]
    below = range(end + 1, len(context.page.table.blocks))
    return {
        at: " and ".join(map(repr, parts.values()))
        for at, parts in words_of_walls(context.page, below).items()
        if "cut" in parts or "reader" in parts or PRICE.search(context.page.table.raws[at])
        if _is_of_this_text(context, at, end)
    }


def words_of_walls(page: PageFacts, places: Iterable[int]) -> Mapping[int, Mapping[Part, str]]:
    """What those of these blocks say that speak of the rest of a text; none that are hidden or long."""
    blocks = page.table.blocks
    short = [at for at in places if not blocks[at].is_hidden and count_words(blocks[at].raw) <= _MAX_WORDS]
    said = find_wall_words([" ".join(page.words[at]) for at in short], page.language)
    return {short[number]: parts for number, parts in said.items() if "cut" in parts or "rest" in parts}


def _is_of_this_text(context: RuleContext, at: int, end: int) -> bool:
    """Whether a wall is that of the text that ends with the block ``end``, and not of a card's article."""
    table = context.page.table
    apart = [step.words for step in table.blocks[at].path if table.spans[step.number][0] > end]
    if not _ELSEWHERE.isdisjoint(chain.from_iterable(map(kinds_of, apart))):
        return False
    is_badge = count_words(table.raws[at]) <= _BADGE_WORDS
    if not is_badge and context.verdicts[at].label is not Label.RELATED:
        return True
    return not any(map(_leads_on, islice(table.blocks, end + 1, at + 1)))


def _leads_on(block: Block) -> bool:
    return len(block.raw) >= _HEADLINE_CHARS and block.link_chars >= _LINKED * len(block.raw)


CONTEXT = (cut_texts,)
"""Walls, once it is known where the text ends."""
