"""A page on the disk is cleaned once while it, the rules and the options stay the same; and no note loses a page."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from prefect_runs import ARTICLE, BROKEN_LINE, records
from pyarrow import parquet
from sqlalchemy import select, update
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.library import tables
from copydesk.flows.library.library import Library
from copydesk.flows.library.records import page_notes
from copydesk.flows.library.records.record_table import RecordTable
from copydesk.flows.run.batches import Ingestion, IngestResult, ingest_plainly

pytestmark = pytest.mark.slow

PLACE, OUT = Path("pages"), Path("out")
Make = Callable[[Path, Sequence[str]], None]
_opened: list[str] = []


def _note_opened(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str):
        _opened.append(arguments[0])


sys.addaudithook(_note_opened)  # reports every file that is opened; it stays for the process


@pytest.fixture(autouse=True)
def _old_files_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as written long before they are read."""
    monkeypatch.setattr(page_notes, "GRANULARITY_NS", 0)
    monkeypatch.chdir(tmp_path)


def article(number: int, more: str = "") -> str:
    return ARTICLE.format(number=number).replace("Tickets", f"{more} Tickets")


def ingest(*sources: Path, **options: Any) -> IngestResult:
    return ingest_plainly(IngestOptions(sources=tuple(map(str, sources)), output=OUT, jobs=1, **options))


def texts(name: str = "records.jsonl") -> list[str]:
    """Those of the newest records in a file of the output."""
    found = map(json.loads, (OUT / name).read_text("utf-8").splitlines())
    return sorted(record["text"] for record in found if record["next"] is None)


def folder(place: Path, pages: Sequence[str]) -> None:
    place.mkdir(exist_ok=True)
    for number, page in enumerate(pages):
        (place / f"{number}.html").write_text(page)


def articles(place: Path, count: int, *, first: int = 0) -> None:
    """A folder of so many articles."""
    folder(place, [article(number) for number in range(first, first + count)])


def zipped(place: Path, pages: Sequence[str]) -> None:
    with zipfile.ZipFile(place, "w") as archive:
        for number, page in enumerate(pages):
            archive.writestr(f"{number}.html", page)


def lines(place: Path, pages: Sequence[str]) -> None:
    place.write_text("".join(json.dumps({"id": f"{n}", "html": page}) + "\n" for n, page in enumerate(pages)))


def table(place: Path, pages: Sequence[str]) -> None:
    parquet.write_table(pa.table({"id": [str(n) for n in range(len(pages))], "html": list(pages)}), place)


def crawl(place: Path, pages: Sequence[str]) -> None:
    with place.open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        for number, page in enumerate(pages):
            answer = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                f"https://example.org/{number}",
                "response",
                io.BytesIO(page.encode()),
                length=len(page.encode()),
                http_headers=answer,
                # both stand in the record of the page
                warc_headers_dict={
                    "WARC-Date": "2026-11-20T06:00:00Z",
                    "WARC-Record-ID": f"<urn:uuid:{UUID(int=number)}>",
                },
            )
            writer.write_record(record)


KINDS: dict[str, Make] = {
    "pages": folder,
    "a.zip": zipped,
    "a.jsonl": lines,
    "a.parquet": table,
    "a.warc": crawl,
}


def write_all(place: Path, *, pages: int, changed: int | None = None) -> list[Path]:
    """A source of each kind, of so many pages, of which one may have changed."""
    places = [place / name for name in KINDS]
    for at, (one, make) in enumerate(zip(places, KINDS.values(), strict=True)):
        make(one, [article(100 * at + n, "Since Friday" * (n == changed)) for n in range(pages)])
    return places


def opened_in(place: Path) -> list[str]:
    """The files in a folder that were opened, but for those of the output."""
    opened = [Path(name).resolve() for name in _opened]
    return [
        path.name
        for path in opened
        if path.is_relative_to(place.resolve()) and path.is_file() and OUT.resolve() not in path.parents
    ]


