"""Pictures, films and frames: where they stand, and where they are loaded from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

# addresses that lead nowhere outside the page: a grey pixel until the picture is loaded
_STUBS = ("data:", "blob:", "about:")
_STUB_CHARS = max(map(len, _STUBS))
# where a picture will be loaded from first: src is often a stub, or a smaller one
_SOURCES = ("data-src", "data-lazy-src", "data-original", "src", "data-srcset", "srcset")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
# set by hand, against attributes that hold a picture's bytes; a set of twenty sizes has about 4,000
_MAX_SET_CHARS = 20_000

MAX_MEDIA: Final = 2_000
"""Pictures, films and frames noted of one page; set by hand: each holds the elements above it."""


class Medium(NamedTuple):
    """A picture, film, sound or frame of a page.

    ``before``: number of the block that is read when it is met, or that follows. ``above``: the elements above,
    outermost first: number, tag and the element itself. ``link``: where
    the link around it leads, or ``""``. ``quote`` and ``item``: numbers of the quotation and the list item around
    it, or 0.
    """

    element: etree._Element
    before: int
    above: tuple[tuple[int, str, etree._Element], ...]
    link: str
    quote: int
    item: int


def picture_url(image: etree._Element) -> str | None:
    """Where a picture is; pages that load late leave a stub in ``src``."""
    for name in _SOURCES:
        url = (image.get(name) or "").strip()
        if name.endswith("srcset"):
            url = next(iter(url.split(maxsplit=1)), "").rstrip(",")
        if url and not _is_stub(url):
            return url
    return None


def largest_picture_url(image: etree._Element) -> str | None:
    """Where the largest form of a picture is, of those that it and the sources beside it in a ``picture`` name."""
    above = image.getparent()
    # libxml2 does not know that a source has no content: what follows it is inside it
    while above is not None and above.tag == "source":
        above = above.getparent()
    beside = above.iterdescendants("source") if above is not None and above.tag == "picture" else ()
    sized = [
        size_and_url
        for element in (image, *beside)
        for name in _SETS
        for size_and_url in _in_set(element.get(name) or "")
    ]
    # of equals the first: browsers take the first source they know
    size, url = max(sized, key=lambda one: one[0], default=(0.0, ""))
    # a set that names no size says nothing against the picture's own address
    return url if size else picture_url(image) or url or None


def _in_set(srcset: str) -> Iterator[tuple[float, str]]:
    """(size, address) of what a ``srcset`` names; the size is 0 where it says none."""
    url = ""
    for token in srcset[:_MAX_SET_CHARS].split():
        if not url:
            url = token
            if url.endswith(","):
                yield from _usable(0.0, url.rstrip(","))
                url = ""
            continue
        size, comma, rest = token.partition(",")
        yield from _usable(_size(size), url)
        # "a.jpg 1x,b.jpg 2x": without a space the next address follows at once
        url = rest if comma else ""
    if url:
        yield from _usable(0.0, url)


def _usable(size: float, url: str) -> Iterator[tuple[float, str]]:
    if url and not _is_stub(url):
        yield size, url


def _is_stub(url: str) -> bool:
    # a stub may be a picture's megabytes: its beginning tells
    return url[:_STUB_CHARS].lower().startswith(_STUBS)


def _size(descriptor: str) -> float:
    """Width in pixels, or how many pixels a dot has: one set uses one of the two (HTML, "Srcset attributes")."""
    number = descriptor[:-1]
    # ten digits: longer ones are no size
    is_number = descriptor[-1:] in {"w", "x"} and len(number) <= 10 and number.replace(".", "", 1).isdecimal()
    return float(number) if is_number and number.isascii() else 0.0
