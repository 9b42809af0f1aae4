"""Whether it is the host that is to blame for how a page ended, and not the page."""

from __future__ import annotations

from copydesk.flows.fetching.asking.outcomes import Fetched, NotFetched, Outcome

UNWELL_PAGES = 5
"""So many pages in a row for which a host is to blame, and the rest of them is left for the next run."""
# with 5xx and 429: what the host's next page would meet as well
_UNWELL = frozenset({"connect", "dns", "timeout", "tls", "robots_unreachable", "retry_later"})


def is_unwell(outcome: Outcome) -> bool:
    """Whether it is the host that is to blame, and not the page."""
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
        if isinstance(outcome, NotFetched) and outcome.retry_seconds is not None:
            self._asks_for_patience = True
        self._was_asked_too_often = isinstance(outcome, NotFetched) and outcome.reason == "http_429"

    @property
    def is_left(self) -> bool:
        """Whether it is to be left alone for the rest of the run."""
        return self._asks_for_patience or self._unwell >= UNWELL_PAGES

    @property
    def why_left(self) -> str:
        """Why it is: a code of pages that are left out."""
        return "patience" if self._asks_for_patience or self._was_asked_too_often else "left"
