"""Whether it is the host that is to blame for how a page ended, and not the page."""

from __future__ import annotations

from copydesk.flows.fetching.asking.outcomes import NotFetched, Outcome

UNWELL_PAGES = 5
"""So many pages in a row for which a host is to blame, and the rest of them is left for the next run."""
# with 5xx and 429: what the host's next page would meet as well
_UNWELL = frozenset({"connect", "dns", "timeout", "tls", "robots_unreachable", "retry_later"})


def is_unwell(outcome: Outcome) -> bool:
    """Whether it is the host that is to blame, and not the page."""
    if not isinstance(outcome, NotFetched):
        return False
    return outcome.reason in _UNWELL or outcome.reason.startswith("http_5") or outcome.reason == "http_429"
