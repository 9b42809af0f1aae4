"""What a source on the web lists: the pages of a feed, a sitemap, a whole site, or just itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct, structs

from copydesk.cleaners.types import Announced
from copydesk.flows.fetching.http.documents import without_gzip
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, NotModified, Outcome, without_body
from copydesk.flows.fetching.http.response import failure_of
from copydesk.flows.fetching.lists.discovery import (
    NAMES_NO_LIST,
    find_feeds_and_sitemaps,
    kind_of_document,
    page_links,
    usual_lists,
)
from copydesk.flows.fetching.lists.feeds import Entry, FeedError, read_feed
from copydesk.flows.fetching.lists.memory import Link, ListResult, WebSource
from copydesk.flows.fetching.lists.sitemaps import (
    MAX_SITEMAPS,
    Sitemap,
    SitemapError,
    SitemapPage,
    Walk,
    moment_of,
    read_sitemap,
)
from copydesk.flows.fetching.wire.addresses import normalized_url, without_dots
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET, OverBudget, TimeBudget
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB

LISTS = tuple(kind.name for kind in KINDS_OF_THE_WEB if kind.is_list)
"""Kinds of sources that list pages; the others are pages themselves."""
LIST_SECONDS, IDLE_REQUESTS = 600.0, 30
"""What a URL may cost with all the lists that it leads to: seconds of requests, and lists that name further lists and
no new page. Set by hand: fewer lose sites of many indexes, more let a list without end hold up a run.
"""
# an entry without a date never replaces one that has one
_OLDEST = datetime.min.replace(tzinfo=UTC)


class Target(Struct, frozen=True):
    """A page to fetch. ``key``: identifies the entry of a feed; ``changed_at``: its last change according to the list.

    ``announced``: the list's metadata of it. ``content``: the feed's own text of it, for when the page cannot be
    fetched, and its ``media``.
    """

    url: str
    key: str | None = None
    changed_at: datetime | None = None
    announced: Announced | None = None
    content: str | None = None
    content_type: str | None = None
    answer: Outcome | None = None
    """Its outcome, where it was already fetched to see what it is."""
    is_whole: bool = False
    """Whether it is fetched without validators."""

    @property
    def media(self) -> str | None:
        """How the feed's text is read."""
        # text without a type is HTML mostly; read as plain text its tags would be words
        return None if self.content is None else "text" if self.content_type == "text/plain" else "html"


class Listing(Struct, frozen=True):
    """A part of what a source lists. ``results``: the lists read for it, noted once all its pages are stored.

    ``problems``: (URL, reason, message) of lists that could not be read whole. ``remark``: a note for the user.
    ``is_free``: its pages are fetched for their links, and do not count against the limits.
    """

    targets: tuple[Target, ...] = ()
    results: tuple[ListResult, ...] = ()
    problems: tuple[tuple[str, str, str], ...] = ()
    remark: str | None = None
    is_free: bool = False


class Web(Protocol):
    """The web as listing uses it: fetched politely, and remembered."""

    async def fetch_list(self, url: str, within: TimeBudget) -> Outcome:
        """A list, within the budget of all that belong to it; or that it has not changed since all its pages were
        stored.
        """
        ...

    async def sitemaps_in_robots(self, url: str) -> tuple[str, ...]:
        """The sitemaps that robots.txt of a URL's site names."""
        ...

    async def links(self, url: str) -> Sequence[Link]:
        """The lists that an unchanged list named when it was read."""
        ...

    async def is_resting(self, url: str) -> bool:
        """Whether a URL failed lately and its back-off is not over."""
        ...


class _Reading:
    """The lists that one URL leads to: each read once per source (``read``: normalized URLs), all within one budget."""

    def __init__(self, web: Web, read: set[str]) -> None:
        self.web = web
        self.read = read
        self.is_over = False
        """Whether the budget is used up: no further list is fetched."""
        self._budget = TimeBudget(LIST_SECONDS, idle=IDLE_REQUESTS)
        self._listed = set[str]()

    async def fetch(self, url: str) -> Outcome:
        """A list, decompressed."""
        try:
            self._budget.check()
        except OverBudget as error:
            self.is_over = True
            return NotFetched(url, OVER_BUDGET, str(error))
        outcome = await self.web.fetch_list(url, self._budget)
        if isinstance(outcome, Fetched):
            return await asyncio.to_thread(without_gzip, outcome)
        return outcome

    def noted(self, listing: Listing) -> Listing:
        """The listing; one that names no new page, only further lists, is counted as idle."""
        new = {target.url for target in listing.targets} - self._listed
        self._listed |= new
        # what failed or is empty leads nowhere; an unchanged list was new when it was read
        if not new and any(one.links and isinstance(one.outcome, Fetched) for one in listing.results):
            self._budget.note_idle()
        return listing


