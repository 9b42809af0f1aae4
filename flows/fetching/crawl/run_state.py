"""What the sources of a run share, what they hand over, and what reading any of them begins and ends with."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct

from copydesk.cleaners.types import Page
from copydesk.flows.fetching.browser.browser import Browser
from copydesk.flows.fetching.crawl.background import Outlet
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched
from copydesk.flows.fetching.http.response import failure_of
from copydesk.flows.fetching.http.web_archive import ArchiveState
from copydesk.flows.fetching.lists.list_cache import ListCache
from copydesk.flows.fetching.lists.memory import Known, Memory, WebSource
from copydesk.flows.sources.opening.page_source import Unreadable
from copydesk.flows.sources.schedule import due_at, is_due
from copydesk.flows.sources.source_tally import SourceTally


class Latch:
    """Calls ``then`` when as many things are done as were begun, with whether all of them succeeded. Thread-safe.

    It begins with one, so that its maker can begin others before the first is done.
    """

    def __init__(self, then: Callable[[bool], None]) -> None:
        self._then = then
        self._left = 1
        self._is_well = True
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Waits for one more."""
        with self._lock:
            self._left += 1

    def done(self, *, is_well: bool = True) -> None:
        """One has ended."""
        with self._lock:
            self._left -= 1
            self._is_well = self._is_well and is_well
            is_last = self._left == 0
        # outside of the lock: ``then`` may take long, and may call other latches
        if is_last:
            self._then(self._is_well)


class InFlight:
    """Pages that are being fetched, with the latches that wait for them, so that none is requested twice at a time.
    Thread-safe.
    """

    def __init__(self) -> None:
        self._waiting: dict[object, list[Latch]] = {}
        self.ended = 0
        """How many pages have ended so far: where it grows, an earlier lookup may be out of date."""
        self._lock = threading.Lock()

    def join(self, key: object, waiting: Latch) -> bool:
        """Waits for a page; returns whether the caller is to fetch it."""
        # before it is added: a page may end at once
        waiting.begin()
        with self._lock:
            others = self._waiting.setdefault(key, [])
            others.append(waiting)
            return len(others) == 1

    def leave(self, key: object, *, is_well: bool) -> None:
        """The page has ended, for all that wait for it."""
        with self._lock:
            waiting = self._waiting.pop(key)
            self.ended += 1
        # outside of the lock: the last of them may note a list, while others join
        for one in waiting:
            one.done(is_well=is_well)


