"""Dates and names on a page that are not those of its article."""

import pytest

from copydesk.cleaners import clean

PROSE = (
    "<p>The mill on the hill has ground flour for the bakers of the town since the flood, and it will go on.</p>"
    * 4
)
DECLARED = (
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "A storm on the quay",'
    ' "datePublished": "2026-03-05T08:00:00Z", "author": {"@type": "Person", "name": "Anna Berg"}}</script>'
)


def page(near: str, head: str = DECLARED, language: str = "en") -> str:
    return (
        f'<html lang="{language}"><head><title>A storm on the quay</title>{head}</head><body><article>'
        f"<h1>A storm on the quay</h1>{near}{PROSE}</article></body></html>"
    )


@pytest.mark.parametrize("near", [
    "<p>Anna Berg (born 3 February 1950)</p>", "<p>Concert: 3 February 2026</p>", "<p>Oslo, 14. Februar 1990</p>",
    '<span class="tag">iOS 12.5.20</span>', "<p>1.2.20</p>", "<p>IP 10.2.19</p>",
])  # fmt: skip
def test_another_date_at_the_headline_is_not_that_of_publication(near: str) -> None:
    assert clean(page(near)).date_published == "2026-03-05T08:00:00+00:00"


@pytest.mark.parametrize("near", ["<p>1.2.20</p>", "<p>iOS 12.5.20</p>", "<p>IP 10.2.19</p>"])
def test_a_version_is_no_date(near: str) -> None:
    assert clean(page(near, head="")).date_published is None


def test_the_author_of_a_book_is_not_the_reviewer() -> None:
    assert [one.name for one in clean(page("<p>By Jane Austen</p>")).authors] == ["Anna Berg"]


@pytest.mark.parametrize(("near", "language"), [
    ("<p>От София до Варна</p>", "bg"), ("<p>Nga Shqipëria</p>", "sq"), ("<p>Theo Bộ Y Tế</p>", "vi"),
    ("<p>Της Κυριακής</p>", "el"), ("<p>Od Sarajeva do Mostara</p>", "bs"),
])  # fmt: skip
def test_a_place_behind_a_preposition_is_nobody(near: str, language: str) -> None:
    assert clean(page(near, head="", language=language)).authors == ()


@pytest.mark.parametrize("near", [
    "<div class=cat><a href=/recipes>Recipes</a>, <a href=/autumn>Autumn</a></div>", "<p class=byline>Recipes, Autumn</p>",
    "<p class=meta>Lokales, Kultur</p>", "<p>Recettes, Automne Hiver</p>", "<p>12 March 2026 | Recettes, Automne</p>",
])  # fmt: skip
def test_two_subjects_are_no_surname_and_given_name(near: str) -> None:
    assert clean(page(near, head="")).authors == ()


@pytest.mark.parametrize(("near", "name"), [
    ("<p class=byline>By Quarles, Hetty</p>", "Hetty Quarles"), ("<p class=author>Quarles, Hetty M.</p>", "Hetty M. Quarles"),
    ("<p class=author>Quarles, Hetty</p>", "Hetty Quarles"), ("<a rel=author href=/h>Quarles, Hetty</a>", "Hetty Quarles"),
    ("<div class=meta>2026-04-14, 王芳</div>", "王芳"),
])  # fmt: skip
def test_a_surname_may_stand_before_the_given_name(near: str, name: str) -> None:
    assert [one.name for one in clean(page(near, head="")).authors] == [name]


@pytest.mark.parametrize(
    "line", ["文：港の灯台が百年を迎えた", "取材：橋の上の祭りが戻った", "記者：町は静かに秋へ"]
)
def test_a_sentence_in_japanese_is_nobody(line: str) -> None:
    assert clean(page(f"<p class=author>{line}</p>", head="", language="ja")).authors == ()


@pytest.mark.parametrize(("line", "name"), [
    ("By CBS News", "CBS News"), ("By Thomas Sport", "Thomas Sport"), ("By Sam", "Sam"),
])  # fmt: skip
def test_a_name_may_hold_the_word_of_a_section(line: str, name: str) -> None:
    record = clean(page(f'<p class="byline">{line}</p>', head=""))
    assert [one.name for one in record.authors] == [name]


def test_a_heading_with_a_link_home_in_it_is_a_title() -> None:
    heading = '<h1>Ferries stop, <a href="/">Harbour Post</a> learns</h1>'
    record = clean(
        f"<html><head><title>Harbour Post</title></head><body><article>{heading}{PROSE}</article></body></html>"
    )
    assert record.title == "Ferries stop, Harbour Post learns"


def test_half_a_headline_is_not_the_sites_name() -> None:
    head = "<title>Ferries stop for days - Harbour pilots explain why</title>"
    record = clean(
        f"<html><head>{head}</head><body><article>{PROSE}</article></body></html>",
        "https://harbour.example/a",
    )
    assert record.title == "Ferries stop for days - Harbour pilots explain why"
