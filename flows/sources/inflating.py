"""Compressed bytes, inflated piece by piece: bounded however far they would grow, and never silently short."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

MAX_INFLATED_BYTES = 50_000_000
MAX_INFLATED_SHARE = 100
"""A packed file may inflate to either, whichever is more: pages of HTML shrink 4 to 20 times."""

PIECE_BYTES = 1 << 18
"""About as much is inflated at a time."""
READ_BYTES = 1 << 16
_ZSTD_STEP = 512  # zstd has no limit on what it gives out at once: so much of zeros alone inflates to 16 MB

GZIP, ZSTD = "gzip", "zstd"
MAGIC = {GZIP: b"\x1f\x8b\x08", ZSTD: b"\x28\xb5\x2f\xfd"}
SUFFIX = {".gz": GZIP, ".zst": ZSTD}


class InflatesTooFar(Exception):
    """A packed file grows beyond all measure."""


class Damaged(ValueError):
    """Bytes that are not what they should be; the message says what to a person."""


class Decoder(Protocol):
    """Inflates one member: what lies between a header and its end."""

    @property
    def is_done(self) -> bool:
        """Whether the member's end was reached, its checksum right."""
        ...

    @property
    def unused(self) -> bytes:
        """What was fed beyond the end."""
        ...

    def inflate(self, data: bytes) -> Iterator[bytes]:
        """What ``data`` inflates to, in bounded pieces. Raises Damaged."""
        ...


class _Zlib:
    """gzip and both kinds of what HTTP calls deflate."""

    def __init__(self, wbits: int = 31) -> None:
        self._plain = zlib.decompressobj(wbits)

    @property
    def is_done(self) -> bool:
        return self._plain.eof

    @property
    def unused(self) -> bytes:
        return self._plain.unused_data

    def inflate(self, data: bytes) -> Iterator[bytes]:
        while True:
            before = self._plain.copy()
            try:
                piece = self._plain.decompress(data, PIECE_BYTES)
            except zlib.error as error:
                yield from _before_damage(before, data)
                raise Damaged(f"no sound gzip data: {error}") from error
            if piece:
                yield piece
            data = self._plain.unconsumed_tail
            if self.is_done or not (data or len(piece) == PIECE_BYTES):
                return


def _before_damage(plain: Any, data: bytes) -> Iterator[bytes]:
    """What comes before an error, which takes all with it that is inflated in the same call; to the last byte."""
    for step in (4096, 64, 1):
        while not plain.eof:
            before = plain.copy()
            try:
                piece = plain.decompress(data, step)
            except zlib.error:
                plain = before
                break
            if not piece:
                return
            yield piece
            data = plain.unconsumed_tail


class _Zstd:
    """A frame of Zstandard."""

    def __init__(self) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        self._plain = zstandard.ZstdDecompressor().decompressobj()
        self.unused = b""

    @property
    def is_done(self) -> bool:
        return bool(self._plain.eof)

    def inflate(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_STEP):
            try:
                piece = self._plain.decompress(data[start : start + _ZSTD_STEP])
            except self._error as error:
                raise Damaged(f"no sound zstd data: {error}") from error
            if piece:
                yield piece
            if self.is_done:
                self.unused = bytes(self._plain.unused_data) + data[start + _ZSTD_STEP :]
                return


class _Brotli:
    """What HTTP calls ``br``."""

    def __init__(self) -> None:
        import brotli

        self._error = brotli.error
        self._plain = brotli.Decompressor()
        self.unused = b""

    @property
    def is_done(self) -> bool:
        return bool(self._plain.is_finished())

    def inflate(self, data: bytes) -> Iterator[bytes]:
        while not self.is_done:
            try:
                piece = self._plain.process(data, output_buffer_limit=PIECE_BYTES)
            except self._error as error:
                raise Damaged("no sound brotli data") from error
            if piece:
                yield piece
            if self._plain.can_accept_more_data():
                return
            data = b""


def decoder(kind: str) -> Decoder:
    """A decoder for one member: ``gzip``, ``zstd``, ``br``, ``zlib`` or ``deflate`` without a header."""
    match kind:
        case "zstd":
            return _Zstd()
        case "br":
            return _Brotli()
        case "zlib":
            return _Zlib(zlib.MAX_WBITS)
        case "deflate":
            return _Zlib(-zlib.MAX_WBITS)
    return _Zlib()


def is_too_far(inflated: int, packed: int) -> bool:
    """Whether so many bytes out of so many are beyond all measure."""
    return inflated > max(MAX_INFLATED_BYTES, MAX_INFLATED_SHARE * packed)


def packing_of(name: str) -> str | None:
    """How a file's name says it is compressed; None for not at all."""
    return next((kind for suffix, kind in SUFFIX.items() if name.lower().endswith(suffix)), None)


def without_packing(name: str) -> str:
    """The name without the suffix of its compression."""
    return name[: name.rindex(".")] if packing_of(name) else name


def unpacked(file: BinaryIO, name: str) -> BinaryIO:
    """The file, inflated where its name says it is compressed.

    Reading raises EOFError where the compressed data end early, Damaged and InflatesTooFar.
    """
    kind = packing_of(name)
    return io.BufferedReader(_Inflated(file, kind), PIECE_BYTES) if kind else file


class _Inflated(io.RawIOBase):
    """A packed file, all members one after the other, as a stream that refuses to grow beyond all measure."""

    def __init__(self, packed: BinaryIO, kind: str) -> None:
        self._packed = packed
        self._kind = kind
        self._read = 0
        self._inflated = 0
        self._pieces = self._members()
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._piece:
            self._piece = memoryview(next(self._pieces, b""))
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    def _members(self) -> Iterator[bytes]:
        data = self._more()
        while data:
            member = decoder(self._kind)
            while not member.is_done:
                if not data and not (data := self._more()):
                    raise EOFError("the compressed file ends early")
                for piece in member.inflate(data):
                    self._inflated += len(piece)
                    if is_too_far(self._inflated, self._read):
                        raise InflatesTooFar(f"inflates to more than {MAX_INFLATED_SHARE} times its size")
                    yield piece
                data = member.unused
            # zeros may fill a tape or block to its end
            while (data := data.lstrip(b"\0")) == b"" and (data := self._more()):
                pass

    def _more(self) -> bytes:
        data = self._packed.read(READ_BYTES)
        self._read += len(data)
        return data
