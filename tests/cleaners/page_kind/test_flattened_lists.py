"""Flattened fronts have lines of cards alone; a poem, a list and a brief have a headline or sentences."""

from __future__ import annotations

import pytest
from made_blocks import labelled

from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.page_kind.flattened_lists import find_lines_of_cards
from copydesk.cleaners.page_kind.page_evidence import PageEvidence
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Label

SENTENCE = "The ferry sailed at noon with the whole band on board, and nobody had paid."
HEADLINES = tuple((f"Ferry number {number} sails again", Label.PARAGRAPH) for number in range(6))
CARDS = tuple((f"Ferry number {number} sails again", Label.RELATED) for number in range(8))
MENU = (("News", Label.NAV), ("Sport", Label.NAV))


def found(*outline: tuple[str, Label]) -> str | None:
    items = labelled(*outline)
    page = facts_of(PageTable(tuple(item.block for item in items)), language="en", is_html=False)
    return find_lines_of_cards(PageEvidence(page, items))


@pytest.mark.parametrize("outline", [
    (*MENU, *HEADLINES),
    (*MENU, *CARDS, (SENTENCE, Label.PARAGRAPH), *CARDS),
])  # fmt: skip
def test_lines_of_cards_without_a_headline_are_no_article(outline: tuple[tuple[str, Label], ...]) -> None:
    assert "no headline" in (found(*outline) or "")


@pytest.mark.parametrize("outline", [
    HEADLINES,
    (*MENU, *HEADLINES, (SENTENCE, Label.PARAGRAPH)),
    (*MENU, *HEADLINES[:3]),
    (*MENU, (SENTENCE, Label.PARAGRAPH), *CARDS, *CARDS),
    (*MENU, *CARDS, *(((SENTENCE, Label.PARAGRAPH),) * 3), *CARDS),
    (*MENU, *CARDS, (f"{SENTENCE[:-1]} {SENTENCE[:-1]} {SENTENCE[:-1]} {SENTENCE}", Label.PARAGRAPH), *CARDS),
])  # fmt: skip
def test_what_has_sentences_of_its_own_or_is_a_text_alone_may_be_one(
    outline: tuple[tuple[str, Label], ...],
) -> None:
    assert found(*outline) is None