def test_of_what_is_read_again_the_changed_pages_alone_are_opened_and_cleaned() -> None:
    places = write_all(Path(), pages=2)
    assert ingest(*places).ok == 10
    before = (OUT / "records.jsonl").read_bytes()
    _opened.clear()
    again = ingest(*places)
    assert again.records == 0
    assert "10 pages unchanged since the last run, not cleaned again" in again.summary
    assert (OUT / "records.jsonl").read_bytes() == before
    assert opened_in(Path()) == []
    # cleaned again on request; what is there does not become more
    assert ingest(places[0], again=True).records == 2
    assert len(records(OUT)) == 10
    write_all(Path(), pages=2, changed=1)
    result = ingest(*places)
    assert (result.records, "5 pages unchanged" in result.summary) == (5, True)
    assert sum("Since Friday" in text for text in texts()) == 5
    assert ingest(*places).records == 0


def test_a_run_that_was_cut_short_goes_on_where_it_was() -> None:
    places = write_all(Path(), pages=2)
    assert [ingest(*places, limit=limit).records for limit in (3, 4, None, None)] == [3, 4, 3, 0]
    assert len(set(texts())) == len(records(OUT)) == 10


def test_a_file_that_was_touched_is_read_and_one_that_was_changed_is_cleaned() -> None:
    articles(PLACE, 3)
    ingest(PLACE)
    changed = PLACE / "1.html"
    before = changed.stat()
    # as many bytes, and the times put back: what else the system notes of a file tells
    changed.write_text(changed.read_text().replace("harbour", "highway"))
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    (PLACE / "2.html").touch()
    _opened.clear()
    result = ingest(PLACE)
    assert (result.records, "2 pages unchanged" in result.summary) == (1, True)
    assert sorted(opened_in(PLACE)) == ["1.html", "2.html"]
    _opened.clear()
    assert ingest(PLACE).records == 0
    assert opened_in(PLACE) == []


def test_a_file_changed_just_now_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    articles(PLACE, 1)
    monkeypatch.setattr(page_notes, "GRANULARITY_NS", 3_600_000_000_000)
    ingest(PLACE)
    _opened.clear()
    assert ingest(PLACE).records == 0
    assert opened_in(PLACE) == ["0.html"]


def test_other_options_clean_everything_again() -> None:
    articles(PLACE, 1)
    rule = '[[rule]]\nname = "tickets"\nlabel = "ad"\nreason = "fares"\nstart = ["tickets cost"]\n'
    assert [ingest(PLACE, removed=removed).records for removed in ("full", "none", "none")] == [1, 1, 0]
    assert not any(record["removed"] for record in records(OUT))
    Path("copydesk.toml").write_text(rule)
    assert ingest(PLACE, removed="none").records == 1
    assert not any("Tickets cost" in text for text in texts())


def test_records_by_other_rules_are_made_again_and_counted() -> None:
    one, other = Path("one"), Path("other")
    articles(one, 1)
    articles(other, 2, first=1)
    ingest(one, other)
    with Library.open(OUT) as library, library.writing() as connection:
        table = RecordTable(connection)
        lines = dict(table.lines(connection.execute(select(tables.record.c.number)).scalars().all()))
        made_by = partial(re.sub, rb'"rules":"[0-9a-f]{16}"', b'"rules":"0000000000000000"')
        table.rewrite(lines, {number: made_by(line) for number, line in lines.items()})
        connection.execute(update(tables.page).values(digest=b"by other rules", stamp=None))
    result = ingest(one)
    assert result.records == 1
    assert "2 stored records were made of pages on the disk by other rules" in result.summary, result.summary
    assert "other rules" not in ingest(other).summary


CANONICAL = '<link rel="canonical" href="https://example.org/ferry">'


@pytest.mark.parametrize(("is_alike", "gate"), [(False, ""), (True, "[gate]\nleast_words = 10_000\n")])
def test_files_of_the_same_name_and_headline_keep_their_records(is_alike: bool, gate: str) -> None:
    """Whichever of them changes, alone, takes nothing from the other."""
    words = {"one": "First.", "other": "First." if is_alike else "Second."}
    both = tuple(map(Path, words))
    for name, more in words.items():
        folder(Path(name), [article(1, more).replace("<title>", f"{CANONICAL}<title>")])
    Path("copydesk.toml").write_text(gate)
    assert (ingest(*both).pages, ingest(*both).pages) == (2, 0)
    for name, more in (("other", "Third."), ("one", "Fourth.")):
        page = Path(name, "0.html")
        page.write_text(page.read_text().replace(words[name], more))
        words[name] = more
        assert (ingest(*both).pages, ingest(*both).pages) == (1, 0)
        found = texts("quarantine.jsonl" if gate else "records.jsonl")
        assert all(any(word in text for text in found) for word in words.values())


