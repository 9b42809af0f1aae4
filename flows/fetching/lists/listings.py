"""What a source on the web lists: the pages of a feed, a sitemap, a whole site, or just itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct

from copydesk.cleaners.types import Announced
from copydesk.flows.fetching.http.documents import without_gzip
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, NotModified, Outcome, without_body
from copydesk.flows.fetching.http.politeness import Budget
from copydesk.flows.fetching.http.response import failure_of
from copydesk.flows.fetching.lists.discovery import (
    NAMES_NO_LIST,
    find_feeds_and_sitemaps,
    kind_of_document,
    usual_feeds,
    usual_sitemaps,
)
from copydesk.flows.fetching.lists.feeds import Entry, FeedError, read_feed
from copydesk.flows.fetching.lists.followed_links import page_links
from copydesk.flows.fetching.lists.memory import Asked, Link, put_to_rest
from copydesk.flows.fetching.lists.sitemaps import (
    MAX_SITEMAPS,
    Sitemap,
    SitemapError,
    SitemapLink,
    SitemapPage,
    Walk,
    moment_of,
    read_sitemap,
)
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.addresses import same_address, without_dots
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET, OverBudget, RequestBudget
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB

LISTS = tuple(kind.name for kind in KINDS_OF_THE_WEB if kind.is_list)
"""Kinds of sources that list pages; the others are pages themselves."""
LIST_SECONDS, IDLE_REQUESTS = 600.0, 30
"""What an address may cost with all the lists that it leads to: seconds of asking, and lists that lead to further ones
and name no page which was not named before. Set by hand: fewer lose sites of many indexes, more let a list without end
hold up a run.
"""
# an entry without a date never outdoes one that has one
_OLDEST = datetime.min.replace(tzinfo=UTC)
# a packed file may inflate to what a packed body may
_MOST_BYTES = Budget().unpacked_bytes


class Target(Struct, frozen=True):
    """A page to fetch. ``key``: by which a feed knows its entry; ``changed_at``: when the list says it last changed.

    ``announced``: what the list says of it. ``content``: the feed's own text of it, for when the page cannot
    be had; ``media`` says what that is.
    """

    url: str
    key: str | None = None
    changed_at: datetime | None = None
    announced: Announced | None = None
    content: str | None = None
    content_type: str | None = None
    answer: Outcome | None = None
    """How it was answered already, where it was asked for to see what it is."""
    is_whole: bool = False
    """Whether it is to be sent though it may not have changed."""

    @property
    def media(self) -> str | None:
        """How the feed's text is to be read."""
        # what names no type is HTML mostly; read as plain text its tags would be words
        return None if self.content is None else "text" if self.content_type == "text/plain" else "html"


class Listing(Struct, frozen=True):
    """A part of what a source lists. ``asked``: the lists read for it, noted once all its pages are stored.

    ``problems``: (URL, reason, message) of lists that could not be read whole. ``remark``: what else there is to say.
    ``is_free``: its pages are asked for to see where they lead, and do not count against the limits.
    """

    targets: tuple[Target, ...] = ()
    asked: tuple[Asked, ...] = ()
    problems: tuple[tuple[str, str, str], ...] = ()
    remark: str | None = None
    is_free: bool = False


class Web(Protocol):
    """The web as listing sees it: politely asked, and remembered."""

    async def ask(self, url: str, within: RequestBudget) -> Outcome:
        """A list, within what all that belong to it may cost; or the word that it has not changed since all its pages
        were stored.
        """
        ...

    async def sitemaps_in_robots(self, url: str) -> tuple[str, ...]:
        """The sitemaps that robots.txt of a URL's site names."""
        ...

    async def links(self, url: str) -> Sequence[Link]:
        """What a list that has not changed led to."""
        ...

    async def is_resting(self, url: str) -> bool:
        """Whether a URL failed lately and is to be left alone for now."""
        ...


