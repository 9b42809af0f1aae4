"""Parses feeds: RSS 0.9x, 1.0 and 2.0, Atom, and JSON Feed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
from lxml import etree, html
from msgspec import Struct

from copydesk.cleaners.dates.timestamps import read_timestamp
from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Announced
from copydesk.flows.fetching.http.documents import MAX_CHARS, text_of, web_link, without_prolog
from copydesk.flows.fetching.lists import feed_xml
from copydesk.flows.fetching.lists.feed_xml import MAX_ENTRIES
from copydesk.flows.fetching.lists.listed import ListedPage, moment_of
from copydesk.flows.fetching.wire.addresses import is_web_url
from copydesk.flows.shortening import counted

MAX_JSON_VALUES = 3_000_000
"""Of a JSON Feed, counted as brackets and commas, which cost memory; a feed with more is refused."""
_MAX_ID = 2_000  # characters: most ids are URLs
_MAX_BEFORE = 4_000  # characters before the feed
_MAX_DATE = 60  # characters
_MAX_TITLE = 1_000  # characters, set by hand: more is a text instead of a title
_MAX_NAMES, _MAX_NAME = 100, 200  # authors or tags of an entry, and the characters of each
# "</b>", "&amp;", "&#8211;"
_LIKE_HTML = lazy_pattern(r"</\w|&#?\w{1,31};")
# the feed in "Warning: session_start() … <?xml version="1.0"?><rss>"
_FEED_START = lazy_pattern(r"<(?:\?xml|rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
# "https://jsonfeed.org/version/1.1"
_JSON_VERSION = lazy_pattern(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d)?/?")
# "ann@courier.example (Ann Ash)", "Ann Ash <ann@courier.example>", "mailto:ann@courier.example"
_EMAIL = lazy_pattern(r"(?:mailto:)?[\w.+-]{1,100}@[\w.-]{1,100}")


class FeedError(ValueError):
    """The document is no feed; the message says in one line what it is instead."""


class Feed(Struct, frozen=True):
    """The pages of a feed's first ``MAX_ENTRIES`` entries, each once and in order, and what was wrong with it.

    ``linkless``: how many entries beside them have no link, for example episodes without a page.
    """

    pages: tuple[ListedPage, ...]
    problems: tuple[str, ...] = ()
    linkless: int = 0


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
    text, doctype = without_prolog(text)
    # one that only names a DTD, as RSS 0.91 has it, defines nothing that is not known
    if "[" in doctype:
        problems.append("the definitions in its document type were not read")
    root, damage = feed_xml.read_root(text)
    heads, entries = feed_xml.head_and_entries(root)
    declared = (_word(feed_xml.fields_of(head), "language") or feed_xml.language_of(head) for head in heads)
    language = next(filter(None, declared), None)
    return _feed((_page_of_xml(entry, url, language) for entry in entries), [*problems, *damage])


def _feed(pages: Iterable[ListedPage | None], problems: list[str]) -> Feed:
    """The pages of entries; of several entries for a page the newest, or the first without dates."""
    found: dict[str, ListedPage] = {}
    linkless = 0
    for page in pages:
        if page is None:
            linkless += 1
            continue
        known = found.setdefault(page.url, page)
        # an entry without a date never replaces one with a date
        if page.changed_at and (known.changed_at is None or page.changed_at > known.changed_at):
            found[page.url] = page
    # beside others they are nothing wrong
    if linkless and not found:
        problems, linkless = [*problems, f"{counted(linkless, 'entry', 'entries')} without a link"], 0
    return Feed(tuple(found.values()), tuple(problems), linkless)


_Fields = list[tuple[str, etree._Element]]


def _page_of_xml(entry: etree._Element, base: str, language: str | None) -> ListedPage | None:
    fields = feed_xml.fields_of(entry)
    link, url = _link_of(fields, base)
    if url is None:
        return None
    title = next((field for name, field in fields if name == "title"), None)
    content, text, is_html = _content_of(fields)
    described = next((field for field in (content, title) if field is not None), entry)
    own_language = _word(fields, "language") or feed_xml.language_of(described) or language
    announced = Announced(
        origin="feed",
        title=None if title is None else _title_of(title),
        authors=_authors(_author_of(field) for name, field in fields if name in ("author", "creator")),
        published=_date(_word(fields, "pubdate", "published", "issued", "created"), own_language),
        updated=_date(_word(fields, "updated", "modified", "date"), own_language),
        language=own_language,
        tags=_names(tag for name, field in fields for tag in _tags_of(name, field)),
    )
    identity = _identity(_word(fields, "guid", "id") or feed_xml.attribute(entry, feed_xml.RDF_ABOUT), link)
    return _page(url, identity, announced, text, is_html=is_html)


def _page(
    url: str, identity: str | None, announced: Announced, text: str | None, *, is_html: bool
) -> ListedPage:
    """The page of an entry. The key has its date: an entry that is updated under the same id is new."""
    date = announced.updated or announced.published
    return ListedPage(
        url,
        key=" ".join(filter(None, (identity or url, date))),
        changed_at=moment_of(date),
        announced=announced,
        content=text,
        content_type=None if text is None else "text/html" if is_html else "text/plain",
    )


def _link_of(fields: _Fields, base: str) -> tuple[str | None, str | None]:
    """The link of an entry as written, and the page there; if the link goes through a click counter, the original."""
    found: list[tuple[int, str, str]] = []
    for name, field in fields:
        href, media = feed_xml.attribute(field, "href"), feed_xml.attribute(field, "type")
        is_permanent = (
            feed_xml.attribute(field, "isPermaLink") or feed_xml.attribute(field, "ispermalink")
        ).lower() != "false"
        if name == "origlink":
            rank = 0
        elif name == "link" and feed_xml.attribute(field, "rel") in ("", "alternate"):
            rank = 1 if not media or "html" in media else 2
        elif name == "guid" and is_permanent:
            rank = 3
        else:
            continue
        link = href or feed_xml.words_of(field)
        if url := web_link(feed_xml.base_of_element(field, base), link):
            found.append((rank, link, url))
    return min(found, key=lambda one: one[0], default=(0, None, None))[1:]


def _content_of(fields: _Fields) -> tuple[etree._Element | None, str | None, bool]:
    """The field that has the article, its text, and whether it is HTML."""
    contents = [field for name, field in fields if name in ("content", "encoded", "body")]
    # of several descriptions the first is the summary
    summaries = [field for name, field in fields if name in ("description", "summary")]
    # the longest is the article: others are excerpts or plain text
    texts = [(field, *feed_xml.text_of_field(field)) for field in contents or summaries[1:]]
    longest = max(texts, key=lambda found: len(found[1]), default=None)
    if longest is None or not longest[1]:
        return None, None, False
    field, text, is_html = longest
    return field, text, is_html or "</" in text


def _author_of(field: etree._Element) -> str | None:
    parts = {feed_xml.name_of(part): feed_xml.words_of(part) for part in field}
    return parts.get("name") if parts else feed_xml.words_of(field)


def _tags_of(name: str, field: etree._Element) -> list[str]:
    if name == "keywords":
        return feed_xml.words_of(field).split(",")
    is_tag = name in ("category", "subject")
    return (
        [feed_xml.attribute(field, "term") or feed_xml.attribute(field, "label") or feed_xml.words_of(field)]
        if is_tag
        else []
    )


def _word(fields: _Fields, *names: str) -> str | None:
    """The text of the first field with one of the names."""
    words = (feed_xml.words_of(field) for name in names for known, field in fields if known == name)
    return next(filter(None, words), None)


def _identity(given: str | None, link: object) -> str | None:
    """The id of an entry, else its link to a part of a page: the URL of its page has no fragment."""
    part = link if isinstance(link, str) and "#" in link else None
    return (given or part or "")[:_MAX_ID] or None


def _date(value: str | None, language: str | None) -> str | None:
    if value is None or len(value) > _MAX_DATE:
        return None
    if found := read_timestamp(value):
        return found
    day = None  # without a zone nothing else is certain
    with suppress(ValueError, OverflowError):
        # mail dates of older forms, such as "02 Nov 26 08:30 EST"
        moment = parsedate_to_datetime(value)
        if moment.tzinfo:
            return moment.isoformat()
        day = moment.date().isoformat()
    return read_date(value, language=language or "und") or day


def _title_of(field: etree._Element) -> str | None:
    """A title as plain text; many are HTML, declared or not."""
    value, is_html = feed_xml.text_of_field(field)
    value = value[:_MAX_TITLE]
    if is_html or _LIKE_HTML.search(value):
        try:
            value = "".join(map(str, html.fromstring(f"<div>{value}</div>").itertext()))
        except (etree.ParserError, ValueError):
            return _text(value)
    return _text(" ".join(value.split()))


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _names(values: Iterable[object]) -> tuple[str, ...]:
    """Names without duplicates, in order."""
    names = (" ".join(name.split())[:_MAX_NAME] for value in values if (name := _text(value)))
    return tuple(dict.fromkeys(names))[:_MAX_NAMES]


def _authors(values: Iterable[object]) -> tuple[str, ...]:
    """The names of authors, without their e-mail addresses."""
    return _names(_without_address(value[:_MAX_NAME]) for value in values if isinstance(value, str))


def _without_address(author: str) -> str:
    name, addresses = _EMAIL.subn("", author)
    return name.strip(" ()<>,;\"'") if addresses else author


class _JsonFeed(Struct):
    """A JSON Feed. Its items are decoded one by one, so that a wrong one costs no other."""

    version: object = None
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
    items = list[dict[str, Any]]()
    for item in feed.items[:MAX_ENTRIES]:
        with suppress(msgspec.MsgspecError, RecursionError, UnicodeError):
            items.append(msgspec.json.decode(item, type=dict[str, Any]))
    if lost := len(feed.items[:MAX_ENTRIES]) - len(items):
        problems.append(f"{counted(lost, 'item')} cannot be read")
    return _feed((_page_of_json(item, url, language) for item in items), problems)


def _page_of_json(item: dict[str, Any], base: str, language: str | None) -> ListedPage | None:
    """The page of an item; values of wrong types are ignored."""
    given = item.get("id")
    # an id only if it is an absolute URL; "external_url" is usually the page that the item is about
    own_url = given if is_web_url(str(given)) else None
    links = (web_link(base, link) for link in (item.get("url"), own_url, item.get("external_url")))
    url = next(filter(None, links), None)
    if url is None:
        return None
    own_language = _text(item.get("language")) or language
    # a list in JSON Feed 1.1, one author in 1.0
    authors = item.get("authors")
    authors = authors if isinstance(authors, list) else [item.get("author")]
    tags = item.get("tags")
    announced = Announced(
        origin="feed",
        title=_text(item.get("title")),
        authors=_authors(author.get("name") for author in authors if isinstance(author, dict)),
        published=_date(_text(item.get("date_published")), own_language),
        updated=_date(_text(item.get("date_modified")), own_language),
        language=own_language,
        tags=_names(tags if isinstance(tags, list) else ()),
    )
    content_html = _text(item.get("content_html"))
    return _page(
        url,
        _identity(str(given) if isinstance(given, str | int) else None, item.get("url")),
        announced,
        content_html or _text(item.get("content_text")),
        is_html=content_html is not None,
    )
