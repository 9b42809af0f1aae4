"""Appending to a file that stays whole, whatever the disk does."""

from __future__ import annotations

import contextlib
import os


def append_whole(descriptor: int, data: bytes) -> None:
    """Writes all of ``data`` at the end of a file that is open for appending, or nothing of it. Raises OSError."""
    end = os.lseek(descriptor, 0, os.SEEK_END)
    left = memoryview(data)
    try:
        while left:
            # os.write may take less than it is given, as on a disk that is nearly full
            left = left[os.write(descriptor, left) :]
    except BaseException:
        with contextlib.suppress(OSError):  # half a record would spoil the next one
            os.ftruncate(descriptor, end)
        raise
