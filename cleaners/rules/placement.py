"""Rules for where a block stands: openings of other posts beside the page's own, what comes before the headline of a
text that follows it, and what leads nowhere in the element of the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf

from copydesk.cleaners.judge.layout import common_words
from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.types import KEPT, Block, Kind, Label, PathStep
from copydesk.cleaners.word_count import count_words

_LINKED = 0.8  # share of a heading's characters; set by hand: its link may leave out a kicker
# of kept text below the headline, from which the article follows it; set by hand: a teaser has fewer
_MIN_WORDS_BELOW = 75
_TOGETHER = frozenset({"article", "header", "hgroup"})
_TEXT_SHARE = 0.7  # of the kept characters, that the element of the text has; set by hand
_LISTS = frozenset({"ul", "ol"})
# of the parts of one kind, from which the others are of the text, too; set by hand: without, four pages are worse for
# lone headings and notes in a `div`
_FEWEST_KEPT = {"ul": 1, "ol": 1, "article": 3, "section": 3, "div": 3}
_OWN = KEPT | {Label.TITLE, Label.BYLINE}
_OPENING = frozenset({Label.STANDFIRST, Label.CORRECTION, Label.TITLE})


def _headlines(context: RuleContext) -> list[Block]:
    """The visible headings that say the page's headline."""
    return [
        block
        for block in context.page.blocks
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
    for block in context.page.blocks:
        for parent, post in _posts(block):
            is_first = block.kind is Kind.HEADING and post.number not in decided
            if is_first and (parent.number, _name_of(post)) in own:
                decided.add(post.number)
                if block.link_url and block.link_chars >= _LINKED * len(block.raw):
                    others[post.number] = block.text
    found = {}
    for at in context.judged.kept if others else ():
        for step in context.page.blocks[at].path:
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
    blocks, kept = context.page.blocks, context.kept_in_order
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


def _leads_nowhere(context: RuleContext) -> Mapping[int, str]:
    """Unlinked blocks taken for teasers, in parts of the text's element of which as many are kept as not, where nothing
    around them is a link or a control and no phrase heads them.
    """
    blocks = context.page.blocks
    body = _element_of_text(context) if context.page.is_html and Label.RELATED in context.labels else None
    if body is None:
        return {}
    units: dict[PathStep, list[Block]] = {}
    for block in blocks:
        unit = _child_of(body, block)
        if unit is not None:
            units.setdefault(unit, []).append(block)
    alike = Counter(map(_kind_of, units))
    kept = Counter(
        _kind_of(unit)
        for unit, held in units.items()
        if any(one.index in context.kept_by_now for one in held)
    )
    found: dict[int, str] = {}
    is_headed = False
    for unit, held in units.items():
        phrased = any(rule.startswith("wording.") for one in held for rule in context.page.phrases[one.index])
        if all(one.kind is Kind.HEADING for one in held):
            is_headed = phrased or all(context.verdicts[one.index].label not in _OWN for one in held)
        elif (
            kept[_kind_of(unit)] >= max(_FEWEST_KEPT.get(unit.tag, inf), alike[_kind_of(unit)] / 2)
            and not (is_headed or phrased)
            and not any(one.link_url or one.kind is Kind.CONTROL for one in held)
        ):
            found |= {
                one.index: f"leads nowhere, in a {unit.tag} like others of the text"
                for one in held
                if context.verdicts[one.index].label is Label.RELATED
            }
    return found


def _kind_of(unit: PathStep) -> tuple[str, str]:
    return ("list" if unit.tag in _LISTS else unit.tag, common_words(unit.words))


def _element_of_text(context: RuleContext) -> int | None:
    """The innermost element that holds most of what is kept, and the headline or nothing but it."""
    chars: Counter[int] = Counter()
    for at in context.kept_by_now:
        block = context.page.blocks[at]
        for step in block.path:
            chars[step.number] += len(block.raw)
    total = sum(len(context.page.blocks[at].raw) for at in context.kept_by_now)
    # elements are numbered in order: of those one within another the innermost comes last
    return max((number for number, size in chars.items() if size >= _TEXT_SHARE * total), default=None)


def _child_of(element: int, block: Block) -> PathStep | None:
    return next((step for above, step in pairwise(block.path) if above.number == element), None)


@page_rule(
    "structure.own-item",
    Label.LIST_ITEM,
    "A teaser leads elsewhere; what leads nowhere is the article's own.",
)
def own_items(context: RuleContext) -> Mapping[int, str]:
    """The items of lists among those."""
    found = context.memoized(_leads_nowhere)
    return {at: found[at] for at in found if context.page.blocks[at].kind is Kind.LIST_ITEM}


@page_rule(
    "structure.own-paragraph",
    Label.PARAGRAPH,
    "A teaser leads elsewhere; what leads nowhere is the article's own.",
)
def own_paragraphs(context: RuleContext) -> Mapping[int, str]:
    """The paragraphs among those."""
    found = context.memoized(_leads_nowhere)
    return {at: found[at] for at in found if context.page.blocks[at].kind is Kind.PARAGRAPH}


CONTEXT = (other_posts, before_headline, own_items, own_paragraphs)
