"""Which language a text is in: told by the text where it is long enough, else by the page, else unknown."""

from __future__ import annotations

import subprocess
import sys

import pytest
from articles import ARTICLES

from cleaners.language import MIN_LETTERS, detect
from cleaners.lexicon import languages
from copydesk import clean


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_a_paragraph_tells_its_language(code: str) -> None:
    for paragraph in ARTICLES[code]:
        guess = detect(paragraph)
        assert (guess.language, guess.source) == (code, "text")
        assert guess.score is not None
        assert 0.5 < guess.score <= 1


def test_every_language_with_a_lexicon_has_an_article() -> None:
    assert sorted(ARTICLES) == list(languages())


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_a_record_has_the_language_of_its_page(code: str) -> None:
    record = clean("".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES[code]))
    assert (record.language, record.language_source) == (code, "text")
    assert [share.language for share in record.languages] == [code]


def test_what_the_page_declares_and_the_text_says_are_told_apart() -> None:
    english, german = " ".join(ARTICLES["en"]), " ".join(ARTICLES["de"])
    agreed, contradicted = detect(english, "en-GB"), detect(german, "en")
    assert (agreed.language, agreed.source) == ("en", "both")
    assert (contradicted.language, contradicted.source) == ("de", "text")


@pytest.mark.parametrize("scrap", ["", " ", "Hi there", "Ciao", "x" * (MIN_LETTERS - 1), "今日は", "Привет"])
def test_scraps_are_never_guessed(scrap: str) -> None:
    assert detect(scrap).language == "und"
    assert detect(scrap).score is None
    assert detect(scrap).source is None


@pytest.mark.parametrize("declared", ["fr", "fr-CA", "fr_FR", "FR"])
def test_the_declared_language_serves_where_the_text_is_short(declared: str) -> None:
    guess = detect("Salut", declared)
    assert (guess.language, guess.score, guess.source) == ("fr", None, "declared")


@pytest.mark.parametrize("declared", ["", "  ", "x", "1234", "english language", "-", "<script>"])
def test_a_declaration_that_is_no_language_is_not_believed(declared: str) -> None:
    assert detect("Salut", declared).language == "und"


@pytest.mark.parametrize(
    "text",
    ["1234567890 " * 40, "2026-11-20 12:30:00 " * 30, "!?…—„“ " * 50, "🎉🎈" * 60, "\u0301" * 200],
)
def test_what_has_no_letters_has_no_language(text: str) -> None:
    assert detect(text).language == "und"


@pytest.mark.parametrize("repeated", ["123 456 7.89 ", "https://example.org/2026/11/20?p=1&q=2 "])
def test_digits_and_addresses_between_words_do_not_mislead(repeated: str) -> None:
    assert detect(repeated + ARTICLES["sv"][1] + repeated).language == "sv"


def test_chinese_is_zh_however_it_is_written() -> None:
    traditional = (
        "市政廳的大鐘星期五十一年來第一次敲響了正午的鐘聲，大約兩百人來到廣場上聆聽，他們都說聲音很響。"
    )
    assert detect(traditional).language == "zh"
    assert detect(ARTICLES["zh"][0], "zh-CN").source == "both"


def test_the_same_text_is_the_same_language_in_every_process() -> None:
    """langdetect draws lots unless it is seeded: fresh processes must agree to the last digit."""
    mixed = ARTICLES["pt"][0] + " " + ARTICLES["es"][1]
    ask = "import sys; from cleaners.language import detect; print(detect(sys.argv[1]))"
    answers = {
        subprocess.run([sys.executable, "-c", ask, mixed], capture_output=True, check=True, text=True).stdout
        for _ in range(3)
    }
    assert answers == {f"{detect(mixed)}\n"}


def test_earlier_texts_do_not_change_a_verdict() -> None:
    alone = detect(ARTICLES["nl"][2])
    for code in ARTICLES:
        detect(ARTICLES[code][0])
    assert detect(ARTICLES["nl"][2]) == alone
