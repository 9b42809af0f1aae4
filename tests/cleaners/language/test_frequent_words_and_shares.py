"""Frequent words as the quickest of voices, and the share of each language in a text."""

from __future__ import annotations

import pytest
from articles import ARTICLES

from copydesk.cleaners.language.detection import LanguageGuess, detect, looks_like, share_of_frequent
from copydesk.cleaners.language.shares import languages_of
from copydesk.cleaners.language.weights import weigh

ENGLISH, FRENCH = (" ".join(ARTICLES[code]) for code in ("en", "fr"))
SPACED = ("en", "de", "fr", "es", "it", "pt", "nl", "sv")


@pytest.mark.parametrize("code", SPACED)
def test_a_text_is_full_of_the_frequent_words_of_its_language_alone(code: str) -> None:
    text = " ".join(ARTICLES[code])
    shares = {other: share_of_frequent(text, other) for other in SPACED}
    assert max(shares, key=shares.__getitem__) == code
    # a no means nothing, a yes is right
    assert {other for other in SPACED if looks_like(text, other)} <= {code}


@pytest.mark.parametrize(("text", "code", "share"), [
    ("the of and to in a is that it for on with", "en", 1.0),
    ("the " * 6 + "axle " * 6, "en", 0.5), ("axle " * 12, "en", 0.0), ("the " * 12, "en", 1.0),
    # too few words, and a language that is not known
    ("the " * 11, "en", 0.0), ("the " * 12, "xx", 0.0), ("", "en", 0.0),
])  # fmt: skip
def test_the_share_of_frequent_words(text: str, code: str, share: float) -> None:
    assert share_of_frequent(text, code) == share


def test_related_languages_need_more_evidence() -> None:
    # a third of frequent words is enough for English, and not where a relative has nearly as many
    assert looks_like(" ".join(["the", "axle", "axle"] * 6), "en")
    assert not looks_like(" ".join(["de", "axle", "axle"] * 6), "es")
    assert looks_like(" ".join(["de", "axle"] * 6), "es")


def detected(*texts: str, declared: str | None = None) -> tuple[LanguageGuess, dict[str, float]]:
    guess, shares = languages_of(texts, detect(max(texts, key=len), declared), declared)
    assert [share for _, share in shares] == sorted((share for _, share in shares), reverse=True)
    return guess, dict(shares)


def test_a_quotation_in_another_language_is_the_texts() -> None:
    quotation = "Die Uhr schlug zwölf, und niemand wollte es glauben."
    assert detected(*ARTICLES["en"] * 4, quotation)[1] == {"en": 1.0}


def test_flattened_text_may_be_one_block() -> None:
    guess, shares = detected(f"{ENGLISH * 2} {FRENCH * 4}")
    assert guess.language == "fr"
    assert shares["en"] == pytest.approx(1 / 3, abs=0.12)


def test_without_evidence_in_the_text_the_declaration_counts() -> None:
    assert detected("IKEA ABBA VOLVO", declared="sv") == (detect("IKEA ABBA VOLVO", "sv"), {"sv": 1.0})
    guess, shares = detected("12 345")
    assert (guess.language, shares) == ("und", {})


@pytest.mark.parametrize("code", SPACED)
def test_the_language_is_found_among_others_in_any_order(code: str) -> None:
    text = ARTICLES[code][0][:300]
    for among in (SPACED, SPACED[::-1]):
        found, score = weigh(text, among, declared=None)
        assert (found, 0 < score <= 1) == (code, True)


def test_what_is_declared_is_a_vote_and_counts_only_for_what_is_checked() -> None:
    text, among = "Ingen problem", ("sv", "no", "da")
    plain = {code: weigh(text, among, declared=code) for code in among}
    none = weigh(text, among, declared=None)
    assert weigh(text, among, declared="fi") == none
    assert plain[none[0]][1] > none[1]


def test_a_text_in_none_of_the_languages_is_not_sure() -> None:
    assert weigh(("qxz wvk jjq zzx kwq xvv qqj zxk wvq jkx " * 6), SPACED, declared=None)[1] <= 0.25
