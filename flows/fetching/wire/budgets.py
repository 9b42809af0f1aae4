"""Limits of a fetch: bytes received and decompressed, time, and requests."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from copydesk.flows.io.decompression import KINDS, MAGIC, Damaged, codings, inflate


class FetchFault(Exception):
    """Why a fetch ends without a page. ``reason``: a code, as in ``NotFetched``; the message has no secrets."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class BadBody(FetchFault):
    """A body that must not become a page: ``truncated``, ``damaged``, ``too_large``."""


def unpacked(body: bytes, encoding: str | None, *, most: int, may_cut: bool = False) -> bytes:
    """The body without its ``Content-Encoding``, at most ``most`` bytes.

    ``may_cut``: a larger body is cut at ``most`` bytes, compressed or not; otherwise it is an error. Raises BadBody for
    a body that is truncated, damaged, too large, or compressed too often or in a way that was not requested.
    """
    try:
        # in the order they were applied (RFC 9110, 8.4)
        kinds = codings(encoding or "")
        for kind in reversed(kinds):
            # such as “compress”: transport.Client accepts only gzip, deflate, br and zstd
            if kind not in KINDS:
                raise BadBody("damaged", f"packed as {kind!r}, which was not requested")
            # a body within the limit was not cut by us: if it ends early, it is truncated
            body, after = inflate(body, kind, most=most, is_cut=may_cut and len(body) > most)
            if kind in MAGIC and after.strip(b"\0"):
                # perhaps a further member whose first bytes are damaged
                raise BadBody("damaged", "the packed body goes on after its end")
            if len(body) > most and not may_cut:
                raise BadBody("too_large", f"unpacks to more than {most:,} bytes")
    except EOFError as error:
        raise BadBody("truncated", "the packed body ends early") from error
    except Damaged as error:
        raise BadBody("damaged", str(error)) from error
    if len(body) > most and not may_cut:
        raise BadBody("too_large", f"more than {most:,} bytes")
    return body[:most]


class ByteBudget:
    """The bytes that a fetch may receive over all redirects and attempts, with headers, framing and encryption. They
    also count against the budget ``within`` which this one lies.
    """

    def __init__(self, most_bytes: int, within: ByteBudget | None = None) -> None:
        self._most_bytes = most_bytes
        self._within = within
        self.bytes = 0

    def add(self, size: int) -> None:
        """Counts received bytes. Raises BadBody beyond the budget, also in every later call."""
        # counted first: the bytes were received, even if this raises
        self.bytes += size
        # a page with a thousand small parts: each fetch is within its own budget, and the visit's is exceeded
        if self._within is not None:
            self._within.add(size)
        if self.is_exceeded:
            raise BadBody("too_large", f"more than {self._most_bytes:,} bytes over the network")

    @property
    def is_exceeded(self) -> bool:
        """Whether more bytes were received than allowed."""
        return self.bytes > self._most_bytes


class Visit(ByteBudget):
    """A page that a browser renders, with its parts: their requests share a host's turn and one budget of bytes."""

    is_open = False
    """Whether the page itself has arrived. From then on the visit's requests to a host have no pause between them."""


OVER_BUDGET = "over_budget"
"""The reason code of a URL that was not requested because its budget is used up."""

_TIMER_TOLERANCE_SECONDS = 0.001  # a timer may fire so much too early


class OverBudget(FetchFault):
    """No further request may be made; the message names the limit."""

    def __init__(self, message: str) -> None:
        super().__init__(OVER_BUDGET, message)


class TimeBudget:
    """A limit of seconds and requests; ``idle``: of requests that brought nothing new.

    Budgets are nested: an attempt lies ``within`` a page, a page ``within`` a list with all its pages. All of them
    count a request. Time counts during requests, not while waiting for the host's turn.
    """

    def __init__(
        self,
        seconds: float,
        *,
        requests: float = math.inf,
        idle: float = math.inf,
        within: TimeBudget | None = None,
    ) -> None:
        self._most_seconds, self._most_requests, self._most_idle = seconds, requests, idle
        self._seconds = 0.0
        self._requests = self._idle = 0
        self._within = within

    def has_room(self, seconds: float) -> bool:
        """Whether another request of this duration is allowed."""
        try:
            self.check()
        except OverBudget:
            return False
        return self._left_seconds >= seconds

    @property
    def has_time(self) -> bool:
        """Whether time is left in this and all outer budgets."""
        return self._left_seconds > _TIMER_TOLERANCE_SECONDS

    def note_idle(self) -> None:
        """Counts a request that brought nothing new."""
        self._idle += 1

    def check(self) -> None:
        """Raises OverBudget if no further request is allowed."""
        for budget in self._all():
            if budget._requests >= budget._most_requests:
                raise OverBudget(f"more than {budget._most_requests} requests")
            if budget._idle >= budget._most_idle:
                raise OverBudget(f"more than {budget._most_idle} requests that brought nothing new")
            if budget._seconds >= budget._most_seconds:
                raise OverBudget(f"more than {budget._most_seconds:g} seconds")

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """Counts a request and its time. Raises OverBudget as ``check`` does, and TimeoutError out of the block when
        the time is used up.
        """
        import asyncio  # a command that fetches nothing reads what outcomes are, and not this

        self.check()
        for budget in self._all():
            budget._requests += 1
        # the loop's clock, as in asyncio.timeout(): the wall clock may be set back meanwhile
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._left_seconds):
                yield
        finally:
            took = asyncio.get_running_loop().time() - began
            for budget in self._all():
                budget._seconds += took

    @property
    def _left_seconds(self) -> float:
        return max(0.0, min(budget._most_seconds - budget._seconds for budget in self._all()))

    def _all(self) -> Iterator[TimeBudget]:
        """The budget itself, and the outer ones."""
        budget: TimeBudget | None = self
        while budget is not None:
            yield budget
            budget = budget._within
