"""Lists the pages of a source on the web: of a feed, a sitemap, a whole site, or a single URL."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, MutableMapping, Sequence
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from cachetools import LRUCache
from msgspec import structs

from copydesk.flows.fetching.http.documents import without_gzip
from copydesk.flows.fetching.http.fetcher import failure_of
from copydesk.flows.fetching.http.outcomes import (
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Validators,
    without_body,
)
from copydesk.flows.fetching.lists.discovery import (
    NAMES_NO_LIST,
    find_feeds_and_sitemaps,
    kind_of_document,
    page_links,
    usual_lists,
)
from copydesk.flows.fetching.lists.feeds import FeedError, read_feed
from copydesk.flows.fetching.lists.listed import Link, ListedPage, Listing, ListResult
from copydesk.flows.fetching.lists.sitemaps import MAX_SITEMAPS, Sitemap, SitemapError, Walk, read_sitemap
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.addresses import normalized_url, without_dots
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET, OverBudget, TimeBudget
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB

if TYPE_CHECKING:
    from copydesk.flows.crawl.source_run import SourceRun

_KEPT_BYTES = 64_000_000
"""Of lists in memory, compressed. A sitemap of 50,000 URLs takes some 300 KB, so this is for ten million pages; beyond
it lists are requested again.
"""
_LEVEL = 1  # of zlib: 5 MB in 50 ms; higher ones take three times as long for a fifth less


class ListCache:
    """The responses to lists in this run, so that each is requested once however many sources and lists name it.

    ``profile``: requests with the same profile get the same response.
    """

    def __init__(self) -> None:
        # with the URL and the validators that they are the answer to; 1,000: what the objects around one take, about
        self._answers: MutableMapping[tuple[Hashable, ...], tuple[Outcome, str, Validators]] = LRUCache(
            _KEPT_BYTES, getsizeof=lambda answer: 1_000 + len(getattr(answer[0], "body", b""))
        )
        self._turns: WeakValueDictionary[tuple[Hashable, ...], asyncio.Lock] = WeakValueDictionary()

    async def fetch(
        self,
        url: str,
        profile: tuple[Hashable, ...],
        validators: Validators,
        fetch: Callable[[], Awaitable[Outcome]],
    ) -> Outcome:
        """The response of this run for a list at a normalized URL; ``fetch`` requests it, with these validators, where
        there is none.
        """
        key = (url, *profile)
        async with self._turns.setdefault(key, asyncio.Lock()):
            known, *asked = self._answers.get(key, (None,))
            if isinstance(known, Fetched):
                return structs.replace(known, body=await asyncio.to_thread(zlib.decompress, known.body))
            # "not modified" holds only for the same validators
            if known is not None and (not isinstance(known, NotModified) or asked == [url, validators]):
                return known
            outcome = await fetch()
            # a budget that is used up is not the list's fault: another source may still fetch it
            if isinstance(outcome, NotFetched) and outcome.reason == OVER_BUDGET:
                return outcome
            kept = outcome
            if isinstance(outcome, Fetched):
                packed = await asyncio.to_thread(zlib.compress, outcome.body, _LEVEL)
                kept = structs.replace(outcome, body=packed)
                # also under the URL that redirects led to
                self._answers[(normalized_url(outcome.url), *profile)] = kept, url, validators
            self._answers[key] = kept, url, validators
            return outcome


LISTS = tuple(kind.name for kind in KINDS_OF_THE_WEB if kind.is_list)
"""Kinds of sources that list pages; the others are pages themselves."""
LIST_SECONDS, IDLE_REQUESTS = 600.0, 30
"""The budget of a URL with all lists that it leads to: seconds of requests, and lists without new pages. Set by hand:
less loses sites with many indexes, more lets an endless list hold up a run.
"""


async def list_pages(source: WebSource, run: SourceRun) -> AsyncIterator[Listing]:
    """The pages of a source, list by list; a page may be in several lists, but each list is read once."""
    if source.kind not in LISTS and not source.may_be_list:
        yield Listing(tuple(ListedPage(url) for url in dict.fromkeys(map(without_dots, source.addresses))))
        return
    # for all URLs: their lists may name each other
    read = set[str]()
    for address in source.addresses:
        async for listing in _Reading(source, run, read).pages_of(source.kind, address):
            yield listing


class _Reading:
    """Reads the lists that a URL leads to, within one budget. ``read``: normalized URLs that the source has read."""

    def __init__(self, source: WebSource, run: SourceRun, read: set[str]) -> None:
        self._source = source
        self._run = run
        self._read = read
        self._is_over_budget = False
        # robots.txt may name a hundred (MAX_FOUND), and each could lead to 500 more
        self._sitemaps_left = MAX_SITEMAPS
        self._budget = TimeBudget(LIST_SECONDS, idle=IDLE_REQUESTS)
        self._listed = set[str]()

    def pages_of(self, kind: str, url: str) -> AsyncIterator[Listing]:
        """The pages of a list, or of all that a site leads to."""
        kinds = {"url": self._any, "feed": self._feed, "sitemap": self._sitemap, "site": self._site}
        return kinds[kind](url)

    async def _fetch(self, url: str) -> Outcome:
        """A list, decompressed."""
        try:
            self._budget.check()
        except OverBudget as error:
            self._is_over_budget = True
            return NotFetched(url, OVER_BUDGET, str(error))
        outcome = await self._run.fetch_list(url, self._budget)
        if isinstance(outcome, Fetched):
            return await asyncio.to_thread(without_gzip, outcome)
        return outcome

    def _counted(self, listing: Listing) -> Listing:
        """The listing; if it has no new page, but further lists, it is counted as idle."""
        new = {page.url for page in listing.pages} - self._listed
        self._listed |= new
        # only fetched ones: failed and empty lists lead nowhere, and unchanged ones were new when they were read
        if not new and any(one.links and isinstance(one.outcome, Fetched) for one in listing.results):
            self._budget.note_idle()
        return listing

    async def _any(self, url: str) -> AsyncIterator[Listing]:
        """The page at a URL, or the pages of the feed or sitemap there."""
        url = without_dots(url)
        outcome = await self._fetch(normalized_url(url))
        kind = await asyncio.to_thread(kind_of_document, outcome) if isinstance(outcome, Fetched) else None
        if kind in ("feed", "sitemap"):
            # which fetches it again, from the cache
            async for listing in self.pages_of(kind, url):
                yield listing
        else:
            yield Listing((ListedPage(url, outcome=outcome),))

    async def _feed(self, url: str) -> AsyncIterator[Listing]:
        """The pages of a feed; none if the source has read it already."""
        url = normalized_url(url)
        if url in self._read or self._is_over_budget:
            yield Listing()
            return
        self._read.add(url)  # also if it fails
        # in a function of its own: its body is not in memory while its pages are fetched
        yield self._counted(await self._one_feed(url))

    async def _one_feed(self, url: str) -> Listing:
        outcome = await self._fetch(url)
        if isinstance(outcome, NotFetched):
            return failed_listing(structs.replace(outcome, url=url))
        if isinstance(outcome, NotModified):  # its pages are known, or wait
            return Listing(results=(ListResult(url, outcome),))
        media = outcome.headers.get("content-type")
        try:
            feed = await asyncio.to_thread(read_feed, outcome.body, url=outcome.url, content_type=media)
        except FeedError as error:
            return failed_listing(NotFetched(url, "no_feed", str(error)))
        except Exception as error:  # noqa: BLE001 - the boundary of a list
            return failed_listing(failure_of(url, error))
        # by the requested URL, which the next run looks up
        result = ListResult(url, without_body(outcome), is_damaged=bool(feed.problems))
        return Listing(feed.pages, (result,), _first(url, feed.problems), linkless=feed.linkless)

    async def _sitemap(self, url: str) -> AsyncIterator[Listing]:
        """The pages of a sitemap and of those it leads to; ``MAX_SITEMAPS`` limits all sitemaps of an address."""
        walk = Walk(url, since=self._source.since, max_sitemaps=self._sitemaps_left)
        # one by one: each is added to the walk before the next is taken
        for address in map(normalized_url, walk):
            if self._is_over_budget:
                return
            if address in self._read:
                continue
            self._sitemaps_left -= 1
            listing = self._counted(await self._one_sitemap(address, walk))
            if not any(one.links for one in listing.results):  # another walk may go further from this index
                self._read.add(address)
            yield listing

    async def _one_sitemap(self, url: str, walk: Walk) -> Listing:
        outcome = await self._fetch(url)
        if isinstance(outcome, NotFetched):
            return failed_listing(structs.replace(outcome, url=url))
        if isinstance(outcome, NotModified):  # the sitemaps of an unchanged index may have changed
            sitemap = Sitemap(sitemaps=tuple(await self._run.links(url)))
        else:
            try:
                sitemap = await asyncio.to_thread(read_sitemap, outcome.body)
            except SitemapError as error:  # the walk goes on
                sitemap = Sitemap(problems=(f"{url}: {error}",))
            except Exception as error:  # noqa: BLE001 - the boundary of a list
                return failed_listing(failure_of(url, error))
        walk.add_links(sitemap.sitemaps)
        result = ListResult(url, without_body(outcome), sitemap.sitemaps, is_damaged=bool(sitemap.problems))
        return Listing(sitemap.pages, (result,), _first(url, sitemap.problems))

    async def _site(self, url: str) -> AsyncIterator[Listing]:
        """The pages of the feeds and sitemaps that a site's first page and robots.txt name, or of the usual ones."""
        url = normalized_url(url)
        outcome = await self._fetch(url)
        if isinstance(outcome, NotFetched):
            yield failed_listing(outcome)
            return
        # for an unchanged first page the remembered ones
        links, pages = tuple(await self._run.links(url)), None
        if isinstance(outcome, Fetched):
            try:
                links = await asyncio.to_thread(find_feeds_and_sitemaps, outcome.body, url=outcome.url)
                pages = await asyncio.to_thread(page_links, outcome) if self._source.follow else None
            except Exception as error:  # noqa: BLE001 - the boundary of a list
                yield failed_listing(failure_of(url, error))
                return
            # frees the body while the lists are read
            outcome = without_body(outcome)
        in_robots = (Link("sitemap", one) for one in await self._run.sitemaps_in_robots(url))
        # feeds first: they have the newest pages with metadata, and there may be a limit
        lists = sorted(dict.fromkeys((*links, *in_robots)), key=lambda link: link.kind)
        for link in lists:
            async for listing in self.pages_of(link.kind, link.url):
                yield listing
        # a guess usually costs a request in vain
        if not lists:
            async for listing in self._guesses(url):
                yield listing
        # last: if the run ends before, the next one reads the first page again
        yield Listing(results=(ListResult(url, outcome, links, pages),))

    async def _guesses(self, url: str) -> AsyncIterator[Listing]:
        """The pages of the usual feeds and sitemaps. A missing one is no problem, but gets a back-off."""
        is_any_found = False
        for link in usual_lists(url):
            if await self._run.is_backing_off(link.url):
                continue
            async for listing in self.pages_of(link.kind, link.url):
                is_any_found |= bool(listing.pages) or not listing.problems
                results = tuple(structs.replace(one, has_backoff=True) for one in listing.results)
                yield listing if listing.pages else Listing(results=results)
        if not is_any_found:
            yield Listing(remark=NAMES_NO_LIST)


def _first(url: str, problems: Sequence[str]) -> tuple[NotFetched, ...]:
    """The problem of a list that is reported: a damaged list has many similar ones."""
    return tuple(NotFetched(url, "damaged", problem) for problem in problems[:1])


def failed_listing(failure: NotFetched) -> Listing:
    """The listing of a list that failed."""
    return Listing(results=(ListResult(failure.url, failure),), problems=(failure,))
