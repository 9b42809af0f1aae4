"""Bodies as they were meant: whole, unpacked, and no larger than allowed. What is cut short or grows beyond measure is no body."""

from __future__ import annotations

from flows.decompression import BROTLI, DEFLATE, GZIP, MAGIC, ZSTD, Damaged, inflate

_KINDS = {"gzip": GZIP, "x-gzip": GZIP, "deflate": DEFLATE, "br": BROTLI, "zstd": ZSTD}
_UNPACKED = "identity"


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
        if name != _UNPACKED:
            body = _without(name, body, most)
        if len(body) > most:
            raise BadBody("too_large", f"unpacks to more than {most:,} bytes")
    return body


def _without(name: str, body: bytes, most: int) -> bytes:
    kind = _KINDS.get(name)
    if kind is None:
        raise BadBody("damaged", f"packed as {name!r}, which was not asked for")
    try:
        content, after = inflate(body, kind, most=most)
    except EOFError as error:
        raise BadBody("truncated", "the packed body ends early") from error
    except Damaged as error:
        raise BadBody("damaged", str(error)) from error
    if kind in MAGIC and after.strip(b"\0"):
        # where further members may follow, this may be one whose first bytes are damaged
        raise BadBody("damaged", "the packed body goes on after its end")
    return content
