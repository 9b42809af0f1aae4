"""How politely a source is fetched: what a fetch may cost, one request at a time to a host, and a pause after each."""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self
from urllib.parse import urlsplit

from msgspec import Struct, structs

from copydesk.flows.fetching.http.outcomes import user_agent
from copydesk.flows.fetching.wire.budgets import ByteBudget, TimeBudget, Visit

_OVERHEAD_BYTES = 300_000
"""Headers, framing, encryption and the bodies of redirects and errors, beyond a page's body, per fetch."""


class FetchLimits(Struct, frozen=True):
    """What one fetch may cost. Bytes: of a body as sent, and decompressed; the overhead (``_OVERHEAD_BYTES``) comes on
    top, over all redirects and attempts. Seconds: of one attempt, redirects and body included; all attempts together
    get a third more.

    ``may_cut``: a larger body is cut at the limit; otherwise it is an error.
    """

    # set by hand, like the others here: longer would block a host's turn, shorter lose slow servers
    seconds: float = 30.0
    # shorter, since every page of the site waits for it
    robots_seconds: float = 10.0
    bytes: int = 20_000_000
    unpacked_bytes: int = 20_000_001  # one more than cleaning takes, so that it sees the page is too large
    may_cut: bool = False
    # RFC 9309 (2.3.1.2) wants at least as many followed for robots.txt
    redirects: int = 5
    # with waits of one and two seconds between them
    attempts: int = 3
    first_wait_seconds: float = 1.0
    # of all attempts together: three with two redirects each, or two with four each
    requests: int = 10
    # where Retry-After is longer, the page is left to a later run
    longest_wait_seconds: float = 300.0


class PolitenessPolicy(Struct, frozen=True):
    """How a source wants its pages fetched. ``allowed``: ``host:port`` that may be reached though not public.

    ``obeys_robots`` False: what robots.txt denies is fetched, and ``SiteFiles.usage_signals`` reports the denial; while
    robots.txt is unreachable nothing is fetched even so. ``keeps_cookies``: those of an origin are sent back to that
    origin alone, within one run.
    """

    pace_seconds: float = 1.0
    allowed: frozenset[str] = frozenset()
    user_agent: str = user_agent()
    obeys_robots: bool = True
    keeps_cookies: bool = False


class RequestBudget(Struct, frozen=True):
    """What may still be spent by the requests that share it. ``attempt``: the time of one attempt, a part of
    ``in_all``, the time of all attempts.
    """

    limits: FetchLimits
    byte_budget: ByteBudget
    attempt: TimeBudget
    in_all: TimeBudget | None = None

    @classmethod
    def of(cls, limits: FetchLimits, visit: Visit | None = None, in_all: TimeBudget | None = None) -> Self:
        """A full budget; bytes received for a visit count for the visit, too."""
        byte_budget = ByteBudget(limits.bytes + _OVERHEAD_BYTES, visit)
        return cls(limits, byte_budget, TimeBudget(limits.seconds, within=in_all), in_all)

    def for_another_attempt(self) -> Self:
        """The same bytes, and the full time of an attempt, as far as ``in_all`` has it."""
        return structs.replace(self, attempt=TimeBudget(self.limits.seconds, within=self.in_all))


def page_time_budget(limits: FetchLimits, within: TimeBudget | None = None) -> TimeBudget:
    """The time of all attempts at a page: too little for another after one that used up all of its own."""
    return TimeBudget(limits.seconds * 4 / 3, requests=limits.requests, within=within)


# http and https of a host are one machine, which would get twice as many requests if they were counted apart
_USUAL_PORTS = (None, 80, 443)


def host_of(url: str) -> str:
    """The server that a URL's rate limit is kept for; the default ports of http and https are one server."""
    parts = urlsplit(url)
    # "example.org." is the same name, with the root of all names written (RFC 1034, 3.1)
    name = (parts.hostname or "").rstrip(".")
    return name if parts.port in _USUAL_PORTS else f"{name}:{parts.port}"


class WaitTooLong(Exception):
    """A host wants a longer pause than the caller can wait. ``seconds``: how long from now."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class RateLimiter:
    """When a host may be requested next. One for a run; hosts (see ``host_of``) do not wait for each other."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._downloads: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # all times are of the monotonic clock: one that is set back must neither stop nor hurry fetching
        self._ended: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._deferred: dict[str, float] = {}
        self._last: dict[str, Visit | None] = {}

    def download(self, host: str) -> asyncio.Lock:
        """Held during a download from a host, which may take hours: one at a time. Within it the host has its turns;
        the download takes one to send its request.
        """
        return self._downloads[host]

    @asynccontextmanager
    async def turn(
        self,
        host: str,
        *,
        gap_seconds: float,
        patience_seconds: float = math.inf,
        visit: Visit | None = None,
    ) -> AsyncIterator[None]:
        """Waits for the host's turn and holds it: ``gap_seconds`` after the last one ended, or after the gap that the
        last one was given.

        The gap is counted from the end of a request: what is sent later may arrive sooner, on a connection that is open
        already. An open visit that had the last turn has the next one at once. Raises WaitTooLong, once the turn has
        come, where the host itself wants a pause of more than ``patience_seconds``.
        """
        async with self._locks[host]:
            # checked within the turn: the host may have been deferred while this request waited for it
            if (rest := self._deferred.get(host, 0.0) - time.monotonic()) > patience_seconds:
                raise WaitTooLong(rest)
            if visit is None or not visit.is_open or self._last.get(host) is not visit:
                # the first request to a host is due at 0, before any time of this clock
                own = self._ended.get(host, -gap_seconds) + gap_seconds
                due = max(own, self._due.get(host, 0.0), self._deferred.get(host, 0.0))
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._last[host] = visit
            try:
                yield
            finally:
                # also after a request that failed: the host had its work with it
                self._ended[host] = time.monotonic()
                _put_off(self._due, host, gap_seconds)

    def defer(self, host: str, seconds: float) -> None:
        """No request to the host for at least so long, as it wants (``Retry-After``); within a visit, too."""
        # an open visit, too, loses its right to the next turn
        self._last[host] = None
        _put_off(self._deferred, host, seconds)


def _put_off(until: dict[str, float], host: str, seconds: float) -> None:
    until[host] = max(until.get(host, 0.0), time.monotonic() + seconds)
