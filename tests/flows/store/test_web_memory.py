"""What runs over sources on the web remember of each other: nothing lost, nothing asked for in vain, nothing
silenced.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import HANG_SECONDS, clean_environment, wait_until
from faulty_server import LAST_MODIFIED, PAGE, FaultyServer, faulty_server
from web_runs import (
    Site,
    execute,
    feed,
    index,
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

from copydesk.flows.sources.schedule import Plan

# whole runs over sources on the web, one after the other
pytestmark = pytest.mark.slow

PROGRAM = (
    "import sys, time; from pathlib import Path; import copydesk.flows.run.batches as batches\n"
    "from copydesk.flows.config.run_options import IngestOptions\n"
    "if __name__ == '__main__':\n"
    "    {}\n"
    "    options = IngestOptions(sources=(sys.argv[1],), output=Path(sys.argv[2]), jobs=1)\n"
    "    batches.ingest_plainly(options)\n"
)
"""A run as a program of its own, with something done before."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Site:
    return Site(monkeypatch, server)


def start(folder: Path, file: Path, before: str) -> subprocess.Popen[bytes]:
    script = folder / "run.py"
    script.write_text(PROGRAM.format(before), "utf-8")
    return subprocess.Popen([sys.executable, script, file, folder / "out"], env=clean_environment())


# --- a run that was killed


def test_a_source_is_read_once_all_its_pages_are_stored(site: Site, tmp_path: Path) -> None:
    """Killed when all has been fetched and nothing is stored: the source is as due as before."""
    pages = [site.server.url(f"/page?{number}") for number in range(6)]
    address = site.put("/feed.xml", feed(*pages))
    table = f'name = "p"\nkind = "feed"\nevery = "1d"\naddress = "{address}"'
    file = source_list(tmp_path, [site.server], table)
    process = start(tmp_path, file, "batches.Ingestion._store = lambda *_: time.sleep(3600)")
    try:
        wait_until(lambda: len(site.asked()) == 7, of=process)
        time.sleep(0.3)  # for what is noted then
    finally:
        process.kill()
        process.wait()
    assert len(site.again()) == 7
    assert ingest(file, tmp_path / "out").ok == 6
    assert [path for path, _ in site.again()] == ["/feed.xml", *(f"/page?{number}" for number in range(6))]
    assert "sources not due yet: 1" in ingest(file, tmp_path / "out").summary
    assert site.again() == []


def test_a_list_and_what_it_leads_to_are_noted_together(site: Site, tmp_path: Path) -> None:
    """Killed while the links of an index are noted: it is not taken for an index without links that has not changed."""
    part = site.put("/part.xml", sitemap(site.server.url("/page")))
    address = site.put("/index.xml", index(part))
    file = source_list(tmp_path, [site.server], f'name = "p"\nkind = "sitemap"\naddress = "{address}"')
    die = "import os, copydesk.flows.store.web_memory; copydesk.flows.store.web_memory._put_links = lambda *_: os.kill(os.getpid(), 9)"
    assert start(tmp_path, file, die).wait(timeout=HANG_SECONDS) == -signal.SIGKILL
    assert execute(tmp_path / "out", "select url from fetches") == []
    site.again()
    assert ingest(file, tmp_path / "out").ok == 1
    assert site.again() == [("/index.xml", 200), ("/part.xml", 200), ("/page", 200)]


# --- validators


def test_validators_of_one_page_are_not_given_to_another(site: Site, tmp_path: Path) -> None:
    """An address that leads to the newest article, of which all are from the same second."""
    newest = ["one"]

    def article(handler: Any, rest: str) -> None:
        if handler.headers.get("If-Modified-Since") == LAST_MODIFIED:
            handler.give(b"", status=304)
        else:
            handler.give(titled(rest), Last_Modified=LAST_MODIFIED)

    site.answer("art", article)
    site.answer("latest", lambda handler, _: handler.give(b"", status=302, Location=f"/art/{newest[0]}"))
    latest = source("p", "url", site.server.url("/latest"), servers=[site.server])
    assert read(tmp_path, latest).pages == [site.server.url("/art/one")]
    newest[0] = "two"
    assert read(tmp_path, latest).pages == [site.server.url("/art/two")]
    site.again()
    assert read(tmp_path, latest).pages == []
    assert site.again() == [("/latest", 302), ("/art/two", 304)]


