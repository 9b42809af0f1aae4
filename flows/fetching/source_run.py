"""One source in one run: what it lists, which of it is to be fetched, and what is noted once a page is stored.

Nothing is noted before its record is: who is killed in between fetches once more and loses nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from urllib.parse import urlsplit

from msgspec import Struct

from cleaners.types import Page, SiteSignal, Source
from flows.fetching.allowance import Allowance, Hold
from flows.fetching.beside import Outlet
from flows.fetching.browser import Browser
from flows.fetching.fetcher import Fetcher
from flows.fetching.listings import Link, Listing, Target, list_targets
from flows.fetching.memory import Known, Memory
from flows.fetching.outcomes import (
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Request,
    Validators,
    without_body,
)
from flows.fetching.web_source import WebSource
from flows.schedule import is_due
from flows.sources.page_source import Unreadable

_LEAST_CONTENT = 500  # characters of a feed's own text that stand for a page that cannot be had


class Arrival(Struct, frozen=True):
    """A page or the reason why there is none; ``stored`` is to be called once its record is where it cannot be lost.

    ``raw``: the page as it came, where there is one.
    """

    item: Page | Unreadable
    stored: Callable[[], None]
    raw: Fetched | None = None


class Shared(Struct, frozen=True):
    """What the sources of a run have in common."""

    memory: Memory
    outlet: Outlet[Arrival]
    room: asyncio.Semaphore
    allowance: Allowance
    browser: Browser
    is_anew: bool


class _Need(Enum):
    """Whether a page that is listed is to be fetched."""

    NONE = "known, unchanged or too old"
    NEW = "new, changed, or worth another attempt by now"
    MAYBE = "known, and nothing says whether it has changed"
    LATER = "failed lately"


class SourceRun:
    """One source in one run; the web as its listing sees it."""

    def __init__(self, source: WebSource, fetcher: Fetcher, shared: Shared) -> None:
        self._source = source
        self._fetcher = fetcher
        self._shared = shared
        self._memory = shared.memory
        self._left = source.limit

    async def run(self) -> None:
        """Lists what the source has, and fetches what is new of it: hosts beside each other, each host in turn."""
        began = datetime.now(UTC)
        if not self._is_due(began):
            return
        async for listing in list_targets(self._source, self):
            await self._report(listing)
            chosen, is_whole = self._chosen(listing)
            waiting = _Pending(len(chosen), partial(self._note_listing, listing), is_whole=is_whole)
            by_host: dict[str, list[Target]] = {}
            for target in chosen:
                by_host.setdefault(urlsplit(target.url).netloc, []).append(target)
            async with asyncio.TaskGroup() as tasks:
                for targets in by_host.values():
                    tasks.create_task(self._fetch_all(targets, waiting))
            if self._left == 0:
                break
        self._memory.note_read(self._source.name, now=began)

    async def ask(self, url: str) -> Outcome:
        """A list, or the word that it has not changed since all its pages were stored."""
        async with self._shared.room, self._shared.allowance.hold() as hold:
            return await self._fetch(url, hold)

    async def sitemaps_in_robots(self, url: str) -> tuple[str, ...]:
        """The sitemaps that robots.txt of a URL's site names."""
        return (await self._fetcher.robots(url)).sitemaps

    def links(self, url: str) -> Sequence[Link]:
        """What a list that has not changed led to when it was read."""
        return self._memory.links(url)

    def is_resting(self, url: str) -> bool:
        """Whether a URL failed lately and is to be left alone for now."""
        known = self._known(url)
        return (
            known is not None
            and known.next_attempt_at is not None
            and known.next_attempt_at > datetime.now(UTC)
        )

    def _known(self, url: str) -> Known | None:
        return None if self._shared.is_anew else self._memory.known(url)

    async def _fetch(self, url: str, hold: Hold) -> Outcome:
        known = self._known(url)
        validators = known.validators if known else Validators()
        return await self._fetcher.fetch(
            Request(url, headers=self._source.headers, validators=validators, hold=hold)
        )

    async def _fetch_page(self, url: str, hold: Hold) -> Outcome:
        """A page, built by the browser where its source wants it so."""
        if not self._source.is_built:
            return await self._fetch(url, hold)
        request = Request(url, headers=self._source.headers, hold=hold)
        return await self._shared.browser.fetch(request, self._fetcher)

    async def _report(self, listing: Listing) -> None:
        """A list that could not be had, or was broken, is told like a page."""
        for url, reason, message in listing.problems:
            told = Unreadable(Source(self._source.kind, self._source.name), reason, message, url=url)
            await self._shared.outlet.put(Arrival(told, _nothing))

    def _chosen(self, listing: Listing) -> tuple[Sequence[Target], bool]:
        """The pages to fetch of a list within the source's limit, and whether it need not be read again for the others."""
        needs = [(self._need(target), target) for target in listing.targets]
        new = [target for need, target in needs if need is _Need.NEW]
        chosen = [*new, *(target for need, target in needs if need is _Need.MAYBE)][: self._left]
        is_whole = len(new) <= len(chosen) and all(need is not _Need.LATER for need, _ in needs)
        if self._left is not None:
            self._left -= len(chosen)
        return chosen, is_whole

    def _need(self, target: Target) -> _Need:
        source = self._source
        if target.changed_at is not None and source.since is not None and target.changed_at < source.since:
            return _Need.NONE
        if self._shared.is_anew:
            return _Need.NEW
        if target.key is not None and self._memory.is_seen(source.name, target.key):
            return _Need.NONE
        known = self._known(target.url)
        return _Need.NEW if known is None else _need_again(target, known)

    async def _fetch_all(self, targets: Sequence[Target], waiting: _Pending) -> None:
        for target in targets:
            async with self._shared.room, self._shared.allowance.hold() as hold:
                outcome = await self._fetch_page(target.url, hold)
                signals = await self._fetcher.signals(outcome)
                settle = partial(self._settle, target, without_body(outcome), waiting)
                item = self._item(target, outcome, signals)
                if item is None:
                    settle()
                    continue
                raw = outcome if isinstance(outcome, Fetched) else None
                await self._shared.outlet.put(Arrival(item, settle, raw), weight=len(raw.body) if raw else 0)

    def _settle(self, target: Target, outcome: Outcome, waiting: _Pending) -> None:
        is_settled = not (isinstance(outcome, NotFetched) and outcome.status == "failed")
        now = datetime.now(UTC)
        self._memory.note(self._source.name, outcome, url=target.url, now=now)
        if target.key is not None and is_settled:
            self._memory.note_seen(self._source.name, target.key, now=now)
        waiting.one_done(is_settled=is_settled)

    def _item(
        self, target: Target, outcome: Outcome, signals: tuple[SiteSignal, ...]
    ) -> Page | Unreadable | None:
        """What the run is given: a page, the feed's own text in its place, a reason, or nothing where nothing has changed."""
        source = Source(self._source.kind, self._source.name)
        if isinstance(outcome, NotModified):
            return None
        if isinstance(outcome, Fetched):
            return Page(
                body=outcome.body,
                url=outcome.url,
                content_type=outcome.headers.get("content-type"),
                headers={**self._language(), **outcome.headers},
                fetched_at=outcome.fetched_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
                source=source,
                signals=signals,
                announced=target.announced,
            )
        if target.content and len(target.content) >= _LEAST_CONTENT and outcome.reason != "robots_denied":
            return Page(
                body=target.content,
                url=target.url,
                content_type=target.content_type,
                source=source,
                media=target.media,
                announced=target.announced,
            )
        return Unreadable(source, outcome.reason, outcome.message, outcome.status, target.url, signals)

    def _language(self) -> dict[str, str]:
        """What the list says of the language, where a server would say it: heard after all the page says itself."""
        return {"content-language": self._source.language} if self._source.language else {}

    def _is_due(self, now: datetime) -> bool:
        """Whether the source is to be read by now, seeing when it was last read to its end."""
        last = None if self._shared.is_anew else self._memory.last_read(self._source.name)
        return is_due(self._source.plan, last, now)

    def _note_listing(self, listing: Listing, *, is_settled: bool) -> None:
        now = datetime.now(UTC)
        for asked in listing.asked:
            self._memory.note(self._source.name, asked.outcome, url=asked.url, now=now, is_settled=is_settled)
            if isinstance(asked.outcome, Fetched):
                self._memory.note_links(asked.url, asked.links)


class _Pending:
    """How many pages of a list are still to be stored; the list itself is noted after the last. Told from two threads.

    As not settled, so that it is read again next time, where a page of it is to be tried again or was left for later.
    """

    def __init__(self, pages: int, note: Callable[..., None], *, is_whole: bool) -> None:
        self._left = pages
        self._is_settled = is_whole
        self._note = note
        self._lock = threading.Lock()
        if not pages:
            note(is_settled=is_whole)

    def one_done(self, *, is_settled: bool) -> None:
        """One page more is stored, or need not be."""
        with self._lock:
            self._left -= 1
            self._is_settled = self._is_settled and is_settled
            is_last = self._left == 0
        if is_last:
            self._note(is_settled=self._is_settled)


def _need_again(target: Target, known: Known) -> _Need:
    """Whether a page that was asked for before is to be asked for again."""
    if known.next_attempt_at is not None:  # it failed
        return _Need.LATER if known.next_attempt_at > datetime.now(UTC) else _Need.NEW
    if target.changed_at is None or known.fetched_at is None:
        return _Need.MAYBE
    return _Need.NONE if target.changed_at <= known.fetched_at else _Need.NEW


def _nothing() -> None:
    """What there is to note of a list's problem: the list itself is noted with its pages."""
