"""Runs on several machines over one list: a host is requested as by one, and what a dead one had is taken over."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count, pairwise
from pathlib import Path

import msgspec
import psycopg
import pytest
from conftest import HANG_SECONDS, clean_environment, wait_until
from faulty_server import ANSWERS, Asked, FaultyServer, faulty_server
from postgres import Server
from stores import lines
from web_runs import QUICK, Site, feed, ingest, source, source_list, titled

from copydesk.cleaners.schema import Record
from copydesk.flows.crawl.web_pages import WebPages
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.fetching.http.politeness import RateLimiter, WaitTooLong
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.records.run_writer import RunWriter
from copydesk.flows.library.web.frontier import Frontier

pytestmark = pytest.mark.slow
DELAY_SECONDS = 0.2
PAGES = 4
_numbers = count()
_END_LOCKS = """SELECT pg_terminate_backend(pid, 60000) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE locktype = 'advisory' AND datname = current_database()"""
_WAITS = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def address(postgresql: Server) -> str:
    name = f"hosts_{next(_numbers)}"
    postgresql.asked(f"CREATE DATABASE {name}")
    return postgresql.url(name)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Site:
    return Site(monkeypatch, server)


@pytest.fixture
def hosts() -> Iterator[list[FaultyServer]]:
    """Twenty: what a host is includes its port."""
    with ExitStack() as opened:
        yield [opened.enter_context(faulty_server()) for _ in range(20)]


@contextmanager
def frontier(folder: Path, address: str) -> Iterator[Frontier]:
    """That of a run."""
    with Library.open(folder, address) as library:
        yield Frontier(library, RunWriter(library).run)


def records(folder: Path, address: str) -> Counter[str | None]:
    """The records that are stored, by their URLs."""
    stored = lines(StoreLocation(folder, address))
    return Counter(msgspec.json.decode(line, type=Record).url for line in stored)


def requested(hosts: Sequence[FaultyServer]) -> Counter[str]:
    return Counter(host.url(one.path) for host in hosts for one in host.pages())


def gaps(asked: Sequence[Asked]) -> list[float]:
    return [later.at - sooner.at for sooner, later in pairwise(sorted(asked, key=lambda one: one.at))]


def test_together_they_request_a_host_no_more_often_than_one_would(
    tmp_path: Path, site: Site, address: str, hosts: list[FaultyServer]
) -> None:
    for host in hosts:
        host.robots = 200, f"User-agent: *\nDisallow: /closed\nCrawl-delay: {DELAY_SECONDS}".encode()
    pages = [host.url(f"/open/{number}") for host in hosts for number in range(PAGES)]
    closed = [host.url("/closed/1") for host in hosts]
    paper = source("paper", "feed", site.put("/feed", feed(*pages, *closed)), servers=[site.server, *hosts])
    Library.open(tmp_path, address).close()
    stored, begin = Counter[str](), threading.Barrier(2)

    def fill(folder: str) -> None:
        with frontier(tmp_path / folder, address) as own:
            begin.wait(HANG_SECONDS)
            with closing(iter(WebPages([paper], own, limits=QUICK))) as arrivals:
                for arrival in arrivals:
                    arrival.stored(None)
                    stored.update([str(arrival.item.url)])

    threads = [threading.Thread(target=fill, args=(f"{one}",), daemon=True) for one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_SECONDS)
    assert stored == Counter([*pages, *closed])
    assert requested(hosts) == Counter(pages)
    # from arrival to arrival: a request ends after it has arrived, and the next begins a pause after that
    assert min(min(gaps(host.pages())) for host in hosts) >= DELAY_SECONDS


def test_a_pause_that_a_host_has_asked_one_run_for_holds_for_all(tmp_path: Path, address: str) -> None:
    async def ask(one: RateLimiter, other: RateLimiter) -> None:
        async with one.turn("a", gap_seconds=0.0):
            one.defer("a", 600.0)
        with pytest.raises(WaitTooLong) as caught:
            async with other.turn("a", gap_seconds=0.0, patience_seconds=300.0):
                raise AssertionError("it was asked")
        assert 300.0 < caught.value.seconds <= 600.0
        async with other.turn("b", gap_seconds=0.0):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5), one.turn("b", gap_seconds=0.0):
                    raise AssertionError("it is the other's turn")
        async with one.download("a"), one.turn("b", gap_seconds=0.0):
            pass

    with frontier(tmp_path / "a", address) as one, frontier(tmp_path / "b", address) as other:
        asyncio.run(ask(RateLimiter(one.host_leases()), RateLimiter(other.host_leases())))


@pytest.mark.parametrize("moment", ["take", "give back"])
def test_a_turn_that_is_cancelled_leaves_its_host_free(tmp_path: Path, address: str, moment: str) -> None:
    async def cancel(one: RateLimiter, other: RateLimiter, elsewhere: psycopg.Connection) -> None:
        has_turn, ends = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with one.turn("a", gap_seconds=0.0):
                has_turn.set()
                await ends.wait()

        async with one.turn("a", gap_seconds=0.0):
            pass
        if moment == "take":
            elsewhere.execute("SELECT FROM copydesk.host FOR UPDATE")
            turn = asyncio.create_task(hold())
        else:
            turn = asyncio.create_task(hold())
            await has_turn.wait()
            elsewhere.execute("SELECT FROM copydesk.host FOR UPDATE")
            ends.set()
        while not elsewhere.execute(_WAITS).fetchall():
            await asyncio.sleep(0.01)
        # twice, as by a page that ends and then the run
        for _ in range(2):
            turn.cancel()
            await asyncio.sleep(0)
        elsewhere.rollback()
        with pytest.raises(asyncio.CancelledError):
            await turn
        async with asyncio.timeout(HANG_SECONDS), other.turn("a", gap_seconds=0.0):
            pass

    with (
        frontier(tmp_path / "a", address) as one,
        frontier(tmp_path / "b", address) as other,
        psycopg.connect(address) as elsewhere,
    ):
        limiters = RateLimiter(one.host_leases()), RateLimiter(other.host_leases())
        asyncio.run(cancel(*limiters, elsewhere))


def test_a_run_that_others_take_for_dead_requests_no_host(tmp_path: Path, address: str) -> None:
    async def ask(one: RateLimiter) -> None:
        async with one.turn("a", gap_seconds=0.0):
            pass
        with psycopg.connect(address) as elsewhere:
            # as by a network that fails: the connection of the run's lock is gone, and new ones can be made
            assert elsewhere.execute(_END_LOCKS).fetchall() == [(True,)]
        with pytest.raises(EnvironmentFault, match="the connection was lost; run again"):
            async with one.turn("a", gap_seconds=0.0):
                raise AssertionError("it was asked")

    with frontier(tmp_path, address) as one:
        asyncio.run(ask(RateLimiter(one.host_leases())))


def test_hosts_of_long_ago_are_forgotten(tmp_path: Path, address: str) -> None:
    async def ask(one: RateLimiter) -> None:
        for host in ("long ago", "paused", "lately"):
            async with one.turn(host, gap_seconds=0.0):
                pass

    with frontier(tmp_path, address) as one, psycopg.connect(address, autocommit=True) as elsewhere:
        asyncio.run(ask(RateLimiter(one.host_leases())))
        earlier = "UPDATE copydesk.host SET ended = ended - interval '3 days', due = due + %s WHERE host = %s"
        for host, moved in (("long ago", "-3 days"), ("paused", "1 hour")):
            elsewhere.execute(earlier, (moved, host))
        one.host_leases()
        left = elsewhere.execute("SELECT host FROM copydesk.host").fetchall()
    assert sorted(left) == [("lately",), ("paused",)]


def test_a_table_of_another_program_is_not_taken_for_that_of_hosts(tmp_path: Path, address: str) -> None:
    with frontier(tmp_path, address) as one:
        with psycopg.connect(address) as elsewhere:
            elsewhere.execute("CREATE TABLE copydesk.host (what text)")
        with pytest.raises(EnvironmentFault, match="has a table host that copydesk has not made; rename it"):
            one.host_leases()


def test_the_hosts_of_a_killed_run_are_taken_over(
    tmp_path: Path, site: Site, address: str, hosts: list[FaultyServer]
) -> None:
    goes_on = threading.Event()
    for number in range(len(hosts)):
        for page in range(PAGES):
            site.put(f"/page/{number}/{page}", titled(f"Clock {number} {page}"))
    own = site.put("/own", titled("The other's own clock"))
    pages = [host.url(f"/page/{number}/{page}") for number, host in enumerate(hosts) for page in range(PAGES)]
    answer = ANSWERS["page"]

    def hold(handler: object, rest: str) -> None:
        # the last page of each host, and what the other has of its own
        if rest.endswith(f"/{PAGES - 1}"):
            goes_on.wait(HANG_SECONDS)
        answer(handler, rest)

    site.answer("page", hold)
    site.answer("own", lambda handler, _: goes_on.wait(HANG_SECONDS) and handler.give(site.bodies["/own"]))
    paper = f"name = 'paper'\nkind = 'feed'\naddress = '{site.put('/feed', feed(*pages))}'"
    seeds = source_list(tmp_path, [site.server, *hosts], paper)
    (tmp_path / "other").mkdir()
    others = source_list(
        tmp_path / "other", [site.server, *hosts], paper, f"name = 'own'\nkind = 'url'\naddress = '{own}'"
    )
    command = [sys.executable, "-m", "copydesk", "ingest", str(seeds), "--output", str(tmp_path / "a")]
    command += ["--sink", "postgresql", "--database", address, "--jobs", "1"]
    database = {"sink": "postgresql", "database": address}
    run = threading.Thread(target=ingest, args=(others, tmp_path / "b"), kwargs=database, daemon=True)
    with subprocess.Popen(command, env=clean_environment(), start_new_session=True) as first:
        try:
            # all hosts are its own by then
            wait_until(lambda: requested(hosts).keys() >= set(pages), of=first)
            run.start()
            wait_until(lambda: any(one.path == "/own" for one in site.asked()))
        finally:
            first.kill()
    before = records(tmp_path, address)
    goes_on.set()
    run.join(HANG_SECONDS)
    assert records(tmp_path, address) == Counter([*pages, own])
    # what it had in hand is requested again, what it had stored is not
    assert {requested(hosts)[url] for url in before} <= {1}
