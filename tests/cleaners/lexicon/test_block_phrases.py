"""Phrases of blocks: in which languages, how far a block is read, and what lines of a menu contain."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from copydesk.cleaners.lexicon.block_phrases import PHRASE_CHARS, SAMPLE_CHARS, find_phrases, language_sample
from copydesk.cleaners.lexicon.words import PhraseHit, folded_words
from copydesk.cleaners.types import Block, Kind

PROSE = "The clock of the town hall struck noon on Friday for the first time in eleven years. "


def block(raw: str, **more: object) -> Block:
    return Block(0, Kind.PARAGRAPH, raw, **more)  # type: ignore[arg-type]


def hits(raw: str, language: str = "en") -> Mapping[str, PhraseHit]:
    return find_phrases([block(raw)], language).hits[0]


@pytest.mark.parametrize("language", ["en", "und", "xx", "", "eo"])
def test_a_language_without_a_file_uses_english(language: str) -> None:
    assert hits("Sign up for our newsletter", language)["wording.newsletter"].language == "en"


@pytest.mark.parametrize(
    ("language", "raw"), [("de", "Newsletter abonnieren"), ("fr", "Abonnez-vous à notre newsletter")]
)
def test_the_pages_language_is_checked_and_english_beside_it(language: str, raw: str) -> None:
    assert hits(raw, language)["wording.newsletter"].language == language
    assert "wording.newsletter" not in hits(raw, "en")
    assert hits("Sign up for our newsletter", language)["wording.newsletter"].language == "en"


def test_what_opens_a_long_block_counts_and_what_is_behind_the_bound_does_not() -> None:
    newsletter = "Sign up for our newsletter"
    long = PROSE * 20
    assert "wording.newsletter" in hits(f"{newsletter} {long}")
    near, far = (" " * gap + newsletter for gap in (PHRASE_CHARS - len(newsletter), PHRASE_CHARS))
    assert "wording.newsletter" in hits(near)
    assert hits(far) == {}


@pytest.mark.parametrize(("raw", "is_found"), [
    ("Home\nNewsletter\nContact", True), ("Home\n\n  Newsletter  \n", True),
    # cells of a row, a single line, sentences, and a line that only begins so: no menu
    ("Home\tx\nNewsletter\ty", False), (f"Home\nNewsletter\n{PROSE}", False),
    ("Home\nnewsletter of the day before yesterday", False), ("Home\nContact", False),
])  # fmt: skip
def test_lines_of_a_menu_are_checked_one_by_one(raw: str, *, is_found: bool) -> None:
    assert "wording.newsletter" in hits("Newsletter")
    assert ("wording.newsletter" in hits(raw)) == is_found


def test_each_block_has_an_answer_and_equal_blocks_have_equal_ones() -> None:
    raws = ["Newsletter", PROSE, "Newsletter", ""]
    found = find_phrases([block(raw) for raw in raws], "en")
    assert [bool(hit) for hit in found.hits] == [True, False, True, False]
    assert found.hits[0] == found.hits[2]
    assert [list(words) for words in found.words] == [folded_words(raw) for raw in raws]
    assert find_phrases([], "en") == ((), (), "en")


def test_the_longest_running_texts_give_the_language() -> None:
    menu = block("Home Town Sport Culture " * 8, link_chars=150)
    hidden = block("Verborgen " * 40, is_hidden=True)
    texts = [block(PROSE * 2), block("By Una Platt"), menu, hidden, block(PROSE * 3)]
    assert language_sample(texts) == f"{(PROSE * 3).strip()} {(PROSE * 2).strip()} By Una Platt"


def test_linked_and_hidden_text_is_the_sample_where_there_is_no_other() -> None:
    menu = block("Home Town Sport", link_chars=15)
    assert language_sample([menu, block("Verborgen", is_hidden=True)]) == "Home Town Sport Verborgen"
    assert language_sample([]) == ""


def test_a_sample_has_a_limit() -> None:
    assert len(language_sample([block(PROSE * 200)])) == SAMPLE_CHARS
    assert len(language_sample([block(f"{number} {'x' * 20}") for number in range(100)]).split()) == 2 * 8
