"""Pages that are to be fetched: whether, by what is known of them, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum

from msgspec import Struct

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.cleaners.types import Page
from copydesk.flows.fetching.http.outcomes import Fetched, Outcome
from copydesk.flows.fetching.lists.listed_page import ListedPage
from copydesk.flows.fetching.lists.memory import FurtherPart, Known, PageLinks
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.sources.opening.page_source import Unreadable
from copydesk.flows.sources.schedule import is_due_again
from copydesk.flows.sources.source_tally import DENIED


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
        return Need.LATER if is_backing_off(known) else Need.NEW
    # a date in the future is of a wrong clock, and would hide changes
    if known.fetched_at is None or known.fetched_at > datetime.now(UTC):
        return Need.MAYBE
    if known.fetched_at >= began:  # in this run, for another source or list
        return Need.KNOWN
    if listed.changed_at is None:
        return Need.MAYBE
    return Need.KNOWN if listed.changed_at <= known.fetched_at else Need.NEW


def is_backing_off(known: Known) -> bool:
    """Whether the back-off of a URL is not over; not if a wrong clock noted it."""
    now = datetime.now(UTC)
    is_clock_right = known.fetched_at is None or known.fetched_at <= now
    return known.next_attempt_at is not None and known.next_attempt_at > now and is_clock_right


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
        elif found is not None and is_backing_off(found):
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
            and not is_backing_off(known)
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
