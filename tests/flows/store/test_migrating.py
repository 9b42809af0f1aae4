"""States that earlier versions made come up to date, and are then as new ones are."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from test_state import NOW, OK, ROBOTS, URL, VERSION_1

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.fetching.asking.sites.site_files import SiteFile
from copydesk.flows.fetching.lists.memory import Link
from copydesk.flows.store.migrating import REVISION
from copydesk.flows.store.state import State
from copydesk.flows.store.state_database import FILE_NAME
from copydesk.flows.store.web_memory import WebMemory

VERSION_2 = """
    CREATE TABLE about ("key" TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY ("key"));
    INSERT INTO about VALUES ('version', 2);
    CREATE TABLE fetches (url TEXT NOT NULL, source TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, etag TEXT,
        last_modified TEXT, validators_url TEXT, fetched_at DATETIME NOT NULL, next_attempt_at DATETIME,
        failures INTEGER NOT NULL, left_before DATETIME, PRIMARY KEY (url));
    CREATE TABLE feeds_seen (source TEXT NOT NULL, entry TEXT NOT NULL, first_seen_at DATETIME NOT NULL,
        PRIMARY KEY (source, entry));
    CREATE TABLE site_files (url TEXT NOT NULL, status INTEGER, body BLOB NOT NULL, fetched_at DATETIME NOT NULL,
        PRIMARY KEY (url));
    CREATE TABLE sources (name TEXT NOT NULL, read_at DATETIME NOT NULL, PRIMARY KEY (name));
    CREATE TABLE links (url TEXT NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL,
        lastmod TEXT, PRIMARY KEY (url, position));
    INSERT INTO fetches VALUES ('https://courier.example/noon', 'courier', 'ok', 200, '"a1"',
        'Sat, 21 Nov 2026 06:00:00 GMT', 'https://courier.example/noon', '2026-11-21 06:00:00.000000', NULL, 0, NULL);
    INSERT INTO fetches VALUES ('https://courier.example/map', 'courier', 'ok', 200, NULL, NULL, NULL,
        '2026-11-21 06:00:00.000000', NULL, 0, NULL);
    INSERT INTO feeds_seen VALUES ('courier', 'entry-1', '2026-11-20 06:00:00.000000');
    INSERT INTO site_files VALUES ('https://courier.example/robots.txt', 404, x'', '2026-11-21 06:00:00.000000');
    INSERT INTO sources VALUES ('courier', '2026-11-21 06:00:00.000000');
    INSERT INTO links VALUES ('https://courier.example/map', 0, 'sitemap', 'https://courier.example/part', NULL);
"""
VERSION_3 = f"""
    {VERSION_2}
    ALTER TABLE fetches ADD COLUMN first_fetched_at DATETIME;
    ALTER TABLE fetches ADD COLUMN age_when_asked INTEGER;
    CREATE INDEX fetches_ages ON fetches (source, age_when_asked);
    UPDATE fetches SET first_fetched_at = '2026-11-21 05:00:00.000000', age_when_asked = 3600
        WHERE url = 'https://courier.example/noon';
    UPDATE about SET number = 3;
