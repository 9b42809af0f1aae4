"""What a run is to read, and whether it can begin: checked before a server starts or a page is fetched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from msgspec import structs

from copydesk.flows.config.database_url import filled_database_url, library_url
from copydesk.flows.config.failure_limit import FailureLimit
from copydesk.flows.config.gate import Gate
from copydesk.flows.config.override_file import read_overrides
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.settings_tables import gate_of
from copydesk.flows.config.source_plan import SourcePlan, plan_archive, plan_sources
from copydesk.flows.config.webhook import Receiver, receiver_of
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.views import View, views_of
from copydesk.flows.fetching.browser.chromium import find_chromium
from copydesk.flows.fetching.http.outcomes import user_agent
from copydesk.flows.fetching.wire.addresses import allowed_hosts, is_web_url
from copydesk.flows.io.output_folder import make_folder
from copydesk.flows.io.redaction import holds_credentials, without_secrets
from copydesk.flows.library.database import library_database
from copydesk.flows.library.place import StoreLocation, view_of_run
from copydesk.flows.schedule import read_ages, since_at
from copydesk.flows.sources.file_names import NOT_THERE, SCHEMES, is_object_url, is_there, near
from copydesk.flows.sources.opening.field_names import FieldNames, parse_field_names
from copydesk.flows.sources.opening.page_context import ARCHIVE
from copydesk.flows.sources.standard_input import NAME as STANDARD_INPUT_NAME
from copydesk.flows.workers.dask_cluster import Cluster, cluster_named
from copydesk.flows.workers.pool import usual_jobs

# not among the flow's parameters: Prefect stores those, and a plan holds what headers keep secret; not beside the flow,
# which Prefect pickles with all it names
_PLANNED: ContextVar[RunPlan | None] = ContextVar("planned", default=None)


class RunPlan(SourcePlan, kw_only=True):
    """What a run reads, and what its options come to: each is read once, before it begins. ``place``:
    where records go, None in a dry run; ``library``: the URL of its library, None where that is in the output;
    ``receiver``: of the webhook, if there is one.
    """

    gate: Gate
    limit: FailureLimit
    fields: FieldNames
    cluster: Cluster | None
    views: tuple[View, ...]
    place: StoreLocation | None = None
    library: str | None = None
    receiver: Receiver | None = None


def checked_plan(options: IngestOptions) -> RunPlan:
    """The plan of the options' sources, of a run that can begin.

    Raises SettingsError, in one line, where an option or a list is wrong; SinkError where the output is no folder,
    EnvironmentFault where pages are to be built and there is no browser.
    """
    # before the run: within it a missing archive would be one more record that failed
    if options.from_archive and not (options.output / ARCHIVE).is_dir():
        raise SettingsError(
            f"--from-archive: there is no archive in {options.output}; pages of the web are kept there as they are fetched"
        )
    missing = [name for name in options.sources if not is_web_url(name) and not is_there(name)]
    # one name of several that is missing costs none of the others; only where all are is the command wrong
    if missing and len(missing) == len(options.sources):
        advice = "; name a source, or make a list: copydesk sources add" if missing[0] == "seeds" else ""
        mistyped = f"; {SCHEMES}" if "://" in missing[0] else ""
        hint = advice or mistyped or near(missing[0])
        raise SettingsError(f"{missing[0]}: {NOT_THERE}{hint}")
    place = library = None
    # a dry run leaves nothing behind, not even a folder
    if not options.dry_run:
        place, library = checked_place(options)
    receiver = receiver_of(options.webhook, options.webhook_secret, os.environ)
    # beats the settings file and the lists, as all options do
    asked = Gate(least_confidence=options.min_confidence)
    gate, limit = gate_of(Path.cwd()).under(asked), FailureLimit.parse(options.max_failures)
    fields = parse_field_names(options.fields)
    cluster = cluster_named(options.runner, options.jobs or usual_jobs())
    plan = _plan_of(options, fields)
    gates = {name: own.under(asked) for name, own in plan.gates.items()}
    plan = structs.replace(plan, gates=gates, overrides=read_overrides(options.overrides, Path.cwd()))
    if options.shard is not None and plan.web and library is None:
        raise SettingsError(
            f"--shard: {plan.web[0].name} is on the web, where rate limits apply within a library; "
            "name pages on the disk, or the --database of all shards"
        )
    if cluster is not None:
        _check_for_cluster(plan, options)
    paths = [path for one in plan.local for path in ((one,) if isinstance(one, str) else one.paths)]
    _check_addresses(paths)
    views = views_of(options.views, Path.cwd(), output=options.output, sources=paths)
    if any(source.uses_browser for source in plan.web):
        find_chromium()
    return RunPlan(
        **structs.asdict(plan),
        gate=gate, limit=limit, fields=fields, cluster=cluster, views=views, place=place, library=library,
        receiver=receiver,
    )  # fmt: skip


def _check_for_cluster(plan: SourcePlan, options: IngestOptions) -> None:
    """Raises SettingsError for what the workers of a cluster cannot share out among them."""
    why = None
    if plan.web:
        why = (
            f"{plan.web[0].name} is on the web, where rate limits apply within a run; name pages on the disk"
        )
    elif STANDARD_INPUT_NAME in plan.local:
        why = "its workers do not see standard input; name files"
    elif options.from_archive:
        why = "--from-archive cleans on this machine alone; leave --runner out"
    elif options.limit is not None:
        why = "its workers do not count together; leave --limit out, or use the limit of a source in a list"
    if why is not None:
        raise SettingsError(f"--runner dask: {why}")


def _check_addresses(paths: Iterable[str]) -> None:
    """Raises SettingsError for a place elsewhere whose address has a password: records and notes would show it."""
    for path in paths:
        if is_object_url(path) and holds_credentials(path):
            raise SettingsError(
                f"{without_secrets(path)}: an address names no user or password; give them as its fsspec package reads "
                "them, in the environment or its settings file"
            )


def checked_place(options: IngestOptions) -> tuple[StoreLocation, str | None]:
    """The destination of records by the options, whose folder is made; and the URL of the library, None where that is
    in the folder. Raises SettingsError where the environment lacks what they need, SinkError where the folder cannot be
    used.
    """
    url = options.database
    place = StoreLocation(
        options.output,
        database=None if url is None else filled_database_url(url, os.environ),
        part_size=options.part_size,
        part_by=options.part_by,
    )
    view_of_run(options.sink, place)  # for its errors alone; the run makes it again
    library = library_url(os.environ, database=options.database, state=options.state)
    library_database(options.output, library)  # as above
    make_folder(options.output)
    return place, library


def _plan_of(options: IngestOptions, fields: FieldNames) -> SourcePlan:
    # taken once, so that `24h` is the same moment for every source
    now = datetime.now(UTC)
    if options.from_archive:
        return plan_archive(options.output / ARCHIVE, options.sources)
    since = None if options.since is None else since_at(options.since, now)
    ages = None if options.ask_again is None else read_ages(options.ask_again)
    agent, allowed = user_agent(options.contact), allowed_hosts(options.allow_private)
    plan = plan_sources(
        options.sources, now=now, environment=os.environ, without=options.without, fields=fields
    )
    web = [
        structs.replace(
            source,
            user_agent=agent,
            # beside what its list allows it
            allowed=source.allowed | allowed,
            # these beat the lists', as options beat settings
            since=source.since if since is None else since,
            ask_again=source.ask_again if ages is None else ages,
        )
        for source in plan.web
    ]
    return structs.replace(plan, web=web)


@contextmanager
def handing_over(plan: RunPlan) -> Iterator[None]:
    """Lets the run within go by a plan that is already made."""
    token = _PLANNED.set(plan)
    try:
        yield
    finally:
        _PLANNED.reset(token)


def handed_over() -> RunPlan | None:
    """The plan that was made before the run; None where Prefect began it by itself."""
    return _PLANNED.get()
