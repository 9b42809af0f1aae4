"""The rules in their order. A new one goes into its family's module and into a tuple here or there."""

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
from copydesk.cleaners.rules.bylines import byline
from copydesk.cleaners.rules.headlines import teasers
from copydesk.cleaners.rules.parts import (
    alike,
    announced_lists,
    live_entries,
    questions,
    sidebars,
    subscriptions,
)
from copydesk.cleaners.rules.rule import Rule, RuleContext, kept
from copydesk.cleaners.types import Block, Label


def _find_learned(block: Block, context: RuleContext) -> str:
    return context.judged.evidence[block.index]


# two rules in the list of rules for the first verdict on every block, whose label is the likeliest of all learned ones
KEEP = Rule(
    "learned.keep",
    Label.PARAGRAPH,
    "Blocks like it, in places like it, belonged to the article on pages labelled by hand.",
    _find_learned,
    kept,
)
DROP = Rule(
    "learned.drop",
    Label.OTHER,
    "Blocks like it, in places like it, did not belong to the article on pages labelled by hand.",
    _find_learned,
    # the rest of the page rather than a list of labels: no block may go without a verdict
    lambda context: frozenset(range(len(context.page.table.blocks))) - context.judged.kept,
)

ANYWHERE: tuple[Rule, ...] = (
    phrase_rules.CORRECTION,
    *residue.ANYWHERE,
    *phrase_rules.SURE,
    *shape.KEEPING,
    *structure.ANYWHERE,
    classifier_rules.own_words,
    *live_entries.ANYWHERE,
)
"""For every block, whatever the learned judgement is; the first rule that finds evidence decides."""

KEPT_ALONE: tuple[Rule, ...] = (
    *structure.SURE,
    *shape.SURE,
    *structure.WEAKER,
    *classifier_rules.CLASSIFIED,
    *phrase_rules.PHRASES,
)
"""For blocks that would be kept: these rules remove."""

NAMING: tuple[Rule, ...] = (
    structure.hidden,
    byline,
    teasers,
    *classifier_rules.CLASSIFIED,
    *phrase_rules.PHRASES,
)
"""For blocks that are not kept, where the learned judgement is not sure what they are."""

CONTEXT: tuple[Rule, ...] = (
    *residue.CONTEXT,
    *placement.CONTEXT,
    *subscriptions.CONTEXT,
    *announced_lists.CONTEXT,
    *alike.CONTEXT,
    *sidebars.CONTEXT,
    *shape.CONTEXT,
    *neighbours.CONTEXT,
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
    *KEPT_ALONE,
    *CONTEXT,
    *TOGETHER,
    *together.OF_ARTICLES,
)
"""All rules."""
