"""What a failed request says of those after it: whether and when the page is asked for again, and whether its host is
left alone.

A wish for patience (``Retry-After``) means here what it means everywhere: a short one is waited for, one that is longer
than a run waits is ``retry_later``, which leaves the host's other pages to another run.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from copydesk.flows.fetching.asking.outcomes import Fetched, NotFetched, Outcome

RETRY_LATER = "retry_later"
"""The reason of a page whose server wants more patience than a run has."""
ASKED_FOR_PATIENCE = frozenset({RETRY_LATER, "http_429", "http_503"})
"""Reasons by which a server says that it is to be left alone for a while: a list that ended so is not asked for before
its time; other faults of lists are tried again in each run.
"""
TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})
"""After these the same may work a little later."""
UNWELL_PAGES = 5
"""So many pages in a row for which a host is to blame, and the rest of them is left for the next run."""
# not dns and tls: a missing name or a wrong certificate is the same a second later
_TRANSIENT = frozenset(
    {"connect", "timeout", "protocol", "truncated", *(f"http_{code}" for code in TRANSIENT_STATUS)}
)
# with 5xx and 429: what the host's next page would meet as well; not over_budget, as the budget is ours
_UNWELL = frozenset({"connect", "dns", "timeout", "tls", "robots_unreachable", RETRY_LATER})
_LONGEST_PATIENCE_SECONDS = 7 * 24 * 3600.0
"""A server that asks for more is asked again after a week: one wrong date must not silence it for ever."""


def bad_status(url: str, status: int, retry_after: str | None, *, patience_seconds: float) -> NotFetched:
    """The outcome of a status that is none of success: to be asked again later where the server asks for more
    patience than there is.
    """
    if status in TRANSIENT_STATUS:
        wait = patience_asked_for(retry_after)
        if wait is not None and wait > patience_seconds:
            return later(url, f"status {status}", wait)
        return NotFetched(url, f"http_{status}", f"status {status}", retry_seconds=wait)
    return NotFetched(url, f"http_{status}", f"status {status}")


def later(url: str, why: str, seconds: float) -> NotFetched:
    """The outcome of a page that waits for another run, as its server asked."""
    message = f"{why}, to be asked again in {seconds:.0f} seconds"
    return NotFetched(url, RETRY_LATER, message, retry_seconds=seconds)


def patience_asked_for(retry_after: str | None) -> float | None:
    """Seconds, from a number or a date; None for neither, and for what is over already."""
    if not retry_after:
        return None
    # RFC 9110, 10.2.3: seconds ("120") or a date
    if retry_after.strip().isdecimal():
        # nine digits are more than a week already
        seconds = float(retry_after.strip()[:9])
    else:
        try:
            when = parsedate_to_datetime(retry_after)
            # "-0000" gives no zone (RFC 5322, 3.3); dates of HTTP are in UTC
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            seconds = (when - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(seconds, _LONGEST_PATIENCE_SECONDS) if seconds > 0 else None


def is_worth_another(outcome: Outcome) -> bool:
    """Whether the same request may end otherwise in this run."""
    return isinstance(outcome, NotFetched) and outcome.reason in _TRANSIENT


def seconds_until_another_run(outcome: NotFetched) -> float | None:
    """For how long a page is to be left to later runs, as its server asked; None where that is for us to decide."""
    # a short wish belongs to the run in which the page was tried again
    return None if outcome.reason in _TRANSIENT else outcome.retry_seconds


def is_unwell(outcome: Outcome) -> bool:
    """Whether it is the host that is to blame for how a page ended, and not the page."""
    if not isinstance(outcome, NotFetched):
        return False
    return outcome.reason in _UNWELL or outcome.reason.startswith("http_5") or outcome.reason == "http_429"


class HostHealth:
    """How a host does in a run, by how its pages end one after the other."""

    def __init__(self) -> None:
        self._unwell = 0
        self._asks_for_patience = self._was_asked_too_often = False

    def note(self, outcome: Outcome) -> None:
        """One more of its pages has ended so."""
        # what an archive has of a page says nothing of the page's host
        if isinstance(outcome, Fetched) and outcome.retrieved_from is not None:
            return
        # in a row: one page that takes too long says nothing of its host
        self._unwell = self._unwell + 1 if is_unwell(outcome) else 0
        reason = outcome.reason if isinstance(outcome, NotFetched) else None
        self._asks_for_patience |= reason == RETRY_LATER
        self._was_asked_too_often = reason == "http_429"

    @property
    def is_left(self) -> bool:
        """Whether it is to be left alone for the rest of the run."""
        return self._asks_for_patience or self._unwell >= UNWELL_PAGES

    @property
    def why_left(self) -> str:
        """Why it is: a code of pages that are left out."""
        return "patience" if self._asks_for_patience or self._was_asked_too_often else "left"
