"""What the sources of a run have in common, and what one hands over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from copydesk.cleaners.types import Page
from copydesk.flows.fetching.asking.captures import ArchiveInRun
from copydesk.flows.fetching.asking.large_bodies import LargeBodies
from copydesk.flows.fetching.asking.outcomes import Fetched
from copydesk.flows.fetching.browser.browser import Browser
from copydesk.flows.fetching.crawl.latch import InFlight
from copydesk.flows.fetching.crawl.skipped import Skipped
from copydesk.flows.fetching.crawl.thread_bridge import Outlet
from copydesk.flows.fetching.lists.memory import Memory
from copydesk.flows.fetching.lists.run_lists import RunLists
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.sources.opening.page_source import Unreadable
from copydesk.flows.sources.schedule import due_at, is_due
from copydesk.flows.sources.source_tally import SourceTally


class Arrival(Struct, frozen=True):
    """A page or the reason why there is none.

    ``stored`` is to be called once its record is where it cannot be lost, with the code of what the record
    says against the page (None where it says nothing). ``raw``: the page as it came, where there is one.
    ``tally``: where the page is to be counted; None for what is a list. ``further``: as they came, the pages that were
    joined to it.
    """

    item: Page | Unreadable
    # called by who stores the record, in another thread than that of fetching
    stored: Callable[[str | None], None]
    raw: Fetched | None = None
    tally: SourceTally | None = None
    further: tuple[Fetched, ...] = ()


class Limit:
    """How many pages may still be asked for; None for all."""

    def __init__(self, pages: int | None) -> None:
        # counted down before fetching: what one source has chosen no other may choose
        self.left = pages

    def take(self, pages: int) -> None:
        """So many are asked for."""
        if self.left is not None:
            self.left -= pages


class Shared(Struct, frozen=True):
    """What the sources of a run have in common. ``began``: what was fetched since was fetched in this run."""

    memory: Memory
    outlet: Outlet[Arrival]
    # hosts under way, of all sources together (HOSTS_AT_ONCE)
    hosts: asyncio.Semaphore
    large_bodies: LargeBodies
    browser: Browser
    # this and lists: what several sources name is asked for once
    in_flight: InFlight
    lists: RunLists
    limit: Limit
    skipped: Skipped
    began: datetime
    # what --refetch asks for: known pages are fetched once more
    is_anew: bool
    # WARC files under way: each holds some megabytes, and a thread
    files: asyncio.Semaphore
    # by their addresses
    archives: dict[str, ArchiveInRun]


async def is_to_be_read(source: WebSource, shared: Shared, tally: SourceTally, now: datetime) -> bool:
    """Whether a source is due by now, seeing when it was last read to its end; what is not is counted."""
    last = None
    if not shared.is_anew:
        last = await asyncio.to_thread(shared.memory.last_read, source.name)
    when = source.plan
    if is_due(when, last, now):
        return True
    if when is not None and last is not None:
        tally.remark = f"not due until {due_at(when, last):%Y-%m-%d %H:%M} UTC"
        tally.may_be_empty = True
    shared.skipped.add("not_due")
    return False
