"""Records as a JSON Feed (version 1.1, jsonfeed.org), which feed readers show and other programs poll."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, BinaryIO

import msgspec

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SettingsError
from copydesk.flows.formats.format_registry import StreamFormat

VERSION = "https://jsonfeed.org/version/1.1"
TITLE = "Articles cleaned by copydesk"
WEB_URL = lazy_pattern(r"https?://[^\s/][^\s]*", re.IGNORECASE)
# the feed's dates are times of RFC 3339: a day has no hour
_TIME = lazy_pattern(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")


def feed_item(record: Record) -> dict[str, Any]:
    """An item. Unknown fields are left out; ``_copydesk`` has those that feeds have no name for, and dates of which
    only the day is known.
    """
    known: dict[str, Any] = {
        "id": record.id,
        "url": record.url or record.canonical_url,
        "title": record.title,
        "content_text": record.text,
        "summary": record.description,
        "image": next((image.url for image in record.images if image.url), None),
        "date_published": _time(record.date_published),
        "date_modified": _time(record.date_modified),
        "authors": [
            {"name": author.name} | ({"url": author.url} if author.url else {}) for author in record.authors
        ],
        "tags": list(record.tags),
        "language": None if record.language == "und" else record.language,
    }
    return {name: value for name, value in known.items() if value not in (None, [])} | {
        "_copydesk": {
            "status": record.status,
            "site_name": record.site_name,
            "license": record.license,
            "date_published": record.date_published,
            "date_modified": record.date_modified,
            "provenance": msgspec.to_builtins(record.provenance),
        }
    }


def known_time(date: str | None) -> datetime | None:
    """A date of a record as a time; None for a day alone, and for what no calendar has."""
    try:
        return datetime.fromisoformat(date.upper()) if date and _TIME.fullmatch(date) else None
    except ValueError:  # "2026-02-30T00:00:00Z"
        return None


def _time(date: str | None) -> str | None:
    return date if date and _TIME.fullmatch(date) else None


def checked_feed_url(url: str | None) -> str | None:
    """The address at which a feed will be read. Raises SettingsError for what is none of the web."""
    if url is not None and not (WEB_URL.fullmatch(url) and url.isprintable()):
        raise SettingsError(f"--feed-url: expected a URL such as https://example.org/feed.xml, not {url!r}")
    return url


def write_feed(records: Iterable[Record], stream: BinaryIO, feed_url: str | None = None) -> None:
    """The feed, item by item; one item per line. ``feed_url``: where it will be read. Raises SettingsError for what is
    no address.
    """
    address = checked_feed_url(feed_url)
    head = msgspec.json.encode(
        {"version": VERSION, "title": TITLE} | ({"feed_url": address} if address else {})
    )
    stream.write(head.removesuffix(b"}") + b',"items":[')
    between = b"\n"
    for record in records:
        stream.write(between + msgspec.json.encode(feed_item(record)))
        between = b",\n"
    stream.write(b"\n]}\n")


JSON_FEED = StreamFormat(
    summary="a JSON Feed, version 1.1",
    articles_only=True,
    newest_first=True,
    settings=("feed_url",),
    write=write_feed,
)
