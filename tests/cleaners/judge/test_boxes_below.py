"""Boxes below a text: a weak one is none of it, whatever stands in it; what the text itself holds stays."""

import pytest
from made_blocks import html_blocks

from copydesk.cleaners.judge.boxes_below import boxes_below
from copydesk.cleaners.types import Kind, Label

TEXT = "The old swing bridge closes on Monday because two of its bearings have worn through and have to be cast anew."
SHORT = "The bridge closes on Monday for two weeks, and again in May for the other bearing, in the evening."
NOTE = "Nine thousand households read this paper every week."


def found_in(
    page: str,
    *,
    weak: float,
    kind: Label = Label.PARAGRAPH,
    sure: float = 1.0,
    text: str = TEXT,
    ruled: str = "",
) -> list[str]:
    """The lines found on a page where the judgement is sure of ``text``, and ``weak`` is the chance of the others."""
    blocks = html_blocks(page)
    labels = {
        block.index: kind if block.text == text else Label.PARAGRAPH
        for block in blocks
        if block.kind is not Kind.TITLE
    }
    kept_by_rules = {block.index for block in blocks if block.text == ruled}
    keep = [sure if block.text == text else weak for block in blocks]
    return [blocks[at].text for at in boxes_below(blocks, keep, labels, kept_by_rules)]


@pytest.mark.parametrize(
    "box",
    [
        f"<div class='x1'><h4>About us</h4><p>{NOTE}</p></div>",
        f"<section><h4>About us</h4><ul><li>{NOTE}</li></ul></section>",
        f"<aside><h4>About us</h4><div><div><p>{NOTE}</p></div></div></aside>",
    ],
)
def test_a_box_below_a_short_text_needs_more(box: str) -> None:
    page = f"<article><div><p>{TEXT}</p></div>{box}</article>"
    assert found_in(page, weak=0.6) == ["About us", NOTE]
    assert found_in(page, weak=0.85) == []


@pytest.mark.parametrize(
    "page",
    [
        f"<article><p>{TEXT}</p><ul><li>{NOTE}</li></ul><h2>{NOTE}</h2><blockquote>{NOTE}</blockquote></article>",
        f"<article><div><p>{NOTE}</p></div><p>{TEXT}</p></article>",
        f"<article><p>{TEXT}</p><div><p>{NOTE}</p></div><p>{TEXT}</p></article>",
        f"<article><p>{TEXT}</p><div>{f'<p>{NOTE}</p>' * 9}</div></article>",
        f"<main><div class='post p1'><p>{TEXT}</p></div><div class='post p2'><b>wick</b><p>{NOTE}</p></div></main>",
        f"<article>{f'<p>{TEXT}</p>' * 5}<div><p>{NOTE}</p></div></article>",
    ],
    ids=[
        "list of the text",
        "box above the text",
        "box between paragraphs",
        "box that is the text",
        "next post",
        "longer text",
    ],
)
def test_what_is_no_box_below_stays(page: str) -> None:
    assert found_in(page, weak=0.5) == []


def test_a_text_is_known_by_sure_paragraphs_that_are_no_standfirst() -> None:
    page = f"<article><p>{SHORT}</p><div><p>{NOTE}</p></div></article>"
    assert found_in(page, weak=0.5, text=SHORT, kind=Label.STANDFIRST) == []
    assert found_in(page, weak=0.5, text=SHORT, sure=0.8) == []


def test_what_a_rule_keeps_stays_with_its_box() -> None:
    page = f"<article><div><p>{TEXT}</p></div><div class='x1'><h4>About us</h4><p>{NOTE}</p></div></article>"
    assert found_in(page, weak=0.5, ruled=NOTE) == []
