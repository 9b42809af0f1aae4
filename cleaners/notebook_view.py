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
_MAX_TITLE_CHARS_SHOWN = 300
_SCROLLED = "max-height:24em;overflow:auto;white-space:pre-wrap;border-left:3px solid #8888;padding-left:1em"
_MARK = "border:1px solid;border-radius:4px;padding:0 .4em;font-weight:bold"
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
    """The record's title, facts and marks, its text, folded, and what was removed, by label. Nothing of the page is
    markup in it, and its colours are those of the notebook, light or dark.
    """
    return "".join(
        (
            '<div class="tex2jax_ignore mathjax_ignore">',
            f'<p style="margin:0"><strong dir="auto">{_linked_title(record)}</strong></p>',
            f'<p style="margin:0">{" · ".join(map(escape, _facts(record)))}</p>',
            *_ai(record),
            *_text(record),
            *_table(record),
            "</div>",
        )
    )


def _linked_title(record: Record) -> str:
    title = escape(_cut(record.title or "(no title)", _MAX_TITLE_CHARS_SHOWN))
    url = record.url or record.canonical_url or ""
    # a link to anything but the web would be the page's wish, not the reader's
    if not url.lower().startswith(("http://", "https://")):
        return title
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}</a>'


def _facts(record: Record) -> Iterator[str]:
    """Site, date, language, status and counts, as far as they are known."""
    yield from filter(None, (record.site_name, host_of(record.url or record.canonical_url or "")))
    if record.date_published:
        yield record.date_published[:10]
    yield record.language
    yield (
        record.status
        if record.reason is None
        else f"{record.status}: {_cut(record.reason, _MAX_SAMPLE_CHARS)}"
    )
    yield f"{count_words(record.text):,} words kept, {sum(count_words(one.text) for one in record.removed):,} removed"


def _ai(record: Record) -> Iterator[str]:
    """A line on the uses of AI that the page declares, with the strongest of the words that say so."""
    found = record.provenance
    if not found.ai:
        return
    uses = (
        f"{use.role or 'used for'} {use.medium}" + (f" ({use.model or use.vendor})" if use.vendor else "")
        for use in found.ai
    )
    quoted = sorted(
        (one for one in found.evidence if one.field == "ai"), key=lambda one: one.strength != "strong"
    )
    quotes = [f"“{_cut(one.quote, _MAX_SAMPLE_CHARS)}”" for one in quoted[:1]]
    line = escape(": ".join(("; ".join(uses), *quotes)))
    yield f'<p style="margin:0"><span style="{_MARK}">AI</span> {line}</p>'


def _text(record: Record) -> Iterator[str]:
    if record.text:
        begins = escape(_cut(" ".join(record.text.split()), _MAX_SAMPLE_CHARS))
        yield f'<details><summary dir="auto">Text: {begins}</summary>'
        yield f'<div dir="auto" style="{_SCROLLED}">{escape(_cut(record.text, _MAX_TEXT_CHARS))}</div></details>'


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
