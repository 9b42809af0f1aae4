"""The headline above the text of an article: in a record it is a field of its own."""

from __future__ import annotations

from copydesk.cleaners.record.emphasis import inline
from copydesk.cleaners.record.markdown import heading
from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import bare

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
