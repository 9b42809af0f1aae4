"""Rules for repetitions on a page."""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.segment.layout import common_words
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.word_count import count_words

# set by hand: half of 358 labelled repetitions have at most 42 characters, but a smaller value
# removes refrains and repeated labels, a larger one keeps repeated standfirsts
_MIN_DUPLICATE_LETTERS = 40
_CONTAINERS = frozenset({
    "article", "aside", "blockquote", "body", "center", "details", "dialog", "div", "fieldset", "figure", "footer",
    "form", "header", "main", "nav", "section",
})  # fmt: skip
_BOXES = frozenset({"aside", "div", "form", "section"})
_MAX_TITLE_WORDS = 12  # set by hand: longer is a sentence
_BARE_CONTAINERS = frozenset({"center", "div"})  # used like <p> where they have a single block


@page_rule("neighbours.duplicate", Label.DUPLICATE, "The article has a text once that the page shows twice.")
def duplicates(context: RuleContext) -> Mapping[int, str]:
    """Repeated blocks in another type of container. In one container, or in a series of like ones, the author repeats.

    A reader of 553 labelled pages calls these kept repetitions copies: 20 of 30 in another type of container (without
    tables of contents), 6 of 21 in another container of the same type, none of 9 in the same container.
    """
    found: dict[int, str] = {}
    # flattened text has no containers that would tell the author's repetitions from the page's
    if not context.page.is_html:
        return found
    first: dict[str, int] = {}
    # removed blocks do not count: a teaser may repeat the headline
    for at in context.kept_in_order:
        letters = context.page.table.letters[at]
        before = context.page.table.blocks[first.setdefault(letters, at)]
        if before.index == at or len(letters) < _MIN_DUPLICATE_LETTERS:
            continue
        block = context.page.table.blocks[at]
        # code and tables repeat themselves: `}`, a result of 0:0 in two tables
        if block.kind in (Kind.CODE, Kind.TABLE_ROW):
            continue
        if block.kind is Kind.HEADING and before.kind is not Kind.HEADING:
            continue  # the earlier block is in a table of contents
        if _containers(before) != _containers(block):
            found[at] = f"repeats block {before.index}, in another container"
    return found


def _containers(block: Block) -> list[tuple[str, str]]:
    """The types of the containers around a block, outermost first, without the element of this block alone."""
    return [
        (step.tag, common_words(step.words))
        for depth, step in enumerate(block.path, start=1)
        # a hyphen is in the names of custom elements (HTML Standard, 4.13), which are containers too
        if (step.tag in _CONTAINERS or "-" in step.tag)
        and not (depth == len(block.path) and step.tag in _BARE_CONTAINERS)
    ]


@page_rule(
    "neighbours.box-title",
    Label.NEWSLETTER,
    "The title of a box to sign up goes with it.",
    over=frozenset({Label.HEADING, Label.PARAGRAPH}),
)
def titles_of_boxes(context: RuleContext) -> Mapping[int, str]:
    """Kept lines that open an element of which all else is a newsletter's."""
    if Label.NEWSLETTER not in context.labels:
        return {}
    held: dict[int, list[int]] = {}
    for block in context.page.table.blocks:
        for step in block.path:
            if step.tag in _BOXES:
                held.setdefault(step.number, []).append(block.index)
    return {
        at: "opens a box of which the rest is a newsletter's"
        for at, *others in held.values()
        if others
        and context.verdicts[at].label in KEPT
        and count_words(context.page.table.blocks[at].raw) <= _MAX_TITLE_WORDS
        and all(context.verdicts[other].label is Label.NEWSLETTER for other in others)
    }


CONTEXT = (duplicates, titles_of_boxes)
