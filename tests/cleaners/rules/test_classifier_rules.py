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


WALLS = {
    "en": ("You have read all your free articles for this month.", "Subscribe for £2 a week to read the rest of this story. Cancel any time."),
    "de": ("Dieser Artikel ist nur für Abonnenten lesbar.", "Lesen Sie diesen und alle weiteren Artikel einen Monat lang für 1 Euro."),
    "fr": ("La suite de cet article est réservée à nos abonnés.", "Abonnez-vous pour 1 € le premier mois, sans engagement."),
    "es": ("Este contenido es exclusivo para suscriptores.", "Suscríbete por 1 € el primer mes y sigue leyendo."),
}  # fmt: skip
CONSENT = {
    "en": ("We and our 214 partners store cookies on your device.", "You can withdraw your consent at any time by clicking on Cookie settings."),
    "de": ("Wir und unsere 214 Partner speichern Cookies auf Ihrem Gerät.", "Sie können Ihre Einwilligung jederzeit in den Einstellungen widerrufen."),
    "fr": ("Nos partenaires et nous déposons des cookies sur votre appareil.", "Vous pouvez retirer votre consentement à tout moment."),
    "es": ("Nosotros y nuestros socios guardamos cookies en tu dispositivo.", "Puedes cambiar tu consentimiento en cualquier momento."),
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(WALLS))
def test_a_wall_in_plain_paragraphs_leaves_the_end_of_the_text_and_says_that_it_is_cut(language: str) -> None:
    article = ARTICLES[language]
    record = clean_page(
        Page(body=as_html(article["title"], [*article["paragraphs"], *WALLS[language]]), media="html")
    )
    assert [text for text in (*article["paragraphs"], *WALLS[language]) if text in record.text] == article[
        "paragraphs"
    ]
    assert record.status == "partial"


@pytest.mark.parametrize("language", sorted(CONSENT))
def test_a_consent_box_in_plain_paragraphs_leaves_the_beginning_of_the_text(language: str) -> None:
    article = ARTICLES[language]
    record = clean_page(
        Page(body=as_html(article["title"], [*CONSENT[language], *article["paragraphs"]]), media="html")
    )
    assert [text for text in (*CONSENT[language], *article["paragraphs"]) if text in record.text] == article[
        "paragraphs"
    ]
    assert record.status == "ok"


@pytest.mark.parametrize(("title", "paragraphs"), [
    ("Library closed on Monday", ["The library will be closed on Monday. Please bring your card on Tuesday.", "Sign up for our newsletter to get the latest news every morning."]),
    ("How to allow cookies in Firefox", ["Open the menu and choose Settings, then Privacy.", "Click on Manage Data and allow cookies for the site that you want to use.", "Close the tab and load the page again."]),
    ("ห้องสมุดปิดวันจันทร์", ["ห้องสมุดประชาชนจังหวัดจะปิดให้บริการในวันจันทร์เพื่อซ่อมหลังคา และเปิดอีกครั้งในวันอังคาร"]),
    ("圖書館週一休館", ["市立圖書館下週一因整修屋頂而休館,週二恢復開放。"]),
])  # fmt: skip
def test_a_brief_keeps_its_sentences(title: str, paragraphs: list[str]) -> None:
    text = clean_page(Page(body=as_html(title, paragraphs), media="html")).text
    assert all(line in text for line in paragraphs if "newsletter" not in line)
