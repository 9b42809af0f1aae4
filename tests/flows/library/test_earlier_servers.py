"""What an earlier copydesk has left on a server is found where it was, and taken by the run that it is of."""

from __future__ import annotations

from pathlib import Path

import pytest
from earlier_copydesk import (
    LINES,
    RECORDS,
    change_state,
    ids,
    ids_of,
    ingest,
    make_database,
    make_state,
    refused,
    run,
)
from postgres import Server

from copydesk.flows.io.output_folder import LIBRARY

RECORDS_IN = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE {schema}.copydesk_about (version INTEGER PRIMARY KEY);
CREATE TABLE {schema}.copydesk_marks (mark BYTEA, number BIGINT, PRIMARY KEY (mark, number));
CREATE TABLE {schema}.records (number BIGINT PRIMARY KEY, record JSON NOT NULL);
"""
STATE_IN = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE {schema}.about (key TEXT PRIMARY KEY, number INTEGER NOT NULL);
INSERT INTO {schema}.about VALUES ('version', 13);
CREATE TABLE {schema}.fetches (
    url TEXT PRIMARY KEY, source TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, etag TEXT, last_modified TEXT,
    validators_url TEXT, fetched_at TIMESTAMP WITH TIME ZONE NOT NULL, next_attempt_at TIMESTAMP WITH TIME ZONE,
    failures INTEGER NOT NULL, failing_since TIMESTAMP WITH TIME ZONE, left_before TIMESTAMP WITH TIME ZONE,
    first_fetched_at TIMESTAMP WITH TIME ZONE, age_when_requested INTEGER, is_list BOOLEAN, list_version TEXT
);
INSERT INTO {schema}.fetches (url, source, outcome, fetched_at, failures) VALUES ('https://desk.example/3', 'd', 'ok', now(), 0);
CREATE TABLE {schema}.site_pages (
    site TEXT, page TEXT, journal BYTEA, batch INTEGER, headline BYTEA, text BYTEA, blocks BYTEA, PRIMARY KEY (site, page)
);
CREATE TABLE {schema}.views (place BYTEA PRIMARY KEY, made_by TEXT, store TEXT, content TEXT, stamp TEXT);
"""


@pytest.fixture
def database(postgresql: Server, request: pytest.FixtureRequest) -> str:
    """The name of a database of the test's own."""
    name = f"earlier_{abs(hash(request.node.name))}"
    postgresql.asked(f"CREATE DATABASE {name}")
    return name


def make_records(server: Server, database: str, schema: str, lines: list[bytes]) -> None:
    server.asked(RECORDS_IN.format(schema=schema), database=database)
    for number, line in enumerate(lines):
        text = line.decode().strip().replace("'", "''")
        server.asked(f"INSERT INTO {schema}.records VALUES ({number}, '{text}')", database=database)  # noqa: S608 - ours


def exported(url: str) -> int:
    """How many records there are."""
    done = run("export", "--database", url, "--format", "jsonl", "--to", "-")
    assert done.exit_code == 0, done.output
    return done.stdout.count("\n")


def in_schemas(url: str, *names: str) -> str:
    return f"{url}&options=-csearch_path%3D{'%2C'.join(names)}"


@pytest.mark.parametrize("name", ["records.sqlite", "records.parquet", "records.jsonl.gz"])
def test_a_further_folder_with_any_store_is_refused(
    postgresql: Server, database: str, output: Path, name: str
) -> None:
    url = postgresql.url(database)
    assert ingest("--output", "first", "--state", url).exit_code == 0
    store = make_database(output, LINES[:3])
    if name != store.name:
        store = store.rename(output / name)
    state = make_state(output)
    line = refused(ingest("--state", url))
    assert line.startswith(
        f"Error: {store}: holds records that are not of the library postgresql:///{database}"
    )
    assert (store.exists(), state.exists()) == (True, True)
    store.unlink()
    # what was known of the web is taken, alone
    assert ingest("--state", url).exit_code == 0
    assert {one.name for one in output.iterdir()} == {".library.json", "records.jsonl"}
    assert postgresql.asked("SELECT url FROM copydesk.url", database=database) == [
        ("https://desk.example/3",)
    ]
    change_state(make_state(output), "DELETE FROM fetches")
    assert "an earlier copydesk has written state.sqlite here after" in refused(ingest("--state", url))
    # another machine may have a folder of the same path
    output.rename("moved")
    output.mkdir()
    make_state(output)
    assert ingest("--state", url).exit_code == 0
    assert {one.name for one in output.iterdir()} == {".library.json", "records.jsonl"}


