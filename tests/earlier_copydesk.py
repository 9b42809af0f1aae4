"""Output folders as an earlier copydesk has left them, and what commands make of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result
from made_records import full_record
from msgspec.structs import replace

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
STATE = """
CREATE TABLE about (key TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE fetches (
    url TEXT PRIMARY KEY, source TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, etag TEXT, last_modified TEXT,
    validators_url TEXT, fetched_at DATETIME NOT NULL, next_attempt_at DATETIME, failures INTEGER NOT NULL,
    failing_since DATETIME, left_before DATETIME, first_fetched_at DATETIME, age_when_requested INTEGER,
    is_list BOOLEAN, list_version TEXT
);
INSERT INTO fetches (url, source, outcome, fetched_at, failures)
    VALUES ('https://desk.example/3', 'desk', 'ok', '2026-01-01 00:00:00.000000', 0);
CREATE TABLE site_pages (
    site TEXT, page TEXT, journal BLOB NOT NULL, batch INTEGER NOT NULL, headline BLOB NOT NULL, text BLOB NOT NULL,
    blocks BLOB NOT NULL, PRIMARY KEY (site, page)
);
CREATE TABLE views (place BLOB PRIMARY KEY, made_by TEXT, store TEXT, content TEXT, stamp TEXT);
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def ingest(*options: str) -> Result:
    return run("ingest", "pages.jsonl", *options)


def make_database(folder: Path, lines: Iterable[bytes]) -> Path:
    file = folder / "records.sqlite"
    with closing(sqlite3.connect(file)) as old, old:
        old.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, record TEXT)")
        rows = enumerate(line.decode().strip() for line in lines)
        old.executemany("INSERT INTO records VALUES (?, ?)", rows)
    return file


def make_state(folder: Path, *, version: int = 13) -> Path:
    file = folder / "state.sqlite"
    with closing(sqlite3.connect(file)) as old, old:
        old.executescript(STATE)
        old.execute("INSERT INTO about VALUES ('version', ?)", (version,))
    return file


def change_state(file: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(file)) as old, old:
        old.execute(statement, values)


def asked(output: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(output / LIBRARY)) as library:
        return library.execute(query).fetchall()


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
