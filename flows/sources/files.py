"""Single files, and how any file is opened: regular ones only, never waiting, never all of a big one."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from cleaners.types import Options, Page, Source
from flows.sources.page_source import Input, Unreadable

MAX_PAGE_BYTES = Options().max_bytes + 1
"""One byte more than cleaning accepts, so that it sees the page is too large, and no more is read."""

CONTENT_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".pdf": "application/pdf",
}
"""What a name says its content is; any other file is left to the cleaner's own look at its bytes."""

GZIP_SUFFIX = ".gz"


class NotRegular(OSError):
    """A folder, named pipe, socket or device where a file was expected."""


def open_regular(path: str, *, follow_link: bool = True) -> BinaryIO:
    """Opens a regular file for reading.

    Raises NotRegular for anything else, without waiting for the other end of a named pipe, and
    OSError where the system refuses.
    """
    if "\0" in path:
        raise FileNotFoundError(errno.ENOENT, "no file has such a name")
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    descriptor = os.open(path, flags if follow_link else flags | os.O_NOFOLLOW)
    kind = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(kind):
        os.close(descriptor)
        raise NotRegular(errno.EINVAL, f"{_kind_name(kind)}, not a file")
    return os.fdopen(descriptor, "rb")


def _kind_name(mode: int) -> str:
    named = {
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFDIR: "a folder",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return named.get(stat.S_IFMT(mode), "something else")


def shown_name(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 are shown in hexadecimal, so that it survives in JSON."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def refusal(source: Source, error: OSError) -> Unreadable:
    """The item for a file the system would not give."""
    message = error.strerror or str(error)
    if isinstance(error, NotRegular):
        # opening a socket fails before anyone can ask what it is
        return Unreadable(source, "not_a_file", message)
    if error.errno == errno.ENXIO:
        return Unreadable(source, "not_a_file", "a socket or device, not a file")
    if error.errno == errno.ENOENT:
        return Unreadable(source, "missing", "no such file or folder")
    return Unreadable(source, "unreadable", message.lower())


def read_file(path: str, *, source: Source, input_: Input, follow_link: bool = True) -> Page | Unreadable:
    """The page in one file (``.gz`` is inflated), at most ``MAX_PAGE_BYTES`` of it."""
    is_packed = path.lower().endswith(GZIP_SUFFIX)
    try:
        with open_regular(path, follow_link=follow_link) as file:
            body = _inflate(file) if is_packed else file.read(MAX_PAGE_BYTES)
    except OSError as error:
        return refusal(source, error)
    except EOFError:
        return Unreadable(source, "truncated", "the compressed file ends early")
    except ValueError as error:
        return Unreadable(source, "damaged", str(error))
    inner = path[: -len(GZIP_SUFFIX)] if is_packed else path
    return Page(
        body=body,
        content_type=CONTENT_TYPES.get(PurePath(inner).suffix.lower()),
        source=source,
        media=forced_media(input_),
    )


def forced_media(input_: Input) -> str | None:
    """``Page.media`` for the user's word on what the input is; None leaves it to the cleaner."""
    return {Input.HTML: "html", Input.TEXT: "text"}.get(input_)


def _inflate(file: BinaryIO) -> bytes:
    """Inflates up to ``MAX_PAGE_BYTES``, which bounds a bomb too. Raises EOFError, ValueError."""
    try:
        with gzip.GzipFile(fileobj=file) as packed:
            return packed.read(MAX_PAGE_BYTES)
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"no sound gzip file: {error}") from error


class Files:
    """One file, one page, under the name given."""

    kind = "file"

    def takes(self, name: str, input_: Input) -> bool:  # noqa: ARG002 - whatever no other source takes
        """Everything: this is the last source asked."""
        return True

    def read(self, name: str, input_: Input) -> Iterator[Page | Unreadable]:
        """The file's one page."""
        yield read_file(name, source=Source(self.kind, shown_name(name)), input_=input_)


FILES = Files()
