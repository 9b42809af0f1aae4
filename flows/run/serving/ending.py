"""How ``copydesk serve`` ends: in order for as long as its server answers, and without it soon after it is gone."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.run.prefect_answers import answers
from copydesk.flows.run.prefect_server import ServerInUse
from copydesk.flows.terminal import echo

SILENT_SECONDS = 20.0
"""How long a server that was not started here may be silent: it may be started again meanwhile. After half a minute
Prefect prints tracebacks.
"""
# set by hand: a tenth of a second is usual, and a signal is to end all within ten
_SILENT_AT_END_SECONDS = 4.0
_ANSWER_SECONDS = 2.0
_CHECK_SECONDS, _LOOK_SECONDS = 5.0, 0.5
"""How often the server is requested, and how often is looked whether its process is there."""
_MOST_SECONDS = 60.0
"""How long runs may take to end in order on a busy machine; three are usual."""
_LEFT_SECONDS = 1.5
"""How long Prefect's own end, and then that of a run, may take where the server is gone."""


Serving = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Serves until the event is set, and ends in order."""


def run_to_the_end(
    serving: Serving, set_by_signals: Callable[[asyncio.Event], None], server: ServerInUse
) -> None:
    """Serves until a signal comes. Raises what ``serving`` raises, and EnvironmentFault where the server is gone or
    silent: nothing that would wait for it is waited for.
    """
    over = threading.Event()
    try:
        asyncio.run(_to_the_end(serving, set_by_signals, server, over))
    except EnvironmentFault:
        over.set()
        _end_runs()
        raise


async def _to_the_end(
    serving: Serving,
    set_by_signals: Callable[[asyncio.Event], None],
    server: ServerInUse,
    over: threading.Event,
) -> None:
    stop = asyncio.Event()
    set_by_signals(stop)
    served = asyncio.create_task(serving(stop))
    gone = asyncio.create_task(_gone(server, SILENT_SECONDS, every_seconds=_CHECK_SECONDS))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({served, gone, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not (served.done() or gone.done()):
        gone.cancel()
        gone = asyncio.create_task(_gone(server, _SILENT_AT_END_SECONDS, every_seconds=_LOOK_SECONDS))
        await asyncio.wait({served, gone}, timeout=_MOST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if served.done():
        gone.cancel()
        await served
        return
    logging.disable()  # of what Prefect cannot do any more
    for run in multiprocessing.active_children():
        run.terminate()
    # the loop cancels all tasks and waits for them
    threading.Thread(target=_end_unless, args=(over, server), daemon=True).start()
    raise EnvironmentFault(_message(server))


def _end_runs() -> None:
    """Python would wait for them, and they for the server; what they have done so far is kept in any case."""
    for run in multiprocessing.active_children():
        run.join(_LEFT_SECONDS)
        run.kill()


def _end_unless(over: threading.Event, server: ServerInUse) -> None:
    if not over.wait(_LEFT_SECONDS):
        echo(f"copydesk: {_message(server)}", err=True)
        os._exit(EnvironmentFault.exit_code)


def _message(server: ServerInUse) -> str:
    problem = "has ended" if server.has_ended() else "no longer answers"
    return f"the Prefect server at {server.url} {problem}; start serve again"


async def _gone(server: ServerInUse, silent_seconds: float, *, every_seconds: float) -> None:
    """Returns once the server has ended, or not answered for so long."""
    answered = checked = time.monotonic()
    while not server.has_ended() and time.monotonic() - answered < silent_seconds:
        await asyncio.sleep(_LOOK_SECONDS)
        if time.monotonic() - checked < every_seconds:
            continue
        # in a thread: it waits
        if await asyncio.to_thread(answers, server.url, seconds=_ANSWER_SECONDS):
            answered = time.monotonic()
        checked = time.monotonic()
