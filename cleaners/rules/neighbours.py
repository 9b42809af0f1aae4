"""Rules that judge in context: what was said before on the page, and what stands around a block."""

from __future__ import annotations

from copydesk.cleaners.rules.rule import Context, Rule, kept_by_now
from copydesk.cleaners.types import KEPT, Block, Kind, Label

_MIN_DUPLICATE_LETTERS = 40


def _find_duplicate(block: Block, context: Context) -> str | None:
    if block.kind in (Kind.CODE, Kind.TABLE_ROW):
        return None
    text = context.letters[block.index]
    if len(text) < _MIN_DUPLICATE_LETTERS:
        return None
    at = context.once(_first_said)[text]
    return f"said before in block {at}" if at < block.index else None


def _first_said(context: Context) -> dict[str, int]:
    """Letters of kept blocks to the first block that has them."""
    first: dict[str, int] = {}
    for at, text in enumerate(context.letters):
        if context.verdicts[at].label in KEPT:
            first.setdefault(text, at)
    return first


def _find_orphan_heading(block: Block, context: Context) -> str | None:
    """A heading with nothing of the article below it but other headings of its rank or above."""
    if context.verdicts[block.index].label is not Label.HEADING:
        return None
    return "nothing of the article follows" if block.index in context.once(_orphan_headings) else None


def _orphan_headings(context: Context) -> frozenset[int]:
    """Headings below which nothing is kept but headings of their rank or above; read from the end."""
    orphans: set[int] = set()
    lowest = 0  # rank of the lowest heading below; text is lower than any heading
    for block in reversed(context.blocks):
        label = context.verdicts[block.index].label
        if label is Label.HEADING:
            rank = block.level or 9
            if lowest <= rank:
                orphans.add(block.index)
            lowest = max(lowest, rank)
        elif label in KEPT:
            break
    return frozenset(orphans)


CONTEXT: tuple[Rule, ...] = (
    Rule(
        "neighbours.duplicate",
        Label.DUPLICATE,
        "What the page says twice the text says once.",
        _find_duplicate,
        kept_by_now,
    ),
    Rule(
        "neighbours.orphan-heading",
        Label.RELATED,
        "A heading without text heads something else.",
        _find_orphan_heading,
        kept_by_now,
    ),
)
