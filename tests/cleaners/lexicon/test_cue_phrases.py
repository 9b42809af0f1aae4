"""Phrases of cues as they are compared: folded, whole words or stems, glued or apart."""

from __future__ import annotations

from itertools import chain

import pytest

from copydesk.cleaners.lexicon.cue_phrases import (
    PREFIXES,
    fold_as,
    folded_phrases,
    is_written_together,
    read_phrases,
)
from copydesk.cleaners.lexicon.string_index import longest_literal
from copydesk.cleaners.lexicon.words import fold, languages, lexicon, read_lexicon

EMPTY = {"code": "en", "name": "English", "function_words": ["the"]}


@pytest.mark.parametrize(("phrase", "code", "folded"), [
    ("written by", "en", "written by"), ("translat* by", "en", "translat* by"), ("help of ai*", "en", "help of ai*"),
    # punctuation parts a word, and the star belongs to its last part
    ("co-writ* by", "en", "co writ* by"),
    # a star that ends no word of letters is a sign like any other
    ("co*author * (by *)", "en", "co author by"),
    ("3,000 words", "en", "# words"), ("Überarbeit*", "de", "überarbeit*"), (" (by)  us! ", "en", "by us"),
    ("由ai生成", "zh", "由ai生成"), ("अनुवाद किया", "hi", "अनुवाद किया"), ("इस लेख को हू*", "hi", "इस लेख को हू*"),
    ("كُتِبَ*", "ar", "كتب*"), ("!", "en", ""),
])  # fmt: skip
def test_phrases_are_folded_and_keep_the_stars_of_stems(phrase: str, code: str, folded: str) -> None:
    assert folded_phrases([phrase], code) == [folded]
    assert folded_phrases(["noon", phrase, "bell*"], code) == ["noon", folded, "bell*"]
    assert folded_phrases([], code) == []


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
    read = {
        cue_id: [(phrase.mode, phrase.text) for phrase in some]
        for cue_id, some in read_phrases(entry).items()
    }
    assert read == {
        "cue.ai": [("contains", "artificial intelligence"), ("start", "written by ai")],
        "residue.ai-disclaimer": [("whole", "ai generated")],
    }
    assert read_phrases(read_lexicon(EMPTY, where="en.toml")) == {}


@pytest.mark.parametrize("code", languages())
def test_every_phrase_of_a_language_is_found_by_its_probe_and_part(code: str) -> None:
    for phrase in chain.from_iterable(read_phrases(lexicon(code)).values()):
        assert phrase.id.startswith(PREFIXES)
        assert phrase.text
        if not is_written_together(lexicon(code)):
            padded = f" {phrase.folded.replace('*', 'x')} "
            assert phrase.probe in padded
            assert longest_literal(phrase.folded)[0] in padded
            assert phrase.is_likely(padded)
