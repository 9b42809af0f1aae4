"""Politeness: the limits of a fetch, the rate limit of a host (one request at a time, and a pause after each), and when
a host gets no further requests.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from msgspec import Struct, structs

from copydesk.flows.fetching.http.outcomes import RETRY_LATER, Fetched, NotFetched, Outcome, user_agent
from copydesk.flows.fetching.wire.budgets import ByteBudget, TimeBudget, Visit

_MAX_PAUSE_SECONDS = 3600.0
"""Set by hand: so long one page's ``Retry-After`` keeps a host from being asked for others; the page itself waits for
all of it.
"""
_LEASES_AT_ONCE = 4
"""Threads that ask for leases or end them, which each takes milliseconds; set by hand."""
_OVERHEAD_BYTES = 300_000
"""Allowed for headers, framing, encryption, and the bodies of redirects and errors, in addition to the page's body."""


class FetchLimits(Struct, frozen=True):
    """The limits of a fetch. All are set by hand."""

    seconds: float = 30.0
    """Of an attempt, with redirects and body; all attempts together get a third more. Longer ones would block the
    host's turn, shorter ones lose slow servers.
    """
    robots_seconds: float = 10.0
    """Shorter, since all pages of the site wait for robots.txt."""
    bytes: int = 20_000_000
    """Of a body as sent; ``_OVERHEAD_BYTES`` are added, over all redirects and attempts."""
    unpacked_bytes: int = 20_000_001
    """Of a body, decompressed: one more than cleaning accepts, so that cleaning reports the page as too large."""
    may_cut: bool = False
    """Whether a larger body is cut; otherwise it is an error."""
    redirects: int = 5
    """RFC 9309 (2.3.1.2) requires at least five for robots.txt."""
    attempts: int = 3
    first_wait_seconds: float = 1.0
    """Before the second attempt; doubled before each further one."""
    requests: int = 10
    """Of all attempts together: three with two redirects each, or two with four each."""
    longest_wait_seconds: float = 300.0
    """If ``Retry-After`` is longer, the page is left to a later run."""


class PolitenessPolicy(Struct, frozen=True):
    """How the pages of a source are requested."""

    pace_seconds: float = 1.0
    allowed: frozenset[str] = frozenset()
    """``host:port`` that may be requested though not public."""
    user_agent: str = user_agent()
    obeys_robots: bool = True
    """False: denied pages are fetched, and ``SiteFiles.usage_signals`` reports the denial. While robots.txt is
    unreachable nothing is fetched in any case.
    """
    keeps_cookies: bool = False
    """Whether the cookies of an origin are sent back to it, within one run."""


class RequestBudget(Struct, frozen=True):
    """The budgets that requests share. ``attempt``: the time of an attempt; ``in_all``: of all attempts together."""

    limits: FetchLimits
    byte_budget: ByteBudget
    attempt: TimeBudget
    in_all: TimeBudget | None = None

    @classmethod
    def of(cls, limits: FetchLimits, visit: Visit | None = None, in_all: TimeBudget | None = None) -> Self:
        """A full budget, within that of the visit."""
        byte_budget = ByteBudget(limits.bytes + _OVERHEAD_BYTES, visit)
        return cls(limits, byte_budget, TimeBudget(limits.seconds, within=in_all), in_all)

    def for_another_attempt(self) -> Self:
        """The same budget with the full time of an attempt, within ``in_all``."""
        return structs.replace(self, attempt=TimeBudget(self.limits.seconds, within=self.in_all))


def page_time_budget(limits: FetchLimits, within: TimeBudget | None = None) -> TimeBudget:
    """The budget of all attempts at a page: too little for another attempt after one that used up its time."""
    return TimeBudget(limits.seconds * 4 / 3, requests=limits.requests, within=within)


_DEFAULT_PORTS = (None, 80, 443)


def host_of(url: str) -> str:
    """The server whose rate limit applies to a URL; http and https on their default ports are one server."""
    parts = urlsplit(url)
    # "example.org." is the same name (RFC 1034, 3.1)
    name = (parts.hostname or "").rstrip(".")
    return name if parts.port in _DEFAULT_PORTS else f"{name}:{parts.port}"


