"""Lines of author, date and place, where they stand and what only looks like one."""

from __future__ import annotations

import pytest
from conftest import lines, rule_context
from msgspec.structs import replace

from copydesk.cleaners.rules.lines.bylines import (
    edges_of_text,
    find_byline,
    find_dateline,
    short_first_blocks,
)
from copydesk.cleaners.types import Kind, Label

TEXT = "The clock of the town hall struck noon on Friday for the first time in eleven years."


def byline(raw: str, language: str = "en", *, keep: float = 0.5, kind: Kind = Kind.PARAGRAPH) -> str | None:
    (block,) = lines(raw)
    context = rule_context([replace(block, kind=kind)], keep=[keep], language=language)
    return find_byline(context.page.blocks[0], context)


@pytest.mark.parametrize(
    ("raw", "language", "names"),
    [
        ("By Una Platt", "en", "Una Platt"),
        ("By Una Platt and Carl Ode, 14 March 2026", "en", "Una Platt, Carl Ode"),
        ("Von Anna Berg", "de", "Anna Berg"),
        ("Par Luc Petit", "fr", "Luc Petit"),
        ("By Una Platt", "de", "Una Platt"),
        ("بقلم ليلى حداد", "ar", "ليلى حداد"),
    ],
)
def test_a_line_that_names_its_author(raw: str, language: str, names: str) -> None:
    assert byline(raw, language) == f"reads like a byline and names {names}"


@pytest.mark.parametrize(
    ("raw", "language", "date"),
    [
        ("14 March 2026", "en", "2026-03-14"),
        ("Updated March 14, 2026", "en", "2026-03-14"),
        ("Harbour desk, 14 March 2026", "en", "2026-03-14"),
        ("14. März 2026", "de", "2026-03-14"),
        ("20.11.2026.", "de", "2026-11-20"),
        ("2026年3月14日", "ja", "2026-03-14"),
        ("14 مارس 2026", "ar", "2026-03-14"),
    ],
)
def test_a_line_of_a_date_and_little_else(raw: str, language: str, date: str) -> None:
    assert (byline(raw, language) or "").startswith(f"a line with a date: {date}")


@pytest.mark.parametrize(
    "raw",
    [
        "By the time they came it was over.",
        "By noon",
        "14 March 1911 or 1912?",
        "The storm of 14 March 2026 bent the axle of the clock",
        "Phone 0419142026",
        "14 March",
        "In 2026 the clock of the town hall and both the churches of the valley struck noon again",
        f"By Una Platt {'and many others ' * 12}",
        "2026年3月14日、時計台の鐘が正午を打った。",
        "",
    ],
)
def test_other_lines_are_no_bylines(raw: str) -> None:
    assert byline(raw or " ") is None


@pytest.mark.parametrize("kind", [Kind.HEADING, Kind.TABLE_ROW, Kind.CODE, Kind.TITLE])
def test_headings_rows_and_code_are_none(kind: Kind) -> None:
    assert byline("14 March 2026", kind=Kind.LIST_ITEM)
    assert byline("14 March 2026", kind=kind) is None


def test_a_line_far_from_the_article_is_another_ones() -> None:
    assert byline("By Una Platt", keep=0.02)
    assert byline("By Una Platt", keep=0.01) is None


@pytest.mark.parametrize(
    ("raw", "evidence"),
    [
        ("PARIS (AP) —", "names AP, and nothing else"),
        ("  (AFP) ", "names AFP, and nothing else"),
        ("PARIS (AP) — The clock struck noon.", None),
        ("PARIS —", None),
        ("", None),
    ],
)
def test_a_dateline_is_place_date_and_agency_alone(raw: str, evidence: str | None) -> None:
    context = rule_context(lines(raw or " "))
    assert find_dateline(context.page.blocks[0], context) == evidence


def test_datelines_stand_above_and_at_the_beginning_of_the_sure_text() -> None:
    blocks = lines(*["x"] * 30)
    context = rule_context(blocks, keep=[0.5] * 12 + [0.9] * 18)
    assert list(short_first_blocks(context)) == list(range(4, 15))
    nothing_sure = rule_context(blocks, keep=[0.5] * 30)
    assert list(short_first_blocks(nothing_sure)) == [0, 1, 2]
    assert list(short_first_blocks(rule_context(lines("x" * 81, "x" * 80)))) == [1]


def test_with_tags_the_first_and_last_kept_blocks_are_asked_and_the_vague_ones() -> None:
    labels = [Label.NAV, *[Label.PARAGRAPH] * 10, Label.OTHER]
    assert edges_of_text(rule_context(lines(*["x"] * 12), labels)) == {1, 2, 3, 8, 9, 10}
    vague = edges_of_text(rule_context(lines(*["x"] * 12), labels, share=0.5))
    assert vague == {0, 1, 2, 3, 8, 9, 10, 11}


def test_of_lines_those_are_asked_of_which_the_network_is_not_sure_and_those_below_the_headline() -> None:
    blocks = lines("Noon", "x", "x", "x", "x", TEXT)
    keep = [0.9, 0.9, 0.9, 0.9, 0.5, 0.9]
    assert edges_of_text(rule_context(blocks, keep=keep, title="Noon", is_html=False)) == {1, 2, 4}
    assert edges_of_text(rule_context(blocks, keep=keep, is_html=False)) == {4}
    alone = rule_context(blocks, keep=keep, title="Noon", is_html=False, is_article_alone=True)
    assert edges_of_text(alone) == {1, 2}
    assert edges_of_text(rule_context(blocks, title="Goat", is_html=False, is_article_alone=True)) == set()
    last = rule_context(lines("x", "Noon"), keep=[0.9, 0.9], title="Noon", is_html=False)
    assert edges_of_text(last) == set()


@pytest.mark.parametrize(("keep", "is_byline"), [(0.94, True), (0.96, False)])
def test_a_dated_line_of_which_the_network_is_sure_is_the_articles(keep: float, *, is_byline: bool) -> None:
    blocks = lines("14 March 2026", "The jury meets in the harbour office and hears all.")
    context = rule_context(blocks, keep=[keep, 0.99])
    assert (find_byline(blocks[0], context) is not None) == is_byline


def test_a_signed_line_is_a_byline_however_sure_the_network_is() -> None:
    blocks = lines(
        "By Ada Quillfeather, 14 March 2026", "The jury meets in the harbour office and hears all."
    )
    context = rule_context(blocks, keep=[0.99, 0.99])
    assert 0 in edges_of_text(context)
    assert find_byline(blocks[0], context) is not None
