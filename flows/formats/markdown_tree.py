"""A record's Markdown, read back: its headings in the text, and its structure as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.cleaners.text_forms import letters

_BREAK = "<br>"  # in cells of tables, where Markdown has no line ends


class Heading(Struct, frozen=True):
    """A heading of a text: its words, its rank from 2 on, and where it stands there, in characters."""

    text: str
    rank: int
    start: int
    end: int


def headings(record: Record) -> Iterator[Heading]:
    """The headings of a record's text, in order; none from within quotations and lists.

    One whose words are not found in the text, behind those before it, is left out.
    """
    tokens = _parser().parse(record.markdown)
    blocks = list(_blocks(record.text))
    at = 0
    for token, inside in pairwise(tokens):
        if token.type != "heading_open" or token.level:
            continue
        words = "".join(child.content for child in inside.children or ())
        form = letters(words)
        found = next(
            (number for number in range(at, len(blocks)) if letters(blocks[number][1]) == form), None
        )
        if found is not None:
            start, block = blocks[found]
            yield Heading(" ".join(block.split()), int(token.tag[1:]), start, start + len(block))
            at = found + 1


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for block in text.split("\n\n"):
        yield at, block
        at += len(block) + len("\n\n")


def html_of(record: Record) -> str:
    """The article as HTML, without a headline; what looks like markup in its words is shown as it is written."""
    rendered: str = _parser().render(record.markdown)
    return rendered


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def html(_: Any, tokens: Any, number: int, *__: Any) -> str:
        content: str = tokens[number].content
        return content if content == _BREAK else escape(content)

    for kind in ("html_inline", "html_block"):
        parser.add_render_rule(kind, html)
    return parser
