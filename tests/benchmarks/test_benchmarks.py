"""The bench itself: what it calls a word, a score, an interval, a match."""

from __future__ import annotations

import importlib.util
import os
import time
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from benchmarks import (
    composed,
    labels,
    measures,
    memory,
    metadata,
    page_types,
    readme,
    runner,
    scoring,
    sets,
    words,
)
from benchmarks.extractors import Found
from copydesk import clean
from copydesk.cleaners.types import KEPT

ROOT = Path(__file__).resolve().parents[2]

TEXTS = st.text(max_size=200)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The ferry's 3,000 seats", ["the", "ferry", "s", "3", "000", "seats"]),
        ("夜の列車 express", ["夜", "の", "列", "車", "express"]), ("기차가 온다", ["기차가", "온다"]), ("हिन्दी", ["हिन्दी"]),
        ("STRASSE Straße", ["strasse", "strasse"]), ("co\u00adope\u200brate", ["cooperate"]),
        ("e\u0301tage", ["étage"]), ("- * •", []),
    ],
)  # fmt: skip
def test_words(text: str, expected: list[str]) -> None:
    assert words.words(text) == expected


@pytest.mark.slow
@given(TEXTS, TEXTS)
def test_swapping_the_sides_swaps_precision_and_recall(left: str, right: str) -> None:
    there = words.compare_texts(truth=left, found=right)
    back = words.compare_texts(truth=right, found=left)
    assert (there.precision, there.recall) == (back.recall, back.precision)
    assert 0 <= there.f1 <= 1


def test_number_counts() -> None:
    score = words.compare(truth=["night", "night", "train"], found=["night", "train", "train", "ferry"])
    assert (score.precision, score.recall) == pytest.approx((2 / 4, 2 / 3))


def test_only_a_first_line_that_is_the_title_is_taken_off() -> None:
    assert words.without_leading("# The night train\n\nIt is late.", "The Night Train") == "\nIt is late."
    assert words.without_leading("The night train is late.", "The Night Train") == "The night train is late."
    assert words.without_leading("It is late.", None) == "It is late."


def test_the_bench_and_the_records_agree_on_what_is_in_the_text() -> None:
    assert {str(label) for label in KEPT} == sets.KEPT_LABELS


def test_unmatched_lines() -> None:
    lines = ["The ferry was rebuilt on Tuesday.", "Sign up for our letter today.", "Ferry"]
    assert words.unmatched(lines, other="The ferry was rebuilt on Tuesday. Ferry") == [False, True, True]


@pytest.mark.slow
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_an_interval_lies_within_the_values(values: list[float]) -> None:
    estimate = scoring.mean(values)
    assert min(values) - 1e-9 <= estimate.low <= estimate.high <= max(values) + 1e-9
    assert estimate == scoring.mean(values)


def test_a_ratio_of_proportional_times_is_certain() -> None:
    estimate = scoring.ratio([3.0, 6.0, 9.0], [1.0, 2.0, 3.0])
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((3, 3, 3))


def test_blocks_are_aligned_by_text_where_the_cut_differs() -> None:
    gold = [("nav", "Home"), ("paragraph", "The ferry is late."), ("nav", "Home")]
    ours = [("nav", "Home"), ("quote", "The ferry is late. So is the train."), ("copyright", "Home!")]
    pairs = labels.align(*([sets.GoldBlock(*block) for block in blocks] for blocks in (gold, ours)))
    found = [(pair.gold, pair.ours) for pair in pairs]
    assert found == [("nav", "nav"), ("paragraph", "quote"), ("nav", "copyright")]


