"""What is remembered of texts: short ones, and no more of them than told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.lru_of_short import lru_of_short


@given(st.lists(st.tuples(st.text("ab", max_size=6), st.booleans()), max_size=30))
def test_a_short_text_is_looked_at_once_and_a_long_one_each_time(asked: list[tuple[str, bool]]) -> None:
    looked: list[tuple[str, bool]] = []

    @lru_of_short(1_000, max_chars=3)
    def count(text: str, *, twice: bool = False) -> int:
        looked.append((text, twice))
        return len(text) * (2 if twice else 1)

    assert [count(text, twice=twice) for text, twice in asked] == [
        len(text) * (2 if twice else 1) for text, twice in asked
    ]
    long = [one for one in asked if len(one[0]) > 3]
    assert [one for one in looked if len(one[0]) > 3] == long
    assert len(looked) - len(long) == len({one for one in asked if len(one[0]) <= 3})


def test_of_more_texts_than_are_held_the_one_asked_for_longest_ago_is_forgotten() -> None:
    looked: list[str] = []
    find = lru_of_short(2)(looked.append)
    for text in ("a", "b", "a", "c", "a", "b"):
        find(text)
    assert looked == ["a", "b", "c", "b"]
