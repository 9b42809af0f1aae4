"""The facts of a page: each block's letters, words and phrases, before anything is judged."""

from __future__ import annotations

import pytest

from copydesk.cleaners.facts.page_facts import PageFacts, facts_of
from copydesk.cleaners.types import Block, Kind


def facts(*raws: str, language: str = "en") -> PageFacts:
    blocks = tuple(Block(at, Kind.PARAGRAPH, raw) for at, raw in enumerate(raws))
    return facts_of(blocks, language=language, is_html=True, declared_title="Noon")


def test_each_fact_has_one_value_per_block() -> None:
    page = facts("Newsletter", " The clock\u00ad struck\u200b noon. ", "")
    assert page.letters == ("Newsletter", "Theclockstrucknoon.", "")
    assert [list(words) for words in page.words] == [["newsletter"], ["the", "clock", "struck", "noon"], []]
    assert page.with_phrases == {0}
    assert (page.is_html, page.declared_title, page.language) == (True, "Noon", "en")


def test_a_page_without_blocks_has_no_facts_of_any() -> None:
    page = facts()
    assert (page.letters, page.with_phrases, tuple(page.phrases)) == ((), frozenset(), ())


@pytest.mark.parametrize(("language", "found"), [("de", {0, 1}), ("fr", {1}), ("und", {1})])
def test_phrases_are_of_the_pages_language(language: str, found: set[int]) -> None:
    assert (
        facts("Newsletter abonnieren", "Sign up for our newsletter", language=language).with_phrases == found
    )


def test_facts_do_not_change() -> None:
    with pytest.raises(AttributeError):
        facts("Noon").language = "de"  # type: ignore[misc]
