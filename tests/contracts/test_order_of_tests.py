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
    numbered = [(module, *test) for module, tests in enumerate(modules) for test in enumerate(tests)]
    return [Item(*test) for test in numbered]


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
def test_every_test_is_run_once_and_short_ones_in_order(
    modules: list[list[frozenset[str]]], processes: int
) -> None:
    items = items_of(modules)
    found = ordered(items, processes)
    assert Counter(test.nodeid for test in found) == Counter(test.nodeid for test in items)
    assert [test for test in found if not test.waits] == [test for test in items if not test.waits]


def test_each_process_begins_with_modules_that_wait_and_none_is_in_two() -> None:
    waits, short = frozenset({"waits"}), frozenset[str]()
    items = items_of([[short] * 40, [waits] * 5, [short] * 40, [waits] * 3, [waits] * 2])
    parts = parts_of(ordered(items, 2), 2)
    for part in parts:
        waiting = [test.waits for test in part]
        assert waiting == sorted(waiting, reverse=True)
        assert sum(waiting) == 5
    modules = [{test.nodeid.partition("::")[0] for test in part if test.waits} for part in parts]
    assert not modules[0] & modules[1]
