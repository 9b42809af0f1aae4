"""One page of a source: its outcome, what the run gets of it, and where it leads."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct, structs

from copydesk.cleaners.types import Page, SiteSignal, Source
from copydesk.flows.fetching.crawl.following import Following
from copydesk.flows.fetching.crawl.pending import CUT_SHORT, PendingPage, was_read, without_known_text
from copydesk.flows.fetching.crawl.run_state import Shared
from copydesk.flows.fetching.http.body import Hold
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import (
    GONE,
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Request,
    Validators,
    seconds_until_another_run,
)
from copydesk.flows.fetching.http.response import UNEXPECTED, failure_of
from copydesk.flows.fetching.http.web_archive import ArchiveState, WebArchive
from copydesk.flows.fetching.lists.continuations import Article, LookedAgain, look_again, whole_article
from copydesk.flows.fetching.lists.listings import Target
from copydesk.flows.fetching.lists.memory import FurtherPart, PageLinks, WebSource
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.sources.opening.page_source import Unreadable

# set by hand: fewer would let a teaser replace its article, more would lose short news
_LEAST_CONTENT = 500  # characters of a feed's own text that replace a page that cannot be fetched
_NOT_REPLACED = frozenset({"robots_denied", UNEXPECTED})
"""Reasons for which it may not replace the page: what is denied stays unread, and our own errors must be seen."""


class PageResult(Struct, frozen=True):
    """``noted``: the outcome to note, ``item``: what the run gets (None where nothing has changed), ``links``: where
    the page leads.

    ``raw``: the page as it came, ``further``: the pages that were joined to it. ``last``: the outcome of the last of
    its article's pages, where that was another. ``parts``: the further pages of its article to note; None where what
    was noted before still holds.
    """

    noted: Outcome
    item: Page | Unreadable | None
    links: PageLinks | None = None
    raw: Fetched | None = None
    further: tuple[Fetched, ...] = ()
    last: Outcome | None = None
    parts: tuple[FurtherPart, ...] | None = None


class PageFetcher:
    """Fetches the pages of one source in one run."""

    def __init__(self, source: WebSource, fetcher: Fetcher, shared: Shared, following: Following) -> None:
        self._source = source
        self._fetcher = fetcher
        self._shared = shared
        self._following = following
        self.as_source = Source(source.kind, source.name)
        """The source, as records name it."""
        # the list's language is a header, as a server would send it: what the page itself declares goes over it
        self._headers = {"content-language": source.language} if source.language else {}
        self._archive: WebArchive | None = None
        if source.fallback:
            state = shared.archives.setdefault(source.fallback, ArchiveState())
            self._archive = WebArchive(
                fetcher, source.fallback, state, partial(shared.skipped.add, "archive")
            )
        # of all its URLs: its headers go to each of these servers, whoever leads there
        self._origins = frozenset(origin_of(address) for address in source.addresses)

    def request(self, url: str, hold: Hold, validators: Validators = Validators()) -> Request:  # noqa: B008 - frozen
        """The request for a URL of the source."""
        return Request(
            url, headers=self._source.headers, origins=self._origins, validators=validators, hold=hold
        )

    async def fetch(self, page: PendingPage, hold: Hold) -> PageResult:
        """Fetches a page; an unexpected exception is an outcome, too."""
        url = page.target.url
        had: Mapping[str, Fetched] = {}
        try:
            parts = None
            if self._source.joins_pages:
                parts = await asyncio.to_thread(self._shared.memory.further_parts, url)
            outcome = self._following.checked(url, await self._first_outcome(page, hold, parts))
            if parts and isinstance(outcome, NotModified):
                looked = await look_again(
                    parts, lambda part, validators: self._outcome(self.request(part, hold, validators))
                )
                if not looked.is_changed:
                    return _as_before(outcome, looked)
                # one of them has changed, and the article is made of all
                had = looked.had
                outcome = self._following.checked(url, await self._outcome(self.request(url, hold)))
            outcome = await self._from_archive(page, outcome, hold)
            links = await self._following.links_of(url, outcome)
            item = await self._item(without_known_text(page), outcome)
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
                # where one of its pages may be fetched later, the page is fetched again
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
            return PageResult(failure, self._unreadable(page.target, failure))

    # --- outcomes

    async def _first_outcome(
        self, page: PendingPage, hold: Hold, parts: Sequence[FurtherPart] | None
    ) -> Outcome:
        if page.target.answer is not None:
            return page.target.answer
        is_whole = self._shared.refetch or page.target.is_whole
        # as it was read when its article was not looked for, or by an earlier copydesk
        is_whole = is_whole or (self._source.joins_pages and parts is None)
        validators = page.known.validators if page.known and not is_whole else Validators()
        return await self._outcome(self.request(page.target.url, hold, validators))

    async def _further_outcome(self, url: str, *, hold: Hold, had: Mapping[str, Fetched]) -> Outcome:
        outcome: Outcome = had[url] if url in had else await self._outcome(self.request(url, hold))
        if isinstance(outcome, Fetched):
            hold.keep(len(outcome.body))
        return outcome

    async def _outcome(self, request: Request) -> Outcome:
        """A page, built by the browser where its source is set so."""
        if self._source.is_built:
            return await self._shared.browser.fetch(request, self._fetcher)
        return await self._fetcher.fetch(request)

    async def _from_archive(self, page: PendingPage, outcome: Outcome, hold: Hold) -> Outcome:
        """The outcome of a page; of one that is gone and was never read, its capture in the source's archive."""
        if self._archive is None or not isinstance(outcome, NotFetched) or outcome.reason not in GONE:
            return outcome
        url = page.target.url
        # the memory itself, for --refetch counts nothing as known: what was read before is newer than any capture
        known = (await asyncio.to_thread(self._shared.memory.known, [url])).get(url)
        if known is not None and (known.first_fetched_at is not None or was_read(known)):
            return outcome
        return await self._archive.last_capture(url, outcome, hold)

    # --- what the run gets

    async def _item(self, target: Target, outcome: Outcome) -> Page | Unreadable | None:
        """A page, the feed's own text in its place, a reason, or None where nothing has changed."""
        if isinstance(outcome, NotModified):
            return None
        signals = await self._fetcher.site_files.usage_signals(outcome)
        if isinstance(outcome, Fetched):
            source = structs.replace(self.as_source, retrieved_from=outcome.retrieved_from)
            page = Page(body=b"", source=source, announced=target.announced)
            return self._with_content(page, outcome, signals)
        if target.content and len(target.content) >= _LEAST_CONTENT and outcome.reason not in _NOT_REPLACED:
            return Page(
                body=target.content,
                url=target.url,
                content_type=target.content_type,
                headers=self._headers,
                fetched_at=_written(datetime.now(UTC)),
                source=self.as_source,
                media=target.media,
                # no page, so no headers of it: only files of the site count for this text
                signals=await self._fetcher.site_files.usage_signals_of_site(target.url),
                announced=target.announced,
            )
        return self._unreadable(target, outcome, signals)

    async def _joined(self, page: Page, article: Article) -> Page:
        """The page of an article with all further ones, each with its site's terms of use."""
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
        self, target: Target, outcome: NotFetched, signals: tuple[SiteSignal, ...] = ()
    ) -> Unreadable:
        return Unreadable(self.as_source, outcome.reason, outcome.message, target.url, signals)


def with_content(page: Page, outcome: Fetched, signals: tuple[SiteSignal, ...]) -> Page:
    """The page with what was fetched: its body, headers over its own, and time."""
    return structs.replace(
        page,
        body=outcome.body,
        url=outcome.url,
        content_type=outcome.headers.get("content-type"),
        headers={**page.headers, **outcome.headers},
        fetched_at=_written(outcome.fetched_at),
        signals=signals,
    )


def _as_before(outcome: NotModified, looked: LookedAgain) -> PageResult:
    """The result of a page of whose article nothing is known to have changed."""
    if looked.failure is None or not looked.is_awaited:
        return PageResult(outcome, None, last=looked.failure)
    return PageResult(_cut_short(outcome.url, looked.failure), None, last=looked.failure)


def _cut_short(url: str, failure: NotFetched) -> NotFetched:
    """What is noted of a page of whose article another page failed: when to fetch it again."""
    seconds = seconds_until_another_run(failure)
    return structs.replace(failure, url=url, reason=CUT_SHORT, retry_seconds=seconds)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
