"""Lines of author, date and place, names of authors, and what only looks like one."""

from __future__ import annotations

import pytest
from conftest import evidence_of, lines, rule_context
from msgspec.structs import replace

from copydesk.cleaners.rules.bylines import edges_of_text, is_name, short_first_blocks
from copydesk.cleaners.types import Kind, Label

TEXT = "The clock of the town hall struck noon on Friday for the first time in eleven years."
BIO = "Una Platt has sold bread below the tower for thirty years."


def byline(raw: str, language: str = "en", *, keep: float = 0.5, kind: Kind = Kind.PARAGRAPH) -> str | None:
    blocks = [replace(block, kind=kind) for block in lines(raw)]
    return evidence_of("shape.byline", rule_context(blocks, keep=[keep], language=language)).get(0)


@pytest.mark.parametrize(("raw", "language", "evidence"), [
    ("By Una Platt", "en", "reads like a byline and names Una Platt"),
    ("By Una Platt and Carl Ode, 14 March 2026", "en", "reads like a byline and names Una Platt, Carl Ode"),
    ("Von Anna Berg", "de", "reads like a byline and names Anna Berg"),
    ("Par Luc Petit", "fr", "reads like a byline and names Luc Petit"),
    ("By Una Platt", "de", "reads like a byline and names Una Platt"),
    ("بقلم ليلى حداد", "ar", "reads like a byline and names ليلى حداد"),
    ("14 March 2026", "en", "a line with a date: 2026-03-14"),
    ("Updated March 14, 2026", "en", "a line with a date: 2026-03-14"),
    ("Harbour desk, 14 March 2026", "en", "a line with a date: 2026-03-14"),
    ("14. März 2026", "de", "a line with a date: 2026-03-14"),
    ("20.11.2026.", "de", "a line with a date: 2026-11-20"), ("2026年3月14日", "ja", "a line with a date: 2026-03-14"),
    ("14 مارس 2026", "ar", "a line with a date: 2026-03-14"),
])  # fmt: skip
def test_a_line_of_its_author_or_of_a_date_and_little_else(raw: str, language: str, evidence: str) -> None:
    assert (byline(raw, language) or "").startswith(evidence)


@pytest.mark.parametrize("raw", [
    "By the time they came it was over.", "By noon", "14 March 1911 or 1912?",
    "The storm of 14 March 2026 bent the axle of the clock", "Phone 0419142026", "14 March",
    "In 2026 the clock of the town hall and both the churches of the valley struck noon again",
    f"By Una Platt {'and many others ' * 12}", "2026年3月14日、時計台の鐘が正午を打った。", " ",
])  # fmt: skip
def test_other_lines_are_no_bylines(raw: str) -> None:
    assert byline(raw) is None


@pytest.mark.parametrize("kind", [Kind.HEADING, Kind.TABLE_ROW, Kind.CODE, Kind.TITLE])
def test_headings_rows_and_code_are_none(kind: Kind) -> None:
    assert byline("14 March 2026", kind=Kind.LIST_ITEM)
    assert byline("14 March 2026", kind=kind) is None


@pytest.mark.parametrize(("raw", "keep", "is_byline"), [
    # far from the article it is another one's
    ("By Una Platt", 0.02, True), ("By Una Platt", 0.01, False),
    # a dated line of which the network is sure is the article's, a signed one is a byline however sure it is
    ("14 March 2026", 0.94, True), ("14 March 2026", 0.96, False), ("By Ada Quillfeather, 14 March 2026", 0.99, True),
])  # fmt: skip
def test_how_sure_the_network_may_be(raw: str, keep: float, *, is_byline: bool) -> None:
    assert (byline(raw, keep=keep) is not None) == is_byline


def test_datelines_are_above_and_at_the_beginning_of_the_sure_text() -> None:
    blocks = lines(*["x"] * 30)
    assert list(short_first_blocks(rule_context(blocks, keep=[0.5] * 12 + [0.9] * 18))) == list(range(4, 15))
    assert list(short_first_blocks(rule_context(blocks, keep=[0.5] * 30))) == [0, 1, 2]
    assert list(short_first_blocks(rule_context(lines("x" * 81, "x" * 80)))) == [1]


def test_with_tags_bylines_are_among_the_first_and_last_kept_blocks_and_the_vague_ones() -> None:
    labels = [Label.NAV, *[Label.PARAGRAPH] * 10, Label.OTHER]
    assert edges_of_text(rule_context(lines(*["x"] * 12), labels)) == {1, 2, 3, 8, 9, 10}
    assert edges_of_text(rule_context(lines(*["x"] * 12), labels, share=0.5)) == {0, 1, 2, 3, 8, 9, 10, 11}


def test_of_lines_bylines_are_those_of_which_the_network_is_not_sure_and_those_below_the_headline() -> None:
    blocks = lines("Noon", "x", "x", "x", "x", TEXT)
    keep = [0.9, 0.9, 0.9, 0.9, 0.5, 0.9]
    assert edges_of_text(rule_context(blocks, keep=keep, title="Noon", is_html=False)) == {1, 2, 4}
    assert edges_of_text(rule_context(blocks, keep=keep, is_html=False)) == {4}
    alone = rule_context(blocks, keep=keep, title="Noon", is_html=False, is_article_alone=True)
    assert edges_of_text(alone) == {1, 2}
    assert edges_of_text(rule_context(blocks, title="Goat", is_html=False, is_article_alone=True)) == set()
    last = rule_context(lines("x", "Noon"), keep=[0.9, 0.9], title="Noon", is_html=False)
    assert edges_of_text(last) == set()


@pytest.mark.parametrize(("text", "expected"), [
    *((name, True) for name in ("Una Platt", "J. K. Moss", "Ludwig van der Berg", "Una Maria Platt Finn Ode")),
    *((name, True) for name in ("Анна Берг", "Élodie Übel", "Goats of the Lighthouse")),
    *((name, False) for name in ("Una", "una platt", "Una platt", "Una Platt!", "Una Platt, Carl Ode", "")),
    *((name, False) for name in ("Una Platt 2", "3 Platt", "Una Platt Finn Ode Berg Moss", "山田太郎", "ليلى حداد")),
    ("Una-" * 20 + " Platt", False),
])  # fmt: skip
def test_the_shape_of_a_name(text: str, *, expected: bool) -> None:
    assert is_name(text) == expected


def doubled(*raws: str, gap: int = 0) -> list[int]:
    blocks = [replace(block, gap=gap if block.index == 2 else 0) for block in lines(*raws)]
    return list(evidence_of("shape.doubled-name", rule_context(blocks, is_html=False)))


@pytest.mark.parametrize(("raws", "numbers"), [
    (("Una Platt", "Una Platt", BIO), [0, 1]), (("Una Platt", " Una\u200b Platt", BIO), [0, 1]),
    (("Una Platt", "Carl Ode", BIO), []), (("Una Platt", "Una Platt"), []),
    (("Una Platt", "Una Platt", BIO.rstrip(".")), []), (("Una Platt", "Una Platt", TEXT), []),
    # function words are in no person's name
    (("Goats of the Lighthouse", "Goats of the Lighthouse", "Goats keep the grass short."), []),
    (("Sport", "Sport", "Sport is on page two."), []),
])  # fmt: skip
def test_a_name_twice_above_a_sentence_on_its_bearer(raws: tuple[str, ...], numbers: list[int]) -> None:
    assert doubled(*raws) == numbers
    # a blank line separates a name from what is below
    assert doubled(*raws, gap=1) == []
