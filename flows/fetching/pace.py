"""One request at a time to a host, and a pause after each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flows.fetching.visit import Visit


class Pace:
    """When a host may be asked next. One for a run; hosts (``name:port``) do not wait for each other."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._due: dict[str, float] = {}
        self._last: dict[str, Visit | None] = {}

    @asynccontextmanager
    async def turn(self, host: str, *, gap_seconds: float, visit: Visit | None = None) -> AsyncIterator[None]:
        """Waits for the host's turn and holds it; the next one comes ``gap_seconds`` after the block ends.

        After it ends, not after it begins: what is sent later may arrive sooner, on a connection that is open already. An open visit
        that had the last turn has the next one at once.
        """
        async with self._locks.setdefault(host, asyncio.Lock()):
            if visit is None or not visit.is_open or self._last.get(host) is not visit:
                await asyncio.sleep(max(0.0, self._due.get(host, 0.0) - time.monotonic()))
            self._last[host] = visit
            try:
                yield
            finally:
                self._put_off(host, gap_seconds)

    def rest(self, host: str, seconds: float) -> None:
        """Leaves the host alone for so long at least, also within a visit."""
        self._last[host] = None
        self._put_off(host, seconds)

    def _put_off(self, host: str, seconds: float) -> None:
        self._due[host] = max(self._due.get(host, 0.0), time.monotonic() + seconds)
