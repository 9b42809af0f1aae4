"""Which line of a page is its headline, and what is only taken for one."""

from __future__ import annotations

import pytest
from conftest import judged_pass, lines

from copydesk.cleaners.rules.lines.headlines import (
    find_first_sentence,
    find_headline,
    find_score,
    find_second_title,
    headline_at,
    paragraphs_taken_for_titles,
    titles,
    titles_bylines_and_vague,
    unnamed_lines,
)
from copydesk.cleaners.types import Block, Kind, Label

SENTENCE = "The clock of the town hall struck noon on Friday."
TITLE = "Clock strikes noon"


@pytest.mark.parametrize(
    ("raw", "evidence"),
    [
        (TITLE, "the headline of the text"),
        (f"  {TITLE}\u200b", "the headline of the text"),
        (f"{TITLE} - Harbour Post", "the headline with the site's or source's name"),
        (f"{TITLE} – The Harbour Post", "the headline with the site's or source's name"),
        (f"{TITLE}|Harbour Post", "the headline with the site's or source's name"),
        (f"{TITLE}ㅣ항구신문", "the headline with the site's or source's name"),
        (f"{TITLE},Post", "the headline with the site's or source's name"),
        (f"{TITLE}, and nobody knew why", None),
        (f"{TITLE} - and a crowd had come to hear it for the first time in eleven years", None),
        (f"{TITLE} - it did.", None),
        (f"{TITLE} again", None),
        (f"Breaking - {TITLE}", None),
        ("Clock strikes", None),
    ],
)
def test_a_line_that_is_the_headline_with_a_name_or_without(raw: str, evidence: str | None) -> None:
    context = judged_pass(lines(raw, SENTENCE), title=TITLE, is_html=False)
    assert find_headline(context.page.blocks[0], context) == evidence


def test_without_a_headline_and_with_tags_lines_are_not_compared() -> None:
    for more in ({"title": ""}, {"title": TITLE, "is_html": True}):
        context = judged_pass(lines(TITLE, SENTENCE), **{"is_html": False, **more})  # type: ignore[arg-type]
        assert find_headline(context.page.blocks[0], context) is None


def test_in_an_article_alone_only_a_line_beside_the_headline_is_one_too() -> None:
    named = f"{TITLE} - Harbour Post"
    context = judged_pass(
        lines(named, TITLE, named, SENTENCE, named), title=TITLE, is_html=False, is_article_alone=True
    )
    assert [find_headline(block, context) is not None for block in context.page.blocks] == [
        *(True, False, True, False, False)
    ]


@pytest.mark.parametrize(("title", "at"), [("one", 0), ("two", 1), ("three", 3), ("", 3)])
def test_where_the_headline_stands(title: str, at: int) -> None:
    assert headline_at(judged_pass(lines("one", "two", "two"), title=title)) == at


@pytest.mark.parametrize(
    ("raw", "is_one"),
    [
        (SENTENCE, True),
        ("時計台の鐘が十一年ぶりに正午を打った。", True),
        (SENTENCE.rstrip("."), False),
        (SENTENCE.replace(".", "?"), False),
        ("Breaking news.", False),
        ("In the U.S.", False),
        (TITLE, False),
    ],
)
def test_a_sentence_taken_for_the_headline(raw: str, *, is_one: bool) -> None:
    context = judged_pass(lines(raw), [Label.TITLE], title=TITLE)
    assert (find_first_sentence(context.page.blocks[0], context) is not None) == is_one


def test_the_headline_itself_may_be_a_sentence() -> None:
    context = judged_pass(lines(SENTENCE), [Label.TITLE], title=SENTENCE)
    assert find_first_sentence(context.page.blocks[0], context) is None


def second(*raws: str, keep: float = 0.9, title: str = "") -> bool:
    keeps = [keep, *[0.5] * (len(raws) - 2), keep]
    context = judged_pass(lines(*raws), keep=keeps, title=title, is_html=False)
    return find_second_title(context.page.blocks[len(raws) // 2], context) is not None


@pytest.mark.parametrize(
    ("raws", "is_one"),
    [
        ((SENTENCE, "A new axle", SENTENCE), True),
        ((SENTENCE, "A new axle.", SENTENCE), False),
        (("Town", "A new axle", SENTENCE), False),
        ((SENTENCE, "A new axle", "Town"), False),
        ((SENTENCE, "axle " * 40, SENTENCE), False),
    ],
)
def test_a_line_amid_sentences_is_a_heading(raws: tuple[str, ...], *, is_one: bool) -> None:
    assert second(*raws) == is_one


def test_it_takes_surely_kept_neighbours_and_is_not_the_headline() -> None:
    assert not second(SENTENCE, "A new axle", SENTENCE, keep=0.7)
    assert not second(SENTENCE, TITLE, SENTENCE, title=TITLE)
    context = judged_pass(lines("A new axle", SENTENCE, "A new axle"), is_html=False)
    assert [find_second_title(block, context) for block in context.page.blocks] == [None] * 3


SCORE = "Ajax - PSV 2-1"


@pytest.mark.parametrize(
    ("raws", "labels", "keep", "evidence"),
    [
        ((SENTENCE, SCORE), "pt", (0.9, 0.1), "two sides and their points, beside the text"),
        ((SCORE, SENTENCE), "tp", (0.1, 0.9), "two sides and their points, beside the text"),
        ((SENTENCE, SCORE), "pt", (0.7, 0.1), None),
        (
            (SCORE, "Feyenoord - NEC 0-0"),
            "tp",
            (0.1, 0.6),
            "two sides and their points, beside others of the text",
        ),
        ((SCORE, "Feyenoord - NEC 0-0"), "tn", (0.1, 0.6), None),
        ((SENTENCE, "Ajax beats PSV"), "pt", (0.9, 0.1), None),
        ((SCORE,), "t", (0.1,), None),
    ],
)
def test_how_a_match_ended_is_the_texts(
    raws: tuple[str, ...], labels: str, keep: tuple[float, ...], evidence: str | None
) -> None:
    named = {"p": Label.PARAGRAPH, "t": Label.TITLE, "n": Label.NAV}
    context = judged_pass(lines(*raws), [named[one] for one in labels], keep=keep, is_html=False)
    assert find_score(context.page.blocks[labels.index("t")], context) == evidence


def test_which_lines_are_asked() -> None:
    labels = [Label.TITLE, Label.BYLINE, Label.PARAGRAPH, Label.NAV, Label.OTHER, Label.DUPLICATE]
    blocks = [*lines(*"abcdef")]
    flat, tagged = (judged_pass(blocks, labels, is_html=is_html) for is_html in (False, True))
    assert (list(titles(flat)), list(titles_bylines_and_vague(flat)), list(unnamed_lines(flat))) == (
        [0],
        [0, 1],
        [2, 4, 5],
    )
    assert [list(one(tagged)) for one in (titles, titles_bylines_and_vague, unnamed_lines)] == [[], [], []]
    assert (list(paragraphs_taken_for_titles(tagged)), list(paragraphs_taken_for_titles(flat))) == ([0], [])
    heading = judged_pass([Block(0, Kind.HEADING, "a")], [Label.TITLE])
    assert list(paragraphs_taken_for_titles(heading)) == []
