"""The rules, in the order they are asked. Adding one: its family's module, and its place in a tuple here."""

from copydesk.cleaners.rules import neighbours, residue, shape, structure, wording
from copydesk.cleaners.rules.learned import DROP, KEEP
from copydesk.cleaners.rules.parts import live_entries, questions, sidebars
from copydesk.cleaners.rules.rule import Pass, Rule

ANYWHERE: tuple[Rule, ...] = (
    wording.CORRECTION,
    *residue.ANYWHERE,
    *shape.KEEPING,
    *structure.ANYWHERE,
    wording.OWN_WORDS,
    *live_entries.ANYWHERE,
)
"""Asked of every block, whatever the learned judgement says; the first that finds evidence names it."""

KEPT_ALONE: tuple[Rule, ...] = (
    *structure.SURE,
    *shape.SURE,
    *structure.WEAKER,
    *wording.RULES,
)
"""Asked of blocks that would be kept: they remove."""

NAMING: tuple[Rule, ...] = (
    structure.HIDDEN,
    shape.BYLINE,
    shape.TEASER,
    *wording.RULES,
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
    "Pass",
    "Rule",
]
