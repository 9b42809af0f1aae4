"""Many phrases looked for at once, as words are written: apart, together, or after what is glued to them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.lexicon.cue_phrases import fold_as, folded_phrases
from copydesk.cleaners.lexicon.phrase_index import (
    phrase_index,
)
from copydesk.cleaners.lexicon.words import lexicon, read_lexicon

THAI = read_lexicon(
    {"code": "th", "name": "Thai", "scripts": ["Thai"], "function_words": ["ที่"]}, where="th.toml"
)


def found(phrases: Sequence[str], text: str, code: str = "en") -> list[tuple[str, str]]:
    """The phrases found, and the words of the text for each."""
    folded = fold_as(text, code)
    index = phrase_index(folded_phrases(phrases, code), phrases, THAI if code == "th" else lexicon(code))
    places = list(index.find(folded))
    assert [place.start for place in places] == sorted(place.start for place in places)
    assert all(place.end <= other.start for place, other in pairwise(places))
    return [(phrases[place.number], folded[place.start : place.end]) for place in places]


@pytest.mark.parametrize(("phrases", "text", "places"), [
    (["translated by"], "Translated by Una", [("translated by", "translated by")]),
    (["translated by"], "untranslated by", []),
    (["translated by"], "translated bytes", []),
    (["translat*"], "Translators translate", [("translat*", "translators"), ("translat*", "translate")]),
    (["translat* by"], "translation by", [("translat* by", "translation by")]),
    (["translat* by"], "translation done by", []),
    (["by translat*"], "by translators", [("by translat*", "by translators")]),
    # the longer of two that begin at one place
    (["by", "by ai", "by ai alone"], "By AI alone, by AI, by us",
     [("by ai alone", "by ai alone"), ("by ai", "by ai"), ("by", "by")]),
    # of two as long the first
    (["edit*", "edito*"], "editor", [("edito*", "editor")]),
    (["model", "model"], "model", [("model", "model")]),
    # none overlaps another: the one that begins first is taken
    (["by ai", "ai tool"], "by AI tool, AI tool", [("by ai", "by ai"), ("ai tool", "ai tool")]),
    (["## words"], "12 words", []),
    (["# words"], "12 words and 1,000 words", [("# words", "# words"), ("# words", "# words")]),
    ([], "anything", []),
    (["by"], "", []),
])  # fmt: skip
def test_whole_words(phrases: Sequence[str], text: str, places: list[tuple[str, str]]) -> None:
    assert found(phrases, text) == places


def test_a_star_behind_too_few_letters_counts_for_nothing_where_a_phrase_opens() -> None:
    assert found(["ai*"], "aim ai") == [("ai*", "ai")]
    assert found(["help ai*"], "help aim") == [("help ai*", "help aim")]
    assert found(["aid*"], "aided") == [("aid*", "aided")]


@pytest.mark.parametrize(("phrases", "text", "places"), [
    (["وكالة"], "وكالة", ["وكالة"]),
    # glued before it: and, with, for, the
    (["وكالة"], "ووكالة", ["ووكالة"]), (["ترجمة"], "الترجمة", ["الترجمة"]), (["ترجمة"], "بالترجمة", ["بالترجمة"]),
    # "for the": what is written for somebody is not written by them
    (["ترجمة"], "وللترجمة", []), (["ترجمة"], "مترجمة", []), (["ترجمة"], "ترجمةx", []),
    (["ترجم*"], "الترجمة", ["الترجمة"]), (["كتب نص"], "وكتب النص", ["وكتب النص"]), (["كتب نص"], "كتب هذا النص", []),
    # marks that may be left out
    (["إعداد"], "أُعداد اعداد", ["اعداد", "اعداد"]), (["كتب", "كتب نص"], "كتب نص كتب", ["كتب نص", "كتب"]),
])  # fmt: skip
def test_arabic_words_with_affixes(phrases: Sequence[str], text: str, places: list[str]) -> None:
    assert [place for _, place in found(phrases, text, "ar")] == places


@pytest.mark.parametrize(("phrases", "text", "code", "places"), [
    (["翻译"], "本文翻译自英文", "zh", ["翻译"]), (["翻译", "机器翻译"], "机器翻译，翻译", "zh", ["机器翻译", "翻译"]),
    (["由ai生成"], "本文由AI生成", "zh", ["由ai生成"]),
    # a Latin part cuts no longer Latin word
    (["ai"], "openai和ai和aim", "zh", ["ai"]), (["gpt生成"], "chatgpt生成", "zh", []),
    # where a phrase has a space the text may have one
    (["ai 生成"], "ai生成 ai 生成", "zh", ["ai生成", "ai 生成"]), (["번역*"], "번역했습니다 번역", "ko", ["번역했습니다", "번역"]),
    (["번역"], "번역했습니다", "ko", ["번역"]), (["を翻訳"], "記事を翻訳した", "ja", ["を翻訳"]),
    (["แปล"], "บทความนี้แปลโดย", "th", ["แปล"]), (["翻译"], "", "zh", []),
])  # fmt: skip
def test_scripts_without_spaces(phrases: Sequence[str], text: str, code: str, places: list[str]) -> None:
    assert [place for _, place in found(phrases, text, code)] == places


words = st.sampled_from(["by", "ai", "aid", "aids", "made", "us"])


@given(
    st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), max_size=5), st.lists(words, max_size=8)
)
def test_what_is_found_is_what_a_plain_search_finds(phrases: list[str], text: list[str]) -> None:
    expected = []
    at = 0
    while at < len(text):
        fitting = [phrase for phrase in phrases if text[at : at + len(phrase.split())] == phrase.split()]
        if not fitting:
            at += 1
            continue
        best = min(fitting, key=lambda one: (-len(one.replace(" ", "")), phrases.index(one)))
        expected.append((best, best))
        at += len(best.split())
    assert found(phrases, " ".join(text)) == expected
