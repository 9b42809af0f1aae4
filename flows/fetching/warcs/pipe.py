"""Bytes from the event loop to a thread that reads them as a file: bounded, so that a file of any size may pass."""

from __future__ import annotations

import asyncio
import io
import threading
from collections import deque
from contextlib import suppress
from typing import Any

# set by hand: some seconds of a fast line, and little beside the pages that wait to be cleaned
MOST_BYTES = 8_000_000


class Broken(OSError):
    """The rest does not come; why, is told by whoever fetches."""


class Pipe(io.RawIOBase):
    """A file for one thread that reads, and one event loop, that of its making, that writes by ``put`` and ``end``."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._has_room = asyncio.Event()
        self._changed = threading.Condition()
        # all below are touched under the condition alone
        self._parts: deque[memoryview] = deque()
        self._held = 0
        self._is_ended = False
        self._is_whole = True

    async def put(self, part: bytes) -> None:
        """Hands bytes over; waits while more than enough are there."""
        with self._changed:
            self._parts.append(memoryview(part))
            self._held += len(part)
            self._changed.notify()
        while self._is_full():
            await self._has_room.wait()

    def _is_full(self) -> bool:
        with self._changed:
            is_full = self._held > MOST_BYTES and not self._is_ended
            if is_full:
                self._has_room.clear()
        return is_full

    def end(self, *, is_whole: bool) -> None:
        """No more comes; who reads on is given Broken where that is not the end of the file."""
        with self._changed:
            if self._is_ended:
                return
            self._is_ended, self._is_whole = True, is_whole
            self._changed.notify()
        self._has_room.set()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, as many as there are; waits for the first. Raises Broken."""
        room = memoryview(buffer).cast("B")
        with self._changed:
            while not self._parts and not self._is_ended:
                self._changed.wait()
            if not self._parts:
                if self._is_whole:
                    return 0
                raise Broken("the file breaks off")
            part = self._parts.popleft()
            size = min(len(part), len(room))
            room[:size] = part[:size]
            if size < len(part):
                self._parts.appendleft(part[size:])
            self._held -= size
        # the loop may have ended: then nobody waits
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._has_room.set)
        return size
