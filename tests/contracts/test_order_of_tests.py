"""Where several processes share the tests, each begins with its part of those that wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import cast

import pytest
from conftest import waiting_first
from hypothesis import given
from hypothesis import strategies as st


class Item:
    """As much of a test as its place in the order goes by."""

    def __init__(self, module: int, number: int, marks: frozenset[str]) -> None:
        self.nodeid = f"tests/test_{module}.py::test_{number}"
        self._marks = marks

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self._marks else None

    @property
    def waits(self) -> bool:
        return bool(self._marks & {"browser", "prefect", "waits"})


MARKS = st.sampled_from([(), (), (), ("slow",), ("waits",), ("prefect", "slow"), ("browser",)]).map(frozenset)
MODULES = st.lists(st.lists(MARKS, max_size=12), max_size=12)


def items_of(modules: Sequence[Sequence[frozenset[str]]]) -> list[Item]:
    return [
        Item(module, number, marks)
        for module, tests in enumerate(modules)
        for number, marks in enumerate(tests)
    ]


def ordered(items: Sequence[Item], processes: int) -> list[Item]:
    return cast("list[Item]", waiting_first(cast("Sequence[pytest.Item]", items), processes))


def parts_of(items: Sequence[Item], processes: int) -> list[Sequence[Item]]:
    """What each process gets at first: as xdist shares out a list, the larger parts last."""
    parts, at = [], 0
    for number in range(processes):
        size = (len(items) - at) // (processes - number)
        parts.append(items[at : at + size])
        at += size
    return parts


@given(MODULES, st.integers(2, 6))
def test_every_test_is_run_once(modules: list[list[frozenset[str]]], processes: int) -> None:
    items = items_of(modules)
    assert Counter(one.nodeid for one in ordered(items, processes)) == Counter(one.nodeid for one in items)


@given(MODULES, st.integers(2, 6))
def test_what_does_not_wait_stays_in_its_order(modules: list[list[frozenset[str]]], processes: int) -> None:
    items = items_of(modules)
    short = [one for one in items if not one.waits]
    assert [one for one in ordered(items, processes) if not one.waits] == short


def test_each_process_begins_with_modules_that_wait_and_none_is_in_two() -> None:
    waits, short = frozenset({"waits"}), frozenset[str]()
    items = items_of([[short] * 40, [waits] * 5, [short] * 40, [waits] * 3, [waits] * 2])
    parts = parts_of(ordered(items, 2), 2)
    for part in parts:
        waiting = [one.waits for one in part]
        assert waiting == sorted(waiting, reverse=True)
        assert sum(waiting) == 5
    modules = [{one.nodeid.partition("::")[0] for one in part if one.waits} for part in parts]
    assert not modules[0] & modules[1]
