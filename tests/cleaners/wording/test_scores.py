"""Lines with the result of a match, and nothing else."""

from __future__ import annotations

import pytest

from copydesk.cleaners.wording.text_headline import MAX_SCORE_CHARS, is_score


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


def test_a_long_hostile_line_is_not_looked_at() -> None:
    assert not is_score("A-" * 100_000 + " 1-1")
    assert not is_score("A-a" * 26)