def test_a_store_beside_the_table_that_was_taken_stays(
    postgresql: Server, database: str, output: Path
) -> None:
    make_records(postgresql, database, "public", LINES[:2])
    store = make_database(output, LINES[2:3])
    url = postgresql.url(database)
    done = ingest("--sink", "postgresql", "--database", url)
    assert (done.exit_code, exported(url), store.exists()) == (0, 2, True), done.output
    assert "public.records is not used any more; records.sqlite stays as it is" in done.stderr
    assert ingest("--sink", "postgresql", "--database", url).exit_code == 0


def test_a_folder_with_a_library_of_its_own_does_not_fill_another(
    postgresql: Server, database: str, output: Path
) -> None:
    (output / "records.jsonl").write_bytes(LINES[0])
    assert ingest().exit_code == 0
    line = refused(ingest("--state", postgresql.url(database)))
    assert line.startswith(f"Error: output: has records in {LIBRARY}, and postgresql:///{database}")
    assert ids(output) == ids_of(RECORDS[:1])


@pytest.mark.usefixtures("output")
def test_tables_in_a_schema_that_the_address_names_are_taken(postgresql: Server, database: str) -> None:
    make_records(postgresql, database, "articles", LINES[:2])
    postgresql.asked(STATE_IN.format(schema="known"), database=database)
    # of another address
    make_records(postgresql, database, "public", LINES[3:])
    url = postgresql.url(database)
    for option, schema in (("--database", "articles"), ("--state", "known")):
        sink = ("--sink", "postgresql") if option == "--database" else ()
        line = refused(ingest(*sink, option, in_schemas(url, schema)))
        assert (
            f"the schema {schema} holds an earlier copydesk's tables, which stay as they are; make a schema"
            in line
        )
        assert f"?options=-csearch_path%3DNAME%2C{schema}" in line
    postgresql.asked("CREATE SCHEMA news", database=database)
    named = in_schemas(url, "news", "articles", "known")
    done = ingest("--sink", "postgresql", "--database", named)
    assert done.exit_code == 0, done.output
    assert "2 records and all that was known of the web are in" in done.stderr
    assert "articles.records and the schema known are not used any more" in done.stderr
    assert exported(named) == 2
    assert postgresql.asked("SELECT count(*) FROM news.url", database=database) == [(1,)]
    assert postgresql.asked("SELECT count(*) FROM articles.records", database=database) == [(2,)]


@pytest.mark.usefixtures("output")
def test_the_table_of_records_is_taken_by_the_first_run_of_its_sink(
    postgresql: Server, database: str
) -> None:
    make_records(postgresql, database, "public", LINES[:2])
    url = postgresql.url(database)
    # before any run
    assert (
        "holds no library; copydesk ingest makes it, and takes over what an earlier copydesk left"
        in refused(run("export", "--database", url, "--format", "jsonl", "--to", "-"))
    )
    assert ingest("--state", url).exit_code == 0
    assert exported(url) == 0
    done = ingest("--sink", "postgresql", "--database", url, "--output", "another")
    assert "an earlier copydesk's tables: 2 records" in done.stderr
    assert exported(url) == 2


def test_tables_of_records_do_not_come_among_others(postgresql: Server, database: str, output: Path) -> None:
    make_records(postgresql, database, "public", LINES[:2])
    (output / "records.jsonl").write_bytes(LINES[3])
    url = postgresql.url(database)
    assert ingest("--state", url).exit_code == 0
    line = refused(ingest("--sink", "postgresql", "--database", url))
    assert "has records, and so has public.records of an earlier copydesk; make a schema for these" in line
    postgresql.asked("CREATE SCHEMA others", database=database)
    named = in_schemas(url, "others", "public")
    assert ingest("--sink", "postgresql", "--database", named, "--output", "others").exit_code == 0
    assert (exported(url), exported(named)) == (1, 2)
