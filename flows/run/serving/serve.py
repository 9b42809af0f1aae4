"""Scheduled runs: ``copydesk serve`` registers the flow with a Prefect server and does what falls due.

What users can count on:

- A list of sources that states a schedule of its own is a deployment of its own; all else that is named is one more.
  Sources of lists are read again by each run; that a schedule has changed is reported, and applied by the next start.
- With an interval the first run starts at once, the next ones follow at the interval from then on.
  With a cron line runs start only at its times; its hours are UTC, or those of the time zone that is named.
- One run at a time, whichever deployment it is of: all go into one folder. Runs that fall due meanwhile become one run
  of each, done next.
- Stopping (SIGTERM, Ctrl-C but where it was started in the background) cancels the run under way, whose records so far
  are written, and pauses the deployment, so that a server that stays up does not pile up runs. Starting again resumes
  it; what fell due in between is not made up for.
- Pausing it by hand (``prefect deployment schedule pause``, or the page of the deployment) holds until
  the next start. ``prefect deployment delete ingest/NAME`` removes it.
- Its name is that of its output folder and sources, or ``--name``; what another process serves, or what is on the
  server for another folder, is not overwritten.
- A server that was started for it is there for all who serve meanwhile, and ends with the last of them. A server that
  dies ends those who serve by it, with a line.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec.structs import replace

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.source_list import list_files, may_hold_lists, read_source_list
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.fetching.wire.addresses import is_web_url
from copydesk.flows.io.import_path import gc_paused
from copydesk.flows.io.posix import stamp_of
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.run.flow_form import as_parameters
from copydesk.flows.run.planning import checked_plan
from copydesk.flows.run.prefect_home import elsewhere
from copydesk.flows.run.prefect_server import SERVED_BY, SERVED_FROM, own_or_found_server, set_quiet_defaults
from copydesk.flows.run.reporting.artifacts import links_to
from copydesk.flows.run.reporting.report import tags_of
from copydesk.flows.run.reporting.text import escaped
from copydesk.flows.run.serving.deployments import (
    FLOW,
    Served,
    Stated,
    check_free,
    reserved,
    runs_in,
    served_by,
)
from copydesk.flows.run.serving.ending import ServerGone, run_to_the_end
from copydesk.flows.schedule import Plan
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.terminal import echo

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.runner import Runner
    from prefect.schedules import Schedule


MOST_RUNS = 200
"""As many as the server gives at once."""


def serve(options: IngestOptions, stated: Stated, *, name: str | None = None) -> None:
    """Runs the ingest flow on its schedules until SIGTERM, SIGINT or SIGHUP; starts a server where none answers.
    ``stated``: the schedule of what states none itself.

    Returns once stopped; ends the process, with a line and code 5, where the server goes away. Raises SettingsError for
    a wrong schedule or options and for a name that is taken, EnvironmentFault where there is no server to be had.
    """
    options = replace(options, output=options.output.resolve())  # by its whole path the folder is known again
    served = served_by(options, stated, name)
    changed = ChangedSchedules(options)
    # for its errors, and the names of its sources: each run plans for itself
    tags = {one.name: _tags(one.options) for one in served}
    os.environ |= {SERVED_BY: str(os.getpid()), SERVED_FROM: os.getcwd()}  # noqa: PTH109 - text
    # as Ctrl-C, until the event loop has handlers of its own
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as held:
            held.enter_context(suppress(KeyboardInterrupt))
            for one in served:
                held.enter_context(reserved(one.name, one.options))
            # to load Prefect and to start its server takes seconds, on a busy machine many
            _print("starting: Prefect is loaded, and its server found or started; Ctrl-C stops it")
            set_quiet_defaults(terminal_level="INFO")  # before Prefect is imported
            from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL, temporary_settings

            # where the processes that Prefect starts for its runs begin, and import Prefect
            held.enter_context(elsewhere())
            server = held.enter_context(own_or_found_server())
            held.enter_context(temporary_settings({PREFECT_API_URL: server.url}))
            for one in served:
                _print(f"serving {FLOW}/{one.name} {one.when.shown} by the Prefect server at {server.url}")
            _print(f"that server: {server.whose}")
            if pages := PREFECT_UI_URL.value():
                _print(f"what is new and what failed, after each run: {pages}/runs")
            with _interrupts_kept_from_runs():
                run_to_the_end(partial(_serve, served, changed, tags), _set_by_signals, server)
        for one in served:
            _print(f"stopped serving {FLOW}/{one.name}")
    except ServerGone as fault:
        _print(f"Error: {fault}")
        # what Prefect does at the end of a process would wait for the server
        os._exit(fault.exit_code)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _print(line: str) -> None:
    # of a terminal that was closed: what is stopped by that stops in order
    with suppress(OSError):
        echo(line, err=True)


@contextmanager
def _interrupts_kept_from_runs() -> Iterator[None]:
    """Ctrl-C and SIGHUP go to a whole group of processes; runs are ended by whoever serves them, and in order.

    A process inherits what the thread that starts it does not listen to. Another thread takes them for this one.
    """
    over = threading.Event()
    threading.Thread(target=over.wait, name="takes-interrupts", daemon=True).start()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        over.set()


def _tags(options: IngestOptions) -> list[str]:
    """The tags of a deployment, which its runs have, too: the names of the sources it has now."""
    plan = checked_plan(options)
    return tags_of([*map(plan.tally_of, plan.local), *(SourceTally(one.name, one.kind) for one in plan.web)])


async def _serve(
    served: Sequence[Served], changed: ChangedSchedules, tags: Mapping[str, list[str]], stop: asyncio.Event
) -> None:
    with gc_paused():
        from prefect.client.orchestration import get_client
        from prefect.runner import Runner

    logging.getLogger("prefect.runner").addFilter(_Once("at capacity"))
    runner = Runner(
        name=served[0].name,
        # one run at a time: two would want to lock the same output folder
        limit=1,
        query_seconds=min(one.when.poll_seconds for one in served),
        pause_on_shutdown=True,
    )
    async with get_client() as client:
        for one in served:
            await check_free(client, one.name, one.options)
        deployments = [await _added(runner, one, tags[one.name]) for one in served]
        for one, deployment_id in zip(served, deployments, strict=True):
            # what fell due while nobody served is not made up for
            for run in await _overdue(client, deployment_id):
                await _delete(client, run)
            # by the schedule alone the first run would begin one interval from now
            if one.when.every_seconds is not None and not stop.is_set():
                await client.create_flow_run_from_deployment(deployment_id, name="at-start")
        reporting = asyncio.create_task(_keep_reporting(changed, every_seconds=runner.query_seconds))
        try:
            await _until_stopped(stop, runner, client, deployments)
        finally:
            reporting.cancel()


class _Once(logging.Filter):
    """Drops repetitions of the line with this text, which Prefect logs at every poll."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text, self._is_seen = text, False

    def filter(self, record: logging.LogRecord) -> bool:
        if self._text not in str(record.msg):
            return True
        was_seen, self._is_seen = self._is_seen, True
        return not was_seen


