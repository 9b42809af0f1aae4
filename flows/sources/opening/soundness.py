"""Where strangers' bytes meet parsers that are not ours: whatever these raise is damage to what they were given."""

from __future__ import annotations

from contextlib import AbstractContextManager

from copydesk.flows.errors import mapped_errors
from copydesk.flows.io.decompression import Damaged
from copydesk.flows.sources.opening.inflating import InflatesTooFar


def sound(what: str) -> AbstractContextManager[None]:
    """Around calls of such a parser, and around nothing of our own. Raises Damaged, ``what`` it was not, for
    what they raise.

    Let through are OSError, EOFError, Damaged and InflatesTooFar, which come of the file that is read, and MemoryError.
    """

    def damage_for(error: Exception) -> Damaged | None:
        # memory: what is parsed was bounded before; it is the machine that has no more, not the file that wants it
        if isinstance(error, OSError | EOFError | Damaged | InflatesTooFar | MemoryError):
            return None
        # what they raise for bytes made to break them is written down nowhere, and changes with their versions
        return Damaged(f"no sound {what}: {str(error) or type(error).__name__}")

    return mapped_errors(damage_for)
