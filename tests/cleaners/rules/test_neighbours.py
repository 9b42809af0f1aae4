"""What the blocks around a block show: text repeated on a page."""

from __future__ import annotations

import pytest
from conftest import rule_context
from made_blocks import html_blocks

from copydesk.cleaners.rules.neighbours import CONTEXT
from copydesk.cleaners.types import Label

(DUPLICATE,) = CONTEXT
SENTENCE = "The clock of the town hall struck noon on Friday for the first time."
OTHER = "A crowd of some two hundred people had come to the square to hear it."


def repeated(markup: str, *, gone: str = "", is_html: bool = True) -> list[int]:
    """The numbers of the blocks that repeat another; ``gone``: a text that is not kept."""
    blocks = html_blocks(markup)
    labels = [Label.NAV if gone and gone in block.raw else Label.PARAGRAPH for block in blocks]
    context = rule_context(blocks, labels, is_html=is_html)
    return [at for at in sorted(DUPLICATE.among(context)) if DUPLICATE.find(blocks[at], context) is not None]


@pytest.mark.parametrize("markup", [
    f"<header><p>{SENTENCE}</p></header><article><p>{SENTENCE}</p></article>",
    f"<div class=teaser><p>{SENTENCE}</p></div><div class=body><p>{SENTENCE}</p></div>",
    f"<p>{SENTENCE}</p><x-body><p>{SENTENCE}</p></x-body>",
    f"<header><p>{SENTENCE}</p></header><article><p>The  clock\u00ad {SENTENCE.removeprefix('The clock')}</p></article>",
])  # fmt: skip
def test_another_container_repeats_it(markup: str) -> None:
    assert repeated(markup) == [1]


@pytest.mark.parametrize("markup", [
    # within one container, and in a series of like ones, it is the author who repeats it
    f"<article><p>{SENTENCE}</p><p>{OTHER}</p><p>{SENTENCE}</p></article>",
    f"<div class='post post-1'><p>{SENTENCE}</p></div><div class='post post-2'><p>{SENTENCE}</p></div>",
    # a block's own container is its paragraph
    f"<article><div>{SENTENCE}</div><p>{SENTENCE}</p></article>",
    "<header><p>Noon at last</p></header><article><p>Noon at last</p></article>",
    f"<header><p>{SENTENCE}</p></header><article><pre>{SENTENCE}</pre></article>",
    f"<nav><p>{SENTENCE}</p></nav><article><h2>{SENTENCE}</h2></article>",
    f"<header><p>{SENTENCE}</p></header><article><p>{OTHER}</p></article>",
])  # fmt: skip
def test_texts_that_are_no_copies(markup: str) -> None:
    assert repeated(markup) == []


def test_a_heading_is_repeated_by_another_heading() -> None:
    assert repeated(f"<header><h2>{SENTENCE}</h2></header><article><h2>{SENTENCE}</h2></article>") == [1]


def test_what_is_not_kept_is_not_repeated_and_plain_text_has_no_containers() -> None:
    markup = f"<header><p>{SENTENCE}</p></header><article><p>{SENTENCE}</p></article>"
    assert repeated(markup, gone=SENTENCE) == []
    assert repeated(markup, is_html=False) == []


def test_the_first_of_three_stays_and_is_named() -> None:
    markup = "".join(f"<{tag}><p>{SENTENCE}</p></{tag}>" for tag in ("header", "article", "footer"))
    assert repeated(markup) == [1, 2]
    blocks = html_blocks(markup)
    assert DUPLICATE.find(blocks[2], rule_context(blocks)) == "repeats block 0, in another container"
