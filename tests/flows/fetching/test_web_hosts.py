"""Runs over sources on the web and the hosts they ask: whose headers, whose turn, how much patience, how much
at once.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE, HANG_SECONDS
from faulty_server import PAGE, FaultyServer, faulty_server
from msgspec import structs
from web_runs import QUICK, Read, execute, feed, index, later, sitemap, slowly, source, wait_is_over
from web_site import Web, second_server, web_site

from copydesk.flows.crawl.background import Outlet
from copydesk.flows.crawl.listings import IDLE_REQUESTS
from copydesk.flows.crawl.run_state import Arrival
from copydesk.flows.crawl.web_pages import WebPages
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.frontier import Frontier

# runs that wait as hosts ask them to
pytestmark = pytest.mark.slow

KEY = {"Authorization": "Bearer hush"}


other = pytest.fixture(second_server)


site = pytest.fixture(web_site)


def arrivals_of(pages: WebPages) -> Any:
    """To be closed before all are taken."""
    return iter(pages)


def keys(server: FaultyServer) -> dict[str, bool]:
    """Whether each page that was asked for was given the key."""
    return {request.path: request.headers.get("authorization") == "Bearer hush" for request in server.pages()}


# --- headers


def test_headers_go_to_a_sources_own_server_alone(
    site: Web, server: FaultyServer, other: FaultyServer
) -> None:
    pages = (server.url("/page"), other.url("/page"), server.url(f"/redirect/to/{other.url('/page?led')}"))
    back = other.url(f"/redirect/to/{server.url('/page?back')}")
    address = site.put("/list", feed(*pages, back))
    link = f"<link rel='alternate' type='application/rss+xml' href='{address}'>"
    address = site.put("/front", f"<html><head>{link}</head><body></body></html>".encode())
    paper = source("p", "site", address, servers=[server, other], headers=KEY)
    assert len(site.read(paper).pages) == 4
    assert set(keys(server).values()) == {True}
    assert len(keys(server)) == 5
    assert set(keys(other)) == {"/page", "/page?led", f"/redirect/to/{server.url('/page?back')}"}
    assert not any("authorization" in request.headers for request in other.asked)


def test_headers_go_to_each_named_server(site: Web, server: FaultyServer, other: FaultyServer) -> None:
    addresses = (server.url("/page"), other.url("/page"))
    site.read(source("p", "url", *addresses, servers=[server, other], headers=KEY))
    assert (keys(server), keys(other)) == ({"/page": True}, {"/page": True})


@pytest.mark.usefixtures("chromium")
def test_headers_do_not_reach_parts_of_built_pages_elsewhere(
    site: Web, server: FaultyServer, other: FaultyServer
) -> None:
    """Nor are they lent to another server's page, whose script would read with them what is the source's own."""
    parts = "".join(f"<script src='{one.url('/part.js')}'></script>" for one in (server, other))
    take = f"fetch('{server.url('/own.json')}').then(a => a.text()).then(a => fetch('/taken?' + a))"
    site.answer("part.js", lambda handler, _: handler.give(b"1", kind="text/javascript"))
    site.answer("own", lambda handler, _: handler.give(ARTICLE.replace("<nav>", parts + "<nav>").encode()))
    site.answer(
        "thief",
        lambda handler, _: handler.give(ARTICLE.replace("<nav>", f"<script>{take}</script><nav>").encode()),
    )
    site.answer("own.json", lambda handler, _: handler.give(b"x", Access_Control_Allow_Origin="*"))
    address = site.put("/list", feed(server.url("/own"), other.url("/thief")))
    paper = source("p", "feed", address, servers=[server, other], headers=KEY, uses_browser=True)
    found = site.read(paper, limits=QUICK)
    assert len(found.pages) == 2
    assert keys(server) == {"/list": True, "/own": True, "/part.js": True, "/own.json": False}
    assert not any("authorization" in request.headers for request in other.asked)


# --- patience that a server asks for


def test_a_host_that_asks_for_much_patience_is_left_for_another_run(site: Web, tmp_path: Path) -> None:
    site.answer("busy", later(3600))
    address = site.put("/feed.xml", feed(*(site.url(f"/busy/{number}") for number in range(5))))
    paper = site.source("feed", address)
    found = site.read(paper)
    assert found.reasons == ["retry_later"]
    assert site.again() == [("/feed.xml", 200), ("/busy/0", 429)]
    assert "not fetched: 4 of hosts that requested a pause, left for the next run" in found.skipped
    site.answer("busy", lambda handler, _: handler.give(PAGE))
    assert len(site.read(paper).pages) == 4
    assert [path for path, _ in site.again()] == [
        "/feed.xml",
        *(f"/busy/{number}" for number in (1, 2, 3, 4)),
    ]
    wait_is_over(tmp_path)
    assert site.read(paper).pages == [site.url("/busy/0")]


def test_a_little_patience_is_had_by_all_who_ask_a_host(site: Web) -> None:
    busy = iter([True])

    def answer(handler: Any, _: str) -> None:
        if next(busy, False):
            handler.give(b"", status=503, Retry_After="1")
        else:
            handler.give(PAGE)

    site.answer("busy", answer)
    server = site.server
    found = site.read(
        site.source("url", server.url("/busy/1"), server.url("/busy/2"), name="a"),
        site.source("url", server.url("/busy/3"), name="b", cookies=True),
    )
    assert len(found.pages) == 3
    times = [(request.at, request.status) for request in server.asked if request.path.startswith("/busy")]
    paused_at = next(at for at, status in times if status == 503)
    assert len(times) == 4
    assert all(at - paused_at >= 1.0 for at, _ in times if at > paused_at)


def test_sources_of_one_host_do_not_wait_for_its_long_rest(site: Web) -> None:
    """The others ask while the first is being answered."""
    site.answer("busy", slowly(0.3, later(3600)))
    sources = [site.source("feed", site.url(f"/busy/{number}"), name=f"s{number}") for number in range(3)]
    ended: list[Read] = []
    run = threading.Thread(target=lambda: ended.append(site.read(*sources)), daemon=True)
    run.start()
    run.join(timeout=HANG_SECONDS)
    assert [found.reasons for found in ended] == [["retry_later"] * 3]


def test_another_sources_pace_is_no_patience_that_a_server_asks_for(site: Web) -> None:
    limits = structs.replace(QUICK, attempts=1, longest_wait_seconds=0.2)
    server = site.server
    found = site.read(
        site.source("url", server.url("/page?1"), name="slow", pace_seconds=0.5),
        site.source("url", server.url("/page?2"), server.url("/page?3"), name="quick"),
        limits=limits,
    )
    assert (len(found.pages), found.reasons) == (3, [])


def test_one_page_keeps_others_of_its_host_waiting_for_an_hour_at_most(site: Web, tmp_path: Path) -> None:
    """Lists and pages that ask while it is being answered."""
    site.answer("busy", slowly(0.3, later(10**12)))
    sources = [site.source(kind, site.url(f"/busy/{kind}"), name=kind) for kind in ("feed", "url", "site")]
    assert site.read(*sources).reasons == ["retry_later"] * 3
    days = "select julianday(next_attempt_at) - julianday('now') from url order by 1"
    first, second, asked = (found for (found,) in execute(tmp_path, days))
    assert 0 < first <= second <= 1 / 24
    assert 6 < asked <= 7


def test_a_short_retry_after_costs_no_other_page(site: Web) -> None:
    """Nor is it asked for again at once, be it in the same run or in the next."""
    site.answer("busy", lambda handler, _: handler.give(b"", status=503, Retry_After="0"))
    address = site.put("/feed.xml", feed(site.url("/busy"), *map(site.server.url, ("/page?1", "/page?2"))))
    paper = site.source("feed", address)
    found = site.read(paper, limits=structs.replace(QUICK, first_wait_seconds=1.5))
    assert (len(found.pages), found.reasons) == (2, ["http_503"])
    first, second = (request.at for request in site.asked() if request.path == "/busy")
    assert second - first >= 1.5
    assert "failed lately" in site.read(paper).skipped


@pytest.mark.parametrize(
    ("value", "is_waited_for"),
    [
        ("Mon, 20 Nov 1995 19:12:08 +99999999999999", False), ("9" * 400, True),
    ],
)  # fmt: skip
def test_no_retry_after_ends_a_run(site: Web, tmp_path: Path, value: str, *, is_waited_for: bool) -> None:
    site.answer("busy", lambda handler, _: handler.give(b"", status=503, Retry_After=value))
    paper = site.source("url", site.url("/busy"))
    assert site.read(paper).reasons == ["retry_later" if is_waited_for else "http_503"]
    assert len(site.again()) == (1 if is_waited_for else QUICK.attempts)
    ((due,),) = execute(tmp_path, "select julianday(next_attempt_at) - julianday('now') from url")
    assert 0 < due <= 7
    assert "failed lately" in site.read(paper).skipped
    assert site.again() == []


def test_what_a_site_denied_is_distinguished_from_what_failed(site: Web) -> None:
    server = site.server
    server.robots = (200, b"User-agent: *\nDisallow: /kept\n")
    address = site.put("/feed.xml", feed(site.put("/kept/1", PAGE), site.put("/gone/1", PAGE)))
    del site.bodies["/gone/1"]
    paper = site.source("feed", address)
    assert sorted(site.read(paper).reasons) == ["http_404", "robots_denied"]
    skipped = site.read(paper).skipped
    assert "not fetched: 1 that their sites denied lately" in skipped
    assert "not fetched: 1 that failed lately" in skipped


# --- robots.txt, where it is the page


@pytest.mark.parametrize("rules", [b"User-agent: *\nDisallow: /\n", b"User-agent: *\nAllow: /\n"])
def test_a_robots_txt_is_a_page_like_any_other(site: Web, server: FaultyServer, rules: bytes) -> None:
    server.robots = (200, rules)
    addresses = (server.url("/robots.txt"), server.url("/redirect/robots.txt"))
    found = site.read(site.source("url", *addresses))
    is_denied = b"Disallow" in rules
    assert (len(found.pages), found.reasons) == ((1, ["robots_denied"]) if is_denied else (2, []))


# --- what a page and a list may cost


def test_a_timeout_is_not_retried(site: Web) -> None:
    limits = structs.replace(QUICK, seconds=1.0, attempts=3)
    slow = site.source("url", site.url("/slow"))
    assert site.read(slow, limits=limits).reasons == ["timeout"]
    assert len(site.asked()) == 1


def test_redirects_and_attempts_together_are_so_many_requests(site: Web) -> None:
    """Five at an attempt, of which each ends in a fault that passes."""

    def hops(handler: Any, rest: str) -> None:
        left = int(rest)
        handler.give(
            b"", **({"status": 503} if left == 0 else {"status": 302, "Location": f"/way/{left - 1}"})
        )

    site.answer("way", hops)
    paper = site.source("url", site.url("/way/4"))
    limits = structs.replace(QUICK, attempts=9)
    assert site.read(paper, limits=limits).reasons == ["http_503"]
    assert len(site.asked()) == limits.requests
    site.again()
    other = site.source("url", site.url("/way/3"), name="q")
    assert site.read(other, limits=limits).reasons == ["over_budget"]
    assert len(site.asked()) == limits.requests


def test_a_sitemap_that_multiplies_ends(site: Web) -> None:
    def multiply(handler: Any, rest: str) -> None:
        handler.give(index(*(site.url(f"/map/{rest}{number}") for number in range(9))))

    site.answer("map", multiply)
    found = site.read(site.source("sitemap", site.url("/map/")))
    assert (found.pages, found.reasons) == ([], ["over_budget"])
    assert len(site.asked()) == IDLE_REQUESTS


def test_a_sitemap_of_many_that_name_pages_is_read_to_its_end(site: Web) -> None:
    places = [site.put(f"/map/{number}", sitemap(site.put(f"/page/{number}", PAGE))) for number in range(40)]
    paper = site.source("sitemap", site.put("/index", index(*places)))
    assert len(site.read(paper).pages) == 40
    # that nothing has changed is no sign of a list without end
    assert site.read(paper).reasons == []


@pytest.mark.parametrize("is_there", [False, True], ids=["gone", "empty"])
def test_empty_parts_of_a_sitemap_do_not_end_it(site: Web, is_there: bool) -> None:
    nothing = [site.url(f"/nothing/{number}") for number in range(40)]
    site.answer(
        "nothing", lambda handler, _: handler.give(sitemap(), **({} if is_there else {"status": 404}))
    )
    places = [site.put(f"/map/{n}", sitemap(site.put(f"/page/{n}", PAGE))) for n in range(3)]
    paper = site.source("sitemap", site.put("/index", index(*nothing, *places)))
    found = site.read(paper)
    assert (len(found.pages), set(found.reasons)) == (3, set() if is_there else {"http_404"})


# --- hosts that are not well


@pytest.mark.parametrize("fault", ["timeout", "http_503"])
def test_a_host_that_is_not_well_is_left_and_the_others_are_read(
    site: Web, server: FaultyServer, other: FaultyServer, fault: str
) -> None:
    site.answer("ill", lambda handler, _: handler.give(b"", status=503))
    path = "slow" if fault == "timeout" else "ill"
    ill = [other.url(f"/{path}/{number}") for number in range(8)]
    well = [server.url(f"/page?{number}") for number in range(8)]
    address = site.put("/feed.xml", feed(*ill, *well))
    limits = structs.replace(QUICK, attempts=1, **({"seconds": 2.0} if fault == "timeout" else {}))
    paper = site.source("feed", address, allowed=frozenset({server.netloc, other.netloc}))
    found = site.read(paper, limits=limits)
    assert (sorted(found.pages), found.reasons) == (well, [fault] * 5)
    assert "not fetched: 3 of hosts that do not answer, left for the next run" in found.skipped
    site.again()
    asked_before = len(other.pages())
    again = site.read(paper, limits=limits)
    assert site.again() == [("/feed.xml", 304)]
    assert again.reasons == [fault] * 3
    assert len(other.pages()) - asked_before == 3


def test_a_page_that_is_gone_says_nothing_against_its_host(site: Web) -> None:
    statuses = (404, 500, 410, 500, 403, 500, 500, 451, 500)
    site.answer("gone", lambda handler, rest: handler.give(b"", status=statuses[int(rest)]))
    urls = [site.url(f"/gone/{number}") for number in range(len(statuses))]
    address = site.put("/feed.xml", feed(*urls))
    found = site.read(site.source("feed", address))
    assert (len(found.reasons), found.skipped) == (9, "")


# --- many sources, few hosts


def test_a_slow_host_delays_no_other(
    site: Web, server: FaultyServer, other: FaultyServer, tmp_path: Path
) -> None:
    slow = [
        site.source("url", server.url(f"/page?{number}"), name=f"s{number}", pace_seconds=2.0)
        for number in range(50)
    ]
    quick = [
        source(f"q{number}", "url", other.url(f"/page?{number}"), servers=[other]) for number in range(5)
    ]
    with (
        Library.open(tmp_path) as state,
        closing(arrivals_of(WebPages([*slow, *quick], Frontier(state)))) as pages,
    ):
        wanted = {other.url(f"/page?{number}") for number in range(5)}
        while wanted:
            wanted.discard(str(next(pages).item.url))
    assert len(server.pages()) < len(slow) / 2


@pytest.mark.parametrize(("lists", "path"), [("sources", "/page"), ("sitemaps", "/status/500")])
def test_a_page_of_several_lists_is_fetched_once(site: Web, lists: str, path: str) -> None:
    """Slowly answered, so that all who list it ask while it is under way; and where it fails, it waits for its retry in
    each of them.
    """
    name = path.split("/")[1]
    status = 200 if name == "page" else 500
    site.answer(name, slowly(0.3, lambda handler, _: handler.give(PAGE, status=status)))
    parts = [site.put(f"/map/{number}", sitemap(site.url(path)) + b"\n" * number) for number in range(3)]
    addresses = parts if lists == "sources" else [site.put("/index.xml", index(*parts))]
    sources = [site.source("sitemap", address, name=f"s{number}") for number, address in enumerate(addresses)]
    limits = structs.replace(QUICK, attempts=1)
    found = site.read(*sources, limits=limits)
    assert len(found.pages) + len(found.reasons) == 1
    assert [one for one, _ in site.again()].count(path) == 1
    site.read(*sources, limits=limits)
    asked = [(path, status) for path, status in site.again() if path.startswith("/map")]
    assert sorted(asked) == [(f"/map/{number}", 304) for number in range(3)]
    wait_is_over(site.folder)
    assert len(site.read(*sources[-1:], limits=limits).reasons) == (status == 500)


# --- large bodies, large lists


def test_who_takes_large_pages_slowly_gets_them_all(site: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than may be in memory at once, taken more slowly than a fetch may take; of each host by two sources."""
    monkeypatch.setattr("copydesk.flows.crawl.background.AHEAD_BYTES", 9_000_000)
    big = b"x" * 3_000_000
    site.answer("big", lambda handler, _: handler.give(big))
    with ExitStack() as opened:
        servers = [opened.enter_context(faulty_server()) for _ in range(4)]
        sources = [
            source(f"{at}-{part}", "url", *(one.url(f"/big/{part}/{n}") for n in range(2)), servers=[one])
            for at, one in enumerate(servers)
            for part in range(2)
        ]
        limits = structs.replace(QUICK, seconds=6.0, attempts=1)
        rests = iter([1.2 * limits.seconds])
        found = site.read(*sources, limits=limits, take=lambda _: time.sleep(next(rests, 0.0)))
    assert Counter(found.reasons) == Counter()
    assert len(set(found.pages)) == 16