class WaitTooLong(Exception):
    """A host requested a longer pause than the caller waits. ``seconds``: from now."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class HostLeases(Protocol):
    """Has a host be requested by one run at a time, of all that share a library. Called from threads."""

    def take(self, host: str, gap_seconds: float, *, goes_on: bool) -> float:
        """Leases a host, 0.0, or the seconds until it is to be asked for again. ``goes_on``: at once, where no other
        run has had it since.
        """

    def give_back(self, host: str, pause_seconds: float) -> None:
        """Ends the lease; no run gets the host for at least so long."""


class RateLimiter:
    """Decides when a host (see ``host_of``) may be requested next; one for all fetchers of a run. ``leases``: shared
    with other runs.
    """

    def __init__(self, leases: HostLeases | None = None) -> None:
        self._leases = leases
        # of their own: a slow library would take the shared threads from name resolution
        self._threads = ThreadPoolExecutor(_LEASES_AT_ONCE, "leases")
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # all times are of the monotonic clock, as the wall clock may be set back
        self._ended: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._longest_gap: defaultdict[str, float] = defaultdict(float)
        self._last: dict[str, Visit | None] = {}

    def download(self, host: str) -> AbstractAsyncContextManager[None]:
        """Held during a download from a host: one at a time. Other requests have their turns meanwhile; the download
        takes a turn only to send its request.
        """
        return self.turn(f"downloads from {host}", gap_seconds=0.0)

    @asynccontextmanager
    async def turn(
        self,
        host: str,
        *,
        gap_seconds: float,
        patience_seconds: float = math.inf,
        visit: Visit | None = None,
    ) -> AsyncIterator[None]:
        """Waits for a turn of the host, and holds it. A turn begins ``gap_seconds`` after the end of the last one, or
        after the last one's own gap if that is longer.

        From the end, not the start: a later request may arrive sooner, on an open connection. An open visit that had
        the last turn gets the next one at once. Raises WaitTooLong, at its turn, if the host requested a pause of more
        than ``patience_seconds``.
        """
        async with self._locks[host]:
            # within the turn: the host may have been deferred while this request waited for it
            goes_on = visit is not None and visit.is_open and self._last.get(host) is visit
            # a gap, also one that another turn has left, is waited for whatever the patience
            self._longest_gap[host] = longest = max(self._longest_gap[host], gap_seconds)
            while (wait := await self._wait(host, gap_seconds, goes_on=goes_on)) > 0:
                if wait > max(patience_seconds, longest):
                    raise WaitTooLong(wait)
                await asyncio.sleep(wait)
            self._last[host] = visit
            try:
                yield
            finally:
                # also after a failure: the host had to work for it
                self._ended[host] = time.monotonic()
                self._delay(host, gap_seconds)
                if self._leases is not None:
                    await self._give_back(self._leases, host, self._due[host] - time.monotonic())

    async def _wait(self, host: str, gap_seconds: float, *, goes_on: bool) -> float:
        """The seconds that a turn is still to wait; 0 once it may begin."""
        if not goes_on:
            own = self._ended.get(host, -math.inf) + gap_seconds
            wait = max(own, self._due.get(host, 0.0)) - time.monotonic()
            if wait > 0:
                return wait
        if self._leases is None:
            return 0.0
        take = partial(self._leases.take, host, gap_seconds, goes_on=goes_on)
        taking = asyncio.get_running_loop().run_in_executor(self._threads, take)
        try:
            await _has_ended(taking)
        except asyncio.CancelledError:
            if taking.result() <= 0:
                await self._give_back(self._leases, host, 0.0)
            raise
        return taking.result()

    async def _give_back(self, leases: HostLeases, host: str, pause_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        giving = loop.run_in_executor(self._threads, leases.give_back, host, pause_seconds)
        await _has_ended(giving)
        giving.result()

    def defer(self, host: str, seconds: float) -> None:
        """No request to the host for at least so long, as one of its pages requested (``Retry-After``), an hour at
        most; also within a visit. To be called within the turn, which tells other runs of it.
        """
        self._last[host] = None  # an open visit loses its right to the next turn
        self._delay(host, min(seconds, _MAX_PAUSE_SECONDS))

    def _delay(self, host: str, seconds: float) -> None:
        self._due[host] = max(self._due.get(host, 0.0), time.monotonic() + seconds)

    def close(self) -> None:
        """Ends its threads, once no turn is held or waited for."""
        self._threads.shutdown(wait=False)


async def _has_ended(work: asyncio.Future[Any]) -> None:
    """Waits for what a thread does. A cancellation comes only after it: the thread goes on in any case."""
    try:
        await asyncio.wait((work,))
    except asyncio.CancelledError:
        # it may be cancelled again
        await _has_ended(work)
        raise


MAX_FAILED_IN_A_ROW = 5
"""After so many failures in a row that are the host's fault, its other pages are left to the next run."""
# as well as 5xx and 429: the host's next page would fail, too; not over_budget, which is our limit
_HOST_FAULTS = frozenset({"connect", "dns", "timeout", "tls", "robots_unreachable", RETRY_LATER})


class HostHealth:
    """Decides whether a host gets further requests in a run, by the outcomes of its pages."""

    def __init__(self) -> None:
        self._failed_in_a_row = 0
        self._requests_pause = self._is_rate_limited = False

    def note(self, outcome: Outcome) -> None:
        """Counts the outcome of a page."""
        # a capture in an archive says nothing about the page's host
        if isinstance(outcome, Fetched) and outcome.retrieved_from is not None:
            return
        reason = outcome.reason if isinstance(outcome, NotFetched) else ""
        is_host_fault = reason in _HOST_FAULTS or reason.startswith("http_5") or reason == "http_429"
        self._failed_in_a_row = self._failed_in_a_row + 1 if is_host_fault else 0
        self._requests_pause |= reason == RETRY_LATER
        self._is_rate_limited = reason == "http_429"

    @property
    def is_given_up(self) -> bool:
        """Whether the host gets no further requests in this run."""
        return self._requests_pause or self._failed_in_a_row >= MAX_FAILED_IN_A_ROW

    @property
    def skip_reason(self) -> str:
        """The code for its other pages, which are skipped."""
        return "patience" if self._requests_pause or self._is_rate_limited else "left"
