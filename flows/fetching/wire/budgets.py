"""What a fetch may take: bytes, as received and unpacked, time, and requests."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from copydesk.flows.io.decompression import KINDS, MAGIC, Damaged, codings, inflate


class FetchFault(Exception):
    """Why a fetch ends without a page. ``reason``: a code as of ``NotFetched``; the message holds no secrets."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class BadBody(FetchFault):
    """A body that must not become a page: ``truncated``, ``damaged``, ``too_large``."""


def unpacked(body: bytes, encoding: str | None, *, most: int, may_cut: bool = False) -> bytes:
    """The body without its ``Content-Encoding`` (several are undone in turn), at most ``most`` bytes of it.

    ``may_cut``: what is beyond is left, and so may be what is beyond ``most`` bytes of the body as it comes. Raises
    BadBody where it is cut short elsewhere, broken, larger, compressed too often or in a way that was not requested.
    """
    # codings are named in the order they were applied (RFC 9110, 8.4): the last is undone first
    for kind in reversed(_codings(encoding or "")):
        # within the limit a body was read whole: that it ends early is then no cut of ours
        body = _without(kind, body, most, is_cut=may_cut and len(body) > most)
        if len(body) > most and not may_cut:
            raise BadBody("too_large", f"unpacks to more than {most:,} bytes")
    if len(body) > most and not may_cut:
        raise BadBody("too_large", f"more than {most:,} bytes")
    return body[:most]


def _codings(encoding: str) -> list[str]:
    try:
        return codings(encoding)
    except Damaged as error:
        raise BadBody("damaged", str(error)) from error


def _without(kind: str, body: bytes, most: int, *, is_cut: bool) -> bytes:
    # such as “compress”: transport.Client accepts gzip, deflate, br and zstd alone
    if kind not in KINDS:
        raise BadBody("damaged", f"packed as {kind!r}, which was not requested")
    try:
        content, after = inflate(body, kind, most=most, is_cut=is_cut)
    except EOFError as error:
        raise BadBody("truncated", "the packed body ends early") from error
    except Damaged as error:
        raise BadBody("damaged", str(error)) from error
    if kind in MAGIC and after.strip(b"\0"):
        # where further members may follow, this may be one whose first bytes are damaged
        raise BadBody("damaged", "the packed body goes on after its end")
    return content


class ByteBudget:
    """The bytes that a fetch may receive over all redirects and attempts: headers, framing and encryption included.
    They count for the budget ``within`` which it lies, too.
    """

    def __init__(self, most_bytes: int, within: ByteBudget | None = None) -> None:
        self._most_bytes = most_bytes
        self._within = within
        self.bytes = 0

    def add(self, size: int) -> None:
        """Counts bytes received. Raises BadBody beyond the budget, also at every later call."""
        # counted before it is compared: what was received stays counted where this raises
        self.bytes += size
        # a page of a thousand small parts stays within the budget of each fetch and is stopped by that of the visit
        if self._within is not None:
            self._within.add(size)
        if self.is_exceeded:
            raise BadBody("too_large", f"more than {self._most_bytes:,} bytes over the network")

    @property
    def is_exceeded(self) -> bool:
        """Whether more was received than the budget allows."""
        return self.bytes > self._most_bytes

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Counts all that this task reads from connections in the block."""
        # by task and not by connection: over HTTP/2 and kept connections several fetches share one
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            # by token: after a nested block the outer one goes on counting
            _CURRENT.reset(token)


class Visit(ByteBudget):
    """A page that a browser builds, with its parts: their requests share a host's turn and one budget of bytes."""

    is_open = False
    """Whether the page itself has arrived: from then on the visit's requests to a host keep no pause between them."""


_CURRENT: ContextVar[ByteBudget | None] = ContextVar("byte budget", default=None)


def current_byte_budget() -> ByteBudget | None:
    """The budget that counts what this task reads."""
    return _CURRENT.get()


OVER_BUDGET = "over_budget"
"""The reason code of what was not requested, as its budget is used up."""

# a timer may fire so much too early
_MOMENT_SECONDS = 0.001


class OverBudget(FetchFault):
    """No further request may be made; the message names the limit."""

    def __init__(self, message: str) -> None:
        super().__init__(OVER_BUDGET, message)


class TimeBudget:
    """Seconds and requests; ``idle``: requests that brought nothing new. What is spent of it is spent of the budget
    ``within`` which it lies, too: an attempt at a page, the page, a list with all that it leads to.

    The time runs during requests, not while a host's turn is waited for.
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
        """Whether another request may be made, and may take so long."""
        has_requests = all(
            budget._requests < budget._most_requests and budget._idle < budget._most_idle
            for budget in self._all()
        )
        return has_requests and self._left_seconds >= seconds

    @property
    def has_time(self) -> bool:
        """Whether time is left, of this and all that it lies within."""
        return self._left_seconds > _MOMENT_SECONDS

    def note_idle(self) -> None:
        """Counts a request that brought nothing new."""
        self._idle += 1

    def check(self) -> None:
        """Raises OverBudget where no further request may be made."""
        for budget in self._all():
            if budget._requests >= budget._most_requests:
                raise OverBudget(f"more than {budget._most_requests} requests")
            if budget._idle >= budget._most_idle:
                raise OverBudget(f"more than {budget._most_idle} requests that brought nothing new")
            if budget._seconds >= budget._most_seconds:
                raise OverBudget(f"more than {budget._most_seconds:g} seconds")

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """One request, during which the time runs. Raises OverBudget at once, as ``check`` does, and TimeoutError, out
        of the block, once the time is over.
        """
        self.check()
        for budget in self._all():
            budget._requests += 1
        # the loop's clock, as asyncio.timeout has it: the wall clock may be set back while this runs
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._left_seconds):
                yield
        finally:
            # after an error too: what failed took its time
            took = asyncio.get_running_loop().time() - began
            for budget in self._all():
                budget._seconds += took

    @property
    def _left_seconds(self) -> float:
        return max(0.0, min(budget._most_seconds - budget._seconds for budget in self._all()))

    def _all(self) -> Iterator[TimeBudget]:
        """Itself, and those it lies within."""
        budget: TimeBudget | None = self
        while budget is not None:
            yield budget
            budget = budget._within