def test_a_page_behind_a_redirect_to_another_server_becomes_conditional(
    site: Site, server: FaultyServer, tmp_path: Path
) -> None:
    with faulty_server() as other:
        site.answer("moved", lambda handler, _: handler.give(b"", status=301, Location=other.url("/art")))
        site.put("/art", PAGE)
        moved = source("p", "url", server.url("/moved"), servers=[server, other])
        assert read(tmp_path, moved).pages == [other.url("/art")]
        server.asked.clear()
        other.asked.clear()
        assert read(tmp_path, moved).pages == []
        assert [one.status for one in other.pages()] == [304]
        assert not any("if-none-match" in one.headers for one in server.asked)


def test_a_304_that_nobody_requested_is_no_page_and_no_news(site: Site, tmp_path: Path) -> None:
    site.answer("odd", lambda handler, _: handler.give(b"", status=304))
    odd = source("p", "url", site.server.url("/odd"), servers=[site.server])
    found = read(tmp_path, odd)
    assert (found.pages, found.reasons, found.skipped) == ([], ["http_304"], "")


# --- lists that ask for patience


def test_a_list_that_asks_for_patience_has_it(site: Site, tmp_path: Path) -> None:
    site.answer("feed", later(3600))
    address = site.server.url("/feed")
    file = source_list(tmp_path, [site.server], f'name = "p"\nkind = "feed"\naddress = "{address}"')
    assert ingest(file, tmp_path / "out").failed == 1
    assert site.again() == [("/feed", 429)]
    assert ingest(file, tmp_path / "out").failed == 1
    assert site.again() == []
    (record,) = records(tmp_path / "out")
    assert record["reason"].startswith("retry_later: its server requested a pause (retry_later), for 3")
    ingest(file, tmp_path / "out", refetch=True)
    assert site.again() == [("/feed", 429)]
    wait_is_over(tmp_path / "out")
    site.put("/feed", feed(site.server.url("/page")))
    assert ingest(file, tmp_path / "out").ok == 1


# --- policies


@pytest.mark.parametrize("kind", ["url", "feed", "sitemap"])
@pytest.mark.parametrize("reserved_by", ["tdmrep", "header", "robots"])
def test_what_a_policy_kept_out_is_read_once_the_policy_lets_it_in(
    site: Site, server: FaultyServer, tmp_path: Path, kind: str, reserved_by: str
) -> None:
    server.robots = (200, b"User-agent: *\nDisallow: /art\n" if reserved_by == "robots" else b"")
    if reserved_by == "tdmrep":
        server.files["/.well-known/tdmrep.json"] = b'[{"location":"/art","tdm-reservation":1}]'
    page = site.put("/art", PAGE, **{"tdm_reservation": "1"} if reserved_by == "header" else {})
    lists = {"feed": feed(page), "sitemap": sitemap(page), "url": b""}
    address = page if kind == "url" else site.put("/list", lists[kind])
    table = f'name = "p"\nkind = "{kind}"\naddress = "{address}"\npolicy = '
    respecting = source_list(tmp_path, [server], f'{table}"respect"')
    assert ingest(respecting, tmp_path / "out").rejected == 1
    code = "robots_denied" if reserved_by == "robots" else "tdm_reserved"
    assert records(tmp_path / "out")[0]["reason"].startswith(code)
    ingest(respecting, tmp_path / "out")
    site.again()
    recording = source_list(tmp_path, [server], f'{table}"record"')
    assert ingest(recording, tmp_path / "out").ok == 1
    assert site.again()[-1] == ("/art", 200)
    assert [record["status"] for record in records(tmp_path / "out")] == ["ok"]
    ingest(recording, tmp_path / "out")
    assert {status for _, status in site.again()} == {304}


# --- pages that are not there yet


