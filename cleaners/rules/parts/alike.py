"""Parts of one shape, side by side in the text: items of a list, rows of a table, entries with a heading or a time. If
most of them are of the text, all are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.layout import common_words
from copydesk.cleaners.judge.link_features import own_site, read_target
from copydesk.cleaners.rules.rule import Rule, RuleContext, page_rule
from copydesk.cleaners.types import KEPT, SHAPES, Block, Label
from copydesk.cleaners.word_count import count_words

_TEXT_SHARE = 0.7  # of the kept characters, that the element of the text has; set by hand
_LISTS = frozenset({"ul", "ol"})
# kept parts of one shape, from which the others are of the text, too; set by hand: with fewer, four real pages were
# worse for lone headings and notes, each in its own `div`
_FEWEST_KEPT = {"ul": 1, "ol": 1, "li": 2, "tr": 2, "article": 3, "section": 3, "div": 3}
# what parts are taken for one at a time; other labels have signs of their own
_VAGUE = frozenset({Label.RELATED, Label.NAV, Label.OTHER, Label.SOCIAL, Label.TAGS, Label.BYLINE})
_LINKED = 0.8
_MIN_HEADLINE = 6  # words of a link to the site from which it is a headline, set by hand

Part = list[Block]


def _alike(context: RuleContext) -> Mapping[int, str]:
    """Removed blocks in parts of which as many are kept as not, but for links and what has a phrase of a site."""
    body = _element_of_text(context) if context.page.is_html else None
    if body is None:
        return {}
    series: defaultdict[tuple[int, str, str], defaultdict[int, Part]] = defaultdict(lambda: defaultdict(list))
    for block in context.page.blocks:
        is_inside = False
        for above, step in pairwise(block.path):
            is_inside = is_inside or above.number == body
            if is_inside and step.tag in _FEWEST_KEPT:
                tag = "list" if step.tag in _LISTS else step.tag
                series[above.number, tag, common_words(step.words)][step.number].append(block)
    found: dict[int, str] = {}
    for (_, tag, _), parts in series.items():
        kept = [part for part in parts.values() if _is_kept(context, part)]
        fewest = 1 if tag == "list" else _FEWEST_KEPT[tag]
        if len(kept) < max(fewest, len(parts) / 2) or len(kept) == len(parts):
            continue
        if 2 * sum(_is_headline(context, part) for part in parts.values()) > len(parts):
            continue
        for part in parts.values():
            if not _has_phrase(context, part):
                found |= dict.fromkeys(
                    (
                        block.index
                        for block in part
                        if 2 * block.link_chars <= len(block.raw) or len(part) == 1
                    ),
                    f"like {len(kept)} of {len(parts)} parts that are of the text",
                )
    return found


def _element_of_text(context: RuleContext) -> int | None:
    """The innermost element that holds most of what is kept."""
    if context.labels.isdisjoint(_VAGUE):
        return None
    chars: Counter[int] = Counter()
    total = 0
    for at in context.kept_by_now:
        block = context.page.blocks[at]
        total += len(block.raw)
        for step in block.path:
            chars[step.number] += len(block.raw)
    # elements are numbered in order: of those one within another the innermost comes last
    return max((number for number, size in chars.items() if size >= _TEXT_SHARE * total), default=None)


def _is_kept(context: RuleContext, part: Sequence[Block]) -> bool:
    longest = max(part, key=lambda block: len(block.raw))
    return context.verdicts[longest.index].label in KEPT


def _is_headline(context: RuleContext, part: Sequence[Block]) -> bool:
    """Whether a part is nothing but a link to another page of the site, in as many words as a headline has."""
    longest = max(part, key=lambda block: len(block.raw))
    return (
        longest.link_chars >= _LINKED * len(longest.raw)
        and count_words(longest.raw) >= _MIN_HEADLINE
        and read_target(longest.link_url).is_on(context.page.memoized(_own_site))
    )


def _own_site(page: PageFacts) -> str:
    return own_site([read_target(block.link_url) for block in page.blocks if block.link_url])


def _has_phrase(context: RuleContext, part: Sequence[Block]) -> bool:
    return any(rule.startswith("wording.") for block in part for rule in context.page.phrases[block.index])


def _rule(id_: str, label: Label) -> Rule:
    def find(context: RuleContext) -> Mapping[int, str]:
        found = context.memoized(_alike)
        blocks = context.page.blocks
        return {at: why for at, why in found.items() if SHAPES.get(blocks[at].kind, Label.PARAGRAPH) is label}

    decorate: Callable[[Callable[[RuleContext], Mapping[int, str]]], Rule] = page_rule(
        id_, label, "Of parts that are alike, and most of the text, all are.", over=_VAGUE
    )
    return decorate(find)


CONTEXT = (
    _rule("alike.item", Label.LIST_ITEM),
    _rule("alike.row", Label.TABLE),
    _rule("alike.paragraph", Label.PARAGRAPH),
)
"""Removed parts beside kept ones of the same shape, by how they are written."""
