"""Files and folders as Linux, macOS and other POSIX systems have them; the modules of Python that only these have are
imported here alone.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from copydesk.flows.errors import EnvironmentFault

try:
    import fcntl
    import resource
except ImportError as error:
    raise EnvironmentFault(
        "files are locked and pages cleaned in processes as Linux and macOS have them, which this system lacks: on"
        " Windows use the library (from copydesk import clean), or copydesk in WSL"
    ) from error

__all__ = ["append_whole", "fcntl", "limit_memory", "opened_folder", "resource"]


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


@contextlib.contextmanager
def opened_folder(folder: Path | str) -> Iterator[int]:
    """The descriptor of a folder. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def limit_memory(more_bytes: int) -> None:
    """Limits the address space of this process to what it has now and so much more; there is no way back."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123
            limit = int(statm.read().split()[0]) * resource.getpagesize() + more_bytes
    except OSError:  # a system without this file: memory is not limited
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))
