"""Bodies as they were meant: whole, unpacked, and no larger than allowed. What is cut short or grows beyond measure is no body."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

import brotli
import zstandard

_GZIP, _ZLIB, _RAW = 31, 15, -15  # what zlib calls the formats


class BadBody(Exception):
    """A body that must not become a page; ``reason`` is a code: ``truncated``, ``damaged``, ``too_large``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def unpacked(body: bytes, encoding: str | None, *, most: int) -> bytes:
    """The body without its ``Content-Encoding`` (several are undone in turn), at most ``most`` bytes of it.

    Raises BadBody where it is cut short, broken, larger, or packed in a way nobody asked for.
    """
    for name in reversed([part.strip().lower() for part in (encoding or "").split(",") if part.strip()]):
        unpack = _UNPACKERS.get(name)
        if unpack is None:
            raise BadBody("damaged", f"packed as {name!r}, which was not asked for")
        body = unpack(body, most)
        if len(body) > most:
            raise BadBody("too_large", f"unpacks to more than {most:,} bytes")
    return body


def _gunzip(body: bytes, most: int) -> bytes:
    return _inflate(body, most, _GZIP)


def _deflate(body: bytes, most: int) -> bytes:
    """What HTTP calls deflate is zlib's format by the letter, and bare deflate in the wild."""
    try:
        return _inflate(body, most, _ZLIB)
    except BadBody as error:
        if error.reason != "damaged":
            raise
        return _inflate(body, most, _RAW)


def _inflate(body: bytes, most: int, form: int) -> bytes:
    """All members one after the other, as gzip allows."""
    made = b""
    while body:
        machine = zlib.decompressobj(form)
        try:
            made += machine.decompress(body, most + 1 - len(made))
        except zlib.error as error:
            raise BadBody("damaged", str(error)) from error
        if len(made) > most:
            return made
        if not machine.eof:
            raise BadBody("truncated", "the packed body ends early")
        body = machine.unused_data.lstrip(b"\0")
        if form != _GZIP:
            break
    return made


def _unbrotli(body: bytes, most: int) -> bytes:
    machine = brotli.Decompressor()
    made = io.BytesIO()
    step = body
    try:
        while not machine.is_finished() and made.tell() <= most:
            part = machine.process(step, output_buffer_limit=most + 1)
            made.write(part)
            if not part and not step:
                raise BadBody("truncated", "the packed body ends early")
            step = b""
    except brotli.error as error:
        raise BadBody("damaged", str(error)) from error
    return made.getvalue()


def _unzstd(body: bytes, most: int) -> bytes:
    machine = zstandard.ZstdDecompressor(max_window_size=2**27)
    try:
        with machine.stream_reader(io.BytesIO(body), read_across_frames=True) as stream:
            made = stream.read(most + 1)
    except zstandard.ZstdError as error:
        raise BadBody("damaged", str(error)) from error
    if len(made) <= most and not _ends_well(body):
        raise BadBody("truncated", "the packed body ends early")
    return made


def _ends_well(body: bytes) -> bool:
    """Whether the last frame of zstd is whole: its stream reader gives what there is, and says nothing."""
    rest = body
    while rest:
        machine = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
        machine.decompress(rest)
        if not machine.eof:
            return False
        rest = machine.unused_data
    return True


_UNPACKERS: Mapping[str, Callable[[bytes, int], bytes]] = MappingProxyType(
    {
        "gzip": _gunzip,
        "x-gzip": _gunzip,
        "deflate": _deflate,
        "br": _unbrotli,
        "zstd": _unzstd,
        "identity": lambda body, _: body,
    }
)
