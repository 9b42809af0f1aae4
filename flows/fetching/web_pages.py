"""The pages of sources on the web: what a source lists, asked for politely, and what is to be noted once a page is stored.

Nothing is noted before its record is: who is killed in between fetches once more and loses nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from cleaners.types import Page, Source
from flows.fetching.beside import Outlet, beside
from flows.fetching.fetcher import Budget, Fetcher, Manners
from flows.fetching.listings import Listing, Target, list_targets
from flows.fetching.outcomes import Fetched, NotFetched, NotModified, Outcome, Request, Validators
from flows.fetching.robots import Robots
from flows.fetching.web_source import WebSource
from flows.sources.page_source import Unreadable

AT_ONCE = 32
"""Requests under way at the same time, to as many hosts."""
_LEAST_CONTENT = 500  # characters of a feed's own text that stand for a page that cannot be had


class Known(Struct, frozen=True):
    """What is known of a URL: what to ask with, and before when not to ask at all."""

    validators: Validators = Validators()
    fetched_at: datetime | None = None
    next_attempt_at: datetime | None = None


class Memory(Protocol):
    """What was fetched before; called from the fetching thread and from the run's."""

    def known(self, url: str) -> Known | None:
        """What is known of a URL, None where it was never asked for."""
        ...

    def is_seen(self, source: str, key: str) -> bool:
        """Whether an entry of a feed was stored before."""
        ...

    def note(self, source: str, outcome: Outcome, *, url: str, now: datetime) -> None:
        """Notes how a fetch of ``url`` ended."""
        ...

    def note_seen(self, source: str, key: str, *, now: datetime) -> None:
        """Notes that an entry was stored."""
        ...

    def get(self, origin: str) -> Robots | None:
        """A robots.txt that still holds."""
        ...

    def put(self, origin: str, robots: Robots) -> None:
        """Keeps a robots.txt."""
        ...


class WebPages:
    """The pages of some sources, fetched beside the run that takes them. Iterate once; tell ``stored`` of each record."""

    def __init__(
        self,
        sources: Sequence[WebSource],
        memory: Memory,
        *,
        keep: Callable[[Fetched, Source], None] = lambda _, __: None,
        budget: Budget = Budget(),  # noqa: B008 - frozen
    ) -> None:
        self._sources = sources
        self.keep = keep
        """Called with each page as it came, in the fetching thread."""
        self._memory = memory
        self._budget = budget
        self._notes: dict[tuple[str, str], Callable[[], None]] = {}

    def __iter__(self) -> Iterator[Page | Unreadable]:
        return beside(self._produce)

    def expect(self, source: str, url: str, note: Callable[[], None]) -> None:
        """What is to be done once a page is stored; called before the page is handed over."""
        self._notes[source, url] = note

    def stored(self, source: str, url: str | None) -> None:
        """The record of a page, by its source's name and its URL, is where it cannot be lost."""
        note = self._notes.pop((source, url or ""), None)
        if note is not None:
            note()

    async def _produce(self, outlet: Outlet[Page | Unreadable]) -> None:
        async with AsyncExitStack() as opened:
            room = asyncio.Semaphore(AT_ONCE)
            fetchers: dict[Manners, Fetcher] = {}
            async with asyncio.TaskGroup() as tasks:
                for source in self._sources:
                    manners = Manners(pace_seconds=source.pace_seconds, allowed=source.allowed)
                    if manners not in fetchers:
                        fetcher = Fetcher(manners, budget=self._budget, robots_store=self._memory)
                        fetchers[manners] = await opened.enter_async_context(fetcher)
                    tasks.create_task(_SourceRun(source, fetchers[manners], self, outlet, room).run())


