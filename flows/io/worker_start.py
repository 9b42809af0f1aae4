"""How worker processes start: without the state of the program that uses us as a library.

multiprocessing gives its children the path of the process that starts them, runs that process's main script again in
each, and starts its fork server and resource tracker by ``python -c``, which puts the current folder on their path.
Workers need nothing of all that: what they run is ours, and comes from where we are installed.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from multiprocessing import forkserver, process, resource_tracker, spawn, util
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.popen_forkserver import Popen
from multiprocessing.process import BaseProcess, current_process
from typing import Any

from copydesk.flows.io.import_path import is_ours, safe_environment, safe_path

Preparation = Callable[[str], dict[str, Any]]
Starter = Callable[..., int]

# what is replaced below belongs to all threads: two at once would restore each other's; again in the same thread, as
# this process may be forked meanwhile
_one_at_a_time = threading.RLock()


class WorkerProcess(ForkServerProcess):
    """A process that knows nothing of its starter's path and main script."""

    def start(self) -> None:
        """Starts it, also from a daemonic process, as those of a multiprocessing pool and of Dask are.

        These may have no children because they would never be ended. Ours end when the pipe to their starter does.
        """
        starter: dict[str, Any] = current_process()._config  # type: ignore[attr-defined]
        is_daemon = starter.pop("daemon", None)
        try:
            super().start()
        finally:
            if is_daemon is not None:
                starter["daemon"] = is_daemon

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Popen:  # noqa: N802 - multiprocessing's name
        with _as_if_from_nowhere():
            return ForkServerProcess._Popen(process_obj)


def _forget_the_parents() -> None:
    """In a process just forked: its parent's fork server and workers are not its own to wait for, or to end."""
    _one_at_a_time.release()
    process._children.difference_update(  # type: ignore[attr-defined]
        [child for child in process._children if isinstance(child, WorkerProcess)]  # type: ignore[attr-defined]
    )
    # its parent removes that folder at its end
    current_process()._config.pop("tempdir", None)  # type: ignore[attr-defined]
    server = forkserver._forkserver
    if server._forkserver_pid is not None:  # type: ignore[attr-defined]
        alive = server._forkserver_alive_fd  # type: ignore[attr-defined]
        server._forkserver_pid = server._forkserver_alive_fd = server._forkserver_address = None  # type: ignore[attr-defined]
        # held open here, the server would outlive the parent; a daemon may have closed all it had
        with suppress(OSError):
            os.close(alive)


# not amid a start, which would leave its replacements for good in the forked process
os.register_at_fork(
    before=_one_at_a_time.acquire, after_in_parent=_one_at_a_time.release, after_in_child=_forget_the_parents
)


class WorkerContext(ForkServerContext):
    """Starts ``WorkerProcess``es from a fork server, a process without threads.

    Forking this one, which may run threads (Prefect does, a pool does), could copy a lock that is never released. Where
    it is our command and runs none yet, the fork server itself is forked from it.
    """

    Process = WorkerProcess

    def __init__(self, preloaded: Sequence[str]) -> None:
        """Starts the fork server, where none runs yet; it imports the modules named."""
        super().__init__()
        # imported there once: workers are forked with it, and start in little time
        self.set_forkserver_preload(list(preloaded))
        with _as_if_from_nowhere(), _forked_from_us() if _is_ours_without_threads() else nullcontext():
            # now, with a safe path: the first process would else start it, with whatever path there is then
            forkserver.ensure_running()


def _is_ours_without_threads() -> bool:
    """Whether this process may be forked as it is.

    What a program that uses us as a library has in memory, and the hooks it has set, are not for workers.
    """
    try:
        # Linux: threads of libraries count too
        return is_ours() and len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208
    except OSError:
        return False


@contextmanager
def _forked_from_us() -> Iterator[None]:
    """Within, the fork server is this process forked, not an interpreter that imports all over again: half a second."""
    resource_tracker.ensure_running()  # first, or it would be forked from us as well
    usual = util.spawnv_passfds
    util.spawnv_passfds = partial(_fork_and_run, usual)
    try:
        yield
    finally:
        util.spawnv_passfds = usual


def _fork_and_run(usual: Starter, _path: object, args: Sequence[str], passfds: Sequence[int]) -> int:
    """As ``multiprocessing.util.spawnv_passfds``, for arguments that end in ``-c CODE``, without a new interpreter."""
    util._flush_std_streams()  # type: ignore[attr-defined]
    forked = os.fork()
    if forked:
        return forked
    try:
        util.spawnv_passfds = usual
        _become_a_new_process(kept=passfds)
        exec(args[-1], {})  # noqa: S102 - multiprocessing's own
    except SystemExit:
        os._exit(0)
    except BaseException:  # noqa: BLE001 - as an interpreter ends
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)


def _become_a_new_process(kept: Sequence[int]) -> None:
    """Drops what a process that is forked has of its parent: signal handlers, open files, multiprocessing's state."""
    # the collector frees nothing of the command's, and its frames never end: nothing closes a descriptor late, when it
    # is another's
    gc.freeze()
    for number in signal.valid_signals():
        # as a program has them that is just started; an interrupt is for the command to handle
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        if int(name) > 2 and int(name) not in kept:
            with suppress(OSError):  # already closed: the one that listed the folder
                os.close(int(name))
    forkserver._forkserver.__init__()  # type: ignore[misc]
    resource_tracker._resource_tracker.__init__()  # type: ignore[misc]
    _one_at_a_time.release()


@contextmanager
def _as_if_from_nowhere() -> Iterator[None]:
    """Processes that multiprocessing starts for this thread meanwhile have a safe path and no main script.

    There is no other way to set them: multiprocessing calls a function of its own, and passes on the environment.
    """
    with _one_at_a_time:
        usual, before = spawn.get_preparation_data, dict(os.environ)
        spawn.get_preparation_data = _preparation_for(threading.get_ident(), usual)  # type: ignore[assignment]
        _change_environment(safe_environment())
        try:
            yield
        finally:
            _change_environment(before)
            spawn.get_preparation_data = usual


def _preparation_for(starter: int, usual: Preparation) -> Preparation:
    """The preparation data for children of one thread; those that other threads start are not ours."""

    def prepared(name: str) -> dict[str, Any]:
        if threading.get_ident() != starter:
            return usual(name)
        # init_main_from_name and init_main_from_path: the main script, which may not guard what it does
        data = {key: value for key, value in usual(name).items() if not key.startswith("init_main")}
        return data | {"sys_path": safe_path()}

    return prepared


def _change_environment(wanted: dict[str, str]) -> None:
    """Makes the two variables of Python's path what they are in ``wanted``."""
    # no others: another thread may set a variable meanwhile, and it should stay
    for name in ("PYTHONSAFEPATH", "PYTHONPATH"):
        if name in wanted:
            os.environ[name] = wanted[name]
        else:
            os.environ.pop(name, None)
