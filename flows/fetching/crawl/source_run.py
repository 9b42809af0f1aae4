"""One source in one run: what it lists, which of it is to be fetched, and what is noted once a page is stored.

Nothing is noted before its record is: who is killed in between fetches once more and loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct, structs

from copydesk.flows.fetching.crawl.following import Following
from copydesk.flows.fetching.crawl.page_fetch import AskedPages, PageItems
from copydesk.flows.fetching.crawl.pending import Lookup, Need, Wanted, age, is_resting
from copydesk.flows.fetching.crawl.run_state import Arrival, Latch, Limit, Shared, is_to_be_read
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import (
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Validators,
    without_body,
)
from copydesk.flows.fetching.http.rate_limit import host_of
from copydesk.flows.fetching.http.response import failure_of
from copydesk.flows.fetching.http.retry_policy import ASKS_TO_WAIT, RETRY_LATER, HostHealth
from copydesk.flows.fetching.lists.listings import LISTS, Listing, Target, list_targets
from copydesk.flows.fetching.lists.memory import WITHHELD, FurtherPart, Known, Link, PageLinks
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.budgets import RequestBudget
from copydesk.flows.sources.opening.page_source import Unreadable
from copydesk.flows.sources.source_tally import SourceTally

HOSTS_AT_ONCE = 256
"""Hosts that are being read at the same time: each may have a page in memory."""
GIVEN_UP = 5
"""After so many attempts a page that a server does not have is no reason to read its list again."""


class _Leads(Struct, frozen=True):
    """Where a page leads: what follows it, and the further pages of its article; None where nothing is to be noted."""

    links: PageLinks | None
    parts: tuple[FurtherPart, ...] | None


class SourceRun:
    """One source in one run; the web as its listing sees it."""

    def __init__(self, source: WebSource, fetcher: Fetcher, shared: Shared, tally: SourceTally) -> None:
        self._source = source
        self._tally = tally
        self._fetcher = fetcher
        self._shared = shared
        self._memory = shared.memory
        self._lookup = Lookup(source, shared.memory, began=shared.began, is_anew=shared.is_anew)
        self._following = Following(source, shared.memory, self._lookup)
        self._page_items = PageItems(source, fetcher)
        self._asked_pages = AskedPages(source, fetcher, shared, self._following, self._page_items)
        self._limits = (Limit(source.limit), shared.limit)
        self._has_withheld = False
        # what is being asked for in this run, and may not be noted yet
        self._begun: set[str] = set()
        manners = (source.respects, source.allowed, source.cookies, source.user_agent)
        # headers too: what a key opens is not for a source without it
        self._manners: tuple[Hashable, ...] = (*manners, *sorted(source.headers.items()))

    async def run(self) -> None:
        """Lists what the source has, and fetches what is new of it: hosts beside each other, each host in turn.

        What goes wrong with it that nobody expected is told, and no other source's affair; Raises FlowError
        where the run is at fault.
        """
        try:
            await self._read_entries()
        except Exception as error:  # noqa: BLE001 - the boundary of a source
            failure = failure_of(next(iter(self._source.addresses), self._source.name), error)
            await self._report(Listing(problems=((failure.url, failure.reason, failure.message),)))
            self._tally.is_ended = True

    async def _read_entries(self) -> None:
        # noted as the time of reading: what is published while it goes on is for the next
        began = datetime.now(UTC)
        self._tally.is_begun = True
        if not await is_to_be_read(self._source, self._shared, self._tally, began):
            self._tally.is_ended = True
            return
        if not self._source.respects:
            # what was kept out under "respect" is wanted now, so its lists must be sent whole
            self._has_withheld = await asyncio.to_thread(self._memory.withheld, self._source.name)
        reading = Latch(lambda _: self._memory.note_read(self._source.name, now=began))
        async for listing in self._listings():
            await self._report(listing)
            await self._fetch_listed(listing, reading)
            if self._left == 0:
                # where pages are left out it is plain already that more may be listed
                if not self._tally.left_out["beyond"]:
                    self._tally.remark = "not read further, as the limit was reached"
                break
        await self._ask_again(reading, began)
        # its own part last: whichever page or list is stored last notes that the source was read
        await asyncio.to_thread(reading.done)
        self._tally.is_ended = True

    async def _listings(self) -> AsyncIterator[Listing]:
        """What its lists name, then what its links lead to."""
        async for listing in list_targets(self._source, self):
            yield self._following.of_list(listing)
        async for listing in self._following.levels():
            yield listing

    async def _ask_again(self, reading: Latch, now: datetime) -> None:
        """Fetches the pages that have come to an age at which they are asked for again, though no list names them."""
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
        wanted = await asyncio.to_thread(self._lookup.wanted, listing.targets)
        chosen, is_whole = self._chosen(wanted, None if listing.is_free else self._left)
        joined = [one for one in chosen if self._shared.in_flight.join(self._key(one.target.url), pending)]
        self._begun.update(one.target.url for one in joined)
        # another source asks for these; this list waits for them all the same
        self._tally.leave_out("shared", len(chosen) - len(joined))
        if self._shared.in_flight.ended != ended:  # one of these may have ended since it was looked up
            joined = await self._still_wanted(joined)
        by_host: dict[str, list[Wanted]] = {}
        for one in joined:
            by_host.setdefault(host_of(one.target.url), []).append(one)
        # before fetching, which takes long: other sources of the run choose meanwhile
        for limit in () if listing.is_free else self._limits:
            limit.take(sum(map(len, by_host.values())))
        async with asyncio.TaskGroup() as tasks:
            for of_host in by_host.values():
                tasks.create_task(self._fetch_of_host(of_host))
        await asyncio.to_thread(pending.done, is_well=is_whole)  # which may note thousands of links

    async def _still_wanted(self, joined: Sequence[Wanted]) -> list[Wanted]:
        """Those that no other source has finished meanwhile; the others are done with."""
        found = await asyncio.to_thread(self._lookup.wanted, [one.target for one in joined])
        for one in found:
            if one.need not in (Need.NEW, Need.MAYBE):
                self._tally.leave_out("shared")
                await self._ended(one, is_well=one.need is not Need.LATER)
        return [one for one in found if one.need in (Need.NEW, Need.MAYBE)]

    async def _ended(self, one: Wanted, *, is_well: bool) -> None:
        """A page is done with; whoever waited for it last may note a list or the source."""
        await asyncio.to_thread(self._shared.in_flight.leave, self._key(one.target.url), is_well=is_well)

    def _key(self, url: str) -> tuple[object, ...]:
        """Who asks for a page in the same way gets the same."""
        return (url, self._source.is_built, *self._manners)

    @property
    def _left(self) -> int | None:
        """How many pages may still be asked for."""
        return min((limit.left for limit in self._limits if limit.left is not None), default=None)

    # --- the web as listing sees it
    async def ask(self, url: str, within: RequestBudget) -> Outcome:
        """A list, or the word that it has not changed since all its pages were stored."""
        known = await self._known(url)
        if known is not None and known.outcome in ASKS_TO_WAIT and is_resting(known):
            return self._still_resting(url, known)
        is_more = known is None or self._wants_more(known) or await self._following.wants_whole(url, known)
        # without them the list comes whole, and more is taken from it than last time
        validators = Validators() if known is None or is_more else known.validators

        async def fetch() -> Outcome:
            async with self._shared.large_bodies.hold() as hold:
                request = self._asked_pages.request(url, hold, validators)
                return await self._fetcher.fetch(structs.replace(request, within=within))

        return await self._shared.lists.ask(url, self._manners, validators, fetch)

    def _wants_more(self, known: Known) -> bool:
        """Whether more of a list is wanted now than when it was last read."""
        # not of_list: a source that follows links has read it since, as a page
        if self._has_withheld or (self._source.kind in LISTS and not known.is_of_list):
            return True
        since = self._source.since
        return known.left_before is not None and (since is None or since < known.left_before)

    def _still_resting(self, url: str, known: Known) -> NotFetched:
        seconds = (
            (known.next_attempt_at - datetime.now(UTC)).total_seconds() if known.next_attempt_at else 0.0
        )
        message = f"its server asked for patience ({known.outcome}), for {seconds:.0f} seconds more"
        return NotFetched(url, RETRY_LATER, message, retry_seconds=seconds)

    async def sitemaps_in_robots(self, url: str) -> tuple[str, ...]:
        """The sitemaps that robots.txt of a URL's site names."""
        return (await self._fetcher.robots(url)).sitemaps

    async def links(self, url: str) -> Sequence[Link]:
        """What a list that has not changed led to when it was read."""
        return await asyncio.to_thread(self._memory.links, url)

    async def is_resting(self, url: str) -> bool:
        """Whether a URL failed lately and is to be left alone for now."""
        known = await self._known(url)
        return known is not None and is_resting(known)

    async def _known(self, url: str) -> Known | None:
        return (await asyncio.to_thread(self._lookup.known, [url])).get(url)

    # --- which pages
    def _chosen(self, wanted: Sequence[Wanted], most: int | None) -> tuple[Sequence[Wanted], bool]:
        """At most so many pages to fetch of a list, and whether it need not be read again for the others.

        Of those that may have changed the ones asked for longest ago come first.
        """
        # new ones first: under a limit every run brings some
        new = [one for one in wanted if one.need is Need.NEW]
        maybe = sorted((one for one in wanted if one.need is Need.MAYBE), key=age)
        chosen = [*new, *maybe][:most]
        self._count(wanted, beyond=len(new) + len(maybe) - len(chosen))
        is_whole = len(chosen) == len(new) + len(maybe)
        # for a page that rests the list must be sent again once it is due
        return chosen, is_whole and all(one.need is not Need.LATER for one in wanted)

    def _count(self, wanted: Sequence[Wanted], *, beyond: int) -> None:
        skipped = self._shared.skipped
        self._tally.listed += len(wanted)
        self._leave_out("beyond", beyond)
        for one in wanted:
            if one.need is Need.LATER and one.known is not None and one.known.outcome in WITHHELD:
                self._leave_out("denied")
            elif one.need is Need.LATER and one.known is not None and one.known.next_attempt_at is not None:
                skipped.add_resting(one.known.next_attempt_at)
                self._tally.leave_out("resting")
            elif one.need in (Need.KNOWN, Need.OLD):
                self._leave_out(one.need.value)

    def _leave_out(self, why: str, count: int = 1) -> None:
        """Notes pages that are not asked for, of this source and of the run."""
        self._shared.skipped.add(why, count)
        self._tally.leave_out(why, count)

    # --- fetching

    async def _report(self, listing: Listing) -> None:
        """A list that could not be had, or was broken, is told like a page."""
        for asked in listing.asked:
            self._tally.lists_unchanged += isinstance(asked.outcome, NotModified)
            self._tally.lists_read += isinstance(asked.outcome, Fetched)
        self._tally.remark = listing.remark or self._tally.remark
        for url, reason, message in listing.problems:
            if self._tally.list_problem is None:
                name = "its list" if url in self._source.addresses else f"its list {url}"
                end = " whole" if listing.targets else ""
                self._tally.list_problem = f"{name} could not be read{end}: {reason}: {message}"
            told = Unreadable(self._page_items.as_source, reason, message, url=url)
            await self._shared.outlet.put(Arrival(told, _nothing))

    async def _fetch_of_host(self, wanted: Sequence[Wanted]) -> None:
        """Fetches pages of one host in turn; where it is not well, the rest is left for another run."""
        health = HostHealth()
        async with self._shared.hosts:
            for number, one in enumerate(wanted, start=1):
                health.note(await self._fetch_one(one))
                if health.is_left:
                    await self._leave(wanted[number:], health.why_left)
                    return

    async def _leave(self, wanted: Sequence[Wanted], why: str) -> None:
        self._leave_out(why, len(wanted))
        for one in wanted:
            await self._ended(one, is_well=False)

    async def _fetch_one(self, wanted: Wanted) -> Outcome:
        """Fetches a page and hands it over; what has not changed is noted at once."""
        now = datetime.now(UTC)
        self._tally.asked += 1
        # until the page is handed over: so long its body is in memory here
        async with self._shared.large_bodies.hold() as hold:
            ended = await self._asked_pages.ended(wanted, hold)
            outcome, item, raw = without_body(ended.noted), ended.item, ended.raw
            settle = partial(self._settle, wanted, outcome, now, _Leads(ended.links, ended.parts))
            if item is None:
                self._tally.spared += 1
                # in a thread, since it writes to the disk
                await asyncio.to_thread(settle, None)
            else:
                arrival = Arrival(item, settle, raw, self._tally, ended.further)
                weight = sum(len(one.body) for one in (raw, *ended.further) if one)
                await self._shared.outlet.put(arrival, weight=weight)
        return without_body(ended.last or outcome)

    def _settle(
        self,
        wanted: Wanted,
        outcome: Outcome,
        now: datetime,
        leads: _Leads,
        reason: str | None,
    ) -> None:
        """Notes where a page leads that was asked for at ``now``, and how it ended; ``reason`` as of ``stored``."""
        target, known = wanted.target, wanted.known
        was_there = not isinstance(outcome, NotFetched) or not outcome.is_answer
        # else the list is read again, so that the page is listed again and tried once more
        is_settled = not isinstance(outcome, NotFetched) or (
            not was_there and known is not None and known.failures + 1 >= GIVEN_UP
        )
        # before the page: one that is noted is not asked for again to see where it leads
        if leads.links is not None:
            self._memory.note_page_links(target.url, leads.links)
        if leads.parts is not None:
            self._memory.note_further_parts(target.url, leads.parts)
        elif isinstance(outcome, Fetched) or not was_there:
            # by a source that joins no pages; or there is no article any more that could lack one
            self._memory.forget_further_parts(target.url)
        self._memory.note_page(self._source.name, outcome, url=target.url, reason=reason, now=now)
        if target.key is not None and is_settled:
            self._memory.note_seen(self._source.name, target.key, now=now)
        # last: the list may be noted by this, and that says that its pages are
        self._shared.in_flight.leave(self._key(target.url), is_well=is_settled)

    def _note_listing(self, listing: Listing, reading: Latch, is_settled: bool) -> None:
        now = datetime.now(UTC)
        left_before = self._source.since
        for asked in listing.asked:
            if asked.pages is not None:
                self._memory.note_page_links(asked.url, asked.pages)
            self._shared.lists.note_best(
                asked.url,
                self._manners,
                is_settled=is_settled,
                left_before=left_before,
                note=partial(
                    self._memory.note_list,
                    self._source.name,
                    asked,
                    now=now,
                    is_settled=is_settled,
                    left_before=left_before,
                ),
            )
        reading.done()


def _nothing(_: str | None) -> None:
    """What there is to note of a list's problem: the list itself is noted with its pages."""
