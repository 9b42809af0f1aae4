"""Tells the receiver of a webhook what became of records: signed as Standard Webhooks has it, retried, and bounded in
time. What no receiver takes waits in the library's outbox for the next run.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from copydesk.cleaners.record.records import VERSION
from copydesk.flows.config.webhook import Receiver
from copydesk.flows.io.output_folder import DEAD_LETTERS
from copydesk.flows.library.dead_letters import write_letters
from copydesk.flows.run.reporting.source_lines import WARNING
from copydesk.flows.shortening import counted

if TYPE_CHECKING:
    import httpx2

    from copydesk.flows.library.outbox import Message, Outbox
    from copydesk.flows.library.records.run_writer import RunWriter

TRY_SECONDS: Final = 10.0
"""Of a request, from its connection to the status of its answer."""
PAUSES_SECONDS: Final = (1.0, 2.0, 4.0)
"""Between the tries of a message; a longer ``Retry-After`` is kept."""
RUN_SECONDS: Final = 60.0
"""Of a run in all, whatever the receiver does."""
MOST_REFUSALS: Final = 3
"""Of a message, one a run: then it is a dead letter."""
# request timeout, too early, too many requests: as any 5xx they say nothing about the message
_LATER: Final = frozenset({408, 425, 429})
# what is wrong with a message; other refusals say that the receiver is not there, or not for us
_OF_MESSAGE: Final = frozenset({400, 413, 415, 422})
# set by hand: enough for a short answer, so that its connection is kept
_MOST_BODY_BYTES: Final = 4_096


def signature(key: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature`` of a message."""
    content = f"{id_}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, content, 'sha256')).decode()}"


class _Answer(Struct, frozen=True):
    """What a receiver answered: a status, or 0 and why there is none."""

    status: int
    problem: str = ""
    pause_seconds: float = 0.0

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        """Whether this message is refused, and another may be taken."""
        return self.status in _OF_MESSAGE

    @property
    def may_change(self) -> bool:
        """Whether it may be another answer in a few seconds."""
        return self.status == 0 or self.status in _LATER or self.status >= 500

    @property
    def words(self) -> str:
        if self.problem:
            return self.problem
        known = {one.value: f" {one.phrase}" for one in HTTPStatus}
        hint = "; redirects are not followed" if 300 <= self.status < 400 else ""
        return f"it answered {self.status}{known.get(self.status, '')}{hint}"


