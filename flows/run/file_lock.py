"""Who uses a Prefect server of ours, and who serves a name: locks in Prefect's home that end with the
processes that hold them.
"""

from __future__ import annotations

import os
from pathlib import Path

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.posix import fcntl


class Lock:
    """A lock of the operating system on a file that stays; whoever holds it may die of anything."""

    def __init__(self, path: Path) -> None:
        """Raises EnvironmentFault where the file cannot be made."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # O_CLOEXEC: a child that inherited the file would hold the lock after us; 0600: for this user alone
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EnvironmentFault(
                f"{path}: {error.strerror}; set PREFECT_HOME to a folder you may write to"
            ) from error

    def share(self) -> None:
        """Holds it with others; waits for whoever has it alone."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def have_alone(self) -> bool:
        """Holds it alone, unless anybody else holds it."""
        try:
            # a shared lock is let go first (flock(2)), so who is refused holds none: its sharers try as they leave
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Lets others have it."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def write(self, text: str) -> None:
        """Leaves a line for those who find it held."""
        # the file itself stays: were it removed, an old and a new one could each be held alone
        os.truncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)

    def read(self) -> str:
        """The line left by the process that holds it."""
        # bytes; one line with a path, and paths have 4,096 at most (PATH_MAX of Linux)
        return os.pread(self._file, 10_000, 0).decode("utf-8", "replace")

    def close(self) -> None:
        """Lets it go for good."""
        os.close(self._file)
