"""Labelled blocks to ``text``, ``markdown`` and ``removed``; and back: the law.

``text`` and ``removed`` together hold every letter of the page. Where a removed block stood is told by
``after``: the number of lines of ``text`` (blank ones aside) before it, so that a record needs nothing
but itself to be put together again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cleaners import normal
from cleaners.errors import BrokenLaw
from cleaners.schema import Record, Removed
from cleaners.types import Kind, Label, Labelled

_MAX_URL_CHARS = 2_048
_SAFE_URL = re.compile(r"(?:https?:|(?![a-zA-Z][\w+.-]*:))[^\s()<>\x00-\x1f\x7f-\x9f]+")
_MARKDOWN_OPENER = re.compile(r"^(#{1,6}\s|[-*+>]\s|\d+[.)]\s|```|\|)")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The three faces of one page's blocks."""

    text: str
    markdown: str
    removed: tuple[Removed, ...]


def render(labelled: Sequence[Labelled]) -> Rendered:
    """Writes the kept blocks and lists the others, in one pass over the page."""
    parts: list[str] = []
    removed: list[Removed] = []
    lines = 0
    previous: Labelled | None = None
    shown: list[tuple[Labelled, str]] = []
    for item in labelled:
        written = write(item)
        if not written:
            continue
        if item.is_kept or item.label is Label.CAPTION:
            shown.append((item, written))
        if not item.is_kept:
            verdict = item.verdict
            removed.append(
                Removed(
                    after=lines,
                    label=verdict.label,
                    rule=verdict.rule,
                    evidence=verdict.evidence,
                    text=written,
                )
            )
            continue
        if previous is not None:
            parts.append("\n" if _belong_together(previous, item) else "\n\n")
        parts.append(written)
        lines += sum(1 for line in written.split("\n") if line.strip())
        previous = item
    return Rendered("".join(parts), _markdown(shown), tuple(removed))


def write(item: Labelled) -> str:
    """One block as it stands in ``text`` or ``removed``."""
    if item.label is Label.CODE or (item.block.kind is Kind.CODE and not item.is_kept):
        return normal.code(item.block.raw)
    if item.block.kind is Kind.TABLE_ROW:
        return normal.row(item.block.raw)
    return normal.prose(item.block.raw)


def restore(record: Record) -> str:
    """The page's text, put together again from ``text`` and ``removed``, one block a line.

    White space aside, this is the text of the page the record was made from.
    """
    lines = [line for line in record.text.split("\n") if line.strip()]
    out: list[str] = []
    done = 0
    for gone in record.removed:
        out.extend(lines[done : gone.after])
        done = max(done, gone.after)
        out.append(gone.text)
    out.extend(lines[done:])
    return "\n".join(out)


def check(record: Record, page_text: str) -> None:
    """Asserts the law for one record.

    Raises BrokenLaw, naming the first place where the record and the page's text part.
    """
    ours, theirs = normal.letters(restore(record)), normal.letters(page_text)
    if ours == theirs:
        return
    at = next(
        (i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
    raise BrokenLaw(
        f"text and removals part from the page's text at letter {at}: "
        f"{ours[max(0, at - 20) : at + 20]!r} against {theirs[max(0, at - 20) : at + 20]!r}"
    )


def _belong_together(one: Labelled, other: Labelled) -> bool:
    """List items and rows of one table follow each other by a line break."""
    if one.label is not other.label:
        return False
    if one.label is Label.TABLE:
        return one.block.table == other.block.table
    return one.label is Label.LIST_ITEM


def _markdown(shown: Sequence[tuple[Labelled, str]]) -> str:
    parts: list[str] = []
    previous: Labelled | None = None
    for item, text in shown:
        starts_table = item.label is Label.TABLE and (
            previous is None or not _belong_together(previous, item)
        )
        written = _write_markdown(item, text, starts_table=starts_table)
        if not written:
            continue
        if previous is not None:
            parts.append("\n" if _belong_together(previous, item) else "\n\n")
        parts.append(written)
        previous = item
    return "".join(parts)


def _write_markdown(item: Labelled, text: str, *, starts_table: bool) -> str:  # noqa: PLR0911  one form a label
    block = item.block
    match item.label:
        case _ if not text:
            return ""
        case Label.HEADING:
            return f"{'#' * max(2, block.level or 2)} {' '.join(text.split())}"
        case Label.LIST_ITEM:
            return f"{'   ' * (max(1, block.level) - 1)}{'1.' if block.ordered else '-'} {_indented(_bare(text))}"
        case Label.QUOTE | Label.EMBED:
            return "\n".join(f"> {line}" for line in text.split("\n"))
        case Label.CODE:
            fence = "````" if "```" in text else "```"
            return f"{fence}\n{text}\n{fence}"
        case Label.TABLE:
            return _table_row(text, starts_table=starts_table)
        case Label.CAPTION:
            caption = " ".join(text.split()).replace("[", "(").replace("]", ")")
            return f"![{caption}]({block.image_url})" if _is_linkable(block.image_url) else f"*{caption}*"
        case _:
            return "\n".join(_escaped(line) for line in text.split("\n"))


def _is_linkable(url: str | None) -> bool:
    """Whether an address may stand in Markdown: no script, nothing that ends the link, no picture in itself."""
    return url is not None and len(url) <= _MAX_URL_CHARS and _SAFE_URL.fullmatch(url) is not None


def _table_row(text: str, *, starts_table: bool) -> str:
    cells = text.replace("|", "\\|").split("\t")
    line = "| " + " | ".join(cells) + " |"
    return line + "\n|" + " --- |" * len(cells) if starts_table else line


def _bare(text: str) -> str:
    """A list item without the mark it already carries in plain text."""
    return re.sub(r"^(?:[•▪◦‣·*–-]|\d{1,3}[.)])\s+", "", text)


def _indented(text: str) -> str:
    return text.replace("\n", "\n   ")


def _escaped(line: str) -> str:
    return "\\" + line if _MARKDOWN_OPENER.match(line) else line
