"""Files of URLs: one a line, in a column of a table (CSV), or the subscriptions of a feed reader (OPML)."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from lxml import etree
from msgspec import Struct

from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.tables import TABLES, delimiter_of

_WEB = ("http://", "https://")
LISTS = (".txt", ".urls", ".lst", ".list")
"""File suffixes of lists of URLs, one a line; a ``.txt`` may as well be a page."""


class NoUrlColumn(ValueError):
    """A table without a column of URLs; the message has what to do."""


# set by hand: files in which more rows are broken are broken themselves; for each, lines are read once more
_MOST_MENDED = 100


class Listed(Struct, frozen=True):
    """A URL, and its line of the file; ``problem``: why its row cannot be read, where it cannot."""

    address: str
    line: int
    problem: str | None = None


def may_hold_urls(name: str) -> bool:
    """Whether a file of this name is worth a look."""
    return name.lower().endswith((*TABLES, *LISTS))


def listed_urls(
    data: bytes, *, name: str = "", fields: FieldNames = USUAL_NAMES
) -> tuple[Listed, ...] | None:
    """The URLs in a file of this name; None where it is no list of URLs.

    A file of lines is a list where its first line is a URL, and more than half of its lines are: the others are
    returned, too, for a warning on each. Lines that are empty or begin with ``#`` are none. ``fields``: what the
    columns of a table are called. Raises NoUrlColumn.
    """
    if name.lower().endswith(TABLES):
        return tuple(_in_table(_decoded(data), fields))
    found = url_lines(data)
    # one bad line of many makes it no page; a page that was copied as text may begin with its address: prose follows
    is_list = bool(found) and _is_url(found[0]) and 2 * sum(map(_is_url, found)) > len(found)
    return found if is_list else None


def url_lines(data: bytes) -> tuple[Listed, ...]:
    """The lines of a file that is known to list URLs, one a line; empty ones and those that begin with ``#``
    are none.
    """
    lines = (Listed(line.strip(), number) for number, line in enumerate(_decoded(data).split("\n"), 1))
    return tuple(one for one in lines if one.address and not one.address.startswith("#"))


def _decoded(data: bytes) -> str:
    # as editors and spreadsheets leave it: a byte order mark, and in old tables letters that are no UTF-8
    return data.decode("utf-8-sig", "replace")


def starts_with_url(data: bytes) -> bool:
    """Whether the first line that is no comment is a URL, as far as the data goes."""
    found = (line.strip() for line in data.decode("utf-8-sig", "replace").split("\n"))
    return next((line for line in found if line and not line.startswith("#")), "").startswith(_WEB)


def _is_url(one: Listed) -> bool:
    return one.address.startswith(_WEB) and len(one.address.split()) == 1


def _in_table(text: str, fields: FieldNames) -> Iterator[Listed]:
    # not splitlines(), to which U+2028 in a headline ends a row
    lines = list(io.StringIO(text, newline=""))
    delimiter = delimiter_of(lines[0] if lines else "")
    first, behind = _row(lines, 0, delimiter)
    if isinstance(first, str):
        raise NoUrlColumn(f"line 1: no table: {first}")
    names = [cell.strip() for cell in first]
    column = fields.within([cell.lower() for cell in names]).url or "url"
    at = next((at for at, cell in enumerate(names) if cell.lower() == column.lower()), None)
    # a table of one column may do without a head
    if at is None and len(names) == 1 and names[0].startswith(_WEB):
        yield Listed(names[0], 1)
        at = 0
    if at is None:
        raise NoUrlColumn(_without_column(names, column))
    mended = 0
    while behind < len(lines):
        begun = behind
        row, behind = _row(lines, begun, delimiter)
        # a cell that nobody closed takes in the rows behind it: these are read by themselves
        if isinstance(row, str) or (
            mended < _MOST_MENDED and _is_open(row, at, lines[begun:behind], delimiter)
        ):
            mended, behind = mended + 1, begun + 1
            yield Listed(
                "", begun + 1, row if isinstance(row, str) else "a quotation mark that is not closed"
            )
        elif len(row) > at and row[at].strip():
            yield Listed(row[at].strip(), behind)


def _is_open(row: Sequence[str], at: int, lines: Sequence[str], delimiter: str) -> bool:
    """Whether a cell of the row that was read from these lines ends only where another begins, or the file ends."""
    if len(lines) == 1:
        return False
    # no URL has two lines; other cells may
    if len(row) > at and "\n" in row[at].strip():
        return True
    try:
        # to who is strict nothing but the next cell may follow one in quotation marks
        next(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return True
    return False


def _row(lines: Sequence[str], start: int, delimiter: str) -> tuple[list[str] | str, int]:
    """The row that begins in a line, or what is wrong with it; and the line behind it."""
    rows = csv.reader((lines[at] for at in range(start, len(lines))), delimiter=delimiter)
    try:
        row = next(rows, [])
    except csv.Error as error:
        return str(error), start + rows.line_num
    return row, start + rows.line_num


def _without_column(names: list[str], column: str) -> str:
    known = ", ".join(filter(None, names)) or "none"
    return (
        f"no column is called {column} (there are: {known}); name the one of pages with --field html=NAME, "
        "or the one of addresses with --field url=NAME"
    )


_NO_NAME = re.compile(r"[^a-z0-9]+")
_MAX_NAME_CHARS = 40
_MAX_FEEDS = 10_000
"""Set by hand, far beyond what anybody reads."""


class NoSubscriptions(ValueError):
    """A file that is no OPML, or has no feeds; the message says which."""


def feeds_in(data: bytes) -> list[tuple[str, str]]:
    """Name and URL of each feed, every URL and every name once; names are of small letters and digits.

    Raises NoSubscriptions.
    """
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NoSubscriptions(f"no OPML: {error}") from error
    # by URL: readers list a feed once for each of its folders
    found = {url: text for url, text in _outlines(root) if url.startswith(("http://", "https://"))}
    if not found:
        raise NoSubscriptions(
            "no OPML with feeds: it has no <outline xmlUrl=…>; export the subscriptions again"
        )
    if len(found) > _MAX_FEEDS:
        raise NoSubscriptions(f"more than {_MAX_FEEDS:,} feeds; split the file")
    names: dict[str, str] = {}
    for url, text in found.items():
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        name = _NO_NAME.sub("-", plain)[:_MAX_NAME_CHARS].strip("-") or urlsplit(url).hostname or "feed"
        number = next(number for number in range(1, len(found) + 2) if _numbered(name, number) not in names)
        names[_numbered(name, number)] = url
    return list(names.items())


def _outlines(root: etree._Element) -> Iterator[tuple[str, str]]:
    for outline in root.iter("{*}outline"):
        attributes = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        yield attributes.get("xmlurl", "").strip(), attributes.get("title") or attributes.get("text") or ""


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
