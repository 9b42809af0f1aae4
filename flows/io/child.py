"""What runs inside a worker process, and the cheapest such process: one fork for one page.

A page's code may hang in C, eat memory or crash the interpreter. So it runs where the kernel can end it: alarms without
a handler kill a process that works too long or overstays, even when its parent is gone.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.io.import_path import drop_cwd_from_path
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.io.posix import limit_memory

Work = Callable[[Page], Record]
"""Makes a page's record. Picklable: a function of a module, or a partial of one."""

TIMEOUT = "timeout"
CRASHED = "crashed"
MEMORY = "memory"

# set by hand: less could end a page that its parent is about to end, more keeps a hung one longer
GRACE_SECONDS = 2.0
"""How long after the limit the kernel ends a page's process, should its parent not have done so."""

_NEW_OBJECTS = 10_000
"""After so many more objects a worker looks for garbage; Python's 700 are a fraction of a page's, nearly all of which
end without being looked for. As fast as never to look (decision 20).
"""

_STDOUT, _STDERR = 1, 2
_RECORD, _REASON = b"R", b"F"  # first byte of a forked child's answer
_ANSWERED = 43  # its exit code when the answer is whole: none that a page's code would leave with
_EXIT_SECONDS = 10.0
"""How long a child that has closed its pipe may take to leave: it has nothing left to do, but the machine may
be busy.
"""
# set by hand: a library's message may quote a whole page; less would cut ordinary ones
_MAX_REASON_CHARS = 300


class Limits(Struct, frozen=True):
    """What one page may cost."""

    processor_seconds: float = 10.0
    """Of its process; the slowest of 1,000 usual pages needs under one. A busy machine makes no page fail."""
    # set by hand: a machine with six times the work it can do still cleans what works for all its processor time
    timeout_seconds: float = 60.0
    """Wall clock, for a page that waits without work."""
    memory_bytes: int = 500_000_000
    """Address space above what the process has at its start."""
    pages_per_worker: int = 500
    """Pages after which a worker is replaced, so that what leaks stays small."""


def limit_resources(memory_bytes: int) -> None:
    """Puts the calling process under the limits of a worker; there is no way back.

    Data goes out through the parent only: whatever the page's code prints ends on standard error.
    """
    drop_cwd_from_path()
    # objects from before are no garbage: scanning them takes time, and copies memory that processes share
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    with contextlib.suppress(OSError):  # standard error may be closed
        os.dup2(_STDERR, _STDOUT)
    for library in ("bs4", "htmldate", "trafilatura"):  # the record has what they warn of
        logging.getLogger(library).setLevel(logging.CRITICAL)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent gets them too, and decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a handler would wait for C code to return
    for alarm in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(alarm, signal.SIG_DFL)
    limit_memory(memory_bytes)


