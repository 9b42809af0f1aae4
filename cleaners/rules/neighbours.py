"""Rules that judge in context: what was said before on the page, and what stands around a block."""

from __future__ import annotations

from cleaners.features import count_words
from cleaners.rules.rule import Context, Rule
from cleaners.rules.shape import ends_sentence
from cleaners.types import KEPT, Block, Kind, Label

_MIN_DUPLICATE_LETTERS = 40
_LINKED = 0.5
_MENU_WORDS = 3
_MAX_SECTION_BLOCKS = 16
_SURE_KEEP = 0.85
_OTHER_SECTIONS = ("wording.newsletter", "wording.copyright", "wording.cookie", "residue.leaked-prompt")


def _find_duplicate(block: Block, context: Context) -> str | None:
    if context.verdicts[block.index].label not in KEPT or block.kind in (Kind.CODE, Kind.TABLE_ROW):
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


def _find_section(block: Block, context: Context) -> str | None:
    """A line under the heading of a residue section ("Related articles"), before the article goes on."""
    own = context.verdicts[block.index]
    if block.kind is Kind.CONTROL:
        return None
    if own.label is not Label.OTHER and not _is_doubtful(block, context):
        return None
    for at in range(block.index - 1, max(-1, block.index - _MAX_SECTION_BLOCKS), -1):
        verdict = context.verdicts[at]
        if verdict.rule == "wording.related" and verdict.evidence.startswith("whole"):
            return f"under {context.blocks[at].text!r}"
        if verdict.label in KEPT and not _is_doubtful(context.blocks[at], context):
            return None
        if verdict.rule in _OTHER_SECTIONS:
            return None
    return None


def _is_doubtful(block: Block, context: Context) -> bool:
    """Kept, but neither a sentence nor something the learned judgement is sure of."""
    verdict = context.verdicts[block.index]
    if verdict.label not in (Label.HEADING, Label.PARAGRAPH, Label.LIST_ITEM, Label.STANDFIRST):
        return False
    return context.keep[block.index] < _SURE_KEEP and not ends_sentence(block.text)


def _find_comment(block: Block, context: Context) -> str | None:
    """Under the heading of a comment thread, before its form: readers' names, dates and words."""
    if context.verdicts[block.index].label is not Label.OTHER or block.kind is Kind.CONTROL:
        return None
    for at in range(block.index - 1, max(-1, block.index - _MAX_SECTION_BLOCKS), -1):
        verdict = context.verdicts[at]
        if verdict.rule == "wording.comment-form" and context.blocks[at].text.strip(" ()")[-1:].isdigit():
            return f"under {context.blocks[at].text!r}"
        if verdict.label in KEPT or verdict.rule in (*_OTHER_SECTIONS, "wording.related"):
            return None
    return None


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
        "neighbours.related-section",
        Label.RELATED,
        "Lines under such a heading point to other articles.",
        _find_section,
    ),
    Rule(
        "neighbours.comment-thread",
        Label.COMMENT,
        "Readers' comments are other authors' texts.",
        _find_comment,
    ),
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
