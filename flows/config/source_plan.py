"""Plans a run: turns its inputs (names, URLs, lists of sources) into sources on the disk and on the web."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct, structs

from copydesk.cleaners.types import Override, UserRule
from copydesk.flows.config.gate import Gate
from copydesk.flows.config.given_urls import SourceUrls, named_place, urls_in_file, valid_urls
from copydesk.flows.config.source_entry import SourceEntry
from copydesk.flows.config.source_keys import archive_url
from copydesk.flows.config.source_list import SUFFIX, SourceList, may_hold_lists, read_source_lists
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.lists.url_lists import url_lines
from copydesk.flows.fetching.lists.warc_lists import monthly_urls
from copydesk.flows.fetching.lists.web_source import Follow, WebSource
from copydesk.flows.fetching.wire.addresses import allowed_hosts, is_web_url, normalized_url
from copydesk.flows.io.posix import open_regular
from copydesk.flows.schedule import ASK_AGAIN_SECONDS, read_ages
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.catalogue import DiskSource, Input, Reading, kind_of
from copydesk.flows.sources.file_names import READ_AS
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.web_kinds import WEB_KINDS, kind_of_address

# the kinds of other files are detected by their names and first lines
_INPUTS = {"jsonl": Input.JSONL, "warc": Input.WARC}


class SkippedInput(Struct, frozen=True):
    """An input that is not read: a source, a list of sources, or a row of a file. ``is_intended``: by the user.
    ``is_failure``: a wrong row, while the rest of its file is read.
    """

    name: str
    kind: str
    why: str
    is_intended: bool = False
    is_failure: bool = False

    def tally(self) -> SourceTally:
        """Its line among the counts of the run."""
        tally = SourceTally(self.name, self.kind, remark=self.why, may_be_empty=self.is_intended)
        if self.is_failure:
            tally.miss(code="bad_row")
        return tally


class SourcePlan(Struct):
    """The sources of a run. ``local``: names that ``copydesk.flows.sources.catalogue`` reads, and sources of lists."""

    local: list[str | DiskSource] = []
    web: list[WebSource] = []
    rules: list[UserRule] = []
    """User-defined rules of sources, each for the site of its source."""
    recording: set[str] = set()
    """Names of the sources that only record a publisher's terms of use; all others on the web respect them."""
    skipped: list[SkippedInput] = []
    folders_of_lists: set[str] = set()
    """Folders with lists of sources, which may have no pages."""
    gates: dict[str, Gate] = {}
    """The gates of sources, by name."""
    options: dict[str, Mapping[str, Any]] = {}
    """The options of cleaning that sources set, by name of the source."""
    overrides: Mapping[str, tuple[Override, ...]] = {}
    """Manual decisions on pages, by their URLs and ids."""

    def tally_of(self, source: str | DiskSource) -> SourceTally:
        """New counts of one of the sources on the disk."""
        if isinstance(source, DiskSource):
            return SourceTally(source.name, source.kind)
        return SourceTally(source, kind_of(source), may_be_empty=source in self.folders_of_lists)

    def without_duplicates(self, names: Iterable[str]) -> Iterable[str]:
        """The names, normalized. Duplicates are skipped: their pages would be counted twice."""
        found: dict[str, str] = {}
        for given in names:
            name = named_place(given)
            if name in found:
                again = SkippedInput(given, "named twice", READ_AS.format(found[name]), is_intended=True)
                if again not in self.skipped:
                    self.skipped.append(again)
            found.setdefault(name, given)
        return found

    def add_settings(self, listed: SourceList, number: int) -> None:
        """Adds what a source sets for its records: rules, gate, kinds of pages, policy."""
        entry = listed.sources[number]
        self.rules.extend(_rules(entry, where=listed.place(number)))
        self.gates[entry.name] = entry.gate
        if entry.options:
            self.options[entry.name] = entry.options
        if entry.policy == "record":
            self.recording.add(entry.name)

    def add_web(self, source: WebSource, urls: SourceUrls) -> None:
        """Adds a source on the web, and the wrong lines of its file as skipped."""
        self.web.append(source)
        self.skipped.extend(
            SkippedInput(where, "row", f"skipped: {why}", is_failure=True) for where, why in urls.refused
        )

    def add_list(self, listed: SourceList, *, now: datetime, environment: Mapping[str, str]) -> None:
        """Adds the sources of a list."""
        if not listed.sources:
            self.skipped.append(SkippedInput(str(listed.path), "list", "it holds no source"))
        for number, entry in enumerate(listed.sources):
            if not entry.enabled:
                # reported, so that it is not forgotten
                why = "switched off (enabled = false)"
                self.skipped.append(SkippedInput(entry.name, entry.kind, why, is_intended=True))
                continue
            self.add_settings(listed, number)
            if entry.is_fetched:
                urls = urls_of(listed, entry, now)
                self.add_web(web_source(listed, entry, urls, now=now, environment=environment), urls)
            elif (source := _disk_source(listed, entry, now=now)) not in self.local:
                self.local.append(source)


