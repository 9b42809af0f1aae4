"""Finds feeds and sitemaps: those that a page names, and where they usually are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from lxml import etree

from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.errors import BadPage
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page
from copydesk.flows.fetching.http.documents import MAX_FOUND, text_of, web_link
from copydesk.flows.fetching.http.outcomes import Fetched
from copydesk.flows.fetching.lists.listed import Link
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
FEED_PATH = lazy_pattern(r"(?:^|/)(?:feeds?|rss|atom)(?:/(?:index\.\w{3,4})?)?$|(?:^|[/_.-])(?:feed|rss\d?|atom|index)\.(?:xml|rdf|rss|json)$|\.(?:rss|atom|rdf)$", re.IGNORECASE)  # fmt: skip
# "/sitemap.xml", "/news-sitemap_2.xml.gz", "/sitemap-index.txt"
SITEMAP_PATH = lazy_pattern(r"(?:^|[/_-])sitemap[\w-]{0,40}\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
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
    base = base_of(root, url)
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
        if SITEMAP_PATH.search(path):
            sitemaps.append(link)
        elif FEED_PATH.search(path) and not _is_of_comments(link, "".join(map(str, anchor.itertext()))):
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


def base_of(root: etree._Element, url: str) -> str:
    """The URL that the links of a page are relative to."""
    declared = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    return web_link(url, declared) or url


def _is_of_comments(link: str, title: str) -> bool:
    # 500 characters: a link may contain a whole article
    return bool(_OF_COMMENTS.search(urlsplit(link).path) or _OF_COMMENTS.search(title[:500]))


def _links(feeds: Iterable[str], sitemaps: Iterable[str]) -> tuple[Link, ...]:
    lists = (("feed", feeds), ("sitemap", sitemaps))
    return tuple(Link(kind, url) for kind, urls in lists for url in list(dict.fromkeys(urls))[:MAX_FOUND])
