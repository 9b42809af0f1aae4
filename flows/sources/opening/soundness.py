"""Where strangers' bytes meet parsers that are not ours: whatever these raise is damage to what they were given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from copydesk.flows.io.decompression import Damaged
from copydesk.flows.sources.opening.inflating import InflatesTooFar


@contextmanager
def sound(what: str) -> Iterator[None]:
    """Around calls of such a parser, and around nothing of our own. Raises Damaged, ``what`` it was not, for
    what they raise.

    Let through are OSError, EOFError, Damaged and InflatesTooFar, which come of the file that is read, and MemoryError.
    """
    try:
        yield
    except (OSError, EOFError, Damaged, InflatesTooFar):
        raise
    except MemoryError:
        # what is parsed was bounded before: it is the machine that has no more, not the file that wants it
        raise
    except Exception as error:
        # what they raise for bytes made to break them is written down nowhere, and changes with their versions
        raise Damaged(f"no sound {what}: {str(error) or type(error).__name__}") from error
