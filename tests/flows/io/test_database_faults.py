"""SQLite's errors come as one line with advice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from page_versions import FIRST, reading, store

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library import database
from copydesk.flows.library.place import StoreLocation


def use(folder: Path) -> None:
    store("sqlite", StoreLocation(folder), reading(FIRST))


def overwrite(file: Path) -> None:
    file.write_text("no database " * 1_000)


def change_tables(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE library RENAME COLUMN number TO other")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [(overwrite, "is no database"), (change_tables, "is damaged, or not made by copydesk")],
)
def test_a_file_that_cannot_be_read_is_reported_with_what_to_do_about_it(
    tmp_path: Path, damage: Callable[[Path], None], problem: str
) -> None:
    use(tmp_path)
    damage(tmp_path / LIBRARY)
    with pytest.raises(EnvironmentFault) as caught:
        use(tmp_path)
    assert str(caught.value) == f"{tmp_path / LIBRARY}: {problem}; move it away to begin anew"


def test_who_keeps_a_file_to_himself_is_waited_for_then_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.1)
    use(tmp_path)
    with closing(sqlite3.connect(tmp_path / LIBRARY, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(EnvironmentFault) as caught:
            use(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / LIBRARY}: another process has been writing to it for long; "
        "wait for its end, and run again: what was written is kept"
    )
