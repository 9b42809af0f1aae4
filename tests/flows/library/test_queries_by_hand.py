"""The views of a library that are promised to those who query it in SQL."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from page_versions import FIRST, SECOND
from postgres import Server

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.run.batches import ingest_plainly

COLUMNS = (
    "number", "id", "version", "next", "status", "reason", "url", "canonical_url", "source_kind", "source_name",
    "fetched_at", "title", "site_name", "language", "date_published", "content_hash", "duplicate_of", "record",
)  # fmt: skip


@pytest.fixture(autouse=True)
def folder(empty_folder: Path) -> Path:
    return empty_folder


def page(text: str) -> None:
    line = {"url": "https://courier.example/ferry", "text": f"Die Fähre\n\n{text}"}
    Path("pages.jsonl").write_text(json.dumps(line) + "\n")


def ingest(sink: str, database: str | None = None) -> None:
    ingest_plainly(IngestOptions(sources=("pages.jsonl",), sink=sink, database=database, jobs=1))


def exported() -> list[str]:
    return [line.decode() for line in Path("output", "records.jsonl").read_bytes().splitlines()]


def test_sqlite_has_the_columns_the_whole_record_and_search() -> None:
    page(FIRST)
    ingest("jsonl")
    with closing(sqlite3.connect(Path("output", LIBRARY))) as library:  # beside a view: columns alone
        assert library.execute("SELECT version, record FROM records").fetchall() == [(1, None)]
    page(SECOND)
    # what was packed before can be read then, too
    ingest("sqlite")
    with closing(sqlite3.connect(Path("output", LIBRARY))) as library:
        found = library.execute("SELECT * FROM records ORDER BY number")
        assert tuple(column for column, *_ in found.description) == COLUMNS
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in found]
        words = "SELECT version FROM search JOIN records ON number = search.rowid WHERE search MATCH ? ORDER BY rank"
        assert library.execute(words, ("tuesday",)).fetchall() == [(2,)]
        assert library.execute(words, ("monday",)).fetchall() == []
    assert [row["version"] for row in rows] == [1, 2]
    ingest("jsonl")
    assert [row["record"].rstrip("\n") for row in rows] == exported()


@pytest.mark.slow
def test_postgresql_has_the_same(postgresql: Server) -> None:
    postgresql.asked("CREATE DATABASE by_hand")
    page(FIRST)
    ingest("postgresql", postgresql.url("by_hand"))
    with psycopg.connect(postgresql.url("by_hand"), options="-csearch_path=copydesk") as library:
        found = library.execute("SELECT * FROM records")
        assert tuple(column.name for column in found.description or ()) == COLUMNS
        words = "SELECT record ->> 'text' FROM records JOIN search USING (number) WHERE words @@ 'monday'::tsquery"
        ((text,),) = library.execute(words)
        assert FIRST.partition("\n")[0] in text
