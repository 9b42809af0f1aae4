"""A large file over the network, handed on as it comes; after a broken connection it goes on where that broke off."""

from __future__ import annotations

import asyncio
import io
import queue
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from msgspec import structs
from tenacity import RetryCallState

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.fetching.http.fetcher import Fetcher, with_retries
from copydesk.flows.fetching.http.outcomes import NotFetched, Outcome, Request, Validators
from copydesk.flows.fetching.http.politeness import FetchLimits, RequestBudget
from copydesk.flows.fetching.wire.budgets import BadBody
from copydesk.flows.fetching.wire.transport import Answer

# set by hand: some seconds of a fast line, and little beside the pages that wait to be cleaned
MOST_BYTES = 8_000_000


class Broken(OSError):
    """The rest does not come; the download reports why."""


class Pipe(io.RawIOBase):
    """A file for one thread that reads, and one event loop, that of its making, that writes by ``put`` and ``end``."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        # empty at the end
        self._parts: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        # these three are touched in the loop's thread alone
        self._has_room = asyncio.Event()
        self._held = 0
        self._is_ended = False
        self._is_whole = True
        self._rest = memoryview(b"")

    async def put(self, part: bytes) -> None:
        """Hands bytes over; waits while more than enough are there."""
        self._held += len(part)
        self._parts.put(part)
        while self._held > MOST_BYTES and not self._is_ended:
            self._has_room.clear()
            await self._has_room.wait()

    def _take(self, size: int) -> None:
        self._held -= size
        self._has_room.set()

    def end(self, *, is_whole: bool) -> None:
        """No more comes; who reads on is given Broken where that is not the end of the file. The first word counts."""
        if not self._is_ended:
            self._is_ended, self._is_whole = True, is_whole
            self._parts.put(b"")
            self._has_room.set()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, as many as there are; waits for the first. Raises Broken."""
        if not self._rest:
            self._rest = memoryview(self._parts.get())
            # the loop may have ended: then nobody waits
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._take, len(self._rest))
        if not self._rest:
            self._parts.put(b"")  # also for who reads on
            if self._is_whole:
                return 0
            raise Broken("the file breaks off")
        room = memoryview(buffer).cast("B")
        size = min(len(self._rest), len(room))
        room[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


LARGE_FILE = FetchLimits(seconds=24 * 3600.0, bytes=20_000_000_000)
"""What a file may cost that is never held whole. Cleaning sets the pace: 30,000 pages take an hour; the connection
itself may be silent for no longer than any other. Common Crawl's files have one gigabyte.
"""
_PROGRESS_BYTES = 1_000_000
"""Set by hand: with less an attempt has not come further, and few of these in a row end it; connections that bring less
each would be made by the hundred thousand for one file.
"""
# more than the head of a record takes, packed
_BEGINNING_BYTES = 4_000
_WEAK = "W/"
_RANGE = lazy_pattern(r"bytes (\d{1,18})-")


class _Receiver:
    """Takes the bodies of one file's answers, of which the later ones go on where the ones before broke off."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.size = 0
        """So many bytes were handed on."""
        self._first = Validators()

    def headers(self) -> Mapping[str, str]:
        """The headers that request the rest, or all where the file has changed meanwhile (RFC 9110, 13.1.5)."""
        # packed on the way its bytes could not be counted
        headers = {"Accept-Encoding": "identity"}
        if self.size:
            headers["Range"] = f"bytes={self.size}-"
            if mark := self._strong_mark:
                headers["If-Range"] = mark
        return headers

    @property
    def _strong_mark(self) -> str | None:
        """A strong validator of the file; a weak tag may not be sent, nor a date in its place."""
        etag = self._first.etag
        if etag is None:
            return self._first.last_modified
        return None if etag.startswith(_WEAK) else etag

    async def receive(self, answer: Answer) -> None:
        """Hands a body on. Raises BadBody where it is of another file than the first, TransportFault where it breaks
        off.
        """
        given = Validators(answer.headers.get("etag"), answer.headers.get("last-modified"))
        if not self.size:
            self._first = given
        elif not self._is_same(given, is_part=answer.status == 206):
            raise BadBody("damaged", "the file has changed while it was read")
        skipped = self.size
        if answer.status == 206:
            found = _RANGE.match(answer.headers.get("content-range", ""))
            if not self.size or found is None or int(found[1]) != self.size:
                raise BadBody("damaged", "a part of the file that was not requested")
            skipped = 0
        async for part in answer.parts():
            # a server that knows no ranges sends all of it once more
            rest = part[skipped:]
            skipped = max(0, skipped - len(part))
            if rest:
                self.size += len(rest)
                await self._pipe.put(rest)

    def _is_same(self, given: Validators, *, is_part: bool) -> bool:
        """Whether an answer is of the first one's file, by the tag where that has one, else by the date."""
        first, now = self._first.etag, given.etag
        if first is None:
            first, now = self._first.last_modified, given.last_modified
        # a part is sent only where the validator of the request still holds, and need not repeat it (RFC 9110, 15.3.7)
        if now is None and is_part and self._strong_mark is not None:
            return True
        # a server may call a tag weak for as long as its file is new
        return (first or "").removeprefix(_WEAK) == (now or "").removeprefix(_WEAK)


class _Beginning:
    """Takes the beginning of a body, and leaves the rest of it."""

    def __init__(self) -> None:
        self.body = b""

    def headers(self) -> Mapping[str, str]:
        """None: servers without ranges get the same request."""
        return {}

    async def receive(self, answer: Answer) -> None:
        """Takes the first bytes that come. Raises as ``Answer.parts``."""
        async for part in answer.parts():
            self.body += part
            if len(self.body) >= _BEGINNING_BYTES:
                return


async def beginning_of(request: Request, fetcher: Fetcher, limits: FetchLimits) -> bytes | NotFetched:
    """The first bytes of a file of any size, without retries."""
    taken = _Beginning()
    outcome = await fetcher.fetch_once(structs.replace(request, into=taken), RequestBudget.of(limits))
    return outcome if isinstance(outcome, NotFetched) else taken.body


async def download(
    request: Request, pipe: Pipe, fetcher: Fetcher, limits: FetchLimits = LARGE_FILE
) -> Outcome:
    """Hands a file on through a pipe, which ends with it; how that ended, without a body."""
    receiver = _Receiver(pipe)
    # one for all attempts: a server that breaks off each time costs no more than one that does not
    budget = RequestBudget.of(limits)
    # how many attempts in a row have brought too little
    idle = 0

    async def attempt() -> Outcome:
        nonlocal idle
        before = receiver.size
        # what has come is no reason to send nothing
        validators = Validators() if before else request.validators
        rest = structs.replace(request, into=receiver, validators=validators)
        outcome = await fetcher.fetch_once(rest, budget)
        idle = 0 if receiver.size - before >= _PROGRESS_BYTES else idle + 1
        return outcome

    def should_stop(state: RetryCallState) -> bool:
        # with the time between requests: the pauses that a server requests have no other end
        return idle >= limits.attempts or (state.seconds_since_start or 0.0) >= limits.seconds

    def wait(_: RetryCallState) -> float:
        # twice as long after each that brought too little
        return float(limits.first_wait_seconds * 2 ** max(0, idle - 1))

    try:
        outcome = await with_retries(attempt, should_stop=should_stop, wait=wait)
        pipe.end(is_whole=not isinstance(outcome, NotFetched))
        return outcome
    finally:
        pipe.end(is_whole=False)
