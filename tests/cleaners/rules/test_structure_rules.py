"""What elements show: hidden text, headlines, captions, embedded posts; and where they show nothing."""

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
    rule = RULES[name]
    found = {at: rule.find(context.page.blocks[at], context) for at in rule.among(context)}
    return {context.page.blocks[at].text[:12]: why for at, why in found.items() if why is not None}


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


@pytest.mark.parametrize(("tag", "words"), [("figure", ""), ("div", "class=wp-caption-text")])
def test_what_holds_too_much_of_the_text_is_not_beside_it(tag: str, words: str) -> None:
    part = f"<{tag} {words}><p>Stay with us. {TEXT}</p></{tag}>"
    assert set(found("caption", part + ARTICLE * 2)) == {"Stay with us"}
    assert found("caption", f"{part}<p>{TEXT}</p>") == {}, "half of it"
    assert found("caption", part * 3 + ARTICLE * 2) == {}, "half of it, together"
    # what is left out anyway does not count
    menu = [*[Label.NAV] * 40, Label.PARAGRAPH, Label.PARAGRAPH]
    assert found("caption", f"{'<p>Price list</p>' * 40}{part}<p>{TEXT}</p>", menu) == {}


def test_posts_that_make_most_of_an_article_are_posts_still() -> None:
    post = f"<blockquote class=twitter-tweet><p>{TEXT}</p></blockquote>"
    assert found("embed", post * 6 + ARTICLE)
    assert not found(
        "embed", f"<div class=social-post>{post}{ARTICLE}</div>".replace("twitter-tweet", "other")
    )


@pytest.mark.parametrize(("markup", "is_caption"), [
    ("<p class='photo credit'>Old clock</p>", True), ("<div class=bildlegende>Old clock</div>", True),
    ("<p class=accredited>Old clock</p>", False), ("<h2 id=legende>Old clock</h2>", False),
    (f"<figure><p>Old clock. {TEXT * 4}</p></figure>", False),
    (f"<div class=caption><p>Old clock. {TEXT * 8}</p></div>", False),
    ("<figure><ul><li>Old clock</ul></figure>", False),
    # a gallery, or the page
    ("<figure><div><div><div><p>Old clock</p></div></div></div></figure>", False),
    # a figure that holds half an article, because nobody closed it
    (f"<figure><p>Old clock</p>{ARTICLE * 10}</figure>", False),
    ("<div class='mb-6 [&_figcaption]:flex [&_.caption]:block'><p>Old clock</p></div>", False),
    ("<div class='mb-6 [&_a]:flex caption'><p>Old clock</p></div>", True),
    ("<header class=hascaption><div><div><p>Old clock</p></div></div></header>", False),
])  # fmt: skip
def test_words_of_a_picture(markup: str, *, is_caption: bool) -> None:
    # of a page that is so long that the share of what it holds does not count
    assert any(text.startswith("Old clock") for text in found("caption", markup + ARTICLE * 40)) == is_caption


@pytest.mark.parametrize(("markup", "words"), [
    ("<blockquote class=twitter-tweet><p>Noon!</p></blockquote>", "twitter-tweet"),
    ("<div class='instagram-media x'><p>Noon!</p></div>", "instagram-media"),
    ("<div class=bluesky-embed><p>Noon!</p></div>", "bluesky-embed"),
    ("<div class=social_embed><p>Noon!</p></div>", "social_embed"),
    ("<div class=embed><p>Noon!</p></div>", None),
    # what holds articles, on a site that calls these so
    ("<article class=social_post><p>Noon!</p></article>", None),
    # a subject, not a post: sections and headings are named so
    ("<section id=social-media-plans><p>Noon!</p></section>", None),
    ("<div class=twitter-share><p>Noon!</p></div>", None),
    (f"<div class=fb-post>{'<div>' * 6}<p>Noon!</p>{'</div>' * 6}</div>", None),
])  # fmt: skip
def test_embedded_posts(markup: str, words: str | None) -> None:
    assert found("embed", markup + ARTICLE) == ({"Noon!": f"an embedded post: {words!r}"} if words else {})


def test_buttons_of_an_embedded_post_are_none_of_it() -> None:
    blocks = blocks_of(f"<blockquote class=twitter-tweet><p>Noon!</p><p>Reply</p></blockquote>{ARTICLE}")
    assert set(evidence("embed", rule_context(blocks, keep=[0.5, 0.05, 0.9, 0.9]))) == {"Noon!"}
    assert evidence("embed", rule_context(blocks, is_html=False)) == {}
