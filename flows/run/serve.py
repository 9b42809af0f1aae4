"""Scheduled runs: ``copydesk serve`` registers the flow with a Prefect server and does what falls due.

What users can count on:

- With an interval the first run starts at once, the next ones follow at the interval from then on.
  With a cron line runs start only when the line says so; its hours are UTC.
- One run at a time. Runs that fall due meanwhile become one run, done next.
- Stopping (SIGTERM, Ctrl-C but where it was started in the background) cancels the run under way, whose
records so far are written, and pauses
  the deployment, so that a server that stays up does not pile up runs. Starting again resumes it;
  what fell due in between is not made up for.
- Pausing it by hand (``prefect deployment schedule pause``, or the page of the deployment) holds until
  the next start. ``prefect deployment delete ingest/NAME`` removes it.
- Its name is that of its output folder and sources, or ``--name``; what another process serves, or what is on the
  server for another folder, is not overwritten.
- A server that was started for it is there for all who serve meanwhile, and ends with the last of them.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.run.deployment_name import FLOW, check_free, deployment_name, reserved
from copydesk.flows.run.flow_form import as_parameters
from copydesk.flows.run.planning import checked_plan
from copydesk.flows.run.prefect_server import SERVED_BY, SERVED_FROM, own_or_found_server, set_quiet_defaults
from copydesk.flows.run.prefect_settings import elsewhere
from copydesk.flows.sources.schedule import Plan, plan

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.runner import Runner
    from prefect.schedules import Schedule

MOST_RUNS = 200
"""As many as the server gives at once."""


def serve(
    options: IngestOptions, *, every: str | None = None, cron: str | None = None, name: str | None = None
) -> None:
    """Runs the ingest flow on a schedule until SIGTERM or SIGINT; starts a server where none answers.

    Returns once stopped. Raises SettingsError for a wrong schedule or options and for a name that is taken,
    EnvironmentFault where there is no server to be had, or it goes away.
    """
    set_quiet_defaults(terminal_level="INFO")  # before Prefect is imported
    when = plan(every=every, cron=cron)
    options = replace(options, output=options.output.resolve())  # by its whole path the folder is known again
    name = deployment_name(options, name)
    checked_plan(options)  # for its errors alone: each run plans for itself
    from prefect.settings import PREFECT_API_URL, temporary_settings

    os.environ |= {SERVED_BY: str(os.getpid()), SERVED_FROM: os.getcwd()}  # noqa: PTH109 - text
    # as Ctrl-C, until the event loop has handlers of its own
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            suppress(KeyboardInterrupt),
            reserved(name, options),
            elsewhere(),  # where the processes that Prefect starts for its runs begin, and import Prefect
            own_or_found_server() as url,
            temporary_settings({PREFECT_API_URL: url}),
        ):
            served = f"{FLOW}/{name} {every or cron}"
            print(f"serving {served} by the Prefect server at {url}", file=sys.stderr, flush=True)
            with _interrupts_kept_from_runs():
                asyncio.run(_serve(name, options, when))
        print(f"stopped serving {FLOW}/{name}", file=sys.stderr, flush=True)
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def _interrupts_kept_from_runs() -> Iterator[None]:
    """Ctrl-C goes to a whole group of processes; runs are ended by whoever serves them, and in order.

    A process inherits what the thread that starts it does not listen to. Another thread hears for this one.
    """
    over = threading.Event()
    threading.Thread(target=over.wait, name="hears-interrupts", daemon=True).start()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        over.set()


async def _serve(name: str, options: IngestOptions, when: Plan) -> None:
    from prefect.client.orchestration import get_client
    from prefect.runner import Runner

    stop = asyncio.Event()
    _set_by_signals(stop)
    # one run at a time: two would want to lock the same output folder
    runner = Runner(name=name, limit=1, query_seconds=when.poll_seconds, pause_on_shutdown=True)
    async with get_client() as client:
        await check_free(client, name, options)
        deployment_id = await _added(runner, name, options, when)
        # what fell due while nobody served is not made up for
        await _drop_overdue(client, deployment_id, keep=0)
        # by the schedule alone the first run would begin one interval from now
        if when.every_seconds is not None and not stop.is_set():
            await client.create_flow_run_from_deployment(deployment_id, name="at-start")
        await _until_stopped(stop, runner, client, deployment_id)


def _set_by_signals(stop: asyncio.Event) -> None:
    for number in _stopping_signals():
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


async def _added(runner: Runner, name: str, options: IngestOptions, when: Plan) -> UUID:
    """The deployment of the flow itself, not of its name: to look that up Prefect puts the current folder on
    the path.
    """
    from prefect.types.entrypoint import EntrypointType

    from copydesk.flows.run.ingest import ingest

    return await runner.aadd_flow(
        ingest,
        name,
        schedule=_schedule(when),
        parameters=as_parameters(options),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _schedule(when: Plan) -> Schedule:
    from prefect.schedules import Cron, Interval

    if when.every_seconds is not None:
        return Interval(timedelta(seconds=when.every_seconds), anchor_date=datetime.now(UTC))
    return Cron(when.cron or "")


async def _until_stopped(
    stop: asyncio.Event, runner: Runner, client: PrefectClient, deployment_id: UUID
) -> None:
    """Polls until a signal comes, then cancels what is under way and pauses the schedule."""
    polling = asyncio.create_task(runner.start())
    # lets the runner begin, which sets the handler that is replaced below
    await asyncio.sleep(0)
    # again: the runner has set a handler of its own, which leaves in the midst of its work
    _set_by_signals(stop)
    # a runner that has not started yet refuses to be stopped
    while not (runner.started or polling.done()):
        # set by hand; starting takes a moment, and a signal meanwhile is kept in `stop`
        await asyncio.sleep(0.05)
    folding = asyncio.create_task(_keep_folded(client, deployment_id, every_seconds=runner.query_seconds))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({polling, stopped}, return_when=asyncio.FIRST_COMPLETED)
    folding.cancel()
    stopped.cancel()
    if polling.done():
        raise EnvironmentFault("the Prefect server no longer answers") from polling.exception()
    await runner.astop()
    await polling


def _stopping_signals() -> tuple[signal.Signals, ...]:
    """SIGTERM, and SIGINT but where a shell has it ignored: Ctrl-C is not meant for what runs in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return (signal.SIGTERM,)
    return (signal.SIGTERM, signal.SIGINT)


