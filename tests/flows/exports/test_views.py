"""Views: what a run keeps beside its store in other formats, as users and readers meet it."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from full_disk import limited_files
from made_records import full_record
from msgspec.structs import replace
from postgres import Server
from prefect_runs import ARTICLE

from copydesk.cleaners import encode
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError, SinkError
from copydesk.flows.exports.destination import MARK
from copydesk.flows.run.batches import Ingestion, ingest_plainly
from copydesk.flows.run.reporting.summary import IngestResult

RECORDS = [
    replace(full_record(), id=f"{number:032x}", status="ok", url=f"https://desk.example/{number}", next=None)
    for number in range(3)
]


@pytest.fixture(autouse=True)
def folder(empty_folder: Path) -> Path:
    return empty_folder


def write_pages(*numbers: int, changed: int | None = None) -> None:
    texts = {number: f"{number}, new" if number == changed else str(number) for number in numbers}
    htmls = {number: ARTICLE.format(number=text) for number, text in texts.items()}
    pages = ({"url": f"https://ferry.example/{number}", "html": html} for number, html in htmls.items())
    Path("pages.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages))


def ingest(*views: str, **options: Any) -> IngestResult:
    options = {"sources": ("pages.jsonl",), "jobs": 1, "views": views} | options
    return ingest_plainly(IngestOptions(**options))


def stored(*records: Any) -> None:
    """A store that is there, and a source that brings nothing new: what a run does is all for its views."""
    Path("output").mkdir()
    Path("output", "records.jsonl").write_bytes(b"".join(map(encode, records or RECORDS)))
    Path("pages.jsonl").touch()


def files_at(place: Path) -> dict[str, tuple[bytes, int, int]]:
    """All files of a place: what they hold, and what changes when they are written."""
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(place)): (path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns)
        for path in files
    }


def contents(place: str) -> dict[str, bytes]:
    return {name: content for name, (content, _, _) in files_at(Path(place)).items()}


def rows(place: str) -> int:
    with Path(place).open(newline="") as file:
        return len(list(csv.DictReader(file)))


def export(name: str, place: str, *options: str) -> dict[str, bytes]:
    done = CliRunner().invoke(cli, ["export", "--format", name, "-o", place, "--force", *options])
    assert done.exit_code == 0, done.output
    return contents(place)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sink", "names"),
    [("jsonl", ("csv", "markdown", "parquet", "rss", "sqlite")), ("jsonl.zst", ("jsonl", "markdown"))],
)
def test_each_view_equals_an_export_of_the_store_run_after_run(sink: str, names: tuple[str, ...]) -> None:
    views = [f"{name}=views/{name}" for name in names] + ["jsonl=views/packed.jsonl.gz"]
    options: dict[str, Any] = {"sink": sink, "part_size": "2kB"} if sink == "jsonl.zst" else {"sink": sink}
    write_pages(1, 2)
    ingest(*views, **options)
    assert contents("views/markdown").keys() == {MARK, "ferry.example/1.md", "ferry.example/2.md"}
    one = files_at(Path("views/markdown"))["ferry.example/1.md"]
    write_pages(1, 2, 3, changed=2)
    result = ingest(*views, **options)
    assert result.unwritten == ()
    assert result.summary.count("\nview: ") == len(views)
    found = {name: files_at(Path("views", name)) for name in names}
    for name in names:
        written = {file: content for file, (content, _, _) in found[name].items()}
        assert written == export(name, f"by-hand/{name}")
    assert contents("views/packed.jsonl.gz") == export("jsonl", "by-hand/packed.jsonl.gz")
    # a page has one file, whatever versions of it the store has; what has not changed is not written
    assert len(found["markdown"]) == 1 + 3
    assert found["markdown"]["ferry.example/1.md"] == one
    result = ingest(*views, **options)
    assert {name: files_at(Path("views", name)) for name in names} == found
    assert "view: " not in result.summary


@pytest.mark.slow
def test_a_view_of_a_database_that_others_fill_is_written_where_it_differs(postgresql: Server) -> None:
    postgresql.asked("CREATE DATABASE views")
    options = {"sink": "postgresql", "database": postgresql.url("views")}
    write_pages(1)
    ingest("csv=articles.csv", output=Path("one"), **options)
    before = files_at(Path("articles.csv"))
    ingest("csv=articles.csv", output=Path("one"), **options)
    assert files_at(Path("articles.csv")) == before
    # what another machine brings
    write_pages(2)
    ingest(output=Path("two"), **options)
    write_pages(1)
    ingest("csv=articles.csv", output=Path("one"), **options)
    assert contents("articles.csv") == export("csv", "by-hand.csv", "--database", options["database"])
    assert rows("articles.csv") == 2


def test_a_table_chooses_records_and_an_option_and_a_list_stand_beside_it() -> None:
    german = [replace(RECORDS[at], id=letter * 32, language="de") for at, letter in enumerate("fe")]
    stored(*RECORDS, *german)
    table = '[[view]]\nformat = "jsonl"\nto = "output/de.jsonl"\nwhere = "language = \'de\'"\nall = true\n'
    feed = '[[view]]\nformat = "json-feed"\nto = "feed.json"\n'
    Path("copydesk.toml").write_text(f"{table}limit = 1\n{feed}")
    result = ingest("csv=articles.csv")
    assert contents("output/de.jsonl") == export(
        "jsonl", "x", "--where", "language = 'de'", "--limit", "1", "--all"
    )
    assert contents("feed.json") == export("json-feed", "y")
    assert contents("articles.csv") == export("csv", "z")
    assert "view: 1 record to output/de.jsonl\n" in result.summary + "\n"
    # another expression, the same store: written anew
    Path("copydesk.toml").write_text(table)
    ingest()
    assert contents("output/de.jsonl")["."].count(b"\n") == 2


def test_a_view_that_is_gone_or_was_changed_is_written_though_nothing_is_new() -> None:
    stored()
    views = ("csv=articles.csv", "markdown=vault")
    ingest(*views)
    first = contents("articles.csv"), contents("vault")
    Path("articles.csv").unlink()
    next(Path("vault").rglob("*.md")).write_text("another text")
    Path("vault", "mine.md").write_text("mine")
    ingest(*views)
    assert contents("articles.csv") == first[0]
    assert contents("vault") == first[1] | {"mine.md": b"mine"}
    # a run without the views changes the store; the next with them writes the change
    write_pages(1)
    ingest()
    ingest(*views)
    assert rows("articles.csv") == 4
    assert len(contents("vault")) == 1 + 1 + 4


def run_of(*arguments: str) -> tuple[int, str]:
    """Exit code and last message of a dry run, which needs no Prefect."""
    done = CliRunner().invoke(cli, ["ingest", "--dry-run", "pages", *arguments])
    return done.exit_code, done.stderr.splitlines()[-1]


FAULTS = [
    ("csv", "--view csv: expected FORMAT=PLACE such as csv=articles.csv, not 'csv'"),
    ("cvs=x", "--view cvs=x: there is no format 'cvs'; did you mean csv?"),
    ("csv=-", "--view csv=-: to: a run has no records for standard output; name a path"),
    ("sqlite=x.gz", "--view sqlite=x.gz: x.gz: sqlite is not compressed as a whole; name a path without that ending"),
    ("csv=pages/x.csv", "--view csv=pages/x.csv: pages/x.csv: lies in the source pages, and would be read by the next run; name a place outside"),
    ("csv=output/records.jsonl", "--view csv=output/records.jsonl: output/records.jsonl: is the run's own; name another place"),
    ("markdown=output", "--view markdown=output: output: is the run's own; name another place"),
    ("csv=pigeon://key:secret@x/y", "--view csv=pigeon://...@x/y: pigeon://...@x/y: protocol not known: pigeon; the scheme needs its fsspec package, as s3:// needs s3fs"),
]  # fmt: skip


@pytest.mark.parametrize(("view", "message"), FAULTS)
def test_what_is_wrong_with_a_view_is_reported_before_a_page_is_read(view: str, message: str) -> None:
    Path("pages").mkdir()
    assert run_of("--view", view) == (2, f"Error: {message}")
    assert [path.name for path in Path().iterdir()] == ["pages"]


TABLES = [
    ('[[view]]\nformat = "csv"\n', "copydesk.toml:1: view: to is missing; required: format, to"),
    ('jobs = 1\n[[view]]\nto = "x"\n', "copydesk.toml:2: view: format is missing; required: format, to"),
    ('[[view]]\nformat = "cvs"\nto = "x"\n', "copydesk.toml:2: view: format: there is no format 'cvs'; did you mean csv?"),
    ('[[view]]\nformat = "csv"\nto = "x"\nwere = "y"\n', "copydesk.toml:4: view: were: unknown key; did you mean where?"),
    ('[[view]]\nformat = "csv"\nto = "x"\nwhere = "lang = 1"\n', "copydesk.toml:4: view: where: column 1: there is no field 'lang'; did you mean language?"),
    ('[[view]]\nformat = "csv"\nto = "x"\nlimit = 0\n', "copydesk.toml:4: view: limit: expected a whole number, 1 or more"),
    ('[[view]]\nformat = "csv"\nto = "x"\nall = 1\n', "copydesk.toml:4: view: all: expected true or false, without quotation marks"),
    ('[[view]]\nformat = "tei"\nto = "x"\nall = true\n', "copydesk.toml:4: view: all: tei holds articles alone, in their newest version"),
    ('[[view]]\nformat = "text"\nto = "x"\ntitle = "no"\n', "copydesk.toml:4: view: title: expected true or false, without quotation marks"),
    ('[[view]]\nformat = "csv"\nto = "x"\nchunk_size = 9\n', "copydesk.toml:4: view: chunk_size: is for chunks; not for csv"),
    ('[[view]]\nformat = "chunks"\nto = "x"\nchunk_overlap = -1\n', "copydesk.toml:4: view: chunk_overlap: expected a whole number, 0 or more"),
    ('[[view]]\nformat = "chunks"\nto = "x"\nchunk_size = 9\nchunk_overlap = 5\n', "copydesk.toml:5: view: chunk_overlap: 5 is more than half of --chunk-size (9)"),
    ('[[view]]\nformat = "csv"\nto = 1\n', "copydesk.toml:3: view: to: expected a text; write \"1\""),
    ('[[view]]\nformat = "csv"\nto = "x"\n[[view]]\nformat = "jsonl"\nto = "./x"\n', "copydesk.toml:4: view: ./x: is the place of another view; name another"),
    ('[[views]]\nformat = "csv"\n', "copydesk.toml:1: unknown tables [[views]]; did you mean [[view]]?"),
    ('view = ["csv=x"]\n', "copydesk.toml:1: view: expected tables [[view]]; views is the list of texts"),
    ('views = ["csv=x"]\n[[view]]\nformat = "csv"\nto = "x"\n', "copydesk.toml:2: view: x: is the place of another view; name another"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "message"), TABLES)
def test_what_is_wrong_with_a_table_is_reported_with_its_line(table: str, message: str) -> None:
    Path("pages").mkdir()
    Path("copydesk.toml").write_text(table)
    assert run_of() == (2, f"Error: {message}")


@pytest.mark.parametrize("name", ["csv", "json-feed"])
def test_a_format_is_no_sink_and_says_what_is(name: str) -> None:
    message = f"{name} is a format of views: --view {name}=PLACE writes it beside the library"
    code, line = run_of("--sink", name)
    assert code == 2
    assert line.endswith(message)
    with pytest.raises(SettingsError, match=f"^--sink: {message}$"):
        IngestOptions(sink=name)


def test_what_somebody_else_has_put_there_stays() -> None:
    stored()
    Path("mine.csv").write_text("mine")
    Path("mine").mkdir()
    Path("mine", "thesis.md").write_text("mine")
    for view, message in {
        "csv=mine.csv": "mine.csv: is there already, and no run has put it there; move it away, or name another place",
        "markdown=mine": "mine: is a folder that no export made; name another",
        "csv=mine": "mine: is a folder; name a file in it",
        "markdown=mine.csv": "mine.csv: is there already, and no folder; name a folder",
        "csv=/dev/null": "/dev/null: is no regular file; name another",
    }.items():
        with pytest.raises(SettingsError, match=f"^{re.escape(message)}$"):
            ingest(view)
    assert contents("mine.csv") == {".": b"mine"}
    assert contents("mine") == {"thesis.md": b"mine"}


@pytest.mark.slow
def test_what_cannot_be_written_at_the_end_is_reported_and_the_next_run_writes_it() -> None:
    long = "The ferry is late. " * 3_000
    Path("output").mkdir()
    record = replace(RECORDS[0], url=None, text=long, markdown=long)
    made = [encode(replace(record, id=f"{number:032x}")) for number in range(17)]
    # packed it is small, and so is all else that the run writes
    Path("output", "records.jsonl.gz").write_bytes(gzip.compress(b"".join(made)))
    Path("pages.jsonl").touch()
    ingest("jsonl=articles.jsonl", sink="jsonl.gz")
    before = contents("articles.jsonl")
    write_pages(1)
    with limited_files(500_000):
        result = ingest("jsonl=articles.jsonl", "json-feed=feed.json", "dolma=two words", sink="jsonl.gz")
    assert contents("articles.jsonl") == before
    assert [path.name for path in Path().glob(".*")] == []
    assert result.unwritten == tuple(
        f"--view {name}={place}: not written: {place}: file too large; run again once it works; records are stored: the "
        f"next run writes it, and so does copydesk export --output output --format {name} --to {quoted} --force"
        for name, place, quoted in (
            ("jsonl", "articles.jsonl", "articles.jsonl"), ("json-feed", "feed.json", "feed.json"), ("dolma", "two words", "'two words'"),
        )
    )  # fmt: skip
    assert result.summary.count("\nwarning: --view ") == 3
    assert ingest("jsonl=articles.jsonl", "json-feed=feed.json", sink="jsonl.gz").unwritten == ()
    assert contents("articles.jsonl") == export("jsonl", "x")
    assert contents("feed.json") == export("json-feed", "y")


def test_a_run_that_is_ended_leaves_its_views_to_the_next_and_no_other_writes_meanwhile() -> None:
    write_pages(1, 2)
    options = IngestOptions(sources=("pages.jsonl",), jobs=1, views=("csv=articles.csv",))
    with Ingestion(options) as run:
        run.clean_batch(1)
        with pytest.raises(SinkError, match="another run is writing here"):
            ingest("csv=articles.csv")
    assert not Path("articles.csv").exists()
    ingest("csv=articles.csv")
    assert rows("articles.csv") == 2


def test_the_third_article_enters_a_feed_of_two() -> None:
    name = "atom"
    Path("copydesk.toml").write_text(f'[[view]]\nformat = "{name}"\nto = "feed"\nlimit = 2\n')
    for numbers, expected in (((1, 2), [2, 1]), ((1, 2, 3), [3, 2])):
        write_pages(*numbers)
        ingest(views=())
        feed = Path("feed").read_text()
        found = re.findall(r"https://ferry\.example/(\d)\b", feed)
        assert [int(number) for number in dict.fromkeys(found)] == expected
        assert export(name, "exported", "--limit", "2") == {".": feed.encode()}
