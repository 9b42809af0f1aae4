"""The first verdict on every block: what the learned judgement says. Its label is the likeliest of those learned;
the labels here stand for them in the list of rules.
"""

from __future__ import annotations

from collections.abc import Collection

from copydesk.cleaners.rules.rule import Rule, RuleContext, kept
from copydesk.cleaners.types import KEPT, Block, Label


def _find_keep(block: Block, context: RuleContext) -> str | None:
    learned = context.judged.learned[block.index]
    # the same line between the two rules as in `kept`, so that each block has exactly one first verdict
    return learned.evidence if learned.label in KEPT else None


def _find_drop(block: Block, context: RuleContext) -> str | None:
    learned = context.judged.learned[block.index]
    return None if learned.label in KEPT else learned.evidence


def _removed(context: RuleContext) -> Collection[int]:
    # the rest of the page rather than a list of labels: no block may go without a verdict
    return frozenset(range(len(context.page.blocks))) - frozenset(kept(context))


KEEP = Rule(
    "learned.keep",
    # stands for every label of kept text: a rule has one, the learned judgement has all
    Label.PARAGRAPH,
    "Blocks like it, in places like it, belonged to the article on pages labelled by hand.",
    _find_keep,
    kept,
)
DROP = Rule(
    "learned.drop",
    Label.OTHER,
    "Blocks like it, in places like it, did not belong to the article on pages labelled by hand.",
    _find_drop,
    _removed,
)
