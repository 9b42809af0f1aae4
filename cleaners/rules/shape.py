"""Rules that read shapes: of a line, of its neighbours, of runs of lines. They work without tags."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from copydesk.cleaners.rules.lines.bylines import (
    edges_of_text,
    find_byline,
    find_dateline,
    short_first_blocks,
)
from copydesk.cleaners.rules.lines.glued_rows import (
    MAX_STRAY_WORDS,
    MIN_ROW_KEEP,
    find_glued_row,
    find_stray_after_table,
)
from copydesk.cleaners.rules.lines.headlines import (
    MAX_HEADING_CHARS,
    find_headline,
    unnamed_lines,
)
from copydesk.cleaners.rules.lines.names import find_bio_after_name, find_doubled_name
from copydesk.cleaners.rules.lines.teasers import find_teaser, kept_or_of_persons
from copydesk.cleaners.rules.rule import Rule, RuleContext, kept_lines, kept_lines_by_now
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import KEPT, Block, Kind, Label
from copydesk.cleaners.word_count import count_words
from copydesk.cleaners.wording.text_headline import is_score

# set by hand: what is longer holds something that can be seen, and is not looked through by character
_MAX_INVISIBLE_CHARS = 12
# general categories of Unicode: joiners, controls, spaces, line and paragraph separators, combining marks
_INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"})


def _find_invisible(block: Block, _context: RuleContext) -> str | None:
    if any(unicodedata.category(char) not in _INVISIBLE for char in block.text):
        return None
    return "nothing in it can be seen"


def _find_heading(block: Block, context: RuleContext) -> str | None:
    """In flattened text: a short line of its own with text of the article below it."""
    if (
        context.page.is_html
        or block.kind is not Kind.PARAGRAPH
        or context.verdicts[block.index].label is not Label.PARAGRAPH
    ):
        return None
    if len(block.text) > MAX_HEADING_CHARS or ends_sentence(block.text) or is_score(block.text):
        return None
    # two blocks below: a caption or label may stand between a heading and its text
    for index in range(block.index + 1, min(len(context.page.blocks), block.index + 3)):
        after = context.page.blocks[index]
        if context.verdicts[index].label in KEPT and (
            len(after.text) > len(block.text) or after.kind is Kind.LIST_ITEM
        ):
            return "a short line of its own above text"
    return None


def _find_stray_caption(block: Block, context: RuleContext) -> str | None:
    """A few words glued to an advertisement or another caption: what a picture leaves behind."""
    if (
        context.page.is_html
        or block.gap
        or not block.index
        or ends_sentence(block.text)
        or count_words(block.text) > MAX_STRAY_WORDS
    ):
        return None
    before = context.verdicts[block.index - 1].label
    # a blank line must follow: without one the line belongs to what is below it
    after_gap = context.page.blocks[block.index + 1].gap if block.index + 1 < len(context.page.blocks) else 1
    return (
        f"a few words straight after {before}" if before in (Label.AD, Label.CAPTION) and after_gap else None
    )


def _lines(context: RuleContext) -> Collection[int]:
    return () if context.page.is_html else range(len(context.page.blocks))


def _probable_lines(context: RuleContext) -> Collection[int]:
    if context.page.is_html:
        return ()
    return [at for at, keep in enumerate(context.judged.keep) if keep >= MIN_ROW_KEEP]


def _unusual(context: RuleContext) -> Collection[int]:
    # ASCII is not meant and told in one look; only the few other blocks are looked through by character
    return [
        block.index
        for block in context.page.blocks
        if len(block.raw) <= _MAX_INVISIBLE_CHARS and not block.raw.isascii()
    ]


KEEPING: tuple[Rule, ...] = (
    Rule(
        "shape.glued-row",
        Label.TABLE,
        "Cells that lost their borders are still a table's.",
        find_glued_row,
        _probable_lines,
    ),
    Rule(
        "shape.headline",
        Label.TITLE,
        "The headline has a field of its own.",
        find_headline,
        unnamed_lines,
    ),
    Rule(
        "shape.dateline",
        Label.DATELINE,
        "Place, date and agency on a line of their own open a report.",
        find_dateline,
        short_first_blocks,
    ),
    Rule("shape.invisible", Label.HIDDEN, "Joiners and marks alone are no text.", _find_invisible, _unusual),
    Rule(
        "shape.doubled-name",
        Label.BYLINE,
        "Author boxes say the name twice.",
        find_doubled_name,
        _lines,
    ),
)

TEASER = Rule(
    "shape.teaser",
    Label.RELATED,
    "Excerpts that break off are advertisements of other articles.",
    find_teaser,
    kept_or_of_persons,
)

BYLINE = Rule(
    "shape.byline",
    Label.BYLINE,
    "Author and date have fields of their own.",
    find_byline,
    edges_of_text,
)

SURE: tuple[Rule, ...] = (
    Rule(
        "shape.after-table",
        Label.RELATED,
        "A headline straight after a table belongs to a link, not to the text.",
        find_stray_after_table,
        kept_lines,
    ),
    TEASER,
    BYLINE,
)

# boxes and captions before headings: they are short lines above text, too
CONTEXT: tuple[Rule, ...] = (
    Rule(
        "shape.bio-after-name",
        Label.AUTHOR_BIO,
        "What follows the name in an author box is about the author.",
        find_bio_after_name,
        _lines,
    ),
    Rule(
        "shape.stray-caption",
        Label.CAPTION,
        "Pictures leave their captions behind.",
        _find_stray_caption,
        kept_lines,
    ),
    Rule("shape.heading", Label.HEADING, "Headings structure the text.", _find_heading, kept_lines_by_now),
)
