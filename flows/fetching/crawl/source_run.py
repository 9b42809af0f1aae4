"""Crawls a source in a run: reads its lists, fetches pages, and notes each once its record is stored.

After a kill in between a page is fetched again, and nothing is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import structs

from copydesk.flows.fetching.crawl.following import Following
from copydesk.flows.fetching.crawl.page_fetch import PageFetcher, PageResult
from copydesk.flows.fetching.crawl.pending import Lookup, Need, PendingPage, is_backing_off, last_fetched
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
from copydesk.flows.fetching.lists.listed_page import ListedPage
from copydesk.flows.fetching.lists.listings import LISTS, Listing, failed_listing, list_pages
from copydesk.flows.fetching.lists.memory import Known, Link
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.budgets import TimeBudget
from copydesk.flows.sources.source_tally import DENIED, SourceTally

HOSTS_AT_ONCE = 256
"""Hosts whose pages are fetched at the same time: each may have a page in memory."""


class SourceRun(SourceReader):
    """A source in a run; also the ``Web`` for listing its pages."""

    def __init__(self, source: WebSource, fetcher: Fetcher, shared: Shared, tally: SourceTally) -> None:
        super().__init__(source, fetcher, shared, tally)
        self._lookup = Lookup(source, shared.memory, began=shared.began, refetch=shared.refetch)
        self._following = Following(source, shared.memory, self._lookup)
        self._pages = PageFetcher(source, fetcher, shared, self._following)
        self._has_denied = False
        # requested in this run, and perhaps not noted yet
        self._requested: set[str] = set()
        # only sources with the same profile share responses: others may have secret headers
        self._profile: tuple[Hashable, ...] = (
            *(source.respects_denials, source.allowed, source.cookies, source.user_agent),
            *sorted(source.headers.items()),
        )

    async def _read(self, reading: Latch, began: datetime) -> None:
        """Fetches the new pages of each list: hosts concurrently, the pages of a host one after the other."""
        if not self._source.respects_denials:
            # pages denied under "respect" are fetched now, so their lists must not be "not modified"
            self._has_denied = await asyncio.to_thread(self._memory.has_denied, self._source.name)
        async for listing in self._listings():
            await self._report(listing)
            await self._fetch_listed(listing, reading)
            if self._left == 0:
                # "beyond the limit" is already in the report
                if not self._tally.left_out["beyond"]:
                    self._tally.remark = "not read further, as the limit was reached"
                break
        await self._fetch_due(reading, began)

    async def _report_failure(self, failure: NotFetched) -> None:
        await self._report(failed_listing(failure))

    async def _listings(self) -> AsyncIterator[Listing]:
        """The pages of the source's lists, then those that links lead to."""
        async for listing in list_pages(self._source, self):
            yield self._following.followed_pages(listing)
        async for listing in self._following.levels():
            yield listing

    async def _fetch_due(self, reading: Latch, now: datetime) -> None:
        """Fetches the known pages that are due by their age, whether or not a list names them."""
        if self._left == 0:
            return
        due = await asyncio.to_thread(
            self._memory.due_again, self._source.name, self._source.ask_again, now=now
        )
        pages = tuple(ListedPage(url) for url in due if url not in self._requested)
        if pages:
            await self._fetch_listed(Listing(pages), reading)

    async def _fetch_listed(self, listing: Listing, reading: Latch) -> None:
        """Fetches the new pages of a list. The list is noted once they are stored."""
        reading.begin()
        pending = Latch(partial(self._note_listing, listing, reading))
        # before the lookup: compared after it
        ended = self._shared.in_flight.ended
        pages = await asyncio.to_thread(self._lookup.pages, listing.pages)
        chosen, is_complete = self._chosen(pages, None if listing.is_unlimited else self._left)
        joined = [page for page in chosen if self._shared.in_flight.join(self._key(page.listed.url), pending)]
        self._requested.update(page.listed.url for page in joined)
        # other sources fetch the rest; this list waits for them, too
        self._tally.leave_out("shared", len(chosen) - len(joined))
        if self._shared.in_flight.ended != ended:  # another source may have finished one since the lookup
            joined = await self._still_pending(joined)
        by_host: dict[str, list[PendingPage]] = {}
        for page in joined:
            by_host.setdefault(host_of(page.listed.url), []).append(page)
        # before fetching: other sources choose pages meanwhile
        for limit in () if listing.is_unlimited else self._limits:
            limit.take(sum(map(len, by_host.values())))
        async with asyncio.TaskGroup() as tasks:
            for of_host in by_host.values():
                tasks.create_task(self._fetch_of_host(of_host))
        await asyncio.to_thread(
            pending.done, is_ok=is_complete
        )  # in a thread: it may note thousands of links

    async def _still_pending(self, joined: Sequence[PendingPage]) -> list[PendingPage]:
        """The pages that no other source has finished meanwhile."""
        found = await asyncio.to_thread(self._lookup.pages, [page.listed for page in joined])
        for page in found:
            if page.need not in (Need.NEW, Need.MAYBE):
                self._tally.leave_out("shared")
                await self._ended(page, is_ok=page.need is not Need.LATER)
        return [page for page in found if page.need in (Need.NEW, Need.MAYBE)]

    async def _ended(self, page: PendingPage, *, is_ok: bool) -> None:
        """Marks a page as done. This may complete a list or the source, which is noted then."""
        await asyncio.to_thread(self._shared.in_flight.leave, self._key(page.listed.url), is_ok=is_ok)

    def _key(self, url: str) -> tuple[object, ...]:
        """Requests with the same key get the same response."""
        return (url, self._source.uses_browser, *self._profile)

    # --- ``Web``, for listing

    async def fetch_list(self, url: str, within: TimeBudget) -> Outcome:
        """Fetches a list; not modified: all its pages were stored."""
        known = await self._known(url)
        if known is not None and known.outcome in PAUSE_REASONS and is_backing_off(known):
            until = known.next_attempt_at or datetime.now(UTC)
            seconds = (until - datetime.now(UTC)).total_seconds()
            message = f"its server requested a pause ({known.outcome}), for {seconds:.0f} seconds more"
            return NotFetched(url, RETRY_LATER, message, retry_seconds=seconds)
        validators = Validators()
        if known is not None and not (
            self._has_denied
            # a source that follows links may have fetched it as a page
            or (self._source.kind in LISTS and not known.is_of_list)
            or self._is_since_earlier(known)
            or await self._following.needs_links_of(url, known)
        ):
            validators = known.validators

        async def fetch() -> Outcome:
            async with Hold(self._shared.large_bodies) as hold:
                request = self._pages.request(url, hold, validators)
                return await self._fetcher.fetch(structs.replace(request, within=within))

        return await self._shared.lists.fetch(url, self._profile, validators, fetch)

    async def sitemaps_in_robots(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of a URL's site names."""
        return (await self._fetcher.site_files.robots(url)).sitemaps

    async def links(self, url: str) -> Sequence[Link]:
        """The lists that an unchanged list linked to when it was read."""
        return await asyncio.to_thread(self._memory.links, url)

    async def is_backing_off(self, url: str) -> bool:
        """Whether the back-off of a URL is not over."""
        known = await self._known(url)
        return known is not None and is_backing_off(known)

    async def _known(self, url: str) -> Known | None:
        return (await asyncio.to_thread(self._lookup.known, [url])).get(url)

    # --- selection

    def _chosen(self, pages: Sequence[PendingPage], most: int | None) -> tuple[Sequence[PendingPage], bool]:
        """The pages of a list to fetch, at most ``most``; and whether that is all, so that the list need not be read
        again for the others.

        New pages come first, so that every run with a limit has some; then those fetched longest ago.
        """
        new = [page for page in pages if page.need is Need.NEW]
        maybe = sorted((page for page in pages if page.need is Need.MAYBE), key=last_fetched)
        chosen = [*new, *maybe][:most]
        beyond = len(new) + len(maybe) - len(chosen)
        self._count(pages, beyond=beyond)
        # the list is needed again when the back-off of a page is over
        return chosen, not beyond and all(page.need is not Need.LATER for page in pages)

    def _count(self, pages: Sequence[PendingPage], *, beyond: int) -> None:
        self._tally.listed += len(pages)
        self._skip("beyond", beyond)
        for page in pages:
            known = page.known
            if page.need is Need.LATER and known is not None and known.outcome in DENIED:
                self._skip("denied")
            elif page.need is Need.LATER and known is not None and known.next_attempt_at is not None:
                self._shared.skipped.add_backing_off(known.next_attempt_at)
                self._tally.leave_out("resting")
            elif page.need in (Need.KNOWN, Need.OLD):
                self._skip(page.need.value)

    # --- fetching

    async def _report(self, listing: Listing) -> None:
        """Counts the lists of a listing, and reports failed and damaged ones like pages."""
        for result in listing.results:
            self._tally.lists_unchanged += isinstance(result.outcome, NotModified)
            self._tally.lists_read += isinstance(result.outcome, Fetched)
        self._tally.listed += listing.linkless
        self._skip("linkless", listing.linkless)
        self._tally.remark = listing.remark or self._tally.remark
        for url, reason, message in listing.problems:
            name = "its list" if url in self._source.addresses else f"its list {url}"
            end = " whole" if listing.pages else ""
            await self._report_list(url, reason, message, words=f"{name} could not be read{end}")

    async def _fetch_of_host(self, pages: Sequence[PendingPage]) -> None:
        """Fetches the pages of a host one after the other, until the host is given up in this run."""
        health = HostHealth()
        async with self._shared.hosts:
            for number, page in enumerate(pages, start=1):
                health.note(await self._fetch_page(page))
                if health.is_given_up:
                    self._skip(health.skip_reason, len(pages) - number)
                    for other in pages[number:]:
                        await self._ended(other, is_ok=False)
                    return

    async def _fetch_page(self, page: PendingPage) -> Outcome:
        """Fetches a page and hands it over; an unchanged page is noted at once."""
        now = datetime.now(UTC)
        self._tally.requested += 1
        # until the page is handed over: its body is in memory
        async with Hold(self._shared.large_bodies) as hold:
            result = await self._pages.fetch(page, hold)
            # without bodies: it is kept until the record is stored
            noted = PageResult(without_body(result.noted), None, result.links, parts=result.parts)
            settle = partial(self._settle, page, noted, now)
            if result.item is None:
                self._tally.spared += 1
                await asyncio.to_thread(settle, None)
            else:
                arrival = Arrival(result.item, settle, result.raw, self._tally, result.further)
                weight = sum(len(one.body) for one in (result.raw, *result.further) if one)
                await self._shared.outlet.put(arrival, weight=weight)
        return without_body(result.last or result.noted)

    def _settle(self, page: PendingPage, result: PageResult, now: datetime, reason: str | None) -> None:
        """Notes a page that was requested at ``now``; ``reason``: see ``Arrival.stored``."""
        listed, outcome, known = page.listed, result.noted, page.known
        is_gone = isinstance(outcome, NotFetched) and outcome.is_answer
        # otherwise the list is read again, so that the page is listed and retried
        is_settled = not isinstance(outcome, NotFetched) or (
            is_gone and known is not None and known.failures + 1 >= GIVEN_UP
        )
        # before the page: a noted page is not fetched again for its links
        if result.links is not None:
            self._memory.note_page_links(listed.url, result.links)
        if result.parts is not None:
            self._memory.note_further_parts(listed.url, result.parts)
        elif isinstance(outcome, Fetched) or is_gone:
            # read without further pages, or there is no article any more
            self._memory.forget_further_parts(listed.url)
        self._memory.note_page(self._source.name, outcome, url=listed.url, reason=reason, now=now)
        if listed.key is not None and is_settled:
            self._memory.note_seen(self._source.name, listed.key, now=now)
        # this may note the list: never before its pages are written
        key = self._key(listed.url)
        self._memory.once_written(partial(self._shared.in_flight.leave, key, is_ok=is_settled))

    def _note_listing(self, listing: Listing, reading: Latch, is_settled: bool) -> None:
        now = datetime.now(UTC)
        left_before = self._source.since
        for result in listing.results:
            is_done = is_settled and not result.is_damaged
            if result.pages is not None:
                self._memory.note_page_links(result.url, result.pages)
            self._shared.lists.note_best(
                result.url,
                self._profile,
                is_settled=is_done,
                left_before=left_before,
                note=partial(
                    self._memory.note_list,
                    self._source.name,
                    result,
                    now=now,
                    is_settled=is_done,
                    left_before=left_before,
                ),
            )
        reading.done()