class _SourceRun:
    """One source in one run."""

    def __init__(
        self,
        source: WebSource,
        fetcher: Fetcher,
        pages: WebPages,
        outlet: Outlet[Page | Unreadable],
        room: asyncio.Semaphore,
    ) -> None:
        self._source = source
        self._fetcher = fetcher
        self._pages = pages
        self._memory = pages._memory
        self._outlet = outlet
        self._room = room

    async def run(self) -> None:
        """Lists what the source has, and fetches what is new of it: hosts beside each other, each host in turn."""
        if not self._is_due():
            return
        async for listing in list_targets(self._source, self._ask):
            await self._report(listing)
            chosen = [target for target in listing.targets if self._is_wanted(target)][: self._source.limit]
            waiting = _Listed(len(chosen), partial(self._note_listing, listing))
            by_host: dict[str, list[Target]] = {}
            for target in chosen:
                by_host.setdefault(urlsplit(target.url).netloc, []).append(target)
            async with asyncio.TaskGroup() as tasks:
                for targets in by_host.values():
                    tasks.create_task(self._fetch_all(targets, waiting))
            if not chosen:
                self._note_listing(listing)

    async def _ask(self, url: str, *, is_known_enough: bool) -> Outcome:
        """A page or a list; where an answer of last time is enough, the server may say so."""
        known = self._memory.known(url) if is_known_enough else None
        request = Request(
            url, headers=self._source.headers, validators=known.validators if known else Validators()
        )
        async with self._room:
            return await self._fetcher.fetch(request)

    async def _report(self, listing: Listing) -> None:
        """A list that could not be had, or was broken, is told like a page."""
        for url, reason, message in listing.problems:
            await self._outlet.put(
                Unreadable(Source(self._source.kind, self._source.name), reason, message, url=url)
            )

    def _is_wanted(self, target: Target) -> bool:
        """Whether a page is new, may have changed since, or is worth another attempt by now."""
        source = self._source
        if target.changed_at is not None and source.since is not None and target.changed_at < source.since:
            return False
        if target.key is not None and self._memory.is_seen(source.name, target.key):
            return False
        known = self._memory.known(target.url)
        if known is None:
            return True
        if known.next_attempt_at is not None and known.next_attempt_at > datetime.now(UTC):
            return False
        is_unchanged = (
            target.changed_at is not None
            and known.fetched_at is not None
            and target.changed_at <= known.fetched_at
        )
        return not is_unchanged

    async def _fetch_all(self, targets: Sequence[Target], waiting: _Listed) -> None:
        for target in targets:
            outcome = await self._ask(target.url, is_known_enough=True)
            item = self._item(target, outcome)
            if item is None:
                self._settle(target, outcome, waiting)
                continue
            url = item.url or target.url
            self._pages.expect(self._source.name, url, partial(self._settle, target, outcome, waiting))
            await self._outlet.put(item)

    def _settle(self, target: Target, outcome: Outcome, waiting: _Listed) -> None:
        self._note(target, outcome)
        waiting.one_done()

    def _item(self, target: Target, outcome: Outcome) -> Page | Unreadable | None:
        """What the run is given: a page, the feed's own text in its place, a reason, or nothing where nothing has changed."""
        source = Source(self._source.kind, self._source.name)
        if isinstance(outcome, NotModified):
            return None
        if isinstance(outcome, Fetched):
            self._pages.keep(outcome, source)
            return Page(
                body=outcome.body,
                url=outcome.url,
                content_type=outcome.headers.get("content-type"),
                headers={**self._language(), **outcome.headers},
                fetched_at=outcome.fetched_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
                source=source,
            )
        if target.content and len(target.content) >= _LEAST_CONTENT and outcome.reason != "robots_denied":
            return Page(
                body=target.content,
                url=target.url,
                content_type=target.content_type,
                source=source,
                media=target.media,
            )
        return Unreadable(source, outcome.reason, outcome.message, outcome.status, target.url)

    def _language(self) -> dict[str, str]:
        """What the list says of the language, where a server would say it: heard after all the page says itself."""
        return {"content-language": self._source.language} if self._source.language else {}

    def _is_due(self) -> bool:
        """Whether enough time has passed since the source's first address was last asked."""
        known = (
            self._memory.known(self._source.addresses[0])
            if self._source.every_seconds and self._source.addresses
            else None
        )
        if known is None or known.fetched_at is None or self._source.every_seconds is None:
            return True
        return (datetime.now(UTC) - known.fetched_at).total_seconds() >= self._source.every_seconds

    def _note(self, target: Target, outcome: Outcome) -> None:
        now = datetime.now(UTC)
        self._memory.note(self._source.name, outcome, url=target.url, now=now)
        if target.key is not None and not (isinstance(outcome, NotFetched) and outcome.status == "failed"):
            self._memory.note_seen(self._source.name, target.key, now=now)

    def _note_listing(self, listing: Listing) -> None:
        for url, outcome in listing.asked:
            self._memory.note(self._source.name, outcome, url=url, now=datetime.now(UTC))


class _Listed:
    """How many pages of a list are still to be stored; the list itself is noted after the last. Told from two threads."""

    def __init__(self, pages: int, note: Callable[[], None]) -> None:
        self._left = pages
        self._note = note
        self._lock = threading.Lock()

    def one_done(self) -> None:
        """One page more is stored, or need not be."""
        with self._lock:
            self._left -= 1
            is_last = self._left == 0
        if is_last:
            self._note()
