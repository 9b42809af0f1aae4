"""Shapes of lines: nothing visible, rows whose cells were glued, and lines left beside tables and pictures."""

from __future__ import annotations

import pytest
from conftest import evidence_of, lines, rule_context
from msgspec.structs import replace

from copydesk.cleaners.rules.shape import glued_runs
from copydesk.cleaners.types import Label

TEXT = "The clock of the town hall struck noon on Friday for the first time in eleven years."
ROWS = ("TownLoss", "Bern12", "Basel7%Change")


@pytest.mark.parametrize(("raw", "is_invisible"), [
    *((raw, True) for raw in ("\u200d", "\u200b\u200b \u00a0", "\ufe0f", "\u202e\u202c", "\u0301")),
    *((raw, False) for raw in ("\u200dx", "…", "正午", "\u00a0.", "-", "\u200d" * 5_000)),
])  # fmt: skip
def test_joiners_and_combining_marks_alone_are_no_text(raw: str, *, is_invisible: bool) -> None:
    assert (0 in evidence_of("shape.invisible", rule_context(lines(raw, "x")))) == is_invisible


def rows(*raws: str, gaps: dict[int, int] | None = None, is_html: bool = False) -> list[int]:
    blocks = [replace(block, gap=(gaps or {}).get(block.index, 0)) for block in lines(*raws)]
    return list(evidence_of("shape.glued-row", rule_context(blocks, is_html=is_html)))


@pytest.mark.parametrize(("raws", "numbers"), [
    (ROWS, [0, 1, 2]), ((TEXT, *ROWS, TEXT), [1, 2, 3]), (ROWS[:2], []),
    (("TeamPoints", "(W)Ashford", "34Ashford"), [0, 1, 2]), (("КомандаОчки", "Москва12", "Казань7"), [0, 1, 2]),
    (("YouTube", "Town", "Loss"), []), (("TownLoss", "Town Loss", "Bern12", "Basel7"), []),
    (("TownLoss.", "Bern12.", "Basel7."), []), (tuple(f"TownLoss {'x' * 200}" for _ in range(3)), []),
])  # fmt: skip
def test_neighbouring_lines_with_glued_cells_are_rows(raws: tuple[str, ...], numbers: list[int]) -> None:
    assert rows(*raws) == numbers
    assert rows(*raws, is_html=True) == []


def test_a_blank_line_separates_tables() -> None:
    assert rows(*ROWS, *ROWS, gaps={3: 1}) == [0, 1, 2, 3, 4, 5]
    assert rows(*ROWS, gaps={1: 1}) == []
    assert rows(*ROWS, *ROWS[:2], gaps={3: 1}) == [0, 1, 2]
    blocks = [replace(block, gap=int(block.index == 3)) for block in lines(*ROWS, *ROWS)]
    runs = glued_runs(rule_context(blocks, is_html=False).page)
    assert (runs[0], runs[5]) == (range(3), range(3, 6))


def test_the_last_line_of_a_page_may_be_a_caption() -> None:
    context = rule_context(lines("Advertisement", "Old clock"), [Label.AD, Label.PARAGRAPH], is_html=False)
    assert list(evidence_of("shape.stray-caption", context)) == [1]
