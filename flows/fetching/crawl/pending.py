"""Decides which listed pages are fetched, by what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum

from msgspec import Struct

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.flows.fetching.lists.listed_page import ListedPage
from copydesk.flows.fetching.lists.memory import Known, Memory
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.sources.schedule import is_due_again
from copydesk.flows.sources.source_tally import DENIED


class Need(Enum):
    """Whether a listed page is fetched. The values of the last three are codes in ``source_tally.LEFT_OUT``."""

    NEW = "new, changed, or due for a retry"
    MAYBE = "known, and perhaps changed"
    KNOWN = "known"
    OLD = "old"
    LATER = "resting"


class PendingPage(Struct, frozen=True):
    """A listed page, what is known of it, and whether it is fetched."""

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


class Lookup:
    """Looks up what is known of pages, as far as it is valid for one source in one run.

    ``began``: the start of the run. ``refetch``: whether known pages are fetched again.
    """

    def __init__(self, source: WebSource, memory: Memory, *, began: datetime, refetch: bool) -> None:
        self._source = source
        self._memory = memory
        self._began = began
        self._refetch = refetch

    def pages(self, pages: Sequence[ListedPage]) -> list[PendingPage]:
        """The pages of a list, with the decision on each."""
        # one query for all: a list may have 50,000 pages
        known = self._memory.known([listed.url for listed in pages])
        seen = self._memory.seen(
            self._source.name, [listed.key for listed in pages if listed.key is not None]
        )
        return [self._page(listed, known.get(listed.url), is_seen=listed.key in seen) for listed in pages]

    def _page(self, listed: ListedPage, before: Known | None, *, is_seen: bool) -> PendingPage:
        found, since = self._usable(before), self._source.since
        # first: also a new page is skipped if it is too old
        if listed.changed_at is not None and since is not None and listed.changed_at < since:
            need = Need.OLD
        elif is_seen and not self._refetch and not self._ignores_denial(before):
            need = Need.KNOWN
        elif found is None:
            need = Need.NEW
        else:
            need = refetch_need(listed, found, began=self._began)
        if need is Need.KNOWN and found is not None and self._is_due_again(found):
            need = Need.MAYBE
        return PendingPage(listed, found, need)

    def _is_due_again(self, known: Known) -> bool:
        """Whether a page has reached an age at which it is fetched again."""
        last = known.fetched_at
        return (
            last is not None
            and last < self._began
            and not is_backing_off(known)
            and is_due_again(self._source.ask_again, known.first_fetched_at, last, self._began)
        )

    def known(self, urls: Sequence[str]) -> dict[str, Known]:
        found = self._memory.known(urls)
        return {url: usable for url, known in found.items() if (usable := self._usable(known)) is not None}

    def _usable(self, known: Known | None) -> Known | None:
        """What is known, if it is valid for this source in this run."""
        if known is None or self._ignores_denial(known):
            return None
        # also with --refetch: this run has fetched it for another list
        if known.fetched_at is not None and self._began <= known.fetched_at <= datetime.now(UTC):
            return known
        # a forbidden URL needs no request, and the source's list may allow it now
        return None if self._refetch or known.outcome == "forbidden" else known

    def _ignores_denial(self, known: Known | None) -> bool:
        """Whether a page was denied for a source with another policy, but is fetched for this one."""
        return known is not None and known.outcome in DENIED and not self._source.respects_denials
