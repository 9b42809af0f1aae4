"""The time and the requests that something may take in all: an attempt at a page, the page, a list with all that it
leads to.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

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
