"""What a source on the web is, apart from how it is fetched; and what is remembered of the web between runs: the
interface of ``copydesk.flows.store.web_memory``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from copydesk.flows.fetching.http.outcomes import Outcome, Validators, user_agent
from copydesk.flows.sources.schedule import ASK_AGAIN_SECONDS, Plan
from copydesk.flows.sources.source_tally import DENIED

if TYPE_CHECKING:  # these load what reads robots.txt and pages; all commands know sources
    from copydesk.flows.fetching.http.site_files import SiteFile
    from copydesk.flows.fetching.lists.discovery import Follow


class CheckResult(Struct, frozen=True):
    """The result of checking a source."""

    is_good: bool
    # one line, with URLs as they may be shown: without keys and passwords
    detail: str


class WebSource(Struct, frozen=True):
    """A source of pages on the web. ``kind``: ``url``, ``feed``, ``sitemap``, ``site``, ``warc``; ``addresses``: one,
    or a list's.

    ``language``: of pages that declare none (BCP 47). ``plan``: read again only when it is due.
    ``since``, ``until``: pages known to be older, or in WARC files younger, are left out. ``headers`` may be
    secret: they are sent to the source's own hosts alone. ``respects``: what robots.txt denies is not fetched;
    otherwise the denial is recorded. ``ask_again``: ages in seconds at which its pages are fetched again,
    whatever their list has. ``cookies``: those of a host are sent back to it within a run. ``is_built``: its
    pages are built by a browser. ``follow``: of kind ``site``, which links of its pages are followed.
    ``fallback``: a web archive for pages that are gone (scheme, host and port).
    ``may_be_list``: of kind ``url``, whether what is there may be a feed or a sitemap, whose pages are meant.
    ``joins_pages``: whether articles on several pages are put together.
    """

    name: str
    kind: str
    addresses: tuple[str, ...]
    # pages of one run
    limit: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    # from the end of a request to a host to its next; robots.txt may want more
    pace_seconds: float = 1.0
    # host:port that may be reached though not public (see PolitenessPolicy)
    allowed: frozenset[str] = frozenset()
    headers: Mapping[str, str] = {}
    language: str | None = None
    plan: Plan | None = None
    ask_again: tuple[int, ...] = ASK_AGAIN_SECONDS
    user_agent: str = user_agent()
    respects: bool = True
    cookies: bool = False
    is_built: bool = False
    may_be_list: bool = False
    follow: Follow | None = None
    fallback: str | None = None
    joins_pages: bool = False


WITHHELD = DENIED
"""Outcomes of pages that a source with another policy reads."""


class Link(Struct, frozen=True):
    """What a page or list leads to: a list of a kind (``feed``, ``sitemap``), with the ``lastmod`` it was
    given, RFC 3339.
    """

    kind: str
    url: str
    # kept, so that an index that has not changed can be walked without being sent again
    lastmod: str | None = None


class PageLinks(Struct, frozen=True):
    """The pages that a page leads to, whoever follows which of them; ``version``: of its body, see ``Validators``."""

    version: str | None
    urls: tuple[str, ...]


class FurtherPart(Struct, frozen=True, omit_defaults=True):
    """A further page of an article, as it was last requested at ``url``.

    ``body``: a digest of what came, None where nothing did. ``missing``: why it is not in the article (a code).
    """

    url: str
    validators: Validators = Validators()
    body: str | None = None
    missing: str | None = None


class ListResult(Struct, frozen=True):
    """A list that was fetched: its outcome (without the body, as its pages take long to fetch), the lists it names;
    where links are followed also the pages.

    ``over``: the beginning of the keys of its entries, which are not needed any more once all are stored. ``rests``:
    whether a failure has a back-off, as with pages; other lists are fetched in each run.
    """

    url: str
    outcome: Outcome
    links: tuple[Link, ...] = ()
    pages: PageLinks | None = None
    over: str | None = None
    rests: bool = False


class Known(Struct, frozen=True):
    """What is known of a URL: its last outcome, its validators, and its back-off.

    ``failures``: failed attempts in a row. ``left_before``: of a list, the date before which its entries were skipped.
    """

    # or a reason code: of fetching, or of the record
    outcome: str = "ok"
    validators: Validators = Validators()
    fetched_at: datetime | None = None
    # only after a failure: otherwise lists decide when to fetch it again
    next_attempt_at: datetime | None = None
    # these determine the back-off, and when a page is given up (GIVEN_UP in http/outcomes.py)
    failures: int = 0
    # where since is moved back, the list is read anew though it has not changed
    left_before: datetime | None = None
    # of pages alone: by their age they are fetched again
    first_fetched_at: datetime | None = None
    # whether the validators are those of the body that was last read as a list
    is_of_list: bool = False


class Memory(Protocol):
    """What was fetched before. Called from several threads, never from that of an event loop: it may block."""

    def known(self, urls: Sequence[str]) -> Mapping[str, Known]:
        """What is known of those of the URLs that were requested before."""
        ...

    def due_again(self, source: str, ages: Sequence[int], *, now: datetime) -> Sequence[str]:
        """The pages of a source that have reached one of the ages (in seconds) since they were last requested."""
        ...

    def seen(self, source: str, keys: Sequence[str]) -> frozenset[str]:
        """Those of the entries of a feed that were stored before."""
        ...

    def withheld(self, source: str) -> bool:
        """Whether a page of a source was withheld by its publisher's reservation, under the source's policy then."""
        ...

    def note_page(
        self, source: str, outcome: Outcome, *, url: str, reason: str | None, now: datetime
    ) -> None:
        """Notes the outcome of ``url``, requested at ``now``; ``reason``: the reason code of its record, if any."""
        ...

    def note_list(
        self,
        source: str,
        result: ListResult,
        *,
        now: datetime,
        is_settled: bool,
        left_before: datetime | None,
    ) -> None:
        """Notes the outcome of a list and what it names; one that is not settled is read again next time."""
        ...

    def note_seen(self, source: str, key: str, *, now: datetime) -> None:
        """Notes that an entry was stored."""
        ...

    def last_read(self, source: str) -> datetime | None:
        """When the last reading of a source began that came to its end."""
        ...

    def note_read(self, source: str, *, now: datetime) -> None:
        """Notes that a source was read to its end."""
        ...

    def links(self, url: str) -> Sequence[Link]:
        """The lists that a page or list led to when it was last read as a list."""
        ...

    def page_links(self, url: str) -> PageLinks | None:
        """The links of a page when they were last extracted; None where they never were."""
        ...

    def note_page_links(self, url: str, links: PageLinks) -> None:
        """Replaces the links of a page."""
        ...

    def further_parts(self, url: str) -> Sequence[FurtherPart] | None:
        """The further pages of the article at a URL, as last fetched; None where none were looked for."""
        ...

    def note_further_parts(self, url: str, parts: Sequence[FurtherPart]) -> None:
        """Replaces the further pages of an article."""
        ...

    def forget_further_parts(self, url: str) -> None:
        """Notes that a page was read alone, or is gone: further pages of it are unknown now."""
        ...

    def site_file(self, url: str) -> SiteFile | None:
        """A file of a site that is still valid."""
        ...

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Stores a file of a site."""
        ...
