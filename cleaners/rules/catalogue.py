"""The rules in their order. A new one goes into its family's module and into a tuple here or there."""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.rules import (
    classifier_rules,
    neighbours,
    phrase_rules,
    placement,
    residue,
    shape,
    structure,
    together,
)
from copydesk.cleaners.rules.parts import (
    alike,
    announced_lists,
    card_lines,
    code_gutters,
    comments,
    consent_lines,
    enclosed_text,
    live_entries,
    questions,
    sidebars,
    subscriptions,
    text_dumps,
    walls,
)
from copydesk.cleaners.rules.rule import Rule, RuleContext
from copydesk.cleaners.types import Label


def _kept(context: RuleContext) -> Mapping[int, str]:
    evidence = context.judged.evidence
    return {at: evidence[at] for at in context.judged.kept}


def _dropped(context: RuleContext) -> Mapping[int, str]:
    # the rest of the page rather than a list of labels: no block may go without a verdict
    kept = context.judged.kept
    return {at: why for at, why in enumerate(context.judged.evidence) if at not in kept}


# two rules in the list of rules for the first verdict on every block, whose label is the likeliest of all learned ones
KEEP = Rule(
    "learned.keep",
    Label.PARAGRAPH,
    "Blocks like it, in places like it, belonged to the article on pages labelled by hand.",
    _kept,
)
DROP = Rule(
    "learned.drop",
    Label.OTHER,
    "Blocks like it, in places like it, did not belong to the article on pages labelled by hand.",
    _dropped,
)

ANYWHERE: tuple[Rule, ...] = (
    phrase_rules.corrections,
    *residue.ANYWHERE,
    *phrase_rules.SURE,
    *shape.KEEPING,
    *structure.ANYWHERE,
    classifier_rules.own_words,
    *live_entries.ANYWHERE,
    *consent_lines.ANYWHERE,
    *text_dumps.ANYWHERE,
)
"""For every block, whatever the learned judgement is; the first rule that finds evidence decides."""

ALONE: tuple[Rule, ...] = (
    *structure.SURE,
    *shape.SURE,
    *code_gutters.ALONE,
    *structure.WEAKER,
    *classifier_rules.CLASSIFIED,
    *phrase_rules.PHRASES,
)
"""For blocks that would be kept, which these rules remove; and for those that are not kept where the learned judgement
is not sure what they are, which they name.
"""

CONTEXT: tuple[Rule, ...] = (
    *residue.CONTEXT,
    *placement.CONTEXT,
    *subscriptions.CONTEXT,
    *announced_lists.CONTEXT,
    *alike.CONTEXT,
    *card_lines.CONTEXT,
    *sidebars.CONTEXT,
    *shape.CONTEXT,
    *neighbours.CONTEXT,
    *walls.CONTEXT,
    *comments.CONTEXT,
    *enclosed_text.CONTEXT,
    # last: what part of the page a block belongs to does not decide what is kept
    *live_entries.CONTEXT,
    *questions.CONTEXT,
)
"""For kept blocks once every block has a verdict; each rule sees the results of those before it."""

RESIDUE: tuple[Rule, ...] = residue.ANYWHERE
"""For texts that are not judged."""

TOGETHER: tuple[Rule, ...] = together.TOGETHER
"""For blocks that stay removed, whose names alone they change."""

RULES: tuple[Rule, ...] = (
    KEEP,
    DROP,
    *ANYWHERE,
    *ALONE,
    *CONTEXT,
    *TOGETHER,
    *together.OF_ARTICLES,
)
"""All rules."""
