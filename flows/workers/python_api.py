"""The workers as Python code calls them: many pages (``clean_many``), or one at a time within seconds."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from math import isfinite
from multiprocessing import util
from numbers import Integral, Real
from weakref import WeakSet

from copydesk.cleaners import clean_page
from copydesk.cleaners.options import Options
from copydesk.cleaners.pipeline.given import as_page, checked_options, shown, wrong_type
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.io.child import Limits
from copydesk.flows.workers.pool import PagePool, usual_jobs

# set by hand
AGAIN_SECONDS = 0.05
"""Of who waits for the end of a page that was given up."""


def clean_many(
    pages: Iterable[Page | bytes | str],
    *,
    jobs: int | None = 1,
    timeout: float | None = None,
    options: Options | None = None,
) -> Generator[Record, None, None]:
    """The record of every page, one after the other in the order of the pages, cleaned in ``jobs`` worker processes.

    A page is what ``clean`` takes: bytes or str, or a ``Page``. Pages are taken as workers come to need them, at most
    four a worker ahead of the records, so that memory does not grow with their number.

    ``jobs``: worker processes; None: as many as processors. ``timeout``: seconds a page may take; None: the limits of
    a run (10 seconds of work, 60 in all). A page that takes longer, more than 500 MB, or its worker down gives a
    ``failed`` record with its reason (``timeout``, ``memory``, ``crashed``), and the rest goes on.

    The workers end with the iterator: at its last record, or where it is closed. What ``pages`` raises, and TypeError
    where one of them is none, comes after the records of all pages before.

    Raises TypeError or ValueError for other values at once, EnvironmentFault where the machine starts no worker.
    """
    if isinstance(pages, str | bytes | Page):
        raise wrong_type("pages", "several pages (clean takes one)", pages)
    if isinstance(pages, Mapping) or not isinstance(pages, Iterable):
        raise wrong_type("pages", "pages one after the other, such as a list or a generator", pages)
    # here, not with the first record: a generator would not raise before
    return _records(
        iter(pages), jobs=checked_jobs(jobs), limits=limits_within(timeout), options=checked_options(options)
    )


def checked_jobs(jobs: int | None) -> int:
    """So many worker processes; None: as many as processors. Raises TypeError, or ValueError below 1."""
    if jobs is None:
        return usual_jobs()
    expected = f"jobs: expected a whole number, 1 or more, or None, not {shown(jobs)}"
    # True is a number to Python, but nobody's wish
    if isinstance(jobs, bool) or not isinstance(jobs, Integral):
        raise TypeError(expected)
    if jobs < 1:
        raise ValueError(expected)
    return int(jobs)


def _records(
    pages: Iterator[Page | bytes | str], *, jobs: int, limits: Limits, options: Options
) -> Generator[Record, None, None]:
    fault: Exception | None = None

    def until_fault() -> Iterator[Page]:
        nonlocal fault
        try:
            for number, one in enumerate(pages):
                yield checked_page(number, one)
        except Exception as error:  # noqa: BLE001 - whatever a caller's iterator raises; it is raised again
            fault = error

    with (
        PagePool(partial(clean_page, options=options), limits=limits, jobs=jobs) as pool,
        closing(pool.records(until_fault())) as records,
    ):
        yield from records
    # only once all pages before it have their records
    if fault is not None:
        raise fault


def checked_page(number: int, given: Page | bytes | str) -> Page:
    """The page that was given at that place. Raises TypeError, which names the place, where it is none."""
    if not isinstance(given, Page | bytes | str):
        raise wrong_type(f"pages[{number}]", "a page as bytes or str, or a copydesk.Page", given)
    try:
        return as_page(given)
    except TypeError as fault:
        raise TypeError(f"pages[{number}].{fault}") from None


def limits_within(timeout: float | None) -> Limits:
    """The limits of a page that may take so many seconds, waiting or working; None: those of a run.

    Raises TypeError, or ValueError for what is no time above 0.
    """
    if timeout is None:
        return Limits()
    expected = f"timeout: expected seconds above 0, or None, not {shown(timeout)}"
    # numbers of numpy are taken, too; True is a number to Python, but nobody's wish
    if isinstance(timeout, bool) or not isinstance(timeout, Real):
        raise TypeError(expected)
    if not (isfinite(timeout) and timeout > 0):
        raise ValueError(expected)
    # the time is all of it: the limit on a processor's work alone does not come before
    return Limits(processor_seconds=float(timeout), timeout_seconds=float(timeout))


_workers: WeakSet[PersistentWorker] = WeakSet()


def _reset_workers() -> None:
    """In a process just forked: it has the pools without the threads that serve them, and would wait for ever."""
    for worker in tuple(_workers):
        worker.reset()


os.register_at_fork(after_in_child=_reset_workers)


class PersistentWorker:
    """A worker process for one page at a time; started by the first page, ended with this process."""

    def __init__(self) -> None:
        self.reset()
        _workers.add(self)

    def reset(self) -> None:
        """Forgets its process, as if none had been started."""
        self._lock = threading.Lock()
        self._pool: PagePool | None = None

    def clean(self, page: Page, options: Options, timeout: float | None) -> Record:
        """The page's record; ``failed`` where it takes longer; None: the limits of a run. Waits for other threads'
        pages first.

        Raises EnvironmentFault where the machine starts no worker.
        """
        limits = limits_within(timeout)
        with self._lock:
            if self._pool is None:
                self._pool = PagePool(clean_page, limits=limits, jobs=1)
                # not atexit, which processes of multiprocessing end without: they wait for their children
                self._at_exit = util.Finalize(None, self.end, exitpriority=0)
            self._pool.work, self._pool.limits = partial(clean_page, options=options), limits
            try:
                (record,) = self._pool.records([page])
            except BaseException:
                # interrupted: the worker is still at this page, and the next one would wait for it
                self._pool.end()
                raise
            return record

    def give_up(self) -> None:
        """Ends the worker of the page that another thread has it clean, if that has begun: its record is ``failed``."""
        if (pool := self._pool) is not None:
            pool.give_up()

    def end(self) -> None:
        """Ends the worker, and gives up the page that another thread has it clean; a later page starts another."""
        # again and again: a page may only be about to begin
        while not self._lock.acquire(timeout=AGAIN_SECONDS):
            self.give_up()
        try:
            if self._pool is not None:
                self._pool.end()
                self._pool = None
                self._at_exit.cancel()
        finally:
            self._lock.release()


clean_within = PersistentWorker().clean
