"""Records as feeds in XML with whole articles: RSS 2.0 (with ``content:encoded``) and Atom (RFC 4287).

Both are written item by item. What is the same in all runs over the same records has no clock in it: an Atom feed is
as new as its newest entry, which is known when all are written, so its ``updated`` comes last.
"""

from __future__ import annotations

from codecs import getwriter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain
from typing import BinaryIO
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Record
from copydesk.flows.formats.article_html import html_of, printable
from copydesk.flows.formats.format_registry import StreamFormat
from copydesk.flows.formats.json_feed import TITLE, WEB_URL, checked_feed_url, known_time

ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
_RSS_NAMESPACES = {
    "xmlns:atom": ATOM_NAMESPACE,
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
}
_NO_HOME = "https://example.invalid/"
"""The ``link`` of an RSS channel must be a web address; this top-level domain is reserved to be nobody's (RFC 2606)."""
_NOBODY = f"urn:uuid:{uuid5(NAMESPACE_URL, 'copydesk')}"
"""Identifies a feed of which neither the address nor a site is known."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LANGUAGE = lazy_pattern(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_BEGINNING = (
    300  # characters of a text that stand for a description, where an item would have no words of its own
)


class _Xml:
    """A document that is written element by element; characters that XML cannot hold are left out."""

    def __init__(self, stream: BinaryIO) -> None:
        # of a stream it is given itself, the generator asks its place, which pipes have not
        self._to = XMLGenerator(getwriter("utf-8")(stream), "utf-8", short_empty_elements=True)
        self._to.startDocument()

    @contextmanager
    def inside(self, name: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        """An element on lines of its own."""
        self._to.startElement(name, _printable(attributes))
        self._to.ignorableWhitespace("\n")
        yield
        self._to.endElement(name)
        self._to.ignorableWhitespace("\n")

    def put(self, name: str, text: str | None, attributes: Mapping[str, str] | None = None) -> None:
        """An element with a text; none where the text is None."""
        if text is None:
            return
        self._to.startElement(name, _printable(attributes))
        self._to.characters(printable(text))
        self._to.endElement(name)
        self._to.ignorableWhitespace("\n")


def _printable(attributes: Mapping[str, str] | None) -> AttributesImpl[str]:
    return AttributesImpl({name: printable(value) for name, value in (attributes or {}).items()})


def write_rss(records: Iterable[Record], stream: BinaryIO, feed_url: str | None = None) -> None:
    """The feed in RSS, item by item. ``feed_url``: where it will be read. Raises SettingsError for another."""
    address = checked_feed_url(feed_url)
    home, records = _home(records, address)
    xml = _Xml(stream)
    with xml.inside("rss", {"version": "2.0", **_RSS_NAMESPACES}), xml.inside("channel"):
        xml.put("title", TITLE)
        xml.put("link", home or _NO_HOME)
        xml.put("description", TITLE)
        if address:
            xml.put("atom:link", "", {"rel": "self", "type": "application/rss+xml", "href": address})
        for record in records:
            _write_item(xml, record)


def write_atom(records: Iterable[Record], stream: BinaryIO, feed_url: str | None = None) -> None:
    """The feed in Atom, entry by entry. ``feed_url``: where it will be read. Raises SettingsError for another."""
    address = checked_feed_url(feed_url)
    home, records = _home(records, address)
    xml, newest = _Xml(stream), _NEVER
    with xml.inside("feed", {"xmlns": ATOM_NAMESPACE}):
        xml.put("id", home or _NOBODY)
        xml.put("title", TITLE)
        if address:
            xml.put("link", "", {"rel": "self", "type": "application/atom+xml", "href": address})
        for record in records:
            updated = _updated(record)
            _write_entry(xml, record, updated)
            newest = max(newest, updated)
        xml.put("updated", newest.isoformat())


def _of_the_web(url: str | None) -> str | None:
    return url if url and WEB_URL.fullmatch(url) else None


def _link(record: Record) -> str | None:
    """Where the article is on the web; pages from the disk may still name it."""
    return _of_the_web(record.url) or _of_the_web(record.canonical_url)


def _home(records: Iterable[Record], address: str | None) -> tuple[str | None, Iterable[Record]]:
    """What a feed is of: its own address, else the site of its first article, if known; and all records."""
    rest = iter(records)
    first = list(next(([record] for record in rest), []))
    site = next((_site(record) for record in first), None)
    return address or site, chain(first, rest)


def _site(record: Record) -> str | None:
    try:
        found = urlsplit(_link(record) or "")
    except ValueError:  # "http://[half an address"
        return None
    return f"{found.scheme}://{found.netloc.rpartition('@')[2]}/" if found.netloc else None


def _write_item(xml: _Xml, record: Record) -> None:
    published = known_time(record.date_published)
    with xml.inside("item"):
        xml.put("title", record.title)
        xml.put("link", _link(record))
        xml.put("guid", record.id, {"isPermaLink": "false"})
        xml.put("pubDate", format_datetime(published) if published else None)
        # a day alone has no hour, which pubDate would want
        is_day = record.date_published is not None and known_time(f"{record.date_published}T00:00:00Z")
        xml.put("dc:date", record.date_published if is_day else None)
        for author in record.authors:
            xml.put("dc:creator", author.name)
        for tag in record.tags:
            xml.put("category", tag)
        xml.put("dc:language", _language(record))
        xml.put("dc:rights", record.license)
        # an item must have a title or a description
        xml.put("description", record.description or (None if record.title else record.text[:_BEGINNING]))
        xml.put("content:encoded", html_of(record))


def _write_entry(xml: _Xml, record: Record, updated: datetime) -> None:
    language = _language(record)
    with xml.inside("entry", {"xml:lang": language} if language else {}):
        xml.put("id", f"urn:uuid:{_uuid(record.id)}")
        xml.put("title", record.title or "")
        if url := _link(record):
            xml.put("link", "", {"rel": "alternate", "href": url})
        published = known_time(record.date_published)
        xml.put("published", published.isoformat() if published else None)
        xml.put("updated", updated.isoformat())
        # Atom wants somebody, so where nobody is known to have written it the site or the source has
        named = [(author.name, author.url) for author in record.authors]
        for name, address in named or [(record.site_name or record.source.name, None)]:
            with xml.inside("author"):
                xml.put("name", name)
                xml.put("uri", _of_the_web(address))
        for tag in record.tags:
            xml.put("category", "", {"term": tag})
        xml.put("rights", record.license)
        xml.put("summary", record.description)
        xml.put("content", html_of(record), {"type": "html"})


def _language(record: Record) -> str | None:
    is_known = record.language != "und" and _LANGUAGE.fullmatch(record.language)
    return record.language if is_known else None


def _uuid(id_: str) -> UUID:
    try:
        return UUID(hex=id_)
    except ValueError:  # a record that was not made by us
        return uuid5(NAMESPACE_URL, id_)


def _updated(record: Record) -> datetime:
    """When an entry last changed, which Atom wants of each: of a day alone its first moment, in UTC."""
    dates = (record.date_modified, record.date_published)
    days = (f"{date}T00:00:00Z" for date in dates if date)
    return next(filter(None, map(known_time, (*dates, *days, record.fetched_at))), _NEVER)


def _feed(kind: str, write: Callable[..., None]) -> StreamFormat:
    return StreamFormat(
        summary=f"{kind} feed with whole articles",
        articles_only=True,
        newest_first=True,
        settings=("feed_url",),
        write=write,
    )


RSS = _feed("an RSS 2.0", write_rss)
ATOM = _feed("an Atom", write_atom)
