"""An asynchronous reader beside the synchronous run: it fetches in a thread of its own while pages are cleaned here."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")

AHEAD = 64
"""Items that wait to be taken; a producer that is further ahead waits."""


class _Done:
    """What ends the iteration, with the error that did, if any."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Outlet(Generic[T]):
    """Where a producer puts its items; ``put`` waits while there are enough."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[T | _Done] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(AHEAD)

    async def put(self, item: T) -> None:
        """Hands an item over."""
        await self._room.acquire()
        self._items.put(item)


def beside(produce: Callable[[Outlet[T]], Coroutine[Any, Any, None]]) -> Iterator[T]:
    """The items that a coroutine puts into its outlet, while it runs in a thread of its own.

    Closing the iterator cancels the coroutine and waits for its end; what it raises is raised here.
    """
    outlet: Outlet[T] = Outlet()
    started: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = queue.SimpleQueue()

    async def work() -> None:
        task = asyncio.ensure_future(produce(outlet))
        started.put((asyncio.get_running_loop(), task))
        error: BaseException | None = None
        try:
            await task
        except asyncio.CancelledError:
            pass
        except Exception as caught:  # noqa: BLE001 - raised again where the items are taken
            error = caught
        outlet._items.put(_Done(error))

    thread = threading.Thread(target=lambda: asyncio.run(work()), name="fetching", daemon=True)
    thread.start()
    loop, task = started.get()
    try:
        while not isinstance(item := outlet._items.get(), _Done):
            yield item
            _in_loop(loop, outlet._room.release)
        if item.error is not None:
            raise item.error
    finally:
        if thread.is_alive():
            _in_loop(loop, task.cancel)
        thread.join()


def _in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    """Calls in the loop's thread, unless the loop has just ended."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        return
