"""Tasks on the workers of a Dask cluster, which may be many machines: descriptions go there, a line about each comes
back. What is read and written, a worker reads and writes itself.

A task that is lost with its worker is done again, by Dask. One that takes several workers down is parted, and its parts
are done with nothing beside them: of several tasks on a worker that is lost nobody knows which was at fault.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from threading import Timer
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.records import VERSION
from copydesk.flows.errors import EnvironmentFault, FlowError, SettingsError
from copydesk.flows.io.extras import install
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.shortening import shortened

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

T = TypeVar("T")

# an address has a port: "host:8786", "tls://[::1]:8786"
_RUNNER = lazy_pattern(
    r"local|dask(?:=(?:[A-Za-z]+://)?(?:\[[0-9A-Fa-f:.]+\]|[^\s/:]+):[0-9]{1,5}(?:/\S*)?)?"
)

# set by hand: one is done while the next is on its way
_AHEAD_PER_THREAD = 2
# set by hand: of up to 40 kB each, behind one that takes long
_MOST_WAITING = 2_000
# set by hand: who is there answers sooner
_QUIET_SECONDS = 3.0
"""After this what is waited for is said."""
# set by hand: to ask takes some milliseconds, and a task a second or more
_COUNTED_SECONDS = 2.0
_PAUSE_SECONDS = 0.1


class Cluster(NamedTuple):
    """Where tasks are done: at ``address``; None: on this machine, by so many ``jobs``, processes of the run's own."""

    address: str | None
    jobs: int


def check_runner(runner: str) -> None:
    """Raises ValueError for what is neither ``local`` nor ``dask`` nor ``dask=ADDRESS``."""
    if not _RUNNER.fullmatch(runner):
        raise ValueError(
            f"expected local, dask or dask=ADDRESS, such as dask=tcp://host:8786, not {shortened(runner)!r}"
        )


def cluster_named(runner: str, jobs: int) -> Cluster | None:
    """What ``--runner`` names: ``local`` (None), ``dask`` or ``dask=ADDRESS``. Raises SettingsError without Dask."""
    if runner == "local":
        return None
    if find_spec("distributed") is None:
        raise SettingsError(f"--runner dask: Dask is not installed; {install('dask')}")
    return Cluster(runner.partition("=")[2] or None, jobs)


def done_on(
    cluster: Cluster,
    tasks: Iterable[T],
    work: Callable[[T], bytes],
    *,
    halved: Callable[[T], Sequence[T]],
    instead: Callable[[T, bytes], Sequence[T]],
) -> Generator[tuple[T, bytes], None, None]:
    """The tasks with what ``work`` came to, in order; only some are under way, however many there are.

    ``halved``: a task that takes its workers down as smaller ones; raises where there is none. ``instead``: the tasks
    that are to be done in place of one, as its result says; none where it is done.

    Raises EnvironmentFault where the cluster does not answer or ``work`` cannot be run there, and what ``work`` raises.
    """
    ahead = iter(tasks)
    first = tuple(itertools.islice(ahead, 1))
    # a cluster takes seconds to start: none where nothing is new
    if not first:
        return
    with _connected(*cluster) as client:
        yield from _Tasks(client, work, halved, instead).done(itertools.chain(first, ahead))


