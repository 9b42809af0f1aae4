"""A batch without a server: what is under way, what is held of it, and what becomes of it when its client leaves."""

from __future__ import annotations

import asyncio
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from conftest import HANG_SECONDS

from copydesk.flows.servers import batch
from copydesk.flows.servers.batch import Answer, Batches
from copydesk.flows.servers.service import Service, ServiceSettings

LIMITS = ServiceSettings(page_bytes=1_000, batch_bytes=10_000_000, seconds=1, at_once=4, jobs=2)
SCOPE = {"type": "http", "method": "POST", "path": "/clean/batch", "query_string": b"", "headers": []}


class Client:
    """Sends parts of a body as they are put, and has what was sent to it, up to so many bytes."""

    def __init__(self) -> None:
        self.parts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.got = b""
        self.most = sys.maxsize

    def put(self, *parts: bytes, more: bool = True) -> None:
        for number, part in enumerate(parts, start=1):
            message = {"type": "http.request", "body": part, "more_body": more or number < len(parts)}
            self.parts.put_nowait(message)

    def leave(self) -> None:
        self.parts.put_nowait({"type": "http.disconnect"})

    async def send(self, message: Any) -> None:
        if len(self.got) >= self.most:
            await asyncio.Event().wait()
        self.got += message.get("body", b"")


async def never(line: bytes) -> bytes:
    """No answer, until it is cancelled."""
    await asyncio.Event().wait()
    return line


def play(answer: Answer, scene: Callable[[Client], Awaitable[None]]) -> tuple[Client, int]:
    """The client after a scene and the end of its batch, and how many requests are under way then."""

    async def all_of_it() -> tuple[Client, int]:
        client = Client()
        service = Service(LIMITS)
        task = asyncio.create_task(Batches(service, answer)(SCOPE, client.parts.get, client.send))
        await scene(client)
        await task
        return client, service.under_way

    return asyncio.run(asyncio.wait_for(all_of_it(), HANG_SECONDS))


def test_a_page_that_comes_later_is_begun_beside_those_before_it() -> None:
    begun = {line: asyncio.Event() for line in (b"one", b"two")}

    async def answer(line: bytes) -> bytes:
        begun[line].set()
        # the first is answered after the second has begun
        await begun[b"two"].wait()
        return line + b"\n"

    async def scene(client: Client) -> None:
        client.put(b"one\n")
        await begun[b"one"].wait()
        client.put(b"two\n", more=False)

    assert play(answer, scene)[0].got == b"one\ntwo\n"


def test_who_leaves_ends_the_pages_under_way() -> None:
    events: list[str] = []

    async def answer(line: bytes) -> bytes:
        events.append("begun")
        try:
            return await never(line)
        finally:
            events.append("ended")

    async def scene(client: Client) -> None:
        client.put(b"page\n" * 100, more=False)
        while not events:
            await asyncio.sleep(0)
        client.leave()

    client, under_way = play(answer, scene)
    assert (client.got, under_way) == (b"", 0)
    # of a hundred those alone were begun for which there are workers, and one in waiting
    assert 1 <= events.count("begun") == events.count("ended") <= 2 * LIMITS.jobs + 2


async def echo(line: bytes) -> bytes:
    return line + b"\n"


def test_who_sends_byte_by_byte_has_its_time_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_CLIENT_SECONDS", 1.0)
    trickling: list[asyncio.Task[None]] = []

    async def scene(client: Client) -> None:
        async def trickle() -> None:
            client.put(b"one\ntw")
            while True:
                client.put(b" ")
                await asyncio.sleep(0.001)

        trickling.append(asyncio.create_task(trickle()))

    client, under_way = play(echo, scene)
    first, last = client.got.splitlines()
    assert (first, b"line 2: the batch was not there within" in last, under_way) == (b"one", True, 0)


def test_who_takes_no_more_answers_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_CLIENT_SECONDS", 1.0)

    async def scene(client: Client) -> None:
        client.most = 10
        client.put(b"page\n" * 100, more=False)

    client, under_way = play(echo, scene)
    assert (client.got, under_way) == (b"page\npage\n", 0)


def test_short_lines_that_wait_take_the_room_of_their_bytes() -> None:
    body = b"{}\n" * 400_000

    async def scene(client: Client) -> None:
        client.put(*(body[at : at + 60_000] for at in range(0, len(body), 60_000)), more=False)
        tracemalloc.start()
        # all of it is read, though no page of it is answered
        while not client.parts.empty():
            await asyncio.sleep(0)
        client.leave()

    try:
        play(never, scene)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(body)
    finally:
        tracemalloc.stop()
