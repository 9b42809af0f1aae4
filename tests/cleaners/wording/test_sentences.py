"""A block's sentences without what they quote, and the cues in each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.lexicon.words import read_lexicon
from copydesk.cleaners.wording.cues import CueFinder
from copydesk.cleaners.wording.sentences import (
    coverage,
    mask_quotations,
    quotations,
    remove_quotations,
    sentences,
    sentences_with,
)


@pytest.mark.parametrize(("text", "quoted"), [
    ("He said “noon at last” and left", "noon at last"),
    ("Er sagte „endlich Mittag“ und ging", "endlich Mittag"),
    ("Il dit « enfin midi » et partit", "enfin midi"), ("Han sagde »endelig middag« og gik", "endelig middag"),
    ('He said "noon at last" and left', "noon at last"), ("彼は「正午だ」と言った", "正午だ"), ("彼は『正午だ』と言った", "正午だ"),
    ("见《正午》一文", "正午"), ("He said ‘noon at last’ and left", "noon at last"),
    ("He said 'noon at last' and left", "noon at last"), ("Han sade ”äntligen” och gick", "äntligen"),
])  # fmt: skip
def test_quotations_are_taken_out(text: str, quoted: str) -> None:
    assert quotations(text) == (quoted,)
    assert quoted not in remove_quotations(text)
    hidden = mask_quotations(text)
    assert (len(hidden), quoted in hidden) == (len(text), False)
    at = text.index(quoted)
    assert hidden[at : at + len(quoted)].strip("q ") == ""


@pytest.mark.parametrize(
    "text",
    ["Don't say it isn't noon", "rock 'n' roll's clock", "the 90’s and the clock’s", "3 < 4 » 5", "noon"],
)
def test_an_apostrophe_opens_no_quotation(text: str) -> None:
    assert quotations(text) == ()
    assert remove_quotations(text) == mask_quotations(text) == text


@pytest.mark.parametrize("text", ["“Noon at last, he said", "«Enfin midi", "「正午", '"Noon, he said'])
def test_a_quotation_that_opens_a_text_and_never_closes_is_all_of_it(text: str) -> None:
    assert remove_quotations(text) == mask_quotations(text) == ""


def test_an_unclosed_quotation_mark_does_not_quote_the_page() -> None:
    long = "noon " * 200
    assert quotations(f"He said “{long}”") == ()
    assert remove_quotations(f"He said “{long}") == f"He said “{long}"


@pytest.mark.parametrize(("text", "code", "raws"), [
    ("Noon. The clock struck.", "en", ["Noon.", "The clock struck."]),
    ("Noon! … Was it?", "en", ["Noon!", "Was it?"]), ("正午。鐘が鳴った。", "ja", ["正午。", "鐘が鳴った。"]), ("— …", "en", []),
    ("", "en", []),
])  # fmt: skip
def test_sentences_have_letters(text: str, code: str, raws: list[str]) -> None:
    assert [sentence.raw for sentence in sentences(text, code)] == raws


def test_cues_come_by_place_the_longer_first() -> None:
    (sentence,) = sentences("This article was written by artificial intelligence.", "en")
    places = [(cue.start, -cue.end) for cue in sentence.cues]
    assert places == sorted(places)
    assert sentence.has("cue.ai-sure")
    assert not sentence.has("cue.press-release")
    first = sentence.first("cue.ai-sure", "cue.made")
    assert first is not None
    assert first.start == min(cue.start for cue in sentence.cues if cue.id in ("cue.ai-sure", "cue.made"))
    assert first.phrase in sentence.phrases("cue.ai-sure", "cue.made")
    assert sentence.first("cue.press-release") is None


@pytest.mark.parametrize(("text", "is_start"), [
    ("Press release", True), ("Chur: Press release", True), ("Chur, 3 May – press release", True),
    ("Chur (press release)", True), ("They wrote the press release", False), ("Chur-press release", False),
])  # fmt: skip
def test_a_start_counts_where_a_clause_begins(text: str, *, is_start: bool) -> None:
    data = {"code": "en", "name": "English", "function_words": ["the"]}
    cues = CueFinder(
        read_lexicon(data | {"phrases": {"cue.x": {"start": ["press release"]}}}, where="en.toml")
    )
    assert any(sentence.has("cue.x") for sentence in sentences_with(text, cues, has_names=False)) == is_start


@pytest.mark.parametrize(("raw", "code", "size"), [
    ("The clock struck noon.", "en", 4), ("本文由ChatGPT生成", "zh", 1), ("時計台の鐘が鳴った", "ja", 3),
    ("Ungefähr um zwölf", "de", 3),
])  # fmt: skip
def test_size_in_words(raw: str, code: str, size: int) -> None:
    (sentence,) = sentences(raw, code)
    assert sentence.size == size


def test_a_note_is_covered_by_its_cues_and_prose_is_not() -> None:
    (note,) = sentences("This article was written by ChatGPT.", "en")
    (prose,) = sentences("Two apprentices bent the axle of the minute hand in a winter storm.", "en")
    assert note.vendors[0].model == "ChatGPT"
    assert coverage(note) > 0.9
    assert coverage(prose) < 0.6
    (light,) = sentences("The and of it is 12.", "en")
    assert coverage(light) == 1.0


@pytest.mark.parametrize(
    ("text", "is_light"), [("Translated from German", True), ("Hidden from German", False)]
)
def test_names_of_languages_belong_to_what_is_translated(text: str, *, is_light: bool) -> None:
    (sentence,) = sentences(text, "en")
    assert (coverage(sentence) > 0.9) == is_light


@given(st.text(alphabet="ab “”\"'‘’«»「」.!\n", max_size=60))
def test_masking_keeps_every_place_and_quotations_are_of_the_text(text: str) -> None:
    assert len(mask_quotations(text)) in (0, len(text))
    assert all(quoted in text for quoted in quotations(text))
    for sentence in sentences(text, "en"):
        assert 0.0 <= coverage(sentence) <= 1.0