class Ticking(WebPages):
    """Measures how much the loop's own thread works in one piece, whatever else the machine does."""

    longest_seconds = 0.0

    async def _fetch(self, outlet: Outlet[Arrival]) -> None:
        ticking = asyncio.create_task(self._tick())
        try:
            await super()._fetch(outlet)
        finally:
            ticking.cancel()

    async def _tick(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.005)
            self.longest_seconds = max(self.longest_seconds, time.thread_time() - before)


# a feed and what is read as a sitemap, with a limit and without: all take the same way once a list is read
@pytest.mark.parametrize(("kind", "limit", "count"), [("feed", 1, 10_000), ("index", None, 20_000)])
def test_a_long_list_delays_no_other(
    site: Web, tmp_path: Path, kind: str, limit: int | None, count: int
) -> None:
    urls = [site.url(f"/page?{number}") for number in range(count)]
    address = site.put("/list", {"feed": feed, "index": index}[kind](*urls))
    with Library.open(tmp_path):
        pass
    execute(
        tmp_path,
        "with recursive n(i) as (select 0 union all select i + 1 from n where i < ?) insert into url "
        "(url, source, outcome, fetched_at, failures) select ? || i, 'p', 'ok', '2026-01-01 00:00:00.000000', 0 from n",
        count - 1,
        site.url("/page?"),
    )
    paper = source("p", "feed" if kind == "feed" else "sitemap", address, servers=[site.server], limit=limit)
    with Library.open(tmp_path) as state:
        pages = Ticking([paper], Frontier(state))
        with closing(arrivals_of(pages)) as arrivals:
            for arrival, _ in zip(arrivals, range(3), strict=False):
                arrival.stored(None)
    assert len(site.asked()) > 1
    assert 0 < pages.longest_seconds < 0.5
