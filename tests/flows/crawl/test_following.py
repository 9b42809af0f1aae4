"""Links of a site's pages are followed by patterns: each page once, none beyond them, on from where a run ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from faulty_server import FaultyServer, faulty_server
from msgspec import structs
from web_runs import (
    Read,
    execute,
    feed,
    read,
    sitemap,
    source,
    source_list,
    titled,
)
from web_site import Web

from copydesk.flows.crawl.run_state import Arrival
from copydesk.flows.fetching.lists.web_source import Follow

pytestmark = pytest.mark.slow


def linking(*links: str) -> bytes:
    """A page that is nothing but links."""
    return f"<html><body><ul>{''.join(f'<li>{link}</li>' for link in map(anchor, links))}</ul></body></html>".encode()


def leading(title: str, link: str) -> bytes:
    """An article with a link."""
    return titled(title).replace(b"</article>", f"<a href='{link}'>x</a></article>".encode())


def anchor(link: str) -> str:
    return link if link.startswith("<") else f"<a href='{link}'>More of this</a>"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path) -> Web:
    site = Web(monkeypatch, server, tmp_path)
    for guess in ("feed", "rss", "sitemap.xml"):
        site.give(guess, b"", status=404)
    site.put("/front", linking("/news/all", "/shop/cart", "http://other.example/news/9"))
    site.put("/news/all", linking("/news/1", "/news/1#top", "/news/tag/a", "/news/2", "/news/photo.jpg"))
    site.put("/news/1", leading("The first", "/news/3"))
    site.put("/news/2", titled("The second"))
    site.put("/news/3", leading("The third", "/news/4"))
    site.put("/news/4", leading("The fourth", "/old/6"))
    return site


def crawl(site: Web, *allowed: str, limit: int | None = None, **more: Any) -> Read:
    return site.read(
        site.source("site", "/front", follow=Follow(allowed or ("/news/**",), **more), limit=limit)
    )


def paths(site: Web, found: Read) -> list[str]:
    return [url.removeprefix(site.url("")) for url in found.pages]


def make_old(folder: Path) -> None:
    """Each page has come to an age at which it is asked for again."""
    execute(folder, "update url set first_fetched_at = '2026-01-01 00:00:00.000000', age_when_requested = 0")
    execute(folder, "update url set fetched_at = '2026-01-01 00:00:00.000000'")


def test_what_is_named_is_followed_and_nothing_else(site: Web) -> None:
    """Nearest first; other hosts, other paths, what is no page and what is too deep are never asked for."""
    found = paths(site, crawl(site, denied=("/news/tag/**",)))
    assert found == ["/news/all", "/news/1", "/news/2", "/news/3"]  # the fourth is four links away
    assert {request.path for request in site.asked()} == {"/front", "/feed", "/rss", "/sitemap.xml", *found}


def test_so_many_pages_and_no_more(site: Web) -> None:
    assert paths(site, crawl(site, max_pages=3)) == ["/news/all", "/news/1"]


def test_a_run_goes_on_where_the_last_one_ended(site: Web) -> None:
    """With one page a run: none is left out, and none is asked for twice."""
    found = [path for _ in range(6) for path in paths(site, crawl(site, max_depth=9, limit=1))]
    assert sorted(found) == ["/news/1", "/news/2", "/news/3", "/news/4", "/news/all"]


def test_a_second_run_asks_only_for_what_is_new(site: Web) -> None:
    table = (
        f'name = "s"\nkind = "site"\naddress = "{site.url("/front")}"\nask_again = "never"\n'
        'follow = ["/news/**"]\navoid = ["/news/tag/**"]\nmax_depth = 9'
    )
    file = source_list(site.folder, [site.server], table)
    assert site.ingest().ok == 4
    site.again()
    assert site.ingest().records == 0
    assert site.again() == [("/front", 304), ("/news/all", 304)]
    # a front that is asked for again takes nothing of the limit
    file.write_text(f"{file.read_text('utf-8')}limit = 1\n", "utf-8")
    site.put("/news/5", titled("The fifth"))
    site.put("/news/all", linking("/news/1", "/news/2", "/news/5"))
    assert site.ingest().ok == 1  # the front is none
    assert site.again() == [("/front", 304), ("/news/all", 200), ("/news/5", 200)]
    titles = {record["title"] for record in site.records() if record["status"] == "ok"}
    assert titles == {f"The {name}" for name in ("first", "second", "third", "fourth", "fifth")}
    # other patterns: where the pages lead is known whatever they were
    site.put("/old/6", titled("The sixth"))
    text = file.read_text("utf-8").replace('["/news/**"]', '["/news/**", "/old/*"]')
    file.write_text(text.replace("limit = 1", ""), "utf-8")
    assert site.ingest().ok == 1
    assert site.again() == [("/front", 304), ("/news/all", 304), ("/old/6", 200)]
    assert site.ingest().records == 0


def test_a_redirect_to_a_host_that_is_not_named_gives_no_page(site: Web) -> None:
    with faulty_server() as other:
        site.put("/front", linking("/news/away"))
        site.answer("news", lambda handler, _: handler.give(b"", status=302, Location=other.url("/page")))
        address = site.url("/front")
        follow = Follow(("/news/**",))
        found = site.read(source("s", "site", address, servers=[site.server, other], follow=follow))
    assert (found.pages, found.reasons) == ([], ["redirected_away"])


def test_a_run_that_was_killed_is_gone_on_with(site: Web) -> None:
    """Wherever that was: what is stored is not asked for again, and nothing is lost."""
    found: list[str] = []
    for stored in range(1, 5):

        def kill(arrival: Arrival, at: int = stored) -> None:
            found.append(str(arrival.item.url))
            if len(found) > at:
                raise KeyboardInterrupt

        follow = Follow(("/news/**",), denied=("/news/tag/**",), max_depth=9)
        address = site.url("/front")
        with pytest.raises(KeyboardInterrupt):
            site.read(site.source("site", address, name="s", follow=follow), take=kill)
        # what was not stored comes again
        found.pop()
    found += crawl(site, denied=("/news/tag/**",), max_depth=9).pages
    names = ("all", "1", "2", "3", "4")
    assert sorted(found) == sorted(site.url(f"/news/{name}") for name in names)


def test_two_sources_of_one_first_page_do_not_stand_in_each_others_way(site: Web, tmp_path: Path) -> None:
    address, servers = site.url("/front"), [site.server]
    follow = Follow(("/news/**",), max_depth=1)
    both = [
        source("plain", "site", address, servers=servers),
        source("s", "site", address, servers=servers, follow=follow),
    ]
    for number, sources in enumerate((both, both[::-1])):
        folder = tmp_path / str(number)
        assert paths(site, read(folder, *sources)) == ["/news/all"]
        site.put("/front", linking("/news/all", f"/news/{number + 1}"))
        assert paths(site, read(folder, *sources)) == [f"/news/{number + 1}"]
        site.put("/front", linking("/news/all"))


def test_a_source_that_follows_keeps_nothing_from_one_that_lists(site: Web, tmp_path: Path) -> None:
    """What one reads as a page the other reads as a list, from run to run, whichever is first."""
    site.put("/daily", feed(site.url("/one")))
    section = linking("/news/1").replace(b"<body>", b"<body><a href='/daily/feed.xml'>all</a>")
    site.put("/news/all", section)
    site.put("/daily/feed.xml", feed(site.url("/one")))
    site.put("/one", titled("One"))
    lists = site.source("site", site.url("/news/all"), name="b")
    # read as a page before it was ever read as a list
    assert paths(site, crawl(site, max_depth=1)) == ["/news/all"]
    assert paths(site, site.read(lists)) == ["/one"]
    # and as a list before its links were looked for
    assert paths(site, crawl(site, max_depth=2)) == ["/news/1"]
    site.again()
    assert site.read(lists).pages == crawl(site, max_depth=2).pages == []
    assert {path: status for path, status in site.again() if path.startswith(("/news", "/daily"))} == {
        "/news/all": 304,
        "/daily/feed.xml": 304,
    }
    # a new body that one of them has seen is new to the other
    site.put("/news/all", section.replace(b"/daily/", b"/weekly/").replace(b"/news/1", b"/news/2"))
    site.put("/weekly/feed.xml", feed(site.url("/two")))
    site.put("/two", titled("Two"))
    make_old(tmp_path)
    assert sorted(paths(site, crawl(site, max_depth=2))) == ["/news/2", "/news/all"]
    assert paths(site, site.read(lists)) == ["/two"]
    site.put("/news/all", section.replace(b"/news/1", b"/news/3"))
    assert site.read(lists).pages == []
    make_old(tmp_path)
    assert sorted(paths(site, crawl(site, max_depth=2))) == ["/news/3", "/news/all"]


def test_two_sources_that_follow_over_the_same_pages_read_them_once(site: Web, tmp_path: Path) -> None:
    address, servers = site.url("/front"), [site.server]
    both = [
        source("all", "site", address, servers=servers, follow=Follow(("/news/**",), ("/news/tag/**",))),
        source(
            "some", "site", address, servers=servers, follow=Follow(("/news/*", "/old/*"), ("/news/tag/**",))
        ),
    ]
    both = [structs.replace(one, follow=structs.replace(one.follow, max_depth=9)) for one in both]
    site.put("/old/6", titled("The sixth"))
    found = [path for _ in range(3) for path in paths(site, site.read(*both))]
    assert sorted(found) == [*(f"/news/{name}" for name in ("1", "2", "3", "4", "all")), "/old/6"]
    site.again()
    assert site.read(*both[::-1]).pages == []
    assert site.again() == [("/front", 304)]
    # what is new on a page that one of them asks for is seen by both
    make_old(tmp_path)
    site.put("/news/all", linking("/news/5", "/old/7"))
    site.put("/news/5", titled("The fifth"))
    site.put("/old/7", titled("The seventh"))
    found = [path for _ in range(2) for path in paths(site, site.read(*both))]
    assert sorted(found) == ["/news/5", "/news/all", "/old/7"]


def test_another_host_is_followed_where_it_is_named(site: Web) -> None:
    with faulty_server() as blog:
        blog.files["/2026/post"] = leading("A post", "/2025/old")
        site.put("/front", linking(blog.url("/2026/post"), blog.url("/about"), "/news/1"))
        found = site.read(
            source(
                "s",
                "site",
                site.url("/front"),
                servers=[site.server, blog],
                follow=Follow(("/news/1", f"{blog.url('')}/2026/*")),
            )
        )
        assert sorted(found.pages) == sorted([blog.url("/2026/post"), site.url("/news/1")])
        assert [request.path for request in blog.pages()] == ["/2026/post"]


def test_what_feeds_and_sitemaps_name_has_to_fit_too(site: Web) -> None:
    listed = [site.url(path) for path in ("/news/2", "/shop/cart", "/news/tag/a")]
    site.put("/sitemap.xml", sitemap(*listed), Content_Type="application/xml")
    site.put("/front", linking("/news/1").replace(b"<body>", b"<body><a href='/sitemap.xml'>all pages</a>"))
    found = paths(site, crawl(site, denied=("/news/tag/*",), max_depth=1))
    assert found == ["/news/2", "/news/1"]


def test_an_article_that_has_come_to_an_age_may_lead_on(site: Web, tmp_path: Path) -> None:
    """What an article leads to is looked at again when it comes to its age."""
    crawl(site, max_depth=9)
    make_old(tmp_path)
    site.put("/news/4", leading("The fourth", "/news/6"))
    site.put("/news/6", titled("The sixth"))
    site.again()
    assert paths(site, crawl(site, max_depth=9)) == ["/news/4", "/news/6"]
    assert ("/news/1", 304) in site.again()