async def list_targets(source: WebSource, web: Web) -> AsyncIterator[Listing]:
    """What the source lists, in parts as they are read; a page may be in several, but each list is read once."""
    if source.kind not in LISTS and not source.may_be_list:
        yield Listing(
            tuple(Target(address) for address in dict.fromkeys(map(without_dots, source.addresses)))
        )
        return
    # over all URLs of the source: its lists may name each other
    read = set[str]()
    for address in source.addresses:
        reading = _Reading(web, read)
        async for listing in _OF_KIND[source.kind](address, source, reading):
            yield listing


async def _of_any(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """The page at a URL, or the pages of the feed or sitemap that is there."""
    url = without_dots(url)
    answer = await reading.fetch(normalized_url(url))
    kind = await asyncio.to_thread(kind_of_document, answer) if isinstance(answer, Fetched) else None
    # both fetch it once more, from the cache: no list is sent twice in a run
    if kind == "feed":
        yield await _of_feed(url, reading)
    elif kind == "sitemap":
        async for listing in _of_sitemap(url, source, reading):
            yield listing
    else:
        yield Listing((Target(url, answer=answer),))


async def _of_feed_alone(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:  # noqa: ARG001
    yield await _of_feed(url, reading)


async def _of_feed(url: str, reading: _Reading) -> Listing:
    """The pages of a feed; none where the source has already read it."""
    url = normalized_url(url)
    if url in reading.read or reading.is_over:
        return Listing()
    # before the request: a failed one is not requested twice
    reading.read.add(url)
    return reading.noted(await _of_one_feed(url, reading))


async def _of_one_feed(url: str, reading: _Reading) -> Listing:
    outcome = await reading.fetch(url)
    # under the requested URL, since the next run looks it up by that
    results = (ListResult(url, without_body(outcome)),)
    if isinstance(outcome, NotFetched):
        return Listing(results=results, problems=((url, outcome.reason, outcome.message),))
    # unchanged since all its pages were stored
    if not isinstance(outcome, Fetched):
        return Listing(results=results)
    try:
        feed = await asyncio.to_thread(
            read_feed, outcome.body, url=outcome.url, content_type=outcome.headers.get("content-type")
        )
    except FeedError as error:
        return failed_listing(NotFetched(url, "no_feed", str(error)))
    except Exception as error:  # noqa: BLE001 - the boundary of a list
        return failed_listing(failure_of(url, error))
    # the first will do: a damaged list has many of a kind
    problems = tuple((url, "damaged", problem) for problem in feed.problems[:1])
    return Listing(_of_entries(feed.entries), results, problems)


def failed_listing(failure: NotFetched) -> Listing:
    """The listing of a list that failed."""
    return Listing(
        results=(ListResult(failure.url, failure),),
        problems=((failure.url, failure.reason, failure.message),),
    )


def _of_entries(entries: Iterable[Entry]) -> tuple[Target, ...]:
    """The pages of entries; of several entries of one page the newest counts, else the first."""
    found: dict[str, Target] = {}
    for target in filter(None, map(_of_entry, entries)):
        known = found.setdefault(target.url, target)
        if (target.changed_at or _OLDEST) > (known.changed_at or _OLDEST):
            found[target.url] = target
    return tuple(found.values())


def _of_entry(entry: Entry) -> Target | None:
    """The page of an entry; one that is announced again under the same id after a change is new."""
    if entry.url is None:
        return None
    key = " ".join(part for part in (entry.id or entry.url, entry.updated or entry.published) if part)
    announced = Announced(
        origin="feed",
        title=entry.title,
        authors=entry.authors,
        published=entry.published,
        updated=entry.updated,
        language=entry.language,
        tags=entry.tags,
    )
    return Target(
        url=entry.url,
        key=key,
        changed_at=moment_of(entry.updated or entry.published),
        announced=announced,
        content=entry.content,
        content_type=entry.content_type,
    )


async def _of_sitemaps(urls: Iterable[str], source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """The pages of a site's sitemaps; all together may lead to as many sitemaps as one alone."""
    # robots.txt may name a hundred (MAX_FOUND), each of which could lead to 500 more
    left = MAX_SITEMAPS
    for url in urls:
        async for listing in _of_sitemap(url, source, reading, most=left):
            left -= 1
            yield listing


async def _of_sitemap(
    url: str, source: WebSource, reading: _Reading, *, most: int = MAX_SITEMAPS
) -> AsyncIterator[Listing]:
    """The pages of a sitemap and of those it leads to, sitemap by sitemap, at most so many."""
    walk = Walk(url, since=source.since, max_sitemaps=most)
    # one by one: each is added to the walk before the next is taken
    for address in map(normalized_url, walk):
        if reading.is_over:
            return
        if address in reading.read:
            continue
        listing = reading.noted(await _of_one_sitemap(address, walk, reading))
        if not any(one.links for one in listing.results):  # an index may lead further from elsewhere
            reading.read.add(address)
        yield listing


async def _of_one_sitemap(url: str, walk: Walk, reading: _Reading) -> Listing:
    outcome = await reading.fetch(url)
    sitemap = Sitemap()
    if isinstance(outcome, Fetched):
        try:
            sitemap = await asyncio.to_thread(read_sitemap, outcome.body, url=url)
        except SitemapError as error:  # a problem of that list alone: the walk goes on
            sitemap = Sitemap(problems=(str(error),))
        except Exception as error:  # noqa: BLE001 - the boundary of a list
            return failed_listing(failure_of(url, error))
    elif isinstance(outcome, NotModified):  # an index that has not changed leads to parts that may have
        sitemap = Sitemap(sitemaps=tuple(await reading.web.links(url)))
    walk.add_links(sitemap.sitemaps)
    problems = [(url, "damaged", problem) for problem in sitemap.problems[:1]]
    if isinstance(outcome, NotFetched):
        problems = [(url, outcome.reason, outcome.message)]
    targets = {page.url: _of_sitemap_page(page) for page in sitemap.pages}
    return Listing(
        tuple(targets.values()), (ListResult(url, without_body(outcome), sitemap.sitemaps),), tuple(problems)
    )


def _of_sitemap_page(page: SitemapPage) -> Target:
    announced = Announced(
        origin="sitemap",
        title=page.title,
        published=page.published,
        language=page.language,
        site_name=page.publication,
    )
    # else it has only the date of a change, which announces nothing
    is_news = any((page.title, page.published, page.language, page.publication))
    return Target(
        page.url,
        changed_at=moment_of(page.lastmod or page.published),
        announced=announced if is_news else None,
    )


async def _of_site(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """The feeds and sitemaps that a site's first page and its robots.txt name, else those that such sites
    usually have.
    """
    url = normalized_url(url)
    outcome = await reading.fetch(url)
    if isinstance(outcome, NotFetched):
        yield failed_listing(outcome)
        return
    # as remembered, for a first page that has not changed
    links, pages = tuple(await reading.web.links(url)), None
    if isinstance(outcome, Fetched):
        try:
            links = await asyncio.to_thread(_links_of_page, outcome)
            pages = await asyncio.to_thread(page_links, outcome) if source.follow else None
        except Exception as error:  # noqa: BLE001 - the boundary of a list
            yield failed_listing(failure_of(url, error))
            return
        # its lists take long to read, and the page is not needed meanwhile
        outcome = without_body(outcome)
    named = [link.url for link in links if link.kind == "sitemap"]
    feeds = [link.url for link in links if link.kind == "feed"]
    sitemaps = list(dict.fromkeys((*named, *await reading.web.sitemaps_in_robots(url))))
    # feeds first: the newest pages, with their metadata, before a limit is reached
    for feed in feeds:
        yield await _of_feed(feed, reading)
    async for listing in _of_sitemaps(sitemaps, source, reading):
        yield listing
    # guesses mostly cost a request for nothing: only where nothing is named
    if not feeds and not sitemaps:
        async for listing in _of_guesses(url, source, reading):
            yield listing
    # last: after a run that ends before, the first page is read again
    yield Listing(results=(ListResult(url, outcome, links, pages),))


def _links_of_page(page: Fetched) -> tuple[Link, ...]:
    found = find_feeds_and_sitemaps(page.body, url=page.url)
    return (
        *(Link("feed", feed) for feed in found.feeds),
        *(Link("sitemap", sitemap) for sitemap in found.sitemaps),
    )


async def _of_guesses(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """Feeds and sitemaps where they usually are; a missing one is no problem, and remembered."""
    usual, is_one_there = usual_lists(url), False
    for feed in await _awake(usual.feeds, reading.web):
        listing = await _of_feed(feed, reading)
        is_one_there |= _is_there(listing)
        yield listing if listing.targets else _resting(listing)
    for sitemap in await _awake(usual.sitemaps, reading.web):
        async for listing in _of_sitemap(sitemap, source, reading):
            is_one_there |= _is_there(listing)
            yield listing if listing.targets else _resting(listing)
    if not is_one_there:
        yield Listing(remark=NAMES_NO_LIST)


def _resting(listing: Listing) -> Listing:
    """Lists of which nothing came: a failed one gets a back-off."""
    return Listing(results=tuple(structs.replace(one, rests=True) for one in listing.results))


def _is_there(listing: Listing) -> bool:
    """Whether it is of a list: many sites answer any URL with a page."""
    return bool(listing.targets) or not listing.problems


async def _awake(guesses: Iterable[str], web: Web) -> list[str]:
    return [guess for guess in guesses if not await web.is_resting(guess)]


_OF_KIND = {"url": _of_any, "feed": _of_feed_alone, "sitemap": _of_sitemap, "site": _of_site}
"""What lists the pages of a kind."""
