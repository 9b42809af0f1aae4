"""Lists the pages of a source on the web: of a feed, a sitemap, a whole site, or a single URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from msgspec import structs

from copydesk.flows.fetching.http.documents import without_gzip
from copydesk.flows.fetching.http.fetcher import failure_of
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, NotModified, Outcome, without_body
from copydesk.flows.fetching.lists.discovery import (
    NAMES_NO_LIST,
    find_feeds_and_sitemaps,
    kind_of_document,
    usual_lists,
)
from copydesk.flows.fetching.lists.feeds import FeedError, read_feed
from copydesk.flows.fetching.lists.followed_links import page_links
from copydesk.flows.fetching.lists.listed import Link, ListedPage, Listing, ListResult
from copydesk.flows.fetching.lists.sitemaps import (
    MAX_SITEMAPS,
    Sitemap,
    SitemapError,
    Walk,
    read_sitemap,
)
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.addresses import normalized_url, without_dots
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET, OverBudget, TimeBudget
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB

LISTS = tuple(kind.name for kind in KINDS_OF_THE_WEB if kind.is_list)
"""Kinds of sources that list pages; the others are pages themselves."""
LIST_SECONDS, IDLE_REQUESTS = 600.0, 30
"""The budget of a URL with all lists that it leads to: seconds of requests, and lists without new pages. Set by hand:
less loses sites with many indexes, more lets an endless list hold up a run.
"""


class Web(Protocol):
    """What listing needs: requests, and what is known of earlier ones."""

    async def fetch_list(self, url: str, within: TimeBudget) -> Outcome:
        """Fetches a list; not modified: its pages are known, or wait."""

    async def sitemaps_in_robots(self, url: str) -> tuple[str, ...]:
        """The sitemaps that robots.txt of a URL's site names."""

    async def links(self, url: str) -> Sequence[Link]:
        """The lists that an unchanged list linked to when it was read."""

    async def is_backing_off(self, url: str) -> bool:
        """Whether the back-off of a URL is not over."""


class _Reading:
    """Reads the lists that a URL leads to, within one budget. ``read``: normalized URLs that the source has read."""

    def __init__(self, web: Web, read: set[str]) -> None:
        self.web = web
        self.read = read
        self.is_over_budget = False
        # robots.txt may name a hundred (MAX_FOUND), and each could lead to 500 more
        self.sitemaps_left = MAX_SITEMAPS
        self._budget = TimeBudget(LIST_SECONDS, idle=IDLE_REQUESTS)
        self._listed = set[str]()

    async def fetch(self, url: str) -> Outcome:
        """A list, decompressed."""
        try:
            self._budget.check()
        except OverBudget as error:
            self.is_over_budget = True
            return NotFetched(url, OVER_BUDGET, str(error))
        outcome = await self.web.fetch_list(url, self._budget)
        if isinstance(outcome, Fetched):
            return await asyncio.to_thread(without_gzip, outcome)
        return outcome

    def counted(self, listing: Listing) -> Listing:
        """The listing; if it has no new page, but further lists, it is counted as idle."""
        new = {page.url for page in listing.pages} - self._listed
        self._listed |= new
        # only fetched ones: failed and empty lists lead nowhere, and unchanged ones were new when they were read
        if not new and any(one.links and isinstance(one.outcome, Fetched) for one in listing.results):
            self._budget.note_idle()
        return listing


async def list_pages(source: WebSource, web: Web) -> AsyncIterator[Listing]:
    """The pages of a source, list by list; a page may be in several lists, but each list is read once."""
    if source.kind not in LISTS and not source.may_be_list:
        yield Listing(tuple(ListedPage(url) for url in dict.fromkeys(map(without_dots, source.addresses))))
        return
    # for all URLs: their lists may name each other
    read = set[str]()
    for address in source.addresses:
        reading = _Reading(web, read)
        async for listing in _OF_KIND[source.kind](address, source, reading):
            yield listing


