"""The workers as an event loop calls them: ``aclean`` and ``aclean_many``, and what both servers clean with.

The loop waits and goes on meanwhile: pages are cleaned in worker processes, and a thread waits for each of these.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import aclosing
from functools import lru_cache, partial
from queue import LifoQueue
from threading import Lock

from copydesk.cleaners.options import Options
from copydesk.cleaners.pipeline.given import as_page, checked_options, refuse_name, wrong_type
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.workers.pool import AHEAD_PER_JOB, usual_jobs
from copydesk.flows.workers.python_api import (
    AGAIN_SECONDS,
    PersistentWorker,
    checked_jobs,
    checked_page,
    limits_within,
)

Given = Page | bytes | str
"""What ``clean`` takes for a page."""
_Started = asyncio.Task[Record]


async def aclean(
    page: Given, url: str | None = None, *, options: Options | None = None, timeout: float | None = None
) -> Record:
    """As ``clean``, for an event loop of asyncio, which goes on meanwhile: the page is cleaned in a worker process.

    The workers are as many as are needed at once, at most one a processor; further pages wait for one. They serve all
    later calls, of whatever event loop, and end with this process.

    ``timeout``: seconds the page may take once a worker has it. Other than with ``clean``, None does not mean that
    nothing is bounded: the limits are those of a run (10 seconds of work, 60 in all). A page that takes longer, more
    than 500 MB, or its worker down gives a ``failed`` record with its reason (``timeout``, ``memory``, ``crashed``).

    Cancelled, the page is given up: its worker is ended before the cancellation goes on, and the next page gets a new
    one.

    Raises as ``clean`` does, when it is awaited.
    """
    refuse_name(page)
    limits_within(timeout)
    return await _kept_workers().record(as_page(page, url), checked_options(options), timeout)


def aclean_many(
    pages: AsyncIterable[Given] | Iterable[Given],
    *,
    jobs: int | None = 1,
    timeout: float | None = None,
    options: Options | None = None,
) -> AsyncGenerator[Record, None]:
    """As ``clean_many``, for an event loop of asyncio, which goes on meanwhile: ``async for`` over the records.

    ``pages``: an iterable, or an async one. Either is taken in the event loop, at most four pages a worker ahead of
    the records: what takes long to bring a page should be async. A record does not wait for the page after it.

    Order, ``jobs``, ``timeout`` and what is raised are those of ``clean_many``. The workers end with the iterator: at
    its last record, where it is closed (``contextlib.aclosing``), where the loop over it is left, or its task is
    cancelled. Pages under way are given up then, and ``pages`` is closed where it is an async generator.
    """
    if isinstance(pages, str | bytes | Page):
        raise wrong_type("pages", "several pages (aclean takes one)", pages)
    if isinstance(pages, Mapping) or not isinstance(pages, Iterable | AsyncIterable):
        raise wrong_type("pages", "pages one after the other, such as a list or an async generator", pages)
    limits_within(timeout)
    # here, not with the first record: a generator would not raise before
    return _records(_pages(pages), jobs=checked_jobs(jobs), timeout=timeout, options=checked_options(options))


class AsyncWorkers:
    """Worker processes, started as they are needed; each cleans one page at a time, so that a page that takes one down
    has no other page with it.
    """

    def __init__(self, jobs: int) -> None:
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="cleaning")
        self._workers = [PersistentWorker() for _ in range(jobs)]
        # as many as threads: who has a thread finds one; the last first, so that no more are started than are needed
        self._free: LifoQueue[PersistentWorker] = LifoQueue()
        self._handing = Lock()
        for worker in self._workers:
            self._free.put(worker)

    async def record(self, page: Page, options: Options, timeout: float | None) -> Record:
        """The record of a page; ``failed`` where it takes longer than ``timeout`` seconds, None: the limits of a run.
        Cancelled, the page is given up.

        Raises EnvironmentFault where the machine starts no worker.
        """
        held: list[PersistentWorker] = []
        job = self._threads.submit(self._cleaned, held, page, options, timeout)
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            if not job.cancel():
                # shielded: cancelled again, the page is given up all the same
                await asyncio.shield(_in_own_thread(partial(self._give_up, job, held)))
            raise

    def _cleaned(
        self, held: list[PersistentWorker], page: Page, options: Options, timeout: float | None
    ) -> Record:
        worker = self._free.get()
        held.append(worker)
        try:
            return worker.clean(page, options, timeout)
        finally:
            with self._handing:
                held.clear()
            self._free.put(worker)

    def _give_up(self, job: Future[Record], held: list[PersistentWorker]) -> None:
        # again and again: the page may only be about to begin
        while not job.done():
            # a worker that is handed back meanwhile may have the page of another
            with self._handing:
                for worker in held:
                    worker.give_up()
            wait([job], AGAIN_SECONDS)

    def end(self) -> None:
        """Ends all workers; pages under way are given up. Takes a moment, in which an event loop would wait."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        # also those at a page: nobody waits for it any more
        for worker in self._workers:
            worker.end()
        self._threads.shutdown()


