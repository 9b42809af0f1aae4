"""Pictures, films and frames: where they stand, and where they are loaded from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Final, NamedTuple

from lxml import etree

from copydesk.cleaners.patterns import lazy_pattern

# addresses that lead nowhere outside the page: a grey pixel until the picture is loaded
_STUB = lazy_pattern(r"data:|blob:|about:|javascript:|#", re.IGNORECASE)
# what stands in a picture's place until it is loaded, by its name
_STAND_IN = lazy_pattern(
    r"(?:place-?holder|spacer|blank|transparent|pixel|lazy\w*|load(?:ing|er)|spinner|throbber|1x1|gr[ae]y|dummy|empty|trans|clear)[\w-]*\.(?:gif|png|svg|jpe?g|webp)(?:[?#]|$)",
    re.IGNORECASE,
)
# where a picture will be loaded from, first of all
_LATE = ("data-src", "data-lazy-src", "data-original")
# names that scripts give to it: words of the address, or of its being late
_LATE_NAME = lazy_pattern(
    r"(?:src|source|original|orig|lazy|delay|defer|echo|late|load|image|img|photo|picture|media|file|full|hi-?res|high-?res|large|big|desktop|retina|hd|url|bg|background)",
    re.IGNORECASE,
)
# forms of it that are not the one to be read
_LESSER_NAME = lazy_pattern(
    r"thumb|small|tiny|low|lqip|blur|placeholder|preview|loading|fallback|mobile|phone|icon|avatar|logo|hover|error|pin-url|share|link|page-?url",
    re.IGNORECASE,
)
_PICTURE_ADDRESS = lazy_pattern(
    r"(?:https?:)?/?/?[^\s\"'<>{}|\\^`,()\[\]]{1,1000}\.(?:jpe?g|png|webp|gif|avif|jfif|bmp|tiff?|heic)(?![\w/])[^\s\"'<>{}|\\^`\[\],)]{0,500}",
    re.IGNORECASE,
)
_ADDRESS = lazy_pattern(r"(?:https?:/)?/[^\s\"'<>{}|\\^`]{1,1500}")
# set by hand, against attributes that hold a picture's bytes; a set of twenty sizes has about 4,000
_MAX_SET_CHARS = 20_000

_MAX_NAME_CHARS = 80  # of a file's name
_NO_ADDRESS = frozenset(
    {"src", "alt", "title", "class", "id", "style", "sizes", "data-sizes", "width", "height", "loading"}
)
# elements that stand for the picture they hold
_HOLDERS = frozenset({"span", "div", "picture", "a", "amp-img", "figure"})
_BESIDE = frozenset({"noscript", "source", "style", "script", "figcaption"})
_MAX_HOLDERS = 3
_MAX_IN_PICTURE = 100  # elements; set by hand: pictures in five forms and twenty sizes have as many

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
    """Where a picture is; pages that load late leave a stub in ``src``, and the address in another attribute, in a
    source of the ``picture`` around it, or in ``noscript`` beside it.
    """
    url = _own_url(image)
    if (url is not None and not _stands_in(url)) or image.tag == "source":
        return url
    # the rare case: most pictures have an address of their own
    beside = (*_sources_beside(image), *_without_script(image))
    return next((found for other in beside if (found := _own_url(other))), url)


def _stands_in(url: str) -> bool:
    return _STAND_IN.search(url.rpartition("/")[2][:_MAX_NAME_CHARS]) is not None


def _own_url(image: etree._Element) -> str | None:
    """The address that an element's attributes name."""
    # one call: each single look-up crosses into lxml
    items: list[tuple[str, str]] = image.items()  # type: ignore[assignment]
    named = dict(items)
    src = named.get("src", "").strip()
    for name in _LATE:
        url = named.get(name, "").strip()
        if url and not _STUB.match(url) and "{" not in url:  # a script writes a width there
            return url
    is_address = bool(src) and not _STUB.match(src)
    if is_address and not _stands_in(src):
        return src
    sets = [value for name, value in items if "srcset" in name]
    for value in sorted(sets, key=named.get("data-srcset", "").__ne__):
        first = next(iter(value.split(maxsplit=1)), "").rstrip(",")
        if first and not _STUB.match(first):
            return first
    others = [(name, value) for name, value in items if name not in _NO_ADDRESS and "srcset" not in name]
    return _late_url(others) or _lesser_url(others) or (src if is_address else None)


