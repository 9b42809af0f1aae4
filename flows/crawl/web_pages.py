"""The pages of sources on the web, fetched in the background of the run that takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from copydesk.flows.crawl.background import Outlet, run_in_background_loop
from copydesk.flows.crawl.run_state import Arrival, Limit, Shared, Skipped, SourceReader
from copydesk.flows.crawl.single_pages import open_fetchers
from copydesk.flows.crawl.source_run import HOSTS_AT_ONCE, SourceRun
from copydesk.flows.crawl.warc_run import FILES_AT_ONCE, WarcRun
from copydesk.flows.fetching.browser.browser import Browser
from copydesk.flows.fetching.http.body import LARGE_AT_ONCE
from copydesk.flows.fetching.http.politeness import FetchLimits
from copydesk.flows.fetching.http.response_cache import ResponseCache
from copydesk.flows.fetching.http.site_files import HostState
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.library.web.frontier import Frontier
from copydesk.flows.source_tally import SourceTally

_LOST_SECONDS = 10.0
"""How often a run looks for pages of runs on other machines that have died. Set by hand."""


class WebPages:
    """The pages of some sources, fetched in the background of the run that takes them. Iterate once.

    ``refetch``: known pages are fetched again. ``limit``: at most so many pages, of all sources together.
    """

    def __init__(
        self,
        sources: Sequence[WebSource],
        frontier: Frontier,
        *,
        limits: FetchLimits = FetchLimits(),  # noqa: B008 - frozen
        refetch: bool = False,
        limit: int | None = None,
    ) -> None:
        self._sources = sources
        self._frontier = frontier
        self._limits = limits
        self._refetch = refetch
        self._limit = limit
        self.tallies = [
            SourceTally(
                source.name, source.kind, remark=None if source.addresses else "its list holds no address"
            )
            for source in sources
        ]
        """What becomes of each source, in their order; complete when the iteration has ended."""
        self.cache: ResponseCache | None = None
        """Keeps responses for a command that remembers nothing; set before the iteration."""
        self.skipped = Skipped()
        """What was not read, and why; complete when the iteration has ended."""
        # always made: it starts nothing before a page has to be built
        self._browser = Browser(limits=limits)
        self._outlet: Outlet[Arrival] = Outlet()

    def __iter__(self) -> Generator[Arrival, None, None]:
        self._frontier.free_lost()
        self._leases = self._frontier.host_leases()
        return run_in_background_loop(self._fetch, self._outlet)

    def would_wait(self) -> bool:
        """Whether the next page is not there yet."""
        return self._outlet.is_empty

    async def _fetch(self, outlet: Outlet[Arrival]) -> None:
        # with a store: robots.txt and its like hold for a day, over runs
        host_state = HostState(self.cache or self._frontier, self.cache, self._leases)
        shared = Shared(
            frontier=self._frontier,
            outlet=outlet,
            hosts=asyncio.Semaphore(HOSTS_AT_ONCE),
            large_bodies=asyncio.Semaphore(LARGE_AT_ONCE),
            browser=self._browser,
            limit=Limit(self._limit),
            skipped=self.skipped,
            began=datetime.now(UTC),
            refetch=self._refetch,
            files=asyncio.Semaphore(FILES_AT_ONCE),
        )
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(self._browser)
            try:
                fetchers = await open_fetchers(self._sources, opened, self._limits, host_state)
                await self._read_all(
                    [
                        (WarcRun if source.kind == "warc" else SourceRun)(source, fetcher, shared, tally)
                        for source, fetcher, tally in zip(self._sources, fetchers, self.tallies, strict=True)
                    ]
                )
            finally:
                await host_state.close()  # before the connections are, which it may be using

    async def _read_all(self, readers: Sequence[SourceReader]) -> None:
        """Reads the sources, and again those of which other runs die meanwhile with pages in hand."""
        due, running, lost = set(readers), dict[SourceReader, asyncio.Task[None]](), set[str]()
        # an error that leaves a source is the run's fault, and ends the others too
        async with asyncio.TaskGroup() as tasks:
            while due or running:
                running |= {reader: tasks.create_task(reader.run()) for reader in due}
                await asyncio.wait(running.values(), timeout=_LOST_SECONDS if self._leases else None)
                running = {reader: task for reader, task in running.items() if not task.done()}
                if self._leases:
                    lost |= await asyncio.to_thread(self._frontier.free_lost)
                due = {one for one in readers if one.name in lost and one not in running}
                lost -= {one.name for one in due}