async def _keep_folded(client: PrefectClient, deployment_id: UUID, *, every_seconds: float) -> None:
    import httpx

    while True:
        await asyncio.sleep(every_seconds)
        with suppress(httpx.HTTPError):  # tidying can wait; that the server is gone is noticed elsewhere
            await fold_overdue(client, deployment_id)


async def fold_overdue(client: PrefectClient, deployment_id: UUID) -> None:
    """Keeps runs that fell due while another was under way from piling up: the latest stays.

    Where none is, nothing is touched: the runner is about to begin one of them.
    """
    if await _is_under_way(client, deployment_id):
        await _drop_overdue(client, deployment_id, keep=1)


async def _is_under_way(client: PrefectClient, deployment_id: UUID) -> bool:
    """Whether a run goes on: as long as it does, no other is begun."""
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType

    running = filters.FlowRunFilterStateType(any_=[StateType.RUNNING])
    return bool(
        await client.read_flow_runs(
            deployment_filter=filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=[deployment_id])),
            flow_run_filter=filters.FlowRunFilter(state=filters.FlowRunFilterState(type=running)),
            limit=1,
        )
    )


async def _drop_overdue(client: PrefectClient, deployment_id: UUID, *, keep: int) -> None:
    """Deletes runs that are due but have not begun, all but the latest ``keep``."""
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.sorting import FlowRunSort
    from prefect.exceptions import ObjectNotFound

    now = datetime.now(UTC)  # any datetime will do, whatever the annotation says
    scheduled = filters.FlowRunFilterStateType(any_=[StateType.SCHEDULED])
    overdue = await client.read_flow_runs(
        deployment_filter=filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=[deployment_id])),
        flow_run_filter=filters.FlowRunFilter(
            state=filters.FlowRunFilterState(type=scheduled),
            expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=now),  # type: ignore[arg-type]
        ),
        # latest first, so that the first `keep` are those that stay
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=MOST_RUNS,  # left out it is sent as null, which fastapi from 0.151 on refuses
    )
    for run in overdue[keep:]:
        # somebody else has deleted it meanwhile
        with suppress(ObjectNotFound):
            await client.delete_flow_run(run.id)
