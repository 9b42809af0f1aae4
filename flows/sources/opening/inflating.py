"""Compressed files, read as if they were not: bounded however far they would grow, and never silently short."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, cast

from copydesk.flows.errors import map_errors
from copydesk.flows.io.decompression import GZIP, PIECE_BYTES, READ_BYTES, ZSTD, Damaged, decoder

MAX_INFLATED_BYTES = 50_000_000
MAX_INFLATED_SHARE = 100
"""A packed file may inflate to either, whichever is more: pages of HTML shrink 4 to 20 times."""

MAX_LINE_BYTES = 50_000_000
"""A longer line is skipped; the largest page accepted (20 MB) fits with most of it escaped."""
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""Byte order marks of UTF-16."""
# by name and not by first bytes: a page may be any bytes
SUFFIX = {".gz": GZIP, ".zst": ZSTD}


class InflatesTooFar(Exception):
    """A packed file grows beyond all measure."""


def is_too_far(inflated: int, packed: int) -> bool:
    """Whether so many bytes out of so many are beyond all measure."""
    # the larger of both: a small file of much white space shrinks far more than usual pages do
    return inflated > max(MAX_INFLATED_BYTES, MAX_INFLATED_SHARE * packed)


def packing_of(name: str) -> str | None:
    """The compression that a file's name indicates; None for none."""
    return next((kind for suffix, kind in SUFFIX.items() if name.lower().endswith(suffix)), None)


def without_packing(name: str) -> str:
    """The name without the suffix of its compression."""
    return name[: name.rindex(".")] if packing_of(name) else name


def unpacked(file: BinaryIO, name: str) -> BinaryIO:
    """The file, inflated where its name indicates compression.

    Reading raises EOFError where the compressed data end early, Damaged and InflatesTooFar.
    """
    kind = packing_of(name)
    return io.BufferedReader(Pieces(_inflated(file, kind)), PIECE_BYTES) if kind else file


def peekable(stream: BinaryIO) -> io.BufferedReader[Any]:
    """The stream as one whose beginning can be looked at."""
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.BytesIO", stream))


def whole_line(file: BinaryIO) -> bytes:
    """The next line, so many bytes of it as it may have; what is beyond is passed over."""
    part = line = file.readline(MAX_LINE_BYTES)
    # by the megabyte: the rest of such a line is never held
    while len(line) == MAX_LINE_BYTES and part and not part.endswith(b"\n"):
        part = file.readline(1 << 20)
    return line


def as_utf8(stream: io.BufferedReader[Any]) -> io.BufferedReader[Any]:
    """The stream; in UTF-8 where its byte order mark says UTF-16, as spreadsheets write "Unicode text"."""
    if not stream.peek().startswith(WIDE_MARKS):
        return stream
    return io.BufferedReader(Pieces(_from_utf16(stream)), PIECE_BYTES)


class Pieces(io.RawIOBase):
    """A file whose content comes piece by piece. What ends it early is raised again where somebody reads on: this is no
    end.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")
        self._fault: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._fault is not None:
            raise self._fault
        if not self._piece:
            try:
                self._piece = memoryview(next(self._pieces, b""))
            except (EOFError, Damaged, InflatesTooFar) as error:
                self._fault = error
                raise
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count


def _from_utf16(stream: BinaryIO) -> Iterator[bytes]:
    # without empty ones, which would be the end
    pieces = iter(lambda: stream.read(READ_BYTES), b"")
    yield from (text.encode() for text in codecs.iterdecode(pieces, "utf-16", "replace") if text)


def _inflated(file: BinaryIO, kind: str) -> Iterator[bytes]:
    """The content of a packed file, all members one after the other, which refuses to grow beyond all measure."""
    read = inflated = 0

    def more() -> bytes:
        nonlocal read
        data = file.read(READ_BYTES)
        read += len(data)
        return data

    data = more()
    if not data:  # nothing packed is not nothing
        raise EOFError("the compressed file is empty")
    while data:
        member = decoder(kind)
        while not member.is_done:
            if not data and not (data := more()):
                raise EOFError("the compressed file ends early")
            for piece in member.inflate(data):
                inflated += len(piece)
                if is_too_far(inflated, read):
                    raise InflatesTooFar(f"inflates to more than {MAX_INFLATED_SHARE} times its size")
                yield piece
            # another member may follow: gzip files that are joined are one (RFC 1952, 2.2)
            data = member.unused
        # zeros may fill a tape or block to its end
        while (data := data.lstrip(b"\0")) == b"" and (data := more()):
            pass


def damage_errors(what: str) -> AbstractContextManager[None]:
    """Around calls of a parser that is not ours, and around nothing of our own: whatever it raises is ``Damaged``.

    Let through are OSError, EOFError, Damaged and InflatesTooFar, which come of the file that is read, and MemoryError.
    """

    def damage_for(error: Exception) -> Damaged | None:
        # memory: what is parsed was bounded before; it is the machine that has no more, not the file that wants it
        if isinstance(error, OSError | EOFError | Damaged | InflatesTooFar | MemoryError):
            return None
        # what they raise for bytes made to break them is written down nowhere, and changes with their versions
        return Damaged(f"invalid {what}: {str(error) or type(error).__name__}")

    return map_errors(damage_for)
