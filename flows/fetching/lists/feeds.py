"""Feeds: RSS 0.9x, 1.0 and 2.0, Atom, and JSON Feed, to entries. Nothing is fetched."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, Literal
from urllib.parse import urljoin

import msgspec
from lxml import etree, html
from msgspec import Struct

from copydesk.cleaners.dates.timestamps import Clock, read_timestamp, written
from copydesk.cleaners.dates.written_dates import read_date
from copydesk.flows.fetching.http.documents import MAX_CHARS, text_of, web_link, without_prolog
from copydesk.flows.fetching.lists.feed_xml import (
    ENTRIES,
    MAX_ENTRIES,
    NAMESPACES,
    feed_tree,
    language_of,
    local_name,
    text_in,
)

MAX_JSON_VALUES = 3_000_000
"""Of a JSON Feed, by its brackets and commas: what costs memory; a feed with more is refused."""
# characters: an id is an address mostly
_MAX_ID = 2_000
_MAX_BEFORE = 4_000  # characters
_MAX_DATE = 60  # characters
# characters, set by hand: what is longer is no title but a text in its place
_MAX_TITLE = 1_000
_MAX_NAMES = 100  # authors or tags of an entry
_MAX_FIELDS = 100  # elements of an entry: tags and authors, mostly
_MAX_WORDS = 200  # characters of names and dates
# what holds addresses or is known by one, which is longer than a name
_LONGER = frozenset({"link", "origlink", "id", "guid"})
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
# in the names of RSS, Atom, Dublin Core, iTunes and Feedburner; "encoded" is content:encoded, "body" is xhtml:body
_FIELDS = {
    "title": "title", "link": "link", "guid": "id", "id": "id", "origlink": "original", "language": "language",
    "pubdate": "published", "published": "published", "issued": "published", "created": "created",
    "updated": "updated", "modified": "updated", "date": "updated", "author": "authors", "creator": "authors",
    "category": "tags", "subject": "tags", "keywords": "tags", "summary": "summary", "description": "summary",
    "content": "content", "encoded": "content", "body": "content",
}  # fmt: skip
"""Local names of elements, and what they are of an entry."""
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "html"})
_EMAIL = re.compile(r"(?:mailto:)?[\w.+%-]{1,64}@[\w.-]{1,200}")
# "12:00Z", "10:00 GMT", "9:00 EST", "+02:00"; without one nobody knows of which place it is
_WITH_ZONE = re.compile(r"(?:\d\s*Z|\b(?:UTC?|GMT|[ECMP][SD]T)|[+-]\d{2}:?\d{2})\s*$", re.IGNORECASE)
# "</b>", "&amp;", "&#8211;"
_LIKE_HTML = re.compile(r"</\w|&#?\w{1,31};")
# the feed in "Warning: session_start() … <?xml version="1.0"?><rss>"
_FEED_START = re.compile(r"<(?:\?xml|rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
# "https://jsonfeed.org/version/1.1", as JSON Feed wants it named
_JSON_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d)?/?")


class FeedError(ValueError):
    """The document is no feed; the message has in one line what it is instead."""


class Entry(Struct, frozen=True):
    """One entry. ``url`` is the page it announces, None where it has none (many podcasts).

    ``published`` and ``updated``: RFC 3339, the date alone where no zone is known. ``content`` is as the feed
    has it, neither cleaned nor with its links resolved; ``content_type`` is ``text/html`` or ``text/plain``.
    """

    url: str | None
    id: str | None = None
    title: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    summary: str | None = None
    content: str | None = None
    content_type: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


class Feed(Struct, frozen=True):
    """A feed: at most ``MAX_ENTRIES`` entries in its own order, each once."""

    kind: Literal["rss", "atom", "json"]
    title: str | None
    language: str | None
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()


def read_feed(body: bytes, *, url: str, content_type: str | None) -> Feed:
    """The feed in ``body``, fetched from ``url``. Raises FeedError."""
    try:
        text = text_of(body, content_type).lstrip("\ufeff \t\r\n")
        problems = []
        if len(text) > MAX_CHARS:
            text = text[:MAX_CHARS]
            problems.append(f"cut after {MAX_CHARS:,} characters")
        if text.startswith("{"):
            return _read_json(text, url, problems)
        start = None if text.startswith("<") else _FEED_START.search(text, 0, _MAX_BEFORE)
        if start:  # a server's warnings, mostly
            text = text[start.start() :]
            problems.append("words before the feed")
        return _read_xml(text, url, problems)
    except ValueError as error:
        raise error if isinstance(error, FeedError) else FeedError(" ".join(str(error).split())) from error


def _read_xml(text: str, url: str, problems: list[str]) -> Feed:
    text, has_doctype = without_prolog(text)
    if has_doctype:
        problems.append("the document type was not read")
    root, lost = feed_tree(text, url=url)
    fields, entries = _fields_of_feed(root)
    # what is declared for a whole RSS 2.0 is the language of its texts alone
    language = _words(fields, "language") or (None if local_name(root) == "rss" else language_of(root))
    found, repeated = _unique(_entry_of_xml(entry, url, language) for entry in entries)
    return Feed(
        kind="atom" if local_name(root) == "feed" else "rss",
        title=_title(fields),
        language=language,
        entries=found,
        problems=(*problems, *lost, *repeated),
    )


_Fields = defaultdict[str, list[etree._Element]]
"""The elements of a feed or entry, by what they are of it."""


def _fields_of_feed(root: etree._Element) -> tuple[_Fields, list[etree._Element]]:
    """Its own fields, and its entries: RSS 1.0 and Atom have them at the root, others in a channel."""
    fields, entries = _Fields(list), list[etree._Element]()
    for container in (root, *(child for child in root if local_name(child) == "channel")):
        entries += (child for child in container if local_name(child) in ENTRIES and _is_known(child))
        others = (child for child in container if local_name(child) not in ENTRIES)
        _add_fields(fields, islice(others, _MAX_FIELDS))
    return fields, entries


def _add_fields(fields: _Fields, elements: Iterable[etree._Element]) -> None:
    for element in elements:
        if (name := _FIELDS.get(local_name(element))) and _is_known(element):
            fields[name].append(element)


def _is_known(element: etree._Element) -> bool:
    namespace = etree.QName(element).namespace or ""
    # in small letters too: some write "http://www.itunes.com/DTDs/Podcast-1.0.dtd"
    is_known = namespace in NAMESPACES or namespace.lower() in NAMESPACES
    # iTunes' title is that of the title without its number
    return is_known and not (local_name(element) == "title" and "itunes" in namespace)


def _entry_of_xml(element: etree._Element, url: str, language: str | None) -> Entry:
    fields = _Fields(list)
    _add_fields(fields, islice(element, _MAX_FIELDS))
    # of an excerpt and the whole, or HTML and plain text, the longest is the article
    whole = [*fields["content"], *fields["summary"][1:]]
    texts = {id(one): text_in(one) for one in (*fields["summary"], *whole)}
    best = max(whole, key=lambda one: len(texts[id(one)][0]), default=None)
    content, content_type = texts[id(best)] if best is not None else ("", None)
    summary = next((texts[id(one)][0] for one in (*fields["summary"], *whole)), "")
    shown = [element, *fields["title"][:1], *fields["summary"][:1], *([best] if best is not None else [])]
    own_language = _words(fields, "language") or language_of(shown[-1]) or language
    identity, link, page = _links_of(fields, url)
    return Entry(
        url=page,
        id=_identity(identity or element.get(_ABOUT), link),
        title=_title(fields),
        published=_date(_words(fields, "published"), own_language)
        or _date(_words(fields, "created"), own_language),
        updated=_date(_words(fields, "updated"), own_language),
        authors=_names(map(_author, fields["authors"])),
        # a feed without an excerpt may give the article as both
        summary=None if summary == content else summary or None,
        content=content or None,
        content_type=content_type if content else None,
        language=own_language,
        tags=_names(tag for one in fields["tags"] for tag in _tags(one)),
    )


def _links_of(fields: _Fields, url: str) -> tuple[str | None, str | None, str | None]:
    """The id and the link of an entry, and the page that it leads to: behind a click counter, the original."""
    links, others = list[str](), list[str]()
    for element in fields["link"]:
        link = _absolute(element, element.get("href") or _joined(element), url)
        if link and element.get("rel", "alternate") == "alternate":
            (links if element.get("type", "text/html") in _HTML_TYPES else others).insert(0, link)
    identity = _words(fields, "id")
    # an id is a link unless it is declared to be none (RSS 2.0)
    if identity and (fields["id"][-1].get("isPermaLink") or "true") == "true":
        identity = _absolute(fields["id"][-1], identity, url)
        links.append(identity)
    originals = [_absolute(element, _joined(element), url) for element in fields["original"]]
    pages = (web_link(url, link) for link in (*originals, *links, *others))
    return identity, next(iter(links), None), next(filter(None, pages), None)


def _absolute(element: etree._Element, link: str, url: str) -> str:
    """A link as its element means it, which may have an address of its own that it is relative to (xml:base)."""
    try:
        return urljoin(urljoin(url, element.base or ""), link) if link else ""
    except ValueError:
        return link


def _joined(element: etree._Element) -> str:
    # 200 pieces of text: a field of many thousand empty elements must cost nothing
    words = "".join(islice(map(str, element.itertext()), 200))
    return words[: _MAX_ID if local_name(element) in _LONGER else _MAX_WORDS].strip()


def _words(fields: _Fields, name: str) -> str | None:
    """The words of the last element of a field: where a feed repeats one, it corrects it."""
    return _joined(fields[name][-1]) or None if fields[name] else None


def _author(element: etree._Element) -> str:
    """A name without the e-mail address beside it ("ann@courier.example (Ann Ash)"); that alone where there is none."""
    named = next((child for child in element if local_name(child) == "name"), element)
    words = _joined(named)
    address = _EMAIL.search(words)
    return (words.replace(address[0], "").strip(" ()<>") if address else "") or words


def _tags(element: etree._Element) -> list[str]:
    given = (element.get("term") or element.get("label") or _joined(element))[:_MAX_ID]
    return given.split(",") if local_name(element) == "keywords" else [given]


def _title(fields: _Fields) -> str | None:
    """A title as words; many are HTML, declared or not."""
    if not fields["title"]:
        return None
    value, kind = text_in(fields["title"][0])
    value = value[:_MAX_TITLE]
    if kind == "text/html" or _LIKE_HTML.search(value):
        try:
            value = "".join(map(str, html.fromstring(f"<div>{value}</div>").itertext()))
        except (etree.ParserError, ValueError):
            return _text(value)
    return _text(" ".join(value.split()))


def _identity(given: str | None, link: object) -> str | None:
    """What an entry is known by: the id it gives, else a link to a part of a page, since its ``url`` is the page."""
    part = link if isinstance(link, str) and "#" in link else None
    return (given or part or "")[:_MAX_ID] or None


def _date(value: object, language: str | None) -> str | None:
    value = _text(value)
    if value is None or len(value) > _MAX_DATE:
        return None
    if found := read_timestamp(value):
        return found
    # a moment where there is a zone, else only the day: the hour could be that of anywhere
    moment = _moment(value)
    if moment is not None and _WITH_ZONE.search(value):
        moment = moment.astimezone(UTC)
        clock = Clock(moment.hour, moment.minute, moment.second, UTC)
        return written(moment.year, moment.month, moment.day, clock)
    day = (moment.year, moment.month, moment.day) if moment else None
    return read_date(value, language=language or "und") or (written(*day) if day else None)


def _moment(value: str) -> datetime | None:
    """Of rarer ways to write dates, those that mail and programs have."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return read(value)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _names(values: Iterable[object]) -> tuple[str, ...]:
    """Names, each once, in their order."""
    found: dict[str, None] = {}
    for value in values:
        name = _text(value)
        if name and len(found) < _MAX_NAMES:
            found[" ".join(name.split())] = None
    return tuple(found)


