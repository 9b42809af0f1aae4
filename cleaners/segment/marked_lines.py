"""Pages in Markdown as flattened text: their marks tell headings, lists, tables and links, and nothing of boxes."""

from __future__ import annotations

from collections.abc import Sequence

from copydesk.cleaners.segment.inline_asides import CONCEALED_ROLE, MARK_ROLE
from copydesk.cleaners.types import Block, Kind

_APART = frozenset({CONCEALED_ROLE, MARK_ROLE})


def as_lines(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks of a page that had no other elements than those of Markdown, as those of its lines: without their
    ways in the tree, and with blank lines between all but the entries of a list and the rows of a table.
    """
    found: list[Block] = []
    for block in blocks:
        is_next = (
            bool(found) and block.kind in (Kind.LIST_ITEM, Kind.TABLE_ROW) and block.kind is found[-1].kind
        )
        # the marks of footnotes have been set behind their paragraphs
        is_apart = block.path and not _APART.isdisjoint(block.path[-1].words.split())
        # an element of code is called after its language, which Markdown says, too
        path = block.path if is_apart else block.path[-1:] if block.kind is Kind.CODE else ()
        found.append(block.replace(path=path, gap=0 if is_next or not found else 1))
    return tuple(found)
