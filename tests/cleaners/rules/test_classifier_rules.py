"""What the text classifier removes and brings back, and what it leaves: lines on AI, notes, talk amid a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli
from conftest import rule_context
from made_blocks import html_blocks

from benchmarks.residue import as_html
from copydesk import Page, clean_page
from copydesk.cleaners.rules.classifier_rules import own_words
from copydesk.cleaners.types import Label

TESTS = Path(__file__).resolve().parents[2]
ARTICLES: dict[str, Any] = tomli.loads((TESTS / "articles.toml").read_text("utf-8"))
LINES: dict[str, Any] = tomli.loads(Path(__file__).with_name("ai_lines.toml").read_text("utf-8"))


def removed_by(text: str, language: str, *, at: int) -> str | None:
    """The rule that takes a paragraph out of an article of three others; None where it stays."""
    article = ARTICLES[language]
    paragraphs = list(article["paragraphs"])
    paragraphs.insert(at, text)
    record = clean_page(Page(body=as_html(article["title"], paragraphs), media="html"))
    return next((gone.rule for gone in record.removed if gone.text == text), None)


@pytest.mark.slow
def test_of_lines_in_which_articles_speak_of_ai_one_in_twenty_five_leaves_the_text() -> None:
    lines = [
        (line, code, 1 + number % 2)
        for code in sorted(LINES)
        for number, line in enumerate(LINES[code]["articles"])
    ]
    gone = [line for line, code, at in lines if removed_by(line, code, at=at)]
    assert len(gone) <= len(lines) / 25, gone


@pytest.mark.slow
def test_two_in_five_notes_that_no_grammar_foresees_leave_the_text() -> None:
    notes = [(note, code) for code in sorted(LINES) for note in LINES[code]["notes"]]
    gone = [note for note, code in notes if removed_by(note, code, at=3)]
    assert len(gone) >= len(notes) * 2 / 5, f"{len(gone)} of {len(notes)}"


def test_what_only_sounds_like_a_chatbot_stays_amid_the_text() -> None:
    paragraphs = [*ARTICLES["fr"]["paragraphs"]] * 2
    line = "Je peux te raconter la suite si tu veux, mon ami."
    paragraphs.insert(3, line)
    assert line in clean_page(Page(body=as_html(ARTICLES["fr"]["title"], paragraphs), media="html")).text


@pytest.mark.parametrize(("keep", "is_classified"), [(0.25, True), (0.2, True), (0.19, False), (0.05, False)])
def test_which_lines_are_classified(keep: float, *, is_classified: bool) -> None:
    text = "The clock of the town hall struck noon on Friday for the first time in eleven years."
    markup = f"<p>{text}</p><p>It had stood still since the storm bent its axle.</p><p>{text}</p>"
    blocks = html_blocks(markup)
    context = rule_context(blocks, [Label.PARAGRAPH, Label.AD, Label.PARAGRAPH], keep=[0.95, keep, 0.95])
    assert list(own_words.find(context)) == ([1] if is_classified else [])
