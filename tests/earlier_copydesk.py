"""Output folders and tables as an earlier copydesk has left them, and what commands make of them."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet
import zstandard
from click.testing import CliRunner, Result
from made_records import full_record
from msgspec.structs import replace
from postgres import Server

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.commands.cli import cli
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library.reading import records_at

RECORDS = [
    replace(
        full_record(),
        id=f"{number:032x}",
        status="ok",
        url=f"https://desk.example/{number}",
        version=1,
        previous=None,
        change=None,
        next=None,
    )
    for number in range(4)
]
LINES = [*map(encode, RECORDS)]
# SQLite takes any name of a type
STATE = """
CREATE TABLE {schema}.about (key TEXT PRIMARY KEY, number INTEGER NOT NULL);
INSERT INTO {schema}.about VALUES ('version', {version});
CREATE TABLE {schema}.fetches (
    url TEXT PRIMARY KEY, source TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, etag TEXT, last_modified TEXT,
    validators_url TEXT, fetched_at TIMESTAMP WITH TIME ZONE NOT NULL, next_attempt_at TIMESTAMP WITH TIME ZONE,
    failures INTEGER NOT NULL, failing_since TIMESTAMP WITH TIME ZONE, left_before TIMESTAMP WITH TIME ZONE,
    first_fetched_at TIMESTAMP WITH TIME ZONE, age_when_requested INTEGER, is_list BOOLEAN, list_version TEXT
);
INSERT INTO {schema}.fetches (url, source, outcome, fetched_at, failures)
    VALUES ('https://desk.example/3', 'desk', 'ok', '2026-01-01 00:00:00.000000', 0);
CREATE TABLE {schema}.feeds_seen (source TEXT, entry TEXT, first_seen_at TIMESTAMP WITH TIME ZONE);
INSERT INTO {schema}.feeds_seen VALUES ('desk', 'https://desk.example/3 2026-11-01', NULL),
    ('desk', 'https://desk.example/3 2026-11-02', NULL), ('w', 'warc:ab w/1 - -', NULL);
CREATE TABLE {schema}.site_pages (
    site TEXT, page TEXT, journal BYTEA, batch INTEGER, headline BYTEA, text BYTEA, blocks BYTEA, PRIMARY KEY (site, page)
);
CREATE TABLE {schema}.views (place BYTEA PRIMARY KEY, made_by TEXT, store TEXT, content TEXT, stamp TEXT);
"""
RECORDS_IN = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE {schema}.copydesk_about (version INTEGER PRIMARY KEY);
CREATE TABLE {schema}.copydesk_marks (mark BYTEA, number BIGINT, PRIMARY KEY (mark, number));
CREATE TABLE {schema}.records (number BIGINT PRIMARY KEY, record JSON NOT NULL);
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def ingest(*options: str) -> Result:
    return run("ingest", "pages.jsonl", *options)


def make_store(folder: Path, name: str, lines: Iterable[bytes]) -> Path:
    """A store of records in a folder, of the kind that its name says."""
    file, content = folder / name, b"".join(lines)
    if name.endswith(".sqlite"):
        with closing(sqlite3.connect(file)) as old, old:
            old.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, record TEXT)")
            rows = enumerate(line.decode().strip() for line in content.splitlines())
            old.executemany("INSERT INTO records VALUES (?, ?)", rows)
    elif name.endswith(".parquet"):
        (folder / "lines.jsonl").write_bytes(content)
        done = run(
            "export", "--output", f"{folder}/lines.jsonl", "--format", "parquet", "--to", str(file), "--all"
        )
        assert done.exit_code == 0, done.output
        (folder / "lines.jsonl").unlink()
        assert pyarrow.parquet.read_metadata(file).num_rows == content.count(b"\n")
    else:
        pack = {".gz": gzip.compress, ".zst": zstandard.compress}.get(file.suffix, bytes)
        file.write_bytes(pack(content))
    return file


def make_state(folder: Path, *, version: int = 13) -> Path:
    file = folder / "state.sqlite"
    with closing(sqlite3.connect(file)) as old, old:
        old.executescript(STATE.format(schema="main", version=version))
    return file


def make_records(server: Server, database: str, schema: str, lines: Iterable[bytes]) -> None:
    server.asked(RECORDS_IN.format(schema=schema), database=database)
    for number, line in enumerate(lines):
        text = line.decode().strip().replace("'", "''")
        server.asked(f"INSERT INTO {schema}.records VALUES ({number}, '{text}')", database=database)  # noqa: S608 - ours


def make_state_tables(server: Server, database: str, schema: str) -> None:
    server.asked(f"CREATE SCHEMA {schema}; {STATE.format(schema=schema, version=13)}", database=database)


def change(file: Path, statement: str, *values: object) -> None:
    """Changes a database of a folder."""
    with closing(sqlite3.connect(file)) as old, old:
        old.execute(statement, values)


def asked(output: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(output / LIBRARY)) as library:
        return library.execute(query).fetchall()


def exported(*of: str) -> list[str]:
    """The ids of the newest records that are ``ok``."""
    done = run("export", *of, "--format", "jsonl", "--to", "-")
    assert done.exit_code == 0, done.output
    return [json.loads(line)["id"] for line in done.stdout.splitlines()]


def ids(output: Path) -> list[str]:
    records = records_at(output)
    assert records is not None
    return [json.loads(line)["id"] for line in records.lines()]


def ids_of(records: Iterable[Record]) -> list[str]:
    return [one.id for one in records]


def refused(result: Result) -> str:
    """The line with which a command was refused."""
    assert result.exit_code in (2, 5), result.output
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr
