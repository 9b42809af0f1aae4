"""The benches of residue and provenance: that they count rightly, on sets made here."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import convert

from benchmarks import provenance, residue

NOTE: dict[str, Any] = {
    "id": "note", "language": "en", "text": "This article was written by ChatGPT.", "label": "ai_disclaimer",
    "vendor": "openai", "model": "ChatGPT", "role": "generated", "medium": "text", "context_before": "", "context_after": "",
}  # fmt: skip
TRAP: dict[str, Any] = {
    "id": "trap", "language": "en", "text": "The bell was cast by Claude Morel, whose son still lives in the town.",
    "label": "body", "context_before": "The tower is older than the hall.", "context_after": "It weighs two tonnes.",
}  # fmt: skip
DOC: dict[str, Any] = {
    "id": "doc",
    "media_type": "text/html",
    "headers": {},
    "input": "<html lang='en'><head><title>Bridge opens</title><meta name='ai-disclosure' content='ai-generated'></head>"
    "<body><article><h1>Bridge opens</h1><p>The bridge over the Elm was opened by the mayor on Monday, two years late.</p>"
    "<p>Some three hundred people walked across it in the first hour, many of them with dogs.</p></article></body></html>",
    "expected": {
        "kept_contains": ["two years late"],
        "removed_contains": ["first hour"],
        "provenance": {
            "digital_source_type": "trainedAlgorithmicMedia",
            "ai": [{"role": "generated", "vendor": None, "model": None}], "ai_media": [], "licence": None,
            "content_credentials": False, "sponsored": False, "press_release": False, "machine_translated": False,
            "usage": {"ai_training": None, "search": None, "tdm_reserved": None},
            "syndication": {"wire": None, "original_publisher": None, "original_url": None}, "derived_from": [],
        },
    },
}  # fmt: skip


def figures(row: dict[str, Any], media: str) -> dict[str, float]:
    case = residue.Setting("ai_residue", convert(row, residue.Item), media)
    (outcome,) = residue.outcomes(case)
    return {name: good / of for name, (good, of) in outcome.shares.items() if of}


@pytest.mark.parametrize("media", residue.SETTINGS)
def test_residue_is_to_be_found_with_its_vendor_and_traps_are_to_be_kept(media: str) -> None:
    found = figures(NOTE, media)
    assert found == {"f1": 1.0, "exact": 1.0, "exact_residue": 1.0, "use_exact": 1.0}
    assert figures(TRAP, media) == {"exact": 1.0, "traps_kept": 1.0}
    assert figures({**NOTE, "role": "translated"}, media)["use_exact"] == 0.0
    # what is kept and was residue, what is taken and was the article's
    assert figures({**TRAP, "label": "chatbot_meta"}, media) == {
        "f1": 0.0,
        "exact": 0.0,
        "exact_residue": 0.0,
    }
    assert figures({**NOTE, "label": "body"}, media) == {"f1": 0.0, "exact": 0.0, "traps_kept": 0.0}


def test_an_item_is_between_its_neighbours_or_at_an_end() -> None:
    def place(row: dict[str, Any]) -> int:
        item = convert(row, residue.Item)
        return residue.set_in(item, {"paragraphs": ["one", "two", "three"]}).index(item.text)

    assert place(TRAP) == 3
    assert place(NOTE) == 0
    assert place({**NOTE, "context_before": "before"}) == 4


def test_strings_and_fields_of_pages_are_counted() -> None:
    (outcome,) = provenance.outcomes(DOC)
    assert {name: good / of for name, (good, of) in outcome.shares.items()} == {
        "kept": 1.0, "removed": 0.0, "fields": 1.0, "no_false_claims": 1.0
    }  # fmt: skip
    assert outcome.wrong == ["doc removed: wanted 'first hour', found False"]
