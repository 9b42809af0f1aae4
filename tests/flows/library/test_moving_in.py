"""An earlier copydesk's folder becomes a library with all that it held. Lines that are no records are kept, reported,
and skipped by readers of files.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from conftest import ARTICLE
from faulty_server import FaultyServer
from made_records import full_record
from msgspec.structs import replace
from postgres import Server
from stores import lines
from web_runs import Site, execute, ingest, records, source_list

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.commands.cli import cli
from copydesk.flows.io.output_folder import BROKEN, LIBRARY
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.records.record_lines import key_of

RECORDS = [
    replace(full_record(), id=f"{number:032x}", status="ok", url=f"https://desk.example/{number}", next=None)
    for number in range(3)
]
LINES = [*map(encode, RECORDS)]
AT = LINES[1].index(b'"text":"') + len(b'"text":"')
DAMAGES = {
    "cut short": LINES[1][:AT] + b"\n",
    "zeros": LINES[1][:AT] + bytes(4) + LINES[1][AT:],
    "no UTF-8": LINES[1][:AT] + b"\xff" + LINES[1][AT:],
    "a list": b"[]\n",
    "a control": LINES[1][:AT] + b"\x01" + LINES[1][AT:],
}
BOM = b"\xef\xbb\xbf"

Run = Callable[..., Result]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def damaged(empty_folder: Path) -> Path:  # noqa: ARG001 - the folder that is run in
    """A store of two records with every damage between them."""
    Path("output").mkdir()
    Path("pages.jsonl").touch()
    store = Path("output", "records.jsonl")
    store.write_bytes(b"".join((LINES[0], *DAMAGES.values(), LINES[2])))
    return store


def ids(lines: bytes) -> list[str]:
    return [msgspec.json.decode(line, type=Record).id for line in lines.splitlines()]


def test_a_run_takes_the_folder_over_and_reports_lines_that_were_no_records(damaged: Path) -> None:
    done = run("ingest", "pages.jsonl")
    assert done.exit_code == 0
    taken = "warning: a folder without a library: 2 records are in"
    assert taken in done.stderr
    assert damaged.read_bytes() == b"".join(lines(StoreLocation(damaged.parent)))
    assert ids(damaged.read_bytes()) == [RECORDS[0].id, RECORDS[2].id]
    aside = damaged.with_name(BROKEN)
    assert aside.read_bytes() == b"".join(DAMAGES.values())
    warning = f"warning: 5 lines of the store that were no records are in {aside}"
    assert warning in done.stderr
    # until the file is moved away
    again = run("ingest", "pages.jsonl")
    assert (warning in again.stderr, taken in again.stderr) == (True, False)
    line = f"moved out of the store: 5 lines that were no records, in {aside}: see what was damaged, and move the file away"
    assert line in run("status").stdout.splitlines()
    assert json.loads(run("status", "--json").stdout)["set_aside"] == 5
    # it is no page, and no store
    assert run("clean", "output").stderr == "no pages found\n"
    aside.unlink()
    assert "no record" not in run("ingest", "pages.jsonl").stderr.replace("no record is new", "")


@pytest.mark.parametrize("fault", ["without processing", "a number for a text"])
def test_a_line_that_no_reader_reads_is_none(damaged: Path, fault: str) -> None:
    fields = json.loads(LINES[1])
    if fault == "without processing":
        del fields["processing"]
    else:
        fields["text"] = 5
    damaged.write_bytes(LINES[0] + json.dumps(fields).encode() + b"\n")
    assert run("ingest", "pages.jsonl").exit_code == 0
    assert ids(damaged.read_bytes()) == [RECORDS[0].id]
    assert json.loads(damaged.with_name(BROKEN).read_bytes()) == fields


def test_a_database_a_journal_and_what_waited_are_taken_over(empty_folder: Path) -> None:
    output = empty_folder / "output"
    output.mkdir()
    (empty_folder / "pages.jsonl").touch()
    with closing(sqlite3.connect(output / "records.sqlite")) as old, old:
        old.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, record TEXT)")
        old.executemany(
            "INSERT INTO records VALUES (?, ?)", enumerate(line.decode().strip() for line in LINES[:2])
        )
    (output / ".records.sqlite.journal").write_bytes(LINES[2] + LINES[2][:40])
    gate = {"gate": {"name": "least_words", "limit": 50, "value": 4}}
    one, two, three = (json.loads(line) | gate for line in LINES)
    (output / "quarantine.jsonl").write_text(f"{json.dumps(one)}\n{json.dumps(three)}\n")
    # what a killed run had not brought there: another one, and that the first has passed since
    passed = encode_value(key_of(LINES[0])) + b"\n"
    (output / ".records.quarantine.journal").write_bytes(json.dumps(two).encode() + b"\n" + passed)
    assert run("ingest", "pages.jsonl", "--sink", "sqlite").exit_code == 0
    assert sorted(ids(b"".join(lines(StoreLocation(output))))) == sorted(one.id for one in RECORDS)
    waiting = [json.loads(line) for line in (output / "quarantine.jsonl").read_bytes().splitlines()]
    assert sorted(one["id"] for one in waiting) == [RECORDS[1].id, RECORDS[2].id]
    assert [one["gate"] for one in waiting] == [gate["gate"]] * 2
    # what SQLite keeps beside its file a reader leaves there
    left = {path.name for path in output.iterdir()} - {f"{LIBRARY}-wal", f"{LIBRARY}-shm"}
    assert left == {LIBRARY, "quarantine.jsonl"}


def test_a_folder_with_several_stores_asks_which_one_is_meant(damaged: Path) -> None:
    (damaged.parent / "records.jsonl.gz").touch()
    done = run("ingest", "pages.jsonl", "--sink", "parquet")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert (
        "holds several stores of this or an earlier copydesk; choose one with --sink jsonl or --sink jsonl.gz"
        in done.stderr
    )
    assert run("ingest", "pages.jsonl").exit_code == 0


def test_what_was_known_of_the_web_is_known_on_and_nothing_is_fetched_again(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path
) -> None:
    site, output = Site(monkeypatch, server), tmp_path / "out"
    address = site.put("/one", ARTICLE.encode())
    seeds = source_list(tmp_path, [server], f"name = 'p'\nkind = 'url'\naddress = '{address}'")
    ingest(seeds, output)
    before = records(output)
    with closing(sqlite3.connect(output / "state.sqlite")) as state, state:
        state.execute("ATTACH ? AS library", (str(output / LIBRARY),))
        state.execute("CREATE TABLE about (key TEXT PRIMARY KEY, number INTEGER NOT NULL)")
        state.execute("INSERT INTO about VALUES ('version', 13)")
        state.execute(f"CREATE TABLE fetches AS SELECT {FETCHES} FROM library.url")  # noqa: S608 - ours
        state.execute("CREATE TABLE feeds_seen (source TEXT, entry TEXT, first_seen_at DATETIME)")
        entries = [("p", f"{address} 2026-11-01"), ("p", f"{address} 2026-11-02"), ("w", "warc:ab w/1 - -")]
        state.executemany("INSERT INTO feeds_seen VALUES (?, ?, '2026-11-21 06:00:00.000000')", entries)
    for file in output.glob(f"{LIBRARY}*"):
        file.unlink()
    site.again()
    result = ingest(seeds, output)
    assert site.again() == [("/one", 304)]
    assert (result.new, records(output)) == (0, before)
    assert execute(output, "SELECT entry FROM url") == [(f"{address} 2026-11-02",)]
    assert execute(output, "SELECT list, entry FROM waiting") == [("warc:ab", b"stored")]
    assert not (output / "state.sqlite").exists()


FETCHES = """url, source, outcome, status, etag, last_modified, validators_url, fetched_at, next_attempt_at, failures,
    failing_since, left_before, first_fetched_at, age_when_requested, is_list, list_version"""
FORMER_TABLES = """
CREATE TABLE public.copydesk_about (version INTEGER PRIMARY KEY);
INSERT INTO public.copydesk_about VALUES (1);
CREATE TABLE public.records (
    number BIGINT PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT, url TEXT,
    canonical_url TEXT, source_kind TEXT NOT NULL, source_name TEXT NOT NULL, fetched_at TEXT, title TEXT,
    site_name TEXT, language TEXT NOT NULL, date_published TEXT, content_hash TEXT, duplicate_of TEXT, next TEXT,
    record JSON NOT NULL, UNIQUE (id, version)
);
CREATE TABLE public.copydesk_marks (mark BYTEA, number BIGINT, PRIMARY KEY (mark, number));
INSERT INTO public.records SELECT number, id, version, status, reason, url, canonical_url, source_kind, source_name,
    fetched_at, title, site_name, language, date_published, content_hash, duplicate_of, next, rtrim(record::text, E'\n')::json
    FROM copydesk.records;