def _set_by_signals(stop: asyncio.Event) -> None:
    """By SIGTERM; by SIGINT and SIGHUP but where they are ignored: Ctrl-C is not meant for what runs in the background,
    nor the end of a terminal for what was begun with nohup.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number is signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)


async def _added(runner: Runner, one: Served, tags: list[str]) -> UUID:
    """The deployment of the flow itself, not of its name: to look that up Prefect puts the current folder on
    the path.
    """
    from prefect.types.entrypoint import EntrypointType

    with gc_paused():
        from copydesk.flows.run.ingest import ingest

    sources = escaped(without_secrets(", ".join(one.options.sources)))
    return await runner.aadd_flow(
        ingest,
        one.name,
        schedule=_schedule(one.when),
        # what is not set has no field of a type, and a server refuses it
        parameters={name: value for name, value in as_parameters(one.options).items() if value is not None},
        # what people read on the deployment's page
        description=f"Reads {sources} into {escaped(str(one.options.output))}: {links_to(one.name)}.",
        tags=tags,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _schedule(when: Plan) -> Schedule:
    from prefect.schedules import Cron, Interval

    if when.every_seconds is not None:
        return Interval(timedelta(seconds=when.every_seconds), anchor_date=datetime.now(UTC))
    return Cron(when.cron or "", timezone=when.timezone)


async def _until_stopped(
    stop: asyncio.Event, runner: Runner, client: PrefectClient, deployments: Sequence[UUID]
) -> None:
    """Polls until a signal comes, then cancels what is under way and pauses the schedules."""
    polling = asyncio.create_task(runner.start())
    # lets the runner begin, which sets the handler that is replaced below
    await asyncio.sleep(0)
    # again: the runner has set a handler of its own, which leaves in the midst of its work
    _set_by_signals(stop)
    # a runner that has not started yet refuses to be stopped
    while not (runner.started or polling.done()):
        # set by hand; starting takes a moment, and a signal meanwhile is kept in `stop`
        await asyncio.sleep(0.05)
    folding = asyncio.create_task(_keep_folded(client, deployments, every_seconds=runner.query_seconds))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({polling, stopped}, return_when=asyncio.FIRST_COMPLETED)
    folding.cancel()
    stopped.cancel()
    if polling.done():
        raise EnvironmentFault("Prefect no longer looks for runs that are due") from polling.exception()
    await runner.astop()
    await polling


async def _keep_reporting(changed: ChangedSchedules, *, every_seconds: float) -> None:
    """Prints which lists have another schedule than they are served on."""
    while True:
        await asyncio.sleep(every_seconds)
        # in a thread: lists may lie on a slow disk
        for line in await asyncio.to_thread(changed.lines):
            _print(line)


async def _keep_folded(client: PrefectClient, deployments: Sequence[UUID], *, every_seconds: float) -> None:
    import httpx

    while True:
        await asyncio.sleep(every_seconds)
        with suppress(httpx.HTTPError):  # tidying can wait; that the server is gone is noticed elsewhere
            await fold_overdue(client, deployments)


async def fold_overdue(client: PrefectClient, deployments: Collection[UUID]) -> None:
    """Keeps runs that fell due while another was under way from piling up: of each deployment the latest stays.

    Where none is, nothing is touched: the runner is about to begin one of them.
    """
    from prefect.client.schemas.objects import StateType

    for deployment_id in deployments:
        for run in (await _overdue(client, deployment_id))[1:]:
            # looked up before each: once that one has ended, the runner chooses the next as soon as its process is gone
            if not await client.read_flow_runs(**runs_in(StateType.RUNNING, deployments), limit=1):
                return
            await _delete(client, run)


async def _overdue(client: PrefectClient, deployment_id: UUID) -> list[FlowRun]:
    """Runs that are due but have not begun, the latest first."""
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.sorting import FlowRunSort

    return await client.read_flow_runs(
        **runs_in(StateType.SCHEDULED, [deployment_id], before=datetime.now(UTC)),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=MOST_RUNS,  # left out it is sent as null, which fastapi from 0.151 on refuses
    )


async def _delete(client: PrefectClient, run: FlowRun) -> None:
    from prefect.exceptions import ObjectNotFound

    # somebody else has deleted it meanwhile
    with suppress(ObjectNotFound):
        await client.delete_flow_run(run.id)


class ChangedSchedules:
    """Finds lists of sources whose schedule differs from the one they are served on: that of when this was made."""

    def __init__(self, options: IngestOptions) -> None:
        # absolute: serving changes the current folder
        self._paths = {name: Path(name).absolute() for name in options.sources if not is_web_url(name)}
        self._without = set(map(os.path.realpath, options.without))
        self._served: dict[Path, Plan | None] = {}
        self._seen: dict[Path, Plan | None] = {}
        self.lines()
        self._served = dict(self._seen)

    def lines(self) -> list[str]:
        """A line for each list whose schedule has changed since the last call."""
        lines = []
        for shown, file in self._lists():
            try:
                now = _schedule_of(file, stamp_of(file))
            # missing or wrong, perhaps half-written: the next run reports it
            except (OSError, SettingsError):
                continue
            if now != self._seen.get(file):
                self._seen[file] = now
                if now != self._served.get(file):
                    lines.append(f"{shown}: its schedule has changed; restart serve to apply it")
        return lines

    def _lists(self) -> Iterator[tuple[str, Path]]:
        """The lists that exist now: as the user named them, and their paths."""
        for name, path in self._paths.items():
            try:
                files = list_files(path) if may_hold_lists(str(path)) else []
            except (OSError, SettingsError):  # a folder that cannot be read: the next run reports it
                continue
            for file in files:
                if os.path.realpath(file) not in self._without:
                    yield (name if file == path else os.path.join(name, file.name)), file  # noqa: PTH118


@lru_cache(maxsize=1_000)
def _schedule_of(file: Path, stamp: str | None) -> Plan | None:  # noqa: ARG001 - parsed again when the stamp changes
    return read_source_list(file).schedule.plan
