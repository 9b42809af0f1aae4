"""There is one schema of the state: that of an earlier copydesk is emptied, and begun anew."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from copydesk.flows.store.state import State
from copydesk.flows.store.state_database import FILE_NAME, VERSION
from prefect_runs import write_pages
from test_state import NOW, OK, URL
from web_runs import ingest, records

from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.exports.views import ViewNote, ViewNotes
from copydesk.flows.io.output_folder import locked
from copydesk.flows.library.web.web_memory import WebMemory
from copydesk.flows.run import batches
from copydesk.flows.run.batches import Ingestion
from copydesk.flows.run.reporting.source_lines import BEGUN_ANEW

OF_ALEMBIC = """
    UPDATE about SET number = 4;
    CREATE TABLE copydesk_state_revision (version_num TEXT NOT NULL, PRIMARY KEY (version_num));
    INSERT INTO copydesk_state_revision VALUES ('0010');
    CREATE TABLE pages_of_before (url TEXT NOT NULL);
    CREATE INDEX another ON pages_of_before (url);
"""
"""Makes of a new state one that has other tables, as the last one with migrations may."""


def query(file: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement).fetchall()


def make_earlier(file: Path, change: str = "") -> None:
    """Makes a state one of an earlier copydesk."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(OF_ALEMBIC + change)


def made_earlier(folder: Path) -> Path:
    """A state of an earlier copydesk, with a note of a page."""
    with State.open(folder) as state:
        WebMemory(state).note_attempt(URL, OK, source="courier", now=NOW)
    make_earlier(folder / FILE_NAME)
    return folder / FILE_NAME


def test_the_state_of_an_earlier_copydesk_is_begun_anew(tmp_path: Path) -> None:
    file = made_earlier(tmp_path)
    assert not State.exists(tmp_path)
    with State.open(tmp_path) as state:
        assert state.is_begun_anew
        assert WebMemory(state).known([URL]).get(URL) is None
        WebMemory(state).note_attempt(URL, OK, source="courier", now=NOW)
    assert query(file, "SELECT number FROM about") == [(VERSION,)]
    State.open(tmp_path / "new").close()
    names = "SELECT type, name FROM sqlite_master ORDER BY name"
    assert query(file, names) == query(tmp_path / "new" / FILE_NAME, names)
    shutil.rmtree(tmp_path / "new")
    # once, and nothing else is left
    with State.open(tmp_path) as state:
        assert not state.is_begun_anew
        assert WebMemory(state).known([URL]).get(URL) is not None
    assert {path.name for path in tmp_path.iterdir()} == {FILE_NAME}


def test_a_state_that_a_run_is_using_is_not_emptied(tmp_path: Path) -> None:
    file = made_earlier(tmp_path)
    with locked(tmp_path), pytest.raises(EnvironmentFault, match="another run"):
        State.open(tmp_path)
    assert query(file, "SELECT number FROM about") == [(4,)]
    assert query(file, "SELECT count(*) FROM pages_of_before") == [(0,)]


@pytest.mark.slow
def test_a_run_reports_it_and_no_record_is_lost(tmp_path: Path) -> None:
    pages, output = write_pages(tmp_path / "pages.jsonl", articles=3), tmp_path / "out"
    assert ingest(pages, output).ok == 3
    before = records(output)
    make_earlier(output / FILE_NAME)
    lines = ingest(pages, output).summary.splitlines()
    assert f"warning: {BEGUN_ANEW}" in lines
    assert records(output) == before
    again = ingest(pages, output)
    assert "earlier copydesk" not in again.summary
    assert records(output) == before


@pytest.mark.parametrize("change", ["", "DROP TABLE views;", "ALTER TABLE views RENAME place TO address;"])
def test_places_of_views_stay_known_where_they_were_noted_as_now(tmp_path: Path, change: str) -> None:
    with State.open(tmp_path) as state:
        ViewNotes(state).note("/srv/articles.csv", ViewNote("by", "store", "content", "stamp"))
    make_earlier(tmp_path / FILE_NAME, change)
    with State.open(tmp_path) as state:
        assert ViewNotes(state).of("/srv/articles.csv") == (None if change else ViewNote())


def test_an_earlier_state_is_described_as_such_and_stays(tmp_path: Path) -> None:
    file = made_earlier(tmp_path)
    before = file.read_bytes()
    described = f"{file}, version 4, of an earlier copydesk: the next run replaces it"
    assert State.described(tmp_path) == described
    result = CliRunner().invoke(cli, ["retry", "--failed", "--output", str(tmp_path)])
    assert result.exit_code == 2
    assert "its state is an earlier copydesk's; the next run replaces it" in result.stderr
    assert file.read_bytes() == before


def test_a_run_warns_and_writes_its_view_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = tmp_path / "articles.csv"
    pages = str(write_pages(tmp_path / "pages.jsonl", articles=1))
    options = IngestOptions(sources=(pages,), output=tmp_path / "out", jobs=1, views=(f"csv={view}",))
    with Ingestion(options) as run:
        while not run.is_done:
            run.clean_batch()
    written = view.read_bytes()
    make_earlier(tmp_path / "out" / FILE_NAME)
    # what other tests run may configure logging for the process: Prefect, and import-linter, which disables all loggers
    logger = logging.getLogger(batches.__name__)
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    monkeypatch.setattr(logger, "disabled", False)
    caplog.set_level(logging.WARNING, logger=logger.name)
    with Ingestion(options) as run:
        assert BEGUN_ANEW in caplog.text
        while not run.is_done:
            run.clean_batch()
    assert run.result().unwritten == ()
    assert view.read_bytes() == written


def test_a_state_of_a_newer_copydesk_is_refused_and_unchanged(tmp_path: Path) -> None:
    State.open(tmp_path).close()
    file = tmp_path / FILE_NAME
    query(file, "UPDATE about SET number = 99")
    before = file.read_bytes()
    newer = r"made by a newer copydesk \(version 99 of the state, this one knows .*; update copydesk, or"
    with pytest.raises(EnvironmentFault, match=newer):
        State.open(tmp_path)
    assert file.read_bytes() == before


def test_an_older_copydesk_refuses_what_this_one_made(tmp_path: Path) -> None:
    # those before knew ten versions, and look here where there is no table of Alembic's
    State.open(tmp_path).close()
    assert query(tmp_path / FILE_NAME, "SELECT number > 10 FROM about WHERE key = 'version'") == [(1,)]
