"""Parts of one shape, side by side in the text: items of a list, rows of a table, entries with a heading or a time,
pictures with their captions. If most of them are of the text, the sentences of all are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import accumulate, pairwise

import numpy as np

from copydesk._core.layout import common_words
from copydesk.cleaners.rules.rule import Rule, RuleContext
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import SHAPES, Kind, Label

_TEXT_SHARE = 0.7  # of the kept characters, that the element of the text has; set by hand
_LISTS = frozenset({"ul", "ol"})
# kept parts of one shape, from which the others are of the text, too; set by hand: with fewer, four real pages were
# worse for lone headings and notes, each in its own `div`
_FEWEST_KEPT = {"ul": 1, "ol": 1, "li": 2, "tr": 2, "article": 3, "section": 3, "div": 3, "figure": 3}
# what parts are taken for one at a time; other labels have signs of their own: with `other` and `byline` 25 real pages
# were worse and 14 better
_VAGUE = frozenset({Label.RELATED, Label.NAV, Label.CAPTION})


def _alike(context: RuleContext) -> Mapping[int, str]:
    """Removed blocks in parts of which as many are kept as not, but for links and what has a phrase of a site."""
    table = context.page.table
    shapes = context.memoized(_shapes)
    body = _element_of_text(context) if shapes else None
    if body is None:
        return {}
    shaped = [table.blocks[at] for at in shapes if at in table.spans[body]]
    around = {step.number for block in shaped for step in block.path if step.number >= body}
    series: dict[tuple[int, str, str], dict[int, None]] = {}
    for block in table.blocks if around else ():
        for above, step in pairwise(block.path):
            if above.number in around and step.tag in _FEWEST_KEPT:
                tag = "list" if step.tag in _LISTS else step.tag
                series.setdefault((above.number, tag, common_words(step.words)), {})[step.number] = None
    found: dict[int, str] = {}
    sizes = [*map(len, table.raws)]
    for (_, tag, _), numbers in series.items():
        parts = [table.spans[number] for number in numbers]
        kept = [part for part in parts if max(part, key=sizes.__getitem__) in context.kept_by_now]
        fewest = 1 if tag == "list" else _FEWEST_KEPT[tag]
        if len(kept) < max(fewest, len(parts) / 2) or len(kept) == len(parts):
            continue
        for part in parts:
            if not (_has_phrase(context, part) or _is_linked(table, part)):
                found |= dict.fromkeys(part, f"like {len(kept)} of {len(parts)} parts of the text")
    return found


def _element_of_text(context: RuleContext) -> int | None:
    """The innermost element that holds most of what is kept."""
    raws, kept, layout = context.page.table.raws, context.kept_by_now, context.page.table.layout
    sums = np.array([0, *accumulate([len(raw) if at in kept else 0 for at, raw in enumerate(raws)])])
    inside = layout.numbers[sums[layout.ends] - sums[layout.starts] >= _TEXT_SHARE * sums[-1]]
    # elements are numbered in order: of those one within another the innermost comes last; the first is the page
    return int(inside.max()) if kept and len(inside) > 1 else None


def _is_linked(table: PageTable, part: range) -> bool:
    """Whether half of a part are links."""
    return 2 * sum(table.links[part.start : part.stop]) > sum(map(len, table.raws[part.start : part.stop]))


def _has_phrase(context: RuleContext, part: range) -> bool:
    return any(
        rule.startswith("wording.") for hits in context.page.phrases[part.start : part.stop] for rule in hits
    )


def _shapes(context: RuleContext) -> dict[int, Label]:
    """How each removed sentence is written that is no paragraph that may be a menu's."""
    if context.labels.isdisjoint(_VAGUE) or not context.page.is_html:
        return {}
    kinds, sentences = context.page.table.kinds, context.page.table.sentences
    labels = {
        at: verdict.label
        for at, verdict in enumerate(context.verdicts)
        if verdict.label in _VAGUE and at in sentences
    }
    shapes = {
        at: SHAPES.get(kinds[at], Label.PARAGRAPH)
        for at, label in labels.items()
        # what only the network calls a caption has signs of its own
        if label is not Label.CAPTION or kinds[at] is Kind.CAPTION
    }
    return {
        at: shape
        for at, shape in shapes.items()
        if shape is not Label.PARAGRAPH or labels[at] is not Label.NAV
    }


def _alike_as(label: Label, context: RuleContext) -> Mapping[int, str]:
    shapes = context.memoized(_shapes)
    return (
        {at: why for at, why in context.memoized(_alike).items() if shapes.get(at) is label} if shapes else {}
    )


def _rule(id_: str, label: Label) -> Rule:
    why = "Of parts that are alike, and most of the text, all are."
    return Rule(id_, label, why, partial(_alike_as, label), over=_VAGUE)


CONTEXT = (
    _rule("alike.item", Label.LIST_ITEM),
    _rule("alike.paragraph", Label.PARAGRAPH),
)
"""Removed sentences in parts beside kept ones of the same shape, by how they are written. With what is no sentence, and
with rows, four real pages were better and seven worse; with captions one of 2,307 differs, and is better."""
