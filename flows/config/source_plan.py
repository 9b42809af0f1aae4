"""The inputs of a run: pages on the disk, sources on the web, lists of both."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from msgspec import Struct, field, structs

from copydesk.cleaners.types import Override, UserRule, Wanted
from copydesk.flows.config.given_addresses import (
    FoundAddresses,
    addresses_in,
    checked_address,
    checked_addresses,
    is_on_the_web,
)
from copydesk.flows.config.source_entry import SourceEntry
from copydesk.flows.config.source_keys import archive_at
from copydesk.flows.config.source_list import SUFFIX, SourceList, read_source_lists
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.lists.discovery import Follow
from copydesk.flows.fetching.lists.memory import WebSource
from copydesk.flows.fetching.lists.url_lists import (
    Listed,
    url_lines,
)
from copydesk.flows.fetching.lists.warc_lists import of_months
from copydesk.flows.gates.gate import Gate
from copydesk.flows.sources.catalogue import DiskSource, Input, Reading, kind_of
from copydesk.flows.sources.file_names import READ_AS, named_once
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.source_tally import SourceTally
from copydesk.flows.web_kinds import WEB_KINDS, kind_of_address

# the kinds of other files are detected by their names and first lines
_INPUTS = {"jsonl": Input.JSONL, "warc": Input.WARC}


class Unread(Struct, frozen=True):
    """A source, or a list of sources, that there is nothing to read of. ``is_meant``: somebody wants it so.
    ``is_failure``: a part of a source that is wrong, while the rest is read.
    """

    name: str
    kind: str
    why: str
    is_meant: bool = False
    is_failure: bool = False


class SourcePlan(Struct, frozen=True):
    """Names that ``copydesk.flows.sources.catalogue`` reads, and sources that are fetched."""

    local: tuple[str | DiskSource, ...]
    web: tuple[WebSource, ...]
    rules: tuple[UserRule, ...]
    """The sources' own rules, each for its source's site."""
    recording: frozenset[str] = frozenset()
    """Names of the sources that only record a publisher's terms of use; all others on the web respect them."""
    unread: tuple[Unread, ...] = ()
    """Inputs that are not read."""
    folders_of_lists: frozenset[str] = frozenset()
    """Folders in which there are lists, and so need not be pages."""
    gates: Mapping[str, Gate] = {}
    """The gates of sources, by name."""
    pages: Mapping[str, Wanted] = {}
    """The option ``pages`` of sources that set it, by name."""
    overrides: Mapping[str, tuple[Override, ...]] = {}
    """Manual decisions on pages, by their URLs and ids."""


class _Found(Struct):
    """The inputs of a run, as they are found; fields as in ``SourcePlan``."""

    # a dict for a set that keeps the order in which sources are named
    local: dict[str | DiskSource, None] = field(default_factory=dict)
    web: list[WebSource] = field(default_factory=list)
    rules: list[UserRule] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    folders_of_lists: set[str] = field(default_factory=set)
    gates: dict[str, Gate] = field(default_factory=dict)
    pages: dict[str, Wanted] = field(default_factory=dict)

    def once(self, names: Iterable[str]) -> Iterable[str]:
        """The names as they are read. Those that come to the same are read once: their pages would be counted twice."""
        found: dict[str, str] = {}
        for given in names:
            # a URL without its fragment, a path as `named_once` has it
            name = checked_address(given, where="address") if is_on_the_web(given) else named_once(given)
            if name in found:
                reason = READ_AS.format(found[name])
                self.unread.append(Unread(given, "named twice", reason, is_meant=True))
            found.setdefault(name, given)
        return found

    def plan(
        self, local: Iterable[str | DiskSource], web: Iterable[WebSource], recording: Iterable[str]
    ) -> SourcePlan:
        """The plan by which these are read."""
        rest = (tuple(self.unread), frozenset(self.folders_of_lists), self.gates, self.pages)
        return SourcePlan(tuple(local), tuple(web), tuple(self.rules), frozenset(recording), *rest)

    def add_settings(self, listed: SourceList, number: int) -> None:
        """Adds the settings of a source for its records."""
        entry = listed.sources[number]
        self.rules += _rules(entry, where=listed.place(number))
        self.gates[entry.name] = entry.gate
        if entry.pages is not None:
            self.pages[entry.name] = entry.pages

    def report_refused(self, found: FoundAddresses) -> None:
        """Notes the lines of a file that are not URLs; the others are read."""
        self.unread += (
            Unread(where, "row", f"skipped: {why}", is_failure=True) for where, why in found.refused
        )

    def add(self, listed: SourceList, *, now: datetime, environment: Mapping[str, str]) -> None:
        """Adds the sources of a list."""
        if not listed.sources:
            self.unread.append(Unread(str(listed.path), "list", "it holds no source"))
        for number, entry in enumerate(listed.sources):
            # reported at the end of the run, so that a disabled source does not look forgotten
            if not entry.enabled:
                off = Unread(entry.name, entry.kind, "switched off (enabled = false)", is_meant=True)
                self.unread.append(off)
                continue
            self.add_settings(listed, number)
            if entry.is_fetched:
                found = addresses_of(listed, entry, now)
                self.web.append(web_source(listed, number, found, now=now, environment=environment))
                self.report_refused(found)
            else:
                self.local[local_source(listed, number, now=now)] = None