CREATE SCHEMA copydesk_state;
CREATE TABLE copydesk_state.about (key TEXT PRIMARY KEY, number INTEGER NOT NULL);
INSERT INTO copydesk_state.about VALUES ('version', 13);
CREATE TABLE copydesk_state.fetches (
    url TEXT PRIMARY KEY, source TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, etag TEXT, last_modified TEXT,
    validators_url TEXT, fetched_at TIMESTAMP WITH TIME ZONE NOT NULL, next_attempt_at TIMESTAMP WITH TIME ZONE,
    failures INTEGER NOT NULL, failing_since TIMESTAMP WITH TIME ZONE, left_before TIMESTAMP WITH TIME ZONE,
    first_fetched_at TIMESTAMP WITH TIME ZONE, age_when_requested INTEGER, is_list BOOLEAN, list_version TEXT
);
INSERT INTO copydesk_state.fetches SELECT url, source, outcome, status, etag, last_modified, validators_url, fetched_at,
    next_attempt_at, failures, failing_since, left_before, first_fetched_at, age_when_requested, is_list, list_version
    FROM copydesk.url;
CREATE TABLE copydesk_state.feeds_seen (source TEXT, entry TEXT, first_seen_at TIMESTAMP WITH TIME ZONE);
INSERT INTO copydesk_state.feeds_seen SELECT source, url || ' 2026', fetched_at FROM copydesk.url;
DROP SCHEMA copydesk CASCADE;
"""


def test_tables_on_a_server_are_taken_over_and_stay(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, postgresql: Server, tmp_path: Path
) -> None:
    postgresql.asked("CREATE DATABASE former")
    site, output, database = Site(monkeypatch, server), tmp_path / "out", postgresql.url("former")
    address = site.put("/one", ARTICLE.encode())
    seeds = source_list(tmp_path, [server], f"name = 'p'\nkind = 'url'\naddress = '{address}'")
    place = StoreLocation(output, database)
    ingest(seeds, output, sink="postgresql", database=database)
    before = lines(place)
    # as the last version made them
    postgresql.asked(FORMER_TABLES, database="former")
    site.again()
    result = ingest(seeds, tmp_path / "another", sink="postgresql", database=database)
    taken = "warning: an earlier copydesk's tables: 1 record and all that was known of the web are in postgresql:///former"
    assert taken in result.summary
    assert "; public.records and the schema copydesk_state are not used any more" in result.summary
    assert (site.again(), result.new, lines(place)) == ([("/one", 304)], 0, before)
    assert postgresql.asked("SELECT count(*) FROM public.records", database="former") == [(1,)]
    assert postgresql.asked("SELECT entry FROM copydesk.url", database="former") == [(f"{address} 2026",)]
    assert taken not in ingest(seeds, output, sink="postgresql", database=database).summary


@pytest.mark.parametrize("name", ["records.jsonl", "quarantine.jsonl"])
def test_a_further_folder_of_records_is_never_written_over(
    monkeypatch: pytest.MonkeyPatch, postgresql: Server, tmp_path: Path, name: str
) -> None:
    """Of the library on a server that two folders fill, their records came from the first one."""
    monkeypatch.chdir(tmp_path)
    database = f"further_{name.partition('.')[0]}"
    postgresql.asked(f"CREATE DATABASE {database}")
    ingested = ("ingest", "pages", "--state", postgresql.url(database), "--output")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "one.html").write_text(ARTICLE)
    old, another = tmp_path / "old", tmp_path / "another" / name
    another.parent.mkdir()
    another.write_bytes(LINES[0])
    assert run(*ingested, "old").exit_code == 0
    refused = run(*ingested, "another")
    assert (refused.exit_code, another.read_bytes()) == (5, LINES[0]), refused.stderr
    begins = (
        f"Error: {another.relative_to(tmp_path)}: holds records that are not of the library postgresql:///"
    )
    assert refused.stderr.startswith(begins)
    assert refused.stderr.endswith(
        "; leave --database and --state out to have a library of them in the folder, or move it away\n"
    )
    # views of ours are known where they were moved, and anywhere else where they are none
    old.rename(moved := tmp_path / "moved")
    before = (moved / "records.jsonl").read_bytes()
    assert run(*ingested, "moved").exit_code == 0
    assert (moved / "records.jsonl").read_bytes() == before
    another.unlink()
    assert run(*ingested, "another").exit_code == 0
    assert another.with_name("records.jsonl").read_bytes() == before


def test_readers_warn_and_go_on(damaged: Path) -> None:
    exported = run("export", "--format", "jsonl", "-o", "-")
    assert (exported.exit_code, ids(exported.stdout_bytes)) == (0, [RECORDS[0].id, RECORDS[2].id])
    warning = f"warning: {damaged}:2: no record: "
    assert exported.stderr.startswith(warning)
    assert "; 5 lines are left out" in exported.stderr
    for reader in (("review",), ("rules", "--count", "output")):
        done = run(*reader)
        assert (done.exit_code, done.stderr.startswith(warning)) == (0, True), done.output
    shown = run("status")
    assert shown.exit_code == 0
    assert "records: 2 in " in shown.stdout
    assert f"  {damaged}:2: no record: " in shown.stdout
    assert "; 5 lines are left out: mend or remove them\n" in shown.stdout


READERS = [("export", "--format", "jsonl", "-o", "-"), ("rules", "--count", "output")]


@pytest.mark.parametrize("reader", READERS)
def test_a_store_without_any_record_is_refused(damaged: Path, reader: tuple[str, ...]) -> None:
    damaged.write_bytes(b"[]\n[]\n")
    done = run(*reader)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {damaged}:1: no record: ")


def test_lines_that_are_no_whole_records_are_read_as_far_as_they_go(damaged: Path) -> None:
    page = {
        "id": "abcdefabcdef0123",
        "source": {"kind": "file", "name": "n.html"},
        "status": "ok",
        "text": "Old.",
    }
    damaged.write_text(
        "".join(json.dumps(page | other) + "\n" for other in ({}, {"version": 2, "text": "New."}))
    )
    assert "[-Old.-]{+New.+}" in run("diff", "abcdef").stdout
    explained = run("explain", "abcdef")
    assert (explained.exit_code, "its page was read from n.html" in explained.stderr) == (2, True)
    Path("n.html").write_text(
        "<p>The harbour ferry sails again from Monday, the port of Aldmouth said.</p>" * 3
    )
    taught = run("teach", "n.html", "The harbour ferry")
    assert "of 2 other records in output/records.jsonl it cuts 0 lines" in taught.stdout, taught.output
    Path("removed.jsonl").write_text('{"removed":[{"rule":"a.b"},{"rule":"a.b"}]}\n{"removed":[]}\n')
    assert "a.b: 2 blocks in 1 record\n" in run("rules", "--count", "removed.jsonl").stdout


def test_a_byte_order_mark_and_blank_lines_are_no_damage(damaged: Path) -> None:
    damaged.write_bytes(BOM + LINES[0] + b"\r\n\n" + LINES[2].rstrip())
    assert run("export", "--format", "jsonl", "-o", "-").stderr == "2 records to standard output\n"
    assert "no record" not in run("ingest", "pages.jsonl").stderr.replace("no record is new", "")
    assert [path.name for path in damaged.parent.glob("records.*")] == ["records.jsonl"]
    assert ids(damaged.read_bytes()) == [RECORDS[0].id, RECORDS[2].id]
