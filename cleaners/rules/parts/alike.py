"""Parts of one shape, side by side in the text: items of a list, rows of a table, entries with a heading or a time. If
most of them are of the text, the sentences of all are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from copydesk.cleaners.rules.rule import Rule, RuleContext, page_rule
from copydesk.cleaners.segment.layout import common_words
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, SHAPES, Block, Label

_TEXT_SHARE = 0.7  # of the kept characters, that the element of the text has; set by hand
_LISTS = frozenset({"ul", "ol"})
# kept parts of one shape, from which the others are of the text, too; set by hand: with fewer, four real pages were
# worse for lone headings and notes, each in its own `div`
_FEWEST_KEPT = {"ul": 1, "ol": 1, "li": 2, "tr": 2, "article": 3, "section": 3, "div": 3}
# what parts are taken for one at a time; other labels have signs of their own: with `other` and `byline` 25 real pages
# were worse and 14 better
_VAGUE = frozenset({Label.RELATED, Label.NAV})

Part = list[Block]


def _alike(context: RuleContext) -> Mapping[int, str]:
    """Removed blocks in parts of which as many are kept as not, but for links and what has a phrase of a site."""
    body = _element_of_text(context) if context.page.is_html else None
    if body is None:
        return {}
    around = {
        step.number
        for block in context.page.table.blocks
        if _shape_of(context, block.index) is not None and any(step.number == body for step in block.path)
        for step in block.path
        if step.number >= body
    }
    series: defaultdict[tuple[int, str, str], defaultdict[int, Part]] = defaultdict(lambda: defaultdict(list))
    for block in context.page.table.blocks if around else ():
        for above, step in pairwise(block.path):
            if above.number in around and step.tag in _FEWEST_KEPT:
                tag = "list" if step.tag in _LISTS else step.tag
                series[above.number, tag, common_words(step.words)][step.number].append(block)
    found: dict[int, str] = {}
    for (_, tag, _), parts in series.items():
        kept = [part for part in parts.values() if _is_kept(context, part)]
        fewest = 1 if tag == "list" else _FEWEST_KEPT[tag]
        if len(kept) < max(fewest, len(parts) / 2) or len(kept) == len(parts):
            continue
        for part in parts.values():
            if not (_has_phrase(context, part) or _is_linked(part)):
                found |= dict.fromkeys(
                    (block.index for block in part), f"like {len(kept)} of {len(parts)} parts of the text"
                )
    return found


def _element_of_text(context: RuleContext) -> int | None:
    """The innermost element that holds most of what is kept."""
    if context.labels.isdisjoint(_VAGUE):
        return None
    chars: Counter[int] = Counter()
    total = 0
    for at in context.kept_by_now:
        block = context.page.table.blocks[at]
        total += len(block.raw)
        for step in block.path:
            chars[step.number] += len(block.raw)
    # elements are numbered in order: of those one within another the innermost comes last
    return max((number for number, size in chars.items() if size >= _TEXT_SHARE * total), default=None)


def _is_kept(context: RuleContext, part: Sequence[Block]) -> bool:
    longest = max(part, key=lambda block: len(block.raw))
    return context.verdicts[longest.index].label in KEPT


def _is_linked(part: Sequence[Block]) -> bool:
    """Whether half of a part are links."""
    return 2 * sum(block.link_chars for block in part) > sum(len(block.raw) for block in part)


def _has_phrase(context: RuleContext, part: Sequence[Block]) -> bool:
    return any(rule.startswith("wording.") for block in part for rule in context.page.phrases[block.index])


def _shape_of(context: RuleContext, at: int) -> Label | None:
    """How a removed sentence is written; None for what is none, or a paragraph that may be a menu's."""
    if context.verdicts[at].label not in _VAGUE:
        return None
    block = context.page.table.blocks[at]
    shape = SHAPES.get(block.kind, Label.PARAGRAPH)
    is_likely = shape is not Label.PARAGRAPH or context.verdicts[at].label is Label.RELATED
    return shape if is_likely and ends_sentence(block.text) else None


def _rule(id_: str, label: Label) -> Rule:
    def find(context: RuleContext) -> Mapping[int, str]:
        found = context.memoized(_alike)
        return {at: why for at, why in found.items() if _shape_of(context, at) is label}

    decorate: Callable[[Callable[[RuleContext], Mapping[int, str]]], Rule] = page_rule(
        id_, label, "Of parts that are alike, and most of the text, all are.", over=_VAGUE
    )
    return decorate(find)


CONTEXT = (
    _rule("alike.item", Label.LIST_ITEM),
    _rule("alike.paragraph", Label.PARAGRAPH),
)
"""Removed sentences in parts beside kept ones of the same shape, by how they are written. With what is no sentence, and
with rows, four real pages were better and seven worse."""
