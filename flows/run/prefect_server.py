"""The Prefect server: the one a user runs, or one of our own that goes when its last user goes.

Prefect cannot run a flow without a server. Its own temporary one stays behind when the process is
killed, and schedules nothing; so we start ``prefect server start`` ourselves, in a session of its own,
and it watches whether we are still there.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from msgspec import Struct

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.import_path import drop_cwd_from_path, gc_paused, safe_environment
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.run.prefect_home import (
    NOWHERE,
    Lock,
    answers,
    import_prefect,
    is_local,
    locked_home,
    may_name_a_server,
    owner_of,
    prefect_home,
)

START_SECONDS = 120.0
"""How long a server may take to answer. Four seconds are usual, eight with a new home, far more on a busy machine."""
STOP_SECONDS = 5.0
"""How long a server may take to end before it is killed. A fifth of a second is usual."""
LEAVE_SECONDS = 2.0
"""How long who leaves it last waits for it to end by itself; three quarters of a second are usual."""
DEFAULT_PORT = 4200
"""Prefect's own."""
_NEVER_GIVEN = range(20_000, 32_000)
"""Ports below those that systems give to connections, and to servers that name none."""

QUIET = {
    # nothing is reported to anyone: neither by clients nor, every ten minutes, by a server, which without a network
    # would print an error besides
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # the newer pages, which stay at /v2, request the settings of a statistics service whatever is set here
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    # its pages do not invite users to sign up somewhere
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # should Prefect start a server of its own after all: its 20 s are too few on a busy machine
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}
SERVED_BY = "_COPYDESK_SERVED_BY"
"""For a scheduled run: the process that serves it, with which it is to end."""
SERVED_FROM = "_COPYDESK_SERVED_FROM"
"""For it: the folder where that was started, from which relative sources are read."""
LOGGING_PATHS = ("PREFECT_LOGGING_CONFIG_PATH", "PREFECT_LOGGING_SETTINGS_PATH")
"""Where Prefect reads how to log, which may name any function to be called: the user's choice, not that of a
folder of pages, also where a program that uses us has let Prefect read the folder's settings.
"""
OBSERVERS = ("FlowRunCancellingObserver", "FlowRunSuspendingObserver")
"""What of Prefect logs tracebacks where the server is gone, which is reported in a line of ours."""
TERMINAL_LEVEL = "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"


def set_quiet_defaults(*, terminal_level: str = "WARNING") -> None:
    """Sets Prefect's environment, and imports it so that the current folder sets nothing; what the user has set stays.

    The level is the terminal's alone: the server still gets every line of a run. Flow runs in child
    processes inherit it.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ["PREFECT_HOME"] = str(prefect_home())  # the same wherever it is read
    if not any(name in os.environ for name in LOGGING_PATHS):
        os.environ[LOGGING_PATHS[0]] = str(prefect_home() / "logging.yml")
    if "PREFECT_LOGGING_LEVEL" not in os.environ:
        os.environ.setdefault(TERMINAL_LEVEL, terminal_level)
    import_prefect()
    for name in OBSERVERS:
        logging.getLogger(f"prefect.{name}").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").addFilter(_is_of_no_observer)


def _is_of_no_observer(record: logging.LogRecord) -> bool:
    """Whether a line is wanted: an observer that is stopped asks its cancelled task for an error, which raises one."""
    return not any(name in record.getMessage() for name in OBSERVERS)


def configured_url() -> str | None:
    """The API URL of the user's server (environment or profile), or None."""
    from prefect.settings import get_current_settings

    return get_current_settings().api.url or None


def default_url() -> str:
    """The URL at which ``prefect server start`` listens here, by PREFECT_SERVER_API_PORT or by default."""
    from prefect.settings import get_current_settings

    # not localhost: that may be ::1, where the server does not listen
    return f"http://127.0.0.1:{get_current_settings().server.api.port}/api"


