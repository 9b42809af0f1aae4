"""Measures of a text by its concepts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.residue.reading.measures import NAMES, Neighbours, key_sentence, measure

ALONE = Neighbours("", "")


def measured(text: str, language: str = "en", beside: Neighbours = ALONE) -> dict[str, float]:
    return dict(zip(NAMES, measure(text, language, beside).tolist(), strict=True))


def test_each_measure_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)


@given(st.text(max_size=300), st.sampled_from(["en", "ja", "ar", "xx"]))
def test_any_text_has_all_measures(text: str, language: str) -> None:
    assert len(measured(text, language)) == len(NAMES)


def test_the_same_is_measured_in_every_language() -> None:
    english, german = (
        measured("This poem was written by an AI."),
        measured("Dieses Gedicht wurde von einer KI geschrieben.", "de"),
    )
    for name in ("ai in text", "this in text", "written in text", "is first sentence", "sentences"):
        assert english[name] == german[name] > 0


def test_distances_have_a_sign_and_are_missing_where_nothing_is_apart() -> None:
    forward, backward = measured("translated by machine"), measured("machine-translated")
    assert forward["making maker apart"] > 0
    assert backward["making maker apart"] <= 0
    assert math.isnan(measured("The ferry leaves at noon.")["making maker apart"])


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("> Written with AI", "quotation"),
        ("- Written with AI", "item"),
        ("[!NOTE] Written with AI", "callout"),
        ("🤖 Written with AI", "emoji"),
        ("*Written with AI*", "emphasised"),
        ("Shall I go on?", "ends with a question"),
        ("Here is the poem:", "ends with a colon"),
        ("Rain again citeturn0search3", "citation"),
    ],
)
def test_marks_are_seen(text: str, mark: str) -> None:
    assert measured(text)[f"mark: {mark}"] == 1
    assert measured("The ferry leaves at noon.")[f"mark: {mark}"] == 0


def test_neighbours_are_measured() -> None:
    beside = measured("Done.", beside=Neighbours("Ask the chatbot:", ""))
    assert beside["agent before"] == beside["mark: ends with a colon before"] == 1
    assert beside["agent after"] == beside["mark: ends with a colon after"] == 0


def test_the_sentence_with_most_concepts_is_quoted_as_it_is() -> None:
    text = "The ferry leaves at noon. *This page was written by ChatGPT.* Bring a coat."
    sentence, words = key_sentence(text, "en")
    assert "This page was written by ChatGPT." in sentence
    assert "ferry" not in sentence
    assert ("product", "chatgpt") in words
    assert ("written", "written") in words
