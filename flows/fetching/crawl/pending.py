"""Which pages of a list are fetched, by what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum

from msgspec import Struct, structs

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.flows.fetching.lists.listings import Target
from copydesk.flows.fetching.lists.memory import WITHHELD, Known, Memory, WebSource
from copydesk.flows.sources.schedule import is_due_again

CUT_SHORT = CONTINUATION
"""The outcome of a page that was fetched, while a further page of its article failed for now."""


class Need(Enum):
    """Whether a listed page is fetched; the values are the reasons why not."""

    NEW = "new, changed, or worth another attempt by now"
    MAYBE = "known, and it is unknown whether it has changed"
    KNOWN = "known"
    OLD = "old"
    LATER = "resting"


class PendingPage(Struct, frozen=True):
    """A listed page, what is known of it, and whether it is to be fetched."""

    target: Target
    known: Known | None
    need: Need


def need_again(target: Target, known: Known, *, began: datetime) -> Need:
    """Whether a page that was fetched before is fetched again."""
    if known.next_attempt_at is not None:  # it failed
        return Need.LATER if is_resting(known) else Need.NEW
    # noted by a clock that was ahead: compared with dates of lists it would hide changes
    if known.fetched_at is None or known.fetched_at > datetime.now(UTC):
        return Need.MAYBE
    # by another source or list of this run
    if known.fetched_at >= began:
        return Need.KNOWN
    if target.changed_at is None:
        return Need.MAYBE
    return Need.KNOWN if target.changed_at <= known.fetched_at else Need.NEW


def is_resting(known: Known) -> bool:
    """Whether its back-off is not over; False where it was noted by a clock that was ahead."""
    now = datetime.now(UTC)
    is_noted_before = known.fetched_at is None or known.fetched_at <= now
    return known.next_attempt_at is not None and known.next_attempt_at > now and is_noted_before


def age(page: PendingPage) -> datetime:
    """When a page was fetched last; the beginning of time where it never was."""
    known = page.known
    return known.fetched_at if known and known.fetched_at else datetime.min.replace(tzinfo=UTC)


def was_read(known: Known | None) -> bool:
    """Whether a page was read as an article when it was fetched last, be it without all of its further pages."""
    return known is not None and known.outcome in ("ok", CUT_SHORT)


def without_known_text(page: PendingPage) -> Target:
    """A listed page without the feed's own text of it, where the page itself was read before: in place of a page that
    fails today, that text would look like a new version of it.
    """
    return structs.replace(page.target, content=None) if was_read(page.known) else page.target


class Lookup:
    """What is known of pages, as far as it holds for one source in one run.

    ``began``: of the run. ``refetch``: whether known pages are fetched again.
    """

    def __init__(self, source: WebSource, memory: Memory, *, began: datetime, refetch: bool) -> None:
        self._source = source
        self._memory = memory
        self._began = began
        self._refetch = refetch

    def pages(self, targets: Sequence[Target]) -> list[PendingPage]:
        """The pages of a list, each with whether it is fetched."""
        # one query for the whole list, which may have 50,000 pages
        known = self._memory.known([target.url for target in targets])
        seen = self._memory.seen(
            self._source.name, [target.key for target in targets if target.key is not None]
        )
        return [self._page(target, known.get(target.url), is_seen=target.key in seen) for target in targets]

    def _page(self, target: Target, before: Known | None, *, is_seen: bool) -> PendingPage:
        found = self._usable(before)
        counts_as_seen = is_seen and not self._refetch and not self._is_let_in(before)
        need = self._need(target, found, is_seen=counts_as_seen)
        if need is Need.KNOWN and found is not None and self._is_due_again(found):
            need = Need.MAYBE
        return PendingPage(target, found, need)

    def _is_due_again(self, known: Known) -> bool:
        """Whether a page has reached an age at which it is fetched again, whatever its list has."""
        last = known.fetched_at
        return (
            last is not None
            # otherwise noted in this run
            and last < self._began
            and not is_resting(known)
            and is_due_again(self._source.ask_again, known.first_fetched_at, last, self._began)
        )

    def known(self, urls: Sequence[str]) -> dict[str, Known]:
        found = self._memory.known(urls)
        return {url: usable for url, known in found.items() if (usable := self._usable(known)) is not None}

    def _usable(self, known: Known | None) -> Known | None:
        """What is known, as far as it holds for this source in this run."""
        if known is None or self._is_let_in(known):
            return None
        # before refetch: what this run has fetched is not fetched again for each list that names it
        if self._is_of_this_run(known):
            return known
        if self._refetch or known.outcome == "forbidden":  # which needs no request, and lists change
            return None
        return known

    def _is_of_this_run(self, known: Known) -> bool:
        return known.fetched_at is not None and self._began <= known.fetched_at <= datetime.now(UTC)

    def _is_let_in(self, known: Known | None) -> bool:
        """Whether a page was withheld by its publisher's reservation, and is not any more."""
        is_withheld = known is not None and known.outcome in WITHHELD
        return is_withheld and not self._source.respects

    def _need(self, target: Target, known: Known | None, *, is_seen: bool) -> Need:
        since = self._source.since
        # first: what is too old is skipped, new or known
        if target.changed_at is not None and since is not None and target.changed_at < since:
            return Need.OLD
        if is_seen:
            return Need.KNOWN
        if known is None:
            return Need.NEW
        return need_again(target, known, began=self._began)
