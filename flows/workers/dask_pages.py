"""Pages through the workers of a Dask cluster, which may be many machines: batches go there, records come back.

On a worker each page is cleaned as it is at home: in a process of its own that may hang or die. A worker that is lost
with its machine takes a batch with it; its pages are done again, one by one with nothing beside them, so that whoever
loses a worker then is the page at fault. Nothing but the caller writes: what is done twice has one record.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from copydesk.cleaners import clean_page, failed
from copydesk.cleaners.options import Options
from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.child import CRASHED, Limits
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.workers.pool import PagePool, never

if TYPE_CHECKING:
    from distributed import Client, Future

Batch = tuple[Page | Unreadable, ...]

# set by hand: handing over costs Dask some milliseconds; what is lost with a worker, and how long others wait for the
# last one at the end, is not much more than this
BATCH_SECONDS = 1.0
"""How long a worker should be busy with a batch."""
# set by hand: so much of pages goes through the scheduler at once, whatever they take
_MAX_BATCH_BYTES = 4_000_000
_MAX_BATCH_PAGES = 300
_FIRST_BATCH_PAGES = 4
"""Until it is known how long pages take."""
# set by hand: one is cleaned while the next is on its way
_AHEAD_PER_THREAD = 2
_PATIENCE_SECONDS = 30.0
"""How long a scheduler may take to answer, and its first worker to come."""

_decode = msgspec.msgpack.Decoder(Record).decode
_OF_THREAD = threading.local()


def clean_on_worker(batch: Batch, options: Options, limits: Limits) -> list[bytes]:
    """What a worker of Dask does with a batch: the records of its pages, encoded, in order."""
    # one pool for each thread of the worker, kept from batch to batch; its processes end with the worker's
    pool: PagePool | None = getattr(_OF_THREAD, "pool", None)
    if pool is None:
        pool = _OF_THREAD.pool = PagePool(clean_page, limits=limits, jobs=1)
    pool.work, pool.limits = partial(clean_page, options=options), limits
    # as its process encoded them: they are read by whoever writes them
    return list(pool.encoded_records(batch))


def clean_pages_on_dask(  # noqa: PLR0913 - as clean_pages, and where
    pages: Iterable[Page | Unreadable],
    *,
    options: Options,
    limits: Limits,
    jobs: int,
    would_wait: Callable[[], bool] = never,
    address: str | None = None,
) -> Generator[Record, None, None]:
    """As ``clean_pages``, by the workers of the cluster at ``address``; None: by a cluster of ``jobs`` processes here.

    Raises EnvironmentFault where the cluster does not answer, or its workers have no copydesk of this version.
    """
    ahead = iter(pages)
    first = tuple(itertools.islice(ahead, 1))
    # a cluster takes seconds to start: none where nothing is new
    if not first:
        return
    with _connected(address, jobs) as client:
        work = partial(clean_on_worker, options=options, limits=limits)
        yield from _DaskPages(client, work).records(itertools.chain(first, ahead), would_wait)


class _DaskPages:
    """Batches under way on a cluster, in order."""

    def __init__(self, client: Client, work: Callable[[Batch], list[bytes]]) -> None:
        self._client = client
        self._work = work
        self._waiting: deque[tuple[Batch, Future[list[bytes]]]] = deque()
        self._gathered: list[Page | Unreadable] = []
        self._bytes = 0
        self._batch_pages = _FIRST_BATCH_PAGES

    def records(self, pages: Iterable[Page | Unreadable], would_wait: Callable[[], bool]) -> Iterator[Record]:
        """One record a page, in input order; only some batches are under way, however many pages there are."""
        for page in pages:
            self._gathered.append(page)
            if isinstance(page, Page):
                self._bytes += sum(len(one.body) for one in (page, *page.continuations))
            if len(self._gathered) >= self._batch_pages or self._bytes >= _MAX_BATCH_BYTES:
                self._hand_over()
                # the scheduler knows how many workers there are: once a batch
                while self._waiting and len(self._waiting) >= _AHEAD_PER_THREAD * max(1, self._workers()):
                    yield from self._next_records()
            if would_wait():
                self._hand_over()
                while self._waiting:
                    yield from self._next_records()
        self._hand_over()
        while self._waiting:
            yield from self._next_records()

    def _hand_over(self) -> None:
        if self._gathered:
            batch, self._gathered, self._bytes = tuple(self._gathered), [], 0
            self._waiting.append((batch, self._submit(batch)))

    def _submit(self, batch: Batch) -> Future[list[bytes]]:
        # not pure: Dask would hash the pages to know whether it has done them before
        return self._client.submit(self._work, batch, pure=False)

    def _next_records(self) -> list[Record]:
        from distributed import KilledWorker

        batch, future = self._waiting.popleft()
        try:
            records = self._result(future)
        except KilledWorker:
            # with nothing beside them: of several tasks on a worker that is lost it is unknown whose fault it is
            for _, other in self._waiting:
                self._wait(other)
            records = [record for page in batch for record in self._alone(page)]
        self._learn(records)
        return records

    def _alone(self, page: Page | Unreadable) -> list[Record]:
        from distributed import KilledWorker

        try:
            return self._result(self._submit((page,)))
        except KilledWorker:
            return [failed(page if isinstance(page, Page) else page.as_page(), CRASHED)]

    def _result(self, future: Future[list[bytes]]) -> list[Record]:
        """The records of a batch. Raises KilledWorker where its worker was lost."""
        from distributed import KilledWorker

        try:
            records = [_decode(one) for one in self._gathered_result(future)]
        except (KilledWorker, EnvironmentFault):
            raise
        except Exception as error:
            # of a page nothing is raised there: this is the cluster's, whatever its class
            raise EnvironmentFault(
                f"Dask: {type(error).__name__}: {' '.join(str(error).split())[:200]}; see that its scheduler runs and "
                f"its workers have copydesk {VERSION}"
            ) from error
        ours = (VERSION, rules_digest())
        if any((one.processing.copydesk, one.processing.rules) != ours for one in records):
            raise EnvironmentFault(
                f"Dask: its workers have another copydesk; install {VERSION} on all machines"
            )
        return records

    def _gathered_result(self, future: Future[list[bytes]]) -> list[bytes]:
        """What a batch came to; done again where it went down with the worker that had done it."""
        while True:
            self._wait(future)
            with suppress(TimeoutError):
                encoded: list[bytes] = future.result(timeout=_PATIENCE_SECONDS)
                return encoded
            self._check_workers()

    def _wait(self, future: Future[list[bytes]]) -> None:
        """Waits until it is known how a batch ended. Raises EnvironmentFault where no worker is left to do it."""
        while True:
            # how it ended is looked at when it is due
            with suppress(Exception):
                future.exception(timeout=_PATIENCE_SECONDS)
            if future.status != "pending":
                return
            self._check_workers()

    def _check_workers(self) -> None:
        if not self._workers():
            raise EnvironmentFault(
                "Dask: no worker is left; start some, and run again: what was cleaned is stored"
            )

    def _workers(self) -> int:
        """How many threads the cluster's workers have; 0 where nobody answers."""
        try:
            return int(sum(self._client.nthreads().values()))
        except (OSError, RuntimeError):  # the scheduler is gone
            return 0

    def _learn(self, records: Sequence[Record]) -> None:
        """Sizes the next batches by the time that pages of this one took."""
        took = [one.processing.duration_ms for one in records if one.processing.duration_ms]
        if took:
            fitting = int(BATCH_SECONDS * 1000 * len(took) / sum(took))
            # at most twice as many as the last: some pages are no measure of all that follow
            self._batch_pages = max(1, min(fitting, 2 * self._batch_pages, _MAX_BATCH_PAGES))


