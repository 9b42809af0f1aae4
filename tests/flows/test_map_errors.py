"""What others raise becomes an exception of ours; what is ours already, and a bug, stays as it is."""

from __future__ import annotations

import asyncio

import pytest

from copydesk.flows.errors import EnvironmentFault, map_errors

FAULT = EnvironmentFault("the disk is full; free some space")


def fault_for(error: Exception) -> Exception | None:
    if isinstance(error, EnvironmentFault):
        return error
    return FAULT if isinstance(error, OSError) else None


def test_what_is_known_is_raised_as_ours_with_its_cause() -> None:
    cause = OSError("no space")
    with pytest.raises(EnvironmentFault) as caught, map_errors(fault_for):
        raise cause
    assert caught.value is FAULT
    assert caught.value.__cause__ is cause


@pytest.mark.parametrize(
    "error",
    [ValueError("a bug"), EnvironmentFault("ours"), asyncio.CancelledError(), KeyboardInterrupt()],
    ids=repr,
)
def test_what_is_ours_a_bug_or_a_cancellation_stays_as_it_is(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, map_errors(fault_for):
        raise error
    assert caught.value is error
    assert caught.value.__cause__ is None
