"""The ingest flow: Prefect sees the batches and the counts, never the pages.

``copydesk.flows.run.batches`` does the work, ``reporting/`` says what the server shows of it; here are only the
decorators, the final state, the server and what is sent to it. Records go straight to the library, so Prefect's result
store and memory stay empty however many pages there are.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import convert, to_builtins
from msgspec.structs import asdict, replace

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault, FlowError
from copydesk.flows.io.machine_faults import A_RUN, machine_errors
from copydesk.flows.io.output_folder import REVIEW
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.library.records.new_articles import NewArticles
from copydesk.flows.run.batches import Ingestion, ingest_plainly
from copydesk.flows.run.flow_form import as_parameters, with_form_of_a_run
from copydesk.flows.run.planning import checked_plan, handed_over, handing_over
from copydesk.flows.run.prefect_home import forget_files
from copydesk.flows.run.prefect_server import (
    SERVED_BY,
    SERVED_FROM,
    configured_url,
    end_with,
    found_server,
    set_quiet_defaults,
)
from copydesk.flows.run.reporting import artifacts
from copydesk.flows.run.reporting.report import (
    FAILED,
    Name,
    Report,
    ending_of,
    from_metadata,
    key_of,
    run_name,
    tags_of,
)
from copydesk.flows.run.reporting.source_lines import WARNING
from copydesk.flows.run.reporting.summary import IngestResult
from copydesk.flows.run.reporting.text import one_line
from copydesk.flows.run.serving.deployments import deployment_name, runs_in

set_quiet_defaults()  # before Prefect is imported, which is when it looks

import httpx  # noqa: E402
from prefect import State, flow, get_run_logger, task  # noqa: E402
from prefect.cache_policies import NO_CACHE  # noqa: E402
from prefect.client.orchestration import get_client  # noqa: E402
from prefect.client.schemas import actions, filters  # noqa: E402
from prefect.client.schemas.objects import FlowRun, StateType  # noqa: E402
from prefect.client.schemas.sorting import ArtifactSort, FlowRunSort  # noqa: E402
from prefect.context import FlowRunContext  # noqa: E402
from prefect.events import emit_event  # noqa: E402
from prefect.events.worker import EventsWorker  # noqa: E402
from prefect.exceptions import ObjectNotFound, TerminationSignal  # noqa: E402
from prefect.logging.handlers import APILogHandler  # noqa: E402
from prefect.runtime import deployment, flow_run  # noqa: E402
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL, temporary_settings  # noqa: E402
from prefect.states import Cancelled, Completed, Failed  # noqa: E402

__all__ = ["IngestResult", "ingest", "run_ingest"]

# set by hand: less may lose a run's last events, more delays the end where the server is silent
FLUSH_SECONDS = 3.0


# no cache: batches differ though their arguments look alike; no result kept: nobody reads it again
@task(name="clean-pages", task_run_name="batch-{number}", cache_policy=NO_CACHE, persist_result=False)
def clean_batch(run: Ingestion, number: int) -> BaseException | None:  # noqa: ARG001 - shown as the run's name
    """Cleans and stores the next pages of a run; returns the signal or fault that ended it early, if one did.

    Returned rather than raised, because Prefect would report a crash with a traceback for what is
    somebody's wish, or is reported in a line.
    """
    try:
        with machine_errors(A_RUN):
            run.clean_batch()
    except (KeyboardInterrupt, TerminationSignal, FlowError) as ending:
        return ending
    return None


def _name_at_start() -> str:
    """What a run is called while it goes on: by its sources; once it is over by what it came to."""
    sources = flow_run.parameters.get("sources", IngestOptions().sources)
    return one_line(without_secrets(", ".join(map(str, sources))))


@flow(name="ingest", flow_run_name=_name_at_start, persist_result=False, validate_parameters=True)
@with_form_of_a_run
def ingest(**parameters: Any) -> State[Any]:
    """Cleans the pages of all sources into records, one JSON Lines file in the output folder.

    Takes the options of a run as keyword arguments, dry_run excepted: a dry run needs no Prefect.

    Completed with a message naming the counts; CompletedWithFailures where pages or lists could not be had.
    Failed where nothing at all could be read, beyond max_failures, where the run cannot go on, or a view could not
    be written; Cancelled where a signal ended it.
    """
    name = None
    try:
        with machine_errors(A_RUN), ExitStack() as opened:
            options = IngestOptions(**parameters)
            # first: relative sources are found from the folder it goes to
            begin_as_served()
            name = _name_of(options)
            run = opened.enter_context(Ingestion(options, handed_over(), NewArticles()))
            interrupt = _clean_all(run)
    except FlowError as fault:
        if name is not None:
            emit_event(**asdict(artifacts.failure(name, str(fault))))
        # returned, not raised: Prefect would log a traceback where a line is enough
        return Failed(message=str(fault), data=fault)
    result = run.result()
    ending = ending_of(
        run.summary.headline,
        run.sources,
        ended_early=Name.CANCELLED if interrupt else Name.FAILURE_LIMIT if run.is_stopped else None,
        unwritten=result.unwritten,
        # who has named a limit wants to hear of what is beyond it
        states=run.states if options.max_failures is None else replace(run.states, for_good=()),
    )
    try:
        # after the run is left: what the server refuses from here on costs no record
        with _map_server_errors(PREFECT_API_URL.value()):
            review = options.output.absolute() / REVIEW
            report = Report(
                name, run.began, ending, run.summary, run.sources, run.ended_by, run.news, run.states,
                next_run=_next_run(), review=review if review.exists() else None,
            )  # fmt: skip
            _show(report, result.summary)
    except FlowError as fault:
        return Failed(message=str(fault), data=fault)
    if interrupt is not None and _deployment_id() is not None:
        raise interrupt  # whoever started this run (serve, a worker) settles its state
    data = to_builtins(result)
    if ending.name is Name.CANCELLED:
        return Cancelled(message=ending.message, data=data)
    state = Failed if ending.name in FAILED else Completed
    return state(name=str(ending.name), message=ending.message, data=data)


def _name_of(options: IngestOptions) -> str:
    """What the run's schedule is called on the server; of a run by itself what it would be called, also where the
    server does not answer.
    """
    try:
        called = deployment.name if _deployment_id() is not None else None  # requests it from the server
    except (httpx.HTTPError, ObjectNotFound):
        called = None
    return str(called) if called else deployment_name(options)


def begin_as_served() -> None:
    """Where ``copydesk serve`` has started this process, ends it with that, and goes to the folder that is served.

    It began elsewhere, so that Prefect read no settings there; from here on it reads none anywhere.
    """
    # compared with the parent: further processes inherit the variable, and are not served
    if os.environ.get(SERVED_BY) == str(os.getppid()):
        end_with(os.getppid())
        forget_files()
        set_quiet_defaults()
        os.chdir(os.environ[SERVED_FROM])


def _clean_all(run: Ingestion) -> BaseException | None:
    """Cleans batch after batch; returns the signal that ended it early, if one did. Raises the fault that did."""
    number = 0
    while not run.is_done:
        number += 1
        ending = clean_batch(run, number)
        if isinstance(ending, FlowError):
            raise ending
        if ending is not None:
            return ending
    return None


def run_ingest(options: IngestOptions) -> IngestResult:
    """Runs the flow once, on the Prefect server that the user has configured; without Prefect where there is none.

    Nor does a dry run need one. Raises SettingsError for wrong options, SinkError and other EnvironmentFaults where
    disk or server do not play along, KeyboardInterrupt after SIGINT or SIGTERM; whatever was cleaned by then is
    written.
    """
    url = None if options.dry_run else configured_url()
    with _sigterm_as_interrupt():
        if url is None:
            return ingest_plainly(options)
        # before the request to the server, which takes a while
        plan = checked_plan(options)
        with handing_over(plan), found_server(url):
            # flushed innermost: its last lines still have a server, and what fails is reported in a line
            with temporary_settings({PREFECT_API_URL: url}), _map_server_errors(url), _flushed():
                state = ingest(**as_parameters(options), return_state=True)
            if state.is_cancelled():
                raise KeyboardInterrupt
            # what the flow returned, or the error that ended it
            found = state.result(raise_on_failure=False)
            if isinstance(found, BaseException):
                raise found
            return convert(found, IngestResult)


def _own_run() -> FlowRun | None:
    """The run that goes on, as the server knows it."""
    context = FlowRunContext.get()
    return context.flow_run if context is not None else None


def _deployment_id() -> UUID | None:
    """The deployment by which a server's schedule or a person there started this run; None of our own command's."""
    own_run = _own_run()
    return own_run.deployment_id if own_run is not None else None


@contextmanager
def _flushed() -> Iterator[None]:
    """Sends the log lines and events Prefect still holds while there is a server to take them.

    Left to itself it does so when the interpreter ends, and complains that the server is gone.
    """
    try:
        yield
    finally:
        APILogHandler().flush()
        EventsWorker.drain_all(timeout=FLUSH_SECONDS)


@contextmanager
def _map_server_errors(url: str | None) -> Iterator[None]:
    """Reports in a line that the server takes no more: what a run writes does not depend on it, how it ends does."""
    try:
        yield
    except httpx.HTTPError as error:
        raise EnvironmentFault(
            f"the Prefect server at {url} stopped taking what the run reports ({type(error).__name__}); "
            "the records so far are written: see to the server, and run again"
        ) from error


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """SIGTERM means what Ctrl-C means, also while the server starts or stops.

    Without a handler of ours Prefect lets the process die of it at once, its server left behind.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers; another's signals are its starter's affair
        return
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _show(report: Report, summary: str) -> None:
    """Logs what a run came to, writes its artifacts, and emits its events.

    Raises what the client raises where the server is gone.
    """
    logger = get_run_logger()
    for line in (*artifacts.lines_of(report, PREFECT_UI_URL.value()), *summary.split("\n")):
        logger.log(logging.WARNING if line.startswith(WARNING) else logging.INFO, line)
    own_run = _own_run()
    key = key_of(artifacts.KEYS[-1], report.name)
    with get_client(sync_client=True) as client:
        if own_run is not None:
            tags = {*own_run.tags, *tags_of(report.sources)}
            client.update_flow_run(own_run.id, name=run_name(report), tags=tags)
        earlier = client.read_artifacts(
            artifact_filter=filters.ArtifactFilter(key=filters.ArtifactFilterKey(any_=[key])),
            sort=ArtifactSort.CREATED_DESC,
            limit=artifacts.RUNS_SHOWN - 1,
            offset=0,  # left out it is sent as null, which fastapi from 0.151 on refuses
        )
        past = [from_metadata(one.metadata_) for one in earlier]
        for page in artifacts.pages_of(report, past):
            flow_run_id = own_run.id if own_run else None
            client.create_artifact(
                actions.ArtifactCreate(**asdict(page), type="markdown", flow_run_id=flow_run_id)
            )
    # sent beside the run, with the flow run and its deployment as related
    for happened in artifacts.events_of(report):
        emit_event(**asdict(happened))


def _next_run() -> datetime | None:
    """When the next run of this deployment is due; None where there is none, or its schedule is paused."""
    deployment_id = _deployment_id()
    if deployment_id is None:
        return None
    with get_client(sync_client=True) as client:
        scheduled = client.read_flow_runs(
            **runs_in(StateType.SCHEDULED, [deployment_id]), sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=1
        )
    return next((one.expected_start_time for one in scheduled), None)
