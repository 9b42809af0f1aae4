"""What is told by what stands around a block: said twice on a page, or heading nothing."""

from __future__ import annotations

import pytest
from conftest import judged_pass

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.rules.neighbours import CONTEXT
from copydesk.cleaners.segment.html_blocks import segment
from copydesk.cleaners.types import Block, Kind, Label, Options

DUPLICATE, ORPHAN = CONTEXT
SENTENCE = "The clock of the town hall struck noon on Friday for the first time."
OTHER = "A crowd of some two hundred people had come to the square to hear it."


def said_twice(markup: str, *, gone: str = "", is_html: bool = True) -> list[int]:
    """The numbers of the blocks that say again what was said; ``gone``: a text that is not kept."""
    blocks = segment(parse(markup, Options()), Options())
    labels = [Label.NAV if gone and gone in block.raw else Label.PARAGRAPH for block in blocks]
    context = judged_pass(blocks, labels, is_html=is_html)
    return [at for at in sorted(DUPLICATE.among(context)) if DUPLICATE.find(blocks[at], context) is not None]


@pytest.mark.parametrize(
    "markup",
    [
        f"<header><p>{SENTENCE}</p></header><article><p>{SENTENCE}</p></article>",
        f"<div class=teaser><p>{SENTENCE}</p></div><div class=body><p>{SENTENCE}</p></div>",
        f"<p>{SENTENCE}</p><x-body><p>{SENTENCE}</p></x-body>",
        f"<header><p>{SENTENCE}</p></header><article><p>The  clock\u00ad {SENTENCE.removeprefix('The clock')}</p></article>",
    ],
)
def test_another_container_says_it_again(markup: str) -> None:
    assert said_twice(markup) == [1]


@pytest.mark.parametrize(
    "markup",
    [
        # within one container, and in a series of like ones, it is the author who repeats it
        f"<article><p>{SENTENCE}</p><p>{OTHER}</p><p>{SENTENCE}</p></article>",
        f"<div class='post post-1'><p>{SENTENCE}</p></div><div class='post post-2'><p>{SENTENCE}</p></div>",
        # a block's own container is its paragraph
        f"<article><div>{SENTENCE}</div><p>{SENTENCE}</p></article>",
        "<header><p>Noon at last</p></header><article><p>Noon at last</p></article>",
        f"<header><p>{SENTENCE}</p></header><article><pre>{SENTENCE}</pre></article>",
        f"<nav><p>{SENTENCE}</p></nav><article><h2>{SENTENCE}</h2></article>",
        f"<header><p>{SENTENCE}</p></header><article><p>{OTHER}</p></article>",
    ],
)
def test_what_is_no_copy(markup: str) -> None:
    assert said_twice(markup) == []


def test_a_heading_is_said_again_by_another_heading() -> None:
    assert said_twice(f"<header><h2>{SENTENCE}</h2></header><article><h2>{SENTENCE}</h2></article>") == [1]


def test_what_is_not_kept_was_not_said_and_plain_text_has_no_containers() -> None:
    markup = f"<header><p>{SENTENCE}</p></header><article><p>{SENTENCE}</p></article>"
    assert said_twice(markup, gone=SENTENCE) == []
    assert said_twice(markup, is_html=False) == []


def test_the_first_of_three_stays_and_is_named() -> None:
    markup = "".join(f"<{tag}><p>{SENTENCE}</p></{tag}>" for tag in ("header", "article", "footer"))
    assert said_twice(markup) == [1, 2]
    blocks = segment(parse(markup, Options()), Options())
    assert DUPLICATE.find(blocks[2], judged_pass(blocks)) == "said before in block 0, in another container"


def orphans(outline: str, *, is_article_alone: bool = False) -> list[int]:
    """The headings that head nothing, of a page told in letters: a digit for a heading's rank, ``p`` for text of the
    article, ``x`` for what is not kept.
    """
    blocks, labels = [], []
    for at, sign in enumerate(outline):
        is_heading = sign.isdigit()
        blocks.append(
            Block(
                at,
                Kind.HEADING if is_heading else Kind.PARAGRAPH,
                "Noon",
                level=int(sign) if is_heading else 0,
            )
        )
        labels.append(Label.HEADING if is_heading else Label.NAV if sign == "x" else Label.PARAGRAPH)
    context = judged_pass(blocks, labels, is_article_alone=is_article_alone)
    return [at for at in sorted(ORPHAN.among(context)) if ORPHAN.find(blocks[at], context) is not None]


@pytest.mark.parametrize(
    ("outline", "numbers"),
    [
        ("1p2p", []),
        ("1p2", [2]),
        ("1p2x", [2]),
        ("1p2xx2x", [2, 5]),
        # a lower heading is something below a higher one, even where it heads nothing itself
        ("1p2xx3x", [5]),
        ("1p23p", []),
        ("1p22", [2, 3]),
        ("1p32", [2, 3]),
        # three head other things; more are the entries of a list
        ("1p222", [2, 3, 4]),
        ("1p2222", []),
        ("1p2x2xx2x2", []),
        # text below another heading is not this one's, but the lower one belongs to the higher
        ("12p", []),
        ("1", [0]),
        # a heading of unknown rank is the lowest
        ("p0", [1]),
        ("1p20", [3]),
        ("", []),
        ("pp", []),
    ],
)
def test_headings_without_text_below_them(outline: str, numbers: list[int]) -> None:
    assert orphans(outline) == numbers


def test_an_article_alone_has_no_headings_of_other_things() -> None:
    assert orphans("1p2") == [2]
    assert orphans("1p2", is_article_alone=True) == []