class Skipped:
    """Counts of listed pages that a run did not fetch, by reason."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        # when the first back-off ends
        self._earliest: datetime | None = None

    def add(self, why: str, count: int = 1) -> None:
        """Counts pages for one of the reasons in ``_WORDS``."""
        self._counts[why] += count

    def add_resting(self, until: datetime) -> None:
        """Counts a page that failed lately and is in its back-off."""
        self.add("resting")
        self._earliest = min(self._earliest or until, until)

    def lines(self) -> tuple[str, ...]:
        """The counts in sentences."""
        # in the order of _WORDS, not of counting: two runs read alike
        lines = [words.format(f"{count:,}") for why, words in _WORDS.items() if (count := self._counts[why])]
        if self._counts["resting"] and self._earliest is not None:
            lines.append(
                f"not fetched: {self._counts['resting']:,} that failed lately; the first is due again at "
                f"{self._earliest:%Y-%m-%d %H:%M} UTC, or with --refetch"
            )
        return tuple(lines)


# all reasons but "resting", which has a time
_WORDS = {
    "known": "not fetched: {} that are known and not listed as changed",
    "old": "not fetched: {} that are older than since",
    "beyond": "not fetched: {} beyond the limit",
    "left": "not fetched: {} of hosts that do not answer, left for the next run",
    "denied": "not fetched: {} that their sites denied lately",
    "patience": "not fetched: {} of hosts that requested a pause, left for the next run",
    "archive": "not looked for in an archive: {} that are gone, as it does not answer; they are tried again",
    "not_due": "sources not due yet: {}",
}


class Arrival(Struct, frozen=True):
    """A page or the reason why there is none.

    ``stored`` must be called once its record is safely stored, with the record's reason code (None for an article).
    ``raw``: the page as it came, where there is one. ``tally``: counts the page; None for a list. ``further``: as they
    came, the pages that were joined to it.
    """

    item: Page | Unreadable
    # called in another thread than that of fetching
    stored: Callable[[str | None], None]
    raw: Fetched | None = None
    tally: SourceTally | None = None
    further: tuple[Fetched, ...] = ()


class Limit:
    """How many pages may still be fetched; None for all."""

    def __init__(self, pages: int | None) -> None:
        # counted down before fetching: what one source has chosen no other may choose
        self.left = pages

    def take(self, pages: int) -> None:
        """Counts pages that are fetched."""
        if self.left is not None:
            self.left -= pages


class Shared(Struct, frozen=True):
    """What the sources of a run share. ``began``: what was fetched since was fetched in this run."""

    memory: Memory
    outlet: Outlet[Arrival]
    # hosts under way, of all sources together (HOSTS_AT_ONCE)
    hosts: asyncio.Semaphore
    large_bodies: asyncio.Semaphore
    browser: Browser
    # this and lists: what several sources name is fetched once
    in_flight: InFlight
    lists: ListCache
    limit: Limit
    skipped: Skipped
    began: datetime
    # --refetch: known pages are fetched once more
    refetch: bool
    # WARC files under way: each holds some megabytes, and a thread
    files: asyncio.Semaphore
    # by their addresses
    archives: dict[str, ArchiveState]


class SourceReader(ABC):
    """Reads one source in one run."""

    def __init__(self, source: WebSource, fetcher: Fetcher, shared: Shared, tally: SourceTally) -> None:
        self._source = source
        self._fetcher = fetcher
        self._shared = shared
        self._memory = shared.memory
        self._tally = tally
        self._limits = (Limit(source.limit), shared.limit)

    async def run(self) -> None:
        """Reads what is new of a source that is due; an unexpected exception is reported, and ends no other source.

        Raises FlowError where the run is at fault.
        """
        # noted as the time of this run: what is published meanwhile is for the next
        began = datetime.now(UTC)
        self._tally.is_begun = True
        try:
            if await self._is_to_be_read(began):
                reading = Latch(lambda _: self._memory.note_read(self._source.name, now=began))
                await self._read(reading, began)
                # last: whichever page or list is stored last notes that the source was read
                await asyncio.to_thread(reading.done)
        except Exception as error:  # noqa: BLE001 - the boundary of a source
            await self._report_failure(
                failure_of(next(iter(self._source.addresses), self._source.name), error)
            )
        self._tally.is_ended = True

    @abstractmethod
    async def _read(self, reading: Latch, began: datetime) -> None:
        """Hands over what is new; ``reading`` waits for what is to be stored before the source counts as read."""

    @abstractmethod
    async def _report_failure(self, failure: NotFetched) -> None:
        """Reports a list or file that failed, like a page."""

    async def _is_to_be_read(self, now: datetime) -> bool:
        """Whether the source is due by now, by when it was last read to its end; one that is not is counted."""
        last = None
        if not self._shared.refetch:
            last = await asyncio.to_thread(self._memory.last_read, self._source.name)
        plan = self._source.plan
        if is_due(plan, last, now):
            return True
        if plan is not None and last is not None:
            self._tally.remark = f"not due until {due_at(plan, last):%Y-%m-%d %H:%M} UTC"
            self._tally.may_be_empty = True
        self._shared.skipped.add("not_due")
        return False

    def _is_since_earlier(self, known: Known) -> bool:
        """Whether more of a list is wanted now than when it was last read."""
        since = self._source.since
        return known.left_before is not None and (since is None or since < known.left_before)

    def _skip(self, why: str, count: int = 1) -> None:
        """Counts pages that are not fetched, of this source and of the run."""
        self._shared.skipped.add(why, count)
        self._tally.leave_out(why, count)

    @property
    def _left(self) -> int | None:
        """How many pages may still be fetched."""
        left = [limit.left for limit in self._limits if limit.left is not None]
        # two sources may choose at the same time
        return max(0, min(left)) if left else None
