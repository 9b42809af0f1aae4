"""The rules, in the order they are asked. Adding one: its family's module, and its place in a tuple here."""

from copydesk.cleaners.rules import (
    classifier_rules,
    neighbours,
    phrase_rules,
    residue,
    shape,
    structure,
)
from copydesk.cleaners.rules.learned import DROP, KEEP
from copydesk.cleaners.rules.parts import live_entries, questions, sidebars
from copydesk.cleaners.rules.rule import Rule, RuleContext

ANYWHERE: tuple[Rule, ...] = (
    phrase_rules.CORRECTION,
    *residue.ANYWHERE,
    *shape.KEEPING,
    *structure.ANYWHERE,
    classifier_rules.OWN_WORDS,
    *live_entries.ANYWHERE,
)
"""Asked of every block, whatever the learned judgement says; the first that finds evidence names it."""

KEPT_ALONE: tuple[Rule, ...] = (
    *structure.SURE,
    *shape.SURE,
    *structure.WEAKER,
    *classifier_rules.CLASSIFIED,
    *phrase_rules.PHRASES,
)
"""Asked of blocks that would be kept: they remove."""

NAMING: tuple[Rule, ...] = (
    structure.HIDDEN,
    shape.BYLINE,
    shape.TEASER,
    *classifier_rules.CLASSIFIED,
    *phrase_rules.PHRASES,
)
"""Asked of blocks that are not kept, where the learned judgement is not sure what they are."""

CONTEXT: tuple[Rule, ...] = (
    *residue.CONTEXT,
    *sidebars.CONTEXT,
    *shape.CONTEXT,
    *neighbours.CONTEXT,
    # last: what part of the page a block belongs to tells nothing of what is to be kept
    *live_entries.CONTEXT,
    *questions.CONTEXT,
)
"""Asked of kept blocks once every block has a verdict; each sees the results of those before it."""

RESIDUE: tuple[Rule, ...] = residue.ANYWHERE
"""Asked of texts that are not judged: what machines left in them."""

RULES: tuple[Rule, ...] = (KEEP, DROP, *ANYWHERE, *KEPT_ALONE, *CONTEXT)
"""All rules."""

__all__ = [
    "ANYWHERE",
    "CONTEXT",
    "KEPT_ALONE",
    "NAMING",
    "RESIDUE",
    "RULES",
    "Rule",
    "RuleContext",
]
