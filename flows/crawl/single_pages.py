"""Fetchers for sources, and single pages for a service, which share politeness and connections; without the library,
which takes long to load.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Self

from msgspec import structs

from copydesk.cleaners.types import Page, SiteSignal, Source
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Request
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy
from copydesk.flows.fetching.http.site_files import HostState, SiteFiles
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.source_tally import ROBOTS_DENIED
from copydesk.flows.sources.opening.page_source import Unreadable


async def open_fetchers(
    sources: Sequence[WebSource], opened: AsyncExitStack, limits: FetchLimits, host_state: HostState
) -> list[Fetcher]:
    """The fetcher of each source; those with the same politeness policy share one, and its connections. ``host_state``
    is closed with them.
    """
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
    # before the connections are, which it may be using
    opened.push_async_callback(host_state.close)
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
        return await unreadable(source, url, outcome, site_files)

    async def _current(self) -> Fetcher:
        """The fetcher; another one each day, since it requests robots.txt once."""
        now = time.monotonic()
        if self._fetcher is None or now - self._made > _SITE_FILES_SECONDS:
            state, opened = HostState(), AsyncExitStack()
            self._fetcher = Fetcher(self._politeness, limits=self._limits, host_state=state)
            self._made = now
            self._opened.append(opened)
            opened.push_async_callback(state.close)
            await opened.enter_async_context(self._fetcher)
            # the one before may still be fetching; it holds the files of all its sites
            if len(self._opened) > 2:
                await self._opened.popleft().aclose()
        return self._fetcher


async def unreadable(source: Source, url: str, failure: NotFetched, site_files: SiteFiles) -> Unreadable:
    """Why there is no page; where robots.txt denies it with what that signals: nothing else is requested for it."""
    is_denied = failure.reason == ROBOTS_DENIED
    signals = await site_files.robots_signals(failure.url) if is_denied else ()
    return Unreadable(source, failure.reason, failure.message, url, signals)


def with_content(page: Page, outcome: Fetched, signals: tuple[SiteSignal, ...]) -> Page:
    """The page with the body, headers and time of a response."""
    return structs.replace(
        page,
        body=outcome.body,
        url=outcome.url,
        content_type=outcome.headers.get("content-type"),
        headers={**page.headers, **outcome.headers},
        fetched_at=written(outcome.fetched_at),
        signals=signals,
    )


def written(moment: datetime) -> str:
    """A moment in UTC as records have it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
