"""Which language a text is in: told by the text where it is long enough, else by the page, else unknown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from articles import ARTICLES
from hypothesis import given
from hypothesis import strategies as st

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
    tag = "zh-Hans" if code == "zh" else code
    assert (record.language, record.language_source) == (tag, "text")
    assert [(share.language, share.share) for share in record.languages] == [(tag, 1.0)]


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


def test_chinese_is_told_by_how_it_is_written() -> None:
    traditional = (
        "市政廳的大鐘星期五十一年來第一次敲響了正午的鐘聲，大約兩百人來到廣場上聆聽，他們都說聲音很響。"
    )
    assert (detect(traditional).language, detect(traditional).tag) == ("zh", "zh-Hant")
    assert detect(ARTICLES["zh"][0], "zh-CN").tag == "zh-Hans"
    assert detect(ARTICLES["zh"][0], "zh-CN").source == "both"


def test_the_same_text_is_the_same_language_in_every_process() -> None:
    """Fresh processes agree to the last digit."""
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


SAMPLES = Path(__file__).resolve().parents[1] / "benchmarks" / "languages"
TEXTS = [
    (file.stem, text)
    for file in sorted(SAMPLES.glob("*.txt"))
    for text in file.read_text("utf-8").splitlines()
]
WITHOUT_PROFILE = {"bs", "eu", "gl", "ms", "sr-Cyrl", "sr-Latn"}


@pytest.mark.parametrize(
    ("chars", "known", "every"), [(20, 0.89, 0.84), (60, 0.975, 0.93), (1000, 0.99, 0.97)]
)
def test_composed_texts_of_sixty_languages(chars: int, known: float, every: float) -> None:
    right = {text: detect(text[:chars]).language == code.partition("-")[0] for code, text in TEXTS}
    of_known = [right[text] for code, text in TEXTS if code not in WITHOUT_PROFILE]
    assert sum(of_known) / len(of_known) >= known
    assert sum(right.values()) / len(right) >= every


@pytest.mark.parametrize("chars", [20, 60, 200])
def test_of_those_that_are_sure_nine_in_ten_are_right(chars: int) -> None:
    sure = [(guess, code) for code, text in TEXTS if ((guess := detect(text[:chars])).score or 0) >= 0.9]
    assert len(sure) > 30
    assert sum(guess.language == code.partition("-")[0] for guess, code in sure) >= 0.97 * len(sure)


@pytest.mark.parametrize("code", ["zh-Hans", "zh-Hant", "sr-Cyrl", "sr-Latn"])
def test_scripts_are_told_apart(code: str) -> None:
    texts = [text for name, text in TEXTS if name == code]
    told = [detect(text) for text in texts]
    assert all(guess.script == code.partition("-")[2] for guess in told if guess.language == code[:2])
    assert sum(guess.tag == code for guess in told) >= 10


@pytest.mark.parametrize(
    "text",
    [
        "https://www.example.org/politik/artikel/2026/neue-bruecke-ueber-die-elbe.html",
        "Anna Kowalska, Jean Dupont, Maria González, John Smith, Giulia Ferrari, Lars Nilsson",
        "Samsung Galaxy Ultra Pro Max Plus Edge Note Tab Watch Buds Fold Flip",
        "12.50 EUR 13.70 USD 9.99 GBP 2026-11-20 12:30",
        "info@example.org, press@example.com, redaktion@example.de",
        "",
    ],
)
def test_names_and_addresses_are_in_no_language_for_sure(text: str) -> None:
    assert (detect(text).score or 0.0) <= 0.9


def test_a_bilingual_page_tells_the_share_of_each() -> None:
    halves = [*ARTICLES["fr"], *ARTICLES["de"]]
    shares = clean("".join(f"<p>{paragraph}</p>" for paragraph in halves)).languages
    assert {share.language for share in shares} == {"fr", "de"}
    assert sum(share.share for share in shares) == pytest.approx(1.0, abs=0.001)
    assert min(share.share for share in shares) > 0.3


@given(st.text(max_size=300), st.sampled_from([None, "de", "xx", "zh-TW"]))
def test_any_text_has_an_answer_and_the_same_one_twice(text: str, declared: str | None) -> None:
    guess = detect(text, declared)
    assert guess == detect(text, declared)
    assert guess.score is None or 0.0 < guess.score <= 1.0
    assert (guess.source is None) == (guess.language == "und")
