"""An article for people to read: below its headline (a field of its own in a record), as text and Markdown; and the
headings in its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from copydesk.cleaners.decode.markdown_page import tokens_of
from copydesk.cleaners.errors import TooDeep
from copydesk.cleaners.record.emphasis import inline
from copydesk.cleaners.record.markdown import heading, paragraph
from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import bare
from copydesk.cleaners.text_forms import letters

if TYPE_CHECKING:
    from markdown_it.token import Token


class Heading(Struct, frozen=True):
    """A heading of a text: its words, its rank from 2 on, and its offset, in characters."""

    text: str
    rank: int
    start: int
    end: int


def headings(record: Record) -> Iterator[Heading]:
    """The headings of a record's text, in order; none from within quotations and lists.

    One whose words are not found in the text, behind those before it, is left out.
    """
    try:
        tokens = tokens_of(record.markdown)
    except TooDeep:
        return
    blocks: list[tuple[int, str]] = []
    at = 0
    for block in record.text.split("\n\n"):
        blocks.append((at, block))
        at += len(block) + len("\n\n")
    at = 0
    for token, inside in pairwise(tokens):
        if token.type != "heading_open" or token.level:
            continue
        words = "".join(map(_words, inside.children or ()))
        form = letters(words)
        found = next(
            (number for number in range(at, len(blocks)) if letters(blocks[number][1]) == form), None
        )
        if found is not None:
            start, block = blocks[found]
            yield Heading(" ".join(block.split()), int(token.tag[1:]), start, start + len(block))
            at = found + 1


def _words(token: Token) -> str:
    match token.info:
        case "tag":
            return ""
        case "formula" | "note":
            return token.markup.strip("$[^]")
    return token.content


# above a headline that stayed in the text there may be its kicker and its section
_FIRST_LINES = 3


def headline_of(record: Record) -> str | None:
    """The headline to be shown above the text; None where there is none, or where the text begins with it."""
    title = " ".join((record.title or "").split())
    first = [line for line in record.text.split("\n") if line.strip()][:_FIRST_LINES]
    if not title or not first or bare(title) in map(bare, first):
        return None
    return title


COMMENTS = "Comments"
"""Stands above the comments of readers, which are below a text where they were asked for."""


def text_of(record: Record, *, title: bool = True) -> str:
    """The text of an article below its headline, which ``title`` may leave out, and above its comments."""
    shown = headline_of(record) if title else None
    comments = (COMMENTS, *record.comments) if record.text and record.comments else ()
    return "\n\n".join((*([shown] if shown else []), record.text, *comments))


def markdown_of(record: Record, *, title: bool = True) -> str:
    """The Markdown of an article as ``text_of`` has it. The headline is its only heading of the first rank."""
    shown = headline_of(record) if title else None
    first = [heading(inline(shown), 1)] if shown else []
    comments = (
        (heading(COMMENTS, 2), *map(paragraph, record.comments)) if record.text and record.comments else ()
    )
    return "\n\n".join((*first, record.markdown, *comments))
