"""Files and folders as Linux, macOS and other POSIX systems have them; the modules of Python that only these have are
imported here alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from copydesk.flows.errors import EnvironmentFault

try:
    import fcntl
    import resource
except ImportError as error:
    raise EnvironmentFault(
        "files are locked and pages cleaned in processes as Linux and macOS have them, which this system lacks: on"
        " Windows use the library (from copydesk import clean), or copydesk in WSL"
    ) from error

__all__ = [
    "NotRegular",
    "append_whole",
    "fcntl",
    "limit_memory",
    "open_regular",
    "opened_folder",
    "regular_descriptor",
    "resource",
    "stamp_of",
]

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NotRegular(OSError):
    """A folder, named pipe, socket or device where a file was expected."""


def open_regular(path: Path | str, *, follow_link: bool = True) -> BinaryIO:
    """Opens a regular file for reading. Raises as ``regular_descriptor`` does."""
    return os.fdopen(
        regular_descriptor(path, os.O_RDONLY if follow_link else os.O_RDONLY | os.O_NOFOLLOW), "rb"
    )


def regular_descriptor(path: Path | str, flags: int, mode: int = 0o644) -> int:
    """The descriptor of a regular file; ``flags`` and ``mode`` as ``os.open`` has them.

    Raises NotRegular for anything else, without waiting for the other end of a named pipe, and OSError where the system
    refuses.
    """
    # for a NUL os.open raises ValueError, which nobody who opens files expects
    if "\0" in os.fspath(path):
        raise FileNotFoundError(errno.ENOENT, "no file has such a name")
    # O_NONBLOCK: no waiting at a named pipe; O_NOCTTY: a terminal that is opened does not become ours
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, mode)
    except OSError as error:
        # a socket, a device without a driver, and to write to it a folder, or a named pipe that nobody reads
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP, errno.EISDIR):
            try:
                found = os.stat(path, follow_symlinks=not flags & os.O_NOFOLLOW).st_mode  # noqa: PTH116
            except OSError:  # it is gone meanwhile
                raise error from None
            raise _not_regular(path, found) from error
        raise
    # of what is open and not of the name: in between the name could come to name something else
    found = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(found):
        os.close(descriptor)
        raise _not_regular(path, found)
    return descriptor


def _not_regular(path: Path | str, mode: int) -> NotRegular:
    kind = _KINDS.get(stat.S_IFMT(mode), "something else")
    return NotRegular(errno.EINVAL, f"{kind}, not a file", os.fspath(path))


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


def stamp_of(path: Path) -> str | None:
    """A text that changes when a file on this disk changes; None if there is no file. Raises OSError."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"


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
