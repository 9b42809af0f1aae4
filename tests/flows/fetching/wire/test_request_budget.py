"""Time and requests for all pieces together."""

from __future__ import annotations

import asyncio

import pytest

from copydesk.flows.fetching.wire.budgets import OverBudget, TimeBudget

HOUR = 3_600.0


async def in_pieces(limits: TimeBudget, pieces: int, *, seconds: float = 0.0) -> int:
    """How many pieces were done."""
    for done in range(pieces):
        try:
            async with limits.request():
                await asyncio.sleep(seconds)
        except (TimeoutError, OverBudget):
            return done
    return pieces


def done(limits: TimeBudget, pieces: int, *, seconds: float = 0.0) -> int:
    return asyncio.run(in_pieces(limits, pieces, seconds=seconds))


def test_pieces_that_are_short_each_use_up_the_time_together() -> None:
    # each has the time a hundred times over, and a busy machine only uses it up sooner
    assert done(TimeBudget(0.1), 1_000, seconds=0.001) < 1_000


def test_once_it_is_used_up_nothing_is_begun() -> None:
    assert done(TimeBudget(0.0), 1, seconds=HOUR) == 0
    with pytest.raises(OverBudget, match="more than 0 seconds"):
        TimeBudget(0.0).check()


def test_what_a_piece_raises_is_raised_and_leaves_time_for_the_next() -> None:
    async def pieces() -> int:
        limits = TimeBudget(HOUR)
        with pytest.raises(KeyError):
            async with limits.request():
                raise KeyError
        return await in_pieces(limits, 3)

    assert asyncio.run(pieces()) == 3


def test_requests_are_counted_also_those_of_what_lies_within() -> None:
    around = TimeBudget(HOUR, requests=5)
    assert done(TimeBudget(HOUR, within=around, requests=3), 9) == 3
    assert done(TimeBudget(HOUR, within=around), 9) == 2
    with pytest.raises(OverBudget, match="more than 5 requests"):
        TimeBudget(HOUR, within=around).check()


def test_time_that_is_used_up_within_is_used_up_around() -> None:
    around = TimeBudget(0.05)
    assert done(TimeBudget(HOUR, within=around), 1, seconds=HOUR) == 0
    assert not around.has_time
    assert not TimeBudget(HOUR, within=around).has_time
    assert done(TimeBudget(HOUR, within=around), 1) == 0


def test_so_many_requests_may_bring_nothing_new() -> None:
    limits = TimeBudget(HOUR, idle=2)
    assert done(limits, 9) == 9
    for _ in range(2):
        limits.check()
        limits.note_idle()
    with pytest.raises(OverBudget, match="more than 2 requests that brought nothing new"):
        limits.check()
    assert not limits.has_room(0.0)
