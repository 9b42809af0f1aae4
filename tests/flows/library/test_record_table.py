"""Rows of records: what a reading does not change is not written again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from killed_runs import run_of
from msgspec.structs import replace
from page_versions import reading
from sqlalchemy import Engine, event
from test_damaged_records import damage

from copydesk.cleaners.schema import Record
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library.copies.signature import SCHEME
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.records.page_memory import lines_of_other_rules
from copydesk.flows.library.records.record_lines import decode_record
from copydesk.flows.library.records.record_table import RecordTable

HARBOUR = replace(reading("The last steam crane of the north quay."), title="Harbour crane")


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / LIBRARY)) as connection:
        return connection.execute(query).fetchall()


def test_words_and_keys_of_a_page_that_has_not_changed_are_not_written_again(tmp_path: Path) -> None:
    index = "SELECT id, block FROM search_data UNION ALL SELECT key, number FROM record_key"
    run_of("jsonl", StoreLocation(tmp_path), [replace(HARBOUR, fetched_at="2026-11-01T00:00:00Z")])
    before = rows(tmp_path, index)
    run_of("jsonl", StoreLocation(tmp_path), [replace(HARBOUR, fetched_at="2026-11-02T00:00:00Z")])
    assert rows(tmp_path, "SELECT fetched_at FROM record") == [("2026-11-02T00:00:00Z",)]
    assert rows(tmp_path, index) == before


def shown(folder: Path) -> list[Record]:
    return [decode_record(line) for line in (folder / "records.jsonl").read_bytes().splitlines()]


def test_what_is_entered_in_a_damaged_record_does_not_make_it_whole(tmp_path: Path) -> None:
    place = StoreLocation(tmp_path)
    run_of("jsonl", place, [HARBOUR])
    damage(tmp_path)
    with Library.open(tmp_path) as library, library.writing() as connection:
        RecordTable(connection).amend({1: {"duplicate_of": "0" * 32}})
    run_of("jsonl", place, [HARBOUR])
    assert [record.text for record in shown(tmp_path)] == [HARBOUR.text]


def test_no_question_of_a_run_looks_at_each_record(tmp_path: Path) -> None:
    asked = []
    place = StoreLocation(tmp_path)
    run_of("jsonl", place, [HARBOUR], is_unique=True)

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    try:
        run_of("jsonl", place, [replace(HARBOUR, text="Another text.", content_hash="0")], is_unique=True)
        with Library.open(tmp_path) as library:
            list(lines_of_other_rules(library))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(tmp_path / LIBRARY)) as connection:
        scans = {
            statement
            for statement, parameters in asked
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            if step.startswith("SCAN record") and "record_aside" not in step
        }
    # how many there are is counted, in the smallest index
    assert {
        one for one in scans if "count(*) AS count_1 \nFROM record \nWHERE record.gate IS NULL" not in one
    } == set()


def test_copies_are_settled_anew_where_signatures_are_of_another_scheme(tmp_path: Path) -> None:
    place = StoreLocation(tmp_path)
    text = "The last steam crane of the north quay was saved by those who work there. " * 5
    original, copy = (reading(text, url=f"https://courier.example/{name}") for name in ("a", "b"))
    run_of("jsonl", place, [original])
    with closing(sqlite3.connect(tmp_path / LIBRARY)) as connection, connection:
        connection.execute("UPDATE copy_text SET content = x'00', sketch = x'', shingles = 0")
        connection.execute("DELETE FROM copy_band")
        connection.execute("UPDATE library SET number = number - 1 WHERE name = 'scheme'")
    run_of("jsonl", place, [copy])
    assert [record.duplicate_of for record in shown(tmp_path)] == [None, original.id]
    assert rows(tmp_path, "SELECT number FROM library WHERE name = 'scheme'") == [(SCHEME,)]
