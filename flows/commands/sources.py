"""``copydesk sources``: lists sources, adds a source, and checks sources."""

from __future__ import annotations

import glob
import json
import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import structs

from copydesk.cleaners.user_tables import BadKey
from copydesk.flows.commands.streams import table
from copydesk.flows.config.source_entry import (
    LOCAL_KINDS,
    SourceEntry,
    read_entry,
)
from copydesk.flows.config.source_list import SUFFIX, SourceList, append_source, as_table, read_source_lists
from copydesk.flows.config.source_plan import urls_of, web_source
from copydesk.flows.errors import EnvironmentFault, SettingsError, setting_errors
from copydesk.flows.fetching.http.outcomes import user_agent
from copydesk.flows.fetching.lists.url_lists import NoSubscriptions, feeds_in
from copydesk.flows.fetching.lists.web_source import CheckResult, WebSource
from copydesk.flows.fetching.wire.addresses import Forbidden, allowed_hosts, check_addresses
from copydesk.flows.io.posix import open_regular
from copydesk.flows.schedule import UTC_NAME
from copydesk.flows.sources.kinds.json_lines import JSON_LINES
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES, read_at_most
from copydesk.flows.sources.opening.inflating import without_packing
from copydesk.flows.web_kinds import kind_of_address

DEFAULT_FOLDER = Path("seeds")
"""Where lists are looked for unless files or folders are named."""
# set by hand: a name that exists takes tenths of a second
_LOOK_UP_SECONDS = 3.0
# the resolver knows the name to have no address; offline it knows nothing. EAI_NODATA is not POSIX's
_NO_ADDRESS = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}

_COLUMNS = ("name", "kind", "address", "schedule", "enabled")


def listing(places: Sequence[Path], *, as_json: bool) -> str:
    """All sources of the lists in files and folders, as a table or JSON, without the values of headers.

    Raises SettingsError where a list is wrong.
    """
    lists = read_source_lists(places or (DEFAULT_FOLDER,))
    if as_json:
        shown = [
            {
                "name": entry.name,
                "kind": entry.kind,
                "address": entry.address,
                "schedule": _schedule(listed, entry),
                "enabled": entry.enabled,
                **as_table(entry),
                # names alone: their values may be secret
                "headers": list(entry.headers.written),
                "served": listed.schedule.plan and listed.schedule.plan.shown,
                "where": listed.place(number),
            }
            for listed in lists
            for number, entry in enumerate(listed.sources)
        ]
        return json.dumps(shown, indent=2, ensure_ascii=False)
    rows = [
        (one.name, one.kind, one.address, _schedule(listed, one) or "-", "yes" if one.enabled else "no")
        for listed in lists
        for one in listed.sources
    ]
    plans = ((listed.path, listed.schedule.plan) for listed in lists)
    served = [f"{path} is served {plan.shown}" for path, plan in plans if plan]
    return "\n".join([*table([_COLUMNS, *rows]), *served])


def _schedule(listed: SourceList, entry: SourceEntry) -> str | None:
    if entry.every:
        return f"every {entry.every}"
    plan = listed.plan_of(entry)
    if plan is None:
        return None
    # the zone only if it is not UTC: most lists have no zones
    return f"cron {plan.cron}" if plan.timezone == UTC_NAME else plan.shown


def add(
    name: str, address: str, *, kind: str | None, path: Path, allow_private: Sequence[str] = ()
) -> SourceEntry:
    """Adds a source to a list; a path, given from the current folder, is written relative to the list.

    Raises SettingsError where something is wrong with it or with the lists beside it, EnvironmentFault where the
    list cannot be written.
    """
    check_list_name(path)
    kind = kind or guess_kind(address)
    # an address with a scheme is left for read_entry to refuse with advice
    if kind in LOCAL_KINDS and "://" not in address and not os.path.isabs(address):  # noqa: PTH117 - a glob is no path
        # realpath: from a folder that is a link, `..` leads to where the link's target lies
        address = os.path.relpath(address, os.path.realpath(path.parent))
    table: dict[str, Any] = {"name": name, "kind": kind, "address": address}
    if allow_private:
        table["allow_private"] = list(allow_private)
    with setting_errors(""):
        entry = read_entry(table)
    # before anything is written: with two sources of one name no list of the folder could be read
    for place, other in _sources_beside(path):
        if other.name == name:
            raise SettingsError(
                f"{place}: there is a source {name!r} already; choose another name, or change that line"
            )
    append_source(path, entry)
    return entry


