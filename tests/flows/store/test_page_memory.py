"""A page on the disk is cleaned once, while it and the rules stay what they are; and no note makes a page vanish."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from prefect_runs import ARTICLE, BROKEN_LINE, records
from pyarrow import parquet
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import Ingestion, IngestResult, ingest_plainly
from copydesk.flows.store import page_memory

pytestmark = pytest.mark.slow

Make = Callable[[Path, Sequence[str]], None]
_opened: list[str] = []


def _note_opened(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str):
        _opened.append(arguments[0])


sys.addaudithook(_note_opened)  # what a process opens, the interpreter tells; it stays for the process


@pytest.fixture(autouse=True)
def _times_tell_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each file had been written long before it is looked at."""
    monkeypatch.setattr(page_memory, "GRANULARITY_NS", 0)


def article(number: int, more: str = "") -> str:
    return ARTICLE.format(number=number).replace("Tickets", f"{more} Tickets")


def ingest(*sources: Path, output: Path, **options: Any) -> IngestResult:
    return ingest_plainly(IngestOptions(sources=tuple(map(str, sources)), output=output, jobs=1, **options))


def texts(output: Path) -> list[str]:
    """Those of the newest records."""
    return sorted(record["text"] for record in records(output) if record["next"] is None)


def folder(place: Path, pages: Sequence[str]) -> None:
    place.mkdir(exist_ok=True)
    for number, page in enumerate(pages):
        (place / f"{number}.html").write_text(page)


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
    """The files below a folder that were opened."""
    return [one for one in _opened if one.startswith(f"{place}/") and Path(one).is_file()]


def test_what_is_unchanged_is_neither_cleaned_nor_opened(tmp_path: Path) -> None:
    (place := tmp_path / "in").mkdir()
    places, output = write_all(place, pages=3), tmp_path / "out"
    assert ingest(*places, output=output).ok == 15
    before = (output / "records.jsonl").read_bytes()
    _opened.clear()
    again = ingest(*places, output=output)
    assert again.records == 0
    assert "15 pages unchanged since the last run, not cleaned again" in again.summary
    assert (output / "records.jsonl").read_bytes() == before
    assert opened_in(place) == []
    # cleaned again where that is asked for; what is there does not become more
    assert ingest(*places, output=output, again=True).records == 15
    assert len(records(output)) == 15


def test_of_what_has_changed_the_changed_pages_alone_are_cleaned(tmp_path: Path) -> None:
    places, output = write_all(tmp_path, pages=3), tmp_path / "out"
    ingest(*places, output=output)
    write_all(tmp_path, pages=3, changed=1)
    told = ingest(*places, output=output)
    assert (told.records, "10 pages unchanged" in told.summary) == (5, True)
    assert sum("Since Friday" in text for text in texts(output)) == 5
    assert ingest(*places, output=output).records == 0


def test_a_run_that_was_cut_short_goes_on_where_it_was(tmp_path: Path) -> None:
    places, output = write_all(tmp_path, pages=3), tmp_path / "out"
    assert [ingest(*places, output=output, limit=limit).records for limit in (4, 7, None, None)] == [
        4,
        7,
        4,
        0,
    ]
    assert len(set(texts(output))) == len(records(output)) == 15