def _late_url(attributes: Iterable[tuple[str, str]]) -> str | None:
    """The address in an attribute that a script reads."""
    for name, value in attributes:
        if _LATE_NAME.search(name) and not _LESSER_NAME.search(name):
            is_named = name.endswith(("src", "original", "lazy", "url", "image"))
            if url := _address_in(value[:_MAX_SET_CHARS], is_named=is_named):
                return url
    return None


def _lesser_url(attributes: Iterable[tuple[str, str]]) -> str | None:
    for _, value in attributes:
        if url := _address_in(value[:_MAX_SET_CHARS], is_named=False):
            return url
    return None


def _address_in(value: str, *, is_named: bool) -> str | None:
    value = value.strip()
    if not value or _STUB.match(value) or ("{" in value and value[0] not in "{["):
        return None
    # a JSON object or a list of sizes names it among other things
    found = [*_PICTURE_ADDRESS.finditer(value.replace("\\/", "/"))]
    if found:
        return found[-1 if value[0] == "[" else 0][0]  # the sizes of a list grow
    return value if is_named and _ADDRESS.fullmatch(value) else None


def _sources_beside(image: etree._Element) -> Iterator[etree._Element]:
    """The sources of the ``picture`` around an image."""
    above = image.getparent()
    # libxml2 does not know that a source has no content: what follows it is inside it
    while above is not None and above.tag == "source":
        above = above.getparent()
    if above is not None and above.tag == "picture":
        # picture, sources and image: a page may be in one that was never closed
        yield from (one for one in islice(above.iterdescendants(), _MAX_IN_PICTURE) if one.tag == "source")


def _without_script(image: etree._Element) -> Iterator[etree._Element]:
    """The picture that readers without scripts see in the place of this one."""
    holder = image
    for _ in range(_MAX_HOLDERS):
        for beside in (holder.getnext(), holder.getprevious()):
            if beside is not None and beside.tag == "noscript":
                inner = [*beside.iter("img", "amp-img")][:2]
                if len(inner) == 1:
                    yield inner[0]
                    yield from _sources_beside(inner[0])
        around = holder.getparent()
        # an element that holds nothing but the picture stands for it
        if around is None or around.tag not in _HOLDERS or not _is_alone(holder):
            return
        holder = around


def _is_alone(element: etree._Element) -> bool:
    """Whether what is on either side belongs to a picture; both are looked at up to what does not."""
    for is_before in (False, True):
        for one in element.itersiblings(preceding=is_before):
            if one.tag not in _BESIDE:
                return False
    return True


def largest_picture_url(image: etree._Element) -> str | None:
    """Where the largest form of a picture is, of those that it and the sources beside it in a ``picture`` name."""
    sized = [
        size_and_url
        for element in (image, *_sources_beside(image))
        for name, value in element.items()
        if "srcset" in str(name)
        for size_and_url in _in_set(str(value))
    ]
    # of equals the first: browsers take the first source they know
    size, url = max(sized, key=itemgetter(0), default=(0.0, ""))
    # a set that names no size says nothing against the picture's own address
    return url if size else picture_url(image) or url or None


def _in_set(srcset: str) -> list[tuple[float, str]]:
    """(size, address) of what a ``srcset`` names; the size is 0 where it says none."""
    found: list[tuple[float, str]] = []
    url = ""
    for token in srcset[:_MAX_SET_CHARS].split():
        if not url:
            url = token
            if url.endswith(","):
                found.append((0.0, url.rstrip(",")))
                url = ""
            continue
        size, comma, rest = token.partition(",")
        found.append((_size(size), url))
        # "a.jpg 1x,b.jpg 2x": without a space the next address follows at once
        url = rest if comma else ""
    found.append((0.0, url))
    return [(size, url) for size, url in found if url and not _STUB.match(url)]


def _size(descriptor: str) -> float:
    """Width in pixels, or how many pixels a dot has: one set uses one of the two (HTML, "Srcset attributes")."""
    number = descriptor[:-1]
    # ten digits: longer ones are no size
    is_number = descriptor[-1:] in {"w", "x"} and len(number) <= 10 and number.replace(".", "", 1).isdecimal()
    return float(number) if is_number and number.isascii() else 0.0