def remarks_on(entry: SourceEntry, *, is_guessed: bool) -> Iterator[str]:
    """What a user may not expect of a source that was added; ``is_guessed``: its kind."""
    parts = urlsplit(entry.address)
    if not parts.hostname:
        return
    if is_guessed and entry.kind == "site":
        yield "it is read as a site, by its feeds and sitemaps; for this page alone, add it with --kind url"
    addresses = _addresses(parts.hostname)
    if addresses == ():
        yield f"{parts.hostname} has no address now: runs fail (exit code 1) until it has one, or the source is removed"
    elif addresses:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            allowed = allowed_hosts(entry.allow_private)
            check_addresses(parts.hostname, port, addresses, allowed=allowed)
        except Forbidden as error:
            yield str(error)


def _addresses(host: str) -> tuple[str, ...] | None:
    """The addresses of a name; None where to look it up takes long, or no resolver can say."""
    found: list[tuple[str, ...]] = []

    def look_up() -> None:
        try:
            found.append(tuple(str(address[0]) for *_, address in socket.getaddrinfo(host, None)))
        except socket.gaierror as error:
            if error.errno in _NO_ADDRESS:
                found.append(())
        except UnicodeError:  # a label that is too long is no name
            found.append(())

    # the resolver of the system has no time limit of ours
    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_LOOK_UP_SECONDS)
    return found[0] if found else None


def check_list_name(path: Path) -> None:
    """Raises SettingsError for a list that would not be found."""
    if not path.name.endswith(SUFFIX):
        raise SettingsError(f"--list {path}: expected a file {path.name}{SUFFIX}: lists are found by that")


def add_feeds(place: str, *, path: Path) -> tuple[list[SourceEntry], list[str]]:
    """Adds each feed of an OPML file; returns those added, and a notice for each that is there already.

    Raises SettingsError and EnvironmentFault as ``add`` does: what was added before stays.
    """
    check_list_name(path)
    try:
        with open_regular(place) as file:
            feeds = feeds_in(read_at_most(file, MAX_PAGE_BYTES))
    except OSError as error:
        raise SettingsError(f"{place}: {error.strerror or error}".lower()) from error
    except NoSubscriptions as error:
        raise SettingsError(f"{place}: {error}") from error
    known = [one for _, one in _sources_beside(path)]
    addresses, names = {one.address: one.name for one in known}, {one.name for one in known}
    added, notices = [], []
    for name, address in feeds:
        if address in addresses:
            notices.append(f"{address}: there already, as {addresses[address]}")
            continue
        free = next(one for one in (name, *(f"{name}-{n}" for n in range(2, 10_002))) if one not in names)
        names.add(free)
        try:
            entry = read_entry({"name": free, "kind": "feed", "address": address})
        except BadKey as error:
            notices.append(f"{place}: {address}: left out: {error}")
            continue
        append_source(path, entry)
        added.append(entry)
    return added, notices


def _sources_beside(path: Path) -> list[tuple[str, SourceEntry]]:
    """The sources of a list's folder, with their places. Errors in lists are reported now, not at the next run."""
    lists = read_source_lists([path.parent]) if path.parent.is_dir() else ()
    return [(listed.place(number), one) for listed in lists for number, one in enumerate(listed.sources)]


