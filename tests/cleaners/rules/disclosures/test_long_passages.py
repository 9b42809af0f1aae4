"""Of a long passage the end is read: what it discloses has its place in the text, as in a short one."""

from __future__ import annotations

import pytest
from articles import ARTICLES

from copydesk import Page, clean_page
from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.rules.disclosures.block_disclosures import disclosures
from copydesk.cleaners.rules.disclosures.passages import MAX_CHARS
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Block, Kind

ROW = (
    "The weir below the mill was mended by six carpenters from the coast, who carried the old boards out by"
    " hand, and who ate at the inn, and"
)
SHORT, LONG = 3, 13  # rows; with the lines below a passage has no more than sixteen
NOTE = ("it. This article was written by ChatGPT and", "checked by our editors.")
DENIAL = ("it. No AI was used to write this article, and", "our editors checked it.")
OFFER = ("it. I hope this helps! Let me know if you'd like me to", "make it shorter.")


def wrapped(rows: int, last: tuple[str, ...]) -> list[str]:
    """The lines of a paragraph whose last sentences are ``last``."""
    return [*[ROW] * rows, "the council came to look at", *last]


assert len(ROW) * SHORT < MAX_CHARS < len(ROW) * LONG


@pytest.mark.parametrize(
    ("last", "label"), [(NOTE, "ai_disclaimer"), (OFFER, "chatbot_meta")], ids=["note", "offer"]
)
@pytest.mark.parametrize("rows", [SHORT, LONG], ids=["short", "long"])
def test_lines_of_residue_are_removed_and_the_others_stay(
    rows: int, last: tuple[str, ...], label: str
) -> None:
    lines = wrapped(rows, last)
    record = clean_page(
        Page(body="\n\n".join(["The weir is mended", *ARTICLES["en"], "\n".join(lines)]), media="text")
    )
    assert [(one.text, one.label) for one in record.removed] == [(line, label) for line in last]
    assert [one.evidence.startswith("continues") for one in record.removed] == [False, True]
    assert record.text.endswith("\n".join(lines[:-2]))


@pytest.mark.parametrize("last", [NOTE, DENIAL, OFFER], ids=["note", "denial", "offer"])
@pytest.mark.parametrize("rows", [SHORT, LONG], ids=["short", "long"])
def test_a_disclosure_is_on_the_line_that_holds_it(rows: int, last: tuple[str, ...]) -> None:
    lines = wrapped(rows, last)
    blocks = tuple(Block(at, Kind.PARAGRAPH, line) for at, line in enumerate(lines))
    facts = facts_of(PageTable(blocks), language="en", is_html=False)
    found = disclosures(JudgedPage(facts, keep=(1.0,) * len(blocks)))
    assert found
    assert min(found) == len(lines) - len(last)


@pytest.mark.parametrize("rows", [SHORT, LONG], ids=["short", "long"])
def test_places_are_those_of_the_whole_block(rows: int) -> None:
    text = " ".join(wrapped(rows, (*NOTE, *OFFER[1:], *DENIAL)))
    facts = facts_of(PageTable((Block(0, Kind.PARAGRAPH, text),)), language="en", is_html=True)
    disclosed = disclosures(JudgedPage(facts, keep=(1.0,)))[0]
    passages = [*disclosed.notes, *disclosed.denials, *disclosed.lines]
    assert passages
    assert [text[one.start : one.end] for one in passages] == [one.quote for one in passages]
