"""SQLite's errors have the same messages for the store and the state, each with its own advice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from copydesk.flows.sinks.catalogue import sink_named
from copydesk.flows.sinks.databases import sqlite as sqlite_sink
from copydesk.flows.sinks.store_backend import StoreLocation
from copydesk.flows.store import state_database
from copydesk.flows.store.state import State
from page_versions import FIRST, reading

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.library.web.web_memory import WebMemory


def use_store(folder: Path) -> None:
    with sink_named("sqlite", StoreLocation(folder)) as sink:
        sink.write(reading(FIRST))


def use_state(folder: Path) -> None:
    with State.open(folder) as state:
        WebMemory(state).note_seen("courier", "noon", now=datetime(2026, 11, 1, tzinfo=UTC))


def overwrite(file: Path) -> None:
    file.write_text("no database " * 1_000)


def change_tables(file: Path) -> None:
    known = {"records.sqlite": ("copydesk_about", "version"), "state.sqlite": ("feeds_seen", "entry")}
    table, column = known[file.name]
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO other")


DOORS = {
    "records.sqlite": (use_store, "move it away to begin a new one"),
    "state.sqlite": (use_state, "move it away to begin anew: pages are fetched once more, records stay"),
}


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    ("damage", "problem"),
    [(overwrite, "is no database"), (change_tables, "is damaged, or not made by copydesk")],
)
def test_a_file_that_cannot_be_read_is_reported_with_what_to_do_about_it(
    tmp_path: Path, name: str, damage: Callable[[Path], None], problem: str
) -> None:
    use, advice = DOORS[name]
    use(tmp_path)
    damage(tmp_path / name)
    with pytest.raises(EnvironmentFault) as caught:
        use(tmp_path)
    assert str(caught.value) == f"{tmp_path / name}: {problem}; {advice}"


@pytest.mark.parametrize("name", DOORS)
def test_who_keeps_a_file_to_himself_is_waited_for_then_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in (sqlite_sink, state_database):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.1)
    use, _ = DOORS[name]
    use(tmp_path)
    with closing(sqlite3.connect(tmp_path / name, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(EnvironmentFault) as caught:
            use(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / name}: another process has been writing to it for long; "
        "wait for its end, and run again: what was written is kept"
    )
