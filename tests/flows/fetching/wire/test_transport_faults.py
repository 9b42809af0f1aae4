"""Whatever a transport raises, at whatever step, is the outcome of its page; our own faults are reported as such."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import httpcore2
import pytest
from failing_network import FailingNetwork, exception_classes, made
from faulty_server import PAGE, FaultyServer
from lxml import etree
from misbehaving_hosts import Host, certificate, page, running
from server_faults import FAULTS, Layer
from web_runs import QUICK, feed, read, sitemap, source

from copydesk.cleaners.types import Page
from copydesk.flows.crawl.web_pages import WebPages
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.fetching.http.body import Hold
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy
from copydesk.flows.fetching.http.site_files import HostState
from copydesk.flows.fetching.wire import pool
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.frontier import Frontier
from copydesk.flows.sources.opening.page_source import Unreadable

PATIENT = FetchLimits(seconds=60.0, robots_seconds=60.0, attempts=1)
TOLD = {"connect", "dns", "protocol", "timeout", "tls", "truncated"}


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hosts' certificate, which is trusted."""
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


async def wrong_outcomes(origin: str, step: str) -> list[str]:
    """What is wrong with the outcomes of pages for which a step raises each class in turn, and of the pages
    after them.
    """
    politeness = PolitenessPolicy(pace_seconds=0, allowed=frozenset({origin.partition("://")[2]}))
    host_state, wrong = HostState(), []
    async with Fetcher(politeness, limits=PATIENT, host_state=host_state) as fetcher:
        await fetcher.site_files.robots(f"{origin}/")
    # all of them where most is read, and of other steps a part: each takes its outcome from the same place
    for of in exception_classes()[:: 1 if step == "read" else 3]:
        network = FailingNetwork(step)
        async with Fetcher(politeness, limits=PATIENT, host_state=host_state, network=network) as fetcher:
            network.fail_with(made(of))
            outcome = await fetcher.fetch_once(Request(f"{origin}/page"))
            network.fail_with(None)
            after = await fetcher.fetch(Request(f"{origin}/after"))
        is_whole = isinstance(after, Fetched) and after.body == page("/after")
        if not is_whole or not network.raised or not _is_told(outcome, of):
            wrong.append(f"{of.__module__}.{of.__name__}: {outcome}, then {after}"[:300])
    return wrong


def _is_told(outcome: Outcome, of: type[Exception]) -> bool:
    if of is httpcore2.ConnectionNotAvailable and isinstance(outcome, Fetched):
        return outcome.body == page("/page")
    return isinstance(outcome, NotFetched) and outcome.reason in TOLD and bool(outcome.message)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layer", "step"),
    [
        ("http1", "connect"),
        ("http2", "start_tls"),
        ("http2", "write"),
        ("http1", "read"),
        ("http2", "read late"),
    ],
)
def test_transport_errors_are_outcomes(certified: Path, layer: Layer, step: str) -> None:
    """And nothing of the next, for which there is a connection that works."""
    with running([Host(layer)], certified) as (place,):
        assert asyncio.run(wrong_outcomes(f"{Host(layer).scheme}://{place}", step)) == []


@pytest.mark.slow
def test_how_a_connection_ends_is_nobodys_fault(certified: Path) -> None:
    async def end_with(place: str, error: Exception) -> Outcome:
        network = FailingNetwork("close")
        politeness = PolitenessPolicy(pace_seconds=0, allowed=frozenset({place}))
        async with Fetcher(politeness, limits=PATIENT, network=network) as fetcher:
            outcome = await fetcher.fetch(Request(f"https://{place}/page"))
            network.fail_with(error)
        assert network.raised
        return outcome

    with running([Host("http2")], certified) as (place,):
        for of in exception_classes()[::4]:
            assert isinstance(asyncio.run(end_with(place, made(of))), Fetched), of


