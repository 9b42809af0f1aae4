"""How ``copydesk serve`` ends: in order for as long as its server answers, else soon and without what waits for it."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any

from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.run.prefect_home import answers
from copydesk.flows.run.prefect_server import ServerInUse

# set by hand: a tenth of a second is usual, and a signal is to end all within ten
_SILENT_SECONDS, _SILENT_AT_END_SECONDS = 20.0, 4.0
"""How long the server may be silent, since another's may be started again meanwhile; after half a minute Prefect prints
tracebacks.
"""
_ANSWER_SECONDS = 4.0
_REQUEST_SECONDS, _LOOK_SECONDS = 5.0, 0.5
"""How often the server is requested, and how often is looked whether its process is there."""
_RUN_SECONDS = 5.0
"""How long a run may take to end in order, before it is killed; one is usual."""
_AFTER_RUNS_SECONDS = 20.0
"""How long all may take to end once no run is left, as long as the server answers; a tenth of a second is usual, on a
busy machine some."""
_LEFT_SECONDS = 2.0
"""How long a run may take to end where the server is gone: what it has done is kept in any case."""


class ServerGone(EnvironmentFault):
    """The Prefect server has ended, or no longer answers, or Prefect does not end: this process can only be ended by
    force.
    """


Serving = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Serves until the event is set, and ends in order."""


def run_to_the_end(
    serving: Serving, set_by_signals: Callable[[asyncio.Event], None], server: ServerInUse
) -> None:
    """Serves until a signal comes. Raises what ``serving`` raises, and ServerGone where the server is gone."""
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        try:
            runner.run(_to_the_end(serving, set_by_signals, server))
        except ServerGone:
            stack.pop_all()  # to close it would wait for all that waits for the server
            logging.disable()  # of what Prefect cannot do any more
            _end_runs()
            raise


async def _to_the_end(
    serving: Serving, set_by_signals: Callable[[asyncio.Event], None], server: ServerInUse
) -> None:
    stop = asyncio.Event()
    set_by_signals(stop)
    served = asyncio.create_task(serving(stop))
    gone = asyncio.create_task(_until_gone(server, _SILENT_SECONDS, every_seconds=_REQUEST_SECONDS))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({served, gone, stopped}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if stop.is_set():
        gone = asyncio.create_task(_until_gone(server, _SILENT_AT_END_SECONDS, every_seconds=0))
        await asyncio.wait({served, gone}, timeout=_RUN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not (served.done() or gone.done()):
            for run in multiprocessing.active_children():
                run.kill()
            await asyncio.wait(
                {served, gone}, timeout=_AFTER_RUNS_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        gone.cancel()
    if not served.done():
        raise ServerGone(_message(server, is_gone=gone.done() or not stop.is_set()))
    error = served.exception()
    if await _is_for_the_server(error, server):
        raise ServerGone(_message(server)) from error
    await served


async def _is_for_the_server(error: BaseException | None, server: ServerInUse) -> bool:
    """Whether serving has ended by an error because the server is gone."""
    if error is None or isinstance(error, SettingsError):
        return False
    return server.has_ended() or not await asyncio.to_thread(answers, server.url, seconds=_ANSWER_SECONDS)


async def _until_gone(server: ServerInUse, silent_seconds: float, *, every_seconds: float) -> None:
    """Returns once the server has ended, or not answered for so long."""
    answered = requested = time.monotonic()
    while not server.has_ended() and time.monotonic() - answered < silent_seconds:
        await asyncio.sleep(_LOOK_SECONDS)
        if time.monotonic() - requested < every_seconds:
            continue
        # in a thread: it waits
        if await asyncio.to_thread(answers, server.url, seconds=_ANSWER_SECONDS):
            answered = time.monotonic()
        requested = time.monotonic()


def _end_runs() -> None:
    """They would wait for the server as well."""
    for run in multiprocessing.active_children():
        run.terminate()
        run.join(_LEFT_SECONDS)
        run.kill()


def _message(server: ServerInUse, *, is_gone: bool = True) -> str:
    if not is_gone:
        return "serve did not end in order, and was ended by force: what its runs have done is kept"
    problem = "has ended" if server.has_ended() else "no longer answers"
    return f"the Prefect server at {server.url} {problem}; start serve again"
