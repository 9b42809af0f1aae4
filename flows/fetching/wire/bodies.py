"""Bodies as they were meant: whole, unpacked, and no larger than allowed. What is cut short or grows beyond
measure is no body.
"""

from __future__ import annotations

from copydesk.flows.io.decompression import KINDS, MAGIC, Damaged, codings, inflate


class BadBody(Exception):
    """A body that must not become a page; ``reason`` is a code: ``truncated``, ``damaged``, ``too_large``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def unpacked(body: bytes, encoding: str | None, *, most: int, may_cut: bool = False) -> bytes:
    """The body without its ``Content-Encoding`` (several are undone in turn), at most ``most`` bytes of it.

    ``may_cut``: what is beyond is left, and so may be what is beyond ``most`` bytes of the body as it comes. Raises
    BadBody where it is cut short elsewhere, broken, larger, compressed too often or in a way that was not requested.
    """
    # codings are named in the order they were applied (RFC 9110, 8.4): the last is undone first
    for kind in reversed(_codings(encoding or "")):
        # within the limit a body was read whole: that it ends early is then no cut of ours
        body = _without(kind, body, most, is_cut=may_cut and len(body) > most)
        if len(body) > most and not may_cut:
            raise BadBody("too_large", f"unpacks to more than {most:,} bytes")
    if len(body) > most and not may_cut:
        raise BadBody("too_large", f"more than {most:,} bytes")
    return body[:most]


def _codings(encoding: str) -> list[str]:
    try:
        return codings(encoding)
    except Damaged as error:
        raise BadBody("damaged", str(error)) from error


def _without(kind: str, body: bytes, most: int, *, is_cut: bool) -> bytes:
    # such as “compress”: transport.Client accepts gzip, deflate, br and zstd alone
    if kind not in KINDS:
        raise BadBody("damaged", f"packed as {kind!r}, which was not requested")
    try:
        content, after = inflate(body, kind, most=most, is_cut=is_cut)
    except EOFError as error:
        raise BadBody("truncated", "the packed body ends early") from error
    except Damaged as error:
        raise BadBody("damaged", str(error)) from error
    if kind in MAGIC and after.strip(b"\0"):
        # where further members may follow, this may be one whose first bytes are damaged
        raise BadBody("damaged", "the packed body goes on after its end")
    return content
