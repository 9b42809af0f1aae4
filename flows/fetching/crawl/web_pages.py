"""The pages of sources on the web, fetched in the background of the run that takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from copydesk.flows.fetching.browser.browser import Browser
from copydesk.flows.fetching.crawl.background import Outlet, run_in_background_loop
from copydesk.flows.fetching.crawl.run_state import Arrival, InFlight, Limit, Shared, Skipped
from copydesk.flows.fetching.crawl.source_run import HOSTS_AT_ONCE, SourceRun
from copydesk.flows.fetching.crawl.warc_run import FILES_AT_ONCE, WarcRun
from copydesk.flows.fetching.http.body import LargeBodies
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy
from copydesk.flows.fetching.http.response_cache import ResponseCache
from copydesk.flows.fetching.http.site_files import HostState
from copydesk.flows.fetching.lists.list_cache import ListCache
from copydesk.flows.fetching.lists.memory import Memory
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.sources.source_tally import SourceTally


class WebPages:
    """The pages of some sources, fetched in the background of the run that takes them. Iterate once.

    ``refetch``: known pages are fetched again. ``limit``: at most so many pages, of all sources together.
    """

    def __init__(
        self,
        sources: Sequence[WebSource],
        memory: Memory,
        *,
        limits: FetchLimits = FetchLimits(),  # noqa: B008 - frozen
        refetch: bool = False,
        limit: int | None = None,
    ) -> None:
        self._sources = sources
        self._memory = memory
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

    def __iter__(self) -> Iterator[Arrival]:
        return run_in_background_loop(self._fetch, self._outlet)

    def would_wait(self) -> bool:
        """Whether the next page is not there yet."""
        return self._outlet.is_empty

    async def _fetch(self, outlet: Outlet[Arrival]) -> None:
        # with a store: robots.txt and its like hold for a day, over runs
        host_state = HostState(self.cache or self._memory, self.cache)
        shared = Shared(
            memory=self._memory,
            outlet=outlet,
            hosts=asyncio.Semaphore(HOSTS_AT_ONCE),
            large_bodies=LargeBodies(),
            browser=self._browser,
            in_flight=InFlight(),
            lists=ListCache(),
            limit=Limit(self._limit),
            skipped=self.skipped,
            began=datetime.now(UTC),
            refetch=self._refetch,
            files=asyncio.Semaphore(FILES_AT_ONCE),
            archives={},
        )
        async with AsyncExitStack() as opened:
            # one for all sources with the same politeness policy, which share its connections
            fetchers: dict[PolitenessPolicy, Fetcher] = {}
            await opened.enter_async_context(self._browser)
            try:
                # an error that leaves a source is the run's fault, and ends the others too
                async with asyncio.TaskGroup() as tasks:
                    for source, tally in zip(self._sources, self.tallies, strict=True):
                        politeness = politeness_of(source)
                        if politeness not in fetchers:
                            fetcher = Fetcher(politeness, limits=self._limits, host_state=host_state)
                            fetchers[politeness] = await opened.enter_async_context(fetcher)
                        kind = WarcRun if source.kind == "warc" else SourceRun
                        tasks.create_task(kind(source, fetchers[politeness], shared, tally).run())
            finally:
                host_state.close()  # before the connections are, which it may be using


def politeness_of(source: WebSource) -> PolitenessPolicy:
    """How a source wants its pages fetched."""
    # a key of fetchers: only what makes a difference to requests
    return PolitenessPolicy(
        pace_seconds=source.pace_seconds,
        allowed=source.allowed,
        user_agent=source.user_agent,
        obeys_robots=source.respects,
        keeps_cookies=source.cookies,
    )
