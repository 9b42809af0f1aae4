"""Lists of pages that several lists and sources name: each is asked for once a run, and each source gets its pages."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warc_files import warc
from web_runs import QUICK, feed, index, later, sitemap, titled
from web_site import Web, web_site

from copydesk.flows.crawl.run_state import Arrival
from copydesk.flows.crawl.web_pages import WebPages
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.frontier import Frontier

HOUR = "Fri, 20 Nov 2026 08:00:00 GMT"


site = pytest.fixture(web_site)


def asked(site: Web) -> dict[str, list[int]]:
    """How often what was asked since the last time, and how it was answered."""
    found: dict[str, list[int]] = {}
    for path, status in site.again():
        found.setdefault(path, []).append(status)
    return found


def test_a_list_that_many_name_is_requested_once_a_run(site: Web) -> None:
    """robots.txt, a page, an index and two sources name one sitemap, in three spellings; three sources one feed."""
    pages = [site.put(f"/story/{number}", b"<p>One.</p>") for number in range(6)]
    parts = [site.put("/maps/a.xml", sitemap(*pages[:3])), site.put("/maps/b.xml", sitemap(pages[3]))]
    places = site.put("/index.xml", index(*parts))
    news = site.put("/news.xml", feed(*pages[3:]))
    front = site.put("/front", f"<link rel=sitemap href='{places}'><p>Paper</p>".encode())
    shouted = parts[0].replace("http://", "HTTP://")
    site.server.robots = (200, f"Sitemap: {shouted}\nSitemap: {places}\n".encode())
    sources = (
        site.source("site", front, name="site"),
        site.source("sitemap", parts[0].replace("/maps/", "/maps/./"), name="map"),
        site.source("feed", news, name="first", limit=1),
        site.source("feed", news + "#top", name="second"),
        site.source("feed", news, name="third", limit=1),
        site.source("feed", site.url("/status/404"), name="gone"),
        site.source("feed", site.url("/status/404"), name="gone too"),
    )
    found = site.read(*sources)
    assert Counter(found.pages) == Counter(pages)
    assert found.reasons == ["http_404", "http_404"]  # each source gets its own failure
    lists = ("/front", "/index.xml", "/maps/a.xml", "/maps/b.xml", "/news.xml", "/status/404")
    first = asked(site)
    assert {path: len(first[path]) for path in lists} == dict.fromkeys(lists, 1)
    assert site.read(*sources).pages == []
    assert asked(site) == {path: [304] for path in lists[:-1]} | {"/status/404": [404]}


@pytest.mark.parametrize("is_narrow_last", [False, True])
def test_a_limit_makes_no_list_fetched_anew(site: Web, *, is_narrow_last: bool) -> None:
    pages = [site.put(f"/story/{number}", b"<p>One.</p>") for number in range(3)]
    news = site.put("/news.xml", feed(*pages, dated=HOUR))
    wide = site.source("feed", news, name="wide")
    narrow = site.source("feed", news, name="narrow", limit=1)
    sources = (wide, narrow) if is_narrow_last else (narrow, wide)
    assert sorted(site.read(*sources).pages) == pages
    site.again()
    assert site.read(*sources).pages == []
    assert asked(site) == {"/news.xml": [304]}
    site.put("/news.xml", feed(*pages, site.put("/story/9", b"<p>New.</p>")))
    assert site.read(*sources).pages == [site.url("/story/9")]
    assert asked(site)["/news.xml"] == [200]


@pytest.mark.parametrize("is_narrow_last", [False, True])
def test_a_source_that_wants_less_of_a_list_takes_nothing_from_another(
    site: Web, *, is_narrow_last: bool
) -> None:
    """What one of them skips as too old the other has read, so the list is whole."""
    pages = [site.put(f"/story/{number}", b"<p>One.</p>") for number in range(2)]
    news = site.put("/news.xml", sitemap(*pages, lastmod="2026-11-01"))
    wide = site.source("sitemap", news, name="wide")
    narrow = site.source("sitemap", news, name="narrow", since=datetime(2026, 11, 20, tzinfo=UTC))
    sources = (wide, narrow) if is_narrow_last else (narrow, wide)
    assert site.read(*sources).pages == pages
    site.again()
    assert site.read(*sources).pages == []
    assert asked(site) == {"/news.xml": [304]}


def test_sources_that_ask_in_another_way_ask_for_themselves(site: Web) -> None:
    news = site.put("/news.xml", feed(site.put("/story/1", b"<p>One.</p>")))
    keyed = site.source("feed", news, name="keyed", headers={"X-Key": "1"})
    site.read(site.source("feed", news, name="open"), keyed)
    assert len(asked(site)["/news.xml"]) == 2


def test_a_host_that_asks_for_patience_is_asked_once_for_a_list_of_two(site: Web) -> None:
    site.answer("busy", later(4_000))
    address = site.url("/busy")
    found = site.read(*(site.source("sitemap", address, name=name) for name in ("one", "two")))
    assert found.reasons == ["retry_later", "retry_later"]
    assert asked(site) == {"/busy": [429]}


def fail_after(arrival: Arrival, library: Library) -> None:
    with library.writing():
        arrival.stored(None)
        raise OSError("full")


@pytest.mark.parametrize("kind", ["feed", "warc"])
def test_what_is_rolled_back_leaves_page_and_source_unread(site: Web, tmp_path: Path, kind: str) -> None:
    """A batch whose transaction fails, as on a full disk, and a page of the same list that is noted all the same."""
    pages = [site.put(f"/story/{number}", titled(f"Story {number}")) for number in range(2)]
    body = feed(*pages) if kind == "feed" else warc(*((url, titled(url)) for url in pages), packed=True)
    one = site.source(kind, site.put("/list.warc.gz", body), name="paper")
    with Library.open(tmp_path) as library:
        lost, stored = WebPages([one], Frontier(library), limits=QUICK)
        with pytest.raises(OSError, match="full"):
            fail_after(lost, library)
        stored.stored(None)
        frontier = Frontier(library)
        frontier.free_lost()
        assert frontier.last_read("paper") is None
        (again,) = WebPages([one], frontier, limits=QUICK)
        assert again.item.url == lost.item.url
        with library.writing():
            again.stored(None)
        frontier.free_lost()
        assert frontier.last_read("paper") is not None
