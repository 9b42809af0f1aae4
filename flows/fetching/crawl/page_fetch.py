"""Fetches a page of a source: its outcome, the item for the run, and its links."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import structs

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.cleaners.types import Page, SiteSignal, Source
from copydesk.flows.fetching.crawl.following import Following
from copydesk.flows.fetching.crawl.pending import PageResult, PendingPage, was_read
from copydesk.flows.fetching.crawl.run_state import Shared
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
)
from copydesk.flows.fetching.http.web_archive import ArchiveState, WebArchive
from copydesk.flows.fetching.lists.continuations import Article, look_again, whole_article
from copydesk.flows.fetching.lists.listed_page import ListedPage
from copydesk.flows.fetching.lists.memory import FurtherPart
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.sources.opening.page_source import Unreadable

# characters of a feed's text, which then may replace a page that cannot be fetched; set by hand: fewer would let a
# teaser replace its article, more would lose short news
_LEAST_CONTENT = 500
_NOT_REPLACED = frozenset({"robots_denied", UNEXPECTED})
"""Reasons for which it does not: a denied page stays unread, and our own errors must be visible."""


class PageFetcher:
    """Fetches the pages of a source in a run."""

    def __init__(self, source: WebSource, fetcher: Fetcher, shared: Shared, following: Following) -> None:
        self._source = source
        self._fetcher = fetcher
        self._shared = shared
        self._following = following
        self.as_source = Source(source.kind, source.name)
        """The source in records."""
        # the source's language is like a header of the server: the page's own declaration takes precedence
        self._headers = {"content-language": source.language} if source.language else {}
        self._archive: WebArchive | None = None
        if source.fallback:
            state = shared.archives.setdefault(source.fallback, ArchiveState())
            self._archive = WebArchive(
                fetcher, source.fallback, state, partial(shared.skipped.add, "archive")
            )
        # the servers that get the source's headers
        self._origins = frozenset(origin_of(address) for address in source.addresses)

    def request(self, url: str, hold: Hold, validators: Validators = Validators()) -> Request:  # noqa: B008 - frozen
        """The request for a URL of the source."""
        return Request(
            url, headers=self._source.headers, origins=self._origins, validators=validators, hold=hold
        )

    async def fetch(self, page: PendingPage, hold: Hold) -> PageResult:
        """Fetches a page. An unexpected exception becomes its outcome."""
        url = page.listed.url
        had: Mapping[str, Fetched] = {}
        try:
            parts = None
            if self._source.joins_pages:
                parts = await asyncio.to_thread(self._shared.frontier.further_parts, url)
            outcome = self._following.on_site(url, await self._first_outcome(page, hold, parts))
            if parts and isinstance(outcome, NotModified):
                looked = await look_again(
                    parts, lambda part, validators: self._outcome(self.request(part, hold, validators))
                )
                if not looked.is_changed:
                    # as far as is known
                    noted = (
                        _cut_short(url, looked.failure) if looked.failure and looked.is_awaited else outcome
                    )
                    return PageResult(noted, None, last=looked.failure)
                # a further page has changed: the article is read again
                had = looked.had
                outcome = self._following.on_site(url, await self._outcome(self.request(url, hold)))
            outcome = await self._from_archive(page, outcome, hold)
            links = await self._following.links_of(url, outcome)
            item = await self._item(page, outcome)
            if not isinstance(outcome, Fetched):
                return PageResult(outcome, item, links)
            if (
                not self._source.joins_pages
                or not isinstance(item, Page)
                or outcome.retrieved_from is not None
            ):
                parts = () if self._source.joins_pages else None
                return PageResult(outcome, item, links, outcome, parts=parts)
            hold.keep(len(outcome.body))
            article = await whole_article(outcome, partial(self._further_outcome, hold=hold, had=had))
            return PageResult(
                # a further page failed for now: the page is fetched again, too
                _cut_short(outcome.url, article.failure) if article.failure else outcome,
                await self._joined(item, article),
                links,
                article.first,
                article.further,
                last=article.failure,
                parts=article.parts,
            )
        except Exception as error:  # noqa: BLE001 - the boundary of a page
            failure = failure_of(url, error)
            return PageResult(failure, self._unreadable(page.listed, failure))

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

    async def _from_archive(self, page: PendingPage, outcome: Outcome, hold: Hold) -> Outcome:
        """The outcome of a page; if it is gone and was never read, its last capture in the source's archive."""
        if self._archive is None or not isinstance(outcome, NotFetched) or outcome.reason not in GONE:
            return outcome
        url = page.listed.url
        # not page.known, which is None with --refetch: an article that was read is newer than any capture
        known = (await asyncio.to_thread(self._shared.frontier.known, [url])).get(url)
        if known is not None and (known.first_fetched_at is not None or was_read(known)):
            return outcome
        return await self._archive.last_capture(url, outcome, hold)

    # --- items

    async def _item(self, page: PendingPage, outcome: Outcome) -> Page | Unreadable | None:
        """The page, the feed's text in its place, or a reason; None if nothing has changed."""
        if isinstance(outcome, NotModified):
            return None
        listed = page.listed
        signals = await self._fetcher.site_files.usage_signals(outcome)
        if isinstance(outcome, Fetched):
            source = structs.replace(self.as_source, retrieved_from=outcome.retrieved_from)
            return self._with_content(
                Page(body=b"", source=source, announced=listed.announced), outcome, signals
            )
        # of a page that was read before the feed's text would look like a new version
        content = "" if was_read(page.known) else listed.content or ""
        if len(content) >= _LEAST_CONTENT and outcome.reason not in _NOT_REPLACED:
            return Page(
                body=content,
                url=listed.url,
                content_type=listed.content_type,
                headers=self._headers,
                fetched_at=_written(datetime.now(UTC)),
                source=self.as_source,
                media="text" if listed.content_type == "text/plain" else "html",
                # without the signals in headers: there is no response
                signals=await self._fetcher.site_files.usage_signals_of_site(listed.url),
                announced=listed.announced,
            )
        return self._unreadable(listed, outcome, signals)

    async def _joined(self, page: Page, article: Article) -> Page:
        """A page with the further pages of its article, each with its site's terms of use."""
        usage_signals = self._fetcher.site_files.usage_signals
        if article.read_at is not None:
            signals = await usage_signals(structs.replace(article.first, url=article.read_at))
            page = structs.replace(self._with_content(page, article.first, signals), read_at=article.read_at)
        further = [self._with_content(page, one, await usage_signals(one)) for one in article.further]
        return structs.replace(
            page,
            continuations=tuple(further),
            cut_short=article.cut_short,
            is_cut_for_now=article.failure is not None,
        )

    def _with_content(self, page: Page, outcome: Fetched, signals: tuple[SiteSignal, ...]) -> Page:
        return with_content(structs.replace(page, headers=self._headers), outcome, signals)

    def _unreadable(
        self, listed: ListedPage, outcome: NotFetched, signals: tuple[SiteSignal, ...] = ()
    ) -> Unreadable:
        return Unreadable(self.as_source, outcome.reason, outcome.message, listed.url, signals)


def with_content(page: Page, outcome: Fetched, signals: tuple[SiteSignal, ...]) -> Page:
    """The page with the body, headers and time of a response."""
    return structs.replace(
        page,
        body=outcome.body,
        url=outcome.url,
        content_type=outcome.headers.get("content-type"),
        headers={**page.headers, **outcome.headers},
        fetched_at=_written(outcome.fetched_at),
        signals=signals,
    )


def _cut_short(url: str, failure: NotFetched) -> NotFetched:
    """The outcome to note for a page if a further page of its article failed: it has that one's back-off."""
    return structs.replace(failure, url=url, reason=CONTINUATION)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
