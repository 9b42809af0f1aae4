"""The links of a page that a source follows, by URL patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.fetching.http.documents import web_link
from copydesk.flows.fetching.http.outcomes import Fetched
from copydesk.flows.fetching.lists.discovery import FEED_PATH, SITEMAP_PATH, base_of, parsed
from copydesk.flows.fetching.lists.listed import PageLinks
from copydesk.flows.fetching.lists.web_source import Follow

_STARS = lazy_pattern(r"(\*\*|\*)")
_PATTERN = lazy_pattern(r"(?:https?://(?P<host>[^/?#\s]+))?(?P<path>/[^#\s]*)")
_REST = "/**"


class UrlPattern(Struct, frozen=True):
    """A pattern of URLs: a host, and the pieces of a path: ``*``, ``**`` and the text between them.

    ``has_rest``: whether more may follow after a slash. ``has_query``: whether the pieces cover the query, too.
    """

    host: str
    pieces: tuple[str, ...]
    has_rest: bool
    has_query: bool

    def matches(self, host: str, path: str, query: str) -> bool:
        """Whether a URL matches, given its host and its unquoted path and query."""
        return host == self.host and self._matches_text(
            f"{path}?{query}" if self.has_query and query else path
        )

    def _matches_text(self, text: str) -> bool:
        # a set of positions as bits, which takes linear time for any pattern: bit i is set if the pieces so far can
        # match the text up to character i
        ends = 1
        for piece in self.pieces:
            if piece == "**":
                ends = (2 << len(text)) - (ends & -ends)  # from the lowest bit to the end of the text
            elif piece == "*":
                ends = _with_rest_of_segment(ends, text)
            else:
                ends = (ends & _positions(piece, text)) << len(piece)
            if not ends:
                return False
        return bool(ends >> len(text)) or (self.has_rest and bool(ends & _positions("/", text)))


def read_patterns(value: object) -> tuple[str, ...]:
    """URL patterns. Raises ValueError with advice."""
    if not isinstance(value, list) or not value:
        raise ValueError('expected a list, such as ["/news/**"]')
    for pattern in value:
        if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern):
            raise ValueError(
                f"{pattern!r}: expected a path, such as /news/**, or an address with a host of its own, such as "
                "https://blog.example/**"
            )
    return tuple(value)


def url_pattern(pattern: str, site: str) -> UrlPattern:
    """A pattern of ``read_patterns``; without a host it is for that of the ``site``."""
    found = _PATTERN.fullmatch(pattern)
    assert found is not None  # noqa: S101 - checked by read_patterns
    host, path = found["host"], unquote(found["path"])
    return UrlPattern(
        normalized_host(f"http://{host}") if host else site,
        tuple(_STARS.split(path.removesuffix(_REST))),
        path.endswith(_REST),
        "?" in path,
    )


def normalized_host(url: str) -> str:
    """Host and port of a URL, without user and ``www.``."""
    return urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.")


def _with_rest_of_segment(ends: int, text: str) -> int:
    """The positions, and all that follow them up to the next slash."""
    within = int("0" + "".join("0" if one == "/" else "1" for one in reversed(text)), 2)
    # an addition carries from each position to the slash, and so changes all bits between them
    return ends | (((ends & within) + within) ^ within)


def _positions(piece: str, text: str) -> int:
    """Bit i is set if the piece is at character i."""
    if not piece:
        return -1
    found, at = 0, text.find(piece)
    while at >= 0:
        found |= 1 << at
        at = text.find(piece, at + 1)
    return found


MAX_LINKS = 2_000
"""Of a page; the rest is not followed. Of a thousand front pages the longest have about 900."""
# suffixes of files that are no pages: saves requests
_NO_PAGE = lazy_pattern(
    r"\.(?:avif|bmp|css|csv|docx?|eot|epub|exe|gif|gz|ico|ics|iso|jpe?g|js|json|m4a|m4v|mov|mp[34g]|mpeg|ogg|pdf|png|pptx?"
    r"|rar|svg|tar|tiff?|ttf|wav|webm|webp|wmv|woff2?|xlsx?|xml|zip|zst)$",
    re.IGNORECASE,
)


class FollowedLinks:
    """Decides which links are followed from the pages of a site; ``address``: the URL of its first page.

    A pattern without a host is for the host of the site. ``www.`` is ignored.
    """

    def __init__(self, follow: Follow, address: str) -> None:
        self.follow = follow
        site = normalized_host(address)
        self._allowed = tuple(url_pattern(pattern, site) for pattern in follow.allowed)
        self._denied = tuple(url_pattern(pattern, site) for pattern in follow.denied)
        self._hosts = {site, *(pattern.host for pattern in self._allowed)}

    def is_followed(self, url: str) -> bool:
        """Whether a link to a URL is followed."""
        host, parts = normalized_host(url), urlsplit(url)
        path, query = unquote(parts.path or "/"), unquote(parts.query)
        is_allowed = any(pattern.matches(host, path, query) for pattern in self._allowed)
        return is_allowed and not any(pattern.matches(host, path, query) for pattern in self._denied)

    def is_on_site(self, url: str) -> bool:
        """Whether the host of a URL is the site's or that of a pattern, as redirects may lead anywhere."""
        return normalized_host(url) in self._hosts


def page_links(page: Fetched) -> PageLinks:
    """All links of a page to other pages, without duplicates, in order; never raises for wrong HTML."""
    others = (_NO_PAGE, FEED_PATH, SITEMAP_PATH)
    found = dict.fromkeys(
        url
        for url in _links_of_page(page)
        if not any(pattern.search(urlsplit(url).path) for pattern in others)
    )
    return PageLinks(page.validators.version, tuple(found)[:MAX_LINKS])


def _links_of_page(page: Fetched) -> Iterator[str]:
    """All links of a page, without those that it marks as not to be followed."""
    root = parsed(page.body)
    if root is None:
        return
    declared = [
        meta.get("content") or ""
        for meta in root.iter("meta")
        if (meta.get("name") or "").lower() == "robots"
    ]
    directives = ",".join((page.headers.get("x-robots-tag", ""), *declared)).lower()
    # "none" is short for noindex and nofollow
    if not {"nofollow", "none"}.isdisjoint(re.split(r"[,\s:]+", directives)):
        return
    base = base_of(root, page.url)
    for anchor in root.iter("a", "area"):
        if "nofollow" in (anchor.get("rel") or "").lower().split():
            continue
        if link := web_link(base, anchor.get("href")):
            yield link
