"""PostgreSQL as a sink: a server that stops during a run, concurrent runs, faults in a line, never a password."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import page_versions
import psycopg
import pytest
from conftest import ARTICLE, Copydesk
from postgres import Server
from test_identity import read

from copydesk.cleaners.schema import Record
from copydesk.flows.config.database_url import filled_database_url
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import FlowError, SettingsError, SinkError
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.sinks.catalogue import backend_named
from copydesk.flows.sinks.store_backend import Stored, StoreLocation

_numbers = count()
SITE = "https://courier.example"


@pytest.fixture
def database(postgresql: Server) -> str:
    name = f"own_{next(_numbers)}"
    postgresql.asked(f"CREATE DATABASE {name}")
    return name


def store(place: StoreLocation, *records: Record) -> Stored:
    # one record a page: a changed text takes the place of the old one
    return page_versions.store("postgresql", place, *records, versions="last")


def texts(place: StoreLocation) -> list[str]:
    with psycopg.connect(str(place.database)) as connection:
        rows = connection.execute("SELECT record->>'text' FROM records ORDER BY number").fetchall()
    return [str(row[0]) for row in rows]


# what a server says of a full disk comes in the midst of many statements
FULL = """
CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file "base/5/16391"' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER is_full BEFORE INSERT ON records FOR EACH ROW WHEN (NEW.number > 60) EXECUTE FUNCTION is_full()
"""


def test_a_server_without_room(
    postgresql: Server, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = StoreLocation(tmp_path, database=postgresql.url(database))
    store(place, read(f"{SITE}/1", "T"))
    postgresql.asked(FULL, database=database)
    with pytest.raises(
        SinkError, match=r"has no room left \(could not extend .*; see to the server's disk"
    ) as message:
        store(place, *(read(f"{SITE}/{number}", "U") for number in range(1, 100)))
    assert (message.value.exit_code, "\n" in str(message.value)) == (5, False)
    # the driver's own remarks would be beside the line
    assert caplog.records == []
    postgresql.asked("DROP TRIGGER is_full ON records", database=database)
    assert store(place) == Stored(lines=99)
    assert {text[0] for text in texts(place)} == {"U"}


def test_concurrent_runs_into_one_database(postgresql: Server, database: str, tmp_path: Path) -> None:
    places = [StoreLocation(tmp_path / str(number), database=postgresql.url(database)) for number in range(4)]

    def run(place: StoreLocation) -> None:
        for number in range(3):
            own = [read(f"{SITE}/{place.folder.name}-{one}", f"{number}") for one in range(5)]
            store(place, read(f"{SITE}/all", "T"), *own)

    threads = [threading.Thread(target=run, args=(place,)) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts(places[0])) == ["2"] * 20 + ["T"]
    assert store(places[0]) == Stored(lines=21)
    rows = postgresql.asked(
        "SELECT count(DISTINCT id), count(DISTINCT number), count(*) FROM records", database=database
    )
    assert rows == [(21, 21, 21)]


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        ("CREATE TABLE records (number int)", r"has other tables by the names of ours \(.*\); choose another database"),
        ("CREATE SCHEMA empty; ALTER DATABASE {} SET search_path TO empty; DROP SCHEMA empty", "has no such schema"),
        ("ALTER DATABASE {} SET default_transaction_read_only = on", "takes no changes .*; name the server that does"),
    ],
)  # fmt: skip
def test_refusals_of_a_database(
    postgresql: Server, database: str, tmp_path: Path, prepare: str, message: str
) -> None:
    postgresql.asked(prepare.format(database), database=database)
    with pytest.raises(SinkError, match=message) as error:
        store(StoreLocation(tmp_path, database=postgresql.url(database)), read(f"{SITE}/1", "T"))
    assert (error.value.exit_code, "\n" in str(error.value)) == (5, False)


def test_a_database_in_another_encoding_is_refused(postgresql: Server, tmp_path: Path) -> None:
    postgresql.asked("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    with pytest.raises(SinkError, match="is encoded in LATIN1; choose a database that is encoded in UTF8"):
        store(StoreLocation(tmp_path, database=postgresql.url("latin")), read(f"{SITE}/1", "Ω"))


def backend(database: str | None) -> object:
    return backend_named("postgresql", StoreLocation(Path(), database=database))


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "none": (lambda: backend(None), "--sink postgresql needs --database, such as"),
    "another": (
        lambda: backend("mysql://user:hunter2@host/x"),
        r"--database: expected postgresql://user@host/database, not mysql://\.\.\.@host/x",
    ),
    "no URL": (lambda: backend("news"), "--database: expected postgresql://user@host/database, not news"),
    "a password": (
        lambda: IngestOptions(database="postgresql://user:hunter2@host/x"),
        r"holds a password, which Prefect would store and show; write \$\{NAME\} in its place",
    ),
    "a password at the end": (
        lambda: IngestOptions(database="postgresql://host/x?user=a&password=hunter2"),
        "holds a password",
    ),
    "no such variable": (
        lambda: filled_database_url("postgresql://user:${SECRET}@host/x", {}),
        "environment: SECRET is not set, but --database uses it",
    ),
}


@pytest.mark.parametrize(("refused", "message"), REFUSED.values(), ids=REFUSED)
def test_an_address_is_refused_without_its_password(refused: Callable[[], object], message: str) -> None:
    with pytest.raises(SettingsError, match=message) as error:
        refused()
    assert "hunter2" not in str(error.value)


def test_passwords_come_from_the_environment(
    postgresql: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.html").write_text(ARTICLE)
    monkeypatch.setenv("NEWS_PASSWORD", "hunter2")
    url = postgresql.url(database).replace("copydesk@", "copydesk:${NEWS_PASSWORD}@")
    page, output = str(tmp_path / "page.html"), tmp_path / "out"
    options = IngestOptions(sources=(page,), output=output, sink="postgresql", database=url, jobs=1)
    result = ingest_plainly(options)
    assert f"records are in postgresql:///{database}?" in result.summary
    assert "hunter2" not in f"{result.summary} {options}"
    # a password may be any text; a whole URL may be in a variable, too
    monkeypatch.setenv("NEWS_PASSWORD", "hunter2@/elsewhere?host=/nowhere&")
    assert ingest_plainly(replace(options, again=True)).ok == 1
    monkeypatch.setenv("NEWS_URL", "postgresql://copydesk:hunter2@/x?host=/nowhere&password=hunter2")
    with pytest.raises(FlowError, match="does not answer") as error:
        ingest_plainly(replace(options, database="${NEWS_URL}"))
    assert "hunter2" not in str(error.value)


def test_a_wrong_database_url_is_reported_first(copydesk: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(ARTICLE)
    ended = copydesk("ingest", "page.html", "--sink", "postgresql", "--database", "mysql://host/news")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1), ended.stderr
    assert not (tmp_path / "output").exists()
