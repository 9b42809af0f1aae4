"""Where a site keeps its feeds and sitemaps: what its page names, in order, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.lists.discovery import find_feeds_and_sitemaps, usual_lists

URL = "https://paper.example/news/"


def found(html: str | bytes, kind: str) -> tuple[str, ...]:
    return tuple(link.url for link in find_feeds_and_sitemaps(html, url=URL) if link.kind == kind)


def link(href: str, type_: str = "application/rss+xml", rel: str = "alternate", title: str = "") -> str:
    return f'<link rel="{rel}" type="{type_}" href="{href}" title="{title}">'


@pytest.mark.parametrize(
    ("html", "feed"),
    [
        (link("/feed.xml"), "https://paper.example/feed.xml"),
        (link("atom", "application/atom+xml; charset=utf-8"), "https://paper.example/news/atom"),
        (link("f.json", "APPLICATION/FEED+JSON"), "https://paper.example/news/f.json"),
        (link("f.rdf", "application/rdf+xml", "Alternate home"), "https://paper.example/news/f.rdf"),
        (f'<base href="https://cdn.example/x/">{link("f")}', "https://cdn.example/x/f"),
        (link("/wp-json/", "application/json"), None), (link("/feed.xml", rel="stylesheet"), None),
        (link("/feed.xml", "text/html"), None), (link("/comments/feed"), None),
        (link("/feed?x", title="Kommentare als RSS"), None), (link("mailto:a@paper.example"), None),
        ("<a href='/rss/index.xml'>RSS</a>", "https://paper.example/rss/index.xml"),
        ("<a href='/blog-feed.xml'>RSS</a>", "https://paper.example/blog-feed.xml"),
        ("<a href='news.atom'>RSS</a>", "https://paper.example/news/news.atom"),
        ("<a href='/feed/'>RSS</a>", "https://paper.example/feed/"),
        ("<a href='/feed/'>RSS of <b>comments</b></a>", None), ("<a href='/feeding-birds'>Birds</a>", None),
        ("<a href='/atomic.html'>Atoms</a>", None),
        ("<a href='/commenters/feed'>Feed</a>", "https://paper.example/commenters/feed"),
        ("<a>RSS</a>", None),
    ],
)  # fmt: skip
def test_a_feed_is_recognized_by_what_names_it(html: str, feed: str | None) -> None:
    assert found(f"<html><body>{html}</body></html>", "feed") == ((feed,) if feed else ())


@pytest.mark.parametrize(
    ("path", "is_one"),
    [("/sitemap.xml", True), ("/news-sitemap_2.xml.gz", True), ("/sitemap-index.txt", True), ("/SITEMAP.XML", True),
     ("/sitemap", False), ("/sitemap.html", False), ("/mysitemap.xml", False), ("/sitemap.xml/a", False)],
)  # fmt: skip
def test_a_sitemap_is_recognized_by_its_name(path: str, is_one: bool) -> None:
    assert found(f"<a href='{path}'>map</a>", "sitemap") == (
        (f"https://paper.example{path}",) if is_one else ()
    )


def test_what_is_declared_comes_first_and_each_once() -> None:
    html = (
        "<a href='/feed'>x</a>" + link("/feed.xml") + "<a href='/feed.xml'>x</a>" + link("/other.xml")
        + "<link rel=sitemap href='/map'><a href='/sitemap.xml'>m</a><a href='/map'>m</a>"
    )  # fmt: skip
    assert found(html, "feed") == tuple(
        f"https://paper.example/{n}" for n in ("feed.xml", "other.xml", "feed")
    )
    assert found(html, "sitemap") == ("https://paper.example/map", "https://paper.example/sitemap.xml")


def test_a_page_may_name_so_many_and_no_more() -> None:
    assert len(found("".join(link(f"/f{number}.xml") for number in range(500)), "feed")) == 100


@pytest.mark.parametrize(
    "html", [b"", b"\0" * 100, bytes(range(256)) * 10, "\ud800", "<", "<base href='http://['>"]
)
def test_a_page_that_is_none_names_nothing(html: bytes | str) -> None:
    assert find_feeds_and_sitemaps(html, url=URL) == ()


@given(st.binary(max_size=1_000) | st.text(max_size=1_000))
def test_nothing_raises(html: bytes | str) -> None:
    find_feeds_and_sitemaps(html, url=URL)


def test_the_usual_places_are_of_the_site_not_of_the_page() -> None:
    assert [link.url for link in usual_lists(URL)] == [
        "https://paper.example/feed", "https://paper.example/rss", "https://paper.example/sitemap.xml",
    ]  # fmt: skip
    assert usual_lists("http://paper.example:8080/a/b?c")[-1].url == "http://paper.example:8080/sitemap.xml"
    assert usual_lists("mailto:a@b") == usual_lists("") == ()
