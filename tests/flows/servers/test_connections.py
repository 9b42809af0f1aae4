"""Connections of a server in this process, whose bounds are small."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
import uvicorn
from conftest import HANG_SECONDS

from copydesk.flows.servers import connections
from copydesk.flows.servers.connections import BoundedProtocol, Bounds

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
START = {"type": "http.response.start", "status": 200, "headers": []}
# more than the kernel takes for a client that reads nothing
PART = {"type": "http.response.body", "body": bytes(20_000_000), "more_body": True}
END = {"type": "http.response.body", "body": b"the end"}

App = Callable[[Any, Any, Any], Awaitable[None]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def play(app: App, scene: Callable[[Callable[[], Awaitable[Streams]]], Awaitable[None]]) -> None:
    """A scene of clients, each of which connects to a server of an application; three connections may be open."""

    async def all_of_it() -> None:
        protocol: Any = partial(BoundedProtocol, Bounds(1))
        server = uvicorn.Server(
            uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_config=None)
        )
        with socket.create_server(("127.0.0.1", 0)) as listening:
            host, port = listening.getsockname()
            serving = asyncio.create_task(server.serve([listening]))
            opened: list[Streams] = []

            async def connect() -> Streams:
                opened.append(await asyncio.open_connection(host, port))
                return opened[-1]

            await scene(connect)
            for _, writer in opened:
                writer.transport.abort()
            server.should_exit = True
            await serving

    asyncio.run(asyncio.wait_for(all_of_it(), HANG_SECONDS))


@pytest.fixture(autouse=True)
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_IDLE_CONNECTIONS", 2)


async def ends_early(streams: Streams) -> bool:
    """Whether a connection ends before the answer does."""
    try:
        return not (await streams[0].read()).endswith(b"the end\r\n0\r\n\r\n")
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("is_late", [False, True])
def test_who_takes_no_answer_makes_room_for_others_and_has_its_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, is_late: bool
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def app(_: Any, __: Any, send: Any) -> None:
        for message in (START, PART):
            await send(message)
        begun.set()
        try:
            await send(END)
        finally:
            ended.set()

    async def scene(connect: Callable[[], Awaitable[Streams]]) -> None:
        if is_late:
            monkeypatch.setattr(connections, "_ANSWER_SECONDS", 0.01)
        slow = await connect()
        slow[1].write(REQUEST)
        await begun.wait()
        for _ in range(0 if is_late else 3):
            await connect()
        # who reads at once may have taken all before the time is over
        await ended.wait()
        assert await ends_early(slow)

    play(app, scene)
    assert capsys.readouterr().err.count("closed 1 connection: ") == 1


def test_who_works_keeps_its_connection_and_who_came_last_is_closed_where_all_work() -> None:
    begun, is_over = asyncio.Semaphore(0), asyncio.Event()

    async def app(_: Any, __: Any, send: Any) -> None:
        begun.release()
        await is_over.wait()
        for message in (START, END):
            await send(message)

    async def scene(connect: Callable[[], Awaitable[Streams]]) -> None:
        working = [await connect() for _ in range(3)]
        for _, writer in working:
            writer.write(REQUEST)
            await begun.acquire()
        assert await ends_early(await connect())
        is_over.set()
        for reader, _ in working:
            assert b"the end" in await reader.readuntil(b"0\r\n\r\n")

    play(app, scene)


@pytest.mark.parametrize("body", [b"", bytes(300_000)])
@pytest.mark.parametrize("next_request", [b"", REQUEST])
def test_the_work_for_who_leaves_is_cancelled(body: bytes, next_request: bytes) -> None:
    events: list[str] = []
    read, ended = asyncio.Event(), asyncio.Event()

    async def app(_: Any, receive: Any, __: Any) -> None:
        while (await receive())["more_body"]:
            pass
        read.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            events.append("cancelled")
            ended.set()

    async def scene(connect: Callable[[], Awaitable[Streams]]) -> None:
        _, writer = await connect()
        head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body)
        writer.write(head + body + next_request)
        await read.wait()
        writer.close()
        await ended.wait()

    play(app, scene)
    assert events == ["cancelled"]
