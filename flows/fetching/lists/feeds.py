"""Parses feeds: RSS 0.9x, 1.0 and 2.0, Atom, and JSON Feed."""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from lxml import etree, html
from msgspec import Struct

from copydesk.cleaners.dates.timestamps import Clock, read_timestamp, written
from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.fetching.http.documents import MAX_CHARS, text_of, web_link, without_prolog
from copydesk.flows.fetching.lists.feed_xml import MAX_ENTRIES, safe_xml

MAX_JSON_VALUES = 3_000_000
"""Of a JSON Feed, counted as brackets and commas, which cost memory; a feed with more is refused."""
_MAX_ID = 2_000  # characters: most ids are URLs
_MAX_BEFORE = 4_000  # characters before the feed
_MAX_DATE = 60  # characters
_MAX_TITLE = 1_000  # characters, set by hand: more is a text instead of a title
_MAX_NAMES = 100  # authors or tags of an entry
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# "12:00Z", "10:00 GMT", "9:00 EST", "+02:00"; without a zone feedparser assumes UTC
_WITH_ZONE = lazy_pattern(r"(?:\d\s*Z|\b(?:UTC?|GMT|[ECMP][SD]T)|[+-]\d{2}:?\d{2})\s*$", re.IGNORECASE)
# "</b>", "&amp;", "&#8211;"
_LIKE_HTML = lazy_pattern(r"</\w|&#?\w{1,31};")
# the feed in "Warning: session_start() … <?xml version="1.0"?><rss>"
_FEED_START = lazy_pattern(r"<(?:\?xml|rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
# "https://jsonfeed.org/version/1.1"
_JSON_VERSION = lazy_pattern(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d)?/?")


class FeedError(ValueError):
    """The document is no feed; the message says in one line what it is instead."""


class FeedEntry(Struct, frozen=True):
    """An entry. ``url``: of its page; many podcasts have none.

    ``published`` and ``updated``: RFC 3339, only the date if the zone is unknown. ``content``: as in the feed, with
    relative links; ``content_type``: ``text/html`` or ``text/plain``.
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
    """A feed with at most ``MAX_ENTRIES`` entries, in order and without duplicates."""

    kind: Literal["rss", "atom", "json"]
    title: str | None
    language: str | None
    entries: tuple[FeedEntry, ...]
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
        if start:  # usually after warnings of a server
            text = text[start.start() :]
            problems.append("words before the feed")
        return _read_xml(text, url, problems)
    except ValueError as error:
        raise error if isinstance(error, FeedError) else FeedError(" ".join(str(error).split())) from error


def _read_xml(text: str, url: str, problems: list[str]) -> Feed:
    text, has_doctype = without_prolog(text)
    if has_doctype:
        problems.append("the document type was not read")
    safe = safe_xml(text)
    parsed = _parsed(safe.xml, url)
    language = _text(parsed.feed.get("language"))
    entries, lost = _unique(
        _entry_of_xml(entry, safe.texts, url, language) for entry in map(dict, parsed.entries)
    )
    return Feed(
        kind="atom" if parsed.version.startswith("atom") else "rss",
        title=_plain(parsed.feed.get("title_detail"), safe.texts),
        language=language,
        entries=entries,
        problems=(*problems, *safe.problems, *lost),
    )


def _parsed(xml: bytes, url: str) -> Any:
    """The result of feedparser."""
    import feedparser

    # it resolves links against the location; the charset is that of safe_xml
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    try:
        # a stream: it would first try bytes as the name of a file
        return feedparser.parse(
            io.BytesIO(xml), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # raised for wrong values
        raise FeedError(f"feedparser cannot read it: {error!r}"[:300]) from error


def _entry_of_xml(entry: dict[str, Any], texts: dict[str, str], base: str, language: str | None) -> FeedEntry:
    # the longest is the article: others are excerpts or plain text
    contents = [part for part in entry.get("content", ()) if part.get("value") in texts]
    content = max(contents, key=lambda part: len(texts[part["value"]]), default=None)
    value = texts[content["value"]].strip() if content else None
    detail = content or entry.get("summary_detail") or entry.get("title_detail") or {}
    own_language = _text(entry.get("language")) or _text(detail.get("language")) or language
    summary = texts.get(entry.get("summary", ""), "").strip() or None
    return FeedEntry(
        url=_page_of(entry, base),
        id=_identity(_text(entry.get("id")), entry.get("link")),
        title=_plain(entry.get("title_detail"), texts),
        published=_date(entry, "published", own_language) or _date(entry, "created", own_language),
        updated=_date(entry, "updated", own_language),
        authors=_names(author.get("name") or author.get("email") for author in entry.get("authors", ())),
        # some feeds have the article in both
        summary=None if summary == value else summary,
        content=value,
        content_type=_content_type(content, value) if content and value else None,
        language=own_language,
        tags=_names(tag.get("term") or tag.get("label") for tag in entry.get("tags", ())),
    )


def _content_type(content: Any, value: str) -> str:
    return "text/html" if content.get("type") in _HTML_TYPES or "</" in value else "text/plain"


def _page_of(entry: dict[str, Any], base: str) -> str | None:
    """The page of an entry; if its link goes through a click counter, the original one."""
    links = (link.get("href") for link in entry.get("links", ()) if link.get("rel") == "alternate")
    candidates = (entry.get("feedburner_origlink"), entry.get("link"), *links)
    return next(filter(None, (web_link(base, candidate) for candidate in candidates)), None)


def _identity(given: str | None, link: object) -> str | None:
    """The id of an entry, else its link to a part of a page: its ``url`` has no fragment."""
    part = link if isinstance(link, str) and "#" in link else None
    return (given or part or "")[:_MAX_ID] or None


def _date(entry: dict[str, Any], field: str, language: str | None) -> str | None:
    """A date, parsed by us or else by feedparser, which knows rarer formats."""
    value = _text(entry.get(field))
    if value is None or len(value) > _MAX_DATE:
        return None
    found = read_timestamp(value)
    moment = entry.get(f"{field}_parsed")
    # without a zone only the day is certain
    if found is None and moment and _WITH_ZONE.search(value):
        at = datetime.fromtimestamp(calendar.timegm(moment), UTC)
        found = written(at.year, at.month, at.day, Clock(at.hour, at.minute, at.second, UTC))
    return found or read_date(value, language=language or "und") or (written(*moment[:3]) if moment else None)


def _plain(detail: Any, texts: dict[str, str]) -> str | None:
    """A title as plain text; many are HTML, declared or not."""
    value = texts.get(detail.get("value", ""), "")[:_MAX_TITLE] if detail else ""
    if (detail and detail.get("type") in _HTML_TYPES) or _LIKE_HTML.search(value):
        try:
            value = "".join(map(str, html.fromstring(f"<div>{value}</div>").itertext()))
        except (etree.ParserError, ValueError):
            return _text(value)
    return _text(" ".join(value.split()))


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _names(values: Iterable[object]) -> tuple[str, ...]:
    """Names without duplicates, in order."""
    found: dict[str, None] = {}
    for value in values:
        name = _text(value)
        if name and len(found) < _MAX_NAMES:
            found[" ".join(name.split())] = None
    return tuple(found)


def _unique(entries: Iterable[FeedEntry]) -> tuple[tuple[FeedEntry, ...], tuple[str, ...]]:
    """The entries with a link or a text, without duplicates; and problems of the others."""
    kept: dict[tuple[str | None, str | None], FeedEntry] = {}
    empty = repeated = 0
    for entry in entries:
        # an entry without URL and id is identified by its text
        text = None if entry.url else entry.title or entry.content or entry.summary
        key = entry.url, entry.id or text
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
    """A JSON Feed. Its items are decoded one by one, so that a wrong one does not affect the others."""

    version: object = None
    title: object = None
    language: object = None
    items: list[msgspec.Raw] = []


def _read_json(text: str, url: str, problems: list[str]) -> Feed:
    # counted before decoding: objects of "[[[[…" take many times its length
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


def _entry_of_json(item: dict[str, Any], base: str, language: str | None) -> FeedEntry:
    """An entry; values of wrong types are ignored."""
    own_language = _text(item.get("language")) or language
    # a list in JSON Feed 1.1, one author in 1.0
    authors = item.get("authors")
    authors = authors if isinstance(authors, list) else [item.get("author")]
    tags = item.get("tags")
    content_html, content_text = _text(item.get("content_html")), _text(item.get("content_text"))
    # "external_url" is usually the page that the item is about
    links = (web_link(base, item.get(key)) for key in ("url", "id", "external_url") if _is_link(item, key))
    identity = item.get("id")
    return FeedEntry(
        url=next(filter(None, links), None),
        id=_identity(str(identity) if isinstance(identity, str | int) else None, item.get("url")),
        title=_text(item.get("title")),
        published=_date(item, "date_published", own_language),
        updated=_date(item, "date_modified", own_language),
        authors=_names(author.get("name") for author in authors if isinstance(author, dict)),
        summary=_text(item.get("summary")),
        content=content_html or content_text,
        content_type="text/html" if content_html else "text/plain" if content_text else None,
        language=own_language,
        tags=_names(tags if isinstance(tags, list) else ()),
    )


def _is_link(item: dict[str, Any], key: str) -> bool:
    """Whether a key may have the URL of the page: an id only if it is an absolute URL."""
    return key != "id" or str(item.get(key)).startswith(("http://", "https://"))
