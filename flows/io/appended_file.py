"""A file that is appended to, whole records only."""

from __future__ import annotations

import os
from pathlib import Path

from copydesk.flows.io.posix import append_whole, regular_descriptor


class AppendedFile:
    """A file that records are appended to; raises OSError. For one thread at a time."""

    def __init__(self, file: Path) -> None:
        self._descriptor = regular_descriptor(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def append(self, line: bytes) -> None:
        """Keeps a record's line, whole or not at all."""
        append_whole(self._descriptor, line)

    def sync(self) -> None:
        """Waits until all of it is on the disk."""
        os.fsync(self._descriptor)

    def close(self) -> bool:
        """Ends the writing. Whether the file still has its name: somebody may have emptied the folder meanwhile."""
        is_there = os.fstat(self._descriptor).st_nlink > 0
        os.close(self._descriptor)
        return is_there