def test_cells_are_matched_with_their_row_and_a_line_with_its_pieces() -> None:
    def paired(gold: list[tuple[str, str]], ours: list[tuple[str, str]]) -> list[tuple[str, str]]:
        pairs = labels.align(*([sets.GoldBlock(*block) for block in blocks] for blocks in (gold, ours)))
        return [(pair.gold, pair.ours) for pair in pairs]

    # a short cell is its own row's, though other rows hold the same word
    cells = [("table", text) for text in ("Anna", "1", "12")] + [
        ("other", text) for text in ("Odds", "1", "9")
    ]
    assert (
        paired(cells, [("table", "Anna 1 12"), ("other", "Odds 1 9")])
        == [("table", "table")] * 3 + [("other", "other")] * 3
    )
    line = [("comment_form", "Laisser un commentaire Annuler la réponse")]
    pieces = [("comment_form", "Laisser un commentaire"), ("comment_form", "Annuler la réponse")]
    assert paired(line, pieces) == [("comment_form", "comment_form")]
    menu = [("nav", "Startseite Über uns Kontakt Facebook")]
    pieces = [("nav", "Startseite"), ("nav", "Über uns"), ("nav", "Kontakt"), ("social", "Facebook")]
    assert paired(menu, pieces) == [("nav", "nav")]


def test_a_block_of_which_we_have_nothing_is_not_paired() -> None:
    gold = [sets.GoldBlock("paragraph", "The ferry is late.")]
    assert labels.align(gold, [sets.GoldBlock("nav", "Home")]) == [labels.Pair("paragraph", "")]


@pytest.mark.parametrize(
    ("truth", "found", "expected"),
    [
        ("2026-03-01", "2026-03-01T10:00:00Z", True), ("2026-03-01 23:30:00-05:00", "2026-03-02T04:30:00Z", True),
        ("2026-03-01", "2026-03-02", False), ("2026-03-01", None, False), ("2026-03-01", "soon", False),
    ],
)  # fmt: skip
def test_same_day(truth: str, found: str | None, expected: bool) -> None:
    assert metadata.is_same_day(truth, found) is expected


def test_names_are_parted_and_folded() -> None:
    assert metadata.names(("Zoë Ferry, Bo Marsh and J. R. Tide",)) == {"zoe ferry", "bo marsh", "j r tide"}


@pytest.mark.slow
def test_a_page_that_hangs_or_raises_costs_only_itself() -> None:
    results = runner.in_workers(_rest, [(0.0,), (-1.0,), (3600.0,), (0.0,)], jobs=1, timeout_seconds=5.0)
    assert results == [0.0, "ValueError: sleep length must be non-negative", "more than 5 s", 0.0]


