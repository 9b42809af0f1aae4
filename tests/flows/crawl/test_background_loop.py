"""A producer in a thread of its own: its items in order, bounded ahead, its errors raised where they are taken."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from conftest import wait_until
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.flows.crawl.background import AHEAD_BYTES, AHEAD_ITEMS, Outlet, run_in_background_loop
from copydesk.flows.errors import EnvironmentFault, SettingsError

Produce = Callable[[Outlet[int]], Any]


def putting(*weights: int) -> Produce:
    async def produce(outlet: Outlet[int]) -> None:
        for number, weight in enumerate(weights):
            await outlet.put(number, weight=weight)

    return produce


def taken(produce: Produce) -> Iterator[int]:
    return run_in_background_loop(produce, Outlet[int]())


def fetching() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "fetching"]


@settings(max_examples=20)
@given(st.lists(st.integers(0, 2 * AHEAD_BYTES), max_size=3 * AHEAD_ITEMS))
def test_all_items_come_in_order_whatever_they_weigh(weights: list[int]) -> None:
    assert list(taken(putting(*weights))) == list(range(len(weights)))
    assert fetching() == []


@pytest.mark.parametrize(
    ("weight", "ahead"),
    [(0, AHEAD_ITEMS), (AHEAD_BYTES // 10, 10), (AHEAD_BYTES // 2 + 1, 1), (3 * AHEAD_BYTES, 1)],
)
def test_a_producer_is_only_so_far_ahead(weight: int, ahead: int) -> None:
    put: list[int] = []

    async def produce(outlet: Outlet[int]) -> None:
        for number in range(4 * AHEAD_ITEMS):
            await outlet.put(number, weight=weight)
            put.append(number)

    with closing(taken(produce)) as items:
        for given in range(1, 4):
            assert next(items) == given - 1
            wait_until(lambda given=given: len(put) >= given + ahead)
            # what is put waits in the queue beside the one that is handed over
            assert len(put) == given + ahead


def test_what_came_before_an_error_is_still_handed_over() -> None:
    async def produce(outlet: Outlet[int]) -> None:
        await outlet.put(1)
        await outlet.put(2)
        raise KeyError("gone")

    items = taken(produce)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(KeyError, match="gone"):
        next(items)
    assert fetching() == []


@pytest.mark.parametrize(
    ("error", "raised", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), EnvironmentFault, "fetching cannot go on: no space left"),
        (RuntimeError("can't start new thread"), EnvironmentFault, "fetching cannot go on: can't start new thread"),
        (MemoryError(), EnvironmentFault, "fetching cannot go on: out of memory"),
        (SettingsError("no such proxy"), SettingsError, "no such proxy"),
        (RuntimeError("a mistake"), RuntimeError, "a mistake"),
    ],
)  # fmt: skip
def test_refusals_of_the_system_are_faults(error: Exception, raised: type[Exception], message: str) -> None:
    async def produce(_: Outlet[int]) -> None:
        raise error

    with pytest.raises(raised, match=message) as caught:
        next(taken(produce))
    assert type(caught.value) is raised


def test_who_stops_early_ends_the_producer_and_its_thread() -> None:
    ended: list[str] = []

    async def produce(outlet: Outlet[int]) -> None:
        try:
            await outlet.put(0)
            await asyncio.Event().wait()
        finally:
            ended.append(threading.current_thread().name)

    with closing(taken(produce)) as items:
        assert next(items) == 0
        assert len(fetching()) == 1
        assert ended == []
    assert ended == ["fetching"]
    assert fetching() == []


def test_several_producers_share_the_room() -> None:
    async def produce(outlet: Outlet[int]) -> None:
        async def one(number: int) -> None:
            for _ in range(100):
                await outlet.put(number, weight=AHEAD_BYTES // 3)

        await asyncio.gather(*(one(number) for number in range(5)))

    found = list(taken(produce))
    assert sorted(found) == sorted(list(range(5)) * 100)


def test_whether_the_next_item_is_there_is_reported() -> None:
    outlet = Outlet[int]()
    go = threading.Event()

    async def produce(outlet: Outlet[int]) -> None:
        await outlet.put(0)
        await asyncio.to_thread(go.wait)
        await outlet.put(1)
        await asyncio.Event().wait()  # the end, too, is something that is there

    assert outlet.is_empty
    with closing(run_in_background_loop(produce, outlet)) as items:
        assert next(items) == 0
        assert outlet.is_empty
        go.set()
        wait_until(lambda: not outlet.is_empty)
        assert next(items) == 1
