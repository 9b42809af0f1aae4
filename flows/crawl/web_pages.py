"""The pages of sources on the web, fetched in the background of the run or the command that takes them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import AsyncExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from copydesk.cleaners.types import Page
from copydesk.flows.crawl.background import Outlet, run_in_background_loop
from copydesk.flows.crawl.run_state import Arrival, Limit, Shared, Skipped, SourceReader
from copydesk.flows.crawl.single_pages import open_fetchers
from copydesk.flows.crawl.source_run import SourceRun
from copydesk.flows.crawl.warc_run import WarcRun
from copydesk.flows.fetching.browser.browser import Browser
from copydesk.flows.fetching.http.politeness import FetchLimits
from copydesk.flows.fetching.http.response_cache import ResponseCache
from copydesk.flows.fetching.http.site_files import HostState
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.frontier import Frontier
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.opening.page_source import Unreadable

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
        self.cache: ResponseCache | None = None
        """Keeps responses for a command that remembers nothing; set before the iteration."""
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
        self.skipped = Skipped()
        """What was not read, and why; complete when the iteration has ended."""
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
        async with AsyncExitStack() as opened:
            shared = Shared(
                frontier=self._frontier,
                outlet=outlet,
                # always made: it starts nothing before a page has to be built
                browser=await opened.enter_async_context(Browser(limits=self._limits)),
                limit=Limit(self._limit),
                skipped=self.skipped,
                began=datetime.now(UTC),
                refetch=self._refetch,
            )
            fetchers = await open_fetchers(self._sources, opened, self._limits, host_state)
            await self._read_all(
                [
                    (WarcRun if source.kind == "warc" else SourceRun)(source, fetcher, shared, tally)
                    for source, fetcher, tally in zip(self._sources, fetchers, self.tallies, strict=True)
                ]
            )

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


@contextmanager
def forgotten_library() -> Iterator[Library]:
    """The library of a run that stores nothing: empty, and deleted afterwards."""
    with machine_errors("a temporary folder cannot be made"):
        # the database wants a folder: in one thrown away, all pages are new and none is remembered
        folder = TemporaryDirectory()
    with folder as name, Library.open(Path(name)) as library:
        yield library


@contextmanager
def fetched_pages(
    sources: Sequence[WebSource], *, limit: int | None, cache: ResponseCache | None
) -> Iterator[FetchedPages]:
    """The pages of some sources for a command that stores nothing. ``limit``: the number of all pages."""
    # duplicates are fetched once
    named = {source.name: source for source in sources}
    with forgotten_library() as library:
        web = WebPages(list(named.values()), Frontier(library), limit=limit)
        web.cache = cache
        # closed before the library is: nothing is fetched any more
        with closing(iter(web)) as arrivals:
            yield FetchedPages(web, arrivals)


class FetchedPages:
    """The pages of ``web``, of which ``arrivals`` are, source by source."""

    def __init__(self, web: WebPages, arrivals: Iterator[Arrival]) -> None:
        self.web = web
        self._arrivals = arrivals
        self._tallies = {tally.name: tally for tally in web.tallies}
        self._waiting: dict[str, deque[Arrival]] = {name: deque() for name in self._tallies}

    def of(self, name: str) -> Iterator[Page | Unreadable]:
        """The pages of a source, as they come; those of others wait meanwhile."""
        tally, waiting = self._tallies[name], self._waiting[name]
        # in this order: after its end nothing more of it is put, so that an empty outlet has none of it
        while waiting or not (tally.is_ended and self.web.would_wait()):
            if not waiting:
                arrival = next(self._arrivals, None)
                if arrival is None:
                    return
                self._waiting[arrival.item.source.name].append(arrival)
                continue
            arrival = waiting.popleft()
            # nothing is stored: what would be noted then is noted at once, and forgotten with the library
            arrival.stored(None)
            yield arrival.item
