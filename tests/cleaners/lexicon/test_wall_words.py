"""The words of walls: in each language all are found, as they are written, under their key."""

from __future__ import annotations

import pytest

from copydesk.cleaners.lexicon.wall_words import KEYS, wall_languages, wall_words
from copydesk.cleaners.lexicon.words import fold


@pytest.mark.parametrize("code", sorted(wall_languages()))
def test_every_word_is_found_under_its_key_and_listed_once(code: str) -> None:
    words, find = wall_languages()[code], wall_words(code)
    assert words.keys() == KEYS
    for key, phrases in words.items():
        assert len({*phrases}) == len(phrases)
        assert [one for one in phrases if key not in find(fold(f"x {one.replace('*', 'x')} x"))] == []


def test_a_language_without_words_finds_none() -> None:
    assert wall_words("qq")("this article is for subscribers") == frozenset()
