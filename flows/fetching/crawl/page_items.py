"""What a run is given of a page that was asked for: the page, the feed's own text in its place, or a reason."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import structs

from copydesk.cleaners.types import Page, SiteSignal, Source
from copydesk.flows.fetching.asking.fetcher import Fetcher
from copydesk.flows.fetching.asking.outcomes import Fetched, NotFetched, NotModified, Outcome
from copydesk.flows.fetching.asking.response import UNEXPECTED
from copydesk.flows.fetching.lists.continuations import Article
from copydesk.flows.fetching.lists.listings import Target
from copydesk.flows.fetching.lists.web_source import WebSource
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
