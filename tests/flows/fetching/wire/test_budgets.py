"""Budgets of bytes, time and requests; those of bytes against servers on loopback that send without end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import HANG_SECONDS
from faulty_server import ANSWERS, PAGE, FaultyServer

from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy
from copydesk.flows.fetching.wire.budgets import BadBody, OverBudget, TimeBudget, Visit

MEGABYTE = 1_000_000
BUDGET = FetchLimits(
    seconds=HANG_SECONDS, robots_seconds=HANG_SECONDS, first_wait_seconds=0.01, bytes=2 * MEGABYTE
)
UNDER_WAY = MEGABYTE // 2  # in buffers of the system between a server and us
Wire = dict[str, int]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Answers under ``wire`` that send much; the bytes that each of them could send."""
    sent: Wire = {}

    def answer(handler: Any, rest: str) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64_000)
        name = rest.partition("/")[0]
        for piece in PIECES[name](handler, rest):
            handler.connection.sendall(piece)
            sent[name] = sent.get(name, 0) + len(piece)
        handler.close_connection = True

    monkeypatch.setitem(ANSWERS, "wire", answer)
    return sent


def _endless(start: bytes, piece: bytes) -> Callable[[Any, str], Iterator[bytes]]:
    def pieces(*_: object) -> Iterator[bytes]:
        yield start
        while True:
            yield piece

    return pieces


def _large(head: str, size: int, announced: int | None = None) -> Iterator[bytes]:
    yield f"HTTP/1.1 {head}\r\nContent-Length: {announced or size}\r\n\r\n".encode()
    for _ in range(size // 50_000):
        yield bytes(50_000)


def _redirects(_: Any, rest: str) -> Iterator[bytes]:
    left = int(rest.partition("/")[2])
    to = f"/wire/redirects/{left - 1}" if left else "/page"
    return _large(f"302 Found\r\nLocation: {to}", 10 * MEGABYTE)


_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECES: dict[str, Callable[[Any, str], Iterator[bytes]]] = {
    "extensions": _endless(_OK, b"1;" + b"a" * 60_000 + b"\r\nx\r\n"),
    "hints": _endless(b"", b"HTTP/1.1 103 Early Hints\r\nX: " + b"a" * 30_000 + b"\r\n\r\n"),
    "redirects": _redirects,
    "busy": lambda *_: _large("503 Busy\r\nRetry-After: 0", 10 * MEGABYTE),
    "missing": lambda *_: _large("404 Not Found", 10 * MEGABYTE),
    "cut": lambda *_: _large("200 OK", 1_500_000, announced=1_600_000),
}


def fetch(server: FaultyServer, *paths: str, visit: Visit | None = None) -> list[Outcome]:
    async def all_of_them() -> list[Outcome]:
        politeness = PolitenessPolicy(pace_seconds=0, allowed=frozenset({server.netloc}))
        async with Fetcher(politeness, limits=BUDGET) as fetcher:
            return [await fetcher.fetch(Request(server.url(path), visit=visit)) for path in paths]

    return asyncio.run(all_of_them())


@pytest.mark.parametrize(
    ("path", "reason", "most"),
    [
        ("extensions", "too_large", 3 * MEGABYTE),
        ("hints", "too_large", MEGABYTE),
        ("busy", "http_503", 3 * MEGABYTE),
        ("missing", "http_404", MEGABYTE),
        ("cut", "too_large", 3 * MEGABYTE),
    ],
)
def test_overhead_is_bounded(server: FaultyServer, wire: Wire, path: str, reason: str, most: int) -> None:
    (outcome,) = fetch(server, f"/wire/{path}")
    assert isinstance(outcome, NotFetched)
    assert outcome.reason == reason
    assert wire[path] < most + UNDER_WAY


def test_bodies_of_redirects_are_left_and_the_page_arrives(server: FaultyServer, wire: Wire) -> None:
    page, other = fetch(server, "/wire/redirects/4", "/page")
    assert isinstance(page, Fetched)
    assert isinstance(other, Fetched)
    assert (page.body, len(page.redirects)) == (PAGE, 5)
    assert wire["redirects"] < 5 * UNDER_WAY + MEGABYTE


def test_what_one_fetch_took_is_not_held_against_the_next(server: FaultyServer, wire: Wire) -> None:
    outcomes = fetch(server, "/wire/extensions", "/page", "/wire/missing", "/page")
    assert [isinstance(outcome, Fetched) for outcome in outcomes] == [False, True, False, True]
    assert set(wire) == {"extensions", "missing"}


def test_a_visit_ends_with_the_byte_that_is_too_many_and_stays_ended() -> None:
    visit = Visit(1_000)
    assert not visit.is_open
    for _ in range(4):
        visit.add(250)
    assert not visit.is_exceeded
    for size in (1, 0, 5):  # whatever of it still runs ends as well
        with pytest.raises(BadBody, match="more than 1,000 bytes over the network") as caught:
            visit.add(size)
        assert caught.value.reason == "too_large"
    assert visit.is_exceeded


def test_a_visit_counts_all_that_comes(server: FaultyServer, wire: Wire) -> None:
    visit = Visit(MEGABYTE)
    fetch(server, "/wire/extensions", visit=visit)
    assert visit.is_exceeded
    assert wire["extensions"] < 2 * MEGABYTE + UNDER_WAY


HOUR = 3_600.0


async def in_pieces(limits: TimeBudget, pieces: int, *, seconds: float = 0.0) -> int:
    """How many pieces were done."""
    for done in range(pieces):
        try:
            async with limits.request():
                await asyncio.sleep(seconds)
        except (TimeoutError, OverBudget):
            return done
    return pieces


def done(limits: TimeBudget, pieces: int, *, seconds: float = 0.0) -> int:
    return asyncio.run(in_pieces(limits, pieces, seconds=seconds))


def test_time_is_used_up_and_then_nothing_is_begun() -> None:
    # each piece has the time a hundred times over, and a busy machine only uses it up sooner
    assert done(TimeBudget(0.1), 1_000, seconds=0.001) < 1_000
    with pytest.raises(OverBudget, match="more than 0 seconds"):
        TimeBudget(0.0).check()


def test_requests_are_counted_also_those_of_what_lies_within() -> None:
    around = TimeBudget(HOUR, requests=5)
    assert done(TimeBudget(HOUR, within=around, requests=3), 9) == 3
    assert done(TimeBudget(HOUR, within=around), 9) == 2
    with pytest.raises(OverBudget, match="more than 5 requests"):
        TimeBudget(HOUR, within=around).check()


def test_time_that_is_used_up_within_is_used_up_around() -> None:
    around = TimeBudget(0.05)
    assert done(TimeBudget(HOUR, within=around), 1, seconds=HOUR) == 0
    assert not around.has_time
    assert not TimeBudget(HOUR, within=around).has_time
    assert done(TimeBudget(HOUR, within=around), 1) == 0


def test_so_many_requests_may_bring_nothing_new() -> None:
    limits = TimeBudget(HOUR, idle=2)
    assert done(limits, 9) == 9
    for _ in range(2):
        limits.check()
        limits.note_idle()
    with pytest.raises(OverBudget, match="more than 2 requests that brought nothing new"):
        limits.check()
    assert not limits.has_room(0.0)
