"""How long a page may take, as callers of the library say it."""

from __future__ import annotations

from math import isfinite
from numbers import Real

from copydesk.cleaners.pipeline.given import shown
from copydesk.flows.io.child import Limits


def limits_within(timeout: float | None) -> Limits:
    """The limits of a page that may take so many seconds, waiting or working; None: those of a run.

    Raises TypeError, or ValueError for what is no time above 0.
    """
    if timeout is None:
        return Limits()
    expected = f"timeout: expected seconds above 0, or None, not {shown(timeout)}"
    # numbers of numpy are taken, too; True is a number to Python, but nobody's wish
    if isinstance(timeout, bool) or not isinstance(timeout, Real):
        raise TypeError(expected)
    if not (isfinite(timeout) and timeout > 0):
        raise ValueError(expected)
    # who says how long means all of it: the limit on a processor's work alone does not come before
    return Limits(processor_seconds=float(timeout), timeout_seconds=float(timeout))
