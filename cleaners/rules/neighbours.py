"""Rules that judge in context: what was said before on the page, and what stands around a block."""

from __future__ import annotations

from cleaners.features import count_words
from cleaners.rules.rule import Context, Rule
from cleaners.types import KEPT, Block, Kind, Label

_MIN_DUPLICATE_LETTERS = 40
_LINKED = 0.5
_MENU_WORDS = 3


def _find_duplicate(block: Block, context: Context) -> str | None:
    if context.verdicts[block.index].label not in KEPT or block.kind in (Kind.CODE, Kind.TABLE_ROW):
        return None
    text = context.letters[block.index]
    if len(text) < _MIN_DUPLICATE_LETTERS:
        return None
    at = context.letters.index(text)
    while at < block.index:
        if context.verdicts[at].label in KEPT:
            return f"said before in block {at}"
        at = context.letters.index(text, at + 1)
    return None


def _find_orphan_heading(block: Block, context: Context) -> str | None:
    """A heading with nothing of the article below it, up to the next heading of its rank or the end."""
    if context.verdicts[block.index].label is not Label.HEADING:
        return None
    for other in context.blocks[block.index + 1 :]:
        label = context.verdicts[other.index].label
        if label is Label.HEADING and (other.level or 9) <= (block.level or 9):
            continue
        if label in KEPT:
            return None
    return "nothing of the article follows"


def _find_menu(block: Block, context: Context) -> str | None:
    if context.verdicts[block.index].label is not Label.OTHER:
        return None
    words = count_words(block.text)
    if words > _MENU_WORDS:
        return None
    return f"{words} words, no sentence"


def _find_linked(block: Block, context: Context) -> str | None:
    if context.verdicts[block.index].label is not Label.OTHER or not block.link_chars:
        return None
    share = block.link_chars / len(block.raw)
    return f"{share:.0%} of the text is linked" if share > _LINKED else None


CONTEXT: tuple[Rule, ...] = (
    Rule(
        "neighbours.duplicate",
        Label.DUPLICATE,
        "What the page says twice the text says once.",
        _find_duplicate,
    ),
    Rule(
        "neighbours.orphan-heading",
        Label.RELATED,
        "A heading without text heads something else.",
        _find_orphan_heading,
    ),
)

LAST_NAMES: tuple[Rule, ...] = (
    Rule("neighbours.menu", Label.NAV, "A few words outside the article lead somewhere.", _find_menu),
    Rule(
        "neighbours.linked",
        Label.RELATED,
        "Linked sentences outside the article point to other articles.",
        _find_linked,
    ),
)
