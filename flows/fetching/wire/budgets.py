"""The time and the requests that something may take in all: an attempt at a page, the page, a list with all that it
leads to.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from copydesk.flows.fetching.wire.bodies import BadBody


class Visit:
    """What the requests for a page and its parts share: a host's turn, and so many bytes as they come over
    the network.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self.is_open = False
        """Whether the page itself has come: from then on the visit's requests to a host keep no pause between them."""

    def weigh(self, size: int) -> None:
        """Counts bytes that have come. Raises BadBody where the visit's are used up."""
        self._bytes += size
        # at every call from then on: what of the visit still runs ends as well
        if self.is_too_large:
            raise BadBody("too_large", f"the page and its parts are more than {self._most_bytes:,} bytes")

    @property
    def is_too_large(self) -> bool:
        """Whether more has come than the visit may cost."""
        return self._bytes > self._most_bytes


class ByteBudget:
    """The bytes that one fetch may take in all, over its redirects and attempts; those of a visit count for
    the visit as well.
    """

    def __init__(self, most_bytes: int, visit: Visit | None = None) -> None:
        self._most_bytes = most_bytes
        self._visit = visit
        self.bytes = 0

    def add(self, size: int) -> None:
        """Counts bytes that have come. Raises BadBody where there are more than may be."""
        # counted before it is compared: what has come stays counted where this raises
        self.bytes += size
        # a page of a thousand small parts stays within each fetch's bound and is stopped by the visit's alone
        if self._visit is not None:
            self._visit.weigh(size)
        if self.bytes > self._most_bytes:
            raise BadBody("too_large", f"more than {self._most_bytes:,} bytes over the network")

    @contextmanager
    def counting(self) -> Iterator[None]:
        """All that this task reads from connections meanwhile is counted."""
        # by task and not by connection: over HTTP/2 and kept connections several fetches share one
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            # by token: where one count lies within another the outer one goes on afterwards
            _CURRENT.reset(token)


_CURRENT: ContextVar[ByteBudget | None] = ContextVar("intake", default=None)


def current_budget() -> ByteBudget | None:
    """The one that counts what this task reads."""
    return _CURRENT.get()


OVER_BUDGET = "over_budget"
"""The reason of what is not asked for, as its budget is used up."""

# a timer may ring so much before its time
_MOMENT_SECONDS = 0.001


class OverBudget(Exception):
    """Nothing more may be asked for; the message says of what there were too many."""


class RequestBudget:
    """So many seconds of asking, and so many requests; ``idle``: so many that brought nothing new. What is spent of it
    is spent of that ``within`` which it lies, too.

    The time runs while a server is asked, not while its turn is waited for.
    """

    def __init__(
        self,
        seconds: float,
        *,
        requests: float = math.inf,
        idle: float = math.inf,
        within: RequestBudget | None = None,
    ) -> None:
        self._most_seconds, self._most_requests, self._most_idle = seconds, requests, idle
        self._seconds = 0.0
        self._requests = self._idle = 0
        self._within = within

    def has_room(self, seconds: float) -> bool:
        """Whether one more request may be made, and may take so long."""
        is_left = all(
            one._requests < one._most_requests and one._idle < one._most_idle for one in self._all()
        )
        return is_left and self._left_seconds >= seconds

    @property
    def has_time(self) -> bool:
        """Whether time is left, of this and all that it lies within."""
        return self._left_seconds > _MOMENT_SECONDS

    def note_idle(self) -> None:
        """Hears that a request has brought nothing new."""
        self._idle += 1

    def check(self) -> None:
        """Raises OverBudget where no further request may be made."""
        for one in self._all():
            if one._requests >= one._most_requests:
                raise OverBudget(f"more than {one._most_requests} requests")
            if one._idle >= one._most_idle:
                raise OverBudget(f"more than {one._most_idle} requests that brought nothing new")
            if one._seconds >= one._most_seconds:
                raise OverBudget(f"more than {one._most_seconds:g} seconds")

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """One request, while which the time runs. Raises OverBudget instead of it, as ``check`` does, and TimeoutError,
        out of the block, once the time is over.
        """
        self.check()
        for one in self._all():
            one._requests += 1
        # the loop's clock, as asyncio.timeout has it: the wall clock may be set back while this runs
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._left_seconds):
                yield
        finally:
            # after an error too: what failed took its time
            took = asyncio.get_running_loop().time() - began
            for one in self._all():
                one._seconds += took

    @property
    def _left_seconds(self) -> float:
        return max(0.0, min(one._most_seconds - one._seconds for one in self._all()))

    def _all(self) -> Iterator[RequestBudget]:
        """Itself, and those around it."""
        one: RequestBudget | None = self
        while one is not None:
            yield one
            one = one._within
