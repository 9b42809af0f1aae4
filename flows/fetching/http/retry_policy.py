"""What the outcome of a request means for later ones: whether and when it is retried, in this run or another, and
whether its host gets further requests.

``Retry-After`` means the same everywhere: a run waits for a short pause; a longer one is ``retry_later``, which leaves
the host's other pages to another run, too. What a status means is in ``response.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, cast

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome

if TYPE_CHECKING:
    from tenacity import Future, RetryCallState

RETRY_LATER = "retry_later"
"""The reason of a page whose server requests a longer pause than a run waits."""
ASKS_TO_WAIT = frozenset({RETRY_LATER, "http_429", "http_503"})
"""Reasons by which a server requests a pause: a list that ended so is not requested before its time; other failures of
lists are retried in each run.
"""
GONE = frozenset({"http_404", "http_410", "http_451", "dns"})
"""Reasons of a page that is gone; an error that may pass is none of them."""
TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})
"""After these the same request may work a little later."""
GIVEN_UP = 5
"""After so many attempts in a row a URL fails for good; that a page is missing is no reason to read its list again."""
MAX_FAILED_IN_A_ROW = 5
"""After so many pages in a row that failed by their host's fault the others are left to the next run."""
# not dns and tls: a missing name or a wrong certificate is the same a second later
_TRANSIENT = frozenset(
    {"connect", "timeout", "protocol", "truncated", *(f"http_{code}" for code in TRANSIENT_STATUS)}
)
# with 5xx and 429: the host's next page would fail, too; not over_budget, as the budget is ours
_HOST_FAULTS = frozenset({"connect", "dns", "timeout", "tls", "robots_unreachable", RETRY_LATER})
# set by hand: shorter waits burden a server in trouble, longer ones miss its recovery
_WAIT_MINUTES = 15
"""Back-off after the first failure of a page; each further failure doubles it."""
_LONGEST_WAIT_HOURS = 24


def later(url: str, why: str, seconds: float) -> NotFetched:
    """The outcome of a page that is left to another run, as its server requested."""
    message = f"{why}, to be retried in {seconds:.0f} seconds"
    return NotFetched(url, RETRY_LATER, message, retry_seconds=seconds)


async def with_retries(
    attempt: Callable[[], Awaitable[Outcome]],
    *,
    should_stop: Callable[[RetryCallState], bool],
    wait: Callable[[RetryCallState], float],
) -> Outcome:
    """The outcome of the last attempt: transient failures are retried until ``should_stop``."""
    from tenacity import AsyncRetrying, retry_if_result

    attempts = AsyncRetrying(
        retry=retry_if_result(lambda ended: isinstance(ended, NotFetched) and ended.reason in _TRANSIENT),
        stop=should_stop,
        wait=wait,
        retry_error_callback=_last,
    )
    outcome: Outcome = await attempts(attempt)
    return outcome


def _last(state: RetryCallState) -> Outcome:
    # called after an attempt, which has an outcome
    outcome: Outcome = cast("Future", state.outcome).result()
    return outcome


def seconds_until_another_run(outcome: NotFetched) -> float | None:
    """The pause that a server requested beyond this run; None where the back-off is for us to decide."""
    # a short pause belongs to the run in which the page was retried
    return None if outcome.reason in _TRANSIENT else outcome.retry_seconds


def wait_until_another_run(outcome: NotFetched, failures: int) -> timedelta:
    """The back-off of a page that failed, and ``failures`` times in a row before."""
    if (seconds := seconds_until_another_run(outcome)) is not None:
        return timedelta(seconds=seconds)
    # 2¹⁰ times 15 minutes is beyond the longest wait: higher powers need not be made
    minutes = _WAIT_MINUTES * 2 ** min(failures, 10)
    return min(timedelta(minutes=minutes), timedelta(hours=_LONGEST_WAIT_HOURS))


def site_file_meaning(status: int | None) -> Literal["rules", "none", "unreachable"]:
    """What the status of a file of a site means (RFC 9309, 2.3.1): it is there, the site has none, or nothing is known
    for now; ``status`` None: there was no answer.
    """
    if status is not None and 200 <= status < 300:
        return "rules"
    # "unavailable" (RFC 9309, 2.3.1.3), with 401 and 403; 429 is no permission to go on
    if status is not None and 400 <= status < 500 and status != 429:
        return "none"
    return "unreachable"


class HostHealth:
    """Whether a host gets further requests in a run, by the outcomes of its pages, one after the other."""

    def __init__(self) -> None:
        self._failed_in_a_row = 0
        self._requests_pause = self._is_rate_limited = False

    def note(self, outcome: Outcome) -> None:
        """Counts the outcome of one more of its pages."""
        # a capture in an archive shows nothing about the page's host
        if isinstance(outcome, Fetched) and outcome.retrieved_from is not None:
            return
        reason = outcome.reason if isinstance(outcome, NotFetched) else ""
        is_host_fault = reason in _HOST_FAULTS or reason.startswith("http_5") or reason == "http_429"
        # in a row: a single slow page shows nothing about its host
        self._failed_in_a_row = self._failed_in_a_row + 1 if is_host_fault else 0
        self._requests_pause |= reason == RETRY_LATER
        self._is_rate_limited = reason == "http_429"

    @property
    def is_given_up(self) -> bool:
        """Whether it gets no further request in this run."""
        return self._requests_pause or self._failed_in_a_row >= MAX_FAILED_IN_A_ROW

    @property
    def skip_reason(self) -> str:
        """Why its other pages are skipped (a code)."""
        return "patience" if self._requests_pause or self._is_rate_limited else "left"
