"""An article for people to read: below its headline (a field of its own in a record), as text, Markdown and HTML; and
the headings in its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from copydesk.cleaners.record.emphasis import inline
from copydesk.cleaners.record.markdown import heading
from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import bare
from copydesk.cleaners.text_forms import letters

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_BREAK = "<br>"  # in cells of tables, where Markdown has no line ends


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
    from markdown_it import MarkdownIt  # the command of one page imports this module too

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def html(_: Any, tokens: Any, number: int, *__: Any) -> str:
        content: str = tokens[number].content
        return content if content == _BREAK else escape(content)

    for kind in ("html_inline", "html_block"):
        parser.add_render_rule(kind, html)
    return parser


# above a headline that stayed in the text there may be its kicker and its section
_FIRST_LINES = 3


def headline_of(record: Record) -> str | None:
    """The headline to be shown above the text; None where there is none, or where the text begins with it."""
    title = " ".join((record.title or "").split())
    first = [line for line in record.text.split("\n") if line.strip()][:_FIRST_LINES]
    if not title or not first or bare(title) in map(bare, first):
        return None
    return title


def text_of(record: Record) -> str:
    """The text of an article below its headline."""
    title = headline_of(record)
    return f"{title}\n\n{record.text}" if title else record.text


def markdown_of(record: Record) -> str:
    """The Markdown of an article below its headline, which is its only heading of the first rank."""
    title = headline_of(record)
    return f"{heading(inline(title), 1)}\n\n{record.markdown}" if title else record.markdown
