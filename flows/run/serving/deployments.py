"""What one process serves: each list of sources with a schedule of its own, and all else that is named; and their names
on the Prefect server.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.source_list import SourceList, may_hold_lists, read_source_lists
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.wire.addresses import is_web_url
from copydesk.flows.run.prefect_home import Lock, prefect_home
from copydesk.flows.schedule import Plan, plan

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import StateType

FLOW = "ingest"
ENTRYPOINT = "copydesk.flows.run.ingest.ingest"
# `morning`, `courier-2.1`: part of a lock's file name, so no slash and no dot at its beginning
_NAME = lazy_pattern(r"[\w][\w.-]{0,99}")
# hexadecimal, 32 bits; set by hand: fewer let two folders share a name, more only make it longer
_DIGEST_CHARS = 8
# set by hand: with the name and the digest below the 100 characters that a name may have
_HEAD_CHARS, _STEM_CHARS = 60, 30


class Stated(Struct, frozen=True):
    """The schedule that the command states, as it was written: for all that states none itself."""

    every: str | None = None
    cron: str | None = None
    timezone: str | None = None

    @property
    def plan(self) -> Plan | None:
        """When that is; None where it states nothing. Raises SettingsError where it is wrong."""
        if self.timezone is not None and self.cron is None:
            raise SettingsError("--timezone: is that of --cron, and there is none; leave it out")
        if self.every is None and self.cron is None:
            return None
        return plan(every=self.every, cron=self.cron, timezone=self.timezone)


class Served(Struct, frozen=True):
    """A deployment: its name, the options of its runs, and when these are."""

    name: str
    options: IngestOptions
    when: Plan


def served_by(options: IngestOptions, stated: Stated, name: str | None) -> tuple[Served, ...]:
    """What is served where the command names these sources. ``name``: as it was given.

    Raises SettingsError, in one line, where something has no schedule, or a list, schedule or name is wrong.
    """
    default = stated.plan
    own = list(_with_schedule(options))
    rest = _rest_of(options, own)
    if rest is not None and default is None:
        if not own:
            raise SettingsError("give either --every or --cron, or write [schedule] into the list of sources")
        raise SettingsError(
            f"{rest.sources[0]}: states no schedule; give --every or --cron, or, of a list, write [schedule] into it"
        )
    is_one = len(own) + (rest is not None) == 1
    found = [Served(deployment_name(rest, name), rest, default)] if rest and default else []
    for listed in own:
        alone = replace(options, sources=(str(listed.path),), without=())
        called = deployment_name(alone, name) if is_one else _name_of(listed, alone, name)
        assert listed.schedule.plan is not None  # noqa: S101 - only such are chosen
        found.append(Served(called, alone, listed.schedule.plan))
    called, count = Counter(one.name for one in found).most_common(1)[0]
    if count > 1:
        raise SettingsError(f"--name: {count} lists would be called {called}; leave it out, or rename one")
    return tuple(found)


def _with_schedule(options: IngestOptions) -> Iterator[SourceList]:
    """The lists that state a schedule of their own, each once."""
    seen = set(map(os.path.realpath, options.without))
    for name in filter(may_hold_lists, options.sources):
        for listed in read_source_lists([Path(name)]):
            if listed.schedule.plan is not None and os.path.realpath(listed.path) not in seen:
                seen.add(os.path.realpath(listed.path))
                yield listed


def _rest_of(options: IngestOptions, own: Sequence[SourceList]) -> IngestOptions | None:
    """The options of what is left without these lists; None where that is nothing."""
    paths = {os.path.realpath(listed.path): str(listed.path) for listed in own}
    left = tuple(
        name
        for name in options.sources
        if os.path.realpath(name) not in paths and not (may_hold_lists(name) and _holds_only(name, paths))
    )
    if not left:
        return None
    # those that lie in a folder that is read
    folders = {os.path.realpath(name) for name in left}
    within = tuple(name for path, name in paths.items() if os.path.dirname(path) in folders)  # noqa: PTH120
    return replace(options, sources=left, without=(*options.without, *within))


def _holds_only(name: str, paths: dict[str, str]) -> bool:
    """Whether a folder holds some of these lists, and at most notes beside them."""
    if not Path(name).is_dir():
        return False
    beside = [file for file in Path(name).iterdir() if os.path.realpath(file) not in paths]
    is_theirs = any(os.path.dirname(path) == os.path.realpath(name) for path in paths)  # noqa: PTH120
    return is_theirs and all(file.name.startswith(".") or file.stem.upper() == "README" for file in beside)


def _name_of(listed: SourceList, options: IngestOptions, given: str | None) -> str:
    """The name of a list's deployment where there are several: a different one for each."""
    stem = re.sub(r"[^\w.-]+", "-", listed.path.stem)[:_STEM_CHARS].strip("-.") or "list"
    if given is not None:
        return deployment_name(options, f"{deployment_name(options, given)}-{stem}")
    head, _, digest = deployment_name(options).rpartition("-")
    return f"{head[:_HEAD_CHARS]}-{stem}-{digest}"


