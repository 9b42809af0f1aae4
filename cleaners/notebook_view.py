"""A record as one line, and as HTML for notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from copydesk.cleaners.sites import host_of
from copydesk.cleaners.word_count import count_words

if TYPE_CHECKING:
    from copydesk.cleaners.schema import Record, Removed

# set by hand: the beginning of a headline identifies it
_MAX_TITLE_CHARS = 60
# set by hand: a notebook saves the output of its cells
_MAX_TEXT_CHARS = 20_000
_MAX_SAMPLE_CHARS = 100
_MAX_HTML_TITLE_CHARS = 300
_SCROLL_BOX = (
    "max-height:24em;overflow:auto;white-space:pre-wrap;border-left:3px solid #8888;padding-left:1em"
)
_BADGE = "border:1px solid;border-radius:4px;padding:0 .4em;font-weight:bold"
_CELL = "text-align:left;vertical-align:top"


def as_line(record: Record) -> str:
    """Title, host, status, and the numbers of kept and removed words, in one line."""
    reason = f" ({_truncated(record.reason, _MAX_TITLE_CHARS)})" if record.reason is not None else ""
    parts = (
        repr(_truncated(record.title, _MAX_TITLE_CHARS)) if record.title else None,
        host_of(record.url or record.canonical_url or "") or None,
        f"{record.status}{reason}",
        _word_counts(record),
    )
    return f"<Record {', '.join(filter(None, parts))}>"


def as_html(record: Record) -> str:
    """Title, facts, uses of AI, the folded text, and a table of the removed blocks by label.

    All strings of the page are escaped. No colour is set, so that the HTML fits a light and a dark notebook.
    """
    return "".join(
        (
            '<div class="tex2jax_ignore mathjax_ignore">',
            f'<p style="margin:0"><strong dir="auto">{_linked_title(record)}</strong></p>',
            f'<p style="margin:0">{" · ".join(map(escape, _facts(record)))}</p>',
            *_ai_uses(record),
            *_text(record),
            *_removed_table(record),
            "</div>",
        )
    )


def _linked_title(record: Record) -> str:
    title = escape(_truncated(record.title or "(no title)", _MAX_HTML_TITLE_CHARS))
    url = record.url or record.canonical_url or ""
    # a page may declare a `javascript:` URL
    if not url.lower().startswith(("http://", "https://")):
        return title
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}</a>'


def _facts(record: Record) -> Iterator[str]:
    """Site, date, language, status and word counts, as far as they are known."""
    yield from filter(None, (record.site_name, host_of(record.url or record.canonical_url or "")))
    if record.date_published:
        yield record.date_published[:10]
    yield record.language
    reason = f": {_truncated(record.reason, _MAX_SAMPLE_CHARS)}" if record.reason is not None else ""
    yield f"{record.status}{reason}"
    yield _word_counts(record)


def _word_counts(record: Record) -> str:
    kept = count_words(record.text)
    return f"{kept:,} word{'' if kept == 1 else 's'} kept, {_count_words(record.removed):,} removed"


def _ai_uses(record: Record) -> Iterator[str]:
    """A line with the uses of AI that the page declares and the strongest quote."""
    found = record.provenance
    if not found.ai:
        return
    uses = (
        f"{use.role or 'used for'} {use.medium}" + (f" ({use.model or use.vendor})" if use.vendor else "")
        for use in found.ai
    )
    evidence = sorted(
        (item for item in found.evidence if item.field == "ai"), key=lambda item: item.strength != "strong"
    )
    quotes = [f"“{_truncated(item.quote, _MAX_SAMPLE_CHARS)}”" for item in evidence[:1]]
    line = escape(": ".join(("; ".join(uses), *quotes)))
    yield f'<p style="margin:0"><span style="{_BADGE}">AI</span> {line}</p>'


def _text(record: Record) -> Iterator[str]:
    if record.text:
        beginning = escape(_truncated(" ".join(record.text.split()), _MAX_SAMPLE_CHARS))
        text = escape(_truncated(record.text, _MAX_TEXT_CHARS))
        yield f'<details><summary dir="auto">Text: {beginning}</summary>'
        yield f'<div dir="auto" style="{_SCROLL_BOX}">{text}</div></details>'


def _removed_table(record: Record) -> Iterator[str]:
    if not record.removed:
        return
    heads = ("removed", "blocks", "words", "rules", "begins")
    yield "<table><thead><tr>"
    yield from (f'<th style="{_CELL}">{head}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    by_label: dict[str, list[Removed]] = {}
    for block in sorted(record.removed, key=lambda block: block.label):
        by_label.setdefault(block.label, []).append(block)
    # most words first: a wrong removal matters most there
    for label, blocks in sorted(by_label.items(), key=lambda item: -_count_words(item[1])):
        rules = ", ".join(sorted({block.rule for block in blocks}))
        sample = _truncated(" ".join(blocks[0].text.split()), _MAX_SAMPLE_CHARS)
        cells = (label, f"{len(blocks):,}", f"{_count_words(blocks):,}", rules, sample)
        yield "<tr>" + "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in cells) + "</tr>"
    yield "</tbody></table>"


def _count_words(blocks: Sequence[Removed]) -> int:
    return sum(count_words(block.text) for block in blocks)


def _truncated(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else f"{text[: max_chars - 1]}…"
