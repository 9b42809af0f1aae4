"""An event loop in a thread of its own, which fetches while the synchronous run cleans pages."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from functools import partial
from typing import Any, Generic, TypeVar

from copydesk.flows.io.machine_faults import machine_errors, machine_fault

T = TypeVar("T")

# both set by hand: fewer would let cleaning wait for single pages, more only take memory
AHEAD_ITEMS = 64
AHEAD_BYTES = 64_000_000
"""The most items, and their weight, that wait to be taken; a producer that is further ahead waits."""


class _Done:
    """What ends the iteration, with the error that did, if any."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Outlet(Generic[T]):
    """Where a producer puts its items; ``put`` waits while there are enough."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[tuple[T, int] | _Done] = queue.SimpleQueue()
        # these are touched in the loop's thread alone and need no lock; the queue is for both
        self._held_items = 0
        self._held_bytes = 0
        self._taken = asyncio.Event()

    async def put(self, item: T, *, weight: int = 0) -> None:
        """Hands an item over; ``weight``: the bytes it keeps in memory. One that weighs more than all room
        goes alone.
        """
        # a loop: several producers wake at once, and one of them may take all the room
        while self._held_items and not (
            self._held_items < AHEAD_ITEMS and self._held_bytes + weight <= AHEAD_BYTES
        ):
            self._taken.clear()
            await self._taken.wait()
        self._held_items += 1
        self._held_bytes += weight
        self._items.put((item, weight))

    @property
    def is_empty(self) -> bool:
        """Whether taking the next item would block. For any thread."""
        return self._items.empty()

    def release(self, weight: int) -> None:
        """One item of so much weight was taken."""
        self._held_items -= 1
        self._held_bytes -= weight
        self._taken.set()


def run_in_background_loop(
    produce: Callable[[Outlet[T]], Coroutine[Any, Any, None]], outlet: Outlet[T]
) -> Generator[T, None, None]:
    """The items that a coroutine puts into its outlet, while it runs in a thread of its own.

    Closing the iterator cancels the coroutine and waits for its end; what it raises is raised here. Raises
    EnvironmentFault where thread or event loop cannot be started, and in place of what says that the machine
    refuses more.
    """
    with machine_errors("fetching cannot be started"):
        thread, loop, task = _started(produce, outlet)
    try:
        while not isinstance(taken := outlet._items.get(), _Done):
            item, weight = taken
            # before the item is worked on: the next is fetched meanwhile
            _in_loop(loop, partial(outlet.release, weight))
            yield item
        if taken.error is not None:
            raise machine_fault(taken.error, "fetching cannot go on") or taken.error
    finally:
        # also where who iterates stops early: nothing is fetched after the run
        if thread.is_alive():
            _in_loop(loop, task.cancel)
        thread.join()


def _started(
    produce: Callable[[Outlet[T]], Coroutine[Any, Any, None]], outlet: Outlet[T]
) -> tuple[threading.Thread, asyncio.AbstractEventLoop, asyncio.Task[None]]:
    """The thread, its loop, and the task there that puts items into the outlet, with the end behind them."""

    async def work() -> None:
        error: BaseException | None = None
        try:
            await task
        except asyncio.CancelledError:
            pass
        except BaseException as caught:  # noqa: BLE001 - raised again where the items are taken
            error = caught
        # behind the items: what came before an error is still handed over
        outlet._items.put(_Done(error))

    def run() -> None:
        try:
            with runner:
                runner.run(work())
        except Exception as error:  # noqa: BLE001 - the end of a loop may need a thread, too; read where it comes first
            outlet._items.put(_Done(error))

    # its own factory: otherwise the loop would be set as that of this thread
    runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
    # a daemon: a run that ends by force must not be kept alive by its fetching
    thread = threading.Thread(target=run, name="fetching", daemon=True)
    loop = runner.get_loop()
    # in a context of its own, as any thread has: nothing of the run's is meant for it
    task = loop.create_task(produce(outlet), context=Context())
    try:
        thread.start()
    except RuntimeError:
        runner.close()
        raise
    return thread, loop, task


def _in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    """Calls in the loop's thread, unless the loop has just ended."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        return
