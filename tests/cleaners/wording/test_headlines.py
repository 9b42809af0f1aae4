"""Headlines quoted elsewhere: whether two are the same, and in which language a few words are."""

from __future__ import annotations

import pytest
from articles import TITLES

from copydesk.cleaners.wording.headlines import (
    guess_language,
    has_letters_of,
    is_foreign,
    is_same_headline,
    language_of_script,
)


@pytest.mark.parametrize(("one", "other", "is_same"), [
    ("Clock strikes noon again", "CLOCK STRIKES NOON, AGAIN!", True),
    ("Old clock strikes noon again", "Old clocks strike noon again", True),
    ("Old clock strikes noon again in Chur", "Old clock strikes noon again in Chur on", True),
    ("Clock strikes noon", "Clock strikes thirteen", False),
    ("Clock strikes noon", "Clock strikes noon for the first time", False),
    ("Clock strikes noon", "Noon strikes clock", False), ("時計台が正午を打つ", "時計台が、正午を打つ。", True), ("", "", True),
    ("Clock", "", False),
])  # fmt: skip
def test_the_same_but_for_a_word_or_two(one: str, other: str, *, is_same: bool) -> None:
    assert is_same_headline(one, other) == is_same_headline(other, one) == is_same


def test_long_texts_are_the_same_only_where_nothing_differs() -> None:
    long = "noon " * 200
    assert is_same_headline(long, long.upper())
    assert not is_same_headline(long, f"{long} x")


@pytest.mark.parametrize(("text", "language"), [
    ("The clock of the town has struck noon", "en"), ("Die Uhr am Rathaus schlägt wieder", "de"),
    ("L'horloge de la ville sonne à midi", "fr"), ("El reloj de la ciudad da las doce", "es"), ("Straße", "de"),
    ("¿Mediodía?", "es"), ("Часы на башне пробили полдень", "ru"), ("時計台が正午", "ja"), ("大钟敲响", "zh"), ("정오", "ko"),
    ("घड़ी में दोपहर के बारह", "hi"),
    # a name or two has no function word in any language
    ("Una Platt", None), ("Øresund åpner", None), ("", None),
])  # fmt: skip
def test_the_language_of_a_few_words(text: str, language: str | None) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    "code", [code for code in sorted(TITLES) if code not in ("nl", "sv", "tr", "pl", "it", "pt")]
)
def test_a_title_is_not_detected_in_another_language(code: str) -> None:
    assert guess_language(TITLES[code]) in (code, None)


@pytest.mark.parametrize(("text", "language", "is_one"), [
    ("Die Uhr am Rathaus schlägt wieder", "en", True), ("Die Uhr am Rathaus schlägt wieder", "de", False),
    ("Klokke slår tolv igjen på Ås", "en", True), ("Una Platt", "en", False), ("Una Platt Carl Ode", "en", True),
    ("Una Platt and Carl Ode", "en", False), ("時計台が正午", "en", True), ("Una Platt Carl Ode", "xx", False),
])  # fmt: skip
def test_a_headline_in_another_language(text: str, language: str, *, is_one: bool) -> None:
    assert is_foreign(text, language) == is_one


@pytest.mark.parametrize(("text", "code"), [
    ("noon", None), ("naïve", None), ("カナ漢字", "ja"), ("漢字 noon", "zh"), ("한글 漢字", "ko"), ("अ", "hi"), ("ظهر", "ar"),
    ("полдень", "ru"),
])  # fmt: skip
def test_scripts(text: str, code: str | None) -> None:
    assert language_of_script(text) == code


def test_letters_of_one_language_alone() -> None:
    assert has_letters_of("Straße", "de")
    assert not has_letters_of("Strasse", "de")
    assert not has_letters_of("Straße", "en")
