"""Where several processes share the tests, none is lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

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


@given(MODULES, st.integers(2, 6))
def test_every_test_is_run_once_and_short_ones_in_order(
    modules: list[list[frozenset[str]]], processes: int
) -> None:
    items: Any = [Item(at, *test) for at, tests in enumerate(modules) for test in enumerate(tests)]
    found: Any = waiting_first(items, processes)
    assert Counter(test.nodeid for test in found) == Counter(test.nodeid for test in items)
    assert [test for test in found if not test.waits] == [test for test in items if not test.waits]
