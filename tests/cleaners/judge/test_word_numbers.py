"""The numbers of words in elements' names and in addresses: all are found, whatever the words."""

from __future__ import annotations

import numpy as np
import pytest

from copydesk._core.names import MOST_NUMBERS, WordNumbers
from copydesk.cleaners.judge.element_kinds import kinds_of
from copydesk.cleaners.judge.link_features import _LINKS, TARGETS, measure_targets
from copydesk.cleaners.types import Block, Kind


def test_lone_surrogates_part_words() -> None:
    assert kinds_of("nav\ud800footer") == kinds_of("nav footer") != ()


def test_addresses_beyond_ascii_are_measured_like_others() -> None:
    pairs = (
        ("https://quay.example/share/one-two", "https://quay.example/sh\xe4re/one-two"),
        ("/a?b#c", "/\xe4?b#c"),
    )
    for plain, other in pairs:
        blocks = [Block(0, Kind.PARAGRAPH, "a", link_url=url) for url in (plain, other)]
        one, two = measure_targets(blocks)[:, : TARGETS.index("link_seen")]
        assert one.tolist() == two.tolist()


def test_more_words_than_are_remembered_are_told_apart() -> None:
    asked = []

    def look_up(word: str) -> tuple[int, ...]:
        asked.append(word)
        return (ord(word[0]) - 97, ord(word[-1]) - 97)

    letters = "abcdefghijklmnopqrstuvwxyz"
    some = [a + b + c + d for a in letters for b in letters for c in letters for d in letters[:4]]
    numbers = WordNumbers(look_up, 26, 4)
    for word in some:
        assert numbers.find(word) == tuple(sorted(set(look_up(word))))
    asked.clear()
    assert numbers.find(" ".join(some)) == tuple(range(26))
    assert asked  # some words have lost their places to others
    asked.clear()
    assert numbers.find("abcd 1 efgh") == numbers.find("efgh abcd") == (0, 3, 4, 7)
    assert len(asked) <= 2


def test_a_word_of_many_numbers_has_them_all() -> None:
    numbers = WordNumbers(lambda _: range(100), 100, 40)
    assert numbers.find("word") == numbers.find("word") == tuple(range(100))


def test_what_is_beyond_the_tables_is_refused() -> None:
    with pytest.raises(IndexError):
        WordNumbers(lambda _: (-1,), 8, 40).find("word")
    with pytest.raises(IndexError):
        WordNumbers(lambda _: (8,), 8, 40).find("word")
    with pytest.raises(ValueError, match="at most"):
        WordNumbers(lambda _: (), MOST_NUMBERS + 1, 40)
    with pytest.raises(ValueError, match="at most"):
        WordNumbers(lambda _: (), -100, 40)
    with pytest.raises(ValueError, match="a row for each"):
        _LINKS.fill(["/a"], np.zeros((2, len(TARGETS))))
