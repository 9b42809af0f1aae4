"""Single pages for who asks for them one by one: a service, whose pages share manners and connections."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from copydesk.cleaners.types import Page, Source
from copydesk.flows.fetching.crawl.page_fetch import with_content
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Request
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy
from copydesk.flows.fetching.http.site_files import HostState
from copydesk.flows.sources.opening.page_source import Unreadable

# as long as a run's state holds them (RFC 9309, 2.4)
_SITE_FILES_SECONDS = 24 * 3600.0


class SinglePages:
    """Fetches pages by their URLs, robots.txt first, in the event loop that it is entered in.

    The ``politeness`` is that of all of them together; a page costs ``limits`` at most.
    """

    def __init__(self, politeness: PolitenessPolicy, limits: FetchLimits) -> None:
        self._politeness = politeness
        self._limits = limits
        self._opened = AsyncExitStack()
        self._fetcher: Fetcher | None = None
        self._made = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.aclose()

    async def fetch(self, url: str) -> Page | Unreadable:
        """The page at a URL that ``check_url`` accepts, or why there is none."""
        fetcher = await self._current()
        outcome = await fetcher.fetch(Request(url))
        source = Source("url", url)
        signals = await fetcher.site_files.usage_signals(outcome)
        if isinstance(outcome, Fetched):
            return with_content(Page(b"", source=source), outcome, signals)
        assert isinstance(outcome, NotFetched)  # noqa: S101 - without validators there is no 304
        return Unreadable(source, outcome.reason, outcome.message, url, signals)

    async def _current(self) -> Fetcher:
        """The fetcher; another one each day, since it requests robots.txt once."""
        now = time.monotonic()
        if self._fetcher is None or now - self._made > _SITE_FILES_SECONDS:
            # the one before may still be fetching: it is closed at the end, and holds next to nothing until then
            state = HostState()
            self._opened.callback(state.close)
            self._fetcher = Fetcher(self._politeness, limits=self._limits, host_state=state)
            self._made = now
            await self._opened.enter_async_context(self._fetcher)
        return self._fetcher
