"""Where a page leads: to feeds and sitemaps, which may also be where they usually are, and to the pages that a source
follows, by URL patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.errors import BadPage
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page
from copydesk.flows.fetching.http.documents import MAX_FOUND, text_of, web_link
from copydesk.flows.fetching.http.outcomes import Fetched
from copydesk.flows.fetching.lists.listed import Link, PageLinks
from copydesk.flows.fetching.lists.web_source import Follow
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB

# the first element must be within these; set by hand, with room for comments and declarations
_HEAD_CHARS = 4_000
_HTML = ("text/html", "application/xhtml+xml")


def kind_of_document(page: Fetched) -> str | None:
    """The kind of source that a document looks like: ``feed``, ``sitemap``, or ``site`` for a page; None if unknown."""
    try:
        head = text_of(page.body[: 4 * _HEAD_CHARS], page.headers.get("content-type"))[:_HEAD_CHARS].lower()
    except ValueError:  # no text
        return None
    found = {head.find(mark): kind.name for kind in KINDS_OF_THE_WEB for mark in kind.marks if mark in head}
    # the first mark decides: an article may quote the others
    if found:
        return found[min(found)]
    return "site" if page.media_type in _HTML else None


# "/feed" is WordPress's; each further path would cost every site without a feed a request
_USUAL_FEEDS = ("/feed", "/rss")
_USUAL_SITEMAPS = ("/sitemap.xml",)
# set by hand: links to feeds are in the head or in menus
_MAX_PAGE_BYTES = 5_000_000
# not application/json, though JSON Feed allows it: WordPress declares its API so on every page
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)
# "/feed/", "/rss/index.xml" | "/blog-feed.xml", "/rss2.xml", "/index.rdf" | "/news.atom"
_FEED_PATH = lazy_pattern(r"(?:^|/)(?:feeds?|rss|atom)(?:/(?:index\.\w{3,4})?)?$|(?:^|[/_.-])(?:feed|rss\d?|atom|index)\.(?:xml|rdf|rss|json)$|\.(?:rss|atom|rdf)$", re.IGNORECASE)  # fmt: skip
# "/sitemap.xml", "/news-sitemap_2.xml.gz", "/sitemap-index.txt"
_SITEMAP_PATH = lazy_pattern(r"(?:^|[/_-])sitemap[\w-]{0,40}\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
# "/comments/feed", "Kommentare als RSS": readers' comments instead of articles
_OF_COMMENTS = lazy_pattern(r"(?<![a-z])(?:comments?|kommentare?|commentaires|comentarios|commenti|reacties)(?![a-z])", re.IGNORECASE)  # fmt: skip


NAMES_NO_LIST = 'it names no feed and no sitemap; give its feed, or kind = "url"'
"""The remark on a site without feeds and sitemaps."""


def find_feeds_and_sitemaps(html: bytes | str, *, url: str) -> tuple[Link, ...]:
    """The feeds and sitemaps that the page at ``url`` declares or links to, without feeds of comments: the likeliest
    first of each kind. Never raises.
    """
    root = parsed(html)
    if root is None:
        return ()
    base = _base_of(root, url)
    feeds, sitemaps = list[str](), list[str]()
    for element in root.iter("link"):
        rel, link = (element.get("rel") or "").lower().split(), web_link(base, element.get("href"))
        media = (element.get("type") or "").partition(";")[0].strip().lower()
        if link and "sitemap" in rel:
            sitemaps.append(link)
        is_feed = "alternate" in rel and media in _FEED_TYPES
        if link and is_feed and not _is_of_comments(link, element.get("title") or ""):
            feeds.append(link)
    # links come last: they may lead to feeds of other sites
    for anchor in root.iter("a"):
        link = web_link(base, anchor.get("href"))
        if link is None:
            continue
        path = urlsplit(link).path
        if _SITEMAP_PATH.search(path):
            sitemaps.append(link)
        elif _FEED_PATH.search(path) and not _is_of_comments(link, "".join(map(str, anchor.itertext()))):
            feeds.append(link)
    return _links(feeds, sitemaps)


def usual_lists(url: str) -> tuple[Link, ...]:
    """Where the site of ``url`` may have feeds and sitemaps; few, since each costs a request."""
    feeds, sitemaps = (
        [link for path in paths if (link := web_link(url, path))] for paths in (_USUAL_FEEDS, _USUAL_SITEMAPS)
    )
    return _links(feeds, sitemaps)


def parsed(html: bytes | str) -> etree._Element | None:
    """The root element of a page; None if it cannot be parsed."""
    try:
        text = decode(Page(body=html[:_MAX_PAGE_BYTES])).text
        parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
        return etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (BadPage, etree.XMLSyntaxError):
        return None


def _base_of(root: etree._Element, url: str) -> str:
    """The URL that the links of a page are relative to."""
    declared = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    return web_link(url, declared) or url


def _is_of_comments(link: str, title: str) -> bool:
    # 500 characters: a link may contain a whole article
    return bool(_OF_COMMENTS.search(urlsplit(link).path) or _OF_COMMENTS.search(title[:500]))


def _links(feeds: Iterable[str], sitemaps: Iterable[str]) -> tuple[Link, ...]:
    lists = (("feed", feeds), ("sitemap", sitemaps))
    return tuple(Link(kind, url) for kind, urls in lists for url in list(dict.fromkeys(urls))[:MAX_FOUND])


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
    others = (_NO_PAGE, _FEED_PATH, _SITEMAP_PATH)
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
    base = _base_of(root, page.url)
    for anchor in root.iter("a", "area"):
        if "nofollow" in (anchor.get("rel") or "").lower().split():
            continue
        if link := web_link(base, anchor.get("href")):
            yield link
