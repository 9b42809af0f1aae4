"""Results are computed once: of short texts, and of values that never change."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from copydesk.cleaners.memoization import MemoizedStruct, lru_cache_short_text


class Town(MemoizedStruct, frozen=True, dict=True):
    name: str
    clocks: tuple[str, ...] = ()


class Counter:
    """Finds how many clocks there are, and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, town: Town) -> int:
        self.calls += 1
        return len(town.clocks)


def test_each_function_is_called_once_for_each_value() -> None:
    town, one, other = Town("Chur", ("tower", "station")), Counter(), Counter()
    assert [town.memoized(one), town.memoized(one), town.memoized(other)] == [2, 2, 2]
    assert (one.calls, other.calls) == (1, 1)
    assert replace(town, clocks=()).memoized(one) == 0
    assert Town("Chur", ("tower", "station")).memoized(one) == 2
    assert one.calls == 3


@pytest.mark.parametrize("answer", [None, 0, "", ()])
def test_an_empty_answer_is_an_answer(answer: object) -> None:
    calls: list[Town] = []

    def find(town: Town) -> object:
        calls.append(town)
        return answer

    town = Town("Chur")
    assert [town.memoized(find), town.memoized(find)] == [answer, answer]
    assert calls == [town]


def test_what_raises_is_called_again() -> None:
    calls = 0

    def find(_town: Town) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ValueError("no clock")
        return calls

    town = Town("Chur")
    with pytest.raises(ValueError, match="no clock"):
        town.memoized(find)
    assert town.memoized(find) == 2


def test_what_was_found_is_no_part_of_the_value() -> None:
    town, fresh = Town("Chur", ("tower",)), Town("Chur", ("tower",))
    town.memoized(Counter())
    assert town == fresh
    assert hash(town) == hash(fresh)
    assert repr(town) == repr(fresh)
    assert pickle.loads(pickle.dumps(town)) == fresh  # noqa: S301


@given(st.lists(st.tuples(st.text("ab", max_size=6), st.booleans()), max_size=30))
def test_a_short_text_is_looked_at_once_and_a_long_one_each_time(calls: list[tuple[str, bool]]) -> None:
    looked: list[tuple[str, bool]] = []

    @lru_cache_short_text(1_000, max_chars=3)
    def count(text: str, *, twice: bool = False) -> int:
        looked.append((text, twice))
        return len(text) * (2 if twice else 1)

    assert [count(text, twice=twice) for text, twice in calls] == [
        len(text) * (2 if twice else 1) for text, twice in calls
    ]
    long = [item for item in calls if len(item[0]) > 3]
    assert [item for item in looked if len(item[0]) > 3] == long
    assert len(looked) - len(long) == len({item for item in calls if len(item[0]) <= 3})


def test_of_more_texts_than_are_held_the_least_recently_used_is_forgotten() -> None:
    looked: list[str] = []
    find = lru_cache_short_text(2)(looked.append)
    for text in ("a", "b", "a", "c", "a", "b"):
        find(text)
    assert looked == ["a", "b", "c", "b"]
