"""Links of a site's pages are followed by patterns: each page once, none beyond them, on from where a run ended."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from faulty_server import FaultyServer, faulty_server
from web_runs import Read, Site, ingest, read, records, source, source_list, titled

from copydesk.flows.fetching.asking.outcomes import Fetched
from copydesk.flows.fetching.lists.followed_links import Follow, FollowedLinks, read_patterns

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def linking(*links: str) -> bytes:
    """A page that is nothing but links."""
    return f"<html><body><ul>{''.join(f'<li>{link}</li>' for link in map(anchor, links))}</ul></body></html>".encode()


def anchor(link: str) -> str:
    return link if link.startswith("<") else f"<a href='{link}'>More of this</a>"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Site:
    site = Site(monkeypatch, server)
    for guess in ("feed", "rss", "sitemap.xml"):
        site.answer(guess, lambda handler, _: handler.give(b"", status=404))
    site.put("/front", linking("/news/all", "/shop/cart", "http://other.example/news/9"))
    site.put("/news/all", linking("/news/1", "/news/1#top", "/news/tag/a", "/news/2", "/news/photo.jpg"))
    site.put("/news/1", titled("The first").replace(b"</article>", b"<a href='/news/3'>x</a></article>"))
    site.put("/news/2", titled("The second"))
    site.put("/news/3", titled("The third").replace(b"</article>", b"<a href='/news/4'>x</a></article>"))
    site.put("/news/4", titled("The fourth"))
    return site


def crawl(folder: Path, site: Site, *allowed: str, limit: int | None = None, **more: Any) -> Read:
    follow = Follow(allowed or ("/news/**",), **more)
    place = site.server.url("/front")
    return read(folder, source("s", "site", place, servers=[site.server], follow=follow, limit=limit))


def paths(site: Site, found: Read) -> list[str]:
    return [url.removeprefix(site.server.url("")) for url in found.pages]


def test_what_is_named_is_followed_and_nothing_else(site: Site, tmp_path: Path) -> None:
    """Nearest first; other hosts, other paths, what is no page and what is too deep are never asked for."""
    found = paths(site, crawl(tmp_path, site, denied=("/news/tag/**",)))
    assert found == ["/news/all", "/news/1", "/news/2", "/news/3"]  # the fourth is four links away
    assert {one.path for one in site.asked()} == {"/front", "/feed", "/rss", "/sitemap.xml", *found}


def test_so_many_pages_and_no_more(site: Site, tmp_path: Path) -> None:
    assert paths(site, crawl(tmp_path, site, max_pages=3)) == ["/news/all", "/news/1"]


def test_what_its_robots_txt_denies_is_not_asked_for(site: Site, tmp_path: Path) -> None:
    site.server.robots = (200, b"User-agent: *\nDisallow: /news/1\n")
    assert paths(site, crawl(tmp_path, site)) == ["/news/all", "/news/2"]
    assert "/news/1" not in {one.path for one in site.asked()}


def test_a_run_goes_on_where_the_last_one_ended(site: Site, tmp_path: Path) -> None:
    """With one page a run: none is left out, and none is asked for twice."""
    found = [path for _ in range(6) for path in paths(site, crawl(tmp_path, site, max_depth=9, limit=1))]
    assert sorted(found) == ["/news/1", "/news/2", "/news/3", "/news/4", "/news/all"]


def test_a_second_run_asks_only_for_what_is_new(site: Site, tmp_path: Path) -> None:
    table = (
        f'name = "s"\nkind = "site"\naddress = "{site.server.url("/front")}"\nask_again = "never"\n'
        'follow = ["/news/**"]\navoid = ["/news/tag/**"]\nmax_depth = 9'
    )
    file = source_list(tmp_path, [site.server], table)
    assert ingest(file, tmp_path / "out").ok == 4
    site.again()
    assert ingest(file, tmp_path / "out").records == 0
    assert site.again() == [("/front", 304), ("/news/all", 304)]
    # a front that is asked for again takes nothing of the limit
    file.write_text(f"{file.read_text('utf-8')}limit = 1\n", "utf-8")
    site.put("/news/5", titled("The fifth"))
    site.put("/news/all", linking("/news/1", "/news/2", "/news/5"))
    assert ingest(file, tmp_path / "out").ok == 1  # the front is none
    assert site.again() == [("/front", 304), ("/news/all", 200), ("/news/5", 200)]
    titles = {record["title"] for record in records(tmp_path / "out") if record["status"] == "ok"}
    assert titles == {f"The {name}" for name in ("first", "second", "third", "fourth", "fifth")}
    # other patterns: what was noted of the pages is not enough, and each is looked at once more
    site.put("/news/4", titled("The fourth").replace(b"</article>", b"<a href='/old/6'>x</a></article>"))
    site.put("/old/6", titled("The sixth"))
    text = file.read_text("utf-8").replace('["/news/**"]', '["/news/**", "/old/*"]')
    file.write_text(text.replace("limit = 1", ""), "utf-8")
    ingest(file, tmp_path / "out")
    assert site.again()[-1] == ("/old/6", 200)
    assert ingest(file, tmp_path / "out").records == 0


def test_a_redirect_to_a_host_that_is_not_named_gives_no_page(site: Site, tmp_path: Path) -> None:
    with faulty_server() as other:
        site.put("/front", linking("/news/away"))
        site.answer("news", lambda handler, _: handler.give(b"", status=302, Location=other.url("/page")))
        address = site.server.url("/front")
        follow = Follow(("/news/**",))
        found = read(tmp_path, source("s", "site", address, servers=[site.server, other], follow=follow))
    assert (found.pages, found.reasons) == ([], ["redirected_away"])


@pytest.mark.parametrize(
    ("pattern", "url", "holds"),
    [
        ("/news/**", "https://paper.example/news/2026/11/a", True),
        ("/news/**", "https://www.paper.example/news", True),
        ("/news/**", "https://paper.example/newsletter", False),
        ("/news/**", "https://shop.paper.example/news/a", False),
        ("/*/a", "https://paper.example/x/a?page=2", True),
        ("/*/a", "https://paper.example/x/y/a", False),
        ("/list?page=*", "https://paper.example/list?page=2", True),
        ("/list?page=*", "https://paper.example/list", False),
        ("/größe/**", "https://paper.example/gr%C3%B6%C3%9Fe/1", True),
        ("https://blog.example/**", "http://blog.example/a", True),
        ("https://blog.example/**", "https://paper.example/a", False),
    ],
)
def test_patterns(pattern: str, url: str, holds: bool) -> None:
    assert FollowedLinks(Follow((pattern,)), "https://paper.example/").holds(url) is holds


@pytest.mark.parametrize("wrong", [[], "/news", ["news/**"], ["ftp://a.example/"], ["/a b"], [7]])
def test_what_is_no_pattern_is_told(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_patterns(wrong)


@pytest.mark.parametrize(
    ("head", "attributes", "headers"),
    [
        ("", " rel='ugc nofollow'", {}),
        ("<meta name='Robots' content='noindex, nofollow'>", "", {}),
        ("", "", {"x-robots-tag": "none"}),
    ],
)
def test_links_that_nobody_is_to_follow(head: str, attributes: str, headers: dict[str, str]) -> None:
    url, body = "https://paper.example/", f"<html><head>{head}</head><a href='/a'{attributes}>a</a></html>"
    links = FollowedLinks(Follow(("/**",)), url)
    assert links.links_of(Fetched(url, 200, headers, body.encode(), NOW)) == (links.mark,)
