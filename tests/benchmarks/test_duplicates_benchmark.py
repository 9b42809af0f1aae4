"""Made copies and look-alikes: the same every time, and as their kinds demand."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_texts import sentences

from benchmarks.duplicate_pairs import COPIES, LOOK_ALIKES, SHORTEST_SHARE, make_pairs
from benchmarks.duplicates import found_same
from benchmarks.sets import Case


def case(number: int) -> Case:
    parts = sentences(number, 30)
    lines = [" ".join(parts[start : start + 3]) for start in range(0, 30, 3)]
    return Case(f"page {number}", Path(), "\n".join(lines), url=f"https://site{number}.example/a", group="en")


def test_pairs_are_the_same_every_time_and_of_every_kind() -> None:
    cases = [case(number) for number in range(20)]
    pairs = list(make_pairs(cases))
    assert pairs == list(make_pairs(cases))
    kinds = {(pair.kind, pair.is_same) for pair in pairs}
    assert {kind for kind, is_same in kinds if is_same} == set(COPIES)
    assert {kind for kind, is_same in kinds if not is_same} >= {*LOOK_ALIKES, "series", "series of one place"}
    assert all(pair.first != pair.second for pair in pairs)
    cuts = [pair for pair in pairs if pair.kind.startswith("cut")]
    assert min(len(pair.second) / len(pair.first) for pair in cuts) > SHORTEST_SHARE - 0.05
    assert max(len(pair.second) / len(pair.first) for pair in cuts) < 1


@pytest.mark.slow
def test_an_index_distinguishes_copies_from_look_alikes() -> None:
    pairs = list(make_pairs([case(number) for number in range(20)]))
    answers = found_same(pairs)
    copies = [found for pair, found in zip(pairs, answers, strict=True) if pair.is_same]
    others = [found for pair, found in zip(pairs, answers, strict=True) if not pair.is_same]
    assert sum(copies) >= 0.95 * len(copies)
    assert sum(others) <= 0.02 * len(copies)
