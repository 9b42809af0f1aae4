"""Rules for the shape of a line, of its neighbours, of runs of lines. They work without tags."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

from copydesk.cleaners.rules.bylines import (
    edges_of_text,
    find_bio_after_name,
    find_byline,
    find_dateline,
    find_doubled_name,
    short_first_blocks,
)
from copydesk.cleaners.rules.glued_rows import find_stray_caption, glued_rows, lines_after_tables
from copydesk.cleaners.rules.headlines import find_heading, find_headline, teasers, unnamed_lines
from copydesk.cleaners.rules.rule import Rule, RuleContext, kept_lines, page_rule
from copydesk.cleaners.types import Label

# set by hand: what is longer holds something visible, and is not looked through by character
_MAX_INVISIBLE_CHARS = 12
# general categories of Unicode: joiners, controls, spaces, line and paragraph separators, combining marks
_INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"})


def _invisible(context: RuleContext) -> Mapping[int, str]:
    return {
        at: "nothing in it can be seen"
        for at, block in enumerate(context.page.blocks)
        if len(block.raw) <= _MAX_INVISIBLE_CHARS
        and not block.raw.isascii()
        and _INVISIBLE.issuperset(map(unicodedata.category, block.text))
    }


def _lines(context: RuleContext) -> Collection[int]:
    return () if context.page.is_html else range(len(context.page.blocks))


KEEPING: tuple[Rule, ...] = (
    page_rule(
        "shape.glued-row", Label.TABLE, "Cells that lost their borders are still a table's.", glued_rows
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
    page_rule("shape.invisible", Label.HIDDEN, "Joiners and marks alone are no text.", _invisible),
    Rule(
        "shape.doubled-name",
        Label.BYLINE,
        "Author boxes say the name twice.",
        find_doubled_name,
        _lines,
    ),
)

TEASER = page_rule(
    "shape.teaser",
    Label.RELATED,
    "Excerpts that break off are advertisements of other articles.",
    teasers,
)

BYLINE = Rule(
    "shape.byline",
    Label.BYLINE,
    "Author and date have fields of their own.",
    find_byline,
    edges_of_text,
)

SURE: tuple[Rule, ...] = (
    page_rule(
        "shape.after-table",
        Label.RELATED,
        "A headline straight after a table belongs to a link, not to the text.",
        lines_after_tables,
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
        find_stray_caption,
        kept_lines,
    ),
    Rule(
        "shape.heading",
        Label.HEADING,
        "Headings structure the text.",
        find_heading,
        lambda context: () if context.page.is_html else context.kept_by_now,
    ),
)
