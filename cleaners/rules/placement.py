"""Rules for where a block stands against the headline: openings of other posts beside the page's own, and what comes
before the headline of a text that follows it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from copydesk._core.layout import common_words
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Block, Kind, Label
from copydesk.cleaners.word_count import count_words

_LINKED = 0.8  # share of a heading's characters; set by hand: its link may leave out a kicker
# of kept text below the headline, from which the article follows it; set by hand: a teaser has fewer
_MIN_WORDS_BELOW = 75
_TOGETHER = frozenset({"article", "header", "hgroup"})
_OPENING = frozenset({Label.STANDFIRST, Label.CORRECTION, Label.TITLE})


def _headlines(context: RuleContext) -> list[int]:
    """The visible headings that say the page's headline."""
    table = context.page.table
    return [at for at in context.headlines if table.kinds[at] is Kind.HEADING and at not in table.hidden]


@rule("structure.other-post", Label.RELATED, "Of several posts on a page only its own is the article.")
def other_posts(context: RuleContext) -> Mapping[int, str]:
    """Posts beside that with the headline, in elements of the same name, each with a heading that is a link."""
    table = context.page.table
    posts = table.elements_by_tag.get("article", ())
    headlines = _headlines(context) if len(posts) > 1 else ()
    articles = frozenset(posts) if headlines else frozenset()
    own = {
        _place_of(table, step.number): step.number
        for at in headlines
        for step in table.blocks[at].path
        if step.number in articles
    }
    others: dict[int, str] = {}
    for post in posts if own else ():
        place = _place_of(table, post)
        if place is None or own.get(place, post) == post:
            continue
        for at in table.spans[post]:
            if table.kinds[at] is Kind.HEADING:
                if table.blocks[at].link_url and table.links[at] >= _LINKED * len(table.raws[at]):
                    others[post] = table.texts[at]
                break
    inner = table.innermost(others)
    return {at: f"of another post, “{others[inner[at]]}”" for at in inner.keys() & context.judged.kept}


def _place_of(table: PageTable, post: int) -> tuple[int, str] | None:
    """The element around a post, and the classes of the post without its number and topics; None at the top."""
    path = table.blocks[table.spans[post][0]].path
    at = [step.number for step in path].index(post)
    return (path[at - 1].number, common_words(path[at].words)) if at else None


@rule(
    "structure.before-headline",
    Label.RELATED,
    "Where the text follows its headline, what stands before it speaks of others.",
)
def before_headline(context: RuleContext) -> Mapping[int, str]:
    """Kept blocks before the headline where most of what is kept follows it, but for a standfirst and what shares the
    headline's article, header or parent.
    """
    table, kept = context.page.table, context.kept_in_order
    headline, *_ = _headlines(context) or (0,)
    if not kept or kept[0] >= headline:
        return {}
    parts = _parts_with(table.blocks[headline])
    before = [
        at
        for at in kept[: bisect_left(kept, headline)]
        if context.verdicts[at].label not in _OPENING and parts.isdisjoint(_parts_with(table.blocks[at]))
    ]
    words = sum([count_words(table.raws[at]) for at in kept if at > headline]) if before else 0
    if words < max(_MIN_WORDS_BELOW, sum([count_words(table.raws[at]) for at in before])):
        return {}
    return dict.fromkeys(before, "before the headline that the text follows")


def _parts_with(block: Block) -> frozenset[int]:
    """The elements around a block whose text belongs together: articles, headers, its parent."""
    above = block.path[:-1]
    return frozenset([step.number for step in above if step.tag in _TOGETHER or step is above[-1]])


CONTEXT = (other_posts, before_headline)
