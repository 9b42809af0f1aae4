"""A record for people: one line, and the HTML in which notebooks show it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from copydesk.cleaners.sites import host_of
from copydesk.cleaners.word_count import count_words

if TYPE_CHECKING:
    from copydesk.cleaners.schema import Record, Removed

# set by hand: a headline is known by its beginning
_MAX_TITLE_CHARS = 60
# set by hand: a notebook keeps what it shows, and should not keep a book for a cell
_MAX_TEXT_CHARS = 20_000
_MAX_SAMPLE_CHARS = 100
_SCROLLED = "max-height:24em;overflow:auto;white-space:pre-wrap;border-left:3px solid #8888;padding-left:1em"
_LEFT = "text-align:left;vertical-align:top"


def as_line(record: Record) -> str:
    """Title, host, status, and how many words were kept and removed: the record in a line."""
    gone = sum(count_words(one.text) for one in record.removed)
    parts = (
        repr(_cut(record.title, _MAX_TITLE_CHARS)) if record.title else None,
        host_of(record.url or record.canonical_url or "") or None,
        record.status
        if record.reason is None
        else f"{record.status} ({_cut(record.reason, _MAX_TITLE_CHARS)})",
        f"{count_words(record.text):,} words kept, {gone:,} removed",
    )
    return f"<Record {', '.join(filter(None, parts))}>"


def as_html(record: Record) -> str:
    """The record's line, its text, and what was removed, by label. Nothing of the page is markup in it."""
    text = _cut(record.text, _MAX_TEXT_CHARS)
    return "".join(
        (
            f'<div class="tex2jax_ignore mathjax_ignore"><p><code>{escape(as_line(record))}</code></p>',
            f'<div style="{_SCROLLED}">{escape(text)}</div>' if text else "",
            *_table(record),
            "</div>",
        )
    )


def _table(record: Record) -> Iterator[str]:
    if not record.removed:
        return
    heads = ("removed", "blocks", "words", "rules", "begins")
    yield "<table><thead><tr>"
    yield from (f'<th style="{_LEFT}">{head}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    # most words first: what to look at where too much has gone
    for label, blocks in sorted(_by_label(record), key=lambda one: -_words(one[1])):
        rules = ", ".join(sorted({one.rule for one in blocks}))
        sample = _cut(" ".join(blocks[0].text.split()), _MAX_SAMPLE_CHARS)
        cells = (label, f"{len(blocks):,}", f"{_words(blocks):,}", rules, sample)
        yield "<tr>" + "".join(f'<td style="{_LEFT}">{escape(cell)}</td>' for cell in cells) + "</tr>"
    yield "</tbody></table>"


def _by_label(record: Record) -> Iterator[tuple[str, list[Removed]]]:
    # sorting keeps the page's order within a label
    for label, blocks in groupby(sorted(record.removed, key=lambda one: one.label), lambda one: one.label):
        yield label, list(blocks)


def _words(blocks: list[Removed]) -> int:
    return sum(count_words(one.text) for one in blocks)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
