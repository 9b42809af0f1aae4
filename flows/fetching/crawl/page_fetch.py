"""One page of a source, asked for: how that ends, what the run is given of it, and where it leads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct, structs

from copydesk.cleaners.types import Page, SiteSignal, Source
from copydesk.flows.fetching.crawl.following import Following
from copydesk.flows.fetching.crawl.pending import CUT_SHORT, Wanted, told_once, was_read
from copydesk.flows.fetching.crawl.run_state import Shared
from copydesk.flows.fetching.http.body import Hold
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import (
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Request,
    Validators,
)
from copydesk.flows.fetching.http.response import UNEXPECTED, failure_of
from copydesk.flows.fetching.http.retry_policy import GONE, seconds_until_another_run
from copydesk.flows.fetching.http.web_archive import ArchiveInRun, Captures
from copydesk.flows.fetching.lists.continuations import Article, LookedAgain, look_again, whole_article
from copydesk.flows.fetching.lists.listings import Target
from copydesk.flows.fetching.lists.memory import FurtherPart, PageLinks
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.sources.opening.page_source import Unreadable

# set by hand: fewer would let a teaser stand for its article, more would lose short news
_LEAST_CONTENT = 500  # characters of a feed's own text that stand for a page that cannot be had
_NOT_STOOD_FOR = frozenset({"robots_denied", UNEXPECTED})
"""Where it may not stand for the page: what is denied stays unread, and an error of ours must be seen."""


class PageItems:
    """The pages of one source."""

    def __init__(self, source: WebSource, fetcher: Fetcher) -> None:
        self._source = source
        self._fetcher = fetcher

    async def item(self, target: Target, outcome: Outcome) -> Page | Unreadable | None:
        """What the run is given: a page, the feed's own text in its place, a reason, or nothing where nothing
        has changed.
        """
        if isinstance(outcome, NotModified):
            return None
        signals = await self._fetcher.usage_signals(outcome)
        if isinstance(outcome, Fetched):
            return Page(
                body=outcome.body,
                url=outcome.url,
                content_type=outcome.headers.get("content-type"),
                # what the server says itself goes over what the source believes
                headers={**self._language(), **outcome.headers},
                fetched_at=_written(outcome.fetched_at),
                source=structs.replace(self.as_source, retrieved_from=outcome.retrieved_from),
                signals=signals,
                announced=target.announced,
            )
        if target.content and len(target.content) >= _LEAST_CONTENT and outcome.reason not in _NOT_STOOD_FOR:
            return Page(
                body=target.content,
                url=target.url,
                content_type=target.content_type,
                headers=self._language(),
                fetched_at=_written(datetime.now(UTC)),
                source=self.as_source,
                media=target.media,
                # no page, so no headers of it: only files of the site speak for this text
                signals=await self._fetcher.usage_signals_of_site(target.url),
                announced=target.announced,
            )
        return self.unreadable(target, outcome, signals)

    async def joined(self, page: Page, article: Article) -> Page:
        """The page of an article with all further ones, each with what its site says on its use."""
        if article.read_at is not None:
            signals = await self._fetcher.usage_signals(structs.replace(article.first, url=article.read_at))
            page = structs.replace(self._of(article.first, signals, page), read_at=article.read_at)
        further = [self._of(one, await self._fetcher.usage_signals(one), page) for one in article.further]
        return structs.replace(
            page,
            continuations=tuple(further),
            cut_short=article.cut_short,
            is_cut_for_now=article.failure is not None,
        )

    def _of(self, outcome: Fetched, signals: tuple[SiteSignal, ...], page: Page) -> Page:
        """Another page of the same article."""
        return structs.replace(
            page,
            body=outcome.body,
            url=outcome.url,
            content_type=outcome.headers.get("content-type"),
            headers={**self._language(), **outcome.headers},
            fetched_at=_written(outcome.fetched_at),
            signals=signals,
        )

    def unreadable(
        self, target: Target, outcome: NotFetched, signals: tuple[SiteSignal, ...] = ()
    ) -> Unreadable:
        """The reason why there is no page."""
        return Unreadable(self.as_source, outcome.reason, outcome.message, target.url, signals)

    @property
    def as_source(self) -> Source:
        """The source, as records name it."""
        return Source(self._source.kind, self._source.name)

    def _language(self) -> dict[str, str]:
        """What the list says of the language, where a server would say it: heard after all the page says itself."""
        return {"content-language": self._source.language} if self._source.language else {}


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


class Ended(Struct, frozen=True):
    """How a page ended: what is noted of it, what the run is given (nothing where nothing has changed), where it leads.

    ``raw``: the page as it came, ``further``: the pages that were joined to it. ``last``: how the last of its article's
    pages ended, where that was another. ``parts``: what is to be noted of its article's further pages; None where what
    was noted before still holds.
    """

    noted: Outcome
    item: Page | Unreadable | None
    links: PageLinks | None = None
    raw: Fetched | None = None
    further: tuple[Fetched, ...] = ()
    last: Outcome | None = None
    parts: tuple[FurtherPart, ...] | None = None


class AskedPages:
    """The pages of one source in one run."""

    def __init__(
        self, source: WebSource, fetcher: Fetcher, shared: Shared, following: Following, items: PageItems
    ) -> None:
        self._source = source
        self._fetcher = fetcher
        self._shared = shared
        self._following = following
        self._items = items
        self._captures = self._captures_at(source.fallback) if source.fallback else None
        # of all its addresses: its headers go to each of these servers, whoever leads there
        self._origins = frozenset(origin_of(address) for address in source.addresses)

    def _captures_at(self, base: str) -> Captures:
        archive = self._shared.archives.setdefault(base, ArchiveInRun())
        return Captures(self._fetcher, base, archive, partial(self._shared.skipped.add, "archive"))

    def request(self, url: str, hold: Hold, validators: Validators) -> Request:
        """What is asked for at an address of the source."""
        return Request(
            url, headers=self._source.headers, origins=self._origins, validators=validators, hold=hold
        )

    async def ended(self, wanted: Wanted, hold: Hold) -> Ended:
        """Asks for a page; also an error that nobody expected is how it ends."""
        url = wanted.target.url
        had: Mapping[str, Fetched] = {}
        try:
            parts = await self._parts(url)
            outcome = self._following.checked(url, await self._fetch(wanted, hold, parts))
            if parts and isinstance(outcome, NotModified):
                looked = await look_again(parts, partial(self._ask_whether_changed, hold=hold))
                if not looked.is_changed:
                    return _as_before(outcome, looked)
                # what has changed is one of them, and the article is made of all
                had = looked.had
                outcome = await self._ask(self.request(url, hold, Validators()))
                outcome = self._following.checked(url, outcome)
            outcome = await self._with_capture(wanted, outcome, hold)
            links = await self._following.links_of(url, outcome)
            item = await self._items.item(told_once(wanted), outcome)
            if not isinstance(outcome, Fetched):
                return Ended(outcome, item, links)
            if self._source.joins_pages and isinstance(item, Page) and outcome.retrieved_from is None:
                hold.keep(len(outcome.body))
                return await self._joined(item, outcome, links, partial(self._ask_anew, hold=hold, had=had))
            return Ended(outcome, item, links, outcome, parts=() if self._source.joins_pages else None)
        except Exception as error:  # noqa: BLE001 - the boundary of a page
            failure = failure_of(url, error)
            return Ended(failure, self._items.unreadable(wanted.target, failure))

    async def _joined(
        self, item: Page, outcome: Fetched, links: PageLinks | None, ask: Callable[[str], Awaitable[Outcome]]
    ) -> Ended:
        """A page with the others of its article. Where one of them may be had later, the page is asked for again."""
        article = await whole_article(outcome, ask)
        page = await self._items.joined(item, article)
        raw, parts = (article.first, article.further), article.parts
        if article.failure is None:
            return Ended(outcome, page, links, *raw, parts=parts)
        return Ended(
            _cut_short(outcome.url, article.failure), page, links, *raw, last=article.failure, parts=parts
        )

    async def _parts(self, url: str) -> Sequence[FurtherPart] | None:
        """What is known of the further pages of an article; None where nothing is, or the source joins none."""
        if not self._source.joins_pages:
            return None
        return await asyncio.to_thread(self._shared.memory.further_parts, url)

    async def _with_capture(self, wanted: Wanted, outcome: Outcome, hold: Hold) -> Outcome:
        """How a page ended; one that is gone and was never had, as an archive has it, where its source wants that."""
        if self._captures is None or not isinstance(outcome, NotFetched) or outcome.reason not in GONE:
            return outcome
        url = wanted.target.url
        # the memory itself, for --refetch counts nothing as known: what was read before is newer than any capture
        known = (await asyncio.to_thread(self._shared.memory.known, [url])).get(url)
        if known is not None and (known.first_fetched_at is not None or was_read(known)):
            return outcome
        return await self._captures.in_place_of(url, outcome, hold)

    async def _fetch(self, wanted: Wanted, hold: Hold, parts: Sequence[FurtherPart] | None) -> Outcome:
        if wanted.target.answer is not None:
            return wanted.target.answer
        known = wanted.known
        is_whole = self._shared.is_anew or wanted.target.is_whole
        # as it was read when its article was not looked for, or by an earlier copydesk
        is_whole = is_whole or (self._source.joins_pages and parts is None)
        validators = known.validators if known and not is_whole else Validators()
        return await self._ask(self.request(wanted.target.url, hold, validators))

    async def _ask_anew(self, url: str, *, hold: Hold, had: Mapping[str, Fetched] | None = None) -> Outcome:
        if had and url in had:
            outcome: Outcome = had[url]
        else:
            outcome = await self._ask(self.request(url, hold, Validators()))
        if isinstance(outcome, Fetched):
            hold.keep(len(outcome.body))
        return outcome

    async def _ask_whether_changed(self, url: str, validators: Validators, *, hold: Hold) -> Outcome:
        return await self._ask(self.request(url, hold, validators))

    async def _ask(self, request: Request) -> Outcome:
        """A page, built by the browser where its source wants it so."""
        if self._source.is_built:
            return await self._shared.browser.fetch(request, self._fetcher)
        return await self._fetcher.fetch(request)


def _as_before(outcome: NotModified, looked: LookedAgain) -> Ended:
    """How a page ended of whose article nothing is known to have changed."""
    if looked.failure is None or not looked.is_awaited:
        return Ended(outcome, None, last=looked.failure)
    return Ended(_cut_short(outcome.url, looked.failure), None, last=looked.failure)


def _cut_short(url: str, failure: NotFetched) -> NotFetched:
    """What is noted of a page that was had: not the failure of another of its article, but when to ask again."""
    seconds = seconds_until_another_run(failure)
    return structs.replace(failure, url=url, reason=CUT_SHORT, retry_seconds=seconds)
