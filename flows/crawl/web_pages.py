"""The pages of sources on the web, fetched in the background of the run that takes them; and single pages for a
service, which share politeness and connections.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Self

from copydesk.cleaners.types import Page, Source
from copydesk.flows.crawl.background import Outlet, run_in_background_loop
from copydesk.flows.crawl.page_fetch import with_content
from copydesk.flows.crawl.run_state import Arrival, Limit, Shared, Skipped
from copydesk.flows.crawl.source_run import HOSTS_AT_ONCE, SourceRun
from copydesk.flows.crawl.warc_run import FILES_AT_ONCE, WarcRun
from copydesk.flows.fetching.browser.browser import Browser
from copydesk.flows.fetching.http.body import LARGE_AT_ONCE
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Request
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy
from copydesk.flows.fetching.http.response_cache import ResponseCache
from copydesk.flows.fetching.http.site_files import HostState
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.library.web.frontier import Frontier
from copydesk.flows.source_tally import ROBOTS_DENIED, SourceTally
from copydesk.flows.sources.opening.page_source import Unreadable


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
        self._frontier.begin()
        return run_in_background_loop(self._fetch, self._outlet)

    def would_wait(self) -> bool:
        """Whether the next page is not there yet."""
        return self._outlet.is_empty

    async def _fetch(self, outlet: Outlet[Arrival]) -> None:
        # with a store: robots.txt and its like hold for a day, over runs
        host_state = HostState(self.cache or self._frontier, self.cache)
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
                # an error that leaves a source is the run's fault, and ends the others too
                async with asyncio.TaskGroup() as tasks:
                    for source, fetcher, tally in zip(self._sources, fetchers, self.tallies, strict=True):
                        kind = WarcRun if source.kind == "warc" else SourceRun
                        tasks.create_task(kind(source, fetcher, shared, tally).run())
            finally:
                host_state.close()  # before the connections are, which it may be using


async def open_fetchers(
    sources: Sequence[WebSource], opened: AsyncExitStack, limits: FetchLimits, host_state: HostState
) -> list[Fetcher]:
    """The fetcher of each source; those with the same politeness policy share one, and its connections."""
    fetchers: dict[PolitenessPolicy, Fetcher] = {}
    found = []
    for source in sources:
        politeness = PolitenessPolicy(
            pace_seconds=source.pace_seconds,
            allowed=source.allowed,
            user_agent=source.user_agent,
            obeys_robots=source.respects_denials,
            keeps_cookies=source.cookies,
        )
        if politeness not in fetchers:
            fetcher = Fetcher(politeness, limits=limits, host_state=host_state)
            fetchers[politeness] = await opened.enter_async_context(fetcher)
        found.append(fetchers[politeness])
    return found


# as long as a run's state holds them (RFC 9309, 2.4)
_SITE_FILES_SECONDS = 24 * 3600.0


class SinglePages:
    """Fetches pages by their URLs, robots.txt first, in the event loop that it is entered in.

    The ``politeness`` is that of all of them together; a page costs ``limits`` at most.
    """

    def __init__(self, politeness: PolitenessPolicy, limits: FetchLimits) -> None:
        self._politeness = politeness
        self._limits = limits
        self._opened: deque[AsyncExitStack] = deque()
        self._fetcher: Fetcher | None = None
        self._made = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._opened:
            await self._opened.popleft().aclose()

    async def fetch(self, url: str) -> Page | Unreadable:
        """The page at a URL that ``check_url`` accepts, or why there is none."""
        fetcher = await self._current()
        outcome = await fetcher.fetch(Request(url))
        source, site_files = Source("url", url), fetcher.site_files
        if isinstance(outcome, Fetched):
            page = Page(b"", source=source)
            return with_content(page, outcome, await site_files.usage_signals(outcome))
        assert isinstance(outcome, NotFetched)  # noqa: S101 - without validators there is no 304
        is_denied = outcome.reason == ROBOTS_DENIED
        signals = await site_files.robots_signals(outcome.url) if is_denied else ()
        return Unreadable(source, outcome.reason, outcome.message, url, signals)

    async def _current(self) -> Fetcher:
        """The fetcher; another one each day, since it requests robots.txt once."""
        now = time.monotonic()
        if self._fetcher is None or now - self._made > _SITE_FILES_SECONDS:
            state, opened = HostState(), AsyncExitStack()
            self._fetcher = Fetcher(self._politeness, limits=self._limits, host_state=state)
            self._made = now
            self._opened.append(opened)
            opened.callback(state.close)
            await opened.enter_async_context(self._fetcher)
            # the one before may still be fetching; it holds the files of all its sites
            if len(self._opened) > 2:
                await self._opened.popleft().aclose()
        return self._fetcher
