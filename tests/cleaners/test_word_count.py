"""How many words a text has, in scripts with and without spaces."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.word_count import UNSPACED, UNSPACED_PER_WORD, count_words


@pytest.mark.parametrize(("text", "words"), [
    ("", 0), ("The clock struck noon.", 4), ("Name: ________ – …", 1), ("l’horloge sonne à midi", 5),
    ("시계가 정오를 알렸다", 3), ("часы пробили полдень", 3),
])  # fmt: skip
def test_words_between_spaces_and_marks(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize("letter", ["時", "の", "ナ"])
def test_a_text_without_spaces_has_a_word_for_each_two_letters(letter: str) -> None:
    # the run itself is one more, as a name in Latin letters would be
    assert count_words(letter * 40) == 1 + 40 // UNSPACED_PER_WORD


@given(st.text(), st.text())
def test_no_word_is_lost_by_what_follows(one: str, other: str) -> None:
    assert count_words(f"{one}\n{other}") >= max(count_words(one), count_words(other))


@given(st.text(st.sampled_from("ab_1 -é²①\u0e31ก漢かアー가\U00020000\ud800'.\n")))
def test_words_are_runs_of_letters_and_digits(text: str) -> None:
    unspaced = sum(bool(UNSPACED.match(char)) for char in text)
    assert count_words(text) == len(re.findall(r"[^\W_]+", text)) + unspaced // UNSPACED_PER_WORD
