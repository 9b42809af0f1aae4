"""What texts disclose of their own making, by the trees that come with copydesk: lines composed for the tests."""

from __future__ import annotations

from copydesk.cleaners.residue.reading.measures import Neighbours
from copydesk.cleaners.residue.reading.residue_reading import (
    Reading,
    TextInContext,
    classify,
    may_be_residue,
    packaged_forest,
)
from copydesk.cleaners.types import Label

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


def test_what_names_no_machine_and_orders_nothing_need_not_be_read() -> None:
    assert not may_be_residue("The ferry leaves at noon, and a crowd had come to see it off.", "en")
    assert may_be_residue("Text: KI", "de")
    assert may_be_residue("make this shorter please", "en")
