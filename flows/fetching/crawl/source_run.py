"""One source in one run: what it lists, which pages are fetched, and what is noted once a page is stored.

Nothing is noted before its record is stored: after a kill in between a page is fetched once more, and nothing is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import structs

from copydesk.flows.fetching.crawl.following import Following
from copydesk.flows.fetching.crawl.page_fetch import PageFetcher, PageResult
from copydesk.flows.fetching.crawl.pending import Lookup, Need, PendingPage, age, is_resting
from copydesk.flows.fetching.crawl.run_state import Arrival, Latch, Shared, SourceReader
from copydesk.flows.fetching.http.body import Hold
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import (
    GIVEN_UP,
    PAUSE_REASONS,
    RETRY_LATER,
    Fetched,
    HostHealth,
    NotFetched,
    NotModified,
    Outcome,
    Validators,
    without_body,
)
from copydesk.flows.fetching.http.politeness import host_of
from copydesk.flows.fetching.lists.listings import LISTS, Listing, Target, failed_listing, list_targets
from copydesk.flows.fetching.lists.memory import WITHHELD, Known, Link, WebSource
from copydesk.flows.fetching.wire.budgets import TimeBudget
from copydesk.flows.sources.opening.page_source import Unreadable
from copydesk.flows.sources.source_tally import SourceTally

HOSTS_AT_ONCE = 256
"""Hosts that are being read at the same time: each may have a page in memory."""


class SourceRun(SourceReader):
    """One source in one run; also the ``Web`` that its listing uses."""

    def __init__(self, source: WebSource, fetcher: Fetcher, shared: Shared, tally: SourceTally) -> None:
        super().__init__(source, fetcher, shared, tally)
        self._lookup = Lookup(source, shared.memory, began=shared.began, refetch=shared.refetch)
        self._following = Following(source, shared.memory, self._lookup)
        self._pages = PageFetcher(source, fetcher, shared, self._following)
        self._has_withheld = False
        # what this run has requested, and may not have noted yet
        self._begun: set[str] = set()
        # sources with the same profile get the same responses; headers too: what a key opens is for that source alone
        self._profile: tuple[Hashable, ...] = (
            *(source.respects, source.allowed, source.cookies, source.user_agent),
            *sorted(source.headers.items()),
        )

    async def _read(self, reading: Latch, began: datetime) -> None:
        """Lists what the source has, and fetches what is new of it: hosts concurrently, the pages of each in turn."""
        if not self._source.respects:
            # what was withheld under "respect" is fetched now, so its lists must be sent whole
            self._has_withheld = await asyncio.to_thread(self._memory.withheld, self._source.name)
        async for listing in self._listings():
            await self._report(listing)
            await self._fetch_listed(listing, reading)
            if self._left == 0:
                # skipped pages show already that more may be listed
                if not self._tally.left_out["beyond"]:
                    self._tally.remark = "not read further, as the limit was reached"
                break
        await self._fetch_due(reading, began)

    async def _report_failure(self, failure: NotFetched) -> None:
        await self._report(failed_listing(failure))

    async def _listings(self) -> AsyncIterator[Listing]:
        """The pages of its lists, then those that links lead to."""
        async for listing in list_targets(self._source, self):
            yield self._following.of_list(listing)
        async for listing in self._following.levels():
            yield listing

    async def _fetch_due(self, reading: Latch, now: datetime) -> None:
        """Fetches again the pages that are due by their age, though no list names them."""
        if self._left == 0:
            return
        due = await asyncio.to_thread(
            self._memory.due_again, self._source.name, self._source.ask_again, now=now
        )
        targets = tuple(Target(url) for url in due if url not in self._begun)
        if targets:
            await self._fetch_listed(Listing(targets), reading)

    async def _fetch_listed(self, listing: Listing, reading: Latch) -> None:
        """Fetches what is new of a list, and has the list noted once all of that is stored."""
        reading.begin()
        pending = Latch(partial(self._note_listing, listing, reading))
        # before the lookup, so that what ends during it is noticed
        ended = self._shared.in_flight.ended
        pages = await asyncio.to_thread(self._lookup.pages, listing.targets)
        chosen, is_whole = self._chosen(pages, None if listing.is_free else self._left)
        joined = [page for page in chosen if self._shared.in_flight.join(self._key(page.target.url), pending)]
        self._begun.update(page.target.url for page in joined)
        # another source fetches these; this list waits for them, too
        self._tally.leave_out("shared", len(chosen) - len(joined))
        if self._shared.in_flight.ended != ended:  # one of these may have ended since it was looked up
            joined = await self._still_pending(joined)
        by_host: dict[str, list[PendingPage]] = {}
        for page in joined:
            by_host.setdefault(host_of(page.target.url), []).append(page)
        # before fetching, which takes long: other sources choose meanwhile
        for limit in () if listing.is_free else self._limits:
            limit.take(sum(map(len, by_host.values())))
        async with asyncio.TaskGroup() as tasks:
            for of_host in by_host.values():
                tasks.create_task(self._fetch_of_host(of_host))
        await asyncio.to_thread(pending.done, is_well=is_whole)  # which may note thousands of links

    async def _still_pending(self, joined: Sequence[PendingPage]) -> list[PendingPage]:
        """Those that no other source has finished meanwhile."""
        found = await asyncio.to_thread(self._lookup.pages, [page.target for page in joined])
        for page in found:
            if page.need not in (Need.NEW, Need.MAYBE):
                self._tally.leave_out("shared")
                await self._ended(page, is_well=page.need is not Need.LATER)
        return [page for page in found if page.need in (Need.NEW, Need.MAYBE)]

    async def _ended(self, page: PendingPage, *, is_well: bool) -> None:
        """A page is done; this may complete a list or the source, which is noted then."""
        await asyncio.to_thread(self._shared.in_flight.leave, self._key(page.target.url), is_well=is_well)

    def _key(self, url: str) -> tuple[object, ...]:
        """Requests with the same key get the same response."""
        return (url, self._source.is_built, *self._profile)

    # --- the web as listing uses it

    async def fetch_list(self, url: str, within: TimeBudget) -> Outcome:
        """A list, or that it has not changed since all its pages were stored."""
        known = await self._known(url)
        if known is not None and known.outcome in PAUSE_REASONS and is_resting(known):
            return self._still_resting(url, known)
        is_whole = (
            known is None
            # not of_list: a source that follows links has read it since, as a page
            or self._has_withheld
            or (self._source.kind in LISTS and not known.is_of_list)
            or self._is_since_earlier(known)
            or await self._following.wants_whole(url, known)
        )
        # without validators the whole list is sent, and more is taken from it than last time
        validators = Validators() if known is None or is_whole else known.validators

        async def fetch() -> Outcome:
            async with Hold(self._shared.large_bodies) as hold:
                request = self._pages.request(url, hold, validators)
                return await self._fetcher.fetch(structs.replace(request, within=within))

        return await self._shared.lists.fetch(url, self._profile, validators, fetch)

    def _still_resting(self, url: str, known: Known) -> NotFetched:
        seconds = (
            (known.next_attempt_at - datetime.now(UTC)).total_seconds() if known.next_attempt_at else 0.0
        )
        message = f"its server requested a pause ({known.outcome}), for {seconds:.0f} seconds more"
        return NotFetched(url, RETRY_LATER, message, retry_seconds=seconds)

    async def sitemaps_in_robots(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of a URL's site names."""
        return (await self._fetcher.site_files.robots(url)).sitemaps

    async def links(self, url: str) -> Sequence[Link]:
        """The lists that an unchanged list named when it was read."""
        return await asyncio.to_thread(self._memory.links, url)

    async def is_resting(self, url: str) -> bool:
        """Whether a URL failed lately and its back-off is not over."""
        known = await self._known(url)
        return known is not None and is_resting(known)

    async def _known(self, url: str) -> Known | None:
        return (await asyncio.to_thread(self._lookup.known, [url])).get(url)

    # --- which pages
    def _chosen(self, pages: Sequence[PendingPage], most: int | None) -> tuple[Sequence[PendingPage], bool]:
        """At most so many pages to fetch of a list, and whether the list need not be read again for the others.

        Of those that may have changed the ones fetched longest ago come first.
        """
        # new ones first: under a limit every run brings some
        new = [page for page in pages if page.need is Need.NEW]
        maybe = sorted((page for page in pages if page.need is Need.MAYBE), key=age)
        chosen = [*new, *maybe][:most]
        self._count(pages, beyond=len(new) + len(maybe) - len(chosen))
        is_whole = len(chosen) == len(new) + len(maybe)
        # for a page in its back-off the list must be sent again once it is due
        return chosen, is_whole and all(page.need is not Need.LATER for page in pages)

    def _count(self, pages: Sequence[PendingPage], *, beyond: int) -> None:
        self._tally.listed += len(pages)
        self._skip("beyond", beyond)
        for page in pages:
            known = page.known
            if page.need is Need.LATER and known is not None and known.outcome in WITHHELD:
                self._skip("denied")
            elif page.need is Need.LATER and known is not None and known.next_attempt_at is not None:
                self._shared.skipped.add_resting(known.next_attempt_at)
                self._tally.leave_out("resting")
            elif page.need in (Need.KNOWN, Need.OLD):
                self._skip(page.need.value)

    # --- fetching

    async def _report(self, listing: Listing) -> None:
        """Reports a list that failed, or was broken, like a page."""
        for result in listing.results:
            self._tally.lists_unchanged += isinstance(result.outcome, NotModified)
            self._tally.lists_read += isinstance(result.outcome, Fetched)
        self._tally.remark = listing.remark or self._tally.remark
        for url, reason, message in listing.problems:
            if self._tally.list_problem is None:
                name = "its list" if url in self._source.addresses else f"its list {url}"
                end = " whole" if listing.targets else ""
                self._tally.list_problem = f"{name} could not be read{end}: {reason}: {message}"
            problem = Unreadable(self._pages.as_source, reason, message, url=url)
            # nothing to note: the list itself is noted with its pages
            await self._shared.outlet.put(Arrival(problem, lambda _: None))

    async def _fetch_of_host(self, pages: Sequence[PendingPage]) -> None:
        """Fetches pages of one host in turn; where it fails, the others are left to another run."""
        health = HostHealth()
        async with self._shared.hosts:
            for number, page in enumerate(pages, start=1):
                health.note(await self._fetch_page(page))
                if health.is_given_up:
                    self._skip(health.skip_reason, len(pages) - number)
                    for other in pages[number:]:
                        await self._ended(other, is_well=False)
                    return

    async def _fetch_page(self, page: PendingPage) -> Outcome:
        """Fetches a page and hands it over; what has not changed is noted at once."""
        now = datetime.now(UTC)
        self._tally.requested += 1
        # until the page is handed over: so long its body is in memory here
        async with Hold(self._shared.large_bodies) as hold:
            result = await self._pages.fetch(page, hold)
            # without bodies, as it is kept until the record is stored
            noted = PageResult(without_body(result.noted), None, result.links, parts=result.parts)
            settle = partial(self._settle, page, noted, now)
            if result.item is None:
                self._tally.spared += 1
                # in a thread, since it writes to the disk
                await asyncio.to_thread(settle, None)
            else:
                arrival = Arrival(result.item, settle, result.raw, self._tally, result.further)
                weight = sum(len(one.body) for one in (result.raw, *result.further) if one)
                await self._shared.outlet.put(arrival, weight=weight)
        return without_body(result.last or result.noted)

    def _settle(self, page: PendingPage, result: PageResult, now: datetime, reason: str | None) -> None:
        """Notes a page that was requested at ``now``, and where it leads; ``reason`` as of ``Arrival.stored``."""
        target, outcome, known = page.target, result.noted, page.known
        was_there = not isinstance(outcome, NotFetched) or not outcome.is_answer
        # otherwise the list is read again, so that the page is listed again and retried
        is_settled = not isinstance(outcome, NotFetched) or (
            not was_there and known is not None and known.failures + 1 >= GIVEN_UP
        )
        # before the page: a noted page is not fetched again to see where it leads
        if result.links is not None:
            self._memory.note_page_links(target.url, result.links)
        if result.parts is not None:
            self._memory.note_further_parts(target.url, result.parts)
        elif isinstance(outcome, Fetched) or not was_there:
            # by a source that joins no pages; or there is no article any more that could lack one
            self._memory.forget_further_parts(target.url)
        self._memory.note_page(self._source.name, outcome, url=target.url, reason=reason, now=now)
        if target.key is not None and is_settled:
            self._memory.note_seen(self._source.name, target.key, now=now)
        # last: the list may be noted by this, after its pages
        self._shared.in_flight.leave(self._key(target.url), is_well=is_settled)

    def _note_listing(self, listing: Listing, reading: Latch, is_settled: bool) -> None:
        now = datetime.now(UTC)
        left_before = self._source.since
        for result in listing.results:
            if result.pages is not None:
                self._memory.note_page_links(result.url, result.pages)
            self._shared.lists.note_best(
                result.url,
                self._profile,
                is_settled=is_settled,
                left_before=left_before,
                note=partial(
                    self._memory.note_list,
                    self._source.name,
                    result,
                    now=now,
                    is_settled=is_settled,
                    left_before=left_before,
                ),
            )
        reading.done()
