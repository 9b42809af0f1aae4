"""Pages in, records out, in order: cleaning in worker processes that may hang or die.

Every page ends in exactly one record. A page that takes its worker down costs that page only.
There are as many workers as the machine has processors, or as a container may use by its time quota, which no count of
processors includes.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from concurrent.futures import TimeoutError as FutureTimeout
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Self

import msgspec

from copydesk.cleaners import clean_page, failed, rejected
from copydesk.cleaners.options import Options
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.io import child
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.sources.catalogue import Unreadable

if TYPE_CHECKING:
    from pebble import ProcessPool


# Linux keeps quotas in control groups: `cpu.max` of version 2, `cpu.cfs_quota_us` of version 1
_GROUPS = Path("sys/fs/cgroup")

# set by hand: fewer leave workers idle behind a slow page, more hold more pages in memory
AHEAD_PER_JOB = 4
"""Pages read ahead of the oldest unfinished one, per worker: keeps all busy while one page is slow."""

# set by hand: less would take a busy machine for a broken pool, more waits longer for a lost page
_LOST_SECONDS = 30.0
"""How much longer than two time limits to wait for an answer before the pool counts as broken."""

_Waiting = deque[tuple[Page | Unreadable, "Future[bytes | str] | None"]]
"""Pages handed to the workers, oldest first; None where there was nothing to hand over."""

decode_record = msgspec.msgpack.Decoder(Record).decode
"""A record as workers send it."""
encode_record = msgspec.msgpack.Encoder().encode


def usual_jobs(root: Path = Path("/")) -> int:
    """How many worker processes to use by default: the processors this process may use. ``root``: of the file
    system.
    """
    # taskset may allow fewer processors than the machine has, a container less time on them
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(found, quota_processors(root) or found)


def never() -> bool:
    """For a source whose next page is always there."""
    return False


def clean_pages(
    pages: Iterable[Page | Unreadable],
    *,
    options: Options,
    limits: child.Limits,
    jobs: int,
    would_wait: Callable[[], bool] = never,
) -> Generator[Record, None, None]:
    """The record of every page, in input order; memory does not grow with the number of pages.

    A page beyond its limits gives a ``failed`` record with reason ``timeout``, ``memory``,
    ``crashed`` or ``error: ...``; what could not be read gives one with the source's reason.
    ``processing.duration_ms`` is filled in. Close the iterator to end the workers early.

    Where ``would_wait()``, as the next page is not there yet, the records of all pages so far
    come first: who feeds pages one by one may wait for each answer.

    Raises EnvironmentFault where the machine starts no worker.
    """
    work = partial(clean_page, options=options)
    ahead = iter(pages)
    first = tuple(itertools.islice(ahead, 1))
    # a page that is still to come does not hold up the first one's record
    second = () if would_wait() else tuple(itertools.islice(ahead, 1))
    # a single page is cleaned in a fork, without starting a pool; a fork beside threads may copy held locks
    if first and not second and threading.active_count() == 1:
        (page,) = first
        if isinstance(page, Unreadable):
            yield unread(page)
        else:
            yield decode_record(_encoded(page, child.attempt_in_fork(work, page, limits)))
        first = ()
    rest = itertools.chain(first, second, ahead)
    with PagePool(work, limits=limits, jobs=jobs) as pool:
        yield from pool.records(rest, would_wait=would_wait)


class PagePool:
    """Worker processes that run ``work`` on pages; use it as a context manager.

    Workers start with the first page and serve several calls of ``records``, one at a time.
    ``work`` must be picklable: a function of a module, or a partial of one. It may be changed between two calls, as may
    ``limits``, of which memory and pages a worker are those that workers were started with.
    """

    def __init__(self, work: child.Work, *, limits: child.Limits, jobs: int) -> None:
        self.work = work
        self.limits = limits
        self._jobs = max(1, jobs)
        self._pool: ProcessPool | None = None
        self._under_way: set[Future[bytes | str]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def records(
        self, pages: Iterable[Page | Unreadable], *, would_wait: Callable[[], bool] = never
    ) -> Generator[Record, None, None]:
        """One record a page, in input order, reading at most ``AHEAD_PER_JOB`` pages a job ahead."""
        for encoded in self.encoded_records(pages, would_wait=would_wait):
            yield decode_record(encoded)

    def encoded_records(
        self, pages: Iterable[Page | Unreadable], *, would_wait: Callable[[], bool] = never
    ) -> Generator[bytes, None, None]:
        """As ``records``, each encoded as MessagePack: for who only hands them on."""
        waiting: _Waiting = deque()
        for page in pages:
            waiting.append((page, self._submit(page)))
            while waiting and (len(waiting) >= self._jobs * AHEAD_PER_JOB or would_wait()):
                yield self._next_record(waiting)
        while waiting:
            yield self._next_record(waiting)

    def _submit(self, page: Page | Unreadable) -> Future[bytes | str] | None:
        """Hands a page to the workers; None where there is nothing to do, or the pool is broken."""
        if isinstance(page, Unreadable):
            return None
        try:
            future = self._started().schedule(
                child.attempt, args=(self.work, page, self.limits), timeout=self.limits.timeout_seconds
            )
        except RuntimeError:  # broken by an earlier page; noticed again, and repaired, when this one is due
            return None
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def _next_record(self, waiting: _Waiting) -> bytes:
        page, future = waiting.popleft()
        if isinstance(page, Unreadable):
            return encode_record(unread(page))
        try:
            if future is None:
                raise BrokenExecutor
            return _encoded(page, self._answer(future))
        except BrokenExecutor:
            self.end()
            # alone first: the oldest page may have broken the pool, and would break the next one too
            outcome = self._answer_alone(page)
            for index, (other, past) in enumerate(waiting):
                # those with an answer keep it; the others went down with the pool and are handed over again
                if past is None or not past.done() or isinstance(past.exception(), BrokenExecutor):
                    waiting[index] = (other, self._submit(other))
            return _encoded(page, outcome)

    def _answer(self, future: Future[bytes | str]) -> bytes | str:
        """What a worker made of its page. Raises BrokenExecutor where the pool itself is at fault."""
        from pebble import ProcessExpired

        patience_seconds = 2 * self.limits.timeout_seconds + _LOST_SECONDS
        try:
            return future.result(timeout=patience_seconds)
        except ProcessExpired as death:
            return child.reason_of_death(death.exitcode)
        except FutureTimeout:
            # Pebble's limit and our own waiting raise the same error: only of the former is the future done
            if future.done():
                return child.TIMEOUT
            raise BrokenExecutor("a page got lost between the workers") from None
        except BrokenExecutor:
            raise
        except Exception as error:  # noqa: BLE001 - whatever could not cross from the worker
            return child.error_reason(error)

    def _answer_alone(self, page: Page) -> bytes | str:
        """Runs a page in a pool of its own, so that it cannot take others down or be blamed for them."""
        single = PagePool(self.work, limits=self.limits, jobs=1)
        single._under_way = self._under_way
        with single:
            future = single._submit(page)
            try:
                return child.CRASHED if future is None else single._answer(future)
            except BrokenExecutor:
                return child.CRASHED

    def _started(self) -> ProcessPool:
        """The pool, started where it is not.

        Raises EnvironmentFault where the machine does not start its processes: no page is at fault then.
        """
        if self._pool is None:
            with machine_errors("worker processes cannot be started"), child.defer_signals():
                self._pool = self._made()
                self._pool.active  # noqa: B018 - reading this starts workers and threads: here, not with some page
        return self._pool

    def _made(self) -> ProcessPool:
        from pebble import ProcessPool  # when needed: a single page is cleaned without

        from copydesk.flows.io.worker_start import WorkerContext

        return ProcessPool(
            max_workers=self._jobs,
            max_tasks=self.limits.pages_per_worker,
            initializer=child.limit_resources,
            initargs=(self.limits.memory_bytes,),
            # imported once in the fork server: each worker is forked with all of the cleaning loaded
            context=WorkerContext(preloaded=[__name__, "copydesk.flows.workers.loaded"]),
        )

    def give_up(self) -> None:
        """Ends the workers of the pages under way, whose records are ``failed``. Any thread may call it."""
        for future in tuple(self._under_way):
            future.cancel()

    def end(self) -> None:
        """Ends all workers at once; pages under way are given up. Later pages start others."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.stop()  # type: ignore[no-untyped-call]
            # Pebble closes the channel first and ends the workers then; one that is only just
            # starting would find the channel gone and print a traceback. So: workers first.
            if pool._pool_manager_loop is not None:
                pool._pool_manager_loop.join()  # from here on it starts no new ones
                pool._pool_manager.worker_manager.force_stop_workers()  # type: ignore[no-untyped-call]
            pool.join()


