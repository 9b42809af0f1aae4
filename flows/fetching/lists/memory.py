"""What is known of pages and lists on the web between runs."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, structs
from msgspec.structs import replace

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.flows.fetching.http.outcomes import (
    PAUSE_REASONS,
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Validators,
    wait_until_another_run,
)


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
    ``has_backoff``: whether a failure has a back-off, as with pages; other lists are requested in each run.
    """

    url: str
    outcome: Outcome
    links: tuple[Link, ...] = ()
    pages: PageLinks | None = None
    is_damaged: bool = False
    has_backoff: bool = False


class Known(Struct, frozen=True):
    """What is known of a URL that was requested before: its row in the library."""

    outcome: str = "ok"
    """The last outcome: ``ok``, or a reason code of fetching or of the record."""
    url: str = ""
    source: str = ""
    """The source that requested it last."""
    status: int | None = None
    """The HTTP status; None without a response."""
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None
    fetched_at: datetime | None = None
    next_attempt_at: datetime | None = None
    """The end of the back-off after a failure."""
    failures: int = 0
    """Failures in a row: they determine the back-off, and when a page is given up (``GIVEN_UP``)."""
    failing_since: datetime | None = None
    """When the first of them was; `copydesk retry` resets only their number."""
    left_before: datetime | None = None
    """Of a list: entries before this date were skipped. If ``since`` is earlier now, the list is read again."""
    first_fetched_at: datetime | None = None
    """Of a page: from this moment on its age counts, at which it is fetched again."""
    age_when_requested: int | None = None
    """In seconds, when it was last requested."""
    is_list: bool | None = False
    """Whether it was last read as a list."""
    list_version: str | None = None
    """Which body was last read as a list, see ``Validators.version``."""
    entry: str | None = None
    """Of a page: the key of the entry of a feed that it was last fetched for."""

    @property
    def validators(self) -> Validators:
        """Those of the last body."""
        return Validators(self.etag, self.last_modified, self.validators_url)

    @property
    def is_of_list(self) -> bool:
        """Whether the validators are of the body that was last read as a list."""
        return self.list_version == self.validators.version

    def as_page(
        self, outcome: Outcome, *, source: str, now: datetime, reason: str | None, key: str | None
    ) -> Known:
        """After the URL was requested ``now`` as a page. ``reason``: the reason code of its record, if any; ``key``: of
        the entry that it was fetched for, once it need not be fetched again for that.
        """
        after = self._requested(outcome, source, now)
        is_cut = isinstance(outcome, NotFetched) and outcome.reason == CONTINUATION
        if is_cut or isinstance(outcome, Fetched):
            # fetched, too, where only a further page of its article failed
            after = replace(after, first_fetched_at=self.first_fetched_at or now)
        if after.first_fetched_at is not None:
            # not below 0: a clock may have been set back
            age = max(0, int((now - after.first_fetched_at).total_seconds()))
            after = replace(after, age_when_requested=age)
        if isinstance(outcome, Fetched):
            after = replace(after, outcome=reason or "ok")
        return replace(after, entry=key or self.entry)

    def as_list(self, result: ListResult, *, source: str, now: datetime, since: datetime | None) -> Known:
        """After the URL was requested ``now`` as a list. ``since``: older pages of it were skipped."""
        outcome = result.outcome
        after = replace(self._requested(outcome, source, now), is_list=True)
        if isinstance(outcome, NotFetched):
            has_backoff = result.has_backoff or outcome.reason in PAUSE_REASONS
            # without a back-off the next run that reads the source requests it
            return after if has_backoff else replace(after, next_attempt_at=now)
        if isinstance(outcome, Fetched):
            after = replace(after, list_version=after.validators.version)
        is_new = not (
            self.fetched_at and self.is_of_list and self.validators.version == after.validators.version
        )
        if not is_new:
            # of the same body all that any source has read of it counts
            since = None if since is None or self.left_before is None else min(since, self.left_before)
        if result.is_damaged:
            # without validators the next run gets it whole
            after = replace(after, etag=None, last_modified=None, list_version=None)
        return replace(after, left_before=since)

    def _requested(self, outcome: Outcome, source: str, now: datetime) -> Known:
        """A failure adds one to the failures in a row, and has a back-off; what is noted of a body is valid until
        another one was sent.
        """
        after = replace(self, source=source, fetched_at=now, next_attempt_at=None, status=None, is_list=False)
        if isinstance(outcome, NotFetched):
            return replace(
                after,
                outcome=outcome.reason,
                failures=self.failures + 1,
                failing_since=self.failing_since or now,
                next_attempt_at=now + wait_until_another_run(outcome, self.failures),
            )
        after = replace(after, failures=0, failing_since=None, status=304)
        if isinstance(outcome, NotModified):
            return after
        etag, last_modified, url = structs.astuple(outcome.validators)
        return replace(
            after,
            outcome="ok",
            status=outcome.status,
            etag=etag,
            last_modified=last_modified,
            validators_url=url,
        )
