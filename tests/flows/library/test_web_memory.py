"""What runs over sources on the web remember: nothing is lost, requested in vain or skipped for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from faulty_server import LAST_MODIFIED, PAGE, FaultyServer, faulty_server
from web_runs import (
    Site,
    execute,
    feed,
    ingest,
    later,
    read,
    records,
    sitemap,
    source,
    source_list,
    titled,
    wait_is_over,
)

from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.schedule import Plan

# whole runs over sources on the web, one after the other
pytestmark = pytest.mark.slow

Listed = Callable[..., Path]
Paper = Callable[..., WebSource]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Site:
    return Site(monkeypatch, server)


@pytest.fixture
def listed(site: Site, tmp_path: Path) -> Listed:
    """Makes a list of a source with an address."""

    def make(kind: str, address: str, more: str = "") -> Path:
        table = f'name = "p"\nkind = "{kind}"\naddress = "{address}"\n{more}'
        return source_list(tmp_path, [site.server], table)

    return make


@pytest.fixture
def paper(site: Site) -> Paper:
    """Makes a source of the site."""
    return lambda kind, address, **more: source("p", kind, address, servers=[site.server], **more)


# --- validators


def test_validators_of_one_page_are_not_sent_for_another(site: Site, paper: Paper, tmp_path: Path) -> None:
    """A URL that redirects to the newest article; all articles are from the same second."""
    newest = ["one"]

    def article(handler: Any, rest: str) -> None:
        if handler.headers.get("If-Modified-Since") == LAST_MODIFIED:
            handler.give(b"", status=304)
        else:
            handler.give(titled(rest), Last_Modified=LAST_MODIFIED)

    site.answer("art", article)
    site.answer("latest", lambda handler, _: handler.give(b"", status=302, Location=f"/art/{newest[0]}"))
    latest = paper("url", site.server.url("/latest"))
    assert read(tmp_path, latest).pages == [site.server.url("/art/one")]
    newest[0] = "two"
    assert read(tmp_path, latest).pages == [site.server.url("/art/two")]
    site.again()
    assert read(tmp_path, latest).pages == []
    assert site.again() == [("/latest", 302), ("/art/two", 304)]


def test_conditional_requests_after_a_redirect(site: Site, server: FaultyServer, tmp_path: Path) -> None:
    with faulty_server() as other:
        site.answer("moved", lambda handler, _: handler.give(b"", status=301, Location=other.url("/art")))
        site.put("/art", PAGE)
        moved = source("p", "url", server.url("/moved"), servers=[server, other])
        assert read(tmp_path, moved).pages == [other.url("/art")]
        server.asked.clear()
        other.asked.clear()
        assert read(tmp_path, moved).pages == []
        assert [request.status for request in other.pages()] == [304]
        assert not any("if-none-match" in request.headers for request in server.asked)


# --- lists that request a pause


def test_a_list_that_requests_a_pause_is_not_fetched_meanwhile(
    site: Site, listed: Listed, tmp_path: Path
) -> None:
    site.answer("feed", later(3600))
    file, out = listed("feed", site.server.url("/feed")), tmp_path / "out"
    assert ingest(file, out).failed == 1
    assert site.again() == [("/feed", 429)]
    assert ingest(file, out).failed == 1
    assert site.again() == []
    (record,) = records(out)
    assert record["reason"].startswith("retry_later: its server requested a pause (retry_later), for 3")
    ingest(file, out, refetch=True)
    assert site.again() == [("/feed", 429)]
    wait_is_over(out)
    site.put("/feed", feed(site.server.url("/page")))
    assert ingest(file, out).ok == 1
    assert [record["status"] for record in records(out)] == ["ok"]


# --- policies


@pytest.mark.parametrize(
    ("kind", "reserved_by"), [("url", "tdmrep"), ("feed", "header"), ("sitemap", "robots")]
)
def test_a_changed_policy_takes_effect(
    site: Site, listed: Listed, tmp_path: Path, kind: str, reserved_by: str
) -> None:
    server, out = site.server, tmp_path / "out"
    server.robots = (200, b"User-agent: *\nDisallow: /art\n" if reserved_by == "robots" else b"")
    if reserved_by == "tdmrep":
        server.files["/.well-known/tdmrep.json"] = b'[{"location":"/art","tdm-reservation":1}]'
    page = site.put("/art", PAGE, **{"tdm_reservation": "1"} if reserved_by == "header" else {})
    lists = {"feed": feed(page), "sitemap": sitemap(page), "url": b""}
    address = page if kind == "url" else site.put("/list", lists[kind])
    respecting = listed(kind, address, 'policy = "respect"')
    assert ingest(respecting, out).rejected == 1
    code = "robots_denied" if reserved_by == "robots" else "tdm_reserved"
    assert records(out)[0]["reason"].startswith(code)
    ingest(respecting, out)
    site.again()
    if kind == "url":  # whatever the clock was
        execute(out, "update url set fetched_at = '2099-01-01 00:00:00.000000'")
    recording = listed(kind, address, 'policy = "record"')
    assert ingest(recording, out).ok == 1
    assert site.again()[-1] == ("/art", 200)
    assert [record["status"] for record in records(out)] == ["ok"]
    ingest(recording, out)
    assert {status for _, status in site.again()} == {304}


# --- pages that are not there yet


def test_an_entry_that_goes_live_later_is_read_then(site: Site, paper: Paper, tmp_path: Path) -> None:
    address = site.put("/feed.xml", feed(site.put("/soon/1", PAGE)))
    del site.bodies["/soon/1"]
    news = paper("feed", address)
    assert read(tmp_path, news).reasons == ["http_404"]
    site.put("/soon/1", PAGE)
    found = read(tmp_path, news)
    assert (found.pages, found.reasons) == ([], [])
    assert "not fetched: 1 that failed lately; the first is due again at " in found.skipped
    wait_is_over(tmp_path)
    assert read(tmp_path, news).pages == [site.server.url("/soon/1")]
    site.again()
    read(tmp_path, news)
    assert site.again() == [("/feed.xml", 304)]


def test_a_missing_page_is_given_up_and_its_list_is_not_read_again_for_it(
    site: Site, paper: Paper, tmp_path: Path
) -> None:
    news = paper("feed", site.put("/list", feed(site.server.url("/status/404"))))
    requests = []
    for _ in range(6):
        read(tmp_path, news)
        requests.append(site.again())
        wait_is_over(tmp_path)
    lists = [[("/list", 200)], *([[("/list", 304)]] * 5)]
    assert requests == [*([*one, ("/status/404", 404)] for one in lists[:5]), lists[5]]


# --- limits


def test_under_a_limit_pages_are_requested_again_in_turn(site: Site, paper: Paper, tmp_path: Path) -> None:
    pages = [site.put(f"/art/{number}", titled(f"{number}")) for number in range(6)]
    address = site.put("/map.xml", sitemap(*pages))
    assert len(read(tmp_path, paper("sitemap", address)).pages) == 6
    site.put("/art/5", titled("5, changed"))
    site.put("/map.xml", sitemap(*pages) + b"\n")
    site.again()
    changed, requested = [], []
    for _ in range(3):
        changed += read(tmp_path, paper("sitemap", address, limit=2)).pages
        requested += [path for path, _ in site.again() if path != "/map.xml"]
    assert changed == [site.server.url("/art/5")]
    assert sorted(requested) == [f"/art/{number}" for number in range(6)]


def test_new_pages_come_before_known_ones(site: Site, paper: Paper, tmp_path: Path) -> None:
    pages = [site.put(f"/art/{number}", titled(f"{number}")) for number in range(4)]
    address = site.put("/map.xml", sitemap(*pages[:3]))
    limited = paper("sitemap", address, limit=1)
    for number in range(3):
        assert read(tmp_path, limited).pages == [pages[number]]
    site.put("/map.xml", sitemap(*pages))
    assert read(tmp_path, limited).pages == [pages[3]]


def test_the_limit_of_a_run_is_one_for_all_sources(site: Site, tmp_path: Path) -> None:
    tables = []
    for name in range(3):
        pages = [site.server.url(f"/page?{name}-{number}") for number in range(6)]
        address = site.put(f"/list/{name}", sitemap(*pages))
        tables.append(f'name = "p{name}"\nkind = "sitemap"\naddress = "{address}"')
    file = source_list(tmp_path, [site.server], *tables)
    result = ingest(file, tmp_path / "out", limit=3)
    assert result.ok == 3
    assert sum(path.startswith("/page") for path, _ in site.again()) == 3
    assert "beyond the limit" in result.summary
    assert ingest(file, tmp_path / "out", limit=3).ok == 3


# --- since


DATES = {"old": "Thu, 01 Oct 2026 08:00:00 GMT", "new": "Fri, 20 Nov 2026 08:00:00 GMT"}


@pytest.fixture
def dated(site: Site, paper: Paper, tmp_path: Path) -> Callable[[datetime | None], list[str]]:
    """Reads a feed of an old and a new entry with a ``since``; the names of what came."""
    items = "".join(
        f"<item><link>{site.put(f'/art/{name}', titled(name))}</link><pubDate>{date}</pubDate></item>"
        for name, date in DATES.items()
    )
    address = site.put("/feed.xml", f"<rss><channel><title>P</title>{items}</channel></rss>".encode())

    def since(moment: datetime | None) -> list[str]:
        found = read(tmp_path, paper("feed", address, since=moment))
        return [url.rpartition("/")[2] for url in found.pages]

    return since


NOVEMBER, SEPTEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)


def test_older_entries_are_read_once_since_goes_back(site: Site, dated: Any, tmp_path: Path) -> None:
    assert dated(NOVEMBER) == ["new"]
    site.again()
    assert dated(NOVEMBER + timedelta(days=1)) == []  # as time goes by, it moves on
    assert site.again() == [("/feed.xml", 304)]
    # a failure changes nothing of that
    body = site.bodies.pop("/feed.xml")
    assert dated(SEPTEMBER) == []
    site.bodies["/feed.xml"] = body
    wait_is_over(tmp_path)
    assert dated(SEPTEMBER) == ["old"]
    site.again()
    assert dated(SEPTEMBER) == []
    assert site.again() == [("/feed.xml", 304)]


# --- what servers and clocks do


ETAGS = ['"caf\xe9\x80"', '"a\x01b"', '"' + "x" * 9000 + '"', '"a\tb"', " "]


def test_an_unrequested_304_is_no_page_and_no_etag_keeps_one_from_being_requested(
    site: Site, tmp_path: Path
) -> None:
    site.answer("late", lambda handler, _: handler.give(b"", status=304))
    found = read(tmp_path, source("p", "url", site.server.url("/late"), servers=[site.server]))
    assert (found.pages, found.reasons, found.skipped) == ([], ["http_304"], "")
    site.answer("odd", lambda handler, at: handler.give(PAGE, ETag=ETAGS[int(at)]))
    places = [site.server.url(f"/odd/{at}") for at in range(len(ETAGS))]
    odd = [source(f"p{at}", "url", url, servers=[site.server]) for at, url in enumerate(places)]
    for _ in range(2):
        assert sorted(read(tmp_path, *odd).pages) == places


@pytest.mark.parametrize("path", ["/art", "/status/404"])
def test_a_clock_that_was_ahead_skips_nothing(site: Site, paper: Paper, tmp_path: Path, path: str) -> None:
    site.put("/art", PAGE)
    listed = sitemap(site.server.url(path), lastmod="2026-11-20")
    news = paper("sitemap", site.put("/map.xml", listed), plan=Plan(every_seconds=86_400))
    read(tmp_path, news)
    site.put("/map.xml", listed + b"\n")
    site.put("/art", titled("A new one"))
    site.again()
    read(tmp_path, news)
    assert site.again() == []
    ahead = "2099-01-01 00:00:00.000000"
    for column in ("sources set read_at", "site_files set fetched_at", "url set fetched_at"):
        execute(tmp_path, f"update {column} = ?", ahead)
    execute(tmp_path, "update url set next_attempt_at = ? where failures > 0", ahead.replace("2099", "2100"))
    read(tmp_path, news)
    assert [requested for requested, _ in site.again()] == ["/map.xml", path]


# --- what a run reports of what it did not request


def test_the_summary_lists_what_was_not_requested_and_why(site: Site, tmp_path: Path) -> None:
    server = site.server
    dated_page = site.put("/art/dated", titled("dated"))
    site.put("/map/dated", sitemap(dated_page, lastmod="2026-01-01"))
    site.put("/map/bare", sitemap(site.put("/art/bare", titled("bare"))))
    site.put("/map/missing", sitemap(server.url("/status/404")))
    site.put("/map/long", sitemap(*(site.put(f"/art/{number}", titled(f"{number}")) for number in range(5))))
    site.put("/map/old", sitemap(server.url("/page?old"), lastmod="2020-01-01"))
    site.put("/map/due", sitemap(site.put("/art/due", titled("due"))))
    more = {"long": "limit = 2", "old": 'since = "2021-01-01"', "due": 'every = "1d"'}
    tables = [
        f'name = "{name}"\nkind = "sitemap"\naddress = "{server.url(f"/map/{name}")}"\n{more.get(name, "")}'
        for name in ("dated", "bare", "missing", "long", "old", "due")
    ]
    file = source_list(tmp_path, [server], *tables)
    first = ingest(file, tmp_path / "out").summary
    assert "not fetched: 1 that are older than since" in first
    assert "not fetched: 3 beyond the limit" in first
    for name in ("dated", "bare", "old"):
        site.bodies[f"/map/{name}"] += b"\n"
    due = execute(tmp_path / "out", "select next_attempt_at from url where failures > 0")[0][0][:16]
    lines = ingest(file, tmp_path / "out").summary.splitlines()
    assert "1 page unchanged since the last run, not cleaned again" in lines
    assert [line for line in lines if line.startswith(("not fetched", "sources not"))] == [
        "not fetched: 1 that are known and not listed as changed",
        "not fetched: 1 that are older than since",
        "not fetched: 1 beyond the limit",
        "sources not due yet: 1",
        f"not fetched: 1 that failed lately; the first is due again at {due} UTC, or with --refetch",
    ]
