"""Rules for the shape of lines and their neighbours, mostly in flattened text: rows of tables whose cells are glued
together, words left beside tables and pictures, invisible blocks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import groupby

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.bylines import (
    bios_after_names,
    bylines,
    datelines,
    doubled_names,
    is_name,
    signatures,
)
from copydesk.cleaners.rules.headlines import headings, headlines, teasers
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.types import KEPT, Kind, Label
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
_BEFORE_STRAYS = frozenset({Label.AD, Label.CAPTION})
# a sender's address: three parts and a number, "Harbour Letter, 12 Quay Street, Gullport"; both set by hand
_PARTED = lazy_pattern(r"[^,\n|·•、，،]+(?:[,\n|·•、，،][^,\n|·•、，،]+){2,}")
_MAX_ADDRESS_CHARS = 200
_NEAR = 3  # blocks: an address has its line on leaving the list above or below it
# written out in mails of plain text; a page's box for subscribing, below where an event takes place, has a button
_BELOW_MAILS = frozenset({Label.NEWSLETTER, Label.SOCIAL})  # what a line on leaving the list is taken for
_WHERE_TO_LEAVE = lazy_pattern(r"://|\w@\w")


def glued_runs(page: PageFacts) -> dict[int, range]:
    """Block number to its run, for blocks in runs of at least ``_MIN_GLUED_ROWS`` lines with glued cells."""
    table = page.table
    runs: list[range] = []
    for at, text in enumerate(table.texts if not page.is_html else ()):
        if len(text) > _MAX_ROW_CHARS or at in table.sentences or _GLUE.search(text) is None:
            continue
        # a blank line separates tables
        if runs and runs[-1].stop == at and not table.blocks[at].gap:
            runs[-1] = range(runs[-1].start, at + 1)
        else:
            runs.append(range(at, at + 1))
    return {at: run for run in runs if len(run) >= _MIN_GLUED_ROWS for at in run}


@rule("shape.glued-row", Label.TABLE, "The rows of a flattened table are still a table.")
def glued_rows(context: RuleContext) -> Mapping[int, str]:
    """Rows of flattened tables that are not menus."""
    return {
        at: f"row of {len(run)} neighbouring lines with glued cells"
        for at, run in context.page.memoized(glued_runs).items()
        if context.judged.keep[at] >= _MIN_ROW_KEEP
    }


@rule("shape.after-table", Label.RELATED, "A headline right after a table is that of another page.")
def lines_after_tables(context: RuleContext) -> Mapping[int, str]:
    """Lines right below a run of glued rows: the headline of a teaser was glued to its last row."""
    runs = context.page.memoized(glued_runs)
    if context.judged.is_article_alone or not runs:
        return {}
    table = context.page.table
    # a line with glued cells belongs to the table
    below = ({run.stop for run in runs.values()} & context.judged.kept) - table.sentences - runs.keys()
    return {
        at: "a headline glued to a table's last row"
        for at in below
        if not table.blocks[at].gap and count_words(table.raws[at]) >= _MIN_HEADLINE_WORDS
    }


@rule(
    "shape.stray-caption",
    Label.CAPTION,
    "Flattening leaves captions without their pictures.",
    over=KEPT | {Label.RELATED},
)
def stray_captions(context: RuleContext) -> Mapping[int, str]:
    """A few words right after an advertisement or another caption, of what is kept or might be several things."""
    table, verdicts = context.page.table, context.verdicts
    if context.page.is_html or context.labels.isdisjoint(_BEFORE_STRAYS):
        return {}
    # without a blank line after it, the line belongs to the text below
    gaps = [block.gap for block in table.blocks] + [1]
    return {
        at: f"a few words right after a block of {verdicts[at - 1].label}"
        for at in (context.judged.kept | context.judged.vague) - table.sentences - {0}
        if verdicts[at - 1].label in _BEFORE_STRAYS
        and not gaps[at]
        and gaps[at + 1]
        and count_words(table.raws[at]) <= _MAX_STRAY_WORDS
    }


# "© Anna Berg", "© Harbour Post / Anna Berg"
_CREDIT = lazy_pattern(r"\s*[©ⓒ]\s*([^\W\d_][^\d:.!?]{1,60}[^\W\d_])\s*")


@rule("shape.credit", Label.CAPTION, "A name behind the sign of a right is whose picture stood there.")
def credits_alone(context: RuleContext) -> Mapping[int, str]:
    """Kept lines of flattened text that are such a sign and a name."""
    raws = context.page.table.raws
    return {
        at: "the sign of a right and a name"
        for at in (() if context.page.is_html else context.judged.kept)
        if (credit := _CREDIT.fullmatch(raws[at])) and all(map(is_name, credit[1].split(" / ")))
    }


# set by hand: longer blocks have a visible character, and need not be searched for it
_MAX_INVISIBLE_CHARS = 12
# general categories of Unicode: joiners, controls, spaces, line and paragraph separators, combining marks
_INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"})


@rule("shape.invisible", Label.HIDDEN, "A block without a visible character is not text.")
def invisible(context: RuleContext) -> Mapping[int, str]:
    """Short blocks of joiners, spaces and combining marks."""
    return {
        at: "nothing in it can be seen"
        for at, raw in enumerate(context.page.table.raws)
        if not raw.isascii()
        and len(raw) <= _MAX_INVISIBLE_CHARS
        and _INVISIBLE.issuperset(map(unicodedata.category, raw.strip()))
    }


@rule(
    "shape.sender",
    Label.NEWSLETTER,
    "Below a mail's text stand its sender's address and how to leave its list.",
)
def sender(context: RuleContext) -> Mapping[int, str]:
    """Addresses and lines of hyphens behind the text, near a line on the newsletter that says where to leave it."""
    found: dict[int, str] = {}
    if _BELOW_MAILS.isdisjoint(context.labels):
        return found
    table = context.page.table
    texts = table.texts
    near = {
        one
        for at, verdict in enumerate(context.verdicts)
        if verdict.label in _BELOW_MAILS and _WHERE_TO_LEAVE.search(texts[at])
        for one in range(at - _NEAR, at + _NEAR + 1)
    }
    for at in reversed(context.kept_in_order) if near else ():
        text = texts[at]
        if len(text) > _MAX_ADDRESS_CHARS or at in table.sentences:
            break
        # rows of tables have parts and numbers, too
        if at in near and table.kinds[at] is Kind.PARAGRAPH:
            if not any(map(str.isalnum, text)):
                found[at] = "a line without words, beside a line on leaving the newsletter"
            elif any(map(str.isdigit, text)) and _PARTED.fullmatch(text):
                found[at] = "an address, beside a line on leaving the newsletter"
    return found


@rule(
    "shape.parameters",
    Label.OTHER,
    "Names of attributes with their values are markup that was printed, not text.",
)
def parameters(context: RuleContext) -> Mapping[int, str]:
    """Runs of single words of which some are names of attributes of HTML, with an address or `_blank` among them."""
    table = context.page.table
    found: dict[int, str] = {}
    if len(_ATTRIBUTES.intersection(map(str.lower, table.texts))) < _MIN_ATTRIBUTES:
        return found
    words = [text.lower() for text in table.texts]
    is_single = [
        kind is not Kind.CODE and len(word.split()) == 1
        for kind, word in zip(table.kinds, words, strict=True)
    ]
    for alone, run in groupby(range(len(words)), is_single.__getitem__):
        texts = {words[at]: at for at in run if alone}
        names = _ATTRIBUTES & texts.keys()
        if len(names) >= _MIN_ATTRIBUTES and any(map(_VALUE.match, texts)):
            found |= dict.fromkeys(
                range(min(texts.values()), max(texts.values()) + 1), f"{len(names)} names of attributes"
            )
    return found


KEEPING = (glued_rows, headlines, datelines, invisible, doubled_names)
SURE = (lines_after_tables, teasers, bylines, signatures, credits_alone)
# boxes and captions before headings, because they too are short lines above text
CONTEXT = (parameters, sender, bios_after_names, stray_captions, headings)
