"""What a source on the web lists: the pages of a feed, a sitemap, a whole site, or just itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct

from copydesk.cleaners.types import Announced
from copydesk.flows.fetching.asking.documents import without_gzip
from copydesk.flows.fetching.asking.manners import Budget
from copydesk.flows.fetching.asking.outcomes import Fetched, NotFetched, NotModified, Outcome, without_body
from copydesk.flows.fetching.asking.unexpected import failure_of
from copydesk.flows.fetching.lists.discovery import (
    NAMES_NO_LIST,
    find_feeds_and_sitemaps,
    usual_feeds,
    usual_sitemaps,
)
from copydesk.flows.fetching.lists.document_kind import kind_of_document
from copydesk.flows.fetching.lists.feeds import Entry, FeedError, read_feed
from copydesk.flows.fetching.lists.followed_links import Follow, page_links
from copydesk.flows.fetching.lists.memory import Asked, Link, put_to_rest
from copydesk.flows.fetching.lists.sitemaps import (
    MAX_SITEMAPS,
    Sitemap,
    SitemapError,
    SitemapLink,
    SitemapPage,
    Walk,
    read_sitemap,
)
from copydesk.flows.fetching.wire.addresses import same_address, without_dots

LISTS = ("feed", "sitemap", "site")
"""Kinds of sources that list pages; the others are pages themselves."""
# "2024-05-01", without a time
_DAY_CHARS = 10
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


class Listable(Protocol):
    """As much of a source as listing needs."""

    @property
    def kind(self) -> str:
        """``url``, ``feed``, ``sitemap`` or ``site``."""
        ...

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it is."""
        ...

    @property
    def may_be_list(self) -> bool:
        """Whether the answers tell what is there: pages, feeds or sitemaps."""
        ...

    @property
    def since(self) -> datetime | None:
        """Before which pages are too old."""
        ...

    @property
    def follow(self) -> Follow | None:
        """Which links of a site's pages are followed."""
        ...


class Web(Protocol):
    """The web as listing sees it: politely asked, and remembered."""

    async def ask(self, url: str) -> Outcome:
        """A list, or the word that it has not changed since all its pages were stored."""
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


async def list_targets(source: Listable, web: Web) -> AsyncIterator[Listing]:
    """What the source lists, in parts as they are read; a page may be in several, but each list is read once."""
    if source.kind not in LISTS and not source.may_be_list:
        yield Listing(
            tuple(Target(address) for address in dict.fromkeys(map(without_dots, source.addresses)))
        )
        return
    # over all addresses of the source: its lists may name each other
    read = set[str]()
    for address in source.addresses:
        if source.kind == "feed":
            yield await _of_feed(address, web, read)
            continue
        of_kind = _OF_KIND[source.kind]
        async for listing in of_kind(address, source, web, read):
            yield listing


async def _of_any(url: str, source: Listable, web: Web, read: set[str]) -> AsyncIterator[Listing]:
    """The page at an address, or the pages of the feed or sitemap that is there."""
    url = without_dots(url)
    answer = await _ask_for_list(same_address(url), web)
    kind = await asyncio.to_thread(kind_of_document, answer) if isinstance(answer, Fetched) else None
    # both ask once more, and are given the same answer: no list is sent twice in a run
    if kind == "feed":
        yield await _of_feed(url, web, read)
    elif kind == "sitemap":
        async for listing in _of_sitemap(url, source, web, read):
            yield listing
    else:
        yield Listing((Target(url, answer=answer),))


async def _ask_for_list(url: str, web: Web) -> Outcome:
    outcome = await web.ask(url)
    if isinstance(outcome, Fetched):
        return await asyncio.to_thread(without_gzip, outcome, most=_MOST_BYTES)
    return outcome


async def _of_feed(url: str, web: Web, read: set[str]) -> Listing:
    """The pages of a feed; none where the source has read it (``read``: in the form that spellings share)."""
    url = same_address(url)
    if url in read:
        return Listing()
    # before it is asked for: one that fails is not asked for twice
    read.add(url)
    outcome = await _ask_for_list(url, web)
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
        changed_at=_moment(entry.updated or entry.published),
        announced=announced,
        content=entry.content,
        content_type=entry.content_type,
    )


async def _of_sitemaps(
    urls: Iterable[str], source: Listable, web: Web, read: set[str]
) -> AsyncIterator[Listing]:
    """The pages of a site's sitemaps, of which all together lead to no more of them than one may alone."""
    # robots.txt may name a hundred (MAX_FOUND), each of which could lead to 500 more
    left = MAX_SITEMAPS
    for url in urls:
        async for listing in _of_sitemap(url, source, web, read, most=left):
            left -= 1
            yield listing