@lru_cache(1)
def _kept_workers() -> AsyncWorkers:
    return AsyncWorkers(usual_jobs())


# a process just forked has none of the threads, and would wait for them for ever
os.register_at_fork(after_in_child=_kept_workers.cache_clear)


async def _in_own_thread(work: Callable[[], None]) -> None:
    # not one of the event loop's: its callers may have all of them at work
    threads = ThreadPoolExecutor(1, thread_name_prefix="ending")
    job = threads.submit(work)
    threads.shutdown(wait=False)
    await asyncio.wrap_future(job)


async def _records(
    pages: AsyncGenerator[Page, None], *, jobs: int, timeout: float | None, options: Options
) -> AsyncGenerator[Record, None]:
    workers = AsyncWorkers(jobs)
    clean = partial(workers.record, options=options, timeout=timeout)
    started: asyncio.Queue[_Started | BaseException | None] = asyncio.Queue()
    places = asyncio.Semaphore(jobs * AHEAD_PER_JOB)

    async def start() -> None:
        """Starts pages in order, as many ahead of the records as there are places; then says why it ends."""
        end: BaseException | None = None
        try:
            async with aclosing(pages):
                await places.acquire()
                async for page in pages:
                    started.put_nowait(asyncio.create_task(clean(page)))
                    await places.acquire()
        except Exception as error:  # noqa: BLE001 - whatever a caller's iterator raises; it is raised again
            end = error
        except BaseException as error:
            # cancelled, be it by what a caller's iterator waits for: its reader must not wait for ever
            end = error
            raise
        finally:
            started.put_nowait(end)

    # a task of its own: a record does not wait for the page after it
    starting = asyncio.create_task(start())
    try:
        while isinstance(next_up := await started.get(), asyncio.Task):
            record = await next_up
            places.release()
            yield record
    finally:
        # shielded: cancelled again, the workers end all the same
        await asyncio.shield(_end(workers, starting, started))
    # only once all pages before it have their records
    if next_up is not None:
        raise next_up


async def _end(
    workers: AsyncWorkers,
    starting: asyncio.Task[None],
    started: asyncio.Queue[_Started | BaseException | None],
) -> None:
    starting.cancel()
    await asyncio.wait([starting])
    left = [started.get_nowait() for _ in range(started.qsize())]
    tasks = [task for task in left if isinstance(task, asyncio.Task)]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await _in_own_thread(workers.end)


async def _pages(given: AsyncIterable[Given] | Iterable[Given]) -> AsyncGenerator[Page, None]:
    number = 0
    if isinstance(given, AsyncIterable):
        pages = aiter(given)
        try:
            async for one in pages:
                yield checked_page(number, one)
                number += 1
        finally:
            # what it holds, such as a connection, is not left to the garbage collector
            if isinstance(pages, AsyncGenerator):
                await pages.aclose()
    else:
        for one in given:
            yield checked_page(number, one)
            number += 1
