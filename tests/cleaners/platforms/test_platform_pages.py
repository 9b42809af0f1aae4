"""Pages in the shape of each platform: the text of each is exactly that of the file beside it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from copydesk import Page, Record, clean_page

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))


@cache
def cleaned(page: Path) -> Record:
    return clean_page(Page(body=page.read_bytes(), content_type="text/html"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_text_is_the_article_alone(page: Path) -> None:
    assert cleaned(page).text == page.with_suffix(".txt").read_text("utf-8").strip()


def test_each_label_of_a_wiki_is_an_option() -> None:
    page = next(page for page in PAGES if page.stem == "mediawiki")
    found = {(str(removed.label), removed.text.split()[0]) for removed in cleaned(page).removed}
    assert {
        ("infobox", "Length"),
        ("hatnote", "For"),
        ("reference", "References"),
        ("reference", "[1][2]"),
    } <= found


def test_notes_of_a_newsletter_are_its_text_and_their_numbers_marks() -> None:
    page = next(page for page in PAGES if page.stem == "substack")
    removed = cleaned(page).removed
    assert [(str(one.label), one.text) for one in removed if one.text == "1"] == [("reference", "1")] * 2
    assert [author.name for author in cleaned(page).authors] == ["Orla Pennyfeather"]
