"""Notes on the use of AI are read for what they say, in every language there are words for; what only shares
their words is none.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
from articles import ARTICLES

from copydesk import clean
from copydesk.cleaners.lexicon.words import languages
from copydesk.cleaners.provenance.disclosed import use_of
from copydesk.cleaners.residue.ai_notes import read_notes
from copydesk.cleaners.residue.note_words import note_languages, note_words

SAMPLES = {
    path.stem: tomli.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "ai_notes").glob("*.toml"))
}
NOTES = [
    (code, one["text"], one["role"], one["medium"]) for code, all_ in SAMPLES.items() for one in all_["note"]
]
DENIALS = [(code, one["text"]) for code, all_ in SAMPLES.items() for one in all_["denial"]]
TRAPS = [(code, one["text"]) for code, all_ in SAMPLES.items() for one in all_["trap"]]


def test_every_language_has_words_and_samples() -> None:
    assert note_languages() == set(languages()) == set(SAMPLES)


@pytest.mark.parametrize(("code", "text", "role", "medium"), NOTES)
def test_a_note_says_who_made_what_and_how(code: str, text: str, role: str, medium: str) -> None:
    notes = [note for note in read_notes(text, code) if not note.veto]
    assert notes, read_notes(text, code)
    use = use_of(notes[0])
    assert use.medium == medium
    assert use.role == role
    assert notes[0].quote in text
    assert all(word.phrase in note_words(code).fold(text) for word in notes[0].core)


@pytest.mark.parametrize(("code", "text"), TRAPS)
def test_the_same_words_may_claim_nothing(code: str, text: str) -> None:
    assert not [note for note in read_notes(text, code) if not note.veto]


@pytest.mark.parametrize(("code", "text"), DENIALS)
def test_a_denial_is_weak_evidence_and_stays_in_the_text(code: str, text: str) -> None:
    record = clean(
        f"<html lang='{code}'><article><h1>Noon</h1>{''.join(f'<p>{one}</p>' for one in (*ARTICLES[code], text))}</article></html>"
    )
    found = [one for one in record.provenance.evidence if one.field == "ai"]
    assert [(one.quote, one.strength) for one in found] == [(text, "weak")]
    assert not record.provenance.ai
    assert text in record.text


def test_each_clause_of_an_enumeration_is_a_use_of_its_own() -> None:
    text = "Cover image generated with Midjourney, text written with ChatGPT, summary made by Claude 3."
    uses = [use_of(note) for note in read_notes(text, "en")]
    assert [(use.role, use.medium, use.vendor) for use in uses] == [
        ("generated", "image", "Midjourney"),
        ("generated", "text", "OpenAI"),
        ("summarised", "text", "Anthropic"),
    ]
    assert not [note for note in read_notes(f"He said: {text.lower()}", "en") if not note.veto]


@pytest.mark.parametrize("text", ["イラスト「鐘」AI生成", "この記事は「正午」AIが作成しました。"])
def test_a_maker_right_behind_a_quotation_is_read(text: str) -> None:
    (note,) = read_notes(text, "ja")
    assert (note.agent, note.quote, note.veto) == ("ai", text, "")


@pytest.mark.parametrize("inside", [" (first printed in Danish)", ", which you can order by post,"])
def test_what_is_set_in_between_is_quoted_and_not_read(inside: str) -> None:
    text = f"This guide{inside} was translated with DeepL."
    (note,) = read_notes(f"Welcome. {text}", "en")
    assert (note.quote, note.veto, note.act) == (text, "", "translated")


@pytest.mark.parametrize("inside", [", critics say,", ", which DeepL could not have translated,"])
def test_what_is_set_in_between_is_read_where_somebody_tells_it_or_a_maker_is_named(inside: str) -> None:
    assert not [note for note in read_notes(f"This guide{inside} was written by AI.", "en") if not note.veto]


@pytest.mark.parametrize("code", sorted(SAMPLES))
def test_an_inline_note_is_evidence_and_the_sentences_beside_it_stay(code: str) -> None:
    first, second, third = ARTICLES[code]
    note = next(text for text in (one["text"] for one in SAMPLES[code]["note"] if one["medium"] == "text"))
    glue = "" if code in ("ja", "zh") else " "
    page = f"<html lang='{code}'><article><h1>Noon</h1><p>{first}</p><p>{second}{glue}{note}</p><p>{third}</p></article></html>"
    record = clean(page)
    assert second in record.text
    assert record.provenance.ai
    assert note.strip() in {one.quote for one in record.provenance.evidence}
