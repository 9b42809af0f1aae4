"""The state in a PostgreSQL database: as in a file, for one run at a time, and faults reported without a password."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from copydesk.flows.sinks.catalogue import backend_named, sink_named
from copydesk.flows.sinks.journal import journal_file
from copydesk.flows.sinks.merging.copies import NearCopies
from copydesk.flows.sinks.store_backend import StoreLocation
from copydesk.flows.store.state import State
from copydesk.flows.store.state_database import FILE_NAME
from faulty_server import FaultyServer
from made_texts import story
from page_versions import reading
from postgres import Server
from sqlalchemy import event
from test_state import NOW, OK, ROBOTS, URL
from web_runs import Site, feed, ingest, records, source_list, titled

from copydesk.cleaners.schema import Record
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.fetching.http.outcomes import SiteFile
from copydesk.flows.fetching.lists.memory import FurtherPart, Link, PageLinks
from copydesk.flows.library.web.web_memory import Attempt, WebMemory
from copydesk.flows.run.batches import ingest_plainly

STOPPED = r"does not answer .*; see to the server, and run again"
_numbers = count()


@pytest.fixture
def address(postgresql: Server) -> str:
    name = f"state_{next(_numbers)}"
    postgresql.asked(f"CREATE DATABASE {name}")
    return postgresql.url(name)


@pytest.mark.parametrize("kept_in", ["a file", "a database"])
def test_what_was_noted_is_there_when_opened_again(
    tmp_path: Path, kept_in: str, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("address") if kept_in == "a database" else None
    failure = Attempt("timeout", is_failure=True, next_attempt_at=NOW + timedelta(minutes=5))
    long = f"{URL}?{''.join(chr(0x4E00 + number * 7) for number in range(2_000))}"
    links = (Link("feed", f"{URL}/feed"), Link("sitemap", f"{URL}/map", "2026-11-20"))
    pages = PageLinks("a newer one", (f"{URL}/a", f"{URL}/b"))
    for _ in range(2):
        with State.open(tmp_path, address) as state:
            web = WebMemory(state, clock=lambda: NOW)
            for url in (URL, long):
                web.note_attempt(url, OK, source="courier", now=NOW, found=(*links, links[0]))
                web.note_attempt(url, failure, source="courier", now=NOW, found=links)
                web.note_page_links(url, PageLinks("an older one", (URL,)))
                web.note_page_links(url, pages)
                web.note_attempt(url, failure, source="courier", now=NOW)
                web.note_seen("courier", url, now=NOW.astimezone(timezone(timedelta(hours=5, minutes=45))))
            web.note_seen("courier", "noon\0 caf\udce9", now=NOW)
            web.note_site_file(ROBOTS, SiteFile(200, b"\0\xff"))
            web.note_read("courier", now=NOW)
            denied = Attempt("robots_denied", is_failure=True)
            web.note_attempt(f"{URL}/denied", denied, source="gazette", now=NOW)
    with State.open(tmp_path, address) as state:
        web = WebMemory(state, clock=lambda: NOW)
        found = web.known([URL, long, "https://other.example/"])
        assert list(found) == [URL, long]
        for url, fetch in found.items():
            assert (fetch.failures, fetch.validators) == (2, OK.validators)
            assert fetch.next_attempt_at == NOW + timedelta(minutes=5)
            assert web.links(url) == links
            assert web.page_links(url) == pages
        assert web.seen("courier", [URL, long, "noon\0 caf\udce9", "never"]) == {
            URL,
            long,
            "noon\0 caf\udce9",
        }
        assert web.site_file(ROBOTS) == SiteFile(200, b"\0\xff")
        assert (web.last_read("courier"), web.last_read("gazette")) == (NOW, None)
        assert (web.site_file(URL), web.links(f"{URL}/none"), web.seen("gazette", [URL])) == (
            None,
            (),
            frozenset(),
        )
        assert (web.has_denied("gazette"), web.has_denied("courier")) == (True, False)
        parts = (FurtherPart(f"{URL}/2", OK.validators, missing="http_404"),)
        for url in (URL, long):
            web.note_further_parts(url, ())
            web.note_further_parts(url, parts)
            assert web.further_parts(url) == parts
        later = NOW + timedelta(hours=1)
        # what is stored of the long one is no URL that could be fetched
        assert web.due_again("courier", [], now=later) == (URL,)
        assert (web.due_again("courier", [], now=NOW), web.due_again("another", [1], now=later)) == ((), ())
        for url in (URL, long):
            web.forget_further_parts(url)
            assert web.further_parts(url) is None
        assert web.due_again("courier", [1], now=later) == ()
        web.note_attempt(URL, msgspec.structs.replace(OK, obsolete_keys="noon"), source="courier", now=NOW)
        assert web.seen("courier", [URL, "noon\0 caf\udce9"]) == {URL}
    assert [file.name for file in tmp_path.iterdir()] == ([] if address else [FILE_NAME])


def test_one_run_at_a_time_has_it(tmp_path: Path, address: str) -> None:
    with State.open(tmp_path / "a", address):
        with pytest.raises(EnvironmentFault, match="another run is using this state; wait for its end, or"):
            State.open(tmp_path / "b", address)
        # another schema is another state
        State.open(tmp_path / "c", f"{address}&options=-csearch_path%3Dpublic").close()
    State.open(tmp_path / "b", address).close()


def test_an_earlier_state_on_a_server_is_begun_anew(tmp_path: Path, postgresql: Server, address: str) -> None:
    with State.open(tmp_path, address) as state:
        WebMemory(state).note_read("courier", now=NOW)
    database = address.partition("@/")[2].partition("?")[0]
    postgresql.asked("UPDATE copydesk_state.about SET number = 4", database=database)
    with State.open(tmp_path, address) as state:
        assert state.is_begun_anew
        assert WebMemory(state).last_read("courier") is None
    with State.open(tmp_path, address) as state:
        assert not state.is_begun_anew


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
    with pytest.raises(EnvironmentFault, match=STOPPED) as caught:
        ingest(seeds, tmp_path / "out", state=where)
    assert (caught.value.exit_code, "\n" in str(caught.value)) == (5, False)
    # what was read waits in the journal: it comes into the store with what is known of copies
    assert journal_file(tmp_path / "out", "jsonl").exists()
    own_server.start()
    site.put("/page/1", site.bodies["/page/1"])
    ingest(seeds, tmp_path / "out", state=where)
    assert len(records(tmp_path / "out")) == 3
    site.again()
    ingest(seeds, tmp_path / "out", state=where)
    assert site.again() == [("/feed", 304)]
    assert not (tmp_path / "out" / "state.sqlite").exists()


def test_faults_of_urls_are_reported_without_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgresql: Server, address: str
) -> None:
    def message(where: str) -> str:
        with pytest.raises((EnvironmentFault, SettingsError)) as caught:
            State.open(tmp_path, where)
        return str(caught.value)

    postgresql.asked("CREATE ROLE state_reader LOGIN")
    assert "has no such database" in message(postgresql.url("missing"))
    assert "does not let this user write there" in message(address.replace("copydesk@", "state_reader@"))
    assert "does not answer" in message("postgresql://me:hunter2@127.0.0.1:1/news")
    assert "hunter2" not in message("postgresql://me:hunter2@127.0.0.1:1/news")
    expected = "--state: expected postgresql://user@host/database, not mysql://...@host/x"
    assert message("mysql://me:hunter2@host/x") == expected
    # a password is no option of a run: Prefect shows those
    with pytest.raises(SettingsError, match="--state: holds a password") as refused:
        IngestOptions(state="postgresql://me:hunter2@host/x")
    assert "hunter2" not in str(refused.value)
    monkeypatch.delenv("STATE_PASSWORD", raising=False)
    state = "postgresql://me:${STATE_PASSWORD}@host/x"
    options = IngestOptions(sources=("https://courier.example/",), output=tmp_path, state=state)
    with pytest.raises(SettingsError, match="environment: STATE_PASSWORD is not set, but --state uses it"):
        ingest_plainly(options)


def test_refused_users_are_reported(tmp_path: Path, own_server: Server) -> None:
    own_server.asked("CREATE ROLE editor LOGIN PASSWORD 'right'")
    ((rules,),) = own_server.asked("SHOW hba_file")
    file = Path(str(rules))
    # the first that fits holds
    file.write_text(f"local all editor scram-sha-256\n{file.read_text('utf-8')}", "utf-8")
    own_server.asked("SELECT pg_reload_conf()")
    host = own_server.url("postgres").partition("@")[2]
    missing, nobody = own_server.url("missing"), own_server.url("postgres").replace("copydesk@", "nobody@")
    for address, message in (
        (f"postgresql://editor:wrong@{host}", "does not let this user in .*; see to --state"),
        (f"postgresql://editor@{host}", "does not let this user in .*; see to --state"),
        (nobody, "does not let this user in .*; see to --state"),
        (missing, r"has no such database .*; make it \(createdb\), or see to --state"),
    ):
        with pytest.raises(EnvironmentFault, match=message) as caught:
            State.open(tmp_path, address)
        assert "wrong" not in str(caught.value)


def test_a_run_uses_only_this_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FaultyServer, address: str
) -> None:
    site, output, page = Site(monkeypatch, server), tmp_path / "out", tmp_path / "noon.html"
    listed = f"name = 'paper'\nkind = 'feed'\naddress = '{site.put('/feed', feed(site.put('/1', titled('Clock'))))}'"
    page.write_bytes(titled("Noon"))
    os.utime(page, (0, 0))
    sources = (str(page), str(source_list(tmp_path, [server], listed)))
    options = IngestOptions(sources=sources, output=output, state=address)
    assert ingest_plainly(options).records == 2
    assert "1 unchanged" in ingest_plainly(options).summary
    assert not (output / "state.sqlite").exists()


def test_copies_survive_a_server_that_stops_in_a_merge(tmp_path: Path, own_server: Server) -> None:
    where, place = own_server.url("postgres") + "&options=-csearch_path%3Dcopies", StoreLocation(tmp_path)
    own_server.asked("CREATE SCHEMA copies")
    days = {"b": 5, "c": 6, "a": 1}
    text = " ".join(story(1))
    pages = {
        name: reading(text, url=f"https://{name}.example/", id=name * 32, date_published=f"2026-10-0{day}")
        for name, day in days.items()
    }

    def run(*names: str, before: Callable[[State], None] = lambda _: None) -> None:
        with State.open(tmp_path, where) as state:
            before(state)
            with sink_named("jsonl", place, copies=NearCopies(state)) as sink:
                for name in names:
                    sink.write(pages[name])

    def originals() -> dict[str, str | None]:
        found = (msgspec.json.decode(line, type=Record) for line in backend_named("jsonl", place).lines())
        return {one.id[0]: one.duplicate_of and one.duplicate_of[0] for one in found}

    def stop_at_second_commit(state: State) -> None:
        commits = count(1)
        event.listen(state.engine, "commit", lambda _: own_server.stop() if next(commits) == 2 else None)

    run("b")
    run("c")
    assert originals() == {"b": None, "c": "b"}
    with pytest.raises(EnvironmentFault, match=STOPPED):
        run("a", before=stop_at_second_commit)
    assert originals() == {"b": None, "c": "b"}
    own_server.start()
    run()
    assert originals() == {"b": "a", "c": "a", "a": None}
    # the index lies in the state's schema, and who has the state has it alone
    assert own_server.asked("SELECT count(*) FROM copies.duplicate_texts") == [(3,)]
    with (
        State.open(tmp_path, where),
        pytest.raises(EnvironmentFault, match="another run is using this state"),
    ):
        run("b")