def test_a_server_that_breaks_http2_keeps_no_other_waiting(
    certified: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is idle, takes no request and would be kept, in the only place that there is."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    (fault,) = (one for one in FAULTS if one.name == "settings of a stream")

    async def outcomes(places: Sequence[str]) -> list[Outcome]:
        politeness = PolitenessPolicy(pace_seconds=0, allowed=frozenset(places))
        async with Fetcher(politeness, limits=PATIENT) as fetcher:
            urls = f"https://{places[0]}/fault", f"https://{places[1]}/page"
            return [await fetcher.fetch_once(Request(url)) for url in urls]

    with running([Host("http2", fault), Host("http2")], certified) as places:
        broken, after = asyncio.run(outcomes(places))
    assert isinstance(broken, NotFetched)
    assert broken.reason == "protocol"
    assert isinstance(after, Fetched), after


@pytest.mark.parametrize("stop", [asyncio.CancelledError, KeyboardInterrupt])
def test_what_is_to_end_the_run_passes(server: FaultyServer, stop: type[BaseException]) -> None:
    async def stopped() -> None:
        network = FailingNetwork("read")
        politeness = PolitenessPolicy(pace_seconds=0, allowed=frozenset({server.netloc}))
        async with Fetcher(politeness, limits=PATIENT, network=network) as fetcher:
            await fetcher.site_files.robots(server.url("/"))
            network.fail_with(stop())
            await fetcher.fetch(Request(server.url("/page")))

    with pytest.raises(stop):
        asyncio.run(stopped())


# --- our own faults


class BrokenHold(Hold):
    """A place for large bodies that somebody has programmed badly."""

    async def grow_to(self, size: int) -> bool:
        raise KeyError(size)


def test_an_error_of_ours_is_reported_as_that(server: FaultyServer) -> None:
    async def one() -> Outcome:
        politeness = PolitenessPolicy(pace_seconds=0, allowed=frozenset({server.netloc}))
        async with Fetcher(politeness, limits=PATIENT) as fetcher:
            hold = BrokenHold(asyncio.Semaphore())
            return await fetcher.fetch(Request(server.url("/page"), hold=hold))

    outcome = asyncio.run(one())
    assert isinstance(outcome, NotFetched)
    assert (outcome.reason, outcome.message, outcome.status) == ("error", f"KeyError: {len(PAGE)}", "failed")


class BrokenMemory(Frontier):
    """A memory that fails for one source, in a way that its test chooses."""

    error: Exception

    def last_read(self, source: str) -> datetime | None:
        if source == "broken":
            raise self.error
        return super().last_read(source)


def read_beside_broken(folder: Path, server: FaultyServer, error: Exception) -> list[Page | Unreadable]:
    sources = [
        source(name, "url", server.url(f"/page/{name}"), servers=[server]) for name in ("broken", "well")
    ]
    with Library.open(folder) as state:
        memory = BrokenMemory(state)
        memory.error = error
        return [arrival.item for arrival in WebPages(sources, memory, limits=QUICK)]


def test_a_source_for_which_we_fail_ends_no_other(server: FaultyServer, tmp_path: Path) -> None:
    items = read_beside_broken(tmp_path, server, ZeroDivisionError("by\nzero"))
    outcomes = {
        item.source.name: getattr(item, "reason", "") + getattr(item, "message", "") for item in items
    }
    assert outcomes == {"broken": "errorZeroDivisionError: by zero", "well": ""}


def test_what_the_run_cannot_go_on_with_ends_it(server: FaultyServer, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="disk is full"):
        read_beside_broken(tmp_path, server, EnvironmentFault("the disk is full"))


@pytest.mark.parametrize(
    ("kind", "parser"), [("feed", "XMLParser"), ("sitemap", "iterparse"), ("site", "HTMLParser")]
)
def test_a_list_on_which_we_fail_ends_no_other(
    server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, parser: str
) -> None:
    """The library that reads it fails as it never should."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of parsers")

    monkeypatch.setattr(etree, parser, fail)
    server.files["/list"] = (sitemap if kind == "sitemap" else feed)(server.url("/page"))
    found = read(
        tmp_path,
        source("broken", kind, server.url("/list"), servers=[server]),
        source("well", "url", server.url("/page/well"), servers=[server]),
    )
    assert found.pages == [server.url("/page/well")]
    assert set(found.reasons) == {"error"}
    assert {item.item.message for item in found.arrivals if isinstance(item.item, Unreadable)} == {
        "RuntimeError: out of parsers"
    }