class _Reading:
    """The lists that one address leads to, as they are read: each once (``read``: in the form that spellings share)
    in all of the source, and all of them within one budget.
    """

    def __init__(self, web: Web, read: set[str]) -> None:
        self.web = web
        self.read = read
        self.is_over = False
        """Whether the budget is used up: no further list is asked for."""
        self._budget = RequestBudget(LIST_SECONDS, idle=IDLE_REQUESTS)
        self._listed = set[str]()

    async def ask(self, url: str) -> Outcome:
        """A list, unpacked."""
        try:
            self._budget.check()
        except OverBudget as error:
            self.is_over = True
            return NotFetched(url, OVER_BUDGET, str(error))
        outcome = await self.web.ask(url, self._budget)
        if isinstance(outcome, Fetched):
            return await asyncio.to_thread(without_gzip, outcome, most=_MOST_BYTES)
        return outcome

    def noted(self, listing: Listing) -> Listing:
        """What a list names; a list that names no page which was not named before, only further lists, is counted."""
        new = {target.url for target in listing.targets} - self._listed
        self._listed |= new
        # what failed or is empty leads nowhere; what has not changed since it was read was new then
        if not new and any(asked.links and isinstance(asked.outcome, Fetched) for asked in listing.asked):
            self._budget.note_idle()
        return listing


async def list_targets(source: WebSource, web: Web) -> AsyncIterator[Listing]:
    """What the source lists, in parts as they are read; a page may be in several, but each list is read once."""
    if source.kind not in LISTS and not source.may_be_list:
        yield Listing(
            tuple(Target(address) for address in dict.fromkeys(map(without_dots, source.addresses)))
        )
        return
    # over all addresses of the source: its lists may name each other
    read = set[str]()
    for address in source.addresses:
        reading = _Reading(web, read)
        async for listing in _OF_KIND[source.kind](address, source, reading):
            yield listing


