"""Files of URLs: one a line, in a column of a table (CSV), or the subscriptions of a feed reader (OPML)."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import chain, count
from urllib.parse import urlsplit

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.fetching.wire.addresses import is_web_url
from copydesk.flows.shortening import shortened
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.tables import TABLES, Row, delimiter_of, table_rows

LISTS = (".txt", ".urls", ".lst", ".list")
"""File suffixes of lists of URLs, one a line; a ``.txt`` may as well be a page."""


class NoUrlColumn(ValueError):
    """A table without a column of URLs; the message says what to do."""


_MAX_SHOWN = 30
"""Names of columns in a message; set by hand."""
_OPEN = "a quotation mark that is not closed"


class UrlLine(Struct, frozen=True):
    """A line or row of a file, and its number; ``url`` is not checked. ``problem``: why the row cannot be read."""

    url: str
    number: int
    problem: str | None = None


def may_hold_urls(name: str) -> bool:
    """Whether a file of this name can be a list of URLs."""
    return name.lower().endswith((*TABLES, *LISTS))


def listed_urls(
    data: bytes, *, name: str = "", fields: FieldNames = USUAL_NAMES
) -> tuple[UrlLine, ...] | None:
    """The lines of a list of URLs, or the rows of a table with a column of URLs; None for any other file.

    A text file is a list if its first line and more than half of its lines are URLs; the other lines are returned, too,
    so that each gets a warning. ``fields``: the names of a table's columns. Raises NoUrlColumn.
    """
    if data and name.lower().endswith(TABLES):
        return tuple(_table_urls(_decoded(data), fields))
    lines = url_lines(data)
    # more than half, not all: a list with one wrong line is a list, a text that begins with its URL is a page
    is_list = bool(lines) and _is_url(lines[0]) and 2 * sum(map(_is_url, lines)) > len(lines)
    return lines if is_list else None


def url_lines(data: bytes) -> tuple[UrlLine, ...]:
    """The lines of a list of URLs, without empty lines and those that begin with ``#``."""
    lines = (UrlLine(line.strip(), number) for number, line in enumerate(_decoded(data).split("\n"), 1))
    return tuple(line for line in lines if line.url and not line.url.startswith("#"))


def _decoded(data: bytes) -> str:
    # editors write a byte order mark, and old spreadsheets other encodings
    return data.decode("utf-8-sig", "replace")


def starts_with_url(data: bytes) -> bool:
    """Whether the first line that is no comment begins with a URL; the data may be the beginning of a file."""
    return is_web_url(next((line.url for line in url_lines(data)), ""))


def _is_url(line: UrlLine) -> bool:
    return is_web_url(line.url) and len(line.url.split()) == 1


def _table_urls(text: str, fields: FieldNames) -> Iterator[UrlLine]:
    data = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    delimiter = delimiter_of(text.lstrip("\r\n").partition("\n")[0])
    rows = table_rows(io.BytesIO(data), delimiter, number=0)
    first = next(rows, Row(1, 1))
    try:
        names = [cell.strip() for cell in _cells(first, delimiter)]
    except csv.Error as error:
        raise NoUrlColumn(f"line 1: no table: {error}") from error
    column = fields.within([cell.lower() for cell in names]).url or "url"
    at = next((at for at, cell in enumerate(names) if cell.lower() == column.lower()), None)
    # a table of one column may have no header
    if at is None and len(names) == 1 and is_web_url(names[0]):
        at, rows = 0, chain((first,), rows)
    if at is None:
        raise NoUrlColumn(_without_column(names, column))
    for row in rows:
        try:
            url = next(iter(_cells(row, delimiter)[at : at + 1]), "").strip()
            # no URL has a line break; other cells may have one
            if "\n" in url:
                raise csv.Error(_OPEN)
        except csv.Error as error:
            yield UrlLine("", row.begin, str(error))
            continue
        if url:
            yield UrlLine(url, row.end)


def _cells(row: Row, delimiter: str) -> list[str]:
    """The cells of a row; of a broken one those of its first line, where they end in it. Raises csv.Error."""
    if not row.fault:
        return row.cells
    cells = next(csv.reader([row.line.rstrip("\n") + "\n"], delimiter=delimiter), [])
    if cells and cells[-1].endswith("\n"):
        raise csv.Error(_OPEN)
    return cells


def _without_column(names: list[str], column: str) -> str:
    shown = [shortened(name) for name in names if name]
    known = ", ".join([*shown[:_MAX_SHOWN], *(["…"] if len(shown) > _MAX_SHOWN else [])]) or "none"
    return (
        f"no column is called {column} (there are: {known}); name the one of pages with --field html=NAME, "
        "or the one of addresses with --field url=NAME"
    )


_NO_NAME = lazy_pattern(r"[^a-z0-9]+")
_MAX_NAME_CHARS = 40
_MAX_FEEDS = 10_000
"""Set by hand, far more than any feed reader has."""


class NoSubscriptions(ValueError):
    """A file that is no OPML, or has no feeds; the message says which."""


def feeds_in(data: bytes) -> list[tuple[str, str]]:
    """Name and URL of each feed, without duplicates; names consist of lower-case letters, digits and hyphens.

    Raises NoSubscriptions.
    """
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NoSubscriptions(f"no OPML: {error}") from error
    # by URL: a feed is listed once in each of its folders
    found: dict[str, str] = {}
    for outline in root.iter("{*}outline"):
        attributes = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        url = attributes.get("xmlurl", "").strip()
        if is_web_url(url):
            found[url] = attributes.get("title") or attributes.get("text") or ""
    if not found:
        raise NoSubscriptions(
            "no OPML with feeds: it has no <outline xmlUrl=…>; export the subscriptions again"
        )
    if len(found) > _MAX_FEEDS:
        raise NoSubscriptions(f"more than {_MAX_FEEDS:,} feeds; split the file")
    names: dict[str, str] = {}
    last: Counter[str] = Counter()  # of the numbers of each name: those before it are taken
    for url, text in found.items():
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        name = _NO_NAME.sub("-", plain)[:_MAX_NAME_CHARS].strip("-") or _host_of(url) or "feed"
        number = next(number for number in count(last[name] + 1) if _numbered(name, number) not in names)
        last[name] = number
        names[_numbered(name, number)] = url
    return list(names.items())


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # “http://[”: who adds it says what is wrong with it
        return None


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
