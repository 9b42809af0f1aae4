"""What the outcome of a request says of later ones: whether and when it is tried again, in this run or another, and
whether its host is asked for anything else.

``Retry-After`` means the same everywhere: a short wait is waited for, one that is longer than a run waits is
``retry_later``, which leaves the host's other pages to another run. What a status means at first is in ``response.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, cast

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome

if TYPE_CHECKING:
    from tenacity import Future, RetryCallState

RETRY_LATER = "retry_later"
"""The reason of a page whose server wants a longer wait than a run has."""
ASKS_TO_WAIT = frozenset({RETRY_LATER, "http_429", "http_503"})
"""Reasons by which a server asks us to wait: a list that ended so is not asked for before its time; other faults of
lists are tried again in each run.
"""
GONE = frozenset({"http_404", "http_410", "http_451", "dns"})
"""How a page ends that is not where it was; what may come back a little later is waited for."""
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
# set by hand: shorter waits ask a server in trouble oftener, longer ones miss its recovery
_WAIT_MINUTES = 15
"""Back-off after the first failure of a page; each further one doubles it."""
_LONGEST_WAIT_HOURS = 24


def later(url: str, why: str, seconds: float) -> NotFetched:
    """The outcome of a page that waits for another run, as its server asked."""
    message = f"{why}, to be asked again in {seconds:.0f} seconds"
    return NotFetched(url, RETRY_LATER, message, retry_seconds=seconds)


async def with_retries(
    attempt: Callable[[], Awaitable[Outcome]],
    *,
    are_enough: Callable[[RetryCallState], bool],
    wait: Callable[[RetryCallState], float],
) -> Outcome:
    """The outcome of the last attempt: another is made while it may end otherwise and those before are not enough."""
    from tenacity import AsyncRetrying, retry_if_result

    attempts = AsyncRetrying(
        retry=retry_if_result(lambda ended: isinstance(ended, NotFetched) and ended.reason in _TRANSIENT),
        stop=are_enough,
        wait=wait,
        retry_error_callback=_last,
    )
    outcome: Outcome = await attempts(attempt)
    return outcome


def _last(state: RetryCallState) -> Outcome:
    # asked after an attempt, of which there is an outcome
    outcome: Outcome = cast("Future", state.outcome).result()
    return outcome


def seconds_until_another_run(outcome: NotFetched) -> float | None:
    """For how long a page is to be left to later runs, as its server asked; None where that is for us to decide."""
    # a short wait belongs to the run in which the page was tried again
    return None if outcome.reason in _TRANSIENT else outcome.retry_seconds


def wait_until_another_run(outcome: NotFetched, failures: int) -> timedelta:
    """For how long a page is left to later runs after it failed, and ``failures`` times in a row before."""
    if (seconds := seconds_until_another_run(outcome)) is not None:
        return timedelta(seconds=seconds)
    # 2¹⁰ times 15 minutes is beyond the longest wait: higher powers need not be made
    minutes = _WAIT_MINUTES * 2 ** min(failures, 10)
    return min(timedelta(minutes=minutes), timedelta(hours=_LONGEST_WAIT_HOURS))


def site_file_meaning(status: int | None) -> Literal["rules", "none", "unreachable"]:
    """What the status of a file that speaks for its site says (RFC 9309, 2.3.1): it is there, the site has none, or
    nothing is known for now; ``status`` None: there was no answer.
    """
    if status is not None and 200 <= status < 300:
        return "rules"
    # "unavailable" (RFC 9309, 2.3.1.3), with 401 and 403; to be asked too often (429) is no licence to go on asking
    if status is not None and 400 <= status < 500 and status != 429:
        return "none"
    return "unreachable"


class HostHealth:
    """How a host does in a run, by how its pages end one after the other."""

    def __init__(self) -> None:
        self._unwell = 0
        self._asks_to_wait = self._was_asked_too_often = False

    def note(self, outcome: Outcome) -> None:
        """One more of its pages has ended so."""
        # what an archive has of a page says nothing of the page's host
        if isinstance(outcome, Fetched) and outcome.retrieved_from is not None:
            return
        reason = outcome.reason if isinstance(outcome, NotFetched) else ""
        is_unwell = reason in _UNWELL or reason.startswith("http_5") or reason == "http_429"
        # in a row: one page that takes too long says nothing of its host
        self._unwell = self._unwell + 1 if is_unwell else 0
        self._asks_to_wait |= reason == RETRY_LATER
        self._was_asked_too_often = reason == "http_429"

    @property
    def is_left(self) -> bool:
        """Whether it is not asked again in this run."""
        return self._asks_to_wait or self._unwell >= UNWELL_PAGES

    @property
    def why_left(self) -> str:
        """Why it is: a code of pages that are left out."""
        return "patience" if self._asks_to_wait or self._was_asked_too_often else "left"
