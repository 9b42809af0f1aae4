"""Shingles: what two texts have in common, by runs of words."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.shingles import shingled

FERRY = "The night ferry to Marlowe sails again from Friday, the harbour office said."


def shared(one: str, other: str) -> int:
    return np.intersect1d(shingled(one).hashes, shingled(other).hashes).size


def test_case_white_space_and_punctuation_do_not_count() -> None:
    loud = "  THE night ferry — to\nMarlowe sails again (from Friday); the harbour office said  "
    assert shingled(loud).hashes.tolist() == shingled(FERRY).hashes.tolist()
    assert shingled("now here we go again").hashes.tolist() != shingled("nowhere we go again").hashes.tolist()


def test_hashes_are_the_same_on_any_machine() -> None:
    found = shingled(FERRY)
    assert found.words == 13
    assert [hex(each) for each in found.hashes[:3].tolist()] == [
        "0x1930349df048b208", "0x35127b0a7d3968af", "0x49d765be917202fe",
    ]  # fmt: skip


def test_a_changed_word_changes_the_four_shingles_it_is_in() -> None:
    assert shingled(FERRY).hashes.size == 10
    assert shared(FERRY, FERRY.replace("again", "anew")) == 6
    assert shared(FERRY, "Nobody knew it yet. " + FERRY) == 10


def test_letters_of_scripts_without_spaces_are_half_a_word() -> None:
    text = "夜行渡轮周五起恢复开往临江港口办公室表示"
    found = shingled(text)
    assert (found.words, found.hashes.size) == (10, 13)
    assert (
        shared(text, text.replace("周五", "周四")) == 13 - 6
    )  # the sixth letter is in the first six of them
    # words in Latin letters among them stay whole
    assert shingled("港口 ferry 办公室 office 表示").words == 5


def test_combining_vowels_do_not_split_words() -> None:
    assert shingled("बंदरगाह कार्यालय ने कहा").words == 4


def test_short_and_empty_texts() -> None:
    assert (shingled("").hashes.size, shingled("— … !").hashes.size) == (0, 0)
    assert shingled("Ferry sails").hashes.size == 1
    assert shared("Ferry sails", "ferry, sails") == 1
    assert shingled("\ud800 a b c d \U0010ffff").words == 4


WORDS = st.lists(st.sampled_from(["a", "bb", "cc", "ä", "日", "本", "語", "の", "7"]), max_size=40)


@given(words=WORDS)
def test_as_many_as_windows_of_the_same_weight(words: list[str]) -> None:
    """A plain count of windows, each as short as makes up four words, agrees."""
    weights = [1 if word in "日本語の" else 2 for word in words]
    windows = set()
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            if sum(weights[start:end]) >= 8:
                windows.add(tuple(words[start:end]))
                break
    found = shingled(" ".join(words))
    assert (found.hashes.size, found.words) == (len(windows) or bool(words), sum(weights) // 2)
    assert np.all(found.hashes[1:] > found.hashes[:-1])
