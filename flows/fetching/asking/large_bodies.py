"""How many large bodies may be in memory at once: pages are small, and a few hostile servers must not fill it."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import asyncio

LARGE_BYTES = 2_000_000
"""A body beyond this counts as large; of 1,071 real pages three are."""
LARGE_AT_ONCE = 4
"""Set by hand: of 20 MB each (``Budget.bytes``) they take 80 MB, and as much again unpacked."""


class LargeBodies:
    """Places for large bodies, shared by all fetches of a run."""

    def __init__(self, places: int = LARGE_AT_ONCE) -> None:
        import asyncio  # takes a while to load, and what a source is must be known to all commands

        self._places = asyncio.Semaphore(places)

    def hold(self) -> Hold:
        """One fetch's part of it: a context manager that gives back what was taken when the body has been handed on."""
        return Hold(self._places)


class Hold:
    """What one fetch has taken: nothing, or the place of one large body."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_held = False
        self._kept_bytes = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_held:
            self._places.release()
            self._is_held = False

    def keep(self, size: int) -> None:
        """Notes a body that stays in memory while the next one is asked for: pages of one article count together."""
        self._kept_bytes += size

    async def grow_to(self, size: int) -> bool:
        """Takes a place where the body, with those kept, has become large; False where there is none. Never waits."""
        if self._kept_bytes + size <= LARGE_BYTES or self._is_held:
            return True
        # who asks holds a host's turn, for which those who have the places may be waiting
        if self._places.locked():
            return False
        await self.wait_for_place()
        return True

    async def wait_for_place(self) -> None:
        """Takes a place as soon as there is one."""
        if not self._is_held:
            await self._places.acquire()
            self._is_held = True
