"""Records as feeds in XML with whole articles: RSS 2.0 (with ``content:encoded``) and Atom (RFC 4287).

Both are written item by item, as ``parts/*.jinja`` has them. The same records give the same feed: no clock is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from itertools import chain
from typing import BinaryIO
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from jinja2 import Environment, PackageLoader, StrictUndefined

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Record
from copydesk.flows.formats.article_html import html_of, printable
from copydesk.flows.formats.format_registry import StreamFormat
from copydesk.flows.formats.json_feed import TITLE, WEB_URL, checked_feed_url, known_time

_NO_HOME = "https://example.invalid/"
"""The ``link`` of an RSS channel must be a web address; this top-level domain is reserved to be nobody's (RFC 2606)."""
_NOBODY = f"urn:uuid:{uuid5(NAMESPACE_URL, 'copydesk')}"
"""Identifies a feed of which neither the address nor a site is known."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LANGUAGE = lazy_pattern(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def write_rss(records: Iterable[Record], stream: BinaryIO, feed_url: str | None = None) -> None:
    """The feed in RSS, item by item. ``feed_url``: where it will be read. Raises SettingsError for another."""
    _write("rss.xml.jinja", records, stream, feed_url)


def write_atom(records: Iterable[Record], stream: BinaryIO, feed_url: str | None = None) -> None:
    """The feed in Atom, entry by entry. ``feed_url``: where it will be read. Raises SettingsError for another."""
    _write("atom.xml.jinja", records, stream, feed_url)


def _write(name: str, records: Iterable[Record], stream: BinaryIO, feed_url: str | None) -> None:
    address = checked_feed_url(feed_url)
    home, records = _home(records, address)
    feed = _templates().get_template(name).stream(home=home, records=records, address=address)
    feed.dump(stream, encoding="utf-8")


@lru_cache(maxsize=1)
def _templates() -> Environment:
    """What is put into one is escaped, without the characters that XML cannot hold."""
    templates = Environment(
        loader=PackageLoader("copydesk.flows.formats", "parts"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    templates.globals |= {
        "title": TITLE, "no_home": _NO_HOME, "nobody": _NOBODY, "never": _NEVER, "link": _link, "language": _language,
        "moment": known_time, "mail_date": format_datetime, "of_the_web": _of_the_web, "html": html_of, "uuid": _uuid,
        "updated_of": _updated,
    }  # fmt: skip
    return templates


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
