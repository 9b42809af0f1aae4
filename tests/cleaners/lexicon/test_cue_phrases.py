"""Phrases of cues as they are compared: folded, whole words or stems, glued or apart."""

from __future__ import annotations

import pytest

from copydesk.cleaners.lexicon.cue_phrases import (
    PREFIXES,
    fold_as,
    is_written_together,
    read_phrases,
    words_of,
)
from copydesk.cleaners.lexicon.words import fold, languages, lexicon, read_lexicon

EMPTY = {"code": "en", "name": "English", "function_words": ["the"]}


@pytest.mark.parametrize(("phrase", "code", "words"), [
    ("written by", "en", (("written", False), ("by", False))),
    ("translat* by", "en", (("translat", True), ("by", False))),
    ("help of ai*", "en", (("help", False), ("of", False), ("ai", True))),
    # punctuation parts a word, and the star belongs to its last part
    ("co-writ* by", "en", (("co", False), ("writ", True), ("by", False))),
    ("3,000 words", "en", (("#", False), ("words", False))), ("Überarbeit*", "de", (("überarbeit", True),)),
    ("由ai生成", "zh", (("由ai生成", False),)),
    ("अनुवाद किया", "hi", (("अनुवाद", False), ("किया", False))),
])  # fmt: skip
def test_words_are_whole_or_stems(phrase: str, code: str, words: tuple[tuple[str, bool], ...]) -> None:
    assert words_of(phrase, code) == words


@pytest.mark.parametrize(("one", "other"), [
    ("كُتِبَ", "كتب"), ("إعداد", "اعداد"), ("آلي", "الي"), ("على", "علي"), ("تـــرجمة", "ترجمة"),
])  # fmt: skip
def test_arabic_is_compared_without_what_may_be_left_out(one: str, other: str) -> None:
    assert fold_as(one, "ar") == fold_as(other, "ar") == other
    assert fold_as(one, "en") == fold(one) != fold_as(other, "en")


@pytest.mark.parametrize(("code", "is_together"), [
    ("en", False), ("de", False), ("ru", False), ("hi", False), ("ar", True), ("zh", True), ("ja", True),
    ("ko", True),
])  # fmt: skip
def test_which_languages_write_words_together(code: str, *, is_together: bool) -> None:
    assert is_written_together(lexicon(code)) == is_together


def test_only_cues_are_read_each_with_its_mode() -> None:
    tables = {
        "wording.ad": {"whole": ["advertisement"]},
        "cue.ai": {"contains": ["artificial intelligence"], "start": ["written by ai"]},
        "residue.ai-disclaimer": {"whole": ["ai generated"]},
    }
    entry = read_lexicon(EMPTY | {"phrases": tables}, where="en.toml")
    assert {(phrase.id, phrase.mode, phrase.text) for phrase in read_phrases(entry)} == {
        ("cue.ai", "contains", "artificial intelligence"),
        ("cue.ai", "start", "written by ai"),
        ("residue.ai-disclaimer", "whole", "ai generated"),
    }
    assert list(read_phrases(read_lexicon(EMPTY, where="en.toml"))) == []


@pytest.mark.parametrize("code", languages())
def test_every_phrase_of_a_language_is_found_by_its_probe_and_part(code: str) -> None:
    for phrase in read_phrases(lexicon(code)):
        assert phrase.id.startswith(PREFIXES)
        text = " ".join(word + "x" * is_stem for word, is_stem in phrase.words)
        padded = f" {text} " if any(is_stem for _, is_stem in phrase.words) else f" {phrase.text} "
        if not is_written_together(lexicon(code)):
            assert phrase.probe in padded
            assert phrase.part in padded
        assert phrase.text
