"""Labelled blocks to ``text``, ``markdown`` and ``removed``, and back: the invariant.

``text`` and ``removed`` together contain every letter of the page. ``after`` gives the place of a removed block: the
number of lines of ``text`` before it, without blank lines. So the text of the page can be restored from the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from copydesk.cleaners import text_forms
from copydesk.cleaners.errors import BrokenInvariant
from copydesk.cleaners.record.markdown import markdown
from copydesk.cleaners.record.marked_block import MarkedBlock, marked_block
from copydesk.cleaners.record.media import ShownMedium, shown_media
from copydesk.cleaners.schema import Link, Record, Removed
from copydesk.cleaners.types import Block, Kind, Label, Labelled


class Rendered(Struct, frozen=True):
    """The faces of one page's blocks. ``links``: those of the kept ones, in the page's order; ``kept``: the kept ones,
    each with its text.
    """

    text: str
    markdown: str
    removed: tuple[Removed, ...]
    links: tuple[Link, ...] = ()
    kept: Sequence[tuple[Labelled, str]] = ()


def render(
    labelled: Sequence[Labelled], media: Sequence[ShownMedium] | None = None, *, base: str | None = None
) -> Rendered:
    """Writes the kept blocks and lists the others, in one pass over the page.

    ``media``: what is shown among them, in order; None where nothing is known but the captions. ``base``: what
    addresses of links and pictures start from.
    """
    if media is None:
        media = shown_media(labelled, (), {}, spans={}, base=base)
    captioned = {one.caption for one in media}
    parts: list[str] = []
    removed: list[Removed] = []
    keeps_breaks = _keeps_breaks([item.block for item in labelled if item.is_kept])
    lines = 0
    previous: Labelled | None = None
    shown: list[tuple[Labelled, str]] = []
    kept: list[tuple[Labelled, str]] = []
    marked: dict[int, MarkedBlock] = {}
    for item, written in zip(labelled, _written(labelled, keeps_breaks=keeps_breaks), strict=True):
        block = item.block
        if not written:  # only invisible characters, which the invariant ignores
            continue
        if not item.is_kept:
            verdict, label = item.verdict, item.label
            removed.append(
                Removed(after=lines, label=label, rule=verdict.rule, evidence=verdict.evidence, text=written)
            )
            # in Markdown it is below its picture, though it is no part of `text`
            if label is Label.CAPTION and block.index in captioned:
                shown.append((item, written))
            continue
        shown.append((item, written))
        kept.append(shown[-1])
        if block.marks:
            marked[block.index] = marked_block(block, base=base)
        if previous is not None:
            if keeps_breaks:
                is_near = not _is_parted(labelled, previous, item)
            else:  # list items and rows of one table follow each other by a line break
                shape = item.shape if item.shape is previous.shape else None
                is_near = shape is Label.LIST_ITEM or (
                    shape is Label.TABLE and block.table == previous.block.table
                )
            parts.append("\n" if is_near else "\n\n")
        parts.append(written)
        lines += count_lines(written) if "\n" in written else 1  # as `restore` will count them
        previous = item
    links = tuple([link for one in marked.values() for link in one.links])
    return Rendered("".join(parts), markdown(shown, media, marked, base=base), tuple(removed), links, kept)


def _written(labelled: Sequence[Labelled], *, keeps_breaks: bool) -> list[str]:
    """Each block as written in ``text`` or ``removed``."""
    blocks = [item.block for item in labelled]
    written = text_forms.prose_of([block.raw for block in blocks])
    indented = _indented(blocks) if keeps_breaks else frozenset()
    for at, item in enumerate(labelled):
        kind = item.block.kind
        if kind is Kind.TABLE_ROW:
            written[at] = text_forms.row(item.block)
        # of code that is removed the lines are kept too: it is quoted as it was
        elif item.shape is Label.CODE or (kind is Kind.CODE and not item.is_kept) or at in indented:
            written[at] = text_forms.code(item.block.raw)
    return written


def count_lines(text: str) -> int:
    """The lines of a text as ``after`` counts them: blank ones aside."""
    return sum(1 for line in text.split("\n") if line.strip())


def restore(record: Record) -> str:
    """The page's text, put together again from ``text`` and ``removed``, one block a line.

    White space aside, this is the text of the page the record was made from. Where ``text`` is from a script
    (``field_origins`` says so), no browser shows it, and all of the page is among the removals. Where addresses and
    numbers are masked, their marks stand in the page's text too. Raises TypeError where it is given no ``Record``.
    """
    if not isinstance(record, Record):
        raise TypeError(
            f"restore takes a Record, not {type(record).__name__}; Record.from_json reads one from JSON"
        )
    if "text" in record.field_origins:
        return "\n".join(gone.text for gone in record.removed)
    lines = [line for line in record.text.split("\n") if line.strip()]
    out: list[str] = []
    done = 0
    for gone in record.removed:
        out.extend(lines[done : gone.after])
        # never backwards: no line is given twice, were the removals out of order
        done = max(done, gone.after)
        out.append(gone.text)
    out.extend(lines[done:])
    return "\n".join(out)


def check(record: Record, page_text: str) -> None:
    """Checks the invariant for one record. Raises BrokenInvariant with the first place where both texts differ."""
    # without white space, which `render` normalises
    ours, theirs = text_forms.letters(restore(record)), text_forms.letters(page_text)
    if ours == theirs:
        return
    differing = (i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b)
    at = next(differing, min(len(ours), len(theirs)))
    raise BrokenInvariant(
        f"text and removals part from the page's text at letter {at}: "
        f"{ours[max(0, at - 20) : at + 20]!r} against {theirs[max(0, at - 20) : at + 20]!r}"
    )


def _keeps_breaks(blocks: Sequence[Block]) -> bool:
    """Whether blank lines part the blocks of a plain text, as they do where copydesk wrote it: then lines with none
    between them stay together, as a list, a table, a stanza. In a text without any, each line is a block.
    """
    # blank lines above the first part nothing; pages with tags have no gaps at all
    return sum([block.gap for block in blocks[1:]]) > 0


def _indented(blocks: Sequence[Block]) -> frozenset[int]:
    """The lines of a plain text, by number, that stand together with indented ones: a program, a stanza, a drawing."""
    # a blank line begins a run, and so does the text itself
    starts = [block.index for block in blocks if block.gap or not block.index]
    found: set[int] = set()
    for start, end in pairwise((*starts, len(blocks))):
        lines = [block for block in blocks[start:end] if block.kind is Kind.PARAGRAPH]
        # an indent below a blank line opens a paragraph; a single space is a slip
        if any(one.gap == 0 and one.raw.startswith(("\t", "  ")) for one in lines):
            found.update(one.index for one in lines)
    return frozenset(found)


def _is_parted(labelled: Sequence[Labelled], one: Labelled, other: Labelled) -> bool:
    """Whether a blank line is between two blocks of a plain text."""
    # the blank line may stand above a block between them that is removed
    between = labelled[one.block.index + 1 : other.block.index + 1]
    return any(item.block.gap for item in between)
