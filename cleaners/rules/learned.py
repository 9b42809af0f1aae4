"""The first verdict on every block: what the learned judgement says."""

from __future__ import annotations

from cleaners.judge import NOT_ASKED
from cleaners.rules.rule import Context, Rule
from cleaners.types import Block, Label

KEEP_AT = 0.45
"""Probability from which a block is kept: the best of 0.3 to 0.6 on sites left out of training."""


def _find_not_asked(block: Block, context: Context) -> str | None:
    if context.keep[block.index] != NOT_ASKED:
        return None
    return "of the site's menus or footer, outside the article"


def _find_keep(block: Block, context: Context) -> str | None:
    keep = context.keep[block.index]
    return _evidence(keep) if keep >= KEEP_AT else None


def _find_drop(block: Block, context: Context) -> str | None:
    keep = context.keep[block.index]
    return _evidence(keep) if keep < KEEP_AT else None


def _evidence(keep: float) -> str:
    return f"learned from its shape, place and surroundings: {keep:.2f} for keeping"


LEARNED: tuple[Rule, ...] = (
    Rule(
        "learned.not-asked",
        Label.OTHER,
        "Menus and footers of the site are no article's; judging them would take half the time.",
        _find_not_asked,
    ),
    Rule(
        "learned.keep",
        Label.PARAGRAPH,
        "Blocks like it, in places like it, belonged to the article on pages labelled by hand.",
        _find_keep,
    ),
    Rule(
        "learned.drop",
        Label.OTHER,
        "Blocks like it, in places like it, did not belong to the article on pages labelled by hand.",
        _find_drop,
    ),
)