class _Tasks(Generic[T]):
    """Tasks under way on a cluster, in order."""

    def __init__(
        self,
        client: Client,
        work: Callable[[T], bytes],
        halved: Callable[[T], Sequence[T]],
        instead: Callable[[T, bytes], Sequence[T]],
    ) -> None:
        self._client = client
        self._work = work
        self._halved = halved
        self._instead = instead
        self._waiting: deque[tuple[T, Future[bytes]]] = deque()
        self._counted_at = -_COUNTED_SECONDS
        self._threads = 1

    def done(self, tasks: Iterator[T]) -> Iterator[tuple[T, bytes]]:
        """The tasks with their results."""
        while self._fill(tasks):
            while self._waiting and self._waiting[0][1].done():
                yield from self._next()

    def _fill(self, tasks: Iterator[T]) -> bool:
        """Hands tasks over until all workers are busy, and waits for one; False once all are done."""
        under_way = [future for _, future in self._waiting if not future.done()]
        room = min(_AHEAD_PER_THREAD * self._count_threads(), _MOST_WAITING - len(self._waiting))
        for task in itertools.islice(tasks, max(0, room - len(under_way))):
            future = self._submit(task)
            self._waiting.append((task, future))
            under_way.append(future)
        if under_way and not self._waiting[0][1].done():
            self._wait(under_way)
        return bool(self._waiting)

    def _submit(self, task: T) -> Future[bytes]:
        from distributed.client import ClosedClientError

        try:
            # not pure: Dask would hash the task to know whether it has done it before
            return self._client.submit(self._work, task, pure=False)
        except ClosedClientError as error:
            raise EnvironmentFault(
                "Dask: its scheduler is lost; start one, and run again: what was cleaned is stored"
            ) from error

    def _next(self) -> Iterator[tuple[T, bytes]]:
        from distributed import KilledWorker

        task, future = self._waiting.popleft()
        try:
            result = self._result(future)
        except KilledWorker:
            while under_way := [other for _, other in self._waiting if not other.done()]:
                self._wait(under_way)
            yield from self._alone(task)
            return
        yield from self._ended(task, result)

    def _ended(self, task: T, result: bytes) -> Iterator[tuple[T, bytes]]:
        if instead := self._instead(task, result):
            self._waiting.extendleft(reversed([(one, self._submit(one)) for one in instead]))
        else:
            yield task, result

    def _alone(self, task: T) -> Iterator[tuple[T, bytes]]:
        """A task with nothing beside it."""
        from distributed import KilledWorker

        try:
            result = self._result(self._submit(task))
        except KilledWorker:
            for one in self._halved(task):
                yield from self._alone(one)
            return
        yield from self._ended(task, result)

    def _result(self, future: Future[bytes]) -> bytes:
        """What a task came to. Raises KilledWorker where its workers were lost, and what it raised."""
        from distributed import KilledWorker

        while True:
            self._wait([future])
            try:
                return bytes(future.result(timeout=_patience_seconds()))
            except (KilledWorker, FlowError):
                raise
            except Exception as error:
                # it went down with the worker that had done it, and is done again
                if isinstance(error, TimeoutError) and future.status != "error":
                    self._check_workers()
                    continue
                # no page raises anything there: this is the cluster's, whatever its class
                raise EnvironmentFault(
                    f"Dask: {type(error).__name__}: {_in_one_line(error)}; see that its scheduler runs and its workers have "
                    f"copydesk {VERSION}"
                ) from error

    def _wait(self, futures: Sequence[Future[bytes]]) -> None:
        """Waits until one of them is done. Raises EnvironmentFault where no worker is left to do it."""
        from distributed import wait

        while not any(future.done() for future in futures):
            # how it ended is looked at when it is due
            with suppress(Exception):
                wait(futures, timeout=_patience_seconds(), return_when="FIRST_COMPLETED")
                return
            self._check_workers()

    def _check_workers(self) -> None:
        """Raises EnvironmentFault where no worker is left, and none comes in the place of one that was lost."""
        try:
            _wait_for_worker(self._client)
        except (OSError, TimeoutError, RuntimeError) as error:
            raise EnvironmentFault(
                "Dask: no worker is left; start some, and run again: what was cleaned is stored"
            ) from error
        # what has just gone wrong may go wrong a while
        time.sleep(_PAUSE_SECONDS)

    def _count_threads(self) -> int:
        """How many threads the cluster's workers have, at least one: a task waits for the next worker."""
        if (now := time.monotonic()) - self._counted_at > _COUNTED_SECONDS:
            # where the scheduler is gone, and with it what is known of it, whoever waits for a task reports it
            with suppress(OSError, RuntimeError, AttributeError):
                self._threads = max(1, sum(self._client.nthreads().values()))
            self._counted_at = now
        return self._threads


def _patience_seconds() -> float:
    """How long a scheduler may take to answer, and a worker to come: as long as Dask waits for a connection."""
    import dask
    from dask.utils import parse_timedelta

    return float(parse_timedelta(dask.config.get("distributed.comm.timeouts.connect")))


@contextmanager
def _announced(what: str) -> Iterator[None]:
    """Says what is waited for, unless it is there within seconds."""
    line = (
        f"Dask: waiting for {what}, for up to {_patience_seconds():g} s (distributed.comm.timeouts.connect)"
    )
    timer = Timer(_QUIET_SECONDS, logging.getLogger(__name__).warning, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _wait_for_worker(client: Client) -> None:
    with _announced("a worker"):
        client.wait_for_workers(1, timeout=_patience_seconds())


def _in_one_line(error: Exception) -> str:
    return without_secrets(" ".join(str(error).split())[:200]) or type(error).__name__


async def _greet(address: str) -> None:
    """Raises what goes wrong where no scheduler answers: a client by itself waits for another server's word forever."""
    from distributed import Client

    client = Client(address, asynchronous=True, set_as_default=False)
    try:
        # Dask itself ends first, and says more, where nobody answers at all
        await asyncio.wait_for(client, _patience_seconds() + _QUIET_SECONDS)
    finally:
        await client.close(timeout=_QUIET_SECONDS)


@contextmanager
def _connected(address: str | None, jobs: int) -> Iterator[Client]:
    """A client of a cluster; ours ends with it, another's goes on."""
    import dask
    from distributed import Client
    from distributed.utils import LoopRunner

    # lost workers are reported by the records
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    settings: dict[str, Any] = {
        # looks a hundred times a second at what a worker does, which is to wait for its process
        "distributed.worker.profile.enabled": False,
        # a task that is lost with one worker is done again, one that is lost with a second is parted
        "distributed.scheduler.allowed-failures": 1,
        # so long after a loss a cluster gives up a worker that happens to be lost again, for good
        "distributed.deploy.lost-worker-timeout": "1 day",
    }
    # all that was begun ends, however far it came
    with dask.config.set(settings), ExitStack() as opened:
        try:
            if address is not None:
                with _announced(f"a scheduler at {address}"):
                    # in a thread of its own: a notebook has a loop that runs
                    LoopRunner(asynchronous=False).run_sync(_greet, address)
            cluster = address or opened.enter_context(_own_cluster(jobs))
            client = opened.enter_context(Client(cluster, set_as_default=False))
            _wait_for_worker(client)
        # what another server answers breaks Dask in many ways
        except Exception as error:
            where = f"at {address}" if address else "on this machine"
            raise EnvironmentFault(
                f"the Dask cluster {where} does not answer ({_in_one_line(error)}); "
                "see that a scheduler runs there, usually at port 8786, and a worker"
            ) from error
        yield client


def _own_cluster(jobs: int) -> LocalCluster:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=jobs,
        threads_per_worker=1,
        dashboard_address=None,
        # of a port of its own choice: Dask warns where its usual one is taken
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        silence_logs=logging.CRITICAL,
    )
