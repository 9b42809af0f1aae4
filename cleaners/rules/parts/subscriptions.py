"""Offers of a subscription: a box, or lines of flattened text, with a price for a time and a way to subscribe.

The language files have the words under ``offer.period`` and ``offer.subscribe``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from copydesk.cleaners.judge.link_features import own_site_of, read_target
from copydesk.cleaners.rules.parts.elements import WHOLE_PAGE
from copydesk.cleaners.rules.prices import PRICE
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import KEPT, Block, Kind, Label, PathStep
from copydesk.cleaners.word_count import count_words

_ASKING = ("offer.subscribe", "wording.paywall")
# words, set by hand, as the rest: a longer block with a sum in it is a sentence
_MAX_PRICED, _MAX_ASKING = 16, 20
_MAX_PITCH = 35  # what an offer says of itself; longer is the article's
_MAX_LINE = 13  # of what else stands around an offer
_MAX_BLOCKS = 30
_MAX_LEVELS = 8  # elements above a price, of which one holds the offer
_HEADLINE_CHARS = 30  # from which a link leads to another article rather than to the offer
_LINKED = 0.8
_MAX_PRICES_BESIDE = 2
_MAX_KEPT = 20  # blocks that would be kept, in all offers of a page: a comparison of products had 35
_LINES_ABOVE, _LINES_BELOW = 5, 6  # of flattened text
_SPEECH = tuple('"“”„«»「『')


@rule(
    "paywall.offer",
    Label.PAYWALL,
    "A box that sells a subscription is no part of the text: its heading, its price and what it promises.",
    over=frozenset(Label) - {Label.TITLE, Label.CAPTION, Label.COMMENT, Label.COPYRIGHT, Label.PAYWALL},
)
def offers(context: RuleContext) -> Mapping[int, str]:
    """The blocks of each small element, or the short lines, with a price for a time and words of subscribing."""
    page, raws = context.page, context.page.table.raws
    priced = [
        at
        for at in page.hits.get("offer.period", ())
        if PRICE.search(raws[at]) and count_words(raws[at]) <= _MAX_PRICED
    ]
    if not priced:
        return {}
    asking = {at for rule_id in _ASKING for at in page.hits.get(rule_id, ()) if _asks(context, at)}
    # "You have read the free part", known by its words as a whole
    asking |= {at for at, verdict in enumerate(context.verdicts) if verdict.rule == "worded.paywall"}
    find = _boxes if context.page.is_html else _runs_of_lines
    boxes = [*find(context, priced, asking)]
    inside = {at for _, members in boxes for at in members}
    # a text on what things cost has prices elsewhere, too
    beside = sum(at in context.kept_by_now for at in priced if at not in inside)
    if beside > _MAX_PRICES_BESIDE or len(inside & context.kept_by_now) > _MAX_KEPT:
        return {}
    return {
        at: f"beside the price of a subscription, “{context.page.table.blocks[price].text}”"
        for price, members in boxes
        for at in members
        if not context.page.table.blocks[at].is_hidden
    }


def _asks(context: RuleContext, at: int) -> bool:
    """Whether a block is a way to subscribe here: an article on what subscriptions cost has their prices, too."""
    block, hits = context.page.table.blocks[at], context.page.phrases[at]
    if count_words(block.raw) > _MAX_ASKING:
        return False
    if "wording.paywall" in hits:
        return block.index not in context.kept_by_now or hits["wording.paywall"].mode != "contains"
    hit = hits.get("offer.subscribe")
    if hit is None or (context.page.is_html and hit.mode != "whole" and not block.link_url):
        return False
    if not context.page.is_html or block.kind is Kind.CONTROL:
        return hit.mode != "contains"
    own = context.page.memoized(own_site_of)
    return bool(block.link_url) and read_target(block.link_url).is_on(own)


def _boxes(
    context: RuleContext, priced: Sequence[int], asking: Set[int]
) -> Iterator[tuple[int, Sequence[int]]]:
    """Each price with the blocks of the largest element around it that holds an offer and nothing else."""
    for at in priced:
        box: Sequence[int] = ()
        for step in reversed(context.page.table.blocks[at].path[-_MAX_LEVELS:]):
            held = context.page.table.spans[step.number]
            if not _may_be_offer(context, step, held, box):
                break
            # a price that asks by itself ("Subscribe for 9 € a month") needs no other line
            if not asking.isdisjoint(held):
                box = held
        if box:
            yield at, box


def _may_be_offer(context: RuleContext, step: PathStep, held: Sequence[int], within: Sequence[int]) -> bool:
    """Whether an element may be an offer; ``within``: the blocks of the offer found in it, if any."""
    if step.tag in WHOLE_PAGE or len(held) > _MAX_BLOCKS or _holds_text(context, held):
        return False
    known = set(within)
    return all(
        _fits(context, context.page.table.blocks[at], is_offer=not within) for at in held if at not in known
    )


def _holds_text(context: RuleContext, held: Sequence[int]) -> bool:
    """Whether an element holds most of what is kept but for lines that ask: a brief, and not an offer beside it."""
    counted = context.memoized(_own_words)
    return 2 * sum(counted.get(at, 0) for at in held) > sum(counted.values())


def _own_words(context: RuleContext) -> Mapping[int, int]:
    """The words of each kept block that does not ask to subscribe."""
    phrases, raws = context.page.phrases, context.page.table.raws
    return {
        at: count_words(raws[at])
        for at in context.kept_in_order
        if not any(rule_id in phrases[at] for rule_id in _ASKING)
    }


def _fits(context: RuleContext, block: Block, *, is_offer: bool) -> bool:
    """Whether a block may stand in an offer, or around it: no headline, no prose, no link to another article."""
    if block.index in context.headlines or (block.kind is Kind.HEADING and block.level == 1):
        return False
    words = count_words(block.raw)
    if any(rule in context.page.phrases[block.index] for rule in _ASKING):
        return words <= _MAX_PITCH
    if len(block.raw) >= _HEADLINE_CHARS and block.link_chars >= _LINKED * len(block.raw):
        return False
    is_kept = context.verdicts[block.index].label in KEPT
    if is_kept and block.raw.startswith(_SPEECH):
        return False  # an article may end with what somebody says
    return words <= (_MAX_PITCH if is_offer or not is_kept else _MAX_LINE)


def _runs_of_lines(
    context: RuleContext, priced: Sequence[int], asking: Set[int]
) -> Iterator[tuple[int, Sequence[int]]]:
    """Each price with the short lines around it up to the prose."""
    blocks = context.page.table.blocks
    for at in priced:
        first = last = at
        while first and at - first < _LINES_ABOVE and _fits(context, blocks[first - 1], is_offer=False):
            first -= 1
        while (
            last + 1 < len(blocks)
            and last - at < _LINES_BELOW
            and _fits(context, blocks[last + 1], is_offer=False)
        ):
            last += 1
        asked = [one for one in range(first, last + 1) if one in asking]
        if asked:
            yield at, range(first, max(*asked, at) + 1)


CONTEXT = (offers,)
"""Boxes and lines that sell a subscription."""