def _rest(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_the_difference_is_taken_page_by_page_and_the_worst_page_shows_what_is_missing_and_extra() -> None:
    cases = [sets.Case(id=name, file=Path(), truth="The night train is late.") for name in ("one", "two")]
    texts = {
        "copydesk": ("The night train is late.", "The night train is late."),
        "trafilatura": ("The night train is late.", "Sign up for our letter."),
    }
    runs = []
    for name, found in texts.items():
        runs += [runner.Run(case.id, name, Found(text), 0.5) for case, text in zip(cases, found, strict=True)]
    scored = scoring.judge(cases, runs)
    ours, peer = scoring.tabulate(scored)
    assert ours[:3] == ("copydesk", "2", "1.000 [1.000, 1.000]")
    assert ours[5].startswith("+0.500 [")
    assert (ours[6], ours[7]) == ("2", "0")
    assert peer[5] == "-"
    first, *odd = scoring.worst(scored, extractor="trafilatura", count=1).splitlines()
    assert first.startswith("two  F1 0.000")
    assert odd == ["  - The night train is late.", "  + Sign up for our letter."]


def test_growing_memory_is_reported() -> None:
    flat = [memory.Sample(float(at), 100.0, [200.0]) for at in range(20)]
    growing = [memory.Sample(float(at), 100.0, [200.0 + 10 * at]) for at in range(20)]
    assert memory.judge(flat) == []
    assert any("grew" in fault for fault in memory.judge(growing, limit_mb=1000))
    assert any("limit 300" in fault for fault in memory.judge(growing, limit_mb=300))


def test_a_set_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in sets.SETS:
        with pytest.raises(sets.MissingDataError, match=str(tmp_path)):
            sets.load(name, tmp_path)


def _require_peer(module: str) -> None:
    """Skips a test beside an extractor that is not installed; with REQUIRE_PEERS set, fails instead."""
    if importlib.util.find_spec(module) is None:
        stop = pytest.fail if os.environ.get("REQUIRE_PEERS") else pytest.skip
        stop(f"needs {module}: pip install '.[bench]'")


def test_a_flattened_page_is_its_visible_lines() -> None:
    _require_peer("resiliparse")
    page = b"<html><head><style>p{}</style></head><body><h1>Night train</h1><p>It is <b>late</b>.</p><script>x</script></body></html>"
    lines = [line for line in sets.flatten(page).split("\n") if line]
    assert lines[-2:] == ["Night train", "It is late."]


# newspaper4k misses a package that it does not need for this
@pytest.mark.filterwarnings("ignore:nltk is not installed")
@pytest.mark.parametrize(
    "name", ["trafilatura-fast", "readability-lxml", "newspaper4k", "jusText", "resiliparse"]
)
def test_a_peer_finds_the_prose_of_a_composed_page(name: str) -> None:
    module = {"readability-lxml": "readability", "newspaper4k": "newspaper", "jusText": "justext"}
    _require_peer(module.get(name, name.partition("-")[0]))
    page = composed.compose_page(paragraphs=12, seed=3)
    case = sets.Case(id="one", file=Path(), truth=page, url="http://localhost/news/1")
    found = runner.extractor(name, media="text/html")(case, page.encode())
    assert len(words.words(found.text)) > 100


# labels and types of pages


def test_labels_are_weighed_alike_where_there_are_enough() -> None:
    many = [labels.Pair("paragraph", "paragraph")] * 30
    many += [labels.Pair("nav", "ad"), labels.Pair("nav", "nav")] * 10
    few = [labels.Pair("quote", "paragraph")] * (labels.LEAST_BLOCKS - 1)
    assert labels.agreement_by_label(many + few) == {"nav": 0.5, "paragraph": 1.0}


def test_the_text_of_a_page_counts_by_its_characters() -> None:
    kept, lost = labels.Pair("paragraph", "quote", 300), labels.Pair("paragraph", "related", 100)
    added, menu = labels.Pair("nav", "list_item", 100), labels.Pair("nav", "nav", 5000)
    assert labels.text_f1([kept, lost, added, menu]) == 0.75
    assert labels.text_f1([menu]) == 1.0


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("ok", None, False), ("partial", "paywall: cut", False), ("partial", "forum: a thread", True),
        ("rejected", "index: a list", True), ("rejected", "no_article", True),
    ],
)  # fmt: skip
def test_a_page_is_called_no_article_by_its_status_and_reason(
    status: Literal["ok", "partial", "rejected"], reason: str | None, *, expected: bool
) -> None:
    record = structs.replace(clean(""), status=status, reason=reason)
    assert page_types.is_no_article(record) is expected


def test_figures_of_page_types_leave_the_debatable_out() -> None:
    def outcome(kind: str, *, is_other: bool) -> measures.Outcome:
        case = sets.Case(id="a", file=Path(), truth="", page_type=kind)
        return page_types.outcome(case, is_other=is_other, found="")

    ok = [outcome(kind, is_other=False) for kind in ("listing", "service", "article")]
    others = [outcome(kind, is_other=True) for kind in ("product", "article")]
    assert [len(one.wrong) for one in (*ok, *others)] == [1, 0, 0, 0, 1]
    figures = measures.add_up([*ok, *others])["page_types"]
    assert (figures[""]["recognised"], figures[""]["articles"]) == ((1, 2), (1, 2))
    assert figures["service"] == {"called no article": (0, 1)}


def test_a_figure_below_its_floor_or_missing_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    floors = measures.floors_of("page_types")
    assert all(0 < floor <= 1 for floor in floors.values())
    least = {name: (floor, 1.0) for name, floor in floors.items()}
    assert not measures.is_below_floor("page_types", least)
    assert measures.is_below_floor("page_types", {**least, "recognised": (0, 3)})
    assert measures.is_below_floor("page_types", {"articles": (1, 1)})
    assert "recognised: 0.0000 (0 of 3), floor" in capsys.readouterr().out


def test_the_commands_of_the_readmes_figures_take_what_they_are_given() -> None:
    for command, arguments in readme.COMMANDS:
        command.make_context("command", list(arguments))
