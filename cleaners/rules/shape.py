"""Rules for the shape of a line, of its neighbours, of runs of lines. They work without tags."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from copydesk.cleaners.rules.bylines import (
    bio_after_name,
    byline,
    dateline,
    doubled_name,
)
from copydesk.cleaners.rules.glued_rows import glued_rows, lines_after_tables, stray_caption
from copydesk.cleaners.rules.headlines import heading, headline, teasers
from copydesk.cleaners.rules.rule import RuleContext, page_rule
from copydesk.cleaners.types import Label

# set by hand: what is longer holds something visible, and is not looked through by character
_MAX_INVISIBLE_CHARS = 12
# general categories of Unicode: joiners, controls, spaces, line and paragraph separators, combining marks
_INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"})


@page_rule("shape.invisible", Label.HIDDEN, "Joiners and marks alone are no text.")
def invisible(context: RuleContext) -> Mapping[int, str]:
    """Short blocks without a visible character."""
    return {
        at: "nothing in it can be seen"
        for at, block in enumerate(context.page.blocks)
        if len(block.raw) <= _MAX_INVISIBLE_CHARS
        and not block.raw.isascii()
        and _INVISIBLE.issuperset(map(unicodedata.category, block.text))
    }


KEEPING = (glued_rows, headline, dateline, invisible, doubled_name)
SURE = (lines_after_tables, teasers, byline)
# boxes and captions before headings: they are short lines above text, too
CONTEXT = (bio_after_name, stray_caption, heading)
