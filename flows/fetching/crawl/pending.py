"""What is known of URLs, what a request changes in that, and whether a page is to be fetched: all that decides about it
from run to run.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum

from msgspec import Struct, structs
from msgspec.structs import replace

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.cleaners.types import Page
from copydesk.flows.fetching.http.outcomes import (
    PAUSE_REASONS,
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Validators,
    wait_until_another_run,
)
from copydesk.flows.fetching.lists.listed_page import ListedPage
from copydesk.flows.fetching.lists.memory import FurtherPart, ListResult, PageLinks
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.schedule import is_due_again
from copydesk.flows.source_tally import DENIED
from copydesk.flows.sources.opening.page_source import Unreadable


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

    @property
    def is_backing_off(self) -> bool:
        """Whether its back-off is not over; not if a wrong clock noted it."""
        now = datetime.now(UTC)
        is_clock_right = self.fetched_at is None or self.fetched_at <= now
        return self.next_attempt_at is not None and self.next_attempt_at > now and is_clock_right

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


class Need(Enum):
    """Whether a page is fetched. The values of the last four are codes in ``source_tally.LEFT_OUT``."""

    NEW = "new, changed, or due for a retry"
    MAYBE = "known, and perhaps changed"
    KNOWN = "known"
    OLD = "old"
    LATER = "resting"
    SHARED = "shared"


class PendingPage(Struct, frozen=True):
    """A page that is listed or waits, what is known of it, and whether it is fetched."""

    listed: ListedPage
    known: Known | None
    need: Need


def refetch_need(listed: ListedPage, known: Known, *, began: datetime) -> Need:
    """Whether a page that was requested before is fetched again."""
    if known.next_attempt_at is not None:  # it failed
        return Need.LATER if known.is_backing_off else Need.NEW
    # a date in the future is of a wrong clock, and would hide changes
    if known.fetched_at is None or known.fetched_at > datetime.now(UTC):
        return Need.MAYBE
    if known.fetched_at >= began:  # in this run, for another source or list
        return Need.KNOWN
    if listed.changed_at is None:
        return Need.MAYBE
    return Need.KNOWN if listed.changed_at <= known.fetched_at else Need.NEW


def last_fetched(page: PendingPage) -> datetime:
    """When a page was last fetched; ``datetime.min`` if it never was."""
    known = page.known
    return known.fetched_at if known and known.fetched_at else datetime.min.replace(tzinfo=UTC)


def was_read(known: Known | None) -> bool:
    """Whether a page was read as an article when it was last fetched, perhaps without some further pages."""
    return known is not None and known.outcome in ("ok", CONTINUATION)


class PageResult(Struct, frozen=True):
    """The result of fetching a page."""

    noted: Outcome
    """The outcome to note."""
    item: Page | Unreadable | None
    """For the run; None: nothing has changed."""
    links: PageLinks | None = None
    raw: Fetched | None = None
    """The page as it was received."""
    further: tuple[Fetched, ...] = ()
    """The pages that were joined to it."""
    last: Outcome | None = None
    """The outcome of the last further page that was requested."""
    parts: tuple[FurtherPart, ...] | None = None
    """The further pages to note; None: those noted before are still valid."""


class Wants(Struct, frozen=True):
    """What a source wants in a run that ``began`` then. ``refetch``: known pages are fetched again."""

    source: WebSource
    began: datetime
    refetch: bool = False

    def listed(self, page: ListedPage, before: Known | None) -> PendingPage:
        """A page that a list names, which was read just now."""
        found = self.usable(before)
        is_seen = before is not None and page.key is not None and before.entry == page.key
        # first: also a new page is skipped if it is too old
        if self._is_too_old(page):
            need = Need.OLD
        elif is_seen and not self.refetch and not self._ignores_denial(before):
            need = Need.KNOWN
        elif found is None:
            need = Need.NEW
        else:
            need = refetch_need(page, found, began=self.began)
        if need is Need.KNOWN and found is not None and self._is_due_again(found):
            need = Need.MAYBE
        return PendingPage(page, found, need)

    def waiting(self, page: ListedPage, before: Known | None, *, is_known: bool) -> PendingPage:
        """A page that waits, whenever its list was read. ``is_known``: it was fetched before that."""
        found = self.usable(before)
        if self._is_too_old(page):
            need = Need.OLD
        elif found is not None and found.is_backing_off:
            need = Need.LATER
        else:
            need = Need.MAYBE if is_known else Need.NEW
        return PendingPage(page, found, need)

    def _is_too_old(self, page: ListedPage) -> bool:
        since = self.source.since
        return page.changed_at is not None and since is not None and page.changed_at < since

    def _is_due_again(self, known: Known) -> bool:
        """Whether a page has reached an age at which it is fetched again."""
        last = known.fetched_at
        return (
            last is not None
            and last < self.began
            and not known.is_backing_off
            and is_due_again(self.source.ask_again, known.first_fetched_at, last, self.began)
        )

    def usable(self, known: Known | None) -> Known | None:
        """What is known of a URL, if it is valid for this source in this run."""
        if known is None or self._ignores_denial(known):
            return None
        # also with --refetch: this run has fetched it for another list
        if known.fetched_at is not None and self.began <= known.fetched_at <= datetime.now(UTC):
            return known
        # a forbidden URL needs no request, and the source's list may allow it now
        return None if self.refetch or known.outcome == "forbidden" else known

    def _ignores_denial(self, known: Known | None) -> bool:
        """Whether a page was denied for a source with another policy, but is fetched for this one."""
        return known is not None and known.outcome in DENIED and not self.source.respects_denials
