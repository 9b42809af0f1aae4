"""Clean text stays clean: a text that is only an article comes back whole, and what copydesk writes it reads
back the same.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from articles import ARTICLES, TITLES
from hypothesis import given
from hypothesis import strategies as st

from copydesk import Page, Record, clean_page, explain
from copydesk.cleaners.text_forms import letters

ROOT = Path(__file__).parents[3]
SEEDS = sorted((ROOT / "seeds" / "pages").iterdir())
SUBHEADS = ("The axle", "Two apprentices", "What comes next", "Less than a minute a month")
SCORES = "Hawthorn Rovers – Mill Road 3:1\nVeldt – Old Quay 0:0\nSt Anne’s – Gull Island 2:4"
DIALOGUE = (
    "“Is it noon?”", "“Nearly.”", "“Then wait,” said the guard.", "She waited.", "“Now?”", "“Now.”",
    "– Nobody heard it, she said afterwards.",
)  # fmt: skip
VERSE = "The clock has found its hour\nand lost it in the rain,\nthe pigeons left the tower\nand will not come again."
LIST = "a new axle of steel\ntwo litres of oil\nthe patience of a watchmaker"
MARKED = "- a new axle of steel\n- two litres of oil\n- the patience of a watchmaker"
TABLE = "Part\tPrice\tWeeks\nAxle\t120\t3\nHands\t80\t1"
SHORT = ("It struck.", "Twelve times.", "Then it was quiet again on the square.")


def text_page(text: str) -> Record:
    return clean_page(Page(body=text, media="text"))


def lost(text: str) -> list[str]:
    """What is taken out of a text, and by which rule."""
    labelled = explain(Page(body=text, media="text")).labelled
    return [f"{item.verdict.rule}: {item.block.text}" for item in labelled if not item.is_kept]


def with_subheads(language: str) -> str:
    first, *others = ARTICLES[language]
    return "\n\n".join([first, *(part for pair in zip(SUBHEADS, others, strict=False) for part in pair)])


def bodies(language: str) -> dict[str, str]:
    """Texts that are an article and nothing else, by what they are."""
    paragraphs = ARTICLES[language]
    first, *others = paragraphs
    rest = "\n\n".join(others)
    return {
        "paragraphs": "\n\n".join(paragraphs), "one a line": "\n".join(paragraphs),
        "wrapped": "\n\n".join(textwrap.fill(paragraph, 72) for paragraph in paragraphs),
        "brief": first, "subheads": with_subheads(language), "scores": f"{first}\n\n{SCORES}\n\n{rest}",
        "dialogue": "\n\n".join((first, *DIALOGUE, *others)), "verse": f"{VERSE}\n\n{rest}",
        "list": f"{first}\n\n{LIST}\n\n{rest}", "marked list": f"{first}\n\n{MARKED}\n\n{rest}",
        "table": f"{first}\n\n{TABLE}\n\n{rest}",
        "short sentences": "\n\n".join((*SHORT, *paragraphs, *SHORT)),
    }  # fmt: skip


@pytest.mark.parametrize("language", ARTICLES)
def test_paragraphs_without_a_headline_come_back_whole_and_have_no_title(language: str) -> None:
    for name in ("paragraphs", "one a line", "brief"):
        record = text_page(bodies(language)[name])
        assert (name, record.title, letters(record.text)) == (name, None, letters(bodies(language)[name]))


@pytest.mark.parametrize("kind", bodies("en"))
def test_an_article_of_any_shape_comes_back_whole(kind: str) -> None:
    text = bodies("en")[kind]
    assert lost(text) == []
    assert text_page(text).title is None


@pytest.mark.parametrize("language", ARTICLES)
def test_a_headline_above_paragraphs_is_the_title_and_nothing_is_lost(language: str) -> None:
    for paragraphs in (ARTICLES[language], ARTICLES[language][:1]):
        text = "\n\n".join((TITLES[language], *paragraphs))
        assert (text_page(text).title, lost(text)) == (TITLES[language], [])


def test_a_byline_below_the_headline_is_mined() -> None:
    record = text_page("\n\n".join((TITLES["en"], "By Anna Berg", "20 November 2026", *ARTICLES["en"])))
    assert record.title == TITLES["en"]
    assert [author.name for author in record.authors] == ["Anna Berg"]
    assert record.date_published == "2026-11-20"
    assert letters(ARTICLES["en"][0]) in letters(record.text)


def test_a_line_of_a_site_makes_the_text_a_page_again() -> None:
    page = "\n\n".join((TITLES["en"], *ARTICLES["en"], "Related articles", "Subscribe", "Leave a comment"))
    record = text_page(page)
    assert record.title == TITLES["en"]
    assert letters(record.text) == letters("".join(ARTICLES["en"]))


@pytest.mark.parametrize("file", SEEDS, ids=lambda file: file.name)
def test_cleaned_text_stays_the_same_when_cleaned_again(file: Path) -> None:
    first = clean_page(Page(body=file.read_bytes(), media="html" if file.suffix == ".html" else "text"))
    assert text_page(first.text).text == first.text


PARTS = st.one_of(
    st.sampled_from([paragraph for paragraphs in ARTICLES.values() for paragraph in paragraphs]),
    st.sampled_from([f"{item} {other}" for item, other, *_ in ARTICLES.values()]),
    st.sampled_from((*SUBHEADS, *DIALOGUE, *SHORT, SCORES, VERSE, LIST, MARKED, TABLE)),
)
TEXTS = st.builds(
    lambda title, first, parts, gap: gap.join((*title, first, *parts)),
    st.lists(st.sampled_from(list(TITLES.values())), max_size=1),
    st.sampled_from([paragraphs[0] for paragraphs in ARTICLES.values()]),
    st.lists(PARTS, max_size=8),
    st.sampled_from(("\n", "\n\n", "\n\n\n")),
)


@pytest.mark.slow
@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    first = text_page(text)
    assert text_page(first.text).text == first.text