"""  # noqa: S608 - composed of this alone
REVISIONS = "copydesk_state_revision"
LONG = f"{URL}?{'é' * 1_990}"


def made(folder: Path, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / FILE_NAME
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(script)
    return file


def asked(file: Path, statement: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def tables(file: Path) -> dict[str, list[Any]]:
    """What there is, by name: the columns of tables, indexes, and what a database says of itself."""
    names = [name for (name,) in asked(file, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for name in names:
        columns = asked(file, f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{name}')")  # noqa: S608
        # sorted: their order is that of versions. The columns of a primary key are never empty, said or not.
        found[name] = sorted((column, kind, bool(full or key), key) for column, kind, full, key in columns)
        found[f"keys of {name}"] = sorted(
            asked(file, f"SELECT \"unique\", origin FROM pragma_index_list('{name}')")  # noqa: S608
        )
    found["indexes"] = asked(
        file, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    )
    return found | {f"rows of {name}": asked(file, f"SELECT * FROM {name}") for name in ("about", REVISIONS)}  # noqa: S608


@pytest.mark.slow
@pytest.mark.parametrize("script", ["", VERSION_1, VERSION_2, VERSION_3])
def test_states_of_every_version_end_with_the_tables_of_a_new_one(tmp_path: Path, script: str) -> None:
    # a folder whose name Alembic's settings would take apart
    old = made(tmp_path / "50%; old", script)
    State.open(old.parent).close()
    State.open(tmp_path / "new").close()
    new = tables(tmp_path / "new" / FILE_NAME)
    assert tables(old) == new
    assert new[f"rows of {REVISIONS}"] == [(REVISION,)]


def test_an_index_of_duplicates_that_was_made_beside_the_state_is_made_anew(tmp_path: Path) -> None:
    for folder in ("old", "new"):
        State.open(tmp_path / folder).close()
    old = tmp_path / "old" / FILE_NAME
    asked(old, f"UPDATE {REVISIONS} SET version_num = '0006'")  # noqa: S608
    asked(old, "DROP TABLE duplicate_untold")
    asked(old, "ALTER TABLE duplicate_texts DROP COLUMN published")
    asked(old, "INSERT INTO duplicate_scheme VALUES (1, 'jsonl', TRUE, 7)")
    State.open(old.parent).close()
    assert tables(old) == tables(tmp_path / "new" / FILE_NAME)
    assert asked(old, "SELECT * FROM duplicate_scheme") == []


def test_what_was_noted_of_links_by_patterns_is_noted_anew(tmp_path: Path) -> None:
    """A list whose links a page took the place of is sent whole, and so leads to its feeds again."""
    with State.open(tmp_path) as state:
        state.note_fetch(URL, structs.replace(OK, is_list=True), source="courier", now=NOW, links=())
    file = tmp_path / FILE_NAME
    asked(file, f"UPDATE {REVISIONS} SET version_num = '0008'")  # noqa: S608
    asked(file, "DROP TABLE page_links")
    asked(file, "ALTER TABLE fetches DROP COLUMN list_version")
    for position, kind in enumerate(("feed", "patterns", "page")):
        asked(file, "INSERT INTO links VALUES (?, ?, ?, ?, NULL)", URL, position, kind, f"{URL}/{kind}")
    with State.open(tmp_path) as state:
        assert state.links(URL) == (Link("feed", f"{URL}/feed"),)
        assert state.page_links(URL) is None
        known = state.last_fetch(URL)
        assert known is not None
        assert (known.validators, known.list_version) == (OK.validators, None)
        assert not WebMemory(state).known([URL])[URL].is_of_list


def test_a_state_of_the_second_version_loses_nothing(tmp_path: Path) -> None:
    file = made(tmp_path, VERSION_2)
    for table, column in (
        ("fetches", "url"),
        ("site_files", "url"),
        ("links", "url"),
        ("feeds_seen", "entry"),
    ):
        asked(file, f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT max(rowid) FROM {table})", LONG)  # noqa: S608
    asked(file, "INSERT INTO feeds_seen VALUES ('courier', 'entry-1', '2026-11-20 06:00:00.000000')")
    with State.open(tmp_path) as state:
        known = state.last_fetch(URL)
        assert known is not None
        assert (known.outcome, known.validators, known.fetched_at) == ("ok", OK.validators, NOW)
        long = state.last_fetch(LONG)
        assert long is not None
        assert long.url == LONG
        assert state.seen("courier", ["entry-1", LONG]) == {"entry-1", LONG}
        assert state.site_file(LONG, NOW) == SiteFile(404)
        assert state.links(LONG) == (Link("sitemap", "https://courier.example/part"),)
        assert state.last_read("courier") == NOW
        state.note_site_file(ROBOTS, SiteFile(404), now=NOW)


def test_a_state_of_the_third_version_keeps_the_ages_of_pages(tmp_path: Path) -> None:
    made(tmp_path, VERSION_3)
    with State.open(tmp_path) as state:
        known = state.last_fetch(URL)
        assert known is not None
        assert known.first_fetched_at == NOW - timedelta(hours=1)
        hours, at = (2 * 3600,), NOW + timedelta(hours=1)
        assert state.due_again("courier", hours, at) == (URL,)
        assert state.due_again("courier", hours, at - timedelta(seconds=1)) == ()


def test_a_migration_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    # the last table that it looks at is not ours
    file = made(tmp_path, f"{VERSION_2}; DROP TABLE links; CREATE TABLE links (other TEXT)")
    before = asked(file, "SELECT sql FROM sqlite_master ORDER BY name")
    with pytest.raises(EnvironmentFault, match="is damaged, or not made by copydesk"):
        State.open(tmp_path)
    assert asked(file, "SELECT sql FROM sqlite_master ORDER BY name") == before
    assert asked(file, "SELECT number FROM about") == [(2,)]


def test_a_state_of_a_newer_copydesk_is_refused_and_left_alone(tmp_path: Path) -> None:
    State.open(tmp_path).close()
    file = tmp_path / FILE_NAME
    asked(file, "UPDATE copydesk_state_revision SET version_num = '0099'")
    before = file.read_bytes()
    with pytest.raises(
        EnvironmentFault, match=r"made by a newer copydesk \(version 99 of the state, this one"
    ):
        State.open(tmp_path)
    assert file.read_bytes() == before


def test_an_older_copydesk_refuses_what_this_one_made(tmp_path: Path) -> None:
    # the versions before knew three, and look here
    State.open(tmp_path).close()
    assert asked(tmp_path / FILE_NAME, "SELECT number FROM about WHERE key = 'version'") == [(4,)]


@pytest.mark.slow
def test_alembic_is_loaded_where_a_migration_is_due_alone(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from copydesk.flows.store.state import State\n"
        "State.open(Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )
    made(tmp_path / "old", VERSION_2)
    loaded = [
        subprocess.run(
            [sys.executable, "-c", program, tmp_path / folder], capture_output=True, check=True, text=True
        ).stdout
        for folder in ("new", "new", "old", "old")
    ]
    assert loaded == ["False\n", "False\n", "True\n", "False\n"]