def _encoded(page: Page, outcome: bytes | str) -> bytes:
    return outcome if isinstance(outcome, bytes) else encode_record(failed(page, outcome))


def unread(page: Unreadable) -> Record:
    """The record of what was expected to be a page and could not be read."""
    made = failed if page.status == "failed" else rejected
    return made(page.as_page(), f"{page.reason}: {page.message}")


def quota_processors(root: Path = Path("/")) -> int | None:
    """How many processors the quota amounts to, rounded up; None where there is none. ``root``: of the file system."""
    try:
        # `0::/system.slice/x`; of version 1 `4:cpu,cpuacct:/docker/1f0c`
        lines = (root / "proc/self/cgroup").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    shares = [share for line in lines for share in _shares(root / _GROUPS, *line.split(":", 2)[1:])]
    return max(1, math.ceil(min(shares))) if shares else None


def _shares(groups: Path, controllers: str = "", path: str = "") -> Iterator[float]:
    if not controllers:
        found = (_numbers(folder / "cpu.max") for folder in _up(groups, path))
    elif "cpu" in controllers.split(","):
        found = (
            _numbers(folder / "cpu.cfs_quota_us") + _numbers(folder / "cpu.cfs_period_us")
            for folder in _up(groups / "cpu", path)
        )
    else:
        return
    # `max 100000` and -1 are no quota
    yield from (one[0] / one[1] for one in found if len(one) == 2 and min(one) > 0)


def _up(mount: Path, path: str) -> Iterator[Path]:
    """A group's folder and those it lies in. In a container the path may be the host's: then the mount is the group."""
    inner = PurePosixPath("/", path).relative_to("/")
    yield from (mount / one for one in (inner, *inner.parents))


def _numbers(file: Path) -> list[int]:
    try:
        return [int(one) for one in file.read_text("ascii").split()]
    except (OSError, ValueError):
        return []
