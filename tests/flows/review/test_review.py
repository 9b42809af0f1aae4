"""``copydesk review`` without a browser: what is counted and listed, what is refused, and that no letter is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import ARTICLE
from msgspec.structs import replace

from copydesk import Options, Page, clean, clean_page, restore
from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Override, Source
from copydesk.flows.commands.cli import cli
from copydesk.flows.review.counts import Counts, timeline
from copydesk.flows.review.cut_page import cut_page

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "pages"
COPYRIGHT = "Copyright 2026 Example Courier. All rights reserved."


@pytest.fixture(autouse=True)
def _begun(empty_folder: Path) -> None:
    """Each test runs in a folder of its own."""


def review(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["review", *arguments])


def store(*records: Record) -> None:
    Path("output").mkdir(exist_ok=True)
    Path("output/records.jsonl").write_bytes(b"".join(map(encode, records)))


def embedded(name: str) -> Any:
    html = Path("output/review.html").read_text("utf-8")
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize(
    "name", ["en-html-newspaper.html", "en-text-glued-table.txt", "es-html-faq.html", "de-html-live.html"]
)
def test_blocks_give_back_the_page_in_its_order(name: str) -> None:
    record = clean((SEEDS / name).read_bytes())
    blocks = cut_page(record)["blocks"]
    assert letters("".join(block["text"] for block in blocks)) == letters(restore(record))
    removed = [block["text"] for block in blocks if "label" in block]
    assert removed == [block.text for block in record.removed]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["en-text-glued-table.txt", "es-html-faq.html", "fr-html-paywall.html"])
def test_every_block_that_is_shown_can_be_contested(name: str) -> None:
    body = (SEEDS / name).read_bytes()
    blocks = cut_page(clean(body))["blocks"]
    for block in blocks:
        override = Override(block["text"], "keep" if "label" in block else "remove")
        (applied,) = clean_page(Page(body, overrides=(override,))).processing.overrides
        assert applied.blocks, block["text"]


def test_manual_decisions_are_shown_and_masks_are_not_contested() -> None:
    kept = clean_page(Page(ARTICLE, overrides=(Override(COPYRIGHT, "keep", note="ours"),)))
    assert [block["person"] for block in cut_page(kept)["blocks"] if "person" in block] == ["ours"]
    page = ARTICLE.replace("All rights", "Write to bells@courier.org. All rights")
    masked = clean_page(Page(page), Options(mask=("email",)))
    fixed = [block["text"] for block in cut_page(masked)["blocks"] if "fixed" in block]
    assert fixed == [COPYRIGHT.replace("All rights", "Write to [email]. All rights")]


def test_all_are_counted_and_the_newest_are_listed() -> None:
    record = clean(ARTICLE)
    times = ["2026-11-20T08:00:00Z", "2026-11-22T08:00:00Z", "2026-11-21T08:00:00Z", "2026-11-20T09:00:00Z"]
    titled = {f"Clock {number}": time for number, time in enumerate(times)}
    records = [replace(record, id=title, title=title, fetched_at=time) for title, time in titled.items()]
    past = replace(record, title="Past", next="0")
    store(*records, past)
    assert review("--most", "2").stderr == "2 of 4 records in output/review.html\n"
    assert [row["title"] for row in embedded("data")["rows"]] == ["Clock 1", "Clock 2"]
    html = Path("output/review.html").read_text("utf-8")
    assert "1 past version of a page is not counted." in html
    assert "the list below holds the 2 newest" in html
    counts = Counts()
    for listed in records:
        counts.add(listed)
    drawn = timeline(counts)
    assert drawn
    found = {column.name: column.count for column in drawn.columns}
    assert list(found.items()) == [("2026-11-20", 2), ("2026-11-21", 1), ("2026-11-22", 1)]


@pytest.mark.slow
def test_pages_without_a_time_are_listed_by_their_day_and_files_of_no_folder_are_one_source() -> None:
    days = ["2026-03-02", "2026-03-14", "2026-01-05"]
    made = [clean_page(Page(ARTICLE, source=Source("file", f"{day}.html"))) for day in days]
    records = [replace(one, id=day, date_published=day) for one, day in zip(made, days, strict=True)]
    store(*records)
    assert review().stderr == "3 records in output/review.html\n"
    assert [row["day"] for row in embedded("data")["rows"]] == sorted(days, reverse=True)
    html = Path("output/review.html").read_text("utf-8")
    sources = html[html.index("sources-title") :].partition("</table>")[0]
    assert "(no folder)" in sources
    assert ".html" not in sources
    store(records[0])
    assert review().stderr == "1 record in output/review.html\n"


def test_a_review_is_written_again_and_nothing_else_is() -> None:
    store(clean(ARTICLE))
    assert review().exit_code == review().exit_code == 0
    Path("mine.html").write_text("<p>mine", "utf-8")
    refused = review("--to", "mine.html")
    assert refused.exit_code == 2
    assert "mine.html: is there already, and no review; name another file" in refused.stderr
    assert Path("mine.html").read_text("utf-8") == "<p>mine"
    assert review("--to", "new.html").exit_code == 0


def test_without_a_store_or_with_decisions_at_fault_one_line_says_so() -> None:
    missing = review("--output", "nowhere")
    assert (missing.exit_code, missing.stderr.count("\n")) == (2, 1)
    store(clean(ARTICLE))
    Path("copydesk.overrides.toml").write_text("[[override]]\n", "utf-8")
    wrong = review()
    assert wrong.exit_code == 2
    assert (
        wrong.stderr
        == "Error: copydesk.overrides.toml:1: override 1: page is missing; required: page, text, decision\n"
    )
    assert not Path("output/review.html").exists()
