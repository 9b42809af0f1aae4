"""One request at a time to a host, and a pause after each; a file that takes long comes beside them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from copydesk.flows.fetching.wire.budgets import Visit

# http and https of a name are one machine, which would be asked twice as often if told apart
_USUAL_PORTS = (None, 80, 443)


def host_of(url: str) -> str:
    """The server that a URL's pace is kept for: one of the usual ports is the same server on both."""
    parts = urlsplit(url)
    # "example.org." is the same name, with the root of all names written (RFC 1034, 3.1)
    name = (parts.hostname or "").rstrip(".")
    return name if parts.port in _USUAL_PORTS else f"{name}:{parts.port}"


class LongRest(Exception):
    """A host has asked for more patience than there is. ``seconds``: for how long from now on."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Pace:
    """When a host may be asked next. One for a run; hosts (see ``host_of``) do not wait for each other."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        # all times are of the monotonic clock: one that is set back must neither stop nor hurry fetching
        self._ended: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._rested: dict[str, float] = {}
        self._last: dict[str, Visit | None] = {}
        self._downloads: dict[str, asyncio.Lock] = {}

    def download(self, host: str) -> asyncio.Lock:
        """Held by who has the one file of a host come that may take hours; within it the host has its turns, which the
        file takes but to be asked for.
        """
        return self._downloads.setdefault(host, asyncio.Lock())

    @asynccontextmanager
    async def turn(
        self,
        host: str,
        *,
        gap_seconds: float,
        patience_seconds: float = math.inf,
        visit: Visit | None = None,
    ) -> AsyncIterator[None]:
        """Waits for the host's turn and holds it: ``gap_seconds`` after the one before ended, or as long as
        that one asked for after itself.

        After it ends, not after it begins: what is sent later may arrive sooner, on a connection that is open
        already. An open visit that had the last turn has the next one at once. Raises LongRest, once the turn
        has come, where the host itself has asked to be left alone for more than ``patience_seconds``.
        """
        async with self._locks.setdefault(host, asyncio.Lock()):
            # asked within the turn: the rest may have begun while this one waited for it
            if (rest := self._rested.get(host, 0.0) - time.monotonic()) > patience_seconds:
                raise LongRest(rest)
            if visit is None or not visit.is_open or self._last.get(host) is not visit:
                # a host that was never asked is due at 0, before any time of this clock
                own = self._ended.get(host, -gap_seconds) + gap_seconds
                due = max(own, self._due.get(host, 0.0), self._rested.get(host, 0.0))
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._last[host] = visit
            try:
                yield
            finally:
                # also after a request that failed: the host had its work with it
                self._ended[host] = time.monotonic()
                _put_off(self._due, host, gap_seconds)

    def rest(self, host: str, seconds: float) -> None:
        """Leaves the host alone for so long at least, as it has asked for, also within a visit."""
        # an open visit, too, loses its right to the next turn
        self._last[host] = None
        _put_off(self._rested, host, seconds)


def _put_off(until: dict[str, float], host: str, seconds: float) -> None:
    until[host] = max(until.get(host, 0.0), time.monotonic() + seconds)
