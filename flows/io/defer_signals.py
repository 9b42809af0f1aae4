"""Putting off what a signal does until something is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def defer_signals() -> Iterator[None]:
    """Within, SIGINT, SIGTERM and SIGHUP are noted; at the end they do what they usually do. Ignored ones stay so.

    For starts that cannot be undone half way: the exception that a handler raises may come between any two
    instructions. Only in the main thread, for handlers run in no other.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # a list, not a flag: several signals may come, and each is to do what it does
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    usual = {
        number: handler
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if (handler := signal.getsignal(number))
        not in (signal.SIG_IGN, None)  # None: not Python's to restore
    }
    for number in usual:
        signal.signal(number, note)
    try:
        yield
    finally:
        # the usual handlers first: raised before, a signal would only be noted again
        for number, handler in usual.items():
            signal.signal(number, handler)
        for noted in came:
            signal.raise_signal(noted)
