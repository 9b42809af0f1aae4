"""The bench itself: what it calls a word, a score, an interval, a match."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks are no part of what is installed

from benchmarks import (  # noqa: E402
    composed,
    intervals,
    labels,
    memory,
    metadata,
    report,
    runner,
    scoring,
    sets,
    stages,
    words,
)
from benchmarks.extractors import Found  # noqa: E402

TEXTS = st.text(max_size=200)
WORDS = st.lists(st.sampled_from(["harbour", "council", "night", "train"]), max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The ferry's 3,000 seats", ["the", "ferry", "s", "3", "000", "seats"]),
        ("夜の列車 express", ["夜", "の", "列", "車", "express"]),
        ("기차가 온다", ["기차가", "온다"]),
        ("हिन्दी", ["हिन्दी"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("co\u00adope\u200brate", ["cooperate"]),
        ("e\u0301tage", ["étage"]),
        ("- * •", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words.words(text) == expected


@given(TEXTS, TEXTS)
def test_swapping_the_sides_swaps_precision_and_recall(left: str, right: str) -> None:
    there = words.compare_texts(truth=left, found=right)
    back = words.compare_texts(truth=right, found=left)
    assert (there.precision, there.recall) == (back.recall, back.precision)
    assert 0 <= there.f1 <= 1


@given(TEXTS)
def test_a_text_agrees_with_itself(text: str) -> None:
    assert words.compare_texts(truth=text, found=text).f1 == 1


@given(WORDS)
def test_order_is_not_judged(tokens: list[str]) -> None:
    assert words.compare(truth=tokens, found=sorted(tokens)).f1 == 1


def test_number_is_judged() -> None:
    score = words.compare(truth=["night", "night", "train"], found=["night", "train", "train", "ferry"])
    assert score.precision == pytest.approx(2 / 4)
    assert score.recall == pytest.approx(2 / 3)


def test_only_a_first_line_that_is_the_title_is_taken_off() -> None:
    assert words.without_leading("# The night train\n\nIt is late.", "The Night Train") == "\nIt is late."
    assert words.without_leading("The night train is late.", "The Night Train") == "The night train is late."
    assert words.without_leading("It is late.", None) == "It is late."


def test_unmatched_lines() -> None:
    lines = ["The ferry was rebuilt on Tuesday.", "Sign up for our letter today.", "Ferry"]
    assert words.unmatched(lines, other="The ferry was rebuilt on Tuesday. Ferry") == [False, True, True]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_an_interval_lies_within_the_values(values: list[float]) -> None:
    estimate = intervals.mean(values)
    assert min(values) - 1e-9 <= estimate.low <= estimate.high <= max(values) + 1e-9
    assert estimate == intervals.mean(values)


def test_a_ratio_of_proportional_times_is_certain() -> None:
    estimate = intervals.ratio([3.0, 6.0, 9.0], [1.0, 2.0, 3.0])
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((3, 3, 3))


def test_blocks_are_aligned_by_text_where_the_cut_differs() -> None:
    gold = [
        sets.GoldBlock("nav", "Home"),
        sets.GoldBlock("paragraph", "The ferry is late."),
        sets.GoldBlock("nav", "Home"),
    ]
    ours = [
        sets.GoldBlock("nav", "Home"),
        sets.GoldBlock("quote", "The ferry is late. So is the train."),
        sets.GoldBlock("copyright", "Home!"),
    ]
    assert labels.align(gold, ours) == [
        labels.Pair("nav", "nav"),
        labels.Pair("paragraph", "quote"),
        labels.Pair("nav", "copyright"),
    ]


def test_a_block_of_which_we_have_nothing_is_not_paired() -> None:
    gold = [sets.GoldBlock("paragraph", "The ferry is late.")]
    assert labels.align(gold, [sets.GoldBlock("nav", "Home")]) == [labels.Pair("paragraph", "")]


@pytest.mark.parametrize(
    ("truth", "found", "expected"),
    [
        ("2026-03-01", "2026-03-01T10:00:00Z", True),
        ("2026-03-01 23:30:00-05:00", "2026-03-02T04:30:00Z", True),
        ("2026-03-01", "2026-03-02", False),
        ("2026-03-01", None, False),
        ("2026-03-01", "soon", False),
    ],
)
def test_same_day(truth: str, found: str | None, expected: bool) -> None:
    assert metadata.is_same_day(truth, found) is expected


def test_names_are_parted_and_folded() -> None:
    assert metadata.names(("Zoë Ferry, Bo Marsh and J. R. Tide",)) == {"zoe ferry", "bo marsh", "j r tide"}


def test_a_page_that_hangs_costs_only_itself() -> None:
    results = runner.in_workers(_rest, [(0.0,), (30.0,), (0.0,)], jobs=1, timeout_seconds=1.0)
    assert results == [0.0, "more than 1 s", 0.0]


def test_a_fault_is_told_in_words() -> None:
    assert runner.in_workers(_rest, [(-1.0,)], jobs=1, timeout_seconds=5.0) == [
        "ValueError: sleep length must be non-negative"
    ]


def _rest(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_the_worst_page_shows_what_is_missing_and_what_is_extra() -> None:
    truth = "The ferry was rebuilt before the vote.\nThe <b>night</b> train was postponed."
    found = "The ferry was rebuilt before the vote.\nSign up for <script>our</script> letter today."
    case = sets.Case(id="one", file=Path(), truth=truth)
    scored = scoring.judge([case], [runner.Run("one", "copydesk", Found(found), 0.1)])
    text, page = report.worst_as_text(scored), report.worst_as_html(scored)
    assert "  - The <b>night</b> train was postponed." in text
    assert "  + Sign up for" in text
    assert "<del>The &lt;b&gt;night&lt;/b&gt; train was postponed.</del>" in page
    assert "<script" not in page


def test_the_difference_is_taken_page_by_page() -> None:
    cases = [sets.Case(id=name, file=Path(), truth="night train") for name in ("one", "two")]
    texts = {"copydesk": ("night train", "night train"), "trafilatura": ("night train", "")}
    runs = [
        runner.Run(case.id, name, Found(text), 0.5)
        for name, found in texts.items()
        for case, text in zip(cases, found, strict=True)
    ]
    ours, peer = scoring.tabulate(scoring.judge(cases, runs), reference="trafilatura")
    assert ours.f1.value == 1
    assert ours.difference is not None
    assert ours.difference.value == 0.5
    assert ours.pages_per_second == 2
    assert peer.difference is None


def test_composed_pages_are_the_same_each_time_and_differ() -> None:
    pages = composed.compose_pages(16)
    assert pages == composed.compose_pages(16)
    assert len(set(pages)) == 16
    assert max(map(len, pages)) > 10 * min(map(len, pages))


def test_a_clock_counts_inner_calls_once() -> None:
    clock = stages.Clock()
    inner = clock.wrap("inner", lambda: time.sleep(0.05))
    clock.wrap("outer", inner)()
    assert clock.seconds["inner"] >= 0.05
    assert clock.seconds["outer"] < 0.04


def test_growing_memory_is_told() -> None:
    flat = [memory.Sample(float(at), 100.0, {2: 200.0}) for at in range(20)]
    growing = [memory.Sample(float(at), 100.0, {2: 200.0 + 10 * at}) for at in range(20)]
    assert memory.judge(flat, limit_mb=400) == []
    assert any("grew" in fault for fault in memory.judge(growing, limit_mb=1000))
    assert any("limit 300" in fault for fault in memory.judge(growing, limit_mb=300))


def test_without_data_the_measure_says_where_it_looked(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.quality", "wcxb", "--data", str(tmp_path / "none")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--data" in ended.stderr
