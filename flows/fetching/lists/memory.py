"""What is remembered of pages and lists on the web between runs, as the library stores it (``web.web_memory``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from copydesk.flows.fetching.http.outcomes import Outcome, Validators
from copydesk.flows.fetching.http.site_files import SiteFileStore


class Link(Struct, frozen=True):
    """A list that a page or list links to. ``kind``: ``feed``, ``sitemap`` …; ``lastmod``: in a sitemap index, RFC
    3339.

    Stored, so that an unchanged index can be walked.
    """

    kind: str
    url: str
    lastmod: str | None = None


class PageLinks(Struct, frozen=True):
    """All links of a page to other pages. ``version``: of its body, see ``Validators``."""

    version: str | None
    urls: tuple[str, ...]


class FurtherPart(Struct, frozen=True, omit_defaults=True):
    """A further page of an article. ``body``: a digest of its body, None if there was none. ``missing``: the code of
    the reason why it is not in the article.
    """

    url: str
    validators: Validators = Validators()
    body: str | None = None
    missing: str | None = None


class ListResult(Struct, frozen=True):
    """A list that was fetched: its outcome without the body, and its links to lists, for kind ``site`` also to pages.

    ``is_damaged``: whether it could not be read completely; each run then reads and reports it until it is whole.
    ``obsolete_keys``: the prefix of the keys of its entries, which are deleted. ``has_backoff``: whether a failure has
    a back-off, as with pages; other lists are requested in each run.
    """

    url: str
    outcome: Outcome
    links: tuple[Link, ...] = ()
    pages: PageLinks | None = None
    is_damaged: bool = False
    obsolete_keys: str | None = None
    has_backoff: bool = False


class Known(Struct, frozen=True):
    """What is known of a URL that was requested before."""

    outcome: str = "ok"
    """The last outcome: ``ok``, or a reason code of fetching or of the record."""
    validators: Validators = Validators()
    fetched_at: datetime | None = None
    next_attempt_at: datetime | None = None
    """The end of the back-off after a failure."""
    failures: int = 0
    """Failures in a row: they determine the back-off, and when a page is given up (``GIVEN_UP``)."""
    left_before: datetime | None = None
    """Of a list: entries before this date were skipped. If ``since`` is earlier now, the list is read again."""
    first_fetched_at: datetime | None = None
    """Of a page: from this moment on its age counts, at which it is fetched again."""
    is_of_list: bool = False
    """Whether the validators are of the body that was last read as a list."""


class Memory(SiteFileStore, Protocol):
    """What was fetched before. Called from several threads, but not from that of an event loop: methods may block."""

    def known(self, urls: Sequence[str]) -> Mapping[str, Known]:
        """What is known of the URLs, for those that were requested before."""

    def due_again(self, source: str, ages: Sequence[int], *, now: datetime) -> Sequence[str]:
        """The pages of a source that have reached one of the ages (in seconds) since they were last requested."""

    def seen(self, source: str, keys: Sequence[str]) -> frozenset[str]:
        """The keys of entries of a feed that were stored before."""

    def has_denied(self, source: str) -> bool:
        """Whether a page of a source was denied (``DENIED``) when it was last requested."""

    def note_page(
        self, source: str, outcome: Outcome, *, url: str, reason: str | None, now: datetime
    ) -> None:
        """Notes the outcome of ``url``, requested at ``now``; ``reason``: the reason code of its record, if any."""

    def note_list(
        self,
        source: str,
        result: ListResult,
        *,
        now: datetime,
        is_settled: bool,
        left_before: datetime | None,
    ) -> None:
        """Notes the outcome and links of a list; unless it ``is_settled``, the next run reads it again."""

    def note_seen(self, source: str, key: str, *, now: datetime) -> None:
        """Notes that an entry was stored."""

    def once_written(self, then: Callable[[], None]) -> None:
        """Calls ``then`` once all that this thread has noted is written; never where that fails."""

    def last_read(self, source: str) -> datetime | None:
        """When the last complete reading of a source began."""

    def note_read(self, source: str, *, now: datetime) -> None:
        """Notes that the reading of a source that began ``now`` is complete."""

    def links(self, url: str) -> Sequence[Link]:
        """The lists that a page or list linked to when it was last read as a list."""

    def page_links(self, url: str) -> PageLinks | None:
        """The links of a page when they were last extracted; None if they never were."""

    def note_page_links(self, url: str, links: PageLinks) -> None:
        """Replaces the links of a page."""

    def further_parts(self, url: str) -> Sequence[FurtherPart] | None:
        """The further pages of the article at a URL, as last fetched; None if it was not fetched with them."""

    def note_further_parts(self, url: str, parts: Sequence[FurtherPart]) -> None:
        """Replaces the further pages of an article."""

    def forget_further_parts(self, url: str) -> None:
        """Deletes the further pages of an article, as the page was fetched without them or is gone."""
