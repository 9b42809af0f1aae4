"""Subscriptions that feed readers export (OPML): each feed with a name for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree

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
