"""One request at a time to a host, a pause after each, and the rest that it asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from copydesk.flows.fetching.http.politeness import RateLimiter, WaitTooLong, host_of
from copydesk.flows.fetching.wire.budgets import Visit


class Clock:
    """The event loop's clock, moved on by what is slept: waits cost no time, and are measured to the thousandth."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self._sleep = asyncio.sleep
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(asyncio, "sleep", self._slept)

    async def _slept(self, seconds: float) -> None:
        self.now += max(0.0, seconds)
        await self._sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def run(work: Coroutine[Any, Any, None]) -> None:
    # a loop's own clock is read when it is made: before the time is ours
    asyncio.run(work)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.example/x", "https://A.example:443/y", True),
        ("http://a.example:80/", "https://a.example./", True),
        ("http://a.example:8080/", "http://a.example/", False),
        ("http://a.example:8080/", "https://a.example:8080/z", True),
        ("http://a.example/", "http://b.a.example/", False),
    ],
)
def test_the_usual_ports_of_a_name_are_one_server(one: str, other: str, same: bool) -> None:
    assert (host_of(one) == host_of(other)) is same


def test_the_next_turn_comes_a_gap_after_the_last_one_ended(clock: Clock) -> None:
    async def ask() -> None:
        limiter = RateLimiter()
        async with limiter.turn("a", gap_seconds=5.0):
            assert clock.now == 1_000.0
            clock.now += 3.0  # the request itself
        async with limiter.turn("b", gap_seconds=5.0):
            assert clock.now == 1_003.0  # another host does not wait
        async with limiter.turn("a", gap_seconds=2.0):
            assert clock.now == pytest.approx(1_008.0)  # as the one before asked, which was more
        async with limiter.turn("a", gap_seconds=9.0):
            assert clock.now == pytest.approx(1_017.0)

    run(ask())


def test_a_request_that_failed_is_paused_after_as_well(clock: Clock) -> None:
    async def ask() -> None:
        limiter = RateLimiter()
        with pytest.raises(ValueError, match="broken"):
            async with limiter.turn("a", gap_seconds=5.0):
                raise ValueError("broken")
        async with limiter.turn("a", gap_seconds=5.0):
            assert clock.now == pytest.approx(1_005.0)

    run(ask())


def test_an_open_visit_goes_on_at_once_and_others_wait(clock: Clock) -> None:
    async def ask() -> None:
        limiter, visit, other = RateLimiter(), Visit(1_000), Visit(1_000)
        async with limiter.turn("a", gap_seconds=5.0, visit=visit):
            visit.is_open = other.is_open = True
        async with limiter.turn("a", gap_seconds=5.0, visit=visit):
            assert clock.now == 1_000.0
        async with limiter.turn("a", gap_seconds=5.0, visit=other):
            assert clock.now == pytest.approx(1_005.0)
        async with limiter.turn("a", gap_seconds=5.0, visit=visit):
            assert clock.now == pytest.approx(1_010.0)  # the last turn was another's
        visit.is_open = False
        async with limiter.turn("a", gap_seconds=5.0, visit=visit):
            assert clock.now == pytest.approx(1_015.0)

    run(ask())


def test_a_longer_gap_of_another_request_is_waited_for_whatever_the_patience(clock: Clock) -> None:
    async def ask() -> None:
        limiter = RateLimiter()
        async with limiter.turn("a", gap_seconds=60.0):
            pass
        async with limiter.turn("a", gap_seconds=1.0, patience_seconds=10.0):
            assert clock.now == pytest.approx(1_060.0)

    run(ask())


def test_a_host_that_asks_for_rest_is_left_alone_also_within_a_visit(clock: Clock) -> None:
    async def ask() -> None:
        limiter, visit = RateLimiter(), Visit(1_000)
        async with limiter.turn("a", gap_seconds=1.0, visit=visit):
            visit.is_open = True
        limiter.defer("a", 60.0)
        limiter.defer("a", 10.0)  # the longer one holds
        with pytest.raises(WaitTooLong) as caught:
            async with limiter.turn("a", gap_seconds=1.0, patience_seconds=59.0, visit=visit):
                raise AssertionError("it was asked")
        assert caught.value.seconds == pytest.approx(60.0)
        async with limiter.turn("b", gap_seconds=1.0, patience_seconds=0.5):
            assert clock.now == 1_000.0
        async with limiter.turn("a", gap_seconds=1.0, patience_seconds=60.0, visit=visit):
            assert clock.now == pytest.approx(1_060.0)

    run(ask())