@contextmanager
def _connected(address: str | None, jobs: int) -> Iterator[Client]:
    """A client of a cluster; ours ends with it, another's goes on."""
    import logging

    import dask
    from distributed import Client, LocalCluster

    # lost workers are reported by the records
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    settings: dict[str, Any] = {
        "distributed.admin.large-graph-warning-threshold": "1GB",  # a page may be large
        # of our own: a task that lost its worker comes back to us
        "distributed.scheduler.allowed-failures": 0,
        # looks a hundred times a second at what a worker does, which is to wait for its process
        "distributed.worker.profile.enabled": False,
    }
    # all that was begun ends, however far it came
    with dask.config.set(settings), ExitStack() as opened:
        try:
            cluster: str | LocalCluster = address or opened.enter_context(
                LocalCluster(
                    n_workers=jobs,
                    threads_per_worker=1,
                    dashboard_address=None,
                    silence_logs=logging.CRITICAL,
                )
            )
            client = opened.enter_context(Client(cluster, timeout=_PATIENCE_SECONDS, set_as_default=False))
            client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            where = f"at {address}" if address else "on this machine"
            raise EnvironmentFault(
                f"the Dask cluster {where} does not answer ({' '.join(str(error).split())[:200]}); "
                "see that a scheduler runs there, and a worker"
            ) from error
        yield client
