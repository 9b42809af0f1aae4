"""Kinds of sources on the web, as lists and records name them: a row each. What a kind lists is read in
``flows/crawl/listings.py``, and looked at in ``flows/crawl/source_check.py``.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit


class WebKind(NamedTuple):
    """A kind of source whose address is a URL. ``document``: what is there, in words for a user; ``marks``: the first
    of all kinds' marks in it, in small letters, decides its kind. ``other_names``: too far from ``name`` for
    ``suggestion``, which goes by spelling.
    """

    name: str
    document: str
    marks: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    is_list: bool = True


KINDS_OF_THE_WEB = (
    WebKind("url", "a page", other_names=("page", "web"), is_list=False),
    WebKind("feed", "a feed", ("<rss", "<feed", "<rdf:rdf", "jsonfeed.org/version"), ("rss", "atom")),
    WebKind("sitemap", "a sitemap", ("<urlset", "<sitemapindex")),
    # all of a site, by what its first page names
    WebKind("site", "an HTML page", ("<html", "<!doctype html", "<body"), ("domain",)),
)
WEB_KINDS = tuple(kind.name for kind in KINDS_OF_THE_WEB)
POSTED = "api"
"""The kind of pages that clients store: pages of the web by their URL, which no run fetches."""

# of the last part of an address: `/rss.xml`, `/feed/`; `.xml` only where no sitemap is named
_FEED_SUFFIXES = (".xml", ".rss", ".atom", ".rdf")
_FEED_NAMES = frozenset({"feed", "feeds", "rss", "atom", "feed.json", "rss.php"})
# files of pages, and lists of such files
_WARC_SUFFIXES = (".warc", ".warc.gz", ".warc.zst", "warc.paths", "warc.paths.gz")
# anywhere in it: `sitemap_index.xml`, `news-sitemap.xml`
_SITEMAP_NAMES = ("sitemap", "site-map")


def kind_of_address(address: str) -> str:
    """The kind of source where the URL shows it, else ``url``."""
    try:
        path = urlsplit(address).path.lower().rstrip("/")
    except ValueError:  # the error is reported when it is read
        return "url"
    last = path.rpartition("/")[2]
    if last.endswith(_WARC_SUFFIXES):
        return "warc"
    # before feeds, as sitemaps end in .xml as well
    if any(name in last for name in _SITEMAP_NAMES):
        return "sitemap"
    return "feed" if last in _FEED_NAMES or last.endswith(_FEED_SUFFIXES) else "url"
