"""Lines that forced line breaks part as blocks are parted: those of a list of links, and those of pages that set a
headline, its author and the text with ``font``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import cast

from lxml import etree

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.elements import BLOCK_TAGS

# two may be the lines of an address, or two ways on below a text: parting them cost more pages than it mended
_MIN_LINKS = 3
_LETTER = lazy_pattern(r"[^\W_]")
_ENDS = BLOCK_TAGS | {"br", "td", "th"}
_USUAL_SIZE, _LARGEST_SIZE = 3, 7  # of fonts (HTML 3.2)
_SIZE = lazy_pattern(r"([+-]?)(\d)")


def parts_blocks(line_break: etree._Element) -> bool:
    """Whether what is before and behind a single line break are blocks of their own."""
    return _parts_sizes(line_break) or _parts_links(line_break)


def _parts_sizes(line_break: etree._Element) -> bool:
    """Whether both lines are set whole in a font, and in one of another size."""
    before, after = line_break.getprevious(), line_break.getnext()
    if before is None or after is None or _has_letter(before.tail) or _has_letter(line_break.tail):
        return False
    size = _size_of(before)
    return size is not None and size != (_size_of(after) or size) and _opens_line(before)


def _size_of(element: etree._Element) -> int | None:
    """The size of the font in which all of an element's text is set, None where there is none."""
    size = None
    while True:
        if element.tag == "font":
            size = _size_named(element.get("size", "")) or size or _USUAL_SIZE
        if len(element) != 1 or _has_letter(element.text) or _has_letter(element[0].tail):
            return size
        element = element[0]


def _size_named(size: str) -> int | None:
    found = _SIZE.fullmatch(size.strip())
    if found is None:
        return None
    number = int(found[2])
    absolute = {"": number, "+": _USUAL_SIZE + number, "-": _USUAL_SIZE - number}[found[1]]
    return max(1, min(_LARGEST_SIZE, absolute))


def _opens_line(element: etree._Element) -> bool:
    before = element.getprevious()
    if before is None:
        return not _has_letter(cast("etree._Element", element.getparent()).text)
    return before.tag in _ENDS and not _has_letter(before.tail)


def _has_letter(text: str | None) -> bool:
    return text is not None and _LETTER.search(text) is not None


def _parts_links(line_break: etree._Element) -> bool:
    """Whether a line break is at a line of such a list: between two of its lines, above the first, below the last.

    A line is a link where it has no letter outside of links; those of a list lead to different places.
    """
    before = list(islice(_links_before(line_break), _MIN_LINKS))
    after = list(islice(_links_after(line_break), _MIN_LINKS))
    if before and after:
        return len({*before, *after}) >= _MIN_LINKS
    return len({*before, *after}) == _MIN_LINKS


def _links_after(line_break: etree._Element) -> Iterator[str]:
    start: etree._Element | None = line_break
    while start is not None and start.tag == "br" and (link := _link_of_line(line_break, start)):
        yield link
        start = next((one for one in start.itersiblings() if one.tag in _ENDS), None)


def _links_before(line_break: etree._Element) -> Iterator[str]:
    end: etree._Element | None = line_break
    while end is not None and end.tag == "br":
        end = next((one for one in end.itersiblings(preceding=True) if one.tag in _ENDS), None)
        link = _link_of_line(line_break, end)
        if not link:
            return
        yield link


def _link_of_line(line_break: etree._Element, start: etree._Element | None) -> str | None:
    """Where the first link leads of the line behind ``start`` (None: the first in its element); None: it is no link."""
    if start is None:
        parent = cast("etree._Element", line_break.getparent())
        text, element = parent.text, next(iter(parent), None)
    else:
        text, element = start.tail, start.getnext()
    link: str | None = None
    while not _has_letter(text):
        if element is None or element.tag in _ENDS:
            return link
        if isinstance(element.tag, str):  # no remark
            links = list(element.iter("a"))
            if sum(map(_letters, links)) != _letters(element):
                return None
            if links and not link:
                link = links[0].get("href")
        text, element = element.tail, element.getnext()
    return None


def _letters(element: etree._Element) -> int:
    return len(_LETTER.findall("".join(cast("Iterator[str]", element.itertext()))))
