"""Names of languages as other languages write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.language.names import language_places, language_translated_from
from copydesk.cleaners.lexicon.words import fold, languages


@pytest.mark.parametrize(("text", "code", "named"), [
    ("Translated from German", "en", "de"), ("Aus dem Italienischen übersetzt", "de", "it"),
    ("Traduit de l'anglais", "fr", "en"), ("Traduit en anglais", "fr", None), ("Översatt från norska", "sv", "no"),
    ("Переведено с английского", "ru", "en"), ("译自法语", "zh", "fr"), ("译自法文", "zh", "fr"), ("ドイツ語から翻訳", "ja", "de"),
    ("독일어에서 번역", "ko", "de"), ("مترجم من الإنجليزية", "ar", "en"),
    # its own language is the one translated into
    ("Aus dem Englischen ins Deutsche übersetzt", "de", "en"),
    ("Übersetzt ins Deutsche", "de", None),
    # the first named counts
    ("From Danish, by way of German", "en", "da"), ("From German, by way of Danish", "en", "de"),
    # who worked on it, and what it was translated into, are none
    ("Translated with the help of AI and polished by an editor", "en", None),
    ("Translated by AI and checked by our Danish editor", "en", None), ("Translated into Spanish by AI", "en", None),
    ("Mit KI übersetzt und von einer polnischen Redakteurin geprüft", "de", None),
    ("Traduit par IA et relu par une journaliste polonaise", "fr", None),
    ("Artikkel on tõlgitud tehisintellekti abil ja toimetaja poolt üle vaadatud", "et", None),
    ("Käännetty englannista tekoälyn avulla", "fi", "en"), ("Tõlgitud saksa keelest", "et", "de"),
    ("Angolból fordítva", "hu", "en"), ("İngilizceden çevrildi", "tr", "en"), ("अंग्रेज़ी से अनुवादित", "hi", "en"),
    ("Przetłumaczono z języka niemieckiego", "pl", "de"), ("Prevedeno s engleskog jezika", "hr", "en"),
    ("Nothing named", "en", None), ("Ungerman", "en", None), ("", "en", None), ("Translated from German", "xx", None),
    ("Translated from German", "not a code", None),
])  # fmt: skip
def test_the_language_a_text_names(text: str, code: str, named: str | None) -> None:
    assert language_translated_from(text, code) == named


@pytest.mark.parametrize(("text", "code", "covered"), [
    ("translated from norwegian bokmål", "en", ["norwegian"]),
    ("aus dem italienischen", "de", ["italienischen"]), ("from german and danish", "en", ["danish", "german"]),
    ("译自法语", "zh", ["法语"]), ("in english", "en", ["english"]), ("nothing", "en", []),
])  # fmt: skip
def test_where_languages_are_named(text: str, code: str, covered: list[str]) -> None:
    assert sorted({text[start:end] for start, end in language_places(text, code)}) == covered


@given(st.sampled_from(languages()), st.text(max_size=40))
def test_places_lie_within_the_text(code: str, text: str) -> None:
    folded = fold(text)
    for start, end in language_places(folded, code):
        assert 0 <= start < end <= len(folded)
    assert language_translated_from(text, code) != code
