"""The benches of residue and provenance: that they count rightly, on sets made here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import provenance, residue

NOTE = {
    "id": "note", "language": "en", "text": "This article was written by ChatGPT.", "label": "ai_disclaimer",
    "vendor": "openai", "model": "ChatGPT", "role": "generated", "medium": "text", "context_before": "", "context_after": "",
}  # fmt: skip
TRAP = {
    "id": "trap", "language": "en", "text": "The bell was cast by Claude Morel, whose son still lives in the town.",
    "label": "body", "context_before": "The tower is older than the hall.", "context_after": "It weighs two tonnes.",
}  # fmt: skip
DOC = {
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


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a set of each kind."""
    folder = tmp_path / "labelled"
    folder.mkdir()
    (folder / "ai_residue.jsonl").write_text(json.dumps(NOTE) + "\n" + json.dumps(TRAP) + "\n", "utf-8")
    (folder / "boilerplate.jsonl").write_text(json.dumps(TRAP) + "\n", "utf-8")
    (folder / "provenance_docs.jsonl").write_text(json.dumps(DOC) + "\n", "utf-8")
    return tmp_path


def test_the_share_of_residue_found_and_of_traps_kept(data: Path) -> None:
    found = CliRunner().invoke(residue.main, ["--data", str(data), "--by", "label"])
    assert found.exit_code == 0, found.output
    rows = [line.split() for line in found.output.splitlines()[1:]]
    everything = next(row for row in rows if row[:3] == ["ai_residue", "html", "all"])
    assert everything[3:] == ["2", "1.000", "1.000", "1.000", "1.000", "1.000"]


def test_what_is_wrong_lowers_each_figure() -> None:
    note, trap = (residue._item(row) for row in (NOTE, TRAP))
    kept = residue.Outcome(note, True, "paragraph", "")
    taken = residue.Outcome(trap, False, "ad", "worded.ad")
    names = ("f1", "traps_kept", "exact", "exact_residue", "use_exact")
    assert residue.figures([kept, taken]) == dict.fromkeys(names, 0.0)


def test_a_vendor_is_right_whatever_its_capitals_and_wrong_with_another_role() -> None:
    note = residue._item(NOTE)
    assert residue.Outcome(note, False, "", "", (("generated", "text", "OpenAI", None),)).is_use_exact
    assert not residue.Outcome(note, False, "", "", (("translated", "text", "OpenAI", None),)).is_use_exact


def test_an_item_is_between_its_neighbours_or_at_an_end() -> None:
    article = {"paragraphs": ["one", "two", "three"]}
    assert residue.set_in(residue._item(TRAP), article)[3] == TRAP["text"]
    assert residue.set_in(residue._item(NOTE), article)[0] == NOTE["text"]
    last = residue._item({**NOTE, "context_before": "before"})
    assert residue.set_in(last, article)[-1] == NOTE["text"]


def test_strings_and_fields_of_pages_are_counted(data: Path) -> None:
    (row,) = provenance.read_docs(data)
    record = provenance.record_of_doc(row)
    answers = [*provenance.strings(row, record), *provenance.fields(row, record)]
    wrong = [answer.field for answer in answers if not answer.is_right]
    assert wrong == ["removed"]
    figures = provenance.figures([*answers, provenance.Answer("none", "ai", [], [])])
    assert figures == {"kept": 1.0, "removed": 0.0, "fields": 1.0, "no_false_claims": 1.0}
