"""Inline elements that mark text, noted while a page is cut into blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec import Struct, field

from copydesk.cleaners.types import Mark

BARE_MARKS: Final[Mapping[str, Mark]] = MappingProxyType(
    {tag: Mark(tag) for tag in ("strong", "b", "em", "i", "code", "kbd", "samp", "tt", "del", "s", "strike")}
)
"""Elements whose tag says all there is to know of them."""
Event = tuple[int, Mark | None]
"""A mark that begins, or the innermost that ends, and the number of pieces of text before it."""


class TextMarks(Struct):
    """The marks of the block being read. What is begun (in ``around`` and ``events``) and not ended goes on in the next
    block.
    """

    around: list[Mark] = field(default_factory=list)  # outermost first
    events: list[Event] = field(default_factory=list)

    def end(self, at: int) -> None:
        """The innermost element ends after ``at`` pieces of the block."""
        self.around.pop()
        if at:
            self.events.append((at, None))
        else:
            self.events.pop()  # it marks no text of this block

    def renew(self) -> None:
        """What was read is no block, or is one that is written."""
        self.events.clear()
        for mark in self.around:
            self.events.append((0, mark))

    def take(self, parts: Sequence[str]) -> tuple[tuple[str, ...], tuple[Event, ...]]:
        """Pieces and marks of the block that ends. What they make of its text is computed for kept blocks alone."""
        taken = tuple(parts), tuple(self.events)
        self.renew()
        return taken