KILLED = """
import os, signal, sys
from pathlib import Path
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import Ingestion

if __name__ == "__main__":
    with Ingestion(IngestOptions(sources=(*sys.argv[2:],), output=Path(sys.argv[1]), jobs=1)) as run:
        run.clean_batch(6)
        run.clean_batch(1)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_is_finished_and_each_page_is_there_once(tmp_path: Path) -> None:
    places, output = write_all(tmp_path, pages=3), tmp_path / "out"
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    ended = subprocess.run([sys.executable, str(script), str(output), *map(str, places)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert ingest(*places, output=output).records == 8
    assert len(set(texts(output))) == len(records(output)) == 15


def test_a_file_that_was_touched_is_read_and_one_that_was_changed_is_cleaned(tmp_path: Path) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    folder(place, [article(n) for n in range(3)])
    ingest(place, output=output)
    changed = place / "1.html"
    before = changed.stat()
    # as many bytes, and the times put back: what else the system notes of a file tells
    changed.write_text(changed.read_text().replace("harbour", "highway"))
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    (place / "2.html").touch()
    _opened.clear()
    told = ingest(place, output=output)
    assert (told.records, "2 pages unchanged" in told.summary) == (1, True)
    assert sorted(Path(one).name for one in opened_in(place)) == [
        "1.html",
        "2.html",
    ]
    _opened.clear()
    assert ingest(place, output=output).records == 0
    assert opened_in(place) == []


def test_a_file_as_young_as_its_times_can_tell_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    folder(place, [article(0)])
    monkeypatch.setattr(page_memory, "GRANULARITY_NS", 3_600_000_000_000)
    ingest(place, output=output)
    _opened.clear()
    assert ingest(place, output=output).records == 0
    assert str(place / "0.html") in _opened


def test_other_options_clean_everything_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    folder(place, [article(n) for n in range(3)])
    assert ingest(place, output=output).records == 3
    assert ingest(place, output=output, removed="none").records == 3
    assert not any(record["removed"] for record in records(output))
    assert ingest(place, output=output, removed="none").records == 0
    monkeypatch.chdir(tmp_path)
    rule = '[[rule]]\nname = "tickets"\nlabel = "ad"\nreason = "fares"\nstart = ["tickets cost"]\n'
    (tmp_path / "copydesk.toml").write_text(rule)
    assert ingest(place, output=output, removed="none").records == 3
    assert not any("Tickets cost" in text for text in texts(output))


def as_if_by_other_rules(output: Path) -> None:
    store = output / "records.jsonl"
    found = records(output)
    for record in found:
        record["processing"]["rules"] = "0" * 16
    store.write_text("".join(json.dumps(record) + "\n" for record in found))


def test_a_past_version_is_no_record_of_its_page(tmp_path: Path) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    folder(place, [article(0)])
    ingest(place, output=output)
    (record,) = records(output)
    (output / "records.jsonl").write_text(json.dumps(record | {"next": "blake2b:" + "0" * 32}) + "\n")
    assert ingest(place, output=output).records == 1


def test_records_by_other_rules_are_made_again_and_counted(tmp_path: Path) -> None:
    one, other, output = tmp_path / "one", tmp_path / "other", tmp_path / "out"
    folder(one, [article(n) for n in range(3)])
    folder(other, [article(n) for n in range(7)])
    ingest(one, other, output=output)
    as_if_by_other_rules(output)
    told = ingest(one, output=output)
    assert told.records == 3
    assert "4 stored records were made of pages on the disk by other rules" in told.summary
    assert "other rules" not in ingest(other, output=output).summary


@pytest.mark.parametrize("sink", ["jsonl", "sqlite", "parquet"])
def test_what_left_the_store_comes_back(sink: str, tmp_path: Path) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    folder(place, [article(n) for n in range(3)])
    ingest(place, output=output, sink=sink)
    assert ingest(place, output=output, sink=sink).records == 0
    for file in output.glob("records*"):
        file.unlink()
    assert ingest(place, output=output, sink=sink).records == 3


def test_what_was_taken_out_of_the_store_by_hand_comes_back(tmp_path: Path) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    folder(place, [article(n) for n in range(3)])
    ingest(place, output=output)
    store = output / "records.jsonl"
    store.write_bytes(b"".join(store.read_bytes().splitlines(keepends=True)[1:]))
    assert ingest(place, output=output).records == 1
    assert len(records(output)) == 3


def test_another_store_in_the_folder_knows_nothing_yet(tmp_path: Path) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    folder(place, [article(n) for n in range(3)])
    ingest(place, output=output)
    assert ingest(place, output=output, sink="sqlite").records == 3
    assert ingest(place, output=output).records == 0


def test_folders_with_files_of_the_same_names_do_not_hide_each_other(tmp_path: Path) -> None:
    one, other, output = tmp_path / "one", tmp_path / "other", tmp_path / "out"
    folder(one, [article(n) for n in range(3)])
    folder(other, [article(n) for n in range(5, 8)])
    assert ingest(one, other, output=output).records == 6
    assert ingest(one, other, output=output).records == 0
    assert ingest(other, one, output=output).records == 0
    assert len(records(output)) == 6


CANONICAL = '<link rel="canonical" href="https://example.org/ferry">'


@pytest.mark.parametrize("is_alike", [True, False], ids=["the same twice", "two"])
def test_files_of_the_same_name_and_headline_are_each_remembered_and_keep_their_records(
    is_alike: bool, tmp_path: Path
) -> None:
    """Whichever of them changes, alone, takes nothing from the other; be it in the store or in the quarantine."""
    for gate in ("", "[gate]\nleast_words = 10_000\n"):
        words = {"one": "First.", "other": "First." if is_alike else "Second."}
        place = tmp_path / ("gated" if gate else "open")
        output, both = place / "out", tuple(place / name for name in words)
        place.mkdir()
        for name, more in words.items():
            folder(place / name, [article(1, more).replace("<title>", f"{CANONICAL}<title>")])

        def run(both: Sequence[Path] = both, output: Path = output, place: Path = place) -> IngestResult:
            with chdir(place):
                return ingest(*both, output=output)

        (place / "copydesk.toml").write_text(gate)
        assert (run().pages, run().pages) == (2, 0)
        for name, more in (("other", "Third."), ("one", "Fourth.")):
            page = place / name / "0.html"
            page.write_text(page.read_text().replace(words[name], more))
            words[name] = more
            assert (run().pages, run().pages) == (1, 0)
            found = written(output / ("quarantine.jsonl" if gate else "records.jsonl"))
            assert all(any(said in text for text in found) for said in words.values())


def test_of_files_of_one_name_and_headline_one_waits_and_each_is_replaced_where_it_lies(
    tmp_path: Path,
) -> None:
    (tmp_path / "copydesk.toml").write_text("[gate]\nleast_words = 200\n")
    output, words = tmp_path / "out", {"long": "The bell is cast again. " * 40, "short": ""}
    both = tuple(tmp_path / name for name in words)
    for changed, said in ((None, "First."), ("long", "Second."), ("short", "Third.")):
        for name, more in words.items():
            if changed in (None, name):
                folder(tmp_path / name, [article(1, more + said)])
        with chdir(tmp_path):
            assert ingest(*both, output=output).pages == (1 if changed else 2)
    for file, said in (("records.jsonl", "Second."), ("quarantine.jsonl", "Third.")):
        (text,) = written(output / file)
        assert said in text


def test_a_file_that_is_met_batches_behind_one_of_its_name_and_headline_keeps_its_record(
    tmp_path: Path,
) -> None:
    (pages := tmp_path / "pages").mkdir()
    output = tmp_path / "out"
    options = IngestOptions(sources=(str(pages),), output=output, jobs=1)

    def write(name: str, html: Sequence[str]) -> None:
        # by their ids these are called in all files, and so is the ferry of both
        rows = [json.dumps({"id": f"page-{number}", "html": page}) for number, page in enumerate(html)]
        (pages / name).write_text("\n".join(rows))

    def run() -> int:
        with Ingestion(options) as ingestion:
            while not ingestion.is_done:
                ingestion.clean_batch(1)
            return ingestion.result().records

    write("later.jsonl", [article(1, "Second.")])
    assert run() == 1
    write("earlier.jsonl", [article(1, "First."), *(article(number) for number in range(2, 40))])
    run()
    assert sum(any(f"{said}." in text for text in texts(output)) for said in ("First", "Second")) == 2
    assert (run(), len(texts(output))) == (0, 40)


def written(file: Path) -> list[str]:
    """The texts of all records in a file that are the newest of their pages."""
    lines = map(json.loads, file.read_text("utf-8").splitlines())
    return [line["text"] for line in lines if line["next"] is None]


def test_a_page_that_shares_a_record_gets_its_own_when_the_other_changes(tmp_path: Path) -> None:
    output, pages = tmp_path / "out", tmp_path / "pages"
    folder(pages, [article(1, "First.").replace("<title>", f"{CANONICAL}<title>")] * 2)
    assert ingest(pages, output=output).records == 1
    for name in ("0.html", "1.html"):
        (pages / name).write_text((pages / name).read_text().replace("First.", f"Now {name[0]}."))
        ingest(pages, output=output)
        assert any(f"Now {name[0]}." in text for text in texts(output))
        assert any(("First." if name == "0.html" else "Now 0.") in text for text in texts(output))


def test_a_corrected_file_and_its_way_back(tmp_path: Path) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    old, new = (article(1, more).replace("<title>", f"{CANONICAL}<title>") for more in ("First.", "Then."))
    for page, said in ((old, "First."), (new, "Then."), (old, "First.")):
        folder(place, [page])
        assert ingest(place, output=output).records == 1
        assert [said in text for text in texts(output)] == [True]
        assert ingest(place, output=output).records == 0


def test_what_failed_is_tried_again_and_does_not_count_as_all_there_was(tmp_path: Path) -> None:
    place, output = tmp_path / "a.jsonl", tmp_path / "out"
    lines(place, [article(n) for n in range(30)])
    place.write_text(place.read_text() + BROKEN_LINE + "\n")
    ingest(place, output=output)
    told = ingest(place, output=output, max_failures="10%")
    assert (told.failed, told.ok, told.stopped) == (1, 0, False)
    assert "30 pages unchanged" in told.summary


def test_pages_that_are_no_article_are_not_cleaned_again(tmp_path: Path) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    folder(place, ["", "<html><body><a href=/a>Sport</a> <a href=/b>Weather</a></body></html>"])
    assert ingest(place, output=output).rejected == 2
    assert ingest(place, output=output).records == 0


def test_a_source_of_a_list_with_a_limit_goes_on_behind_what_is_known(tmp_path: Path) -> None:
    folder(tmp_path / "pages", [article(n) for n in range(5)])
    listed = tmp_path / "list.toml"
    listed.write_text('[[source]]\nname = "town"\nkind = "file"\naddress = "pages"\nlimit = 2\n')
    output = tmp_path / "out"
    assert [ingest(listed, output=output).records for _ in range(4)] == [2, 2, 1, 0]
    assert len(records(output)) == 5


def test_a_dry_run_neither_reads_nor_writes_notes(tmp_path: Path) -> None:
    place, output = tmp_path / "pages", tmp_path / "out"
    folder(place, [article(n) for n in range(2)])
    assert ingest(place, output=output, dry_run=True).records == 2
    assert not output.exists()
    ingest(place, output=output)
    assert ingest(place, output=output, dry_run=True).records == 2
