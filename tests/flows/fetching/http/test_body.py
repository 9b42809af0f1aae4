"""Places for large bodies: as many as there are, taken once each, given back however a fetch ends."""

from __future__ import annotations

import asyncio

import pytest

from copydesk.flows.fetching.http.body import LARGE_AT_ONCE, LARGE_BYTES, Hold


def test_so_many_large_bodies_have_a_place_and_nobody_waits_for_one() -> None:
    async def tried() -> list[list[bool]]:
        bodies = asyncio.Semaphore(LARGE_AT_ONCE)
        holds = [Hold(bodies) for _ in range(LARGE_AT_ONCE + 1)]
        # small bodies need none; who has a place may grow on, who has none is refused each time
        sizes = (LARGE_BYTES, LARGE_BYTES + 1, 3 * LARGE_BYTES)
        return [[await hold.grow_to(size) for hold in holds] for size in sizes]

    refused = [True] * LARGE_AT_ONCE + [False]
    assert asyncio.run(tried()) == [[True] * (LARGE_AT_ONCE + 1), refused, refused]


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