def plan_sources(
    names: Iterable[str],
    *,
    now: datetime,
    environment: Mapping[str, str],
    without: Iterable[str] = (),
    fields: FieldNames = USUAL_NAMES,
) -> SourcePlan:
    """The plan for these inputs, in their order. A folder may have pages and lists of sources.

    ``without``: lists that are not read. ``fields``: distinguish a table of pages from one of URLs. Raises
    SettingsError, in one line, if a URL or a list is wrong, or a variable of a header is not set.
    """
    plan, excluded = SourcePlan(), frozenset(map(os.path.realpath, without))
    for name in plan.without_duplicates(names):
        if is_web_url(name):
            plan.web.append(WebSource(name, kind_of_address(name), (name,)))
            continue
        if (urls := urls_in_file(name, fields)) is not None:
            plan.add_web(WebSource(name, "url", urls.urls), urls)
            continue
        if not name.endswith(SUFFIX):
            plan.local.append(name)
        for listed in read_source_lists([Path(name)]) if may_hold_lists(name) else ():
            # other folders without pages get a warning
            plan.folders_of_lists.add(name)
            if os.path.realpath(listed.path) not in excluded:
                plan.add_list(listed, now=now, environment=environment)
    return plan


def plan_archive(folder: Path, names: Iterable[str]) -> SourcePlan:
    """The plan for the archived pages in a folder, with the rules, gates and policies of the lists among the names.

    Disabled sources count, too: the archive has pages of them. Raises SettingsError if a list is wrong.
    """
    plan = SourcePlan([str(folder)])
    for name in filter(may_hold_lists, names):
        for listed in read_source_lists([Path(name)]):
            for number in range(len(listed.sources)):
                plan.add_settings(listed, number)
    return plan


def _rules(entry: SourceEntry, *, where: str) -> list[UserRule]:
    """The user-defined rules of a source, for its site. Raises SettingsError if the site is unknown."""
    # the pages of files and lists of URLs may be of any site
    host = urlsplit(entry.address).hostname if entry.kind in WEB_KINDS else None
    for rule in entry.rules:
        if not rule.sites and host is None:
            raise SettingsError(f"{where}: rule {rule.name!r}: which sites is it for? give it sites = [...]")
    return [structs.replace(rule, sites=rule.sites or (str(host),)) for rule in entry.rules]


def web_source(
    listed: SourceList, entry: SourceEntry, urls: SourceUrls, *, now: datetime, environment: Mapping[str, str]
) -> WebSource:
    """A source of a list whose pages are fetched from these URLs. Raises SettingsError as ``plan_sources`` does."""
    return WebSource(
        name=entry.name,
        kind="url" if entry.kind == "urls" else entry.kind,
        addresses=urls.urls,
        limit=entry.limit,
        since=entry.since_at(now),
        until=entry.until_at(now),
        pace_seconds=entry.pace_seconds,
        allowed=allowed_hosts(entry.allow_private),
        headers=entry.headers.filled(environment),
        language=entry.language,
        respects_denials=entry.policy == "respect",
        cookies=entry.cookies,
        plan=listed.plan_of(entry),
        ask_again=ASK_AGAIN_SECONDS if entry.ask_again is None else read_ages(entry.ask_again),
        uses_browser=entry.fetch == "browser",
        fallback=archive_url(entry.fallback),
        joins_pages=entry.join_pages,
        follow=Follow(entry.follow, entry.avoid, entry.max_depth, entry.max_pages) if entry.follow else None,
    )


def _disk_source(listed: SourceList, entry: SourceEntry, *, now: datetime) -> DiskSource:
    """A source of a list with pages on the disk; its kind decides how to read them, not their names."""
    return DiskSource(
        name=entry.name,
        # the name of a missing file, for the report of the run
        paths=listed.local_paths(entry) or listed.named_path(entry),
        folder=listed.local_folder(entry),
        reading=Reading(_INPUTS.get(entry.kind, Input.AUTO), entry.fields),
        limit=entry.limit,
        since=entry.since_at(now),
        language=entry.language,
        kind=entry.kind,
    )


def urls_of(listed: SourceList, entry: SourceEntry, now: datetime) -> SourceUrls:
    """The normalized URL of a source, the URLs in its files, or a URL for each of its months.

    Raises SettingsError if a file cannot be read, or none of its lines is a valid URL.
    """
    if entry.kind != "urls":
        url = normalized_url(entry.address)
        return SourceUrls(tuple(monthly_urls(url, entry.since_at(now), entry.until_at(now) or now)))
    lines = []
    for path in listed.local_paths(entry):
        try:
            with open_regular(path) as file:
                lines += [(path, line) for line in url_lines(file.read())]
        except OSError as error:
            raise SettingsError(f"{path}: cannot be read as a list of URLs, one a line") from error
    return valid_urls(lines)