@contextmanager
def private_server() -> Iterator[str]:
    """A server for this process alone: no pages, no scheduler, a free port. Gives its API URL.

    Raises EnvironmentFault where it does not start.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    # not --no-services: one of them records the task runs
    flags = ("--no-scheduler", "--no-late-runs", "--no-ui")
    with ExitStack() as stack:
        with locked_home():
            _start(stack, port, flags, lives_for=str(os.getpid()), leave=_stop)
        yield url


def is_configured() -> bool:
    """Whether the user has named a server, in the environment or a profile.

    Imports Prefect only where there is a setting that may name one: that takes longer than many a run.
    """
    if not may_name_a_server():
        return False
    set_quiet_defaults()
    return configured_url() is not None


@contextmanager
def found_server(url: str) -> Iterator[str]:
    """The server the user has configured. Raises EnvironmentFault where it is silent."""
    with _used(_port_of(url)) if is_local(url) else nullcontext():  # it may be one that is served by
        if not answers(url):
            raise EnvironmentFault(no_answer(url))
        yield url


class ServerInUse(Struct, frozen=True):
    """A server that is used: its API URL, whose it is in words, and the process where it was started here."""

    url: str
    whose: str
    child: subprocess.Popen[bytes] | None = None

    def has_ended(self) -> bool:
        """Whether it was started here and is gone."""
        return self.child is not None and self.child.poll() is not None


@contextmanager
def own_or_found_server() -> Iterator[ServerInUse]:
    """The server the user has configured where it answers, else a whole one of our own, with scheduler and pages.

    Ours listens at the configured local address, or at Prefect's port, or at a free one where something else holds
    that port, also another's Prefect server; whoever finds it there uses it, too, and it ends with its last user.
    Raises EnvironmentFault where the configured address is another machine's and nothing answers there.
    """
    wanted = configured_url()
    if wanted and not is_local(wanted):
        if not answers(wanted):
            raise EnvironmentFault(no_answer(wanted))
        yield ServerInUse(wanted, "the one you have configured")
        return
    with _shared_server(wanted or default_url(), is_configured=wanted is not None) as found:
        yield found


def no_answer(url: str) -> str:
    """The message for a user whose server is silent."""
    return f"no Prefect server answers at {url}: start it, or unset PREFECT_API_URL to do without"


@contextmanager
def _shared_server(url: str, *, is_configured: bool) -> Iterator[ServerInUse]:
    """The server at a local address, started where none of ours answers, for all who use it meanwhile."""
    port = _port_of(url)
    with ExitStack() as stack:
        with locked_home():  # who comes second finds the first one's
            users = stack.enter_context(_used(port))
            found = owner_of(url) if answers(url) else None
            # who configures an address means whatever answers there; nobody else's is joined
            if found is not None and (is_configured or found.is_us):
                server = ServerInUse(url, f"found running, {found.shown}")
            else:
                why = ""
                if not _is_free(port):
                    held = f"another's Prefect server ({found.shown})" if found else "another program"
                    why = f", as {held} holds port {port}"
                    port = free_port()
                    users = stack.enter_context(_used(port))
                url = f"http://127.0.0.1:{port}/api"
                lives_for, leave = str(_users_path(port)), partial(_leave, users=users)
                child = _start(stack, port, (), lives_for=lives_for, leave=leave)
                server = ServerInUse(url, f"started for this, home {prefect_home()}{why}", child)
        yield server


@contextmanager
def _used(port: int) -> Iterator[Lock]:
    """Is among the users of the server at a port; one that is just about to end is waited for."""
    users = Lock(_users_path(port))
    try:
        users.share()
        yield users
    finally:
        users.close()


def _users_path(port: int) -> Path:
    return prefect_home() / f"copydesk-server-{port}.lock"


def _leave(child: subprocess.Popen[bytes], users: Lock) -> None:
    """The server ends by itself once nobody holds the lock; that is waited for where nobody else does."""
    is_last = users.have_alone()
    users.release()
    if not is_last:
        return
    try:
        child.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        # somebody came in between, or it is about to end; else it was stopped, and would hold its port
        if users.have_alone():
            _kill(child)


def _start(
    stack: ExitStack,
    port: int,
    flags: Sequence[str],
    *,
    lives_for: str,
    leave: Callable[[subprocess.Popen[bytes]], None],
) -> subprocess.Popen[bytes]:
    """Starts a server, which ``leave`` ends with the stack, and waits until it answers."""
    command = [sys.executable, "-m", "copydesk.flows.run.prefect_server", lives_for]
    command += ["server", "start", "--host", "127.0.0.1", "--port", str(port), *flags]
    url = f"http://127.0.0.1:{port}/api"
    with machine_errors("the Prefect server cannot be started"):
        # the server's own log goes to a file, shown only where it does not start
        log = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed with the stack
        child = subprocess.Popen(  # noqa: S603
            command,
            env=safe_environment() | {"PREFECT_API_URL": url},  # what its pages request
            cwd=NOWHERE,  # it would read settings from the current folder, and so would what it starts
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    stack.callback(leave, child)
    _wait_until_healthy(child, url, log)
    return child


def _wait_until_healthy(child: subprocess.Popen[bytes], url: str, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(url, seconds=1.0):
        if child.poll() is not None:
            raise EnvironmentFault(
                f"the Prefect server ended at once (code {child.returncode}): {_last_error(log)}"
            )
        if time.monotonic() > deadline:
            raise EnvironmentFault(
                f"the Prefect server did not answer within {START_SECONDS:.0f} s: {_last_error(log)}"
            )
        # set by hand: a small part of the usual four seconds, so that little is waited for in vain
        time.sleep(0.1)


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _kill(child)


def _kill(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _last_error(log: IO[bytes]) -> str:
    """The last line of a server's log that names an error, else the last line."""
    log.seek(0)
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").split("\n") if line.strip()]
    errors = [line for line in lines if "Error" in line]
    return (errors or lines or ["it logged nothing"])[-1]


