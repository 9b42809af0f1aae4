"""Which hidden texts are not the article's: what no small case can show."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import rule_context
from made_blocks import html_blocks

from copydesk.cleaners.rules import structure
from copydesk.cleaners.rules.rule import RuleContext
from copydesk.cleaners.types import Block, Label

RULES = {
    rule.id.removeprefix("structure."): rule
    for rule in (*structure.ANYWHERE, *structure.SURE, *structure.WEAKER)
}
TEXT = "The clock of the town hall struck noon on Friday for the first time in eleven years."
ARTICLE = f"<article><p>{TEXT}</p><p>{TEXT} A crowd had come.</p></article>"


def blocks_of(markup: str) -> tuple[Block, ...]:
    return html_blocks(f"<html><body>{markup}</body></html>")


def evidence(name: str, context: RuleContext) -> dict[str, str]:
    """What a rule finds on a page, by the beginning of each block."""
    return {context.page.table.texts[at][:12]: why for at, why in RULES[name].find(context).items()}


def found(name: str, markup: str, labels: Sequence[Label] | None = None, **more: object) -> dict[str, str]:
    return evidence(name, rule_context(blocks_of(markup), labels, **more))  # type: ignore[arg-type]


def test_where_most_of_the_article_is_hidden_hiding_does_not_count() -> None:
    assert found("hidden", f"<div hidden>{ARTICLE}</div><p>Price list</p>") == {}
    # what is not likely the article's does not count, however much of it is hidden
    markup = f"<div hidden><p>{'Price list ' * 100}</p></div>{ARTICLE}"
    assert len(found("hidden", markup, [Label.OTHER, Label.PARAGRAPH, Label.PARAGRAPH])) == 1


REST = " ".join(
    f"On day {day} the watchmaker climbed {day + 40} steps and wrote down what he had found."
    for day in range(30)
)
OTHERS = "".join(
    f"<li><h3><a href=/news/{place}>The {place}</a></h3><p>At the {place} a builder of {place}s has found what nobody "
    f"was looking for, under the boards of the {place}. {TEXT}</p></li>"
    for place in ("ferry", "bridge", "market", "library")
)
LINKS = "<p><a href=/a>Home</a></p><p><a href=/b>Town</a></p>"


def shown_words(count: int) -> str:
    """A visible article of so many different words."""
    return f"<p>{' '.join(f'word{number}' for number in range(count))}</p>"


@pytest.mark.parametrize(
    "concealed", [f"<div hidden><h1>Another day</h1><p>{REST}</p></div>", f"<ul hidden>{OTHERS}</ul>"]
)
def test_beside_an_article_that_is_shown_what_is_hidden_is_another(concealed: str) -> None:
    assert found("hidden", shown_words(150) + concealed)


def test_what_is_hidden_below_a_short_opening_is_the_rest_of_the_article() -> None:
    for opening in (60, 140):
        assert found("hidden", f"<h1>Noon</h1>{shown_words(opening)}<div hidden><p>{REST}</p></div>") == {}


def test_a_hidden_copy_of_what_is_shown_is_no_article_however_long() -> None:
    article = f"<p>{TEXT} {REST[:400]}</p>"
    assert found("hidden", f"{article}<div hidden>{article * 4}</div>")


@pytest.mark.parametrize(("posts", "is_found"), [
    (OTHERS, True), (OTHERS.replace("h3", "h6"), True),
    (OTHERS.replace("<h3>", "<header><h3>").replace("</h3>", "</h3></header>"), True),
    # parts of this page, and things of other sites that it is about
    (OTHERS.replace("/news/", "#"), False),
    ("".join(OTHERS.replace("/news", f"https://ferry-{at}.org/a") for at in range(4)), False),
    # sections without links, and one with a link
    (OTHERS.replace("<h3><a", "<h3><b").replace("</a></h3>", "</b></h3>"), False),
    (f"<h3><a href=/news/ferry>The ferry</a></h3><p>{REST}</p>", False),
])  # fmt: skip
def test_hidden_texts_below_linked_headlines_are_other_articles(posts: str, *, is_found: bool) -> None:
    concealed = f"{LINKS}{{shown}}<ul hidden>{posts}</ul>"
    assert bool(found("hidden", concealed.format(shown=shown_words(80)))) == is_found
    assert found("hidden", concealed.format(shown=shown_words(20))) == {}, (
        "with so little beside them its parts"
    )


@pytest.mark.parametrize(("label", "share", "is_found"), [
    (Label.NAV, 1.0, False), (Label.NAV, 0.4, False), (Label.NAV, 0.39, True), (Label.OTHER, 1.0, True),
    (Label.AD, 1.0, True),
])  # fmt: skip
def test_a_menu_that_is_folded_away_is_a_menu(label: Label, share: float, *, is_found: bool) -> None:
    labels = [label, Label.PARAGRAPH, Label.PARAGRAPH]
    assert bool(found("hidden", f"<p hidden>Price list</p>{ARTICLE}", labels, share=share)) == is_found


def test_readings_of_words_are_reported_as_such() -> None:
    page = f"<p><ruby>正午<rt>しょうご</rt></ruby></p>{ARTICLE}"
    assert found("hidden", page) == {"しょうご": "how words of the text are read"}