def plan_sources(  # noqa: PLR0913 - each a wish of the run's
    names: Iterable[str],
    *,
    now: datetime,
    environment: Mapping[str, str],
    since: datetime | None = None,
    without: Iterable[str] = (),
    fields: FieldNames = USUAL_NAMES,
) -> SourcePlan:
    """What to read, in the order named; in a folder, lists of sources count beside pages, but those ``without``.

    ``since``: web pages known to be older are skipped, whatever date their list gives. ``fields`` distinguish a table
    of pages from one of URLs. Raises SettingsError, in one line, where an address or a list is wrong or a header's
    variable is not set.
    """
    found, others = _Found(), frozenset(map(os.path.realpath, without))
    for name in found.once(names):
        if is_on_the_web(name):
            found.web.append(WebSource(name, kind_of_address(name), (name,)))
            continue
        if (listed := addresses_in(name, fields)) is not None:
            found.web.append(WebSource(name, "url", listed.addresses))
            found.report_refused(listed)
            continue
        is_list = name.endswith(SUFFIX)  # by name: a missing list is reported as a list
        if not is_list:
            found.local[name] = None
        if is_list or os.path.isdir(name):  # noqa: PTH112 - undecodable names stay as they are
            for one in read_source_lists([Path(name)]):
                # only where there is a list: any other folder without pages is worth a warning
                found.folders_of_lists.add(name)
                if os.path.realpath(one.path) in others:
                    continue
                found.add(one, now=now, environment=environment)
    web = [
        # the command's --since beats the list's, as options beat settings
        source if since is None else structs.replace(source, since=since)
        for source in found.web
    ]
    return found.plan(found.local, web, (source.name for source in web if not source.respects))


def plan_archive(folder: Path, names: Iterable[str]) -> SourcePlan:
    """The pages kept in a folder, to be cleaned by the rules and policies of the lists among the names;
    nothing is fetched.

    Sources that are switched off count too: their pages are there. Raises SettingsError where a list is wrong.
    """
    found, recording = _Found(), set()
    for name in names:
        # pages and addresses have no rules of their own: lists alone count here
        if not name.endswith(SUFFIX) and not os.path.isdir(name):  # noqa: PTH112 - as above
            continue
        for listed in read_source_lists([Path(name)]):
            for number, entry in enumerate(listed.sources):
                # by the source's name, which the archive keeps with each page
                found.add_settings(listed, number)
                if entry.policy == "record":
                    recording.add(entry.name)
    return found.plan((str(folder),), (), recording)


def _rules(entry: SourceEntry, *, where: str) -> list[UserRule]:
    """A source's own rules, held to its site. Raises SettingsError where that is not known."""
    # files on the disk and lists of URLs may hold pages of any site
    host = urlsplit(entry.address).hostname if entry.kind in WEB_KINDS else None
    homeless = [rule for rule in entry.rules if not rule.sites and host is None]
    if homeless:
        raise SettingsError(
            f"{where}: rule {homeless[0].name!r}: which sites is it for? give it sites = [...]"
        )
    return [structs.replace(rule, sites=rule.sites or (str(host),)) for rule in entry.rules]


def web_source(
    listed: SourceList,
    number: int,
    found: FoundAddresses,
    *,
    now: datetime,
    environment: Mapping[str, str],
) -> WebSource:
    """A source of a list whose pages come over the network, with what ``addresses_of`` found of it. Raises
    SettingsError as ``plan_sources`` does.
    """
    entry = listed.sources[number]
    return WebSource(
        name=entry.name,
        kind="url" if entry.kind == "urls" else entry.kind,
        addresses=found.addresses,
        limit=entry.limit,
        since=entry.since_at(now),
        until=entry.until_at(now),
        pace_seconds=entry.pace_seconds,
        # names of hosts know no case (RFC 4343)
        allowed=frozenset(place.lower() for place in entry.allow_private),
        headers=entry.headers.filled(environment),
        language=entry.language,
        respects=entry.policy == "respect",
        cookies=entry.cookies,
        plan=listed.plan_of(entry),
        ask_again=entry.ask_again_seconds,
        is_built=entry.fetch == "browser",
        fallback=archive_at(entry.fallback),
        joins_pages=entry.join_pages,
        follow=Follow(entry.follow, entry.avoid, entry.max_depth, entry.max_pages) if entry.follow else None,
    )


def local_source(listed: SourceList, number: int, *, now: datetime) -> DiskSource:
    """A source of a list with pages on the disk; its kind decides how to read them, whatever their names."""
    entry = listed.sources[number]
    return DiskSource(
        name=entry.name,
        # the run reports a missing file, and reads the others
        paths=listed.local_paths(entry) or listed.named_path(entry),
        folder=listed.local_folder(entry),
        reading=Reading(_INPUTS.get(entry.kind, Input.AUTO), entry.fields),
        limit=entry.limit,
        since=entry.since_at(now),
        language=entry.language,
        kind=entry.kind,
    )


def addresses_of(listed: SourceList, entry: SourceEntry, now: datetime) -> FoundAddresses:
    """The URL of a source; of files of URLs those in them, of a list of WARC files a month those of its months.

    Raises SettingsError where such a file cannot be read, or holds no address but other lines.
    """
    if entry.kind == "urls":
        return checked_addresses((path, one) for path in listed.local_paths(entry) for one in _lines(path))
    address = urldefrag(entry.address).url
    return FoundAddresses(tuple(of_months(address, entry.since_at(now), entry.until_at(now) or now)))


def _lines(path: str) -> tuple[Listed, ...]:
    try:
        return url_lines(Path(path).read_bytes())
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read as a list of URLs, one a line") from error


def begun_tally(source: str | DiskSource, plan: SourcePlan) -> SourceTally:
    """The counts of a source on the disk."""
    if isinstance(source, DiskSource):
        return SourceTally(source.name, source.kind)
    return SourceTally(source, kind_of(source), may_be_empty=source in plan.folders_of_lists)


def unread_tally(one: Unread) -> SourceTally:
    """The counts of what is not read."""
    tally = SourceTally(one.name, one.kind, remark=one.why, may_be_empty=one.is_meant)
    if one.is_failure:
        tally.miss(code="bad_row")
    return tally
