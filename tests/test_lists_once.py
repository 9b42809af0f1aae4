"""Lists of pages that several lists and sources name: each is asked for once a run, and each source gets its pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_server import FaultyServer, faulty_server
from web_runs import Site, feed, index, later, read, sitemap, source

HOUR = "Fri, 20 Nov 2026 08:00:00 GMT"


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as running:
        yield running


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Site:
    return Site(monkeypatch, server)


def asked(site: Site) -> dict[str, list[int]]:
    """How often what was asked since the last time, and how it was answered."""
    found: dict[str, list[int]] = {}
    for path, status in site.again():
        found.setdefault(path, []).append(status)
    return found


def test_a_list_that_many_name_is_asked_for_once_a_run(site: Site, tmp_path: Path) -> None:
    """robots.txt, a page, an index and two sources name one sitemap, in three spellings; three sources one feed."""
    pages = [site.put(f"/story/{number}", b"<p>One.</p>") for number in range(6)]
    parts = [site.put("/maps/a.xml", sitemap(*pages[:3])), site.put("/maps/b.xml", sitemap(pages[3]))]
    places = site.put("/index.xml", index(*parts))
    news = site.put("/news.xml", feed(*pages[3:]))
    front = site.put("/front", f"<link rel=sitemap href='{places}'><p>Paper</p>".encode())
    shouted = parts[0].replace("http://", "HTTP://")
    site.server.robots = (200, f"Sitemap: {shouted}\nSitemap: {places}\n".encode())
    servers = [site.server]
    sources = (
        source("site", "site", front, servers=servers),
        source("map", "sitemap", parts[0].replace("/maps/", "/maps/./"), servers=servers),
        source("first", "feed", news, servers=servers, limit=1),
        source("second", "feed", news + "#top", servers=servers),
        source("third", "feed", news, servers=servers, limit=1),
        source("gone", "feed", site.server.url("/status/404"), servers=servers),
        source("gone too", "feed", site.server.url("/status/404"), servers=servers),
    )
    found = read(tmp_path, *sources)
    assert Counter(found.pages) == Counter(pages)
    assert found.reasons == ["http_404", "http_404"]  # each source is told of what it could not have
    lists = ("/front", "/index.xml", "/maps/a.xml", "/maps/b.xml", "/news.xml", "/status/404")
    first = asked(site)
    assert {path: len(first[path]) for path in lists} == dict.fromkeys(lists, 1)
    assert read(tmp_path, *sources).pages == []
    assert asked(site) == {path: [304] for path in lists[:-1]} | {"/status/404": [404]}


@pytest.mark.parametrize("is_narrow_last", [False, True])
def test_a_source_that_wants_less_makes_no_other_read_a_list_anew(
    site: Site, tmp_path: Path, *, is_narrow_last: bool
) -> None:
    pages = [site.put(f"/story/{number}", b"<p>One.</p>") for number in range(3)]
    news = site.put("/news.xml", feed(*pages, dated=HOUR))
    wide = source("wide", "feed", news, servers=[site.server])
    narrow = source("narrow", "feed", news, servers=[site.server], limit=1)
    sources = (wide, narrow) if is_narrow_last else (narrow, wide)
    assert sorted(read(tmp_path, *sources).pages) == pages
    site.again()
    assert read(tmp_path, *sources).pages == []
    assert asked(site) == {"/news.xml": [304]}
    site.put("/news.xml", feed(*pages, site.put("/story/9", b"<p>New.</p>")))
    assert read(tmp_path, *sources).pages == [site.server.url("/story/9")]
    assert asked(site)["/news.xml"] == [200]


def test_sources_that_ask_in_another_way_ask_for_themselves(site: Site, tmp_path: Path) -> None:
    news = site.put("/news.xml", feed(site.put("/story/1", b"<p>One.</p>")))
    servers = [site.server]
    keyed = source("keyed", "feed", news, servers=servers, headers={"X-Key": "1"})
    read(tmp_path, source("open", "feed", news, servers=servers), keyed)
    assert len(asked(site)["/news.xml"]) == 2


def test_a_host_that_asks_for_patience_is_asked_once_for_a_list_of_two(site: Site, tmp_path: Path) -> None:
    site.answer("busy", later(4_000))
    address = site.server.url("/busy")
    found = read(
        tmp_path, *(source(name, "sitemap", address, servers=[site.server]) for name in ("one", "two"))
    )
    assert found.reasons == ["retry_later", "retry_later"]
    assert asked(site) == {"/busy": [429]}
