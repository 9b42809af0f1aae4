"""Which lines are headlines and headings, and which are excerpts of other articles below theirs."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import evidence_of, lines, rule_context
from msgspec.structs import replace

from copydesk.cleaners.types import Block, Kind, Label

SENTENCE = "The clock of the town hall struck noon on Friday."
TEXT = "The clock of the town hall struck noon on Friday for the first time in eleven years."
TITLE = "Clock strikes noon"
ALONE, NAMED = "the headline of the text", "the headline with the site's or source's name"


@pytest.mark.parametrize(("raw", "evidence"), [
    (TITLE, ALONE), (f"  {TITLE}\u200b", ALONE), (f"{TITLE} - Harbour Post", NAMED),
    (f"{TITLE} – The Harbour Post", NAMED), (f"{TITLE}|Harbour Post", NAMED), (f"{TITLE}ㅣ항구신문", NAMED),
    (f"{TITLE},Post", NAMED), (f"{TITLE}, and nobody knew why", None),
    (f"{TITLE} - and a crowd had come to hear it for the first time in eleven years", None),
    (f"{TITLE} - it did.", None), (f"{TITLE} again", None), (f"Breaking - {TITLE}", None), ("Clock strikes", None),
])  # fmt: skip
def test_a_line_that_is_the_headline_with_a_name_or_without(raw: str, evidence: str | None) -> None:
    blocks = lines(raw, SENTENCE)
    found = evidence_of("shape.headline", rule_context(blocks, title=TITLE, is_html=False))
    assert found == ({0: evidence} if evidence else {})
    # without a headline and with tags lines are not compared
    assert not evidence_of("shape.headline", rule_context(blocks, is_html=False))
    assert not evidence_of("shape.headline", rule_context(blocks, title=TITLE))


def test_in_an_article_alone_only_a_line_beside_the_headline_is_one_too() -> None:
    named = f"{TITLE} - Harbour Post"
    blocks = lines(named, TITLE, named, SENTENCE, named)
    context = rule_context(blocks, title=TITLE, is_html=False, is_article_alone=True)
    assert list(evidence_of("shape.headline", context)) == [0, 2]


def heads(*raws: str, label: Label = Label.PARAGRAPH, is_html: bool = False, **more: object) -> bool:
    blocks = list(lines(*raws))
    blocks[0] = replace(blocks[0], **more)
    context = rule_context(blocks, [label, *[Label.PARAGRAPH] * (len(raws) - 1)], is_html=is_html)
    return 0 in evidence_of("shape.heading", context)


@pytest.mark.parametrize(("raws", "is_heading"), [
    (("Noon at last", TEXT), True), (("正午の鐘", "時計台の鐘が十一年ぶりに正午を打った。"), True),
    # a caption or label may come between
    (("Noon at last", "x", TEXT), True), (("Noon at last", "x", "y", TEXT), False), (("Noon at last",), False),
    (("Noon at last", "Noon"), False), (("Noon at last.", TEXT), False), (("Was it noon?", TEXT), False),
    (("Ajax - PSV 2-1", TEXT), False), (("noon " * 29, TEXT * 3), False),
])  # fmt: skip
def test_a_short_line_above_text_is_its_heading(raws: tuple[str, ...], *, is_heading: bool) -> None:
    assert heads(*raws) == is_heading


@pytest.mark.parametrize(
    "more", [{"is_html": True}, {"label": Label.STANDFIRST}, {"kind": Kind.LIST_ITEM}], ids=str
)
def test_what_is_named_or_shaped_otherwise_is_no_heading(more: dict[str, Any]) -> None:
    assert heads("Noon at last", TEXT)
    assert not heads("Noon at last", TEXT, **more)


def test_a_line_above_items_is_their_heading_however_short_they_are() -> None:
    blocks = [*lines("Bring with you"), Block(1, Kind.LIST_ITEM, "- ears")]
    assert 0 in evidence_of("shape.heading", rule_context(blocks, is_html=False))
    gone = rule_context(blocks, [Label.PARAGRAPH, Label.NAV], is_html=False)
    assert evidence_of("shape.heading", gone) == {}


CUT = "The clock of the town hall struck noon on …"
TEASERS = ("Clock strikes noon", CUT, "Goat moves in", "The goat has been given to [...]")


def excerpts(*raws: str, links: int = 0, **more: bool) -> list[int]:
    blocks = [replace(block, link_chars=links) for block in lines(*raws)]
    return list(evidence_of("shape.teaser", rule_context(blocks, **{"is_html": False, **more})))  # type: ignore[arg-type]


@pytest.mark.parametrize(("raws", "numbers"), [
    (TEASERS, [0, 1, 2, 3]), ((*TEASERS, "Town"), [0, 1, 2, 3]), (TEASERS[:2], []),
    ((*TEASERS, TEXT, TEXT, TEXT), []), ((*TEASERS, TEXT, TEXT), [0, 1, 2, 3]), ((CUT, CUT), []),
    ((TEXT, CUT, TEXT, CUT), []),
])  # fmt: skip
def test_truncated_excerpts_below_headlines(raws: tuple[str, ...], numbers: list[int]) -> None:
    assert excerpts(*raws) == numbers


def test_verses_may_be_truncated_excerpts() -> None:
    assert excerpts(*TEASERS, is_article_alone=True) == []
    # with tags a teaser leads somewhere
    assert excerpts(*TEASERS, is_html=True) == []
    assert excerpts(*TEASERS, is_html=True, links=5) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("share", "is_html", "numbers"),
    [(0.5, False, [0, 1, 2, 3, 6, 7]), (0.9, False, [0, 1]), (0.5, True, [0, 1])],
)
def test_words_of_a_person_may_be_an_excerpt(share: float, *, is_html: bool, numbers: list[int]) -> None:
    blocks = [replace(block, link_chars=5) for block in lines(*TEASERS[:2] * 4)]
    labels = [
        label for label in (Label.PARAGRAPH, Label.COMMENT, Label.NAV, Label.AUTHOR_BIO) for _ in range(2)
    ]
    context = rule_context(blocks, labels, share=share, is_html=is_html)
    assert list(evidence_of("shape.teaser", context)) == numbers
