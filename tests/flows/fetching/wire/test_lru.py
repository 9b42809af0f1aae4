"""What is kept up to a weight: the same as a plain model of it, whatever is put and asked for."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from copydesk.flows.fetching.wire.lru import LEAST_WEIGHT, Lru

MOST = 5 * LEAST_WEIGHT
KEYS = st.integers(0, 6)


class LruMachine(RuleBasedStateMachine):
    """A list of (key, value, weight), used longest ago first, defines what has to be there."""

    def __init__(self) -> None:
        super().__init__()
        self.lru: Lru[int, int] = Lru(MOST)
        self.model: list[tuple[int, int, int]] = []

    @rule(key=KEYS, value=st.integers(), weight=st.integers(0, MOST))
    def put(self, key: int, value: int, weight: int) -> None:
        self.lru.put(key, value, weight=weight)
        self.model = [entry for entry in self.model if entry[0] != key]
        if weight + LEAST_WEIGHT <= MOST:
            self.model.append((key, value, weight + LEAST_WEIGHT))
        while sum(weight for *_, weight in self.model) > MOST:
            self.model.pop(0)

    @rule(key=KEYS)
    def get(self, key: int) -> None:
        known = [entry for entry in self.model if entry[0] == key]
        assert self.lru.get(key) == (known[0][1] if known else None)
        self.model = [entry for entry in self.model if entry[0] != key] + known

    @invariant()
    def holds_as_many(self) -> None:
        assert len(self.lru) == len(self.model)


TestLru = LruMachine.TestCase
TestLru.settings = settings(max_examples=30)


@pytest.mark.parametrize(("weight", "kept"), [(MOST - LEAST_WEIGHT, True), (MOST - LEAST_WEIGHT + 1, False)])
def test_a_value_heavier_than_all_is_not_kept_and_leaves_no_older_one(weight: int, kept: bool) -> None:
    lru: Lru[str, str] = Lru(MOST)
    lru.put("page", "old", weight=1)
    lru.put("page", "new", weight=weight)
    assert lru.get("page") == ("new" if kept else None)
    lru.put("other", "small", weight=0)
    assert lru.get("other") == "small"
