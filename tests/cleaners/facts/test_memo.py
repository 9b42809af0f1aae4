"""What is found once about a value that never changes."""

from __future__ import annotations

import pickle

import pytest
from msgspec.structs import replace

from copydesk.cleaners.facts.memo import Remembering


class Town(Remembering, frozen=True, dict=True):
    name: str
    clocks: tuple[str, ...] = ()


class Counter:
    """Finds how many clocks there are, and knows how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, town: Town) -> int:
        self.asked += 1
        return len(town.clocks)


def test_each_question_is_asked_once() -> None:
    town, one, other = Town("Chur", ("tower", "station")), Counter(), Counter()
    assert [town.once(one), town.once(one), town.once(other)] == [2, 2, 2]
    assert (one.asked, other.asked) == (1, 1)


@pytest.mark.parametrize("answer", [None, 0, "", ()])
def test_an_empty_answer_is_an_answer(answer: object) -> None:
    asked: list[Town] = []

    def find(town: Town) -> object:
        asked.append(town)
        return answer

    town = Town("Chur")
    assert [town.once(find), town.once(find)] == [answer, answer]
    assert asked == [town]


def test_what_raises_is_asked_again() -> None:
    asked = 0

    def find(_town: Town) -> int:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ValueError("no clock")
        return asked

    town = Town("Chur")
    with pytest.raises(ValueError, match="no clock"):
        town.once(find)
    assert town.once(find) == 2


def test_another_value_knows_nothing_yet() -> None:
    town, count = Town("Chur", ("tower",)), Counter()
    assert town.once(count) == 1
    assert replace(town, clocks=()).once(count) == 0
    assert Town("Chur", ("tower",)).once(count) == 1
    assert count.asked == 3


def test_what_was_found_is_no_part_of_the_value() -> None:
    town, fresh = Town("Chur", ("tower",)), Town("Chur", ("tower",))
    town.once(len_of_name)
    assert town == fresh
    assert hash(town) == hash(fresh)
    assert repr(town) == repr(fresh)
    assert pickle.loads(pickle.dumps(town)) == fresh  # noqa: S301


def len_of_name(town: Town) -> int:
    return len(town.name)


def test_a_finder_may_ask_another() -> None:
    def twice(town: Town) -> int:
        return 2 * town.once(len_of_name)

    assert Town("Chur").once(twice) == 8
