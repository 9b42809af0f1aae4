"""The library on a server of PostgreSQL: faults are reported in a line, and never with a password."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE
from faulty_server import FaultyServer
from killed_runs import run_of
from msgspec.structs import replace
from page_versions import reading
from postgres import Server
from stores import lines
from web_runs import Site, feed, ingest, records, source_list, titled

from copydesk.cleaners.schema import Record
from copydesk.flows.config.database_url import filled_database_url
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault, FlowError, SettingsError
from copydesk.flows.exports.finding import Search, search
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import StoreLocation, check_sink
from copydesk.flows.library.tables import count_up
from copydesk.flows.run.batches import ingest_plainly

_numbers = count()


@pytest.fixture
def database(postgresql: Server) -> str:
    name = f"own_{next(_numbers)}"
    postgresql.asked(f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def address(postgresql: Server, database: str) -> str:
    return postgresql.url(database)


def page(number: int) -> Record:
    return reading(f"Ship {number} came in.", url=f"https://courier.example/{number}")


# what a server says of a full disk comes in the midst of many statements
FULL = """
CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file "base/5/16391"' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER is_full BEFORE INSERT ON copydesk.record
FOR EACH ROW WHEN (NEW.number > 60) EXECUTE FUNCTION is_full()
"""


def test_a_server_without_room_keeps_whole_batches(
    postgresql: Server, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = StoreLocation(tmp_path, database=postgresql.url(database))
    pages = [page(number) for number in range(70)]
    run_of("postgresql", place, pages[:1])
    postgresql.asked(FULL, database=database)
    with pytest.raises(
        EnvironmentFault, match=r"has no room left \(could not extend .*; see to the server's disk"
    ) as message:
        run_of("postgresql", place, pages, batch=25)
    assert (message.value.exit_code, "\n" in str(message.value), len(lines(place))) == (5, False, 50)
    # the driver's own remarks would be beside the line
    assert caplog.records == []
    postgresql.asked("DROP TRIGGER is_full ON copydesk.record", database=database)
    assert run_of("postgresql", place, pages).stored.lines == 70


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (
            "CREATE SCHEMA copydesk; CREATE TABLE copydesk.record (number int)",
            r"has other tables by the names of ours \(.*\); choose another database",
        ),
        (
            "ALTER DATABASE {} SET default_transaction_read_only = on",
            "takes no changes .*; name the server that does",
        ),
    ],
)
def test_refusals_of_a_database(
    postgresql: Server, database: str, tmp_path: Path, prepare: str, message: str
) -> None:
    postgresql.asked(prepare.format(database), database=database)
    with pytest.raises(EnvironmentFault, match=message) as error:
        run_of("postgresql", StoreLocation(tmp_path, database=postgresql.url(database)), [page(1)])
    assert (error.value.exit_code, "\n" in str(error.value)) == (5, False)


def test_a_database_in_another_encoding_is_refused(postgresql: Server, tmp_path: Path) -> None:
    postgresql.asked("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    message = "is encoded in LATIN1; choose a database that is encoded in UTF8"
    with pytest.raises(EnvironmentFault, match=message):
        Library.open(tmp_path, postgresql.url("latin"))


def test_another_schema_is_another_library_and_one_that_is_missing_is_named(
    tmp_path: Path, address: str
) -> None:
    with Library.open(tmp_path / "a", address):
        Library.open(tmp_path / "c", f"{address}&options=-csearch_path%3Dpublic").close()
        with pytest.raises(EnvironmentFault, match="has no such schema"):
            Library.open(tmp_path / "d", f"{address}&options=-csearch_path%3Delsewhere")


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "none": (
        lambda: check_sink("postgresql", StoreLocation(Path())),
        "--sink postgresql needs --database, such as",
    ),
    "another": (
        lambda: Library.open(Path(), "mysql://user:hunter2@host/x"),
        r"--database: expected postgresql://user@host/database, not mysql://\.\.\.@host/x",
    ),
    "no URL": (
        lambda: Library.open(Path(), "news"),
        "--database: expected postgresql://user@host/database, not news",
    ),
    "a password": (
        lambda: IngestOptions(database="postgresql://user:hunter2@host/x"),
        r"holds a password, which Prefect would store and show; write \$\{NAME\} in its place",
    ),
    "a password at the end": (
        lambda: IngestOptions(state="postgresql://host/x?user=a&password=hunter2"),
        "--state: holds a password",
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
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.html").write_text(ARTICLE)
    monkeypatch.setenv("NEWS_PASSWORD", "hunter2")
    url = address.replace("copydesk@", "copydesk:${NEWS_PASSWORD}@")
    page, output = str(tmp_path / "page.html"), tmp_path / "out"
    options = IngestOptions(sources=(page,), output=output, sink="postgresql", database=url, jobs=1)
    result = ingest_plainly(options)
    assert "records are in postgresql:///own_" in result.summary
    assert "hunter2" not in f"{result.summary} {options}"
    # a password may be any text; a whole URL may be in a variable, too
    monkeypatch.setenv("NEWS_PASSWORD", "hunter2@/elsewhere?host=/nowhere&")
    assert ingest_plainly(replace(options, again=True)).ok == 1
    monkeypatch.setenv("NEWS_URL", "postgresql://copydesk:hunter2@/x?host=/nowhere&password=hunter2")
    with pytest.raises(FlowError, match="does not answer") as error:
        ingest_plainly(replace(options, database="${NEWS_URL}"))
    assert "hunter2" not in str(error.value)


def test_refused_users_are_reported(tmp_path: Path, own_server: Server) -> None:
    own_server.asked("CREATE ROLE reader LOGIN")
    own_server.asked("CREATE ROLE editor LOGIN PASSWORD 'right'")
    ((rules,),) = own_server.asked("SHOW hba_file")
    file = Path(str(rules))
    # the first that fits holds
    file.write_text(f"local all editor scram-sha-256\n{file.read_text('utf-8')}", "utf-8")
    own_server.asked("SELECT pg_reload_conf()")
    url = own_server.url("postgres")
    host = url.partition("@")[2]
    for address, message in (
        (f"postgresql://editor:wrong@{host}", "does not let this user in .*; see to --database"),
        (f"postgresql://editor@{host}", "does not let this user in .*; see to --database"),
        (url.replace("copydesk@", "nobody@"), "does not let this user in .*; see to --database"),
        (url.replace("copydesk@", "reader@"), "does not let this user write there"),
        (own_server.url("missing"), r"has no such database .*; make it \(createdb\), or see to --database"),
        ("postgresql://me:wrong@127.0.0.1:1/news", "does not answer"),
    ):
        with pytest.raises(EnvironmentFault, match=message) as caught:
            Library.open(tmp_path, address)
        assert "wrong" not in str(caught.value)


@pytest.mark.slow
def test_a_server_that_stops_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FaultyServer, own_server: Server
) -> None:
    site = Site(monkeypatch, server)
    pages = [site.put(f"/page/{number}", titled(f"Clock {number}")) for number in range(3)]
    seeds = source_list(
        tmp_path, [server], f"name = 'paper'\nkind = 'feed'\naddress = '{site.put('/feed', feed(*pages))}'"
    )
    where = own_server.url("postgres")

    def answer(handler: Any, rest: str) -> None:
        if rest == "1":
            own_server.stop()
        handler.give(site.bodies[f"/page/{rest}"])

    site.answer("page", answer)
    with pytest.raises(
        EnvironmentFault, match=r"does not answer .*; see to the server, and run again"
    ) as caught:
        ingest(seeds, tmp_path / "out", state=where)
    assert (caught.value.exit_code, "\n" in str(caught.value)) == (5, False)
    own_server.start()
    site.put("/page/1", site.bodies["/page/1"])
    ingest(seeds, tmp_path / "out", state=where)
    assert len(records(tmp_path / "out")) == 3
    site.again()
    ingest(seeds, tmp_path / "out", state=where)
    assert site.again() == [("/feed", 304)]
    files = {file.name for file in (tmp_path / "out").iterdir() if file.is_file()}
    assert files == {".library.json", "records.jsonl"}


def test_several_folders_and_views_of_their_own(tmp_path: Path, address: str) -> None:
    (tmp_path / "a.html").write_text(ARTICLE)
    os.utime(tmp_path / "a.html", (0, 0))
    for at, name in enumerate(("one", "two", "two", "one")):
        view = f"csv={tmp_path / name}.csv"
        options = IngestOptions(
            sources=(str(tmp_path / "a.html"),), output=tmp_path / name, state=address, views=(view,), jobs=1
        )
        assert ("1 page unchanged" in ingest_plainly(options).summary) is (at > 0)
        assert not list((tmp_path / name).glob("*.sqlite*"))
        assert (tmp_path / f"{name}.csv").read_text().count("\n") > 1
        assert len((tmp_path / name / "records.jsonl").read_bytes().splitlines()) == 1


def test_a_schema_is_one_library_however_its_address_is_spelled(
    tmp_path: Path, postgresql: Server, database: str, address: str
) -> None:
    postgresql.asked("CREATE SCHEMA news", database=database)
    one, other = (f"{address}&options=-csearch_path%3D{path}" for path in ("news", "news,public"))
    with Library.open(tmp_path / "one", one) as first, Library.open(tmp_path / "other", other) as second:
        with first.writing() as connection:
            run = count_up(connection, "run")
            first.hold(run)
        with second.writing() as connection:
            assert not second.is_over(connection, run)


@pytest.mark.slow
def test_a_page_that_has_more_words_than_the_server_takes_is_found_by_those_that_it_takes(
    tmp_path: Path, address: str
) -> None:
    text = "".join(chr(0x4E00 + number * number % 19_997) for number in range(100_000))
    place = StoreLocation(tmp_path, database=address)
    run_of("postgresql", place, [reading(text, title="Harbour crane")])
    found = search(tmp_path, Search("crane"), print, database=address)
    assert [hit.title for hit in found] == ["Harbour crane"]
