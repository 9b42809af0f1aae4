"""Rules for the shape of lines and their neighbours, mostly in flattened text: rows of tables whose cells are glued
together, words left beside tables and pictures, invisible blocks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import groupby

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.memoization import lru_cache_short_text
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.bylines import (
    bio_after_name,
    byline,
    dateline,
    doubled_name,
)
from copydesk.cleaners.rules.headlines import heading, headline, teasers
from copydesk.cleaners.rules.rule import RuleContext, kept_lines, page_rule, rule
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.types import Block, Kind, Label
from copydesk.cleaners.word_count import count_words

# glued cells: a lower-case letter, digit or bracket before a capital, or a letter before a number
_GLUE = lazy_pattern(
    # in this order: "TeamPoints"; "Ashford34"; "(W)Ashford", "12 %Turnout"; "34Ashford"
    r"[^\W\d_A-ZÀ-Þ][A-ZÀ-ÞА-Я][^\W\d_A-ZÀ-Þ]|[a-zà-ÿа-я]{3}\d|[)%]\s?[A-ZÀ-ÞА-Я]\w|\d[A-ZÀ-ÞА-Я][a-zà-ÿа-я]{2}"
)
_ATTRIBUTES = frozenset(
    {"alt", "class", "height", "href", "id", "rel", "src", "style", "target", "title", "type", "width"}
)
_MIN_ATTRIBUTES = 2  # set by hand: a glossary of HTML has sentences between them
# "_blank", "https://tickets.example/a"
_VALUE = lazy_pattern(r"_(?:blank|self|top|parent)$|https?://")
# set by hand: one or two such lines may be names like "YouTube"; a larger value loses small tables
_MIN_GLUED_ROWS = 3
# set by hand: fewer words may be the last cell of the table or its source
_MIN_HEADLINE_WORDS = 4
_MIN_ROW_KEEP = 0.2  # less probable rows are those of a menu
# 12 of 1,342 labelled rows are longer; a larger value takes paragraphs with
# such a name and no full stop for rows
_MAX_ROW_CHARS = 200
# of a caption left beside advertising; set by hand: a larger value removes lines of text
_MAX_STRAY_WORDS = 8
# a sender's address: three parts and a number, "Harbour Letter, 12 Quay Street, Gullport"; both set by hand
_PARTED = lazy_pattern(r"[^,\n|·•、，،]+(?:[,\n|·•、，،][^,\n|·•、，،]+){2,}")
_MAX_ADDRESS_CHARS = 200
_NEAR = 3  # blocks: an address has its line on leaving the list above or below it
# written out in mails of plain text; a page's box for subscribing, below where an event takes place, has a button
_BELOW_MAILS = frozenset({Label.NEWSLETTER, Label.SOCIAL})  # what a line on leaving the list is taken for
_WHERE_TO_LEAVE = lazy_pattern(r"://|\w@\w")


@lru_cache_short_text(maxsize=1024)
def _is_glued(text: str) -> bool:
    return len(text) <= _MAX_ROW_CHARS and not ends_sentence(text) and _GLUE.search(text) is not None


def glued_runs(page: PageFacts) -> dict[int, range]:
    """Block number to its run, for blocks in runs of at least ``_MIN_GLUED_ROWS`` lines with glued cells."""
    runs: dict[int, range] = {}
    if page.is_html:
        return runs
    start = 0
    # one more than there are, to end a run at the end of the page
    for at in range(len(page.table.blocks) + 1):
        block = page.table.blocks[at] if at < len(page.table.blocks) else None
        is_row = block is not None and _is_glued(block.text)
        if block is None or not is_row or block.gap:
            if at - start >= _MIN_GLUED_ROWS:
                runs |= dict.fromkeys(range(start, at), range(start, at))
            # a blank line separates tables
            start = at if is_row else at + 1
    return runs


@page_rule("shape.glued-row", Label.TABLE, "The rows of a flattened table are still a table.")
def glued_rows(context: RuleContext) -> Mapping[int, str]:
    """Rows of flattened tables that are not menus."""
    return {
        at: f"row of {len(run)} neighbouring lines with glued cells"
        for at, run in context.page.memoized(glued_runs).items()
        if context.judged.keep[at] >= _MIN_ROW_KEEP
    }


@page_rule(
    "shape.after-table",
    Label.RELATED,
    "A headline right after a table is that of another page.",
)
def lines_after_tables(context: RuleContext) -> Mapping[int, str]:
    """Lines right below a run of glued rows: the headline of a teaser was glued to its last row."""
    runs = context.page.memoized(glued_runs)
    if context.judged.is_article_alone:
        return {}
    found = {}
    for at in {run.stop for run in runs.values()} & context.judged.kept:
        block = context.page.table.blocks[at]
        # a line with glued cells belongs to the table
        if (
            at not in runs
            and not block.gap
            and not ends_sentence(block.text)
            and count_words(block.text) >= _MIN_HEADLINE_WORDS
        ):
            found[at] = "a headline glued to a table's last row"
    return found


@rule("shape.stray-caption", Label.CAPTION, "Flattening leaves captions without their pictures.", kept_lines)
def stray_caption(block: Block, context: RuleContext) -> str | None:
    """A few words right after an advertisement or another caption."""
    if context.page.is_html or block.gap or not block.index:
        return None
    before = context.verdicts[block.index - 1].label
    # without a blank line after it, the line belongs to the text below
    after_gap = (
        context.page.table.blocks[block.index + 1].gap
        if block.index + 1 < len(context.page.table.blocks)
        else 1
    )
    if before not in (Label.AD, Label.CAPTION) or not after_gap:
        return None
    if ends_sentence(block.text) or count_words(block.text) > _MAX_STRAY_WORDS:
        return None
    return f"a few words straight after {before}"


# set by hand: longer blocks have a visible character, and need not be searched for it
_MAX_INVISIBLE_CHARS = 12
# general categories of Unicode: joiners, controls, spaces, line and paragraph separators, combining marks
_INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"})


@page_rule("shape.invisible", Label.HIDDEN, "A block without a visible character is not text.")
def invisible(context: RuleContext) -> Mapping[int, str]:
    """Short blocks of joiners, spaces and combining marks."""
    return {
        at: "nothing in it can be seen"
        for at, block in enumerate(context.page.table.blocks)
        if len(block.raw) <= _MAX_INVISIBLE_CHARS
        and not block.raw.isascii()
        and _INVISIBLE.issuperset(map(unicodedata.category, block.text))
    }


@page_rule(
    "shape.sender",
    Label.NEWSLETTER,
    "Below a mail's text stand its sender's address and how to leave its list.",
)
def sender(context: RuleContext) -> Mapping[int, str]:
    """Addresses and lines of hyphens behind the text, near a line on the newsletter that says where to leave it."""
    found: dict[int, str] = {}
    if _BELOW_MAILS.isdisjoint(context.labels):
        return found
    blocks = context.page.table.blocks
    leaving = {
        at
        for at, verdict in enumerate(context.verdicts)
        if verdict.label in _BELOW_MAILS and _WHERE_TO_LEAVE.search(blocks[at].text)
    }
    for at in reversed(context.kept_in_order):
        block = blocks[at]
        if len(block.text) > _MAX_ADDRESS_CHARS or ends_sentence(block.text):
            break
        # rows of tables have parts and numbers, too
        if block.kind is Kind.PARAGRAPH and not leaving.isdisjoint(range(at - _NEAR, at + _NEAR + 1)):
            if not any(map(str.isalnum, block.text)):
                found[at] = "a line without words, beside a line on leaving the newsletter"
            elif any(map(str.isdigit, block.text)) and _PARTED.fullmatch(block.text):
                found[at] = "an address, beside a line on leaving the newsletter"
    return found


@page_rule(
    "shape.parameters",
    Label.OTHER,
    "Names of attributes with their values are markup that was printed, not text.",
)
def parameters(context: RuleContext) -> Mapping[int, str]:
    """Runs of single words of which some are names of attributes of HTML, with an address or `_blank` among them."""
    found: dict[int, str] = {}
    for is_word, run in groupby(context.page.table.blocks, _is_single_word):
        texts = {block.text.lower(): block.index for block in run if is_word}
        names = _ATTRIBUTES & texts.keys()
        if len(names) >= _MIN_ATTRIBUTES and any(map(_VALUE.match, texts)):
            found |= dict.fromkeys(
                range(min(texts.values()), max(texts.values()) + 1), f"{len(names)} names of attributes"
            )
    return found


def _is_single_word(block: Block) -> bool:
    return block.kind is not Kind.CODE and len(block.text.split()) == 1


KEEPING = (glued_rows, headline, dateline, invisible, doubled_name)
SURE = (lines_after_tables, teasers, byline)
# boxes and captions before headings, because they too are short lines above text
CONTEXT = (parameters, sender, bio_after_name, stray_caption, heading)
