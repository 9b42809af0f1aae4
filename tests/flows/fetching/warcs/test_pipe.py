"""What is written comes out in order, little of it is held, and a file that breaks off is not taken for a whole one."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

import pytest

from copydesk.flows.fetching.warcs.download import MOST_BYTES, Broken, Pipe

PART = bytes(range(256)) * 4_000


def through(write: Callable[[Pipe], object], read: Callable[[Pipe], bytes]) -> bytes:
    async def both() -> bytes:
        pipe = Pipe()
        reading = asyncio.create_task(asyncio.to_thread(read, pipe))
        written = write(pipe)
        if asyncio.iscoroutine(written):
            await written
        return await reading

    return asyncio.run(both())


def whole(pipe: Pipe) -> bytes:
    return io.BufferedReader(pipe, 7_001).read()


def test_all_comes_out_as_it_was_put_in() -> None:
    held = list[int]()

    async def write(pipe: Pipe) -> None:
        for _ in range(30):
            await pipe.put(PART)
            held.append(pipe._held)
        pipe.end(is_whole=True)

    assert through(write, whole) == PART * 30
    assert max(held) <= MOST_BYTES + len(PART)


def test_what_breaks_off_is_told_after_what_came() -> None:
    async def write(pipe: Pipe) -> None:
        await pipe.put(b"some")
        pipe.end(is_whole=False)
        pipe.end(is_whole=True)  # the first word counts

    def read(pipe: Pipe) -> bytes:
        got = pipe.read(4)
        with pytest.raises(Broken):
            pipe.read(1)
        return got or b""

    assert through(write, read) == b"some"


def test_who_writes_does_not_wait_for_a_reader_that_is_gone() -> None:
    async def write() -> None:
        pipe = Pipe()
        putting = asyncio.create_task(pipe.put(bytes(MOST_BYTES + 1)))
        await asyncio.sleep(0)
        assert not putting.done()
        pipe.end(is_whole=False)
        await putting

    asyncio.run(write())
