"""Texts of a page against each other, and folded words: letter by letter, whatever the letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk._core.texts import Folding
from copydesk.cleaners.judge.page_texts import repeats, shared_words
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.types import Block, Kind


def blocks(*texts: str) -> list[Block]:
    return [Block(at, Kind.PARAGRAPH, text) for at, text in enumerate(texts)]


def test_texts_that_occur_again_are_counted_whatever_their_case_and_spaces() -> None:
    texts = (
        "Ice melts",
        "ice  MELTS\n",
        "Sport",
        "ΑΣ",
        "ας",
        "Σport",
        "the\ud800lake",
        "The\ud800lake",
        "\udfff",
    )
    seen, before = repeats(blocks(*texts))
    assert seen.tolist() == [1, 1, 0, 1, 1, 0, 1, 1, 0]
    assert before.tolist() == [0, 1, 0, 0, 1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    "title", ["Ice melts | The Gazette", "İpek-Ice melts | The Gazette", "Ice\ud800 melts, The Gazette"]
)
def test_words_are_shared_with_a_title(title: str) -> None:
    texts = ["Ice melts on the lakes", "Sport", "The ice of the lakes", "ICE\udfffMELTS"]
    assert shared_words(texts, title)[1] == [(0, 5, 3), (2, 4, 2), (3, 2, 2)]


def test_a_dotted_capital_is_two_letters_when_it_is_small() -> None:
    assert shared_words(["\u0130pek: ice", "ice"], "Ice of \u0130pek") == (4, [(0, 3, 3), (1, 1, 1)])


@pytest.mark.parametrize("words", [127, 128, 129, 200])
def test_long_titles_share_their_words(words: int) -> None:
    title = "".join(chr(0x4E00 + at % 150) for at in range(words))
    different = min(words, 150)
    texts = [title, title[::-1], title * 2, "一", "other"]
    shared = [(0, different, different), (1, different, different), (2, different, different), (3, 1, 1)]
    assert shared_words(texts, title) == (different, shared)


@given(st.text(st.characters()))
def test_folding_again_changes_nothing(text: str) -> None:
    words = folded_words(text)
    assert [word for word in words if not word or " " in word] == []
    assert folded_words(" ".join(words).replace("#", "1")) == words


def test_no_texts_share_nothing() -> None:
    assert repeats([])[0].tolist() == []
    assert shared_words([], "") == (0, [])


def test_what_is_no_plain_text_is_taken_as_its_text() -> None:
    class Title(str):
        """As those of lxml's."""

        __slots__ = ()

    assert folded_words(Title("The Lake")) == ["the", "lake"]
    for wrong in (None, 1):
        with pytest.raises((AttributeError, TypeError)):
            folded_words(wrong)  # type: ignore[arg-type]


def test_what_a_character_is_is_asked_once() -> None:
    asked: list[str] = []

    def ask(char: str) -> tuple[int, str, bool, bool]:
        asked.append(char)
        return 0, char.lower(), char.isalnum(), False

    folding = Folding(ask, str.split)
    assert folding.folded_words("Lake, lake") == folding.folded_words("Lake Lake") == ["lake", "lake"]
    assert sorted(asked) == sorted(set(asked))
