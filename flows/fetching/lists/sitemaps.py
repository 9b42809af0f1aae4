"""Sitemaps: lists of pages, and indexes that list further sitemaps. Nothing is fetched here: ``Walk`` says
what to ask for.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Announced
from copydesk.flows.fetching.http.documents import (
    XML_OPTIONS,
    text_of,
    web_link,
    with_known_references,
    without_prolog,
)
from copydesk.flows.fetching.lists.listed import Link, ListedPage, moment_of

MAX_PAGES = 50_000
"""Entries of a sitemap, as the protocol has it; what follows is not read."""
MAX_SITEMAPS = 500
"""Files that one address may lead to; set by hand: of 50,000 pages each they have 25 million."""
MAX_DEPTH = 3
"""Levels of indexes below the first file; the protocol has one. Set by hand, for indexes of indexes."""
# twenty for each of 50,000 entries; pictures and translations may take that many
_MAX_ELEMENTS = 1_000_000
_MAX_REFERENCES = 1_000_000  # more are no addresses, and mending them takes seconds
_MAX_DATE = 60  # characters
_MAX_FIELD = 4_000  # characters
# addresses quoted of those that are unusable; the others are counted
_NAMED_PROBLEMS = 20
_ROOTS = frozenset({"urlset", "sitemapindex"})
# loc and lastmod of the protocol (sitemaps.org); the others of Google's news sitemaps
_FIELDS = frozenset({"loc", "lastmod", "name", "language", "publication_date", "title"})
# "<urlset xmlns…", "<sm:sitemapindex>": the name without its prefix
_ROOT = lazy_pattern(r"<(?:[\w.-]{1,40}:)?(\w{1,40})(?=[\s/>])")
_PREFIXES = {
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "video": "http://www.google.com/schemas/sitemap-video/1.1",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
# a line without the blanks before it; blank lines are passed over
_LINE = lazy_pattern(r"\S[^\n]*")
_MEDIA = ("image", "video")  # their titles and places are those of pictures and films
_OLDEST = datetime(1, 1, 1, tzinfo=UTC)


class SitemapError(ValueError):
    """The document is no sitemap; the message has in one line what it is instead."""


class Sitemap(Struct, frozen=True):
    """What a sitemap lists, each URL once and in its order, and what was wrong with it."""

    pages: tuple[ListedPage, ...] = ()
    sitemaps: tuple[Link, ...] = ()
    problems: tuple[str, ...] = ()


def read_sitemap(body: bytes) -> Sitemap:
    """The sitemap in ``body`` (inflated): XML, or text with one URL a line.

    Raises SitemapError where it is none. Broken XML is read up to the damage.
    """
    try:
        return _parsed_sitemap(body)
    except ValueError as error:
        raise SitemapError(" ".join(str(error).split())) from error


def _parsed_sitemap(body: bytes) -> Sitemap:
    text, doctype = without_prolog(text_of(body, "application/xml"))
    # many sites answer with a "not found" page at status 200
    if doctype and "<urlset" not in text[:200] and "<html" in text[:2_000].lower():
        raise ValueError("an HTML page, not a sitemap")
    if doctype:
        raise ValueError("it declares a document type, which no sitemap needs")
    if text.startswith("<"):
        root = _ROOT.match(text)
        if not root or root[1].lower() not in _ROOTS:
            raise ValueError(f"not a sitemap: it starts with {' '.join(text[:40].split())}")
        return _read_xml(text)
    return _read_lines(text)


class _Listing:
    """What has been read of a sitemap so far."""

    def __init__(self) -> None:
        self.pages: dict[str, ListedPage] = {}
        self.sitemaps: dict[str, Link] = {}
        self.problems: list[str] = []
        self.unusable = 0

    @property
    def is_full(self) -> bool:
        return len(self.pages) + len(self.sitemaps) >= MAX_PAGES

    def add(self, kind: str, fields: dict[str, str]) -> None:
        """One ``url`` or ``sitemap`` element."""
        link = fields.get("loc", "")
        # the protocol wants whole URLs: there is no base for relative ones
        url = web_link("", link)
        if url is None:
            self.unusable += 1
            if self.unusable <= _NAMED_PROBLEMS:
                self.problems.append(f"not a whole http or https URL: {' '.join(link.split())[:200]!r}")
            return
        lastmod = _date(fields.get("lastmod"), None)
        if kind == "sitemap":
            self.sitemaps.setdefault(url, Link("sitemap", url, lastmod))
            return
        language = fields.get("language")
        published = _date(fields.get("publication_date"), language)
        announced = Announced(
            "sitemap",
            fields.get("title"),
            published=published,
            language=language,
            site_name=fields.get("name"),
        )
        # without the fields of a news sitemap there is only the date of a change
        is_news = announced != Announced("sitemap")
        page = ListedPage(
            url, changed_at=moment_of(lastmod or published), announced=announced if is_news else None
        )
        self.pages.setdefault(url, page)

    def finished(self) -> Sitemap:
        if self.unusable > _NAMED_PROBLEMS:
            self.problems.append(f"{self.unusable - _NAMED_PROBLEMS:,} more that are no whole URLs")
        return Sitemap(tuple(self.pages.values()), tuple(self.sitemaps.values()), tuple(self.problems))


def _date(value: str | None, language: str | None) -> str | None:
    # "und" for an unknown language (BCP 47): dates in words are then read in any
    return read_date(value, language=language or "und") if value and len(value) <= _MAX_DATE else None


def _read_xml(text: str) -> Sitemap:
    listing = _Listing()
    if text.count("&") <= _MAX_REFERENCES:
        text = with_known_references(text)
    content = io.BytesIO(_with_declared_prefixes(text).encode())
    events = etree.iterparse(content, events=("end",), remove_comments=True, remove_pis=True, **XML_OPTIONS)
    try:
        _collect(events, listing)
    except etree.XMLSyntaxError as error:
        listing.problems.append(f"broken XML, read up to the damage: {error.msg}"[:300])
    return listing.finished()


def _with_declared_prefixes(text: str) -> str:
    """The text with declarations of the prefixes that many sitemaps use undeclared."""
    root = _ROOT.match(text)
    opening = text[: text.find(">") + 1]
    missing = [prefix for prefix in _PREFIXES if f"<{prefix}:" in text and f"xmlns:{prefix}" not in opening]
    if not root or not missing:
        return text
    declared = "".join(f' xmlns:{prefix}="{_PREFIXES[prefix]}"' for prefix in missing)
    return text[: root.end()] + declared + text[root.end() :]


def _collect(events: Iterator[tuple[str, etree._Element]], listing: _Listing) -> None:
    """Each element is forgotten once read: memory does not grow with the sitemap."""
    fields: dict[str, str] = {}
    for count, (_, element) in enumerate(events):
        name = etree.QName(element).localname.lower()
        if name in ("url", "sitemap"):
            # checked when one more comes: exactly so many are no problem
            if listing.is_full:
                listing.problems.append(f"cut after {MAX_PAGES:,} entries")
                return
            listing.add(name, fields)
            fields = {}
        elif name in _FIELDS and not any(media in (etree.QName(element).namespace or "") for media in _MEDIA):
            words = " ".join((element.text or "")[:_MAX_FIELD].split())
            if words:
                # an entry has one of each; what is repeated is of something within it
                fields.setdefault(name, words)
        element.clear()
        # clear() empties an element, which still hangs in its parent: millions of these are memory
        while (before := element.getprevious()) is not None:
            element.getparent().remove(before)  # type: ignore[union-attr]  # what has one before it has a parent
        if count >= _MAX_ELEMENTS:
            listing.problems.append(f"cut after {_MAX_ELEMENTS:,} elements")
            return


def _read_lines(text: str) -> Sitemap:
    """A text sitemap. One whose first line is no URL is something else."""
    listing = _Listing()
    for found in _LINE.finditer(text):
        # one character more than an address may have, so that a longer line is refused and not cut
        line = text[found.start() : min(found.end(), found.start() + _MAX_FIELD + 1)].strip()
        if not listing.pages and web_link("", line) is None:
            raise ValueError("not a sitemap: neither XML nor lines of URLs")
        if listing.is_full:
            listing.problems.append(f"cut after {MAX_PAGES:,} entries")
            break
        listing.add("url", {"loc": line})
    return listing.finished()


class Walk:
    """Which sitemaps to read from a first one on, each once: level by level, the newest ``lastmod`` first.

    Iterate, and call ``add_links`` for each before the next is taken. At most ``max_sitemaps`` are named,
    ``MAX_DEPTH`` levels below the first. Those last changed before ``since`` (with a zone) are left out,
    those without a date are not.
    """

    def __init__(
        self, first_url: str, *, since: datetime | None = None, max_sitemaps: int = MAX_SITEMAPS
    ) -> None:
        self._first_url = first_url
        self._since = since
        self._most = max_sitemaps
        self._seen = {first_url}
        self._next_level: dict[str, Link] = {}

    def __iter__(self) -> Iterator[str]:
        level, left = [self._first_url], self._most
        for _ in range(MAX_DEPTH + 1):
            self._next_level = {}
            yield from level[:left]
            left -= len(level[:left])
            level = list(self._next_level)
            self._seen.update(level)

    def add_links(self, links: Iterable[Link]) -> None:
        """Adds the sitemaps that the last one names."""
        since = self._since
        fresh = {one.url: one for one in links if since is None or (moment_of(one.lastmod) or since) >= since}
        # of one that two sitemaps name the first lastmod holds
        new = [link for url, link in (fresh | self._next_level).items() if url not in self._seen]
        new.sort(key=lambda link: moment_of(link.lastmod) or _OLDEST, reverse=True)
        self._next_level = {link.url: link for link in new[: self._most]}  # no more will be read
