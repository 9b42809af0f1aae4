"""What is raised while a page is asked for and nobody expected: the outcome of that page, as it is in the
workers that clean it.
"""

from __future__ import annotations

from copydesk.flows.errors import FlowError
from copydesk.flows.fetching.asking.outcomes import NotFetched
from copydesk.flows.io.child import error_reason

UNEXPECTED = "error"
"""The reason code of what nobody expected: told like a page's own fault, and never passed over."""


def failure_of(url: str, error: Exception) -> NotFetched:
    """An exception as the outcome of the page or list at a URL: ``error``, with its type and one line of it.

    Raises the error itself where not the page but the run is at fault (FlowError): what is so with one page
    is so with all of them.
    """
    # of what a task group raises, only that which is the run's fault ends the run
    faults = error.subgroup(FlowError) if isinstance(error, ExceptionGroup) else None
    if isinstance(error, FlowError):
        raise error
    if faults is not None:
        raise faults
    return NotFetched(url, UNEXPECTED, error_reason(error).removeprefix(f"{UNEXPECTED}: "))
