"""Which line of a page is its headline, and what is only taken for one."""

from __future__ import annotations

import pytest
from conftest import lines, rule_context

from copydesk.cleaners.rules.lines.headlines import (
    find_headline,
    headline_at,
    unnamed_lines,
)
from copydesk.cleaners.types import Label

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
    context = rule_context(lines(raw, SENTENCE), title=TITLE, is_html=False)
    assert find_headline(context.page.blocks[0], context) == evidence


def test_without_a_headline_and_with_tags_lines_are_not_compared() -> None:
    for more in ({"title": ""}, {"title": TITLE, "is_html": True}):
        context = rule_context(lines(TITLE, SENTENCE), **{"is_html": False, **more})  # type: ignore[arg-type]
        assert find_headline(context.page.blocks[0], context) is None


def test_in_an_article_alone_only_a_line_beside_the_headline_is_one_too() -> None:
    named = f"{TITLE} - Harbour Post"
    context = rule_context(
        lines(named, TITLE, named, SENTENCE, named), title=TITLE, is_html=False, is_article_alone=True
    )
    assert [find_headline(block, context) is not None for block in context.page.blocks] == [
        *(True, False, True, False, False)
    ]


@pytest.mark.parametrize(("title", "at"), [("one", 0), ("two", 1), ("three", 3), ("", 3)])
def test_where_the_headline_stands(title: str, at: int) -> None:
    assert headline_at(rule_context(lines("one", "two", "two"), title=title)) == at


def test_which_lines_are_asked() -> None:
    labels = [Label.TITLE, Label.BYLINE, Label.PARAGRAPH, Label.NAV, Label.OTHER, Label.DUPLICATE]
    blocks = [*lines(*"abcdef")]
    flat, tagged = (rule_context(blocks, labels, is_html=is_html) for is_html in (False, True))
    assert (list(unnamed_lines(flat)), list(unnamed_lines(tagged))) == ([2, 4, 5], [])
