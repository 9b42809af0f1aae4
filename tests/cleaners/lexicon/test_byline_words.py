"""Words of bylines: what parts names, joins them, introduces them, and speaks of a change."""

from __future__ import annotations

import pytest

from copydesk.cleaners.lexicon.byline_words import (
    WORDS,
    is_modified_note,
    joint,
    openers,
    separators,
)
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import languages, lexicon


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("EN-gb", "en"), ("pt_BR", "pt"), ("zh-Hant-TW", "zh"), ("und", "und"), ("", "")],
)
def test_the_language_of_a_tag(tag: str, language: str) -> None:
    assert primary(tag) == language


@pytest.mark.parametrize(("text", "is_note"), [
    ("Updated 14 March", True), ("LAST REVIEWED by the desk", True), ("Mis à jour le 14 mars", True),
    ("Aktualisiert am 14. März", True), ("更新：3月14日", True), ("최종 수정 3월 14일", True), ("تحديث 14 مارس", True),
    ("Published 14 March", False), ("14 March", False), ("", False),
])  # fmt: skip
def test_words_of_change(text: str, *, is_note: bool) -> None:
    assert is_modified_note(text) == is_note


@pytest.mark.parametrize(("text", "code", "names"), [
    ("Una Platt and Carl Ode", "en", ["Una Platt", "Carl Ode"]),
    ("Una Platt, Carl Ode, and Dora Finn", "en", ["Una Platt", "Carl Ode", "Dora Finn"]),
    ("Una Platt AND Carl Ode", "en", ["Una Platt", "Carl Ode"]),
    ("Una Platt & Carl Ode", "en", ["Una Platt", "Carl Ode"]),
    ("Una Platt / Carl Ode | Dora Finn", "en", ["Una Platt", "Carl Ode", "Dora Finn"]),
    ("Una Platt • Carl Ode", "en", ["Una Platt", "Carl Ode"]),
    ("Anna e Bruno", "it", ["Anna", "Bruno"]), ("Ana y Blas", "es", ["Ana", "Blas"]),
    ("ليلى حداد، سامي نور", "ar", ["ليلى حداد", "سامي نور"]),
    ("ليلى حداد و سامي نور", "ar", ["ليلى حداد", "سامي نور"]),
    ("山田太郎、佐藤花子", "ja", ["山田太郎", "佐藤花子"]),
    # a stroke within a name, an initial, a word that only begins like a joint
    ("Anne-Marie Platt", "en", ["Anne-Marie Platt"]), ("Una E Platt", "en", ["Una E Platt"]),
    ("Sandy Andersen", "en", ["Sandy Andersen"]), ("Elena Everett", "it", ["Elena Everett"]),
])  # fmt: skip
def test_names_are_parted(text: str, code: str, names: list[str]) -> None:
    assert separators(code).split(text) == names


@pytest.mark.parametrize(("text", "code", "is_joint"), [
    ("and", "en", True), (", and", "en", True), (" • ", "en", True), ("e", "it", True), ("e", "en", False),
    ("、", "ja", True), ("Andy", "en", False), ("band", "en", False), ("and Una", "en", False), ("", "en", False),
])  # fmt: skip
def test_what_joins_names_and_does_nothing_else(text: str, code: str, *, is_joint: bool) -> None:
    assert (joint(code).fullmatch(text) is not None) == is_joint


@pytest.mark.parametrize(("text", "code", "groups"), [
    ("By Una Platt", "en", ("By", None)), ("by: Una Platt", "en", ("by", ":")),
    ("Written by Una Platt", "en", ("Written by", None)), ("Von Una Platt", "de", ("Von", None)),
    ("By Una Platt", "de", ("By", None)), ("Por: Una Platt", "es", ("Por", ":")),
    ("Par Una Platt", "und", ("Par", None)), ("Bytown", "en", None), ("By", "en", None), ("Una Platt", "en", None),
])  # fmt: skip
def test_what_introduces_a_name(text: str, code: str, groups: tuple[str, str | None] | None) -> None:
    found = openers(code).match(text)
    assert (found.groups() if found else None) == groups


@pytest.mark.parametrize("code", languages())
def test_every_opener_of_a_language_is_met_whole(code: str) -> None:
    for phrase in lexicon(code).byline:
        found = openers(code).match(f"{phrase}: Una Platt")
        assert found is not None
        assert found[1] == phrase


def test_words_are_compared_in_lower_case_so_the_data_is() -> None:
    lists = (WORDS.nobody, WORDS.roles, WORDS.collectives, WORDS.page_words, WORDS.particles, WORDS.modified)
    assert all(words and all(word == word.lower() for word in words) for words in lists)