async def _of_sitemap(
    url: str, source: Listable, web: Web, read: set[str], *, most: int = MAX_SITEMAPS
) -> AsyncIterator[Listing]:
    """The pages of a sitemap and of those it leads to, sitemap by sitemap, at most so many."""
    walk = Walk(url, since=source.since, max_sitemaps=most)
    # one by one: the walk is told after each where it leads to
    for address in map(same_address, walk):
        if address in read:
            continue
        listing = await _of_one_sitemap(address, walk, web)
        if not any(asked.links for asked in listing.asked):  # from elsewhere an index may lead further
            read.add(address)
        yield listing


async def _of_one_sitemap(url: str, walk: Walk, web: Web) -> Listing:
    outcome = await _ask_for_list(url, web)
    sitemap = Sitemap()
    if isinstance(outcome, Fetched):
        try:
            sitemap = await asyncio.to_thread(_readable, outcome.body, url)
        except Exception as error:  # noqa: BLE001 - the boundary of a list
            return _failed(failure_of(url, error))
    elif isinstance(outcome, NotModified):  # an index that has not changed leads to parts that may have
        sitemap = Sitemap(
            sitemaps=tuple(SitemapLink(link.url, link.lastmod) for link in await web.links(url))
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
        changed_at=_moment(page.lastmod or page.published),
        announced=announced if is_news else None,
    )


async def _of_site(url: str, source: Listable, web: Web, read: set[str]) -> AsyncIterator[Listing]:
    """The feeds and sitemaps that a site's first page and its robots.txt name, else those that such sites
    usually have.
    """
    url = same_address(url)
    outcome = await web.ask(url)
    if isinstance(outcome, NotFetched):
        yield _failed(outcome)
        return
    # as remembered, for a first page that has not changed
    links, pages = tuple(await web.links(url)), None
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
    sitemaps = list(dict.fromkeys((*named, *await web.sitemaps_in_robots(url))))
    # feeds first: the newest pages, with what is announced of them, before a limit is reached
    for feed in feeds:
        yield await _of_feed(feed, web, read)
    async for listing in _of_sitemaps(sitemaps, source, web, read):
        yield listing
    # guesses mostly cost a request for nothing: only where nothing is named
    if not feeds and not sitemaps:
        async for listing in _of_guesses(url, source, web, read):
            yield listing
    # last: a run that ends before leaves the first page to be read anew
    yield Listing(asked=(Asked(url, outcome, links, pages),))


def _links_of_page(page: Fetched) -> tuple[Link, ...]:
    found = find_feeds_and_sitemaps(page.body, url=page.url)
    return (
        *(Link("feed", feed) for feed in found.feeds),
        *(Link("sitemap", sitemap) for sitemap in found.sitemaps),
    )


async def _of_guesses(url: str, source: Listable, web: Web, read: set[str]) -> AsyncIterator[Listing]:
    """Feeds and sitemaps where they usually are; that one is not there is no problem, and remembered."""
    is_one_there = False
    for feed in await _awake(usual_feeds(url), web):
        listing = await _of_feed(feed, web, read)
        is_one_there |= _is_there(listing)
        yield listing if listing.targets else Listing(asked=put_to_rest(listing.asked))
    for sitemap in await _awake(usual_sitemaps(url), web):
        async for listing in _of_sitemap(sitemap, source, web, read):
            is_one_there |= _is_there(listing)
            yield listing if listing.targets else Listing(asked=put_to_rest(listing.asked))
    if not is_one_there:
        yield Listing(remark=NAMES_NO_LIST)


def _is_there(listing: Listing) -> bool:
    """Whether it is of a list: many sites answer any address with a page."""
    return bool(listing.targets) or not listing.problems


async def _awake(guesses: Iterable[str], web: Web) -> list[str]:
    return [guess for guess in guesses if not await web.is_resting(guess)]


def _moment(date: str | None) -> datetime | None:
    """A date of a list as a moment: of a day alone its end, without a zone in UTC."""
    if not date:
        return None
    try:
        found = datetime.fromisoformat(date)
    except ValueError:
        return None
    if len(date) == _DAY_CHARS:  # it may have changed again before the day was over
        found = found.replace(hour=23, minute=59, second=59)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_OF_KIND = {"sitemap": _of_sitemap, "site": _of_site, "url": _of_any}
"""What lists the pages of a kind, but for feeds, which are one list."""
