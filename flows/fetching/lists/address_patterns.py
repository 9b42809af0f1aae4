"""Patterns of addresses: ``*`` stands for anything but ``/``, ``**`` for anything, ``/**`` at the end for nothing too.

Matched in as many steps as a pattern has pieces, however many stars they make: a path of a stranger is held against it.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from msgspec import Struct

_STARS = re.compile(r"(\*\*|\*)")
_PATTERN = re.compile(r"(?:https?://(?P<host>[^/?#\s]+))?(?P<path>/[^#\s]*)")
_REST = "/**"


class AddressPattern(Struct, frozen=True):
    """What the host of an address has to be, and its path; with ``?`` in it the query is looked at too."""

    host: str
    pieces: tuple[str, ...]
    """Of the path: ``*``, ``**`` and what stands between them, which may be empty."""
    has_rest: bool
    """Whether more may follow after a slash."""
    has_query: bool

    def holds(self, host: str, path: str, query: str) -> bool:
        """Whether an address fits, whose path and query are unquoted."""
        return host == self.host and self._fits(f"{path}?{query}" if self.has_query and query else path)

    def _fits(self, text: str) -> bool:
        # bit i: what was looked at so far of the pattern may end before character i
        ends = 1
        for piece in self.pieces:
            if piece == "**":
                # from the first of them on; no further than the text goes
                ends = (2 << len(text)) - (ends & -ends)
            elif piece == "*":
                ends = _with_rest_of_segment(ends, text)
            else:
                ends = (ends & _places(piece, text)) << len(piece)
            if not ends:
                return False
        return bool(ends >> len(text)) or (self.has_rest and bool(ends & _places("/", text)))


def read_patterns(value: object) -> tuple[str, ...]:
    """Patterns of addresses. Raises ValueError that says what to write instead."""
    if not isinstance(value, list) or not value:
        raise ValueError('expected a list, such as ["/news/**"]')
    for pattern in value:
        if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern):
            raise ValueError(
                f"{pattern!r}: expected a path, such as /news/**, or an address with a host of its own, such as "
                "https://blog.example/**"
            )
    return tuple(value)


def address_pattern(pattern: str, site: str) -> AddressPattern:
    """A pattern that ``read_patterns`` let in; one without a host holds for that of the site."""
    found = _PATTERN.fullmatch(pattern)
    assert found is not None  # noqa: S101 - read_patterns lets no other in
    host, path = found["host"], unquote(found["path"])
    return AddressPattern(
        compared_host(f"http://{host}") if host else site,
        tuple(_STARS.split(path.removesuffix(_REST))),
        path.endswith(_REST),
        "?" in path,
    )


def compared_host(url: str) -> str:
    """Host and port of an address as they are compared."""
    return urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.")


def _with_rest_of_segment(ends: int, text: str) -> int:
    """Each of the ends, and all further ones up to the next slash."""
    within = int("0" + "".join("0" if one == "/" else "1" for one in reversed(text)), 2)
    # what is added at an end is carried on to the slash, and changes all bits on its way
    return ends | (((ends & within) + within) ^ within)


def _places(piece: str, text: str) -> int:
    """Bit i: the piece is there at character i."""
    if not piece:
        return -1
    found, at = 0, text.find(piece)
    while at >= 0:
        found |= 1 << at
        at = text.find(piece, at + 1)
    return found