async def _of_any(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """The page at an address, or the pages of the feed or sitemap that is there."""
    url = without_dots(url)
    answer = await reading.ask(same_address(url))
    kind = await asyncio.to_thread(kind_of_document, answer) if isinstance(answer, Fetched) else None
    # both ask once more, and are given the same answer: no list is sent twice in a run
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
    """The pages of a feed; none where the source has read it."""
    url = same_address(url)
    if url in reading.read or reading.is_over:
        return Listing()
    # before it is asked for: one that fails is not asked for twice
    reading.read.add(url)
    return reading.noted(await _of_one_feed(url, reading))


async def _of_one_feed(url: str, reading: _Reading) -> Listing:
    outcome = await reading.ask(url)
    # under the address that was asked for, since the next run looks it up by that
    asked = (Asked(url, without_body(outcome)),)
    if isinstance(outcome, NotFetched):
        return Listing(asked=asked, problems=((url, outcome.reason, outcome.message),))
    # unchanged since all its pages were stored
    if not isinstance(outcome, Fetched):
        return Listing(asked=asked)
    try:
        feed = await asyncio.to_thread(
            read_feed, outcome.body, url=outcome.url, content_type=outcome.headers.get("content-type")
        )
    except FeedError as error:
        return _failed(NotFetched(url, "no_feed", str(error)))
    except Exception as error:  # noqa: BLE001 - the boundary of a list
        return _failed(failure_of(url, error))
    # the first says enough: a damaged list has many of a kind
    problems = tuple((url, "damaged", problem) for problem in feed.problems[:1])
    return Listing(_of_entries(feed.entries), asked, problems)


def _failed(failure: NotFetched) -> Listing:
    """What is noted and told of a list that nothing can be read from."""
    return Listing(
        asked=(Asked(failure.url, failure),), problems=((failure.url, failure.reason, failure.message),)
    )


def _of_entries(entries: Iterable[Entry]) -> tuple[Target, ...]:
    """The pages that entries lead to; of several entries of one page the newest speaks for it, else the first."""
    found: dict[str, Target] = {}
    for target in filter(None, map(_of_entry, entries)):
        known = found.setdefault(target.url, target)
        if (target.changed_at or _OLDEST) > (known.changed_at or _OLDEST):
            found[target.url] = target
    return tuple(found.values())


def _of_entry(entry: Entry) -> Target | None:
    """An entry that leads to a page; what is announced again under the same id after a change is new."""
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
    """The pages of a site's sitemaps, of which all together lead to no more of them than one may alone."""
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
    # one by one: the walk is told after each where it leads to
    for address in map(same_address, walk):
        if reading.is_over:
            return
        if address in reading.read:
            continue
        listing = reading.noted(await _of_one_sitemap(address, walk, reading))
        if not any(asked.links for asked in listing.asked):  # from elsewhere an index may lead further
            reading.read.add(address)
        yield listing


async def _of_one_sitemap(url: str, walk: Walk, reading: _Reading) -> Listing:
    outcome = await reading.ask(url)
    sitemap = Sitemap()
    if isinstance(outcome, Fetched):
        try:
            sitemap = await asyncio.to_thread(_readable, outcome.body, url)
        except Exception as error:  # noqa: BLE001 - the boundary of a list
            return _failed(failure_of(url, error))
    elif isinstance(outcome, NotModified):  # an index that has not changed leads to parts that may have
        sitemap = Sitemap(
            sitemaps=tuple(SitemapLink(link.url, link.lastmod) for link in await reading.web.links(url))
        )
    walk.leads_to(sitemap.sitemaps)
    problems = [(url, "damaged", problem) for problem in sitemap.problems[:1]]
    if isinstance(outcome, NotFetched):
        problems = [(url, outcome.reason, outcome.message)]
    links = tuple(Link("sitemap", link.url, link.lastmod) for link in sitemap.sitemaps)
    targets = {page.url: _of_sitemap_page(page) for page in sitemap.pages}
    return Listing(tuple(targets.values()), (Asked(url, without_body(outcome), links),), tuple(problems))


def _readable(body: bytes, url: str) -> Sitemap:
    try:
        return read_sitemap(body, url=url)
    except SitemapError as error:  # a problem of that list alone: the walk goes on
        return Sitemap(problems=(str(error),))


def _of_sitemap_page(page: SitemapPage) -> Target:
    announced = Announced(
        origin="sitemap",
        title=page.title,
        published=page.published,
        language=page.language,
        site_name=page.publication,
    )
    # else it says only when a page changed, which announces nothing
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
    url = same_address(url)
    outcome = await reading.ask(url)
    if isinstance(outcome, NotFetched):
        yield _failed(outcome)
        return
    # as remembered, for a first page that has not changed
    links, pages = tuple(await reading.web.links(url)), None
    if isinstance(outcome, Fetched):
        try:
            links = await asyncio.to_thread(_links_of_page, outcome)
            pages = await asyncio.to_thread(page_links, outcome) if source.follow else None
        except Exception as error:  # noqa: BLE001 - the boundary of a list
            yield _failed(failure_of(url, error))
            return
        # its lists take long to read, and nobody needs the page meanwhile
        outcome = without_body(outcome)
    named = [link.url for link in links if link.kind == "sitemap"]
    feeds = [link.url for link in links if link.kind == "feed"]
    sitemaps = list(dict.fromkeys((*named, *await reading.web.sitemaps_in_robots(url))))
    # feeds first: the newest pages, with what is announced of them, before a limit is reached
    for feed in feeds:
        yield await _of_feed(feed, reading)
    async for listing in _of_sitemaps(sitemaps, source, reading):
        yield listing
    # guesses mostly cost a request for nothing: only where nothing is named
    if not feeds and not sitemaps:
        async for listing in _of_guesses(url, source, reading):
            yield listing
    # last: a run that ends before leaves the first page to be read anew
    yield Listing(asked=(Asked(url, outcome, links, pages),))


def _links_of_page(page: Fetched) -> tuple[Link, ...]:
    found = find_feeds_and_sitemaps(page.body, url=page.url)
    return (
        *(Link("feed", feed) for feed in found.feeds),
        *(Link("sitemap", sitemap) for sitemap in found.sitemaps),
    )


async def _of_guesses(url: str, source: WebSource, reading: _Reading) -> AsyncIterator[Listing]:
    """Feeds and sitemaps where they usually are; that one is not there is no problem, and remembered."""
    is_one_there = False
    for feed in await _awake(usual_feeds(url), reading.web):
        listing = await _of_feed(feed, reading)
        is_one_there |= _is_there(listing)
        yield listing if listing.targets else Listing(asked=put_to_rest(listing.asked))
    for sitemap in await _awake(usual_sitemaps(url), reading.web):
        async for listing in _of_sitemap(sitemap, source, reading):
            is_one_there |= _is_there(listing)
            yield listing if listing.targets else Listing(asked=put_to_rest(listing.asked))
    if not is_one_there:
        yield Listing(remark=NAMES_NO_LIST)


def _is_there(listing: Listing) -> bool:
    """Whether it is of a list: many sites answer any address with a page."""
    return bool(listing.targets) or not listing.problems


async def _awake(guesses: Iterable[str], web: Web) -> list[str]:
    return [guess for guess in guesses if not await web.is_resting(guess)]


_OF_KIND = {"url": _of_any, "feed": _of_feed_alone, "sitemap": _of_sitemap, "site": _of_site}
"""What lists the pages of a kind."""
