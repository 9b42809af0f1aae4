"""A time for all pieces together."""

from __future__ import annotations

import asyncio

import pytest

from copydesk.flows.fetching.wire.deadline import Deadline

HOUR = 3_600.0


async def in_pieces(deadline: Deadline, pieces: int, *, seconds: float) -> int:
    """How many pieces were done in time."""
    for done in range(pieces):
        try:
            async with deadline.running():
                await asyncio.sleep(seconds)
        except TimeoutError:
            return done
    return pieces


def test_pieces_that_are_short_each_use_up_the_time_together() -> None:
    # each has the time a hundred times over, and a busy machine only uses it up sooner
    assert asyncio.run(in_pieces(Deadline(0.1), 1_000, seconds=0.001)) < 1_000


def test_once_it_is_used_up_nothing_is_waited_for() -> None:
    assert asyncio.run(in_pieces(Deadline(0.0), 1, seconds=HOUR)) == 0


def test_what_a_piece_raises_is_raised_and_leaves_time_for_the_next() -> None:
    async def pieces() -> int:
        deadline = Deadline(HOUR)
        with pytest.raises(KeyError):
            async with deadline.running():
                raise KeyError
        return await in_pieces(deadline, 3, seconds=0)

    assert asyncio.run(pieces()) == 3
