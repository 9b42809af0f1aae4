"""What the blocks around a block show: text repeated on a page."""

from __future__ import annotations

import pytest
from conftest import rule_context
from made_blocks import html_blocks

from copydesk.cleaners.rules.neighbours import CONTEXT
from copydesk.cleaners.types import Label

DUPLICATE, _ = CONTEXT
SENTENCE = "The clock of the town hall struck noon on Friday for the first time."


def repeated(markup: str, *, gone: str = "") -> list[int]:
    """The numbers of the blocks that repeat another; ``gone``: a text that is not kept."""
    blocks = html_blocks(markup)
    labels = [Label.NAV if gone and gone in block.raw else Label.PARAGRAPH for block in blocks]
    context = rule_context(blocks, labels)
    return [at for at in sorted(DUPLICATE.among(context)) if DUPLICATE.find(blocks[at], context) is not None]


@pytest.mark.parametrize("markup", [
    f"<header><p>{SENTENCE}</p></header><article><p>{SENTENCE}</p></article>",
    f"<div class=teaser><p>{SENTENCE}</p></div><div class=body><p>{SENTENCE}</p></div>",
    f"<p>{SENTENCE}</p><x-body><p>{SENTENCE}</p></x-body>",
    f"<header><h2>{SENTENCE}</h2></header><article><h2>{SENTENCE}</h2></article>",
    f"<header><p>{SENTENCE}</p></header><article><p>The  clock\u00ad {SENTENCE.removeprefix('The clock')}</p></article>",
])  # fmt: skip
def test_another_container_repeats_it(markup: str) -> None:
    assert repeated(markup) == [1]


@pytest.mark.parametrize("markup", [
    # within one container it is the author who repeats it
    f"<article><p>{SENTENCE}</p><p>A crowd had come.</p><p>{SENTENCE}</p></article>",
    # a block's own container is its paragraph
    f"<article><div>{SENTENCE}</div><p>{SENTENCE}</p></article>",
])  # fmt: skip
def test_texts_that_are_no_copies(markup: str) -> None:
    assert repeated(markup) == []


def test_what_is_not_kept_is_not_repeated() -> None:
    markup = f"<header><p>{SENTENCE}</p></header><article><p>{SENTENCE}</p></article>"
    assert repeated(markup, gone=SENTENCE) == []


def test_the_first_of_three_stays_and_is_named() -> None:
    markup = "".join(f"<{tag}><p>{SENTENCE}</p></{tag}>" for tag in ("header", "article", "footer"))
    assert repeated(markup) == [1, 2]
    blocks = html_blocks(markup)
    assert DUPLICATE.find(blocks[2], rule_context(blocks)) == "repeats block 0, in another container"
