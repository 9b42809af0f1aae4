"""All floors in one pass: every set has its figures, and a page that several have is cleaned once."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import all_floors
from benchmarks.cleaning import explained
from benchmarks.sets import load

SENTENCES = [
    f"On day {day} the night train was late again by an hour, and nobody minded, for the band in its dining car played on."
    for day in range(20)
]
URL = "https://courier.example/night-train"
TEXT = "\n".join(SENTENCES)
PAGE = f"<article><h1>Night train</h1>{''.join(f'<p>{text}</p>' for text in SENTENCES)}</article>"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two pages, each in two sets; the second one's file is missing."""
    for name in ("wcxb/html", "blocks", "fundus"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "wcxb" / "html" / "1.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (tmp_path / "fundus" / "truth.jsonl").write_text("", "utf-8")
    rows, labelled = [], []
    for name in ("1", "2"):
        page = {"id": name, "url": URL, "page_type": "article"}
        rows.append(page | {"title": "Night train", "author": None, "published": None, "text": TEXT})
        blocks = [{"label": "paragraph", "text": text} for text in SENTENCES]
        file = f"wcxb/html/{name}.html.gz"
        labelled.append(page | {"id": f"b{name}", "file": file, "source": "wcxb", "blocks": blocks})
    (tmp_path / "wcxb" / "truth.jsonl").write_text(lines(rows), "utf-8")
    (tmp_path / "blocks" / "pages.jsonl.gz").write_bytes(gzip.compress(lines(labelled).encode()))
    return tmp_path


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


@pytest.mark.slow
def test_each_check_has_its_figures_and_a_page_that_cannot_be_read_is_a_fault(data: Path) -> None:
    result = CliRunner().invoke(all_floors.main, ["labels", "page_types", "--data", str(data), "--jobs", "1"])
    assert "labels all: 1.0000 (20 of 20), floor" in result.output
    assert "page_types articles: 1.0000 (1 of 1), floor" in result.output
    # there is no page of another type to recognise
    assert "page_types recognised: none, floor" in result.output
    assert (result.exit_code, result.output.count("NOT REACHED")) == (1, 1)
    found = [line[:30] for line in result.output.splitlines() if line.startswith("fault")]
    assert found == ["fault labels b2: FileNotFoundE", "fault page_types 2: FileNotFou"]


def test_a_page_that_two_sets_have_is_cleaned_once(data: Path) -> None:
    first, second = load("wcxb-all", data)[0], load("blocks", data)[0]
    assert first != second
    assert explained(first) is explained(second)
