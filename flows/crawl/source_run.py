"""Crawls a source in a run: reads its lists, takes the pages that wait, fetches them, and settles each once its record
is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable, Sequence
from datetime import UTC, datetime

from msgspec import structs

from copydesk.flows.crawl.following import Following
from copydesk.flows.crawl.listings import LISTS, failed_listing, list_pages
from copydesk.flows.crawl.page_fetch import PageFetcher
from copydesk.flows.crawl.run_state import Limit, Shared, SourceReader
from copydesk.flows.fetching.http.body import Hold
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import (
    PAUSE_REASONS,
    RETRY_LATER,
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Validators,
)
from copydesk.flows.fetching.http.politeness import HostHealth, host_of
from copydesk.flows.fetching.lists.listed import Link, ListedPage, Listing
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.budgets import TimeBudget
from copydesk.flows.library.web.frontier import Need, PendingPage, last_fetched
from copydesk.flows.library.web.urls import Known
from copydesk.flows.source_tally import DENIED, SourceTally


class SourceRun(SourceReader):
    """A source in a run."""

    def __init__(self, source: WebSource, fetcher: Fetcher, shared: Shared, tally: SourceTally) -> None:
        super().__init__(source, fetcher, shared, tally)
        self._following = Following(self._wants, shared.frontier)
        self._pages = PageFetcher(source, fetcher, shared, self._following, tally)
        self._has_denied = False
        # in this run, and perhaps not noted yet
        self._requested: set[str] = set()
        # only sources with the same profile share responses: others may have secret headers
        self._profile: tuple[Hashable, ...] = (
            *(source.respects_denials, source.allowed, source.cookies, source.user_agent),
            *sorted(source.headers.items()),
        )

    async def _read(self, began: datetime) -> None:
        """Fetches the new pages of each list: hosts concurrently, the pages of a host one after the other."""
        if not self._source.respects_denials:
            # pages denied under "respect" are fetched now, so their lists must not be "not modified"
            self._has_denied = await asyncio.to_thread(self._frontier.has_denied, self._source.name)
        async for listing in self._listings():
            await self._report(listing)
            await self._fetch_listed(listing)
            if self._left == 0:
                # "beyond the limit" is already in the report
                if not self._tally.left_out["beyond"]:
                    self._tally.remark = "not read further, as the limit was reached"
                break
        await self._fetch_due(began)

    async def _report_failure(self, failure: NotFetched) -> None:
        await self._report(failed_listing(failure))

    async def _listings(self) -> AsyncIterator[Listing]:
        """The pages of the source's lists, then those that links lead to."""
        async for listing in list_pages(self._source, self):
            yield self._following.followed_pages(listing)
        async for listing in self._following.levels():
            yield listing

    async def _fetch_due(self, now: datetime) -> None:
        """Fetches the known pages that are due by their age, whether or not a list names them."""
        if self._left == 0:
            return
        due = await asyncio.to_thread(
            self._frontier.due_again, self._source.name, self._source.ask_again, now=now
        )
        pages = tuple(ListedPage(url) for url in due if url not in self._requested)
        if pages:
            await self._fetch_listed(Listing(pages))

    async def _fetch_listed(self, listing: Listing) -> None:
        """Notes a list, and fetches its pages that wait."""
        found = await asyncio.to_thread(
            self._frontier.read_listing, self._wants, listing, now=datetime.now(UTC)
        )
        # of what another source has left of a list only some pages may be followed
        own = {page.url for page in listing.pages}
        pages = [
            page for page in found if page.listed.url in own or self._following.is_followed(page.listed.url)
        ]
        chosen = self._chosen(pages, None if listing.is_unlimited else self._left)
        # before they are taken: other sources choose pages meanwhile
        limits = () if listing.is_unlimited else self._limits
        for limit in limits:
            limit.take(len(chosen))
        by_host: dict[str, list[PendingPage]] = {}
        for page in chosen:
            by_host.setdefault(host_of(page.listed.url), []).append(page)
        async with asyncio.TaskGroup() as tasks:
            for of_host in by_host.values():
                tasks.create_task(self._fetch_of_host(of_host, limits))

    # --- for listing

    async def fetch_list(self, url: str, within: TimeBudget) -> Outcome:
        """Fetches a list; not modified: its pages are known, or wait."""
        known = await self._known(url)
        if known is not None and known.outcome in PAUSE_REASONS and known.is_backing_off:
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
        return await asyncio.to_thread(self._frontier.links, url)

    async def is_backing_off(self, url: str) -> bool:
        """Whether the back-off of a URL is not over."""
        known = await self._known(url)
        return known is not None and known.is_backing_off

    async def _known(self, url: str) -> Known | None:
        known = await asyncio.to_thread(self._frontier.known, [url])
        return self._wants.usable(known.get(url))

    # --- selection

    def _chosen(self, pages: Sequence[PendingPage], most: int | None) -> Sequence[PendingPage]:
        """The pages of a list to fetch, at most ``most``.

        New pages come first, so that every run with a limit has some; then those fetched longest ago.
        """
        new = [page for page in pages if page.need is Need.NEW]
        maybe = sorted((page for page in pages if page.need is Need.MAYBE), key=last_fetched)
        chosen = [*new, *maybe][:most]
        self._count(pages, beyond=len(new) + len(maybe) - len(chosen))
        return chosen

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
            elif page.need is Need.SHARED:
                self._tally.leave_out(page.need.value)

    # --- fetching

    async def _report(self, listing: Listing) -> None:
        """Counts the lists of a listing, and reports failed and damaged ones like pages."""
        for result in listing.results:
            self._tally.lists_unchanged += isinstance(result.outcome, NotModified)
            self._tally.lists_read += isinstance(result.outcome, Fetched)
        self._tally.listed += listing.linkless
        self._skip("linkless", listing.linkless)
        self._tally.remark = listing.remark or self._tally.remark
        for problem in listing.problems:
            name = "its list" if problem.url in self._source.addresses else f"its list {problem.url}"
            end = " whole" if listing.pages else ""
            await self._report_list(problem, f"{name} could not be read{end}")

    async def _fetch_of_host(self, pages: Sequence[PendingPage], limits: Sequence[Limit]) -> None:
        """Takes the pages of a host, and fetches them one after the other, until the host is given up in this run."""
        health = HostHealth()
        async with self._shared.hosts:
            # not before: pages of hosts that wait here are for other machines, too
            urls = [page.listed.url for page in pages]
            taken = await asyncio.to_thread(self._frontier.take, self._source.name, urls)
            # others have taken the rest since their list was read
            for limit in limits:
                limit.take(len(taken) - len(pages))
            self._tally.leave_out("shared", len(pages) - len(taken))
            self._requested |= taken
            own = [page for page in pages if page.listed.url in taken]
            for number, page in enumerate(own, start=1):
                health.note(await self._pages.fetch(page))
                if health.is_given_up:
                    others = [other.listed.url for other in own[number:]]
                    self._skip(health.skip_reason, len(others))
                    await asyncio.to_thread(self._frontier.leave, others)
                    return
