"""State that the sources of a run share, the items they hand over, and the base class of their readers."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct, field

from copydesk.cleaners.types import Page, Source
from copydesk.flows.crawl.background import Outlet
from copydesk.flows.crawl.listings import ListCache
from copydesk.flows.fetching.browser.browser import Browser
from copydesk.flows.fetching.http.body import LARGE_AT_ONCE
from copydesk.flows.fetching.http.fetcher import Fetcher, failure_of
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched
from copydesk.flows.fetching.http.web_archive import WebArchive
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.library.web.frontier import Frontier, Wants
from copydesk.flows.library.web.urls import Known
from copydesk.flows.schedule import due_at, is_due
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.opening.page_source import Unreadable

HOSTS_AT_ONCE = 256
"""Hosts whose pages are fetched at the same time: each may have a page in memory."""
FILES_AT_ONCE = 2
"""Set by hand: one is being read while another is waited for."""


class Skipped:
    """Counts of listed pages that a run did not fetch, by reason."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first_due: datetime | None = None

    def add(self, why: str, count: int = 1) -> None:
        """Counts pages for a reason in ``_WORDS``."""
        self._counts[why] += count

    def add_backing_off(self, until: datetime) -> None:
        """Counts a page that failed lately, with the end of its back-off."""
        self.add("resting")
        self._first_due = min(self._first_due or until, until)

    def lines(self) -> tuple[str, ...]:
        """The counts in sentences."""
        # in the order of _WORDS, so that runs are easy to compare
        lines = [words.format(f"{count:,}") for why, words in _WORDS.items() if (count := self._counts[why])]
        if self._first_due is not None:
            lines.append(
                f"not fetched: {self._counts['resting']:,} that failed lately; the first is due again at "
                f"{self._first_due:%Y-%m-%d %H:%M} UTC, or with --refetch"
            )
        return tuple(lines)


# all reasons but "resting", which has a time
_WORDS = {
    "known": "not fetched: {} that are known and not listed as changed",
    "old": "not fetched: {} that are older than since",
    "beyond": "not fetched: {} beyond the limit",
    "linkless": "not fetched: {} that are entries of feeds without a link",
    "left": "not fetched: {} of hosts that do not answer, left for the next run",
    "denied": "not fetched: {} that their sites denied lately",
    "patience": "not fetched: {} of hosts that requested a pause, left for the next run",
    "archive": "not looked for in an archive: {} that are gone, as it does not answer; they are tried again",
    "not_due": "sources not due yet: {}",
}


class Arrival(Struct, frozen=True):
    """A fetched page, or the reason why there is none, for the run."""

    item: Page | Unreadable
    stored: Callable[[str | None], None]
    """To be called when the record is stored, with its reason code (None for an article); from any thread."""
    came: tuple[Fetched, ...] = ()
    """The page and those joined to it as they were received, for the archive."""
    tally: SourceTally | None = None
    """The counts that include the page; None for a list."""


class Limit:
    """The number of pages that may still be fetched; None: unlimited."""

    def __init__(self, pages: int | None) -> None:
        self.left = pages

    def take(self, pages: int) -> None:
        """Subtracts pages that were chosen, before they are fetched."""
        if self.left is not None:
            self.left -= pages


class Shared(Struct, frozen=True, kw_only=True):
    """State that the sources of a run share. ``began``: the start of the run."""

    frontier: Frontier
    outlet: Outlet[Arrival]
    hosts: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, HOSTS_AT_ONCE))
    """Limits hosts whose pages are fetched."""
    large_bodies: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, LARGE_AT_ONCE))
    browser: Browser
    lists: ListCache = field(default_factory=ListCache)
    """Each is fetched once, though several sources name it."""
    limit: Limit
    skipped: Skipped
    began: datetime
    refetch: bool
    """Whether known pages are fetched again (``--refetch``)."""
    files: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, FILES_AT_ONCE))
    """Limits WARC files that are read: each takes some megabytes and a thread."""
    archives: dict[str, WebArchive] = field(default_factory=dict)
    """Web archives by their URLs."""


class SourceReader(ABC):
    """Reads a source in a run."""

    def __init__(self, source: WebSource, fetcher: Fetcher, shared: Shared, tally: SourceTally) -> None:
        self.name = source.name
        self._source = source
        self._fetcher = fetcher
        self._shared = shared
        self._frontier = shared.frontier
        self._tally = tally
        self._wants = Wants(source, shared.began, shared.refetch)
        self._limits = (Limit(source.limit), shared.limit)

    async def run(self) -> None:
        """Reads a source, if it is due. An unexpected exception is reported, and does not end other sources.

        Raises FlowError if the run is at fault.
        """
        # noted as the time of the reading: pages published meanwhile are for the next run
        began = datetime.now(UTC)
        self._tally.is_begun = True
        try:
            if await self._is_to_be_read(began):
                await self._read(began)
                # what is not stored yet waits in the frontier: lost with the run, it makes the source due again
                await asyncio.to_thread(self._frontier.note_read, self._source.name, now=began)
        except Exception as error:  # noqa: BLE001 - the boundary of a source
            await self._report_failure(
                failure_of(next(iter(self._source.addresses), self._source.name), error)
            )
        self._tally.is_ended = True

    @abstractmethod
    async def _read(self, began: datetime) -> None:
        """Hands over what is new."""

    @abstractmethod
    async def _report_failure(self, failure: NotFetched) -> None:
        """Reports a list or file that failed, like a page."""

    async def _report_list(self, failure: NotFetched, words: str) -> None:
        """Reports a list or file that could not be read, or not whole, like a page; ``words``: which."""
        problem = f"{words}: {failure.reason}: {failure.message}"
        self._tally.list_problem = self._tally.list_problem or problem
        source = Source(self._source.kind, self._source.name)
        item = Unreadable(source, failure.reason, failure.message, failure.url)
        # nothing to note: a list is noted with its pages
        await self._shared.outlet.put(Arrival(item, lambda _: None))

    async def _is_to_be_read(self, now: datetime) -> bool:
        """Whether the source is due; if not, it is counted as skipped."""
        last = None
        if not self._shared.refetch:
            last = await asyncio.to_thread(self._frontier.last_read, self._source.name)
        plan = self._source.plan
        if is_due(plan, last, now):
            return True
        if plan is not None and last is not None:
            self._tally.remark = f"not due until {due_at(plan, last):%Y-%m-%d %H:%M} UTC"
            self._tally.may_be_empty = True
        self._shared.skipped.add("not_due")
        return False

    def _is_since_earlier(self, known: Known) -> bool:
        """Whether older pages of a list are wanted than when it was last read."""
        since = self._source.since
        return known.left_before is not None and (since is None or since < known.left_before)

    def _skip(self, why: str, count: int = 1) -> None:
        """Counts pages that are not fetched, for the source and for the run."""
        self._shared.skipped.add(why, count)
        self._tally.leave_out(why, count)

    @property
    def _left(self) -> int | None:
        """How many pages may still be fetched."""
        left = [limit.left for limit in self._limits if limit.left is not None]
        # another source may have taken more
        return max(0, min(left)) if left else None
