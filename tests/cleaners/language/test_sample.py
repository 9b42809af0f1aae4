"""The words of a text that show its language, and which are left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.language.detection import Sample


def words(text: str, letters: int = 1_000) -> list[str]:
    return Sample(text, letters).words


@pytest.mark.parametrize(
    "address",
    ["https://a.example/town", "www.a.example", "una@a.example", "town.example", "town.example/noon?id=3", "index.php?id=3", "f(x)={}",
     "snake_case", "<b>", "/usr/share", "C:\\Temp", "src/town/noon.py", "strike()", "a=b"],
)  # fmt: skip
def test_addresses_files_and_programs_are_no_words(address: str) -> None:
    assert words(f"The clock {address} struck noon") == ["The", "clock", "struck", "noon"]


@pytest.mark.parametrize(("text", "found"), [
    ("The clock struck 12 times, 1,000 said.", ["The", "clock", "struck", "times", "said"]),
    ("don't rock'n'roll", ["don", "t", "rock", "n", "roll"]),
    ("and/or", ["and", "or"]), ("Ｔｈｅ　ｃｌｏｃｋ", ["The", "clock"]), ("ﬁve", ["five"]),
    ("時計台の鐘がhttps://a.exampleで鳴る", ["時計台の鐘が", "で鳴る"]), ("हिंदी में", ["हिंदी", "में"]), ("שָׁלוֹם", ["שָׁלוֹם"]),
    ("", []), ("12 345 – !", []),
])  # fmt: skip
def test_words_are_letters_with_their_marks(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(("text", "script", "share"), [
    ("The clock", "LATIN", 1.0), ("Часы пробили", "CYRILLIC", 1.0), ("時計台の鐘が", "HIRAGANA", 1.0),
    ("トケイ", "HIRAGANA", 1.0), ("大钟敲响正午", "CJK", 1.0),
    # a sign of kana in a Chinese text makes it no Japanese one
    ("大钟敲响正午の钟声", "CJK", 1.0), ("시계가 정오를", "HANGUL", 1.0), ("Часы ab", "CYRILLIC", 4 / 6), ("", "LATIN", 1.0),
])  # fmt: skip
def test_the_script_most_letters_are_in(text: str, script: str, share: float) -> None:
    sample = Sample(text, 100)
    assert (sample.script, sample.share) == (script, pytest.approx(share))


def test_words_of_another_script_are_left_out_and_of_east_asia_none() -> None:
    assert words("Часы пробили noon полдень") == ["Часы", "пробили", "полдень"]
    assert words("The clock struck полдень") == ["The", "clock", "struck"]
    assert words("大钟 カタカナ 敲响正午正午") == ["大钟", "カタカナ", "敲响正午正午"]


@pytest.mark.parametrize(("text", "is_names"), [
    ("Una Platt Carl Ode Dora Finn", True), ("Una Platt and Carl Ode", True),
    ("Una Platt heard the old Clock", False), ("sea, goat, clock, tower, noon", True),
    ("The clock struck noon, and a crowd had come, they said", False),
])  # fmt: skip
def test_a_list_of_names_is_in_no_language(text: str, *, is_names: bool) -> None:
    assert Sample(text, 100).is_names == is_names


def test_capitals_are_read_as_lower_case() -> None:
    assert words("THE CLOCK STRUCK NOON") == ["the", "clock", "struck", "noon"]
    assert words("The BBC said so at noon") == ["The", "BBC", "said", "so", "at", "noon"]


def test_no_more_is_read_than_a_sample_needs() -> None:
    sample = Sample("noon " * 10_000, 10)
    assert (sample.words, sample.letters, sample.text) == (["noon"] * 3, 12, "noon noon noon")
    assert Sample("1 " * 4_000 + "noon", 10).words == []


@given(st.text(max_size=80), st.integers(1, 60))
def test_a_sample_is_made_of_words_of_the_text_in_order(text: str, letters: int) -> None:
    sample = Sample(text, letters)
    assert (sample.text, sample.letters) == (" ".join(sample.words), sum(map(len, sample.words)))
    assert 0 <= sample.share <= 1
    assert all(word[0].isalpha() for word in sample.words)
