"""What recurs on a site leaves the texts of its pages, in one run, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from stores import lines

from copydesk.cleaners.record.records import content_hash
from copydesk.cleaners.record.render import check, restore
from copydesk.cleaners.schema import Record
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.run.batches import ingest_plainly

pytestmark = pytest.mark.slow  # fifty pages are cleaned, several times

PAGES = 50
BOXES = (
    "The Harbour Kiosk has the whole paper, the crossword and six letters from readers, every morning at five.",
    "You want to know what the council decides? Our evening letter has it before the doors are closed.",
    "Our reporters answer to nobody but their readers. With five euros a month you keep it so.",
)
CHANGED = {
    "text",
    "markdown",
    "removed",
    "content_hash",
    "processing",
    "duplicate_of",
    "duplicate_similarity",
}
SERIES = "In this series we walk along the river and ask who lives at its banks and what they live on."
VILLAGES = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Gorse", "Hazel", "Ivy", "Juniper", "Larch")
TRADES = ("ferrymen", "weavers", "millers", "coopers", "beekeepers")


def paragraphs(number: int) -> list[str]:
    village, trade = VILLAGES[number % 10], TRADES[number // 10]
    meeting = (
        f"At the meeting in {village} Bend on Monday nobody of the {trade} could say who is to pay for the timber, "
        f"which has become a third dearer within {number + 2} months, as the mayor told those who had come."
    )
    expected = (
        f"A vote is expected in {number + 3} weeks, and until then the {trade} of {village} will go on as they have "
        "for a hundred years: with ropes, patience and a good eye for the weather."
    )
    request = f"The {trade} of {village} Bend have asked the council for a new landing stage before the spring floods."
    return [request, meeting, expected]


def page(number: int) -> dict[str, str]:
    one, two, three = paragraphs(number)
    standfirst = [SERIES] if number % 10 == 4 else []
    body = [*standfirst, one, BOXES[0], "What happened at the landing", two, BOXES[1], three, BOXES[2]]
    marked = "".join(
        f"<h2>{text}</h2>" if text.startswith("What happened") else f"<p>{text}</p>" for text in body
    )
    village, trade = VILLAGES[number % 10], TRADES[number // 10]
    headline = f"{trade.title()} of {village} Bend ask for a landing stage"
    html = f"<html><head><title>{headline}</title></head><body><article><h1>{headline}</h1>{marked}</article></body></html>"
    return {"url": f"https://news.example.org/{number}", "html": html}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("site") / "pages.jsonl"
    file.write_text("".join(json.dumps(page(number)) + "\n" for number in range(PAGES)))
    return file


def read(output: Path) -> list[Record]:
    return [msgspec.json.decode(line, type=Record) for line in lines(StoreLocation(output))]


def ingest(site: Path, output: Path, **options: Any) -> list[Record]:
    ingest_plainly(IngestOptions(sources=(str(site),), output=output, **{"jobs": 1, **options}))
    return read(output)


def comparable(record: Record) -> Record:
    """What depends on its page alone: of these, all much alike, the first to come is the original."""
    made = replace(record.processing, duration_ms=None)
    return replace(record, processing=made, duplicate_of=None, duplicate_similarity=None)


@pytest.fixture(scope="module")
def kept(site: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    return ingest(site, tmp_path_factory.mktemp("kept"), recurring=False)


@pytest.fixture(scope="module")
def without(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of a run in which what recurs leaves the texts."""
    output = tmp_path_factory.mktemp("without")
    ingest(site, output)
    return output


def test_three_boxes_are_removed_from_fifty_pages(kept: list[Record], without: Path) -> None:
    found = read(without)
    assert all(box in record.text for record in kept for box in BOXES)
    for before, after in zip(kept, found, strict=True):
        assert after.text.split("\n\n") == [part for part in before.text.split("\n\n") if part not in BOXES]
        left = [part for part in before.markdown.split("\n\n") if part not in BOXES]
        assert after.markdown.split("\n\n") == left
        moved = [removed for removed in after.removed if removed.label == "recurring"]
        assert [removed.text for removed in moved] == list(BOXES)
        assert {removed.evidence for removed in moved} == {"on 50 of 50 pages of example.org"}
        assert len(after.removed) == len(before.removed) + len(BOXES)
        check(after, restore(before))
        assert after.content_hash == content_hash(after.text)
        changed = {name for name in Record.__struct_fields__ if getattr(before, name) != getattr(after, name)}
        assert changed <= CHANGED
    # a series' standfirst is on five pages, the heading on all
    assert sum(SERIES in record.text for record in found) == 5
    assert all("## What happened at the landing" in record.markdown for record in found)


def test_neither_a_second_run_nor_order_and_workers_change_anything_and_removals_are_counted(
    site: Path, without: Path, tmp_path: Path
) -> None:
    found, before = read(without), (without / "records.jsonl").read_bytes()
    ingest(site, without)
    assert (without / "records.jsonl").read_bytes() == before
    rows = site.read_text().splitlines(keepends=True)
    rows.reverse()
    shuffled = tmp_path / "pages.jsonl"
    shuffled.write_text("".join(rows))
    others = {record.id: record for record in ingest(shuffled, tmp_path / "other", jobs=2, removed="counts")}
    for one in found:
        other = others.pop(one.id)
        expected = [("recurring", f"blocks: 3, chars: {sum(map(len, BOXES))}")]
        assert [(cut.label, cut.evidence) for cut in other.removed if cut.label == "recurring"] == expected
        assert [cut.label for cut in other.removed] == sorted(cut.label for cut in other.removed)
        # the record has its place in its source
        same = replace(comparable(other), source=one.source, removed=one.removed)
        assert replace(comparable(one), processing=same.processing) == same
    assert others == {}


def test_removals_may_be_left_out(site: Path, tmp_path: Path) -> None:
    some = tmp_path / "pages.jsonl"
    some.write_text("".join(site.read_text().splitlines(keepends=True)[:12]))
    for record in ingest(some, tmp_path, removed="none"):
        assert not any(box in record.text for box in BOXES)
        assert record.removed == ()