def _port_of(url: str) -> int:
    return urlsplit(url).port or DEFAULT_PORT


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens at, and the system gives to nobody who asks for any: a server takes seconds to be
    at it.
    """
    return next(filter(_is_free, random.sample(_NEVER_GIVEN, len(_NEVER_GIVEN))))


def end_with(parent: int) -> None:
    """From now on, ends this process soon after its parent is gone, however that went.

    First by SIGTERM, so that it can keep what is done; by force where it then waits for a server
    that went too.
    """
    _end_once(lambda: os.getppid() != parent)


def _end_after_last_user(users: Lock) -> None:
    """From now on, ends this process once nobody holds the lock, and not for a SIGTERM before.

    Who stops a whole group of processes would take the server from those who still report to it how their runs ended.
    """

    def end(*_: object) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # of this thread, the main one
        signal.raise_signal(signal.SIGTERM)

    signal.signal(signal.SIGUSR1, end)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    # the lock is kept until the end: who comes now waits for it
    _end_once(users.have_alone, by=signal.SIGUSR1)


def _end_once(is_over: Callable[[], bool], *, by: signal.Signals = signal.SIGTERM) -> None:
    def watch() -> None:
        while not is_over():
            # set by hand: less wakes an idle process for nothing, more keeps a server that nobody needs
            time.sleep(0.5)
        os.kill(os.getpid(), by)
        time.sleep(STOP_SECONDS)
        os._exit(1)

    with machine_errors("nothing can watch whether this process is still needed"):
        threading.Thread(target=watch, daemon=True).start()


def main(arguments: Sequence[str]) -> None:
    """Runs Prefect's own command for as long as the process named first lives, or anybody holds the lock
    named there.
    """
    drop_cwd_from_path()  # Alembic would put it on the path
    lives_for, *command = arguments
    if lives_for.isdecimal():
        end_with(int(lives_for))
    else:
        _end_after_last_user(Lock(Path(lives_for)))
    # as it would itself, but in three quarters of the time
    with gc_paused():
        import prefect.server.api.server  # noqa: F401
    # all of it stays: the collector need not scan it
    gc.freeze()
    sys.argv = ["prefect", *command]
    from prefect.cli import app

    app()


if __name__ == "__main__":
    main(sys.argv[1:])
