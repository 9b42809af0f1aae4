"""Many small cases in one test: to begin and to report a test takes more time than to read a line does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def hold(check: Callable[..., None], cases: Iterable[tuple[Any, ...]]) -> None:
    """Checks all cases and raises what failed, each fault with the case it is of; fails where there is no case."""
    given = list(cases)
    assert given, "no cases"
    faults = []
    for case in given:
        try:
            check(*case)
        except Exception as fault:  # noqa: BLE001 - is raised with the others
            fault.add_note(f"of {case!r}")
            faults.append(fault)
    if faults:
        raise ExceptionGroup(f"{len(faults)} of {len(given)} cases", faults)