class Delivery:
    """What a run tells the receiver, once its records are stored. ``folder``: where dead letters go.

    Raises EnvironmentFault where the library or the file of dead letters cannot be written.
    """

    def __init__(self, receiver: Receiver, writer: RunWriter, outbox: Outbox, folder: Path) -> None:
        self._receiver = receiver
        self._writer = writer
        self._outbox = outbox
        self._folder = folder
        self._ends = 0.0
        self._delivered = self._dead = 0
        self._refusal = self._stop = ""

    def run(self) -> None:
        """Sends what waits, until there is no more, the receiver is away, or the time is over."""
        from copydesk.flows.crawl.background import Outlet, run_in_background_loop

        # in a loop of its own, as a deadline must end a request wherever it is; closed after an interrupt
        with closing(run_in_background_loop(self._send_all, Outlet[None]())) as sending:
            for _ in sending:
                pass

    @property
    def problem(self) -> str:
        """Why the last event that the receiver did not take was not; empty where it took all."""
        return self._stop or self._refusal

    def lines(self, waiting: int) -> Iterator[str]:
        """What the summary of the run says of it. ``waiting``: how many events are still to be sent."""
        place = self._receiver.place
        if self._delivered:
            yield f"webhook: {counted(self._delivered, 'event')} delivered to {place}"
        if self._dead:
            yield (
                f"{WARNING}webhook: {counted(self._dead, 'event')} refused {MOST_REFUSALS} times by {place}, now in "
                f"{self._folder / DEAD_LETTERS}: {self._refusal}; copydesk retry --webhook, with the same options, has them sent again"
            )
        if waiting:
            why = f": {self.problem}" if self.problem else ""
            yield f"{WARNING}webhook: {counted(waiting, 'event')} for {place} left to the next run{why}"

    async def _send_all(self, _: object) -> None:
        import httpx2

        self._ends = time.monotonic() + RUN_SECONDS
        # neither proxies nor passwords of the environment; a redirect could lead into a private network
        client = httpx2.AsyncClient(
            trust_env=False, follow_redirects=False, verify=httpx2.create_ssl_context(), timeout=TRY_SECONDS
        )
        with _unlogged():
            async with client:
                await self._send_waiting(client)

    async def _send_waiting(self, client: httpx2.AsyncClient) -> None:
        while self._left() > 0 and (message := self._outbox.next(self._writer.others_that_go_on)) is not None:
            answer = await self._sent(client, message)
            if answer.is_taken:
                self._outbox.remove(message)
                self._delivered += len(message.events)
                continue
            if not answer.is_refusal:
                self._stop = answer.words
                return
            self._refusal = answer.words
            self._refuse(message)
        if self._left() <= 0:
            self._stop = f"{RUN_SECONDS:g} seconds were over"

    def _left(self) -> float:
        return self._ends - time.monotonic()

    async def _sent(self, client: httpx2.AsyncClient, message: Message) -> _Answer:
        """The last answer to a message."""
        body = message.body
        for usual_seconds in PAUSES_SECONDS:
            answer = await self._tried(client, message.id, body)
            pause_seconds = max(usual_seconds, answer.pause_seconds)
            if not answer.may_change or pause_seconds >= self._left():
                return answer
            await asyncio.sleep(pause_seconds)
        return await self._tried(client, message.id, body)

    async def _tried(self, client: httpx2.AsyncClient, id_: str, body: bytes) -> _Answer:
        import httpx2

        seconds, timestamp = max(0.0, min(TRY_SECONDS, self._left())), int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": f"copydesk/{VERSION}",
            "webhook-id": id_,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._receiver.key, id_, timestamp, body),
        }
        answer = None
        try:
            async with (
                asyncio.timeout(seconds),
                client.stream("POST", self._receiver.url, content=body, headers=headers) as response,
            ):
                answer = _answer_of(response)
                await _read_a_little(response)
        except TimeoutError:
            # of a body that goes on and on the status counts
            answer = answer or _Answer(0, f"it did not answer within {seconds:.0f} seconds")
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError) as error:
            # in words of its kind alone: what it says may hold the URL
            is_refused = isinstance(error, httpx2.ConnectError)
            problem = "no connection could be made" if is_refused else "the connection broke"
            answer = answer or _Answer(0, problem)
        return answer

    def _refuse(self, message: Message) -> None:
        """Notes a refusal; after the last one the message goes to the dead letters."""
        if message.refusals + 1 < MOST_REFUSALS:
            self._outbox.note_refusal(message)
            return
        # before they leave the library: who is killed in between has them twice, with their id
        write_letters(self._folder, message, self._refusal)
        self._outbox.remove(message)
        self._dead += len(message.events)


@contextmanager
def _unlogged() -> Iterator[None]:
    """While requests are sent: httpx2 logs each with its whole URL, which may be secret."""
    logger = logging.getLogger("httpx2")

    # a filter of this delivery's own: another one may end before it
    def none(_: logging.LogRecord) -> bool:
        return False

    logger.addFilter(none)
    try:
        yield
    finally:
        logger.removeFilter(none)


def _answer_of(response: httpx2.Response) -> _Answer:
    from copydesk.flows.fetching.http.outcomes import retry_after

    wait = retry_after(response.headers.get("retry-after"), now=datetime.now(UTC))
    return _Answer(response.status_code, pause_seconds=wait or 0.0)


async def _read_a_little(response: httpx2.Response) -> None:
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > _MOST_BODY_BYTES:
            return
