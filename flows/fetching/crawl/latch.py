"""What is to be done once a number of things have ended, wherever and in whatever order they do."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Latch:
    """Calls ``then`` when as many things are done as were begun, with whether all of them ended well. Told
    from several threads.

    It begins with one, so that whoever makes it can begin others before the first is done.
    """

    def __init__(self, then: Callable[[bool], None]) -> None:
        self._then = then
        self._left = 1
        self._is_well = True
        self._lock = threading.Lock()

    def begin(self) -> None:
        """One thing more is to be waited for."""
        with self._lock:
            self._left += 1

    def done(self, *, is_well: bool = True) -> None:
        """One thing has ended."""
        with self._lock:
            self._left -= 1
            self._is_well = self._is_well and is_well
            is_last = self._left == 0
        # outside of the lock: what follows may take long, and may tell other latches
        if is_last:
            self._then(self._is_well)


class InFlight:
    """Pages that are under way, with who waits for them, so that none is asked for twice at a time. Told from
    several threads.
    """

    def __init__(self) -> None:
        self._waiting: dict[object, list[Latch]] = {}
        self.ended = 0
        """How many pages have ended so far: where it grows, what was known of pages before may be out of date."""
        self._lock = threading.Lock()

    def join(self, key: object, waiting: Latch) -> bool:
        """Waits for a page; whether it is the caller who is to ask for it."""
        # before it is listed: a page that ends at once must find it begun
        waiting.begin()
        with self._lock:
            others = self._waiting.setdefault(key, [])
            others.append(waiting)
            return len(others) == 1

    def leave(self, key: object, *, is_well: bool) -> None:
        """The page has ended, for all who wait for it."""
        with self._lock:
            waiting = self._waiting.pop(key)
            self.ended += 1
        # outside of the lock: the last of them may note a list, while others join
        for one in waiting:
            one.done(is_well=is_well)
