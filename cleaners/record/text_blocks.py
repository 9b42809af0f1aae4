"""The blocks of a record's ``text``, each with its label and place there, for those who ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from copydesk.cleaners.record.markdown import heading_rank
from copydesk.cleaners.schema import TextBlock
from copydesk.cleaners.types import Label, Labelled


def text_blocks(text: str, kept: Sequence[tuple[Labelled, str]]) -> tuple[TextBlock, ...]:
    """The blocks that a text was written from, each given with its own text, in order."""
    found = []
    end = 0
    for item, written in kept:
        # between two blocks there are line ends alone, and none begins with one
        start = text.index(written, end)
        end = start + len(written)
        rank = heading_rank(item.block) if item.shape is Label.HEADING else None
        level = max(1, item.block.level) if item.shape is Label.LIST_ITEM else rank
        found.append(TextBlock(label=str(item.label), level=level, start=start, end=end))
    return tuple(found)


def shifted(blocks: Sequence[TextBlock], by: int) -> Iterator[TextBlock]:
    """The blocks of a text, moved by so many characters."""
    return (replace(block, start=block.start + by, end=block.end + by) for block in blocks)


def moved(blocks: Sequence[TextBlock], before: str, after: str) -> tuple[TextBlock, ...]:
    """The blocks of a text whose lines were changed, each into one line."""
    if not blocks:
        return ()
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    old = new = 0
    for line, changed in zip(before.split("\n"), after.split("\n"), strict=True):
        starts[old], ends[old + len(line)] = new, new + len(changed)
        old, new = old + len(line) + 1, new + len(changed) + 1
    return tuple(replace(block, start=starts[block.start], end=ends[block.end]) for block in blocks)
