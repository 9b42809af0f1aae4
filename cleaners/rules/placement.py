"""Rules for where a block stands against the headline: openings of other posts beside the page's own, and what comes
before the headline of a text that follows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.segment.layout import common_words
from copydesk.cleaners.types import Block, Kind, Label, PathStep
from copydesk.cleaners.word_count import count_words

_LINKED = 0.8  # share of a heading's characters; set by hand: its link may leave out a kicker
# of kept text below the headline, from which the article follows it; set by hand: a teaser has fewer
_MIN_WORDS_BELOW = 75
_TOGETHER = frozenset({"article", "header", "hgroup"})
_OPENING = frozenset({Label.STANDFIRST, Label.CORRECTION, Label.TITLE})


def _headlines(context: RuleContext) -> list[Block]:
    """The visible headings that say the page's headline."""
    return [
        block
        for block in context.page.table.blocks
        if block.kind is Kind.HEADING and not block.is_hidden and context.is_headline(block)
    ]


@page_rule("structure.other-post", Label.RELATED, "Of several posts on a page only its own is the article.")
def other_posts(context: RuleContext) -> Mapping[int, str]:
    """Posts beside that with the headline, in elements of the same name, each with a heading that is a link."""
    own = {
        (parent.number, _name_of(post)): post.number
        for block in context.memoized(_headlines)
        for parent, post in _posts(block)
    }
    if not own:
        return {}
    others: dict[int, str] = {}
    decided = set(own.values())
    for block in context.page.table.blocks:
        for parent, post in _posts(block):
            is_first = block.kind is Kind.HEADING and post.number not in decided
            if is_first and (parent.number, _name_of(post)) in own:
                decided.add(post.number)
                if block.link_url and block.link_chars >= _LINKED * len(block.raw):
                    others[post.number] = block.text
    found = {}
    for at in context.judged.kept if others else ():
        for step in context.page.table.blocks[at].path:
            if step.number in others:
                found[at] = f"of another post, “{others[step.number]}”"
    return found


def _posts(block: Block) -> Sequence[tuple[PathStep, PathStep]]:
    """The articles around a block, each with the element around it."""
    return [
        (parent, post)
        for parent, post in zip(block.path, block.path[1:], strict=False)
        if post.tag == "article"
    ]


def _name_of(post: PathStep) -> str:
    """The classes of a post without its number and topics."""
    return common_words(post.words)


@page_rule(
    "structure.before-headline",
    Label.RELATED,
    "Where the text follows its headline, what stands before it speaks of others.",
)
def before_headline(context: RuleContext) -> Mapping[int, str]:
    """Kept blocks before the headline where most of what is kept follows it, but for a standfirst and what shares the
    headline's article, header or parent.
    """
    headline = next(iter(context.memoized(_headlines)), None)
    if headline is None:
        return {}
    blocks, kept = context.page.table.blocks, context.kept_in_order
    before = [
        at
        for at in kept
        if at < headline.index
        and context.verdicts[at].label not in _OPENING
        and _parts_with(headline).isdisjoint(_parts_with(blocks[at]))
    ]
    words = sum(count_words(blocks[at].text) for at in kept if at > headline.index) if before else 0
    if words < max(_MIN_WORDS_BELOW, sum(count_words(blocks[at].text) for at in before)):
        return {}
    return dict.fromkeys(before, "before the headline that the text follows")


def _parts_with(block: Block) -> frozenset[int]:
    """The elements around a block whose text belongs together: articles, headers, its parent."""
    above = block.path[:-1]
    return frozenset(step.number for step in above if step.tag in _TOGETHER or step is above[-1])


CONTEXT = (other_posts, before_headline)
