"""What all servers do with a page: fetch it politely, clean it in a worker process, and refuse what is too much."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from msgspec import Struct

from copydesk.cleaners.options import Options
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.crawl.single_pages import SinglePages
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy
from copydesk.flows.fetching.wire.addresses import Forbidden, check_url, normalized_url
from copydesk.flows.servers.answers import BadRequest, Busy
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.stored_content import REMOVALS, is_reserved, without_content
from copydesk.flows.workers.async_api import AsyncWorkers
from copydesk.flows.workers.pool import unread

# set by hand: somebody waits for the answer, so a server that wants longer pauses is an error
_FETCH_SECONDS = 20.0
_FETCH_ATTEMPTS = 2
_LONGEST_WAIT_SECONDS = 10.0


class ServiceSettings(Struct, frozen=True, kw_only=True):
    """How a service cleans and fetches, and what requests may cost. ``page_bytes``: of a page that is sent or fetched;
    ``batch_bytes``: of a batch; ``seconds``: of cleaning a page; ``at_once``: requests under way, also waiting ones;
    ``jobs``: worker processes; ``removed``: one of ``REMOVALS``.
    """

    page_bytes: int
    batch_bytes: int
    seconds: float
    at_once: int
    jobs: int
    options: Options = Options()
    removed: str = "full"
    user_agent: str = ""
    allowed: frozenset[str] = frozenset()


class Service:
    """Cleans pages in worker processes, several at once; an async context manager, in whose event loop it fetches."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.under_way = 0
        self._pages = SinglePages(
            PolitenessPolicy(allowed=settings.allowed, user_agent=settings.user_agent),
            FetchLimits(
                seconds=_FETCH_SECONDS,
                bytes=settings.page_bytes,
                unpacked_bytes=settings.page_bytes,
                attempts=_FETCH_ATTEMPTS,
                longest_wait_seconds=_LONGEST_WAIT_SECONDS,
            ),
        )
        self._workers = AsyncWorkers(settings.jobs)

    async def __aenter__(self) -> None:
        await self._pages.__aenter__()
        # a machine that starts no worker is an error now, and the first request need not wait for one
        await asyncio.gather(*(self.record(Page("")) for _ in range(self.settings.jobs)))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pages.__aexit__(kind, error, trace)
        self._workers.end()

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place among the requests under way. Raises Busy where there is none."""
        if self.under_way >= self.settings.at_once:
            raise Busy(self.settings.at_once)
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    async def fetch(self, url: str) -> Page | Unreadable:
        """The page at a URL, or why there is none. Raises BadRequest where the URL is none to fetch."""
        try:
            check_url(url)
        except Forbidden as error:
            raise BadRequest(400, f"url: {error}") from error
        return await self._pages.fetch(normalized_url(url))

    async def record(self, page: Page | Unreadable, options: Options | None = None) -> Record:
        """The record of a page; ``failed`` where it is beyond its limits. Content that its publisher reserves is not
        in it, where the page was fetched. ``options``: other than those of the service.
        """
        if isinstance(page, Unreadable):
            return unread(page)
        record = await self._workers.record(page, options or self.settings.options, self.settings.seconds)
        if page.source.kind == "url" and is_reserved(record):
            return without_content(record)
        return REMOVALS[self.settings.removed](record)
