"""The check of articles read line by line: that it passes on what is right, and fails on each kind of fault.
On an article composed here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from benchmarks import gold
from copydesk import Page, explain
from copydesk.cleaners.types import Label

ROOT = Path(__file__).resolve().parents[2]

TRAM = (ROOT / "seeds" / "pages" / "en-text-glued-table.txt").read_text("utf-8")
LINES = TRAM.rstrip("\n").split("\n")


def numbers(*starts: str) -> list[int]:
    """The numbers of the lines that start so."""
    return [number for number, line in enumerate(LINES, start=1) if line.startswith(starts)]


def right_answers() -> dict[str, Any]:
    """A reader's answers about the sample page."""
    kinds = {
        "heading": numbers("A line built", "The repair is", "What other cities"),
        "table_row": numbers("What the planners e", "Riders", "First departure", "Seconds at", "Cars on"),
        "paragraph": numbers(
            "The city",
            "The planners",
            "Twenty",
            "The operator",
            "He does not",
            "Three smaller",
            "Whether the",
        ),
    }
    others = ["Oslo Tram", "Related", "Night Buses", "The last night", "Cargo", "Counting", "A Short", "It took"]  # fmt: skip
    removed = [
        ("title", numbers("Why the Veldt")), ("related", numbers(*others)), ("ad", numbers("- Adv")),
        ("caption", numbers("Veldt tram")), ("newsletter", numbers("Subscribe")),
        ("byline", [number for number, line in enumerate(LINES, start=1) if line == "Imke Tollander"]), ("author_bio", numbers("Imke Tollander writes")),
        ("comment_form", numbers("Leave", "Your email", "Post")),
    ]  # fmt: skip
    nothing = {"wire": None, "original_publisher": None, "original_url": None}
    return {
        "title": LINES[0], "language": "en", "authors": ["Imke Tollander"], "publisher": None, "published": None,
        "title_lines": [1], "body_lines": sorted(chain.from_iterable(kinds.values())), "body_kinds": kinds,
        "removed": [{"label": label, "lines": lines} for label, lines in removed],
        "captions": [{"text": "Veldt tram at dawn"}],
        "provenance": {
            "digital_source_type": None, "ai": [], "derived_from": [], "syndication": nothing, "sponsored": None,
            "press_release": False, "machine_translated": False, "licence": None, "usage": {"ai_training": None, "tdm_reserved": None},
        },
    }  # fmt: skip


def faults(folder: Path, wanted: dict[str, Any], text: str = TRAM) -> list[str]:
    (folder / "gold").mkdir()
    (folder / "gold" / "tram.txt").write_text(text, "utf-8")
    (folder / "gold" / "tram.json").write_text(json.dumps(wanted), "utf-8")
    (article,) = gold.MEASURE.cases(folder, None)
    (outcome,) = gold.MEASURE.outcomes(article)
    good, of = outcome.shares["right"]
    assert of - good == len(outcome.wrong)
    return list(outcome.wrong)


def test_an_article_that_agrees_with_its_reader_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, right_answers()) == []


USE = {"role": "generated", "medium": "text", "vendor": None, "model": None, "lines": [3]}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda wanted: wanted.update(authors=[]), "authors: expected [], found ['Imke Tollander']"),
        (lambda wanted: wanted.update(title="Another"), "title: expected 'Another'"),
        (lambda wanted: wanted["removed"][2].update(label="nav"), f"line {LINES.index('- Advertisement -') + 1}: expected nav, found ad"),
        (lambda wanted: wanted["removed"].pop(), f"line {len(LINES)}: expected a label in the gold, found comment_form"),
        (lambda wanted: wanted["body_lines"].pop(), "lines of text: expected 14, found 15"),
        (lambda wanted: wanted["body_kinds"].update(list_item=[3]), "line 3: expected list_item, found paragraph"),
        (lambda wanted: wanted["provenance"].update(ai=[USE]), "evidence of ai from line 3: expected True, found False"),
        (lambda wanted: wanted["provenance"].update(sponsored=True), "sponsored: expected True, found None"),
    ],
)  # fmt: skip
def test_each_kind_of_fault_is_reported_in_a_line_and_fails(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], fault: str
) -> None:
    wanted = right_answers()
    change(wanted)
    found = faults(tmp_path, wanted)
    assert any(line.startswith(f"tram.txt, {fault}") for line in found), found


def test_a_heading_among_paragraphs_is_a_heading() -> None:
    """Below an opening of one sentence, it looks like a byline."""
    opening = LINES[2].split(". ")[0] + "."
    page = "\n".join([*LINES[:2], opening, *LINES[3:6], "A Plan Nobody Wanted", "", *LINES[6:]])
    labels = {item.block.text: item.verdicts for item in explain(Page(body=page, media="text")).labelled}
    assert labels["A Plan Nobody Wanted"][-1].label is Label.HEADING
