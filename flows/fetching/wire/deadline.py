"""The time that something may take in all, whatever lies between its pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Deadline:
    """So many seconds altogether, over as many pieces as there are; TimeoutError where they are used up."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The time runs. Raises TimeoutError, out of the block, once it is over."""
        # the loop's clock, as asyncio.timeout has it: the wall clock may be set back while this runs
        began = asyncio.get_running_loop().time()
        try:
            # used up: a next piece still begins, and ends at its first await
            async with asyncio.timeout(max(0.0, self._left)):
                yield
        finally:
            # after an error too: what failed took its time
            self._left -= asyncio.get_running_loop().time() - began
