"""Many pages in one request: JSON Lines in, JSON Lines out, in order, each as soon as those before it are there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from time import monotonic
from typing import TYPE_CHECKING, Any

from copydesk.cleaners.schema import encode_value
from copydesk.flows.servers.answers import BadRequest, Busy
from copydesk.flows.servers.requests import check_parameters, chunks_of
from copydesk.flows.servers.service import Service

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

# set by hand: each may hold a whole batch in memory
_BATCHES_AT_ONCE = 4
# set by hand: 50 MB over a slow line, less than a client could hold a place for
_CLIENT_SECONDS = 600.0
_AHEAD_PER_JOB = 2
"""Pages under way of a batch, per worker: others are to have their turn as well."""

_Chunks = asyncio.Queue["bytes | BadRequest | None"]
_Answers = asyncio.Queue["asyncio.Task[bytes] | BadRequest | None"]
Answer = Callable[[bytes], Coroutine[Any, Any, bytes]]


class _CutOff(Exception):
    """A client took no answers for too long."""


class Batches:
    """The ASGI application of a path. ``answer`` makes the line of one page, or raises BadRequest."""

    def __init__(self, service: Service, answer: Answer) -> None:
        self._service = service
        self._answer = answer
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.requests import Request

        request = Request(scope, receive)
        check_parameters(request)
        if self._under_way >= _BATCHES_AT_ONCE:
            raise Busy(_BATCHES_AT_ONCE)
        self._under_way += 1
        try:
            with self._service.place():
                await self._answer_all(request, send)
        finally:
            self._under_way -= 1

    async def _answer_all(self, request: Request, send: Send) -> None:
        chunks: _Chunks = asyncio.Queue()
        answers: _Answers = asyncio.Queue(_AHEAD_PER_JOB * self._service.settings.jobs)
        answering = asyncio.create_task(_send_all(answers, _in_time(send)))
        reading = asyncio.create_task(self._read(request, chunks))
        tasks = (answering, reading, asyncio.create_task(self._start(chunks, answers)))
        try:
            # reading ends where the client has left: nobody waits for the rest
            await asyncio.wait((answering, reading), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for fault in ended:
            # who takes no answers cannot be told so
            if isinstance(fault, Exception) and not isinstance(fault, _CutOff):
                raise fault

    async def _read(self, request: Request, chunks: _Chunks) -> None:
        """Reads all of the body, however far the answers are, for a client may read none of them before it has sent
        all; ends when the client has left.
        """
        from starlette.requests import ClientDisconnect

        try:
            async with asyncio.timeout(_CLIENT_SECONDS):
                async for chunk in chunks_of(request, self._service.settings.batch_bytes):
                    chunks.put_nowait(chunk)
        except ClientDisconnect:
            return
        except TimeoutError:
            late = f"the batch was not there within {_CLIENT_SECONDS:g} seconds"
            chunks.put_nowait(BadRequest(408, late))
        except BadRequest as error:
            chunks.put_nowait(error)
        chunks.put_nowait(None)
        while (await request.receive())["type"] != "http.disconnect":
            pass

    async def _start(self, chunks: _Chunks, answers: _Answers) -> None:
        """Starts pages in order, as many ahead of the answers as there is room for."""
        number = 0
        async with asyncio.TaskGroup() as pages:
            try:
                async for line in _lines(chunks):
                    number += 1
                    await answers.put(pages.create_task(self._line(number, line)))
            except BadRequest as error:
                await answers.put(pages.create_task(self._line(number + 1, error)) if number else error)
            await answers.put(None)

    async def _line(self, number: int, line: bytes | BadRequest) -> bytes:
        try:
            if isinstance(line, BadRequest):
                raise line
            return await self._answer(line)
        except BadRequest as error:
            return encode_value({"error": f"line {number}: {error}"}) + b"\n"


def _in_time(send: Send) -> Send:
    """Sends, and raises _CutOff where all waiting for the client together takes too long."""
    left = _CLIENT_SECONDS

    async def timed(message: Message) -> None:
        nonlocal left
        began = monotonic()
        try:
            async with asyncio.timeout(left):
                await send(message)
        except TimeoutError as error:
            raise _CutOff from error
        left -= monotonic() - began

    return timed


async def _send_all(answers: _Answers, send: Send) -> None:
    """Sends the answers in order. Raises BadRequest where there is no line before it."""
    answer = await answers.get()
    if isinstance(answer, BadRequest):
        raise answer
    headers = [(b"content-type", b"application/jsonl; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while isinstance(answer, asyncio.Task):
        await send({"type": "http.response.body", "body": await answer, "more_body": True})
        answer = await answers.get()
    await send({"type": "http.response.body", "body": b""})


async def _lines(chunks: _Chunks) -> AsyncIterator[bytes]:
    """Lines that are not blank, split only when they are asked for: short ones take twenty times the room of their
    bytes. Raises BadRequest where the body ends with it.
    """
    begun = bytearray()
    while isinstance(chunk := await chunks.get(), bytes):
        begun += chunk
        if b"\n" not in chunk:
            continue
        *whole, begun = begun.split(b"\n")
        for line in whole:
            if line.strip():
                yield bytes(line)
        # a queue that is not empty makes nobody wait
        await asyncio.sleep(0)
    if chunk is not None:
        raise chunk
    if begun.strip():
        yield bytes(begun)
