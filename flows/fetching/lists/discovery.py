"""What a page leads to: feeds and sitemaps (those that it names, and where they usually are), and the links that are
followed by patterns of addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.errors import BadPage
from copydesk.cleaners.types import Page
from copydesk.flows.fetching.http.documents import MAX_FOUND, text_of, web_link
from copydesk.flows.fetching.http.outcomes import Fetched
from copydesk.flows.fetching.lists.memory import PageLinks
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB

# the first element must be among these; set by hand, with room for comments and declarations
_HEAD_CHARS = 4_000
_HTML = ("text/html", "application/xhtml+xml")


def kind_of_document(page: Fetched) -> str | None:
    """The kind of source a document looks like: ``feed``, ``sitemap``, or ``site`` for a page; None for no such."""
    try:
        head = text_of(page.body[: 4 * _HEAD_CHARS], page.headers.get("content-type"))[:_HEAD_CHARS].lower()
    except ValueError:  # no text at all
        return None
    places = {head.find(mark): kind.name for kind in KINDS_OF_THE_WEB for mark in kind.marks if mark in head}
    # the kind whose mark comes first: an article may quote all of them
    if places:
        return places[min(places)]
    return "site" if page.media_type in _HTML else None


# "/feed" is WordPress's; each path more would cost every site without a feed a request
_USUAL_FEEDS = ("/feed", "/rss")
_USUAL_SITEMAPS = ("/sitemap.xml",)
# bytes, set by hand: links are in the head or the menus, more only takes time
_MAX_PAGE = 5_000_000
# not application/json, though JSON Feed allows it: WordPress declares its API so on every page
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)
# "/feed/", "/rss/index.xml" | "/blog-feed.xml", "/rss2.xml", "/index.rdf" | "/news.atom"
FEED_PATH = re.compile(r"(?:^|/)(?:feeds?|rss|atom)(?:/(?:index\.\w{3,4})?)?$|(?:^|[/_.-])(?:feed|rss\d?|atom|index)\.(?:xml|rdf|rss|json)$|\.(?:rss|atom|rdf)$", re.IGNORECASE)  # fmt: skip
# "/sitemap.xml", "/news-sitemap_2.xml.gz", "/sitemap-index.txt"
SITEMAP_PATH = re.compile(r"(?:^|[/_-])sitemap[\w-]{0,40}\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
# "/comments/feed", "Kommentare als RSS": readers' comments, and no articles of the site
_OF_COMMENTS = re.compile(r"(?<![a-z])(?:comments?|kommentare?|commentaires|comentarios|commenti|reacties)(?![a-z])", re.IGNORECASE)  # fmt: skip


NAMES_NO_LIST = 'it names no feed and no sitemap; give its feed, or kind = "url"'
"""The remark on a site that has none where they usually are, either."""


class Found(Struct, frozen=True):
    """URLs of feeds and sitemaps, the likeliest first; those a page only links to come last."""

    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def find_feeds_and_sitemaps(html: bytes | str, *, url: str) -> Found:
    """What the page at ``url`` names as its feeds and sitemaps, feeds of comments left out; never raises."""
    root = parsed(html)
    if root is None:
        return Found()
    base = base_of(root, url)
    feeds, sitemaps = list(_declared(root, base)), list(_links(root, "sitemap", base))
    # after what is declared: a link may also lead to another site's feed
    for anchor in root.iter("a"):
        link = web_link(base, anchor.get("href"))
        if link is None:
            continue
        path = urlsplit(link).path
        if SITEMAP_PATH.search(path):
            sitemaps.append(link)
        elif FEED_PATH.search(path) and not _is_of_comments(link, "".join(map(str, anchor.itertext()))):
            feeds.append(link)
    return Found(_each_once(feeds), _each_once(sitemaps))


def usual_lists(url: str) -> Found:
    """Where the site of ``url`` may have feeds and sitemaps, the likeliest first; few, since each is a request."""
    feeds, sitemaps = (
        _each_once(link for path in paths if (link := web_link(url, path)))
        for paths in (_USUAL_FEEDS, _USUAL_SITEMAPS)
    )
    return Found(feeds, sitemaps)


def parsed(html: bytes | str) -> etree._Element | None:
    """The root of a page; None where there is none."""
    try:
        text = decode(Page(body=html[:_MAX_PAGE])).text
        parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
        return etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (BadPage, etree.XMLSyntaxError):
        return None


def base_of(root: etree._Element, url: str) -> str:
    """What the links of a page are relative to."""
    declared = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    return web_link(url, declared) or url


def _declared(root: etree._Element, base: str) -> Iterator[str]:
    for element in root.iter("link"):
        media = (element.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in _rel(element) and media in _FEED_TYPES:
            link = web_link(base, element.get("href"))
            if link and not _is_of_comments(link, element.get("title") or ""):
                yield link


def _links(root: etree._Element, rel: str, base: str) -> Iterator[str]:
    for element in root.iter("link"):
        if rel in _rel(element) and (link := web_link(base, element.get("href"))):
            yield link


def _rel(element: etree._Element) -> list[str]:
    return (element.get("rel") or "").lower().split()


def _is_of_comments(link: str, title: str) -> bool:
    # 500 characters: a link may have a whole article inside it
    return bool(_OF_COMMENTS.search(urlsplit(link).path) or _OF_COMMENTS.search(title[:500]))


def _each_once(links: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(links))[:MAX_FOUND]


_STARS = re.compile(r"(\*\*|\*)")
_PATTERN = re.compile(r"(?:https?://(?P<host>[^/?#\s]+))?(?P<path>/[^#\s]*)")
_REST = "/**"


class UrlPattern(Struct, frozen=True):
    """What the host of an address has to be, and its path; with ``?`` in it the query is looked at too."""

    host: str
    pieces: tuple[str, ...]
    """Of the path: ``*``, ``**`` and the text between them, which may be empty."""
    has_rest: bool
    """Whether more may follow after a slash."""
    has_query: bool

    def holds(self, host: str, path: str, query: str) -> bool:
        """Whether an address fits, whose path and query are unquoted."""
        return host == self.host and self._fits(f"{path}?{query}" if self.has_query and query else path)

    def _fits(self, text: str) -> bool:
        # bit i: what was looked at so far of the pattern may end before character i
        ends = 1
        for piece in self.pieces:
            if piece == "**":
                # from the first of them on; no further than the text goes
                ends = (2 << len(text)) - (ends & -ends)
            elif piece == "*":
                ends = _with_rest_of_segment(ends, text)
            else:
                ends = (ends & _places(piece, text)) << len(piece)
            if not ends:
                return False
        return bool(ends >> len(text)) or (self.has_rest and bool(ends & _places("/", text)))


def read_patterns(value: object) -> tuple[str, ...]:
    """Patterns of URLs. Raises ValueError with what to write instead."""
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
    """A pattern that ``read_patterns`` let in; one without a host holds for that of the site."""
    found = _PATTERN.fullmatch(pattern)
    assert found is not None  # noqa: S101 - read_patterns lets no other in
    host, path = found["host"], unquote(found["path"])
    return UrlPattern(
        normalized_host(f"http://{host}") if host else site,
        tuple(_STARS.split(path.removesuffix(_REST))),
        path.endswith(_REST),
        "?" in path,
    )


def normalized_host(url: str) -> str:
    """Host and port of an address as they are compared."""
    return urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.")


def _with_rest_of_segment(ends: int, text: str) -> int:
    """Each of the ends, and all further ones up to the next slash."""
    within = int("0" + "".join("0" if one == "/" else "1" for one in reversed(text)), 2)
    # what is added at an end is carried on to the slash, and changes all bits on its way
    return ends | (((ends & within) + within) ^ within)


def _places(piece: str, text: str) -> int:
    """Bit i: the piece is there at character i."""
    if not piece:
        return -1
    found, at = 0, text.find(piece)
    while at >= 0:
        found |= 1 << at
        at = text.find(piece, at + 1)
    return found


MAX_DEPTH = 3
"""Set by hand: from the first page by a section to its pages, and one further."""
MAX_PAGES = 1_000
"""Set by hand: a pace of one second and a quarter of an hour; calendars and filters have no end."""
MAX_LINKS = 2_000
"""Of a page, to wherever; what comes after is not followed. Of a thousand front pages the longest have some 900."""
# what no page is; fewer would cost a request each, and what is missed costs no more than that
_NO_PAGE = re.compile(
    r"\.(?:avif|bmp|css|csv|docx?|eot|epub|exe|gif|gz|ico|ics|iso|jpe?g|js|json|m4a|m4v|mov|mp[34g]|mpeg|ogg|pdf|png|pptx?"
    r"|rar|svg|tar|tiff?|ttf|wav|webm|webp|wmv|woff2?|xlsx?|xml|zip|zst)$",
    re.IGNORECASE,
)


class Follow(Struct, frozen=True):
    """Which links a source follows. ``allowed``, ``denied``: patterns, of which the second count for more.

    ``max_depth``: links from the first page to a page. ``max_pages``: reached by links, known ones among them.
    """

    allowed: tuple[str, ...]
    denied: tuple[str, ...] = ()
    max_depth: int = MAX_DEPTH
    max_pages: int = MAX_PAGES


class FollowedLinks:
    """The links that are followed from the pages of a site, whose first page is at ``address``.

    A pattern that is a path holds for the site's own host; with or without ``www.`` a host is the same.
    """

    def __init__(self, follow: Follow, address: str) -> None:
        self.follow = follow
        site = normalized_host(address)
        self._allowed = tuple(url_pattern(pattern, site) for pattern in follow.allowed)
        self._denied = tuple(url_pattern(pattern, site) for pattern in follow.denied)
        self._hosts = {site, *(pattern.host for pattern in self._allowed)}

    def holds(self, url: str) -> bool:
        """Whether an address is one that is followed."""
        host, parts = normalized_host(url), urlsplit(url)
        path, query = unquote(parts.path or "/"), unquote(parts.query)
        is_allowed = any(pattern.holds(host, path, query) for pattern in self._allowed)
        return is_allowed and not any(pattern.holds(host, path, query) for pattern in self._denied)

    def is_of_site(self, url: str) -> bool:
        """Whether an address is of a host that the patterns name: redirects may lead anywhere."""
        return normalized_host(url) in self._hosts


def page_links(page: Fetched) -> PageLinks:
    """The pages that a page leads to, each once, in its order, whoever follows them; never raises for what it holds."""
    found = dict.fromkeys(url for url in _links_of_page(page) if _is_page(url))
    return PageLinks(page.validators.version, tuple(found)[:MAX_LINKS])


def _is_page(url: str) -> bool:
    path = urlsplit(url).path
    return not (_NO_PAGE.search(path) or FEED_PATH.search(path) or SITEMAP_PATH.search(path))


def _links_of_page(page: Fetched) -> Iterator[str]:
    """All links of a page, but for those that it wants nobody to follow."""
    root = parsed(page.body)
    if root is None or _forbids_following(page.headers.get("x-robots-tag", "")) or _declares_nofollow(root):
        return
    base = base_of(root, page.url)
    for anchor in root.iter("a", "area"):
        if "nofollow" in (anchor.get("rel") or "").lower().split():
            continue
        if link := web_link(base, anchor.get("href")):
            yield link


def _declares_nofollow(root: etree._Element) -> bool:
    return any(
        (meta.get("name") or "").lower() == "robots" and _forbids_following(meta.get("content") or "")
        for meta in root.iter("meta")
    )


def _forbids_following(directives: str) -> bool:
    # "none" is short for noindex and nofollow
    return not {"nofollow", "none"}.isdisjoint(re.split(r"[,\s:]+", directives.lower()))
