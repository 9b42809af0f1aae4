"""Where sentences end, in the scripts of the world: by Unicode's sentence terminals, and nowhere else."""

from __future__ import annotations

import pytest

from copydesk.cleaners.sentence_ends import count_sentences, ends_sentence, split_sentences

ENDS = {
    "hi": "घड़ी फिर चल पड़ी।", "sa": "घड़ी फिर चल पड़ी॥", "ar": "هل عادت الساعة؟", "ur": "گھڑی پھر چل پڑی۔", "hy": "Ժամացույցը կրկին աշխատում է։",
    "my": "နာရီ ပြန်သွားသည်။", "am": "ሰዓቱ እንደገና ሄደ።", "km": "នាឡិកាដើរវិញ។", "ja": "時計は動いた。", "zh": "钟又走了！", "el": "Το ρολόι χτύπησε.",
    "fr": "Il sonne « enfin ! »", "de": "„Mittag?“", "en": "Noon (at last).",
}  # fmt: skip


@pytest.mark.parametrize("language", ENDS)
def test_a_sentence_ends_in_every_script(language: str) -> None:
    assert ends_sentence(ENDS[language])
    assert ends_sentence(ENDS[language] + " \n")
    assert not ends_sentence(ENDS[language].rstrip("।॥؟۔։။።។。！.!?»“) ") + " ")


@pytest.mark.parametrize("language", ENDS)
def test_sentences_part_where_one_ends(language: str) -> None:
    text = ENDS[language]
    assert [part for part in split_sentences(f"{text} {text} {text}") if part.strip()] != [
        f"{text} {text} {text}"
    ]
    assert count_sentences(f"{text} {text} {text}") == 3


@pytest.mark.parametrize(
    "text", ["3.5 metres of snow", "see example.org/a?b=c", "第３．５回の大会", "U.S.", "a.b"]
)
def test_no_sentence_ends_inside_a_word_or_number(text: str) -> None:
    assert len(list(split_sentences(text))) == 1


def test_a_letter_of_another_script_moves_no_end() -> None:
    for sign in map(chr, (*range(0x589), *range(0x2000, 0x2027))):
        for text in (f"a{sign} b", f"a.{sign} b", f"a.{sign}b", f"a{sign}{sign}. b"):
            *parts, last = split_sentences(f"{text}水")
            assert split_sentences(text) == (*parts, last.removesuffix("水")), repr(text)
