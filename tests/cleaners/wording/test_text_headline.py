"""The headline of flattened text, by what was learned of its lines and by what they look like; results of matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli
from conftest import lines

from copydesk import Page, clean
from copydesk.cleaners.lexicon.block_phrases import find_phrases
from copydesk.cleaners.types import Kind
from copydesk.cleaners.wording.text_headline import (
    MAX_SCORE_CHARS,
    MIN_HEADLINE_ON_PAGE,
    JudgedLines,
    find_title,
    is_score,
    wrapped_lines,
)

ARTICLES: dict[str, Any] = tomli.loads(
    (Path(__file__).resolve().parents[2] / "articles.toml").read_text("utf-8")
)
TITLE = "Clock strikes noon again"
PROSE = "The clock of the town hall struck noon on Friday, and a crowd of some two hundred people had come."


def headline(*scored: tuple[str, float], threshold: float = MIN_HEADLINE_ON_PAGE) -> str:
    blocks = lines(*(raw for raw, _ in scored), PROSE)
    keep = [0.1] * len(scored) + [0.9]
    probabilities = [item for _, item in scored] + [0.0]
    words = find_phrases(blocks, "en").words
    return find_title(JudgedLines(blocks, words, keep, probabilities, frozenset()), threshold)


@pytest.mark.parametrize(("scored", "title"), [
    (((TITLE, 0.9),), TITLE),
    ((("Town news", 0.2), (TITLE, 0.9), ("By Una Platt", 0.1)), TITLE),
    (((TITLE, 0.04),), ""),
    # the site's name aside, where a line has it bare
    (((f"{TITLE} | Harbour Post", 0.9), (TITLE, 0.2)), TITLE),
    # a lone word is a section, an open line goes on, a sentence ends, a result is none
    ((("Sport", 0.9), (TITLE, 0.1)), TITLE), (((f"{TITLE},", 0.9), (TITLE, 0.1)), TITLE),
    (((f"{TITLE}.", 0.9), (TITLE, 0.1)), TITLE), ((("Ajax - PSV 2-1", 0.9), (TITLE, 0.1)), TITLE),
    (((TITLE, 0.9), *[("x y", 0.0)] * 24), ""), ((), ""),
])  # fmt: skip
def test_the_likeliest_headline(scored: tuple[tuple[str, float], ...], title: str) -> None:
    assert headline(*scored) == title


def test_what_is_something_else_is_no_headline_and_more_may_be_asked_of_the_others() -> None:
    scored = ((TITLE, 0.0), ("Noon at last", 0.2))
    assert headline(*scored) == "Noon at last"
    assert headline(*scored, threshold=0.4) == ""


def test_the_name_of_the_site_above_it_shares_its_probability() -> None:
    # a name of one word, which is no candidate
    assert headline(("Nordkurier", 0.3), (TITLE, 0.2), threshold=0.4) == TITLE
    assert headline(("Nordkurier", 0.39), (TITLE, 0.05), threshold=0.4) == ""


@pytest.mark.parametrize("line", [f"# {TITLE}", f"## {TITLE} ##"])
def test_the_headline_of_a_markdown_file_has_no_signs(line: str) -> None:
    body = (
        f"{line}\n\n{PROSE} It lost a minute a month.\n\nThe clockmaker came back in May, with new weights.\n"
    )
    assert clean(Page(body, content_type="text/markdown")).title == TITLE


def test_a_marked_headline_is_preferred_to_the_title_of_the_head_above_it() -> None:
    blocks = lines(f"{TITLE} | Harbour Post", f"# {TITLE}", PROSE)
    blocks = (blocks[0], blocks[1].replace(kind=Kind.HEADING, level=1), blocks[2])
    words = find_phrases(blocks, "en").words
    text = JudgedLines(blocks, words, [0.0, 0.0, 0.9], [0.99, 0.8, 0.0], frozenset())
    assert find_title(text, MIN_HEADLINE_ON_PAGE) == TITLE


def test_the_name_of_a_site_that_its_rights_name_is_no_headline() -> None:
    blocks = lines("The Harbour Post", TITLE, PROSE, "© 2026 The Harbour Post")
    words = find_phrases(blocks, "en").words
    text = JudgedLines(blocks, words, [0.0, 0.0, 0.9, 0.0], [0.99, 0.2, 0.0, 0.0], frozenset())
    assert find_title(text, MIN_HEADLINE_ON_PAGE) == TITLE


def test_lines_that_run_on() -> None:
    one, two, three = lines("a", "b", "c")
    assert wrapped_lines([one, two, three]) == frozenset()
    assert wrapped_lines([one, two, three.replace(gap=1)]) == {0}
    assert wrapped_lines([one, two.replace(gap=1), three.replace(gap=1)]) == wrapped_lines([]) == frozenset()


@pytest.mark.parametrize(
    "line",
    ["Ajax - PSV 2-1", "Ajax – PSV, 2–1", "Ajax v PSV 2:1", "Ajax vs. PSV: 2 - 1", "1. FC Köln - Mainz 0:0",
     "Paris Saint-Germain — Lens 10-0", "Ajax - PSV 2-1 (1-0)", "Спартак – Зенит 2:1", "Ajax - PSV 102-98"],
)  # fmt: skip
def test_two_sides_and_their_points(line: str) -> None:
    assert is_score(line)


@pytest.mark.parametrize(
    "line",
    ["Ajax 2-1 PSV", "Ajax beats PSV 2-1", "Ajax - PSV", "2-1", "Ajax - PSV 2-1 after extra time", "Ajax - PSV 2-1.", "", "Ajax-PSV 2-1",
     "Ajax - PSV 2-1 (1-0", "Open 9 - 17", "Ajax - PSV\n2-1 x", "Ajax - PSV 1234-1"],
)  # fmt: skip
def test_other_lines_are_no_scores(line: str) -> None:
    assert not is_score(line)


def test_a_line_of_more_than_two_names_of_clubs_is_not_looked_at() -> None:
    line = "Ajax - PSV 2-1"
    assert is_score(line.replace("PSV", "P" * (MAX_SCORE_CHARS - len(line) + 3)))
    assert not is_score(line.replace("PSV", "P" * (MAX_SCORE_CHARS - len(line) + 4)))
    assert not is_score("A-" * 100_000 + " 1-1")
    assert not is_score("A-a" * 26)


@pytest.mark.parametrize(
    ("language", "above"),
    [
        ("en", "Home News Sport Weather Sign in"),
        ("ja", "ホーム ニュース スポーツ 天気 ログイン"),
        ("zh", "首页 新闻 体育 财经 登录"),
        ("en", "FOR IMMEDIATE RELEASE"),
        ("de", "Pressemitteilung"),
    ],
)
def test_a_menu_or_a_mark_in_one_line_is_no_headline(language: str, above: str) -> None:
    article = ARTICLES[language]
    body = "\n".join((above, article["title"], *article["paragraphs"]))
    assert clean(Page(body, media="text")).title == article["title"]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Home sales rise again in May"),
        ("en", "Search menu changes anger shoppers"),
        ("en", "Home Secretary hits back"),
        ("en", "World Cup hero returns home"),
        ("de", "Suche geht morgen weiter"),
        ("fr", "Recherche suspendue trois heures plus tard"),
        ("de", "Suche eingestellt: Zwei Bergsteiger vermisst"),
        ("fr", "Recherche spatiale: trois lauréats lyonnais récompensés"),
        ("es", "Buscar trabajo: cinco consejos prácticos"),
        ("nl", "Contact verloren: vliegtuig vermist boven Noordzee"),
        ("pl", "Kontakt utracony: samolot zaginął nocą"),
        ("ru", "Главная улица города закрыта"),
        ("tr", "Ara seçim sonuçları açıklandı bugün"),
        ("ko", "홈 경기 연패 탈출 성공"),
        ("ar", "البحث مستمر لإنقاذ عمال المنجم"),
    ],
)
def test_a_headline_may_begin_as_menus_do(language: str, title: str) -> None:
    body = "\n\n".join((title, *ARTICLES[language]["paragraphs"]))
    assert clean(Page(body, media="text")).title == title


TEASERS = {
    "en": [
        "Home",
        "News",
        "Harbour bridge closes for a week of repairs",
        "Ferry fares rise again",
    ],
    "de": [
        "Start",
        "Nachrichten",
        "Hafenbrücke gesperrt",
        "Fähren werden teurer",
    ],
    "fr": [
        "Accueil",
        "Actualités",
        "Le pont du port fermé pendant une semaine",
        "Le bac augmente encore",
    ],
    "ja": ["トップ", "ニュース", "港の橋が一週間の通行止めに", "スポーツ", "渡し船がまた値上げ"],
}


@pytest.mark.parametrize("between", ["", "2026-03-12", "Ada Quill | 2026-03-12"])
@pytest.mark.parametrize("language", TEASERS)
def test_a_teaser_above_the_headline_is_not_the_headline(language: str, between: str) -> None:
    article = ARTICLES[language]
    above = [*TEASERS[language], article["title"], *filter(None, [between])]
    assert clean(Page("\n".join((*above, *article["paragraphs"])), media="text")).title == article["title"]


def test_the_end_of_a_path_is_the_headline_and_of_a_title_with_its_site_is_not() -> None:
    assert (
        headline(("Home > News > Bridge closes on Monday", 0.3), ("Bridge closes on Monday", 0.3))
        == "Bridge closes on Monday"
    )
    site, lines_above = (
        "Tidewater Town Council",
        ("Girders cracked on the bridge", "Council services for everybody"),
    )
    scored = ((f"{lines_above[0]} - {site}", 0.3), (site, 0.3), (lines_above[1], 0.05), (lines_above[0], 0.3))
    assert headline(*scored) == lines_above[0]
