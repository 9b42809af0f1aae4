"""What the names of a run stand for: pages on the disk, sources on the web, lists of both."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from flows.errors import SettingsError
from flows.fetching.web_source import WebSource
from flows.source_entry import FETCHED_KINDS, SourceEntry
from flows.source_list import SUFFIX, SourceList, read_source_lists

_WEB = ("http://", "https://")


class SourcePlan(Struct, frozen=True):
    """Names that ``flows.sources`` reads, and sources that are fetched."""

    local: tuple[str, ...]
    web: tuple[WebSource, ...]


def plan_sources(names: Iterable[str], *, now: datetime, environment: Mapping[str, str]) -> SourcePlan:
    """What to read, in the order named; in a folder, lists of sources count beside pages.

    Raises SettingsError, in one line, where a list is wrong or a header's variable is not set.
    """
    local: list[str] = []
    web: list[WebSource] = []
    for name in names:
        if name.startswith(_WEB):
            web.append(WebSource(name, "url", (name,)))
            continue
        is_list = name.endswith(SUFFIX)
        if not is_list:
            local.append(name)
        if is_list or os.path.isdir(name):  # noqa: PTH112 - undecodable names stay as they are
            for listed in read_source_lists([Path(name)]):
                _add(listed, local, web, now=now, environment=environment)
    return SourcePlan(tuple(dict.fromkeys(local)), tuple(web))


def is_on_the_web(name: str) -> bool:
    """Whether a name is an address."""
    return name.startswith(_WEB)


def _add(
    listed: SourceList,
    local: list[str],
    web: list[WebSource],
    *,
    now: datetime,
    environment: Mapping[str, str],
) -> None:
    for entry in listed.sources:
        if not entry.enabled:
            continue
        if entry.kind in FETCHED_KINDS:
            web.append(_web_source(listed, entry, now=now, environment=environment))
        else:
            local.extend(listed.local_paths(entry))


def _web_source(
    listed: SourceList, entry: SourceEntry, *, now: datetime, environment: Mapping[str, str]
) -> WebSource:
    return WebSource(
        name=entry.name,
        kind="url" if entry.kind == "urls" else entry.kind,
        addresses=_addresses(listed, entry) if entry.kind == "urls" else (entry.address,),
        limit=entry.limit,
        since=entry.since_at(now),
        pace_seconds=entry.pace_seconds,
        allowed=frozenset(place.lower() for place in entry.allow_private),
        headers=entry.headers.filled(environment),
    )


def _addresses(listed: SourceList, entry: SourceEntry) -> tuple[str, ...]:
    """The URLs of a file, one a line; empty lines and those that begin with ``#`` are none."""
    lines: list[str] = []
    for path in listed.local_paths(entry):
        try:
            lines += Path(path).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: cannot be read as a list of URLs, one a line") from error
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip() and not line.startswith("#")))
