"""A file of lines written anew where few of them have changed: what lies between is copied by the system, unread."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

_PIECE_BYTES = 1 << 20


class PlainChanges(Struct, frozen=True):
    """What has changed of a file of lines. ``changed``: the numbers of its records that are others or gone, in order;
    ``size_between``: the bytes of the lines between two numbers, which have not changed; ``last``: the number of its
    last record; ``lines``: those of a range of numbers, as they are now.
    """

    source: Path
    changed: Sequence[int]
    size_between: Callable[[int, int], int]
    last: int
    lines: Callable[[int, int], Iterator[bytes]]


def write_changed(changes: PlainChanges, file: Path, first: int, last: int, size: int) -> bool:
    """Writes the records of a range of numbers to ``file`` and waits until they are on the disk; False where the source
    is not what it should be, and all is to be written. ``size``: the bytes that come of it. Raises OSError.
    """
    with changes.source.open("rb") as old, file.open("wb") as new:
        at, before = 0, first - 1
        for number in changes.changed:
            between = changes.size_between(before, number)
            _copy(old, new, at, between)
            old.seek(at + between)
            # what it was is passed over, whatever it was
            line = old.readline()
            if not line.endswith(b"\n"):
                return False
            at += between + len(line)
            new.writelines(changes.lines(number, number))
            new.flush()
            before = number
        between = changes.size_between(before, changes.last + 1)
        if at + between != os.fstat(old.fileno()).st_size:
            return False
        _copy(old, new, at, between)
        new.writelines(changes.lines(changes.last + 1, last))
        new.flush()
        os.fsync(new.fileno())
        return new.tell() == size


def _copy(old: BinaryIO, new: BinaryIO, at: int, count: int) -> None:
    """Copies bytes of one file to the end of another."""
    while count:
        try:
            done = os.copy_file_range(old.fileno(), new.fileno(), count, at)
        except (OSError, AttributeError):  # a file system, or a system, without it
            done = os.write(new.fileno(), os.pread(old.fileno(), min(count, _PIECE_BYTES), at))
        if not done:
            return
        at, count = at + done, count - done
    new.seek(0, os.SEEK_END)
