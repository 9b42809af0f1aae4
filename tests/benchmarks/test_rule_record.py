"""The record of rules: what counts for and against one, and the data file that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import tomli

from benchmarks.rule_record import PageRecord, figures_as_toml, gains, overruled, records_of, truths_of
from benchmarks.sets import Case, GoldBlock
from copydesk.cleaners.types import Block, Kind, Label, Labelled, Verdict
from copydesk.flows.commands.rules import Figures, Pages, Sides


def judged(text: str, first: Label, *later: tuple[Label, str]) -> Labelled:
    """A block with the learned verdict and those of rules."""
    overruling = (Verdict(label, rule, "evidence") for label, rule in later)
    learned = Verdict(first, "learned.keep", "0.90 for keeping")
    return Labelled(Block(0, Kind.PARAGRAPH, text), (learned, *overruling))


@pytest.mark.parametrize(
    ("first", "last", "truth", "change", "is_right"),
    [
        (Label.PARAGRAPH, Label.NAV, "nav", "removed", True), (Label.PARAGRAPH, Label.NAV, "ad", "removed", True),
        (Label.PARAGRAPH, Label.NAV, "heading", "removed", False),
        (Label.PARAGRAPH, Label.NAV, True, "removed", False), (Label.AD, Label.PARAGRAPH, False, "kept", False),
        (Label.AD, Label.NAV, "nav", "named", True), (Label.AD, Label.NAV, "ad", "named", False),
        (Label.PARAGRAPH, Label.HEADING, "heading", "named", True),
    ],
)  # fmt: skip
def test_a_rule_helps_where_the_truth_is_on_its_side(
    first: Label, last: Label, truth: str | bool, change: str, *, is_right: bool
) -> None:
    [found] = overruled("page", judged("two words", first, (last, "wording.nav")), truth)
    assert (found.rule, found.change, found.is_right) == ("wording.nav", change, is_right)


def test_labels_that_neither_gives_are_not_recorded() -> None:
    for truth in ("related", False):
        assert list(overruled("page", judged("two words", Label.AD, (Label.NAV, "wording.nav")), truth)) == []


def test_each_rule_is_held_against_the_verdict_before_it() -> None:
    later = (Label.PARAGRAPH, "worded.own"), (Label.DUPLICATE, "neighbours.duplicate")
    changes = overruled("page", judged("two words", Label.AD, *later), "ad")
    found = [(change.rule, change.change, change.is_right) for change in changes]
    assert found == [("worded.own", "kept", False), ("neighbours.duplicate", "removed", True)]


def test_a_true_text_does_not_decide_on_copies_titles_and_wordless_lines() -> None:
    case = Case(id="a", file=Path(), truth="No ferry\nThe ferry is late.\nIt came.", title="No ferry")
    texts = ["No ferry", "The ferry is late.", "Sign up today", "The ferry is late.", "\u200d", "Sign up today"]  # fmt: skip
    labelled = [judged(text, Label.PARAGRAPH) for text in texts]
    assert list(truths_of(case, labelled)) == [None, True, False, None, None, False]
    read = Case(id="a", file=Path(), truth="", blocks=(GoldBlock("ad", "Sign up today"),))
    assert list(truths_of(read, labelled)) == [None, None, Label.AD, None, None, Label.AD]


def words_right(text: str) -> float:
    """A score that likes long words only."""
    return float(sum(len(word) > 4 for word in text.split()) - text.count("bad"))


def test_what_a_rule_is_worth_is_the_score_with_it_less_that_without() -> None:
    page = [
        judged("ferry bad", Label.PARAGRAPH, (Label.AD, "one.takes")),
        judged("harbour", Label.AD, (Label.PARAGRAPH, "two.keeps"), (Label.DUPLICATE, "one.takes")),
        judged("island", Label.PARAGRAPH, (Label.HEADING, "three.names")),
    ]
    # without the one that takes, three words and a bad one more are in the text; without the other nothing is
    assert gains(page, words_right) == {"one.takes": 1 - 2}
    assert gains(page[:1], words_right) == {"one.takes": 0}


def measured() -> Sequence[PageRecord]:
    kept = judged("two words", Label.AD, (Label.PARAGRAPH, "worded.own"))
    taken = judged("three more words", Label.PARAGRAPH, (Label.NAV, "wording.nav"))
    one = (*overruled("one", kept, "paragraph"), *overruled("one", taken, "nav"))
    two = (*overruled("two", taken, "paragraph"), *overruled("two", taken, "heading"))
    return PageRecord(one, {"worded.own": 0.25}), PageRecord(two, {"wording.nav": -0.5, "worded.own": -0.125})


def test_the_record_of_a_rule_counts_blocks_words_and_pages() -> None:
    own, phrase = records_of(measured()).values()
    assert own.cells == ("0", "0", "1", "0", "0", "0", "0", "1", "1", "+0.125")
    assert phrase.cells == ("1", "2", "0", "0", "0", "0", "6", "0", "1", "-0.500")


def test_the_data_file_is_what_the_command_reads() -> None:
    known = ["wording.nav", "worded.own", "shape.dateline"]
    text = figures_as_toml(records_of(measured()), {"blocks": 2, "wcxb": 1}, known)
    figures = msgspec.convert(tomli.loads(text), Figures)
    assert figures.pages == {"blocks": 2, "wcxb": 1}
    assert figures.never_met == ("shape.dateline",)
    assert figures.rules["wording.nav"].removed == Sides(1, 2, 3, 6)
    assert figures.rules["wording.nav"].kept is None
    assert figures.rules["worded.own"].pages == Pages(1, 1, 0.125)
