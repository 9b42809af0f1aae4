"""Pages a media monitor meets first: the grid is whole, outcomes are told apart, articles are cut without a rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from click.testing import CliRunner
from lxml import html

from benchmarks import everyday
from benchmarks.everyday_cuts import Why, cut_short
from benchmarks.everyday_pages import AXES, Page, composed_pages, languages, read_markup, read_texts
from benchmarks.sets import Case
from benchmarks.words import words

PAGES = list(composed_pages())
URL = "https://news.example.com/a"


def test_every_language_has_its_texts_and_no_two_alike() -> None:
    assert len(languages()) == 8
    for language in languages():
        texts = read_texts(language)
        cards = [text for card in texts["cards"] for text in card]
        assert len(cards) == len(set(cards)) == 3 * max(AXES["cards"])
        for article in texts["articles"]:
            assert len(article["paragraphs"]) == max(AXES["paragraphs"])
            assert min(len(words(text)) for text in article["paragraphs"]) >= 25


def test_every_value_of_every_axis_is_met_in_every_language() -> None:
    for language in languages():
        mine = [page.layout for page in PAGES if page.language == language and not page.is_front]
        for name, values in AXES.items():
            counted = Counter(getattr(layout, name) for layout in mine)
            assert set(counted) == set(values)
            assert max(counted.values()) - min(counted.values()) <= 1
        assert {layout.shape for layout in mine} == set(range(len(read_markup()["shapes"])))


def test_the_same_seed_gives_the_same_pages_and_another_one_others() -> None:
    assert list(composed_pages(articles=5, fronts=1)) == list(composed_pages(articles=5, fronts=1))
    assert next(composed_pages(1)) != PAGES[0]


def test_a_page_shows_each_of_its_texts_once_and_says_what_holds_the_cards_only_where_marked() -> None:
    for page in PAGES[::7]:
        shown = " ".join(words(html.fromstring(page.html).xpath("string(//body)")))
        assert all(" ".join(words(text)) in shown for text in (*page.paragraphs, *page.cards))
        shape = read_markup()["shapes"][page.layout.shape]
        assert (f'class="{shape["more"]}"' in page.html) == bool(page.layout.is_marked and page.cards)
        assert len(page.paragraphs) == (0 if page.is_front else page.layout.paragraphs)


def article() -> Page:
    return next(page for page in PAGES if page.language == "en" and page.layout.cards and page.paragraphs)


def test_an_article_is_right_with_all_of_its_paragraphs_and_no_card() -> None:
    page = article()
    text = "\n".join(page.paragraphs)
    right = everyday.outcome(page, f"{page.title}\n{text}", "ok")
    assert right.is_right
    assert not everyday.outcome(page, text, "partial").is_right
    let_in = everyday.outcome(page, f"{text}\n{page.cards[0]}", None)
    assert not let_in.is_right
    assert tuple(let_in.let_in) == page.cards[:1]
    assert str(let_in).splitlines()[1:] == [f"  + {page.cards[0][:100]}"]
    lost = everyday.outcome(page, "", None)
    assert lost.is_wrong_status
    assert tuple(lost.lost) == page.paragraphs


def test_a_front_page_is_right_unless_it_passes_for_an_article() -> None:
    front = next(page for page in PAGES if page.is_front)
    assert everyday.outcome(front, "", "rejected").is_right
    assert everyday.outcome(front, front.cards[0], "partial").is_right
    assert everyday.outcome(front, front.cards[0], "ok").is_wrong_status


def case_of(page: Page, **changes: str) -> Case:
    return replace(page.as_case(), url=URL, **changes)


def long_page() -> Page:
    return next(page for page in PAGES if page.layout.paragraphs == 12 and page.layout.cards == 9)


def test_a_real_page_keeps_its_first_paragraphs_and_all_that_is_around_them() -> None:
    page = long_page()
    hidden = page.html.replace("</body>", f'<script>{{"body": "{page.paragraphs[-1]}"}}</script></body>')
    cut = cut_short(case_of(page, body=hidden))
    assert isinstance(cut, Case)
    paragraphs = int(cut.group[0])
    assert 1 <= paragraphs <= 4
    assert cut.truth == "\n".join(page.paragraphs[:paragraphs])
    body = cut.read().decode()
    shown = " ".join(words(html.fromstring(body).xpath("string(//body)")))
    assert all(" ".join(words(text)) in shown for text in (*cut.truth.split("\n"), *page.cards))
    assert not any(text in body for text in page.paragraphs[paragraphs:])


@pytest.mark.parametrize("why", [Why.TRUTH, Why.SHORT, Why.PARTIAL])
def test_pages_that_cannot_be_cut_are_told_apart(why: Why) -> None:
    page = long_page()
    truths = {
        Why.TRUTH: "\n".join([*page.paragraphs, "Nothing of this is to be found anywhere on the page. " * 9]),
        Why.SHORT: page.paragraphs[0],
        Why.PARTIAL: "\n".join(page.paragraphs[:-1]),
    }
    body = page.html if why is not Why.SHORT else short(page)
    assert cut_short(case_of(page, truth=truths[why], body=body)) is why


def short(page: Page) -> str:
    return f"<html><body><h1>{page.title}</h1><p>{page.paragraphs[0]}</p></body></html>"


@pytest.mark.slow
def test_extractors_are_compared_over_groups_of_pages() -> None:
    options = ["--jobs", "1", "--timeout", "60", "--extractors", "copydesk,trafilatura", "--sample", "9"]
    result = CliRunner().invoke(everyday.main, options)
    assert result.exit_code == 0, result.output
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in result.stdout.splitlines()]
    found = {row[0]: row[1:] for row in rows if row}
    assert found["pages exactly right"] == ["number", "copydesk", "trafilatura"]
    assert found["articles"][0] == "8"
    assert found["front pages"][0] == "1"
    assert sum(int(row[0]) for name, row in found.items() if name.startswith("language")) == 8