def _unique(entries: Iterable[Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Entries with a link or a text, each once, and the problems of the others."""
    kept: dict[tuple[str | None, str | None], Entry] = {}
    empty = repeated = 0
    for entry in entries:
        # an entry without page and id is identified by its text
        words = None if entry.url else entry.title or entry.content or entry.summary
        key = entry.url, entry.id or words
        if key == (None, None):
            empty += 1
        elif key in kept:
            repeated += 1
        else:
            kept[key] = entry
    problems = []
    if empty:
        problems.append(f"{empty:,} entries without a link or a text")
    if repeated:
        problems.append(f"{repeated:,} entries given more than once")
    return tuple(kept.values()), tuple(problems)


class _JsonFeed(Struct):
    """A JSON Feed as far as it must be right; its items are read one by one."""

    version: object = None
    title: object = None
    language: object = None
    # undecoded, so that an item of the wrong kind costs no other
    items: list[msgspec.Raw] = []


def _read_json(text: str, url: str, problems: list[str]) -> Feed:
    # counted before decoding: "[[[[…" takes many times its length as objects
    if sum(map(text.count, "{[,")) > MAX_JSON_VALUES:
        raise FeedError(f"a JSON Feed of more than {MAX_JSON_VALUES:,} values")
    try:
        feed = msgspec.json.decode(text, type=_JsonFeed)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise FeedError(f"no JSON Feed: {error}") from error
    if not isinstance(feed.version, str) or not _JSON_VERSION.fullmatch(feed.version):
        raise FeedError("JSON, but no JSON Feed: it names no version of it")
    if len(feed.items) > MAX_ENTRIES:
        problems.append(f"cut after {MAX_ENTRIES:,} entries")
    language = _text(feed.language)
    items = list(_items(feed.items[:MAX_ENTRIES]))
    if len(items) < min(len(feed.items), MAX_ENTRIES):
        problems.append(f"{min(len(feed.items), MAX_ENTRIES) - len(items):,} items are no objects")
    entries, lost = _unique(_entry_of_json(item, url, language) for item in items)
    return Feed(
        kind="json",
        title=_text(feed.title),
        language=language,
        entries=entries,
        problems=(*problems, *lost),
    )


def _items(raw: Iterable[msgspec.Raw]) -> Iterator[dict[str, Any]]:
    for item in raw:
        try:
            yield msgspec.json.decode(item, type=dict[str, Any])
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            continue


def _entry_of_json(item: dict[str, Any], base: str, language: str | None) -> Entry:
    """An item; what is of the wrong kind counts as left out."""
    own_language = _text(item.get("language")) or language
    # a list in JSON Feed 1.1, one author in 1.0
    authors = item.get("authors")
    authors = authors if isinstance(authors, list) else [item.get("author")]
    tags = item.get("tags")
    content_html, content_text = _text(item.get("content_html")), _text(item.get("content_text"))
    # "external_url" last: it is what the page is about, and the page only where there is no other
    links = (web_link(base, item.get(key)) for key in ("url", "id", "external_url") if _is_link(item, key))
    identity = item.get("id")
    return Entry(
        url=next(filter(None, links), None),
        id=_identity(str(identity) if isinstance(identity, str | int) else None, item.get("url")),
        title=_text(item.get("title")),
        published=_date(item.get("date_published"), own_language),
        updated=_date(item.get("date_modified"), own_language),
        authors=_names(author.get("name") for author in authors if isinstance(author, dict)),
        summary=_text(item.get("summary")),
        content=content_html or content_text,
        content_type="text/html" if content_html else "text/plain" if content_text else None,
        language=own_language,
        tags=_names(tags if isinstance(tags, list) else ()),
    )


def _is_link(item: dict[str, Any], key: str) -> bool:
    """Whether a key can hold the page: an id only where it is a whole URL."""
    return key != "id" or str(item.get(key)).startswith(("http://", "https://"))