def attempt(work: Work, page: Page, limits: Limits) -> bytes | str:
    """Runs ``work`` on a page: the encoded record, or the reason why there is none.

    Ends the process where the page is beyond its limits of time (``reason_of_death``).

    Encoded here because MessagePack crosses to the parent ten times as fast as a pickled record.
    The one place where any exception at all is turned into a reason.
    """
    signal.setitimer(signal.ITIMER_PROF, limits.processor_seconds)
    signal.setitimer(signal.ITIMER_REAL, limits.timeout_seconds + GRACE_SECONDS)
    started = time.perf_counter()
    try:
        record = work(page)
        duration_ms = round((time.perf_counter() - started) * 1000, 3)
        return msgspec.msgpack.encode(
            replace(record, processing=replace(record.processing, duration_ms=duration_ms))
        )
    except MemoryError:
        return MEMORY
    except BaseException as error:  # noqa: BLE001 - a page must not end the run, whatever it raises
        return error_reason(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def error_reason(error: BaseException) -> str:
    """The reason of an unexpected exception: ``error: <type>: <one line>``."""
    line = " ".join(str(error).split())
    return f"error: {type(error).__name__}: {line}"[:_MAX_REASON_CHARS].rstrip(": ")


@contextmanager
def defer_signals() -> Iterator[None]:
    """Within, SIGINT, SIGTERM and SIGHUP are noted; at the end they do what they usually do. Ignored ones stay so.

    For starts that cannot be undone half way: the exception that a handler raises may come between any two
    instructions. Only in the main thread, for handlers run in no other.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # a list, not a flag: several signals may come, and each is to do what it does
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    usual = {
        number: handler
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if (handler := signal.getsignal(number))
        not in (signal.SIG_IGN, None)  # None: not Python's to restore
    }
    for number in usual:
        signal.signal(number, note)
    try:
        yield
    finally:
        # the usual handlers first: raised before, a signal would only be noted again
        for number, handler in usual.items():
            signal.signal(number, handler)
        for noted in came:
            signal.raise_signal(noted)


def attempt_in_fork(work: Work, page: Page, limits: Limits) -> bytes | str:
    """As ``attempt``, in a process of its own, forked from this one: a few milliseconds.

    Only sound while this process has a single thread; a pool is for all other cases.
    Raises EnvironmentFault where the machine starts no process.
    """
    child: tuple[int, int] | None = None
    answer: bytes | None = None
    try:
        # a signal in the midst of a fork is lost in what Python runs around it, or leaves a child that is never ended
        with defer_signals():
            pid, reader = child = _forked(work, page, limits)
        answer = _read_to_end(reader, time.monotonic() + limits.timeout_seconds)
    finally:
        if child is not None:
            os.close(reader)
            exit_code = _end(pid, 0.0 if answer is None else _EXIT_SECONDS)
    if answer is None:
        return TIMEOUT
    if exit_code != _ANSWERED:
        return reason_of_death(exit_code)
    return answer[1:] if answer[:1] == _RECORD else answer[1:].decode("utf-8")


def _forked(work: Work, page: Page, limits: Limits) -> tuple[int, int]:
    """The id of a page's own process, and the pipe its answer comes through."""
    with machine_errors("a worker process cannot be started"):
        reader, writer = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(reader)
            os.close(writer)
            raise
    if pid == 0:
        os.close(reader)
        _answer_and_exit(writer, work, page, limits)
    os.close(writer)
    return pid, reader


def reason_of_death(exit_code: int | None) -> str:
    """Why a page's process ended without an answer: by an alarm of the kernel's where it had worked for too long, or
    its parent was too busy to end it in time.
    """
    return TIMEOUT if exit_code in (-signal.SIGPROF, -signal.SIGALRM) else CRASHED


def _answer_and_exit(writer: int, work: Work, page: Page, limits: Limits) -> None:
    """The child's whole life. Leaves by ``_exit`` so that nothing of the parent's is flushed twice."""
    exit_code = 1
    try:
        limit_resources(limits.memory_bytes)
        outcome = attempt(work, page, limits)
        with os.fdopen(writer, "wb") as pipe:
            if isinstance(outcome, bytes):
                pipe.write(_RECORD + outcome)
            else:
                pipe.write(_REASON + outcome.encode("utf-8", "replace"))
        exit_code = _ANSWERED
    finally:
        os._exit(exit_code)


def _read_to_end(reader: int, deadline: float) -> bytes | None:
    """All the child writes, or None where it has not finished by ``deadline`` (monotonic seconds)."""
    parts: list[bytes] = []
    poll = select.poll()
    poll.register(reader, select.POLLIN | select.POLLHUP)
    while (left := deadline - time.monotonic()) > 0:
        if poll.poll(left * 1000):
            # never less than there is: a pipe of Linux holds 65,536 bytes by default (pipe(7))
            part = os.read(reader, 1 << 20)
            if not part:
                return b"".join(parts)
            parts.append(part)
    return None


def _end(pid: int, patience_seconds: float) -> int:
    """Waits for a child that is about to leave, else ends it; returns its exit code."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        # seconds; the child has little left to do, and a single page should cost little more than itself
        time.sleep(0.0002)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