async def _of_any(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """The page at a URL, or the pages of the feed or sitemap there."""
    url = without_dots(url)
    outcome = await reading.fetch(normalized_url(url))
    kind = await asyncio.to_thread(kind_of_document, outcome) if isinstance(outcome, Fetched) else None
    if kind in ("feed", "sitemap"):
        # which fetches it again, from the cache
        async for listing in _OF_KIND[kind](url, source, reading):
            yield listing
    else:
        yield Listing((ListedPage(url, outcome=outcome),))


async def _of_feed(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:  # noqa: ARG001
    """The pages of a feed; none if the source has read it already."""
    url = normalized_url(url)
    if url in reading.read or reading.is_over_budget:
        yield Listing()
    else:
        reading.read.add(url)  # also if it fails
        yield reading.counted(await _of_one_feed(url, reading))


async def _of_one_feed(url: str, reading: _Reading) -> Listing:
    outcome = await reading.fetch(url)
    if isinstance(outcome, NotFetched):
        return failed_listing(structs.replace(outcome, url=url))
    if not isinstance(outcome, Fetched):  # its pages are known, or wait
        return Listing(results=(ListResult(url, outcome),))
    try:
        feed = await asyncio.to_thread(
            read_feed, outcome.body, url=outcome.url, content_type=outcome.headers.get("content-type")
        )
    except FeedError as error:
        return failed_listing(NotFetched(url, "no_feed", str(error)))
    except Exception as error:  # noqa: BLE001 - the boundary of a list
        return failed_listing(failure_of(url, error))
    # by the requested URL, which the next run looks up
    results = (ListResult(url, without_body(outcome), is_damaged=bool(feed.problems)),)
    return Listing(feed.pages, results, _first(url, feed.problems), linkless=feed.linkless)


def _first(url: str, problems: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """The problem of a list that is reported: a damaged list has many similar ones."""
    return tuple((url, "damaged", problem) for problem in problems[:1])


def failed_listing(failure: NotFetched) -> Listing:
    """The listing of a list that failed."""
    return Listing(
        results=(ListResult(failure.url, failure),),
        problems=((failure.url, failure.reason, failure.message),),
    )


async def _of_sitemap(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """The pages of a sitemap and of those it leads to; ``MAX_SITEMAPS`` limits all sitemaps of an address."""
    walk = Walk(url, since=source.since, max_sitemaps=reading.sitemaps_left)
    # one by one: each is added to the walk before the next is taken
    for address in map(normalized_url, walk):
        if reading.is_over_budget:
            return
        if address in reading.read:
            continue
        reading.sitemaps_left -= 1
        listing = reading.counted(await _of_one_sitemap(address, walk, reading))
        if not any(one.links for one in listing.results):  # another walk may go further from this index
            reading.read.add(address)
        yield listing


async def _of_one_sitemap(url: str, walk: Walk, reading: _Reading) -> Listing:
    outcome = await reading.fetch(url)
    sitemap = Sitemap()
    if isinstance(outcome, Fetched):
        try:
            sitemap = await asyncio.to_thread(read_sitemap, outcome.body, url=url)
        except SitemapError as error:  # the walk goes on
            sitemap = Sitemap(problems=(str(error),))
        except Exception as error:  # noqa: BLE001 - the boundary of a list
            return failed_listing(failure_of(url, error))
    elif isinstance(outcome, NotModified):  # the sitemaps of an unchanged index may have changed
        sitemap = Sitemap(sitemaps=tuple(await reading.web.links(url)))
    walk.add_links(sitemap.sitemaps)
    problems = _first(url, sitemap.problems)
    if isinstance(outcome, NotFetched):
        problems = ((url, outcome.reason, outcome.message),)
    result = ListResult(url, without_body(outcome), sitemap.sitemaps, is_damaged=bool(sitemap.problems))
    return Listing(sitemap.pages, (result,), problems)


async def _of_site(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """The pages of the feeds and sitemaps that a site's first page and robots.txt name, or of the usual ones."""
    url = normalized_url(url)
    outcome = await reading.fetch(url)
    if isinstance(outcome, NotFetched):
        yield failed_listing(outcome)
        return
    # for an unchanged first page the remembered ones
    links, pages = tuple(await reading.web.links(url)), None
    if isinstance(outcome, Fetched):
        try:
            links = await asyncio.to_thread(find_feeds_and_sitemaps, outcome.body, url=outcome.url)
            pages = await asyncio.to_thread(page_links, outcome) if source.follow else None
        except Exception as error:  # noqa: BLE001 - the boundary of a list
            yield failed_listing(failure_of(url, error))
            return
        # frees the body while the lists are read
        outcome = without_body(outcome)
    in_robots = (Link("sitemap", one) for one in await reading.web.sitemaps_in_robots(url))
    # feeds first: they have the newest pages with metadata, and there may be a limit
    lists = sorted(dict.fromkeys((*links, *in_robots)), key=lambda link: link.kind)
    for link in lists:
        async for listing in _OF_KIND[link.kind](link.url, source, reading):
            yield listing
    # a guess usually costs a request in vain
    if not lists:
        async for listing in _of_guesses(url, source, reading):
            yield listing
    # last: if the run ends before, the next one reads the first page again
    yield Listing(results=(ListResult(url, outcome, links, pages),))


async def _of_guesses(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """The pages of the usual feeds and sitemaps. A missing one is no problem, but gets a back-off."""
    is_any_found = False
    for link in usual_lists(url):
        if await reading.web.is_backing_off(link.url):
            continue
        async for listing in _OF_KIND[link.kind](link.url, source, reading):
            is_any_found |= bool(listing.pages) or not listing.problems
            results = tuple(structs.replace(one, has_backoff=True) for one in listing.results)
            yield listing if listing.pages else Listing(results=results)
    if not is_any_found:
        yield Listing(remark=NAMES_NO_LIST)


_OF_KIND = {"url": _of_any, "feed": _of_feed, "sitemap": _of_sitemap, "site": _of_site}
"""What lists the pages of a kind."""