def guess_kind(address: str) -> str:
    """The kind of source where the address makes it plain, else ``url`` or, where there is such a file, ``file``."""
    if "://" in address:
        kind, parts = kind_of_address(address), None
        with suppress(ValueError):  # the error is reported when it is read
            parts = urlsplit(address)
        is_front_page = parts is not None and parts.path in ("", "/") and not parts.query
        return "site" if kind == "url" and is_front_page else kind
    if os.path.isdir(address):  # noqa: PTH112 - names that no path can have are no folders
        return "folder"
    # `news.warc.gz` is looked at as `news.warc`
    lower = without_packing(address.lower())
    if lower.endswith(JSON_LINES.suffixes):
        return "jsonl"
    if lower.endswith(".warc"):
        return "warc"
    return "file" if os.path.lexists(address) or glob.has_magic(address) else "url"


def check(
    places: Sequence[Path],
    *,
    environment: Mapping[str, str],
    is_offline: bool = False,
    contact: str | None = None,
    allow_private: Sequence[str] = (),
) -> Iterator[tuple[SourceEntry, CheckResult]]:
    """Each source of the lists with the result of its check. Enabled sources on the web are requested, unless
    ``is_offline``.

    Raises SettingsError for a wrong list, contact or place of ``allow_private``, before any request.
    """
    agent, allowed = user_agent(contact), allowed_hosts(allow_private)
    lists = read_source_lists(places or (DEFAULT_FOLDER,))
    known = [(listed, entry) for listed in lists for entry in listed.sources]
    # all are checked without requests first, then those on the web are requested together
    prepared = [
        _check_offline(listed, entry, environment=environment, is_offline=is_offline)
        for listed, entry in known
    ]
    requests = [
        structs.replace(one, user_agent=agent, allowed=one.allowed | allowed)
        for one in prepared
        if not isinstance(one, CheckResult)
    ]
    found: Iterator[CheckResult] = iter(())
    if requests:
        from copydesk.flows.crawl.source_check import check_sources

        # in the order of the requests: each source on the web takes the next
        found = iter(check_sources(requests))
    for (_, entry), one in zip(known, prepared, strict=True):
        yield entry, one if isinstance(one, CheckResult) else next(found)


def _check_offline(
    listed: SourceList, entry: SourceEntry, *, environment: Mapping[str, str], is_offline: bool
) -> CheckResult | WebSource:
    """The result of a check without a request, or the source to request."""
    # before a request: without its key the site would only refuse
    if missing := entry.headers.missing(environment):
        return CheckResult.failed(f"its headers use {missing[0]}, which is not set")
    # no request to a site whose pages could not be rendered
    if entry.fetch == "browser":
        from copydesk.flows.fetching.browser.chromium import find_chromium

        try:
            find_chromium()
        except EnvironmentFault as fault:
            return CheckResult.failed(str(fault))
    if entry.kind in LOCAL_KINDS and "://" not in entry.address:
        found = _check_files(listed, entry)
        # a list of URLs: the file is on the disk, its pages are on the web
        if not entry.is_fetched or not found.is_good:
            return found
    else:  # that the address is well formed was checked when the list was read
        found = CheckResult.passed(f"{entry.address} is well formed; it was not requested")
    if is_offline or not entry.enabled:
        return found
    now = datetime.now(UTC)
    try:
        urls = urls_of(listed, entry, now)
        source = web_source(listed, entry, urls, now=now, environment=environment)
    except SettingsError as error:
        return CheckResult.failed(str(error))
    # a run skips such lines; a check reports them
    more = f" (and {len(urls.refused) - 1:,} more)" if len(urls.refused) > 1 else ""
    return CheckResult.failed(f"{': '.join(urls.refused[0])}{more}") if urls.refused else source


def _check_files(listed: SourceList, entry: SourceEntry) -> CheckResult:
    found = listed.local_paths(entry)
    if not found:
        what = "nothing matches" if glob.has_magic(entry.address) else "no such file or folder"
        return CheckResult.failed(f"{entry.address}: {what}")
    expected, is_kind = ("folder", os.path.isdir) if entry.kind == "folder" else ("file", os.path.isfile)
    wrong = next((one for one in found if not is_kind(one)), None)
    if wrong is not None:
        return CheckResult.failed(f"{wrong}: not a {expected}, which kind {entry.kind} expects")
    return CheckResult.passed(found[0] if len(found) == 1 else f"{entry.address}: {len(found):,} {expected}s")
