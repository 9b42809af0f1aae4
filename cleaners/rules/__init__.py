"""The rules, in the order they are asked. Adding one: its family's module, and its place in a tuple here."""

from cleaners.rules import neighbours, residue, shape, structure, wording
from cleaners.rules.learned import LEARNED
from cleaners.rules.rule import Context, Rule

KEEPING: tuple[Rule, ...] = (*wording.KEEPING, *shape.KEEPING, *structure.EMBEDS)
"""Keep a block whatever the learned judgement says."""

SURE: tuple[Rule, ...] = (
    *structure.SURE,
    *shape.SURE,
    *residue.RULES,
    *structure.WEAKER,
    *wording.RULES,
    *structure.DOUBTS,
)
"""Remove a block whatever the learned judgement says; the first that finds evidence names it."""

SURE_OF_MENUS: tuple[Rule, ...] = (
    *structure.SURE,
    *residue.RULES,
    *structure.WEAKER,
    *wording.RULES,
)
"""The same for blocks of the site's menus and footer, of which nothing else need be asked."""

NAMING: tuple[Rule, ...] = structure.NAMES
"""Say what a block is that is not kept anyway."""

CONTEXT: tuple[Rule, ...] = (
    *residue.CONTEXT_RULES,
    *shape.CONTEXT,
    *neighbours.CONTEXT,
    *neighbours.LAST_NAMES,
)
"""Judge once every block has a verdict; each sees the results of those before it."""

RULES: tuple[Rule, ...] = (*LEARNED, *KEEPING, *SURE, *NAMING, *CONTEXT)
"""All rules."""

__all__ = ["CONTEXT", "KEEPING", "LEARNED", "NAMING", "RULES", "SURE", "SURE_OF_MENUS", "Context", "Rule"]
