"""What a source on the web lists: the pages of a feed, a sitemap, a whole site, or just itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct

from flows.fetching.discovery import find_feeds_and_sitemaps, usual_feeds, usual_sitemaps
from flows.fetching.feeds import Entry, FeedError, read_feed
from flows.fetching.outcomes import Fetched, NotFetched, Outcome
from flows.fetching.sitemaps import SitemapPage, walk


class Target(Struct, frozen=True):
    """A page to fetch. ``key``: by which a feed knows its entry; ``changed_at``: when the list says it last changed.

    ``content``: the feed's own text of it, for when the page cannot be had; ``media`` says what that is.
    """

    url: str
    key: str | None = None
    changed_at: datetime | None = None
    content: str | None = None
    content_type: str | None = None

    @property
    def media(self) -> str | None:
        """How the feed's text is to be read."""
        return None if self.content is None else "text" if self.content_type == "text/plain" else "html"


class Listing(Struct, frozen=True):
    """A part of what a source lists. ``asked``: the lists read for it, and how that ended, noted once all its pages are stored.

    ``problems``: (URL, reason, message) of lists that could not be read whole.
    """

    targets: tuple[Target, ...] = ()
    asked: tuple[tuple[str, Outcome], ...] = ()
    problems: tuple[tuple[str, str, str], ...] = ()


class Listed(Protocol):
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
    def since(self) -> datetime | None:
        """Before which pages are too old."""
        ...


class Ask(Protocol):
    """Fetches a URL."""

    async def __call__(self, url: str, *, is_known_enough: bool) -> Outcome:
        """How that ended; ``is_known_enough``: the answer may be that nothing has changed."""
        ...


async def list_targets(source: Listed, ask: Ask) -> AsyncIterator[Listing]:
    """What the source lists, in parts as they are read."""
    for address in source.addresses:
        if source.kind == "feed":
            yield await _of_feed(address, ask)
        elif source.kind == "sitemap":
            yield await _of_sitemap(address, source.since, ask)
        elif source.kind == "site":
            async for listing in _of_site(address, source.since, ask):
                yield listing
    if source.kind not in ("feed", "sitemap", "site"):
        yield Listing(tuple(Target(address) for address in dict.fromkeys(source.addresses)))


async def _of_feed(url: str, ask: Ask) -> Listing:
    outcome = await ask(url, is_known_enough=True)
    if isinstance(outcome, NotFetched):
        return Listing(problems=((url, outcome.reason, outcome.message),))
    if not isinstance(outcome, Fetched):
        return Listing(asked=((url, outcome),))
    try:
        feed = await asyncio.to_thread(
            read_feed, outcome.body, url=outcome.url, content_type=outcome.headers.get("content-type")
        )
    except FeedError as error:
        return Listing(problems=((url, "no_feed", str(error)),))
    targets = tuple(target for entry in feed.entries if (target := _of_entry(entry)) is not None)
    problems = tuple((url, "damaged", problem) for problem in feed.problems[:1])
    return Listing(targets, ((url, outcome),), problems)


def _of_entry(entry: Entry) -> Target | None:
    """An entry that leads to a page; what is announced again under the same id after a change is new."""
    if entry.url is None:
        return None
    key = " ".join(part for part in (entry.id or entry.url, entry.updated) if part)
    return Target(
        entry.url, key, _moment(entry.updated or entry.published), entry.content, entry.content_type
    )


async def _of_sitemap(url: str, since: datetime | None, ask: Ask) -> Listing:
    """All pages of a sitemap and of those it leads to."""
    loop = asyncio.get_running_loop()
    asked: list[tuple[str, Outcome]] = []
    problems: list[tuple[str, str, str]] = []

    def read(address: str) -> bytes | None:
        # an index must be read whole every time: its parts may have changed where it has not
        outcome = asyncio.run_coroutine_threadsafe(ask(address, is_known_enough=False), loop).result()
        if isinstance(outcome, Fetched):
            asked.append((address, outcome))
            return outcome.body
        if isinstance(outcome, NotFetched):
            problems.append((address, outcome.reason, outcome.message))
        return None

    def collect() -> list[SitemapPage]:
        pages: list[SitemapPage] = []
        for address, sitemap in walk(url, read, since=since):
            pages += sitemap.pages
            problems.extend((address, "damaged", problem) for problem in sitemap.problems[:1])
        return pages

    pages = await asyncio.to_thread(collect)
    newest = {page.url: page for page in pages}.values()
    targets = tuple(Target(page.url, changed_at=_moment(page.lastmod or page.published)) for page in newest)
    return Listing(targets, tuple(asked), tuple(problems))


async def _of_site(url: str, since: datetime | None, ask: Ask) -> AsyncIterator[Listing]:
    """The feeds and sitemaps that a site's first page names, else those that such sites usually have."""
    outcome = await ask(url, is_known_enough=False)
    if isinstance(outcome, NotFetched):
        yield Listing(problems=((url, outcome.reason, outcome.message),))
        return
    found = find_feeds_and_sitemaps(outcome.body, url=outcome.url) if isinstance(outcome, Fetched) else None
    seen: set[str] = set()
    for feed in (found.feeds if found else ()) or usual_feeds(url)[:2]:
        listing = await _of_feed(feed, ask)
        if listing.targets or (found and found.feeds):
            yield _new_ones(listing, seen)
    for sitemap in (found.sitemaps if found else ()) or usual_sitemaps(url)[:1]:
        listing = await _of_sitemap(sitemap, since, ask)
        if listing.targets or (found and found.sitemaps):
            yield _new_ones(listing, seen)


def _new_ones(listing: Listing, seen: set[str]) -> Listing:
    """A listing without the pages of earlier ones."""
    targets = tuple(target for target in listing.targets if target.url not in seen)
    seen.update(target.url for target in targets)
    return Listing(targets, listing.asked, listing.problems)


def _moment(date: str | None) -> datetime | None:
    """A date of a list, with a zone: where it names none, the end of the day or UTC."""
    if not date:
        return None
    try:
        found = datetime.fromisoformat(date)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