def deployment_name(options: IngestOptions, given: str | None = None) -> str:
    """The name given, else one of the output folder and the sources: the same for the same, in any current folder.

    Such as ``news-output-1f3a90c2``: the last two parts of the folder's path, and a digest of all of it and of the
    sources. Raises SettingsError for a name that would not do for Prefect or a file.
    """
    if given is not None:
        if not _NAME.fullmatch(given):
            raise SettingsError(
                f"--name {given!r}: expected up to 100 letters, digits, dots, hyphens and underscores"
            )
        return given
    folder = options.output.resolve()
    # sorted: the same sources named in another order are the same schedule
    sources = sorted(
        source if is_web_url(source) else str(Path(source).resolve()) for source in options.sources
    )
    # NUL is in no path and no URL: no two lists join to one text; paths need not be UTF-8
    digest = hashlib.sha256("\0".join((str(folder), *sources)).encode("utf-8", "surrogateescape")).hexdigest()
    # 80 characters, a hyphen and the digest stay below the 100 that a name may have
    readable = re.sub(r"[^\w.-]+", "-", "-".join(folder.parts[1:][-2:]))[:80].strip("-.")
    return f"{readable or 'output'}-{digest[:_DIGEST_CHARS]}"


@contextmanager
def reserved(name: str, options: IngestOptions) -> Iterator[None]:
    """Keeps a name for as long as this process serves it. Raises SettingsError where another does."""
    lock = Lock(prefect_home() / f"copydesk-serve-{name}.lock")
    try:
        if not lock.have_alone():
            raise SettingsError(
                f"{name} is already served by {lock.read()}: stop that, or choose another --name"
            )
        lock.write(f"process {os.getpid()} into {options.output.resolve()}")
        yield
    finally:
        lock.close()


async def check_free(client: PrefectClient, name: str, options: IngestOptions) -> None:
    """Raises SettingsError where the server has a deployment of this name that is another's, or of another folder."""
    from prefect.exceptions import ObjectNotFound

    full_name = f"{FLOW}/{name}"
    try:
        found = await client.read_deployment_by_name(full_name)
    except ObjectNotFound:
        return
    advice = f"choose another --name, or remove it: prefect deployment delete {full_name}"
    # one of `prefect deploy` has a work pool: to overwrite it would take it from its workers
    if found.entrypoint != ENTRYPOINT or found.work_pool_name:
        raise SettingsError(
            f"the Prefect server has a deployment {full_name} that copydesk serve did not make: {advice}"
        )
    folder = str(options.output.resolve())
    if (other := found.parameters.get("output")) != folder:
        raise SettingsError(
            f"the Prefect server has a deployment {full_name} for {other}, not for {folder}: {advice}"
        )


def runs_in(
    state: StateType, deployments: Iterable[UUID], *, before: datetime | None = None
) -> dict[str, Any]:
    """The filters of a client for the runs of deployments in a state; ``before``: expected to start until then."""
    from prefect.client.schemas import filters

    expected = None if before is None else filters.FlowRunFilterExpectedStartTime(before_=before)  # type: ignore[arg-type]
    is_in_state = filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=[state]))
    return {
        "deployment_filter": filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=list(deployments))),
        "flow_run_filter": filters.FlowRunFilter(state=is_in_state, expected_start_time=expected),
    }