def test_an_entry_that_goes_live_later_is_read_then(site: Site, tmp_path: Path) -> None:
    address = site.put("/feed.xml", feed(site.put("/soon/1", PAGE)))
    del site.bodies["/soon/1"]
    paper = source("p", "feed", address, servers=[site.server])
    assert read(tmp_path, paper).reasons == ["http_404"]
    site.put("/soon/1", PAGE)
    found = read(tmp_path, paper)
    assert (found.pages, found.reasons) == ([], [])
    assert "not fetched: 1 that failed lately; the first is due again at " in found.skipped
    wait_is_over(tmp_path)
    assert read(tmp_path, paper).pages == [site.server.url("/soon/1")]
    site.again()
    read(tmp_path, paper)
    assert site.again() == [("/feed.xml", 304)]


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
def test_a_page_that_is_never_there_does_not_keep_its_list_from_being_settled(
    site: Site, tmp_path: Path, kind: str
) -> None:
    body = {"feed": feed, "sitemap": sitemap}[kind](site.server.url("/status/404"))
    paper = source("p", kind, site.put("/list", body), servers=[site.server])
    asked = []
    for _ in range(6):
        read(tmp_path, paper)
        asked.append(site.again())
        wait_is_over(tmp_path)
    assert asked[:5] == [[("/list", 200), ("/status/404", 404)]] * 5
    assert asked[5] == [("/list", 304)]


# --- limits


def test_under_a_limit_pages_are_requested_again_in_turn(site: Site, tmp_path: Path) -> None:
    pages = [site.put(f"/art/{number}", titled(f"{number}")) for number in range(6)]
    address = site.put("/map.xml", sitemap(*pages))
    assert len(read(tmp_path, source("p", "sitemap", address, servers=[site.server])).pages) == 6
    site.put("/art/5", titled("5, changed"))
    site.put("/map.xml", sitemap(*pages) + b"\n")
    site.again()
    limited = source("p", "sitemap", address, servers=[site.server], limit=2)
    changed, asked = [], []
    for _ in range(3):
        changed += read(tmp_path, limited).pages
        asked += [path for path, _ in site.again() if path != "/map.xml"]
    assert changed == [site.server.url("/art/5")]
    assert sorted(asked) == [f"/art/{number}" for number in range(6)]


def test_new_pages_come_before_those_that_may_have_changed(site: Site, tmp_path: Path) -> None:
    pages = [site.put(f"/art/{number}", titled(f"{number}")) for number in range(4)]
    address = site.put("/map.xml", sitemap(*pages[:3]))
    limited = source("p", "sitemap", address, servers=[site.server], limit=1)
    for number in range(3):
        assert read(tmp_path, limited).pages == [pages[number]]
    site.put("/map.xml", sitemap(*pages))
    assert read(tmp_path, limited).pages == [pages[3]]


@pytest.mark.parametrize("sources", [1, 3])
def test_the_limit_of_a_run_is_one_for_all_sources(site: Site, tmp_path: Path, sources: int) -> None:
    tables = []
    for name in range(sources):
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
def dated(site: Site, tmp_path: Path) -> Callable[[datetime | None], list[str]]:
    """Reads a feed of an old and a new entry with a ``since``; the names of what came."""
    items = "".join(
        f"<item><link>{site.put(f'/art/{name}', titled(name))}</link><pubDate>{date}</pubDate></item>"
        for name, date in DATES.items()
    )
    address = site.put("/feed.xml", f"<rss><channel><title>P</title>{items}</channel></rss>".encode())

    def since(moment: datetime | None) -> list[str]:
        found = read(tmp_path, source("p", "feed", address, servers=[site.server], since=moment))
        return [url.rpartition("/")[2] for url in found.pages]

    return since


NOVEMBER, SEPTEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize("wider", [None, SEPTEMBER])
def test_what_since_left_out_is_read_once_since_is_taken_back(
    site: Site, dated: Any, wider: datetime | None
) -> None:
    assert dated(NOVEMBER) == ["new"]
    site.again()
    assert dated(NOVEMBER + timedelta(days=1)) == []  # as time goes by, it moves on
    assert site.again() == [("/feed.xml", 304)]
    assert dated(wider) == ["old"]
    site.again()
    assert dated(wider) == []
    assert site.again() == [("/feed.xml", 304)]