@pytest.mark.parametrize("name", ["pages", "a.jsonl"])
def test_a_page_that_was_corrected_in_a_folder_that_was_moved_keeps_its_record(name: str) -> None:
    """It is known by its name: nothing is where it was read."""
    make = KINDS[name]
    PLACE.mkdir()
    make(PLACE / name, [article(number) for number in range(2)])
    ingest(PLACE)
    moved = PLACE.rename("moved")
    make(moved / name, [article(0), article(1, "It is free.")])
    assert (ingest(moved).pages, len(texts())) == (2, 2)
    assert sum("It is free." in text for text in texts()) == 1
    # what is copied is at both places
    shutil.copytree(moved, PLACE)
    make(PLACE / name, [article(0), article(1, "It costs a crown.")])
    assert (ingest(moved, PLACE).pages, len(texts())) == (1, 3)


def test_files_of_the_same_name_in_store_and_quarantine() -> None:
    """Each is replaced where it is."""
    Path("copydesk.toml").write_text("[gate]\nleast_words = 200\n")
    words = {"long": "The bell is cast again. " * 40, "short": ""}
    for changed, word in ((None, "First."), ("long", "Second."), ("short", "Third.")):
        for name, more in words.items():
            if changed in (None, name):
                folder(Path(name), [article(1, more + word)])
        assert ingest(*map(Path, words)).pages == (1 if changed else 2)
    for file, word in (("records.jsonl", "Second."), ("quarantine.jsonl", "Third.")):
        (text,) = texts(file)
        assert word in text


def test_a_file_that_is_read_batches_after_one_of_its_name() -> None:
    PLACE.mkdir()

    def run() -> int:
        with Ingestion(IngestOptions(sources=(str(PLACE),), output=OUT, jobs=1)) as ingestion:
            while not ingestion.is_done:
                ingestion.clean_batch(1)
        return ingestion.result().records

    # the ids are the same in both files, and so is the ferry
    lines(PLACE / "later.jsonl", [article(1, "Second.")])
    assert run() == 1
    lines(PLACE / "earlier.jsonl", [article(1, "First."), *(article(number) for number in range(2, 6))])
    run()
    assert sum(any(f"{word}." in text for text in texts()) for word in ("First", "Second")) == 2
    assert (run(), len(texts())) == (0, 6)


def test_what_failed_is_tried_again_and_does_not_count_as_all_there_was() -> None:
    place = Path("a.jsonl")
    lines(place, [article(n) for n in range(4)])
    place.write_text(place.read_text() + BROKEN_LINE + "\n")
    folder(PLACE, ["<html><body><a href=/a>Sport</a> <a href=/b>Weather</a></body></html>"])
    assert ingest(place, PLACE).rejected == 1
    assert ingest(PLACE).records == 0  # no article, and not cleaned again
    result = ingest(place, max_failures="10%")
    assert (result.failed, result.ok, result.stopped) == (1, 0, False)
    assert "4 pages unchanged" in result.summary


def test_a_source_of_a_list_with_a_limit_goes_on_behind_what_is_known() -> None:
    articles(PLACE, 5)
    listed = Path("list.toml")
    listed.write_text('[[source]]\nname = "town"\nkind = "file"\naddress = "pages"\nlimit = 2\n')
    assert [ingest(listed).records for _ in range(4)] == [2, 2, 1, 0]
    assert len(records(OUT)) == 5


def test_a_source_that_is_added_to_a_run_changes_nothing_for_the_pages_of_others() -> None:
    articles(PLACE, 3)
    articles(Path("more"), 1, first=3)
    assert ingest(PLACE).records == 3
    listed = PLACE / "list.toml"
    more = '[[source]]\nname = "more"\nkind = "folder"\naddress = "../more"\n'
    listed.write_text(more)
    assert ingest(PLACE).records == 1
    listed.write_text(more + 'favor = "recall"\ngate = { least_words = 5 }\n')
    assert ingest(PLACE).records == 1
    listed.unlink()
    assert ingest(PLACE).records == 0


def test_a_dry_run_neither_reads_nor_writes_notes() -> None:
    articles(PLACE, 1)
    assert ingest(PLACE, dry_run=True).records == 1
    assert not OUT.exists()
    ingest(PLACE)
    assert ingest(PLACE, dry_run=True).records == 1
