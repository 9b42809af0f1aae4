"""What texts disclose of their own making, by the trees that come with copydesk: lines composed for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli

from copydesk.cleaners.residue.reading.measures import Neighbours
from copydesk.cleaners.residue.reading.residue_reading import (
    Reading,
    TextInContext,
    classify,
    may_be_residue,
    packaged_forest,
)
from copydesk.cleaners.types import Label

LINES: dict[str, Any] = tomli.loads(
    (Path(__file__).parents[2] / "rules" / "ai_lines.toml").read_text("utf-8")
)
LEAVES = 0.6


def read(text: str, language: str = "en") -> Reading:
    return classify([TextInContext(text, language, Neighbours("", ""))], packaged_forest())[0]


def test_a_note_has_its_role_medium_and_words() -> None:
    found = read("The pictures on this page were generated with Midjourney.")
    assert found.label is Label.AI_DISCLAIMER
    assert found.odds[found.label] > LEAVES
    assert (found.role, found.medium) == ("generated", "image")
    assert ("product", "midjourney") in found.key_sentence()[1]
    assert "generated" in found.evidence(found.label)


def test_chatbot_lines_and_prompts_are_distinguished() -> None:
    assert read("Certainly! Here is a revised version of your text:").label is Label.CHATBOT_META
    assert (
        read("Write a 500-word blog post about ferries in a friendly tone. Use headings.").label
        is Label.LEAKED_PROMPT
    )


def test_of_lines_in_which_articles_speak_of_ai_one_in_eight_reads_as_residue_by_its_words_alone() -> None:
    lines = [(line, code) for code in sorted(LINES) for line in LINES[code]["articles"]]
    gone = [line for line, code in lines if max(read(line, code).odds.values()) > LEAVES]
    assert len(gone) <= len(lines) / 8, gone


def test_most_notes_that_no_grammar_foresees_are_read() -> None:
    notes = [(note, code) for code in sorted(LINES) for note in LINES[code]["notes"]]
    found = [note for note, code in notes if read(note, code).odds[Label.AI_DISCLAIMER] > LEAVES]
    assert len(found) >= len(notes) * 0.6, f"{len(found)} of {len(notes)}"


def test_what_names_no_machine_and_orders_nothing_need_not_be_read() -> None:
    assert not may_be_residue("The ferry leaves at noon, and a crowd had come to see it off.", "en")
    assert may_be_residue("Text: KI", "de")
    assert may_be_residue("make this shorter please", "en")
