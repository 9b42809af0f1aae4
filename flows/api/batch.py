"""Many pages in one request: JSON Lines in, JSON Lines out, in order, each as soon as those before it are there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from copydesk.cleaners.schema import encode_value
from copydesk.flows.api.requests import chunks_of
from copydesk.flows.api.service import BadRequest, Busy, Service

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

# set by hand: each may hold a whole batch in memory
_BATCHES_AT_ONCE = 4
_AHEAD_PER_JOB = 2
"""Pages under way of a batch, per worker: others are to have their turn as well."""

_Lines = asyncio.Queue["bytes | BadRequest | None"]
Answer = Callable[[bytes], Coroutine[Any, Any, bytes]]


class Batches:
    """The ASGI application of a path. ``answer`` makes the line of one page, or raises BadRequest."""

    def __init__(self, service: Service, answer: Answer) -> None:
        self._service = service
        self._answer = answer
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.requests import Request

        if self._under_way >= _BATCHES_AT_ONCE:
            raise Busy(_BATCHES_AT_ONCE)
        self._under_way += 1
        try:
            with self._service.place():
                await self._answer_all(Request(scope, receive), send)
        finally:
            self._under_way -= 1

    async def _answer_all(self, request: Request, send: Send) -> None:
        lines: _Lines = asyncio.Queue()
        answering = asyncio.current_task()
        reading = asyncio.create_task(self._read(request, lines))

        def has_left(ended: asyncio.Task[None]) -> None:
            # nobody waits for the rest
            if answering is not None and not ended.cancelled():
                answering.cancel()

        reading.add_done_callback(has_left)
        try:
            first = await lines.get()
            if isinstance(first, BadRequest):
                raise first
            headers = [(b"content-type", b"application/jsonl; charset=utf-8")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            async for answer in self._in_order(first, lines):
                await send({"type": "http.response.body", "body": answer, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except asyncio.CancelledError:
            if not reading.done():
                raise
        finally:
            reading.cancel()

    async def _read(self, request: Request, lines: _Lines) -> None:
        """Reads all lines, however far the answers are, for a client may read none of them before it has sent all;
        ends when the client has left.
        """
        from starlette.requests import ClientDisconnect

        try:
            async for line in _lines(chunks_of(request, self._service.limits.batch_bytes)):
                lines.put_nowait(line)
        except ClientDisconnect:
            return
        except BadRequest as error:
            lines.put_nowait(error)
        lines.put_nowait(None)
        while (await request.receive())["type"] != "http.disconnect":
            pass

    async def _in_order(self, first: bytes | None, lines: _Lines) -> AsyncIterator[bytes]:
        under_way: deque[asyncio.Task[bytes]] = deque()
        most = _AHEAD_PER_JOB * self._service.limits.jobs
        line: bytes | BadRequest | None = first
        number = 0
        try:
            while line is not None or under_way:
                if line is None or len(under_way) >= most:
                    yield await under_way.popleft()
                    continue
                number += 1
                under_way.append(asyncio.create_task(self._line(number, line)))
                # who sends line by line may wait for each answer
                while under_way and lines.empty():
                    yield await under_way.popleft()
                line = await lines.get()
        finally:
            for task in under_way:
                task.cancel()

    async def _line(self, number: int, line: bytes | BadRequest) -> bytes:
        try:
            if isinstance(line, BadRequest):
                raise line
            return await self._answer(line)
        except BadRequest as error:
            return encode_value({"error": f"line {number}: {error}"}) + b"\n"


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines that are not blank."""
    begun = bytearray()
    async for chunk in chunks:
        begun += chunk
        if b"\n" not in chunk:
            continue
        *whole, rest = begun.split(b"\n")
        for line in whole:
            if line.strip():
                yield bytes(line)
        begun = rest
    if begun.strip():
        yield bytes(begun)
