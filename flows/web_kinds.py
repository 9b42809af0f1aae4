"""Kinds of sources on the web, as lists and records name them."""

from __future__ import annotations

from urllib.parse import urlsplit

WEB_KINDS = ("url", "feed", "sitemap", "site")
"""Kinds whose address is a URL: one page; an RSS, Atom or JSON feed; a sitemap; all of a site."""

# of the last part of an address: `/rss.xml`, `/feed/`; `.xml` only where no sitemap is named
_FEED_SUFFIXES = (".xml", ".rss", ".atom", ".rdf")
_FEED_NAMES = frozenset({"feed", "feeds", "rss", "atom", "feed.json", "rss.php"})
# files of pages, and lists of such files
_WARC_SUFFIXES = (".warc", ".warc.gz", ".warc.zst", "warc.paths", "warc.paths.gz")
# anywhere in it: `sitemap_index.xml`, `news-sitemap.xml`
_SITEMAP_NAMES = ("sitemap", "site-map")


def kind_of_address(address: str) -> str:
    """The kind of source where an address makes it plain, else ``url``."""
    try:
        path = urlsplit(address).path.lower().rstrip("/")
    except ValueError:  # what is wrong with it is told by whoever reads it
        return "url"
    last = path.rpartition("/")[2]
    if last.endswith(_WARC_SUFFIXES):
        return "warc"
    # before feeds, as sitemaps end in .xml as well
    if any(name in last for name in _SITEMAP_NAMES):
        return "sitemap"
    return "feed" if last in _FEED_NAMES or last.endswith(_FEED_SUFFIXES) else "url"
