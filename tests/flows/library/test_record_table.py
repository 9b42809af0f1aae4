"""Rows of records: what a reading does not change is not written again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from killed_runs import run_of
from msgspec.structs import replace
from page_versions import reading

from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library.place import StoreLocation

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
