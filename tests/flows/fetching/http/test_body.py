"""Places for large bodies: as many as there are, taken once each, given back however a fetch ends."""

from __future__ import annotations

import asyncio

import pytest

from copydesk.flows.fetching.http.body import LARGE_AT_ONCE, LARGE_BYTES, Hold


def test_small_bodies_need_no_place() -> None:
    async def tried() -> list[bool]:
        bodies = asyncio.Semaphore(1)
        async with Hold(bodies) as one, Hold(bodies) as other:
            return [await hold.grow_to(LARGE_BYTES) for hold in (one, other, one)]

    assert asyncio.run(tried()) == [True, True, True]


def test_as_many_large_bodies_as_there_are_places_and_nobody_waits_for_one() -> None:
    async def tried() -> tuple[list[bool], list[bool]]:
        bodies = asyncio.Semaphore(LARGE_AT_ONCE)
        holds = [Hold(bodies) for _ in range(LARGE_AT_ONCE + 1)]
        first = [await hold.grow_to(LARGE_BYTES + 1) for hold in holds]
        # who has a place may grow on; who has none is refused each time
        again = [await hold.grow_to(3 * LARGE_BYTES) for hold in holds]
        return first, again

    first, again = asyncio.run(tried())
    assert first == again == [True] * LARGE_AT_ONCE + [False]


@pytest.mark.parametrize("ends", ["well", "badly"])
def test_a_place_is_given_back_however_the_fetch_ends(ends: str) -> None:
    async def tried() -> bool:
        bodies = asyncio.Semaphore(1)
        waiting = Hold(bodies)
        try:
            async with Hold(bodies) as hold:
                assert await hold.grow_to(LARGE_BYTES + 1)
                await hold.wait_for_place()  # it has one: nothing further is taken
                asked = asyncio.create_task(waiting.wait_for_place())
                await asyncio.sleep(0)
                assert not asked.done()
                if ends == "badly":
                    raise ValueError
        except ValueError:
            pass
        await asked
        async with waiting:
            assert await waiting.grow_to(LARGE_BYTES + 1)
        return await Hold(bodies).grow_to(LARGE_BYTES + 1)

    assert asyncio.run(tried())


def test_pages_of_an_article_count_together() -> None:
    async def tried() -> list[bool]:
        bodies = asyncio.Semaphore(1)
        async with Hold(bodies) as article, Hold(bodies) as other:
            article.keep(LARGE_BYTES - 1)
            return [
                await article.grow_to(1),
                await article.grow_to(2),  # takes the place
                await other.grow_to(LARGE_BYTES + 1),
            ]

    assert asyncio.run(tried()) == [True, True, False]


def test_who_holds_nothing_gives_nothing_back() -> None:
    async def tried() -> list[bool]:
        bodies = asyncio.Semaphore(1)
        async with Hold(bodies):
            pass  # a small body
        holds: list[Hold] = [Hold(bodies), Hold(bodies)]
        return [await hold.grow_to(LARGE_BYTES + 1) for hold in holds]

    assert asyncio.run(tried()) == [True, False]
