"""Fetches a page of a source, and hands it over: the item for the run, and what is to be noted once that is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct, structs

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.cleaners.types import Page, Source
from copydesk.flows.crawl.following import Following
from copydesk.flows.crawl.run_state import Arrival, Shared
from copydesk.flows.crawl.single_pages import unreadable, with_content, written
from copydesk.flows.fetching.http.body import Hold
from copydesk.flows.fetching.http.fetcher import UNEXPECTED, Fetcher, failure_of
from copydesk.flows.fetching.http.outcomes import (
    GONE,
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Request,
    Validators,
    without_body,
)
from copydesk.flows.fetching.http.web_archive import WebArchive
from copydesk.flows.fetching.lists.continuations import Article, look_again, whole_article
from copydesk.flows.fetching.lists.listed import FurtherPart, ListedPage, PageResult
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.library.web.frontier import PendingPage
from copydesk.flows.source_tally import ROBOTS_DENIED, SourceTally
from copydesk.flows.sources.opening.page_source import Unreadable

# characters of a feed's text, which then may replace a page that cannot be fetched; set by hand: fewer would let a
# teaser replace its article, more would lose short news
_LEAST_CONTENT = 500
_NOT_REPLACED = frozenset({ROBOTS_DENIED, UNEXPECTED})
"""Reasons for which it does not: a denied page stays unread, and our own errors must be visible."""


class _Found(Struct, frozen=True):
    """What a page came to. ``item``: None if nothing has changed; ``came``: the page and those joined to it as they
    were received; ``failure``: that of the last further page.
    """

    result: PageResult
    item: Page | Unreadable | None
    came: tuple[Fetched, ...] = ()
    failure: NotFetched | None = None


class PageFetcher:
    """Fetches the pages of a source in a run."""

    def __init__(
        self, source: WebSource, fetcher: Fetcher, shared: Shared, following: Following, tally: SourceTally
    ) -> None:
        self._source = source
        self._fetcher = fetcher
        self._shared = shared
        self._following = following
        self._tally = tally
        self._as_source = Source(source.kind, source.name)
        # the source's language is like a header of the server: the page's own declaration takes precedence
        self._headers = {"content-language": source.language} if source.language else {}
        self._archive: WebArchive | None = None
        if source.fallback:
            archive = WebArchive(source.fallback, partial(shared.skipped.add, "archive"))
            self._archive = shared.archives.setdefault(source.fallback, archive)
        # the servers that get the source's headers
        self._origins = frozenset(origin_of(address) for address in source.addresses)

    def request(self, url: str, hold: Hold, validators: Validators = Validators()) -> Request:  # noqa: B008 - frozen
        """The request for a URL of the source."""
        return Request(
            url, headers=self._source.headers, origins=self._origins, validators=validators, hold=hold
        )

    async def fetch(self, page: PendingPage) -> Outcome:
        """Fetches a page and hands it over; an unchanged one is noted at once. What its host has answered last, without
        the body. An unexpected exception becomes the outcome of the page.
        """
        now = datetime.now(UTC)
        self._tally.requested += 1
        # until the page is handed over: its body is in memory
        async with Hold(self._shared.large_bodies) as hold:
            try:
                found = await self._find(page, hold)
            except Exception as error:  # noqa: BLE001 - the boundary of a page
                failure = failure_of(page.listed.url, error)
                item = await unreadable(self._as_source, page.listed.url, failure, self._fetcher.site_files)
                found = _Found(PageResult(failure), item)
            settle = partial(
                self._shared.frontier.settle, self._source.name, page.listed, found.result, now=now
            )
            if found.item is None:
                self._tally.spared += 1
                await asyncio.to_thread(settle, reason=None)
            else:
                arrival = Arrival(found.item, lambda reason: settle(reason=reason), found.came, self._tally)
                await self._shared.outlet.put(arrival, weight=sum(len(one.body) for one in found.came))
        return found.failure or found.result.outcome

    async def _find(self, page: PendingPage, hold: Hold) -> _Found:
        url, joins = page.listed.url, self._source.joins_pages
        had: Mapping[str, Fetched] = {}
        parts = await asyncio.to_thread(self._shared.frontier.further_parts, url) if joins else None
        outcome: Outcome = await self._first_outcome(page, hold, parts)
        if parts and isinstance(outcome, NotModified):
            looked = await look_again(
                parts, lambda part, validators: self._outcome(self.request(part, hold, validators))
            )
            if not looked.is_changed:
                # as far as is known
                failure = looked.failure
                result = PageResult(_cut_short(url, failure) if failure and looked.is_awaited else outcome)
                return _Found(result, None, failure=failure)
            # a further page has changed: the article is read again
            had = looked.had
            outcome = await self._outcome(self.request(url, hold))
        if isinstance(outcome, Fetched):
            outcome = self._following.on_site(url, outcome)
        if isinstance(outcome, NotFetched):
            outcome = await self._from_archive(url, outcome, hold)
        if isinstance(outcome, NotFetched):
            return _Found(PageResult(outcome), await self._without_page(page, outcome))
        if isinstance(outcome, NotModified):
            return _Found(PageResult(outcome), None)
        links = await self._following.links_of(url, outcome)
        item = await self._page(page.listed, outcome)
        if not joins or outcome.retrieved_from is not None:
            result = PageResult(without_body(outcome), links, () if joins else None)
            return _Found(result, item, (outcome,))
        hold.keep(len(outcome.body))
        article = await whole_article(outcome, partial(self._further_outcome, hold=hold, had=had))
        # a further page failed for now: the page is fetched again, too
        noted = _cut_short(outcome.url, article.failure) if article.failure else without_body(outcome)
        return _Found(
            PageResult(noted, links, article.parts),
            await self._joined(item, article),
            (article.first, *article.further),
            article.failure,
        )

    # --- outcomes

    async def _first_outcome(
        self, page: PendingPage, hold: Hold, parts: Sequence[FurtherPart] | None
    ) -> Outcome:
        if page.listed.outcome is not None:
            return page.listed.outcome
        is_unconditional = (
            self._shared.refetch
            or page.listed.is_unconditional
            # it was last fetched without its further pages
            or (self._source.joins_pages and parts is None)
        )
        validators = page.known.validators if page.known and not is_unconditional else Validators()
        return await self._outcome(self.request(page.listed.url, hold, validators))

    async def _further_outcome(self, url: str, *, hold: Hold, had: Mapping[str, Fetched]) -> Outcome:
        outcome: Outcome = had[url] if url in had else await self._outcome(self.request(url, hold))
        if isinstance(outcome, Fetched):
            hold.keep(len(outcome.body))
        return outcome

    async def _outcome(self, request: Request) -> Outcome:
        """The outcome of a request, in the browser if the source uses it."""
        if self._source.uses_browser:
            return await self._shared.browser.fetch(request, self._fetcher)
        return await self._fetcher.fetch(request)

    async def _from_archive(self, url: str, failure: NotFetched, hold: Hold) -> Outcome:
        """The last capture of a page that is gone and was never read, in the source's archive; else the failure."""
        if self._archive is None or failure.reason not in GONE:
            return failure
        # not page.known, which is None with --refetch: an article that was read is newer than any capture
        known = (await asyncio.to_thread(self._shared.frontier.known, [url])).get(url)
        if known is not None and (known.first_fetched_at is not None or known.was_read):
            return failure
        return await self._archive.last_capture(url, failure, hold, self._fetcher)

    # --- items

    async def _page(self, listed: ListedPage, outcome: Fetched) -> Page:
        source = structs.replace(self._as_source, retrieved_from=outcome.retrieved_from)
        page = Page(b"", source=source, announced=listed.announced, headers=self._headers)
        return with_content(page, outcome, await self._fetcher.site_files.usage_signals(outcome))

    async def _without_page(self, page: PendingPage, failure: NotFetched) -> Page | Unreadable:
        """The feed's text in place of a page that could not be fetched, or why there is none."""
        listed, site_files = page.listed, self._fetcher.site_files
        # of a page that was read before the feed's text would look like a new version
        content = "" if page.known and page.known.was_read else listed.content or ""
        if len(content) >= _LEAST_CONTENT and failure.reason not in _NOT_REPLACED:
            return Page(
                body=content,
                url=listed.url,
                content_type=listed.content_type,
                headers=self._headers,
                fetched_at=written(datetime.now(UTC)),
                source=self._as_source,
                media="text" if listed.content_type == "text/plain" else "html",
                # without the signals in headers: there is no response
                signals=await site_files.usage_signals_of_site(listed.url),
                announced=listed.announced,
            )
        return await unreadable(self._as_source, listed.url, failure, site_files)

    async def _joined(self, page: Page, article: Article) -> Page:
        """A page with the further pages of its article, each with its site's terms of use."""
        usage_signals = self._fetcher.site_files.usage_signals
        page = structs.replace(page, headers=self._headers)
        further = [with_content(page, one, await usage_signals(one)) for one in article.further]
        first, signals = article.first, page.signals
        if article.read_at is not None:
            signals = await usage_signals(structs.replace(first, url=article.read_at))
        return structs.replace(
            with_content(page, first, signals),
            read_at=article.read_at,
            continuations=tuple(further),
            cut_short=article.cut_short,
            is_cut_for_now=article.failure is not None,
        )


def _cut_short(url: str, failure: NotFetched) -> NotFetched:
    """The outcome to note for a page if a further page of its article failed: it has that one's back-off."""
    return structs.replace(failure, url=url, reason=CONTINUATION)