def test_a_list_that_fails_meanwhile_is_still_known_to_have_been_read_in_part(site: Site, dated: Any) -> None:
    assert dated(NOVEMBER) == ["new"]
    body = site.bodies.pop("/feed.xml")
    assert dated(None) == []
    site.bodies["/feed.xml"] = body
    assert dated(None) == ["old"]


# --- what servers and clocks do


def test_an_etag_that_is_not_ascii_keeps_no_page_from_being_requested(site: Site, tmp_path: Path) -> None:
    site.answer("odd", lambda handler, _: handler.give(PAGE, ETag='"caf\xe9\x80"'))
    odd = source("p", "url", site.server.url("/odd"), servers=[site.server])
    for _ in range(2):
        assert read(tmp_path, odd).pages == [site.server.url("/odd")]


@pytest.mark.parametrize("etag", ['"a\x01b"', '"' + "x" * 9000 + '"', '"a\tb"', " "])
def test_no_etag_keeps_a_page_from_being_requested(site: Site, tmp_path: Path, etag: str) -> None:
    site.answer("odd", lambda handler, _: handler.give(PAGE, ETag=etag))
    odd = source("p", "url", site.server.url("/odd"), servers=[site.server])
    for _ in range(2):
        assert read(tmp_path, odd).pages == [site.server.url("/odd")]


@pytest.mark.parametrize("path", ["/art", "/status/404"])
def test_a_clock_that_was_ahead_silences_nothing(site: Site, tmp_path: Path, path: str) -> None:
    site.put("/art", PAGE)
    address = site.put("/map.xml", sitemap(site.server.url(path), lastmod="2026-11-20"))
    paper = source("p", "sitemap", address, servers=[site.server], plan=Plan(every_seconds=86_400))
    read(tmp_path, paper)
    site.put("/map.xml", sitemap(site.server.url(path), lastmod="2026-11-20") + b"\n")
    site.put("/art", titled("A new one"))
    site.again()
    read(tmp_path, paper)
    assert site.again() == []
    ahead = "2099-01-01 00:00:00.000000"
    execute(tmp_path, "update sources set read_at = ?", ahead)
    execute(tmp_path, "update site_files set fetched_at = ?", ahead)
    execute(tmp_path, "update fetches set fetched_at = ?", ahead)
    execute(
        tmp_path, "update fetches set next_attempt_at = ? where failures > 0", ahead.replace("2099", "2100")
    )
    read(tmp_path, paper)
    assert [one for one, _ in site.again()] == ["/map.xml", path]


def test_a_policy_is_heeded_whatever_the_clock_stated(site: Site, tmp_path: Path) -> None:
    art = site.put("/art", PAGE, tdm_reservation="1")
    table = f'name = "p"\nkind = "url"\naddress = "{art}"\npolicy = '
    ingest(source_list(tmp_path, [site.server], f'{table}"respect"'), tmp_path / "out")
    execute(tmp_path / "out", "update fetches set fetched_at = '2099-01-01 00:00:00.000000'")
    assert ingest(source_list(tmp_path, [site.server], f'{table}"record"'), tmp_path / "out").ok == 1


# --- what a run says of what it did not ask for


def test_the_summary_tells_what_was_not_requested_and_why(site: Site, tmp_path: Path) -> None:
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
    due = execute(tmp_path / "out", "select next_attempt_at from fetches where failures > 0")[0][0][:16]
    lines = ingest(file, tmp_path / "out").summary.splitlines()
    assert "1 page unchanged since the last run, not cleaned again" in lines
    assert [line for line in lines if line.startswith(("not fetched", "sources not"))] == [
        "not fetched: 1 that are known and not listed as changed",
        "not fetched: 1 that are older than since",
        "not fetched: 3 beyond the limit",
        "sources not due yet: 1",
        f"not fetched: 1 that failed lately; the first is due again at {due} UTC, or with --refetch",
    ]
