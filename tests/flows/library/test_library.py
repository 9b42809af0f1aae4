"""The library as a file and on a server: what was noted is there, whole, however a run ends and whoever else writes."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest
from conftest import HANG_SECONDS
from postgres import Server
from web_runs import failed, note, note_list, sent

from copydesk.flows.errors import EnvironmentFault, FlowError
from copydesk.flows.fetching.http.outcomes import Fetched, NotModified
from copydesk.flows.fetching.http.site_files import SiteFile
from copydesk.flows.fetching.lists.listed import (
    FurtherPart,
    Link,
    ListedPage,
    ListResult,
    PageLinks,
    PageResult,
)
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library import database
from copydesk.flows.library.library import Library
from copydesk.flows.library.tables import count_up, storable
from copydesk.flows.library.web import urls
from copydesk.flows.library.web.frontier import Frontier
from copydesk.flows.library.web.web_tables import due_again

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
URL = "https://courier.example/noon"
ROBOTS = "https://courier.example/robots.txt"
OK = Fetched(URL, 200, {"etag": '"a1"', "last-modified": "Sat, 21 Nov 2026 06:00:00 GMT"}, b"", NOW)
ODD = "noon\0 caf\udce9"
_numbers = count()


@pytest.fixture(params=["a file", "a server"])
def address(request: pytest.FixtureRequest) -> str | None:
    """Where the library is: None of one in the output folder."""
    if request.param == "a file":
        return None
    server: Server = request.getfixturevalue("postgresql")
    name = f"library_{next(_numbers)}"
    server.asked(f"CREATE DATABASE {name}")
    return server.url(name)


@contextmanager
def opened(folder: Path, now: datetime = NOW, address: str | None = None) -> Iterator[Frontier]:
    with Library.open(folder, address) as library:
        begin(library)
        yield Frontier(library, clock=lambda: now)


def begin(library: Library) -> None:
    """Counts a run, as runs do: nobody looks at a library that none has begun to fill."""
    with library.writing() as connection:
        count_up(connection, "run")


def query(folder: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / LIBRARY)) as connection:
        return connection.execute(question).fetchall()


def test_what_was_noted_is_there_when_opened_again(tmp_path: Path, address: str | None) -> None:
    long = f"{URL}?{''.join(chr(0x4E00 + number * 7) for number in range(2_000))}"
    links = (Link("feed", f"{URL}/feed"), Link("sitemap", f"{URL}/map", "2026-11-20"))
    pages = PageLinks("a newer one", (f"{URL}/a", f"{URL}/b"))
    parts = (FurtherPart(f"{URL}/2", OK.validators, missing="http_404"),)
    for _ in range(2):
        with opened(tmp_path, address=address) as web:
            for url in (URL, long):
                of_list = ListResult(url, OK, (*links, links[0]), PageLinks("an older one", (URL,)))
                for result in (of_list, ListResult(url, OK, links, pages)):
                    note_list(web, result, NOW)
                page = ListedPage(url, key=ODD)
                for result in (
                    PageResult(OK, parts=parts),
                    *[PageResult(failed(url, "timeout"))] * 2,
                ):
                    web.settle("courier", page, result, reason=None, now=NOW)
            web.note_site_file(ROBOTS, SiteFile(200, b"\0\xff"))
            web.note_read("courier", now=NOW.astimezone(timezone(timedelta(hours=5, minutes=45))))
            note(web, f"{URL}/denied", failed(URL, "robots_denied"), NOW, source="gazette")
    with opened(tmp_path, address=address) as web:
        found = web.known([URL, long, "https://other.example/"])
        assert list(found) == [URL, long]
        for url, fetch in found.items():
            assert (fetch.failures, fetch.validators, fetch.entry) == (2, OK.validators, storable(ODD))
            assert fetch.next_attempt_at == NOW + timedelta(hours=1)
            assert (web.links(url), web.page_links(url), web.further_parts(url)) == (links, pages, parts)
        assert web.site_file(ROBOTS) == SiteFile(200, b"\0\xff")
        assert (web.last_read("courier"), web.last_read("gazette")) == (NOW, None)
        assert (web.site_file(URL), web.links(f"{URL}/none")) == (None, ())
        assert (web.has_denied("gazette"), web.has_denied("courier")) == (True, False)
        later = NOW + timedelta(hours=2)
        # what is stored of the long one is no URL that could be fetched
        assert web.due_again("courier", [], now=later) == (URL,)
        assert (web.due_again("courier", [], now=NOW), web.due_again("another", [1], now=later)) == ((), ())
        for url in (URL, long):
            note(web, url, failed(url, "http_404"), NOW)
            assert web.further_parts(url) is None
        assert web.due_again("courier", [], now=later) == ()
        with pytest.raises(Exception, match="a moment needs its zone"):
            web.note_read("courier", now=NOW.replace(tzinfo=None))
    assert [file.name for file in tmp_path.iterdir()] == ([] if address else [LIBRARY])


def test_one_run_at_a_time_writes_and_readers_need_not_wait(tmp_path: Path, address: str | None) -> None:
    with opened(tmp_path, address=address) as web:
        web.note_read("courier", now=NOW)
        with pytest.raises(
            FlowError, match=r"another run is writing (t)?here; wait for its end, or choose"
        ) as fault:
            Library.open(tmp_path, address)
        assert (fault.value.exit_code, "\n" in str(fault.value)) == (5, False)
        reader = Library.look(tmp_path, address)
        assert reader is not None
        with reader:
            assert Frontier(reader).last_read("courier") == NOW
    Library.open(tmp_path, address).close()


def test_a_library_of_a_newer_copydesk_is_refused_and_unchanged(tmp_path: Path, address: str | None) -> None:
    with Library.open(tmp_path, address) as library, library.writing() as connection:
        connection.exec_driver_sql("UPDATE library SET number = 99 WHERE name = 'version'")
    for opening in (Library.open, Library.look):
        with pytest.raises(
            EnvironmentFault, match=r"made by a newer copydesk \(version 99 of the library.*; update"
        ):
            opening(tmp_path, address)


def test_there_is_nothing_to_look_at_before_a_run(tmp_path: Path, address: str | None) -> None:
    assert Library.look(tmp_path, address) is None
    assert Library.described(tmp_path, address).endswith("is to be made")
    assert list(tmp_path.iterdir()) == []
    with Library.open(tmp_path, address) as library:
        begin(library)
    assert not Library.described(tmp_path, address).endswith("is to be made")


def test_failures_are_counted_in_a_row_and_keep_what_was_known(tmp_path: Path) -> None:
    failure, seen = failed(URL, "timeout"), []
    with opened(tmp_path) as web:
        for outcome in (failure, OK, failure, failure, NotModified(URL, NOW), sent(URL, NOW)):
            note(web, URL, outcome, NOW)
            known = web.known([URL])[URL]
            ((status,),) = query(tmp_path, "SELECT status FROM url")
            seen.append((known.failures, status, known.outcome, known.validators.etag))
    assert seen == [
        (1, None, "timeout", None),
        (0, 200, "ok", '"a1"'),
        (1, None, "timeout", '"a1"'),
        (2, None, "timeout", '"a1"'),
        (0, 304, "timeout", '"a1"'),
        (0, 200, "ok", None),
    ]


def test_a_list_and_its_links_are_noted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended while the links of an index are noted: it does not count as an unchanged index without links."""

    def end(*_: object) -> None:
        raise ZeroDivisionError

    with opened(tmp_path) as web:
        monkeypatch.setattr(urls, "insert", end)
        with pytest.raises(ZeroDivisionError):
            note_list(web, ListResult(URL, OK, (Link("feed", f"{URL}/feed"),)), NOW)
        assert (web.known([URL]), web.links(URL)) == ({}, ())


def test_files_of_sites_are_believed_and_kept_for_a_day(tmp_path: Path) -> None:
    with opened(tmp_path) as web:
        web.note_site_file(ROBOTS, SiteFile(404))
    for hours, is_known in ((0, True), (23.9, True), (24, False), (-1, False)):
        with opened(tmp_path, NOW + timedelta(hours=hours)) as web:
            assert (web.site_file(ROBOTS) == SiteFile(404)) is is_known
    for number, expected in ((10, ["10", ROBOTS]), (25, ["10", "25"]), (60, ["60"])):
        with opened(tmp_path, NOW + timedelta(hours=number)) as web:
            web.note_site_file(f"{number}", SiteFile(200, b"x" * 1000))
        found = query(tmp_path, "SELECT url FROM site_files ORDER BY url")
        assert [url for (url,) in found] == expected


def test_sqlalchemy_is_loaded_when_a_library_is_opened() -> None:
    code = "import sys, copydesk.flows.library.library; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "False\n"


WRITER = textwrap.dedent("""
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from copydesk.flows.fetching.http.outcomes import Fetched
    from copydesk.flows.fetching.lists.listed import ListResult
    from copydesk.flows.fetching.lists.web_source import WebSource
    from copydesk.flows.library.library import Library
    from copydesk.flows.library.web.frontier import Frontier, Wants

    now = datetime(2026, 11, 21, 6, tzinfo=UTC)
    with Library.open(Path(sys.argv[1])) as library:
        web = Frontier(library)
        for number in range(100_000):
            page = Fetched(str(number), 200, {"etag": str(number)}, b"", now)
            web.settle_file(Wants(WebSource("a", "warc", ()), now), ListResult(str(number), page), now=now, items=None)
            print(number, flush=True)
""")


@pytest.mark.slow
def test_a_killed_process_loses_no_note(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        printed = [writer.stdout.readline() for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
        printed += writer.stdout.readlines()
    last = len([line for line in printed if line.endswith("\n")])
    assert last >= 20
    assert query(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    urls = [str(number) for number in range(last + 3)]
    with opened(tmp_path) as web:
        found = {url: known.validators.etag for url, known in web.known(urls).items()}
    assert all(found.get(url) == url for url in urls[:last])
    assert found.keys() <= set(urls[: last + 1])  # at most the one under way when it was killed


def make(folder: Path, notes: int = 0) -> Path:
    with Library.open(folder) as library, library.writing():
        for number in range(notes):
            note(Frontier(library), f"{URL}/{number}", OK, NOW)
    return folder / LIBRARY


@pytest.mark.parametrize("damage", ["text", "head", "middle", "cut", "other tables", "other columns"])
def test_a_damaged_library_is_reported_with_advice(tmp_path: Path, damage: str) -> None:
    file = make(tmp_path, notes=50)
    body = file.read_bytes()
    statements = {
        "other tables": "DROP TABLE url",
        "other columns": "ALTER TABLE library RENAME COLUMN number TO other",
    }
    if damage in statements:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(statements[damage])
    else:
        changed = {
            "text": b"no database " * 1_000,
            "head": bytes(100) + body[100:],
            "middle": body[:8_192] + b"\xff" * (len(body) - 16_384) + body[-8_192:],
            "cut": body[: len(body) // 2],
        }
        file.write_bytes(changed[damage])
    with pytest.raises(EnvironmentFault, match=r": is .*; move it away to begin anew$") as caught:
        make(tmp_path, notes=50)
    assert (str(caught.value).startswith(str(file)), len(str(caught.value).splitlines())) == (True, 1)
    file.unlink()
    for beside in tmp_path.glob(f"{LIBRARY}-*"):
        beside.unlink()
    make(tmp_path, notes=1)


def test_no_run_looks_at_each_page_of_a_source_to_find_those_that_are_due(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library, library.engine.connect() as connection:
        for ages in ([3_600, 86_400], []):
            question = due_again("courier", ages, NOW).compile(library.engine)
            explained = f"EXPLAIN QUERY PLAN {question}"
            cursor = connection.exec_driver_sql(explained, tuple(["x"] * len(question.positiontup or ())))
            looks = [str(row[-1]) for row in cursor if " url" in row[-1] or "article_parts" in row[-1]]
            assert sorted(look.partition(" USING ")[2] for look in looks) == [
                "INDEX article_gaps (missing>?)",
                "INDEX sqlite_autoindex_url_1 (url=?)",
                "INDEX url_ages (source=? AND age_when_requested<?)",
            ]


def test_a_file_that_was_made_and_nothing_more_is_completed(tmp_path: Path) -> None:
    (tmp_path / LIBRARY).write_bytes(b"")
    make(tmp_path, notes=5)


def test_odd_names_of_folders(tmp_path: Path) -> None:
    for name in ("a?b=c", "50% #1", ":memory:", "übersicht"):
        assert make(tmp_path / name, notes=1).is_file()


def test_a_reader_leaves_the_log_of_a_run_as_it_is(tmp_path: Path) -> None:
    with opened(tmp_path / "made") as web:
        note(web, URL, OK, NOW)
        shutil.copytree(tmp_path / "made", tmp_path / "killed")
    log = tmp_path / "killed" / f"{LIBRARY}-wal"
    before = log.read_bytes()
    reader = Library.look(tmp_path / "killed")
    assert reader is not None
    with reader:
        assert set(Frontier(reader).known([URL])) == {URL}
        with pytest.raises(EnvironmentFault, match="cannot be written"), reader.writing() as connection:
            connection.exec_driver_sql("DELETE FROM url")
    assert log.read_bytes() == before


_LOOK = """
import ctypes, os, sys
from pathlib import Path
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.library.library import Library
from copydesk.flows.library.web.overview import overview_of
if os.geteuid() == 0:
    # The administrator may write anywhere: without his capabilities he is an owner as others are. Another user
    # might not be allowed to read the program itself.
    assert not ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
for folder in map(Path, sys.argv[1:]):
    assert not os.access(folder, os.W_OK)
    try:
        with Library.look(folder) as library:
            (source,) = overview_of(library).sources
            print(source.pages, "page of", source.name)
            if folder.name == "changed":
                with library.reading():
                    os.utime(folder / "library.sqlite", (0, 0))
    except EnvironmentFault as error:
        print(error)
"""


@pytest.mark.slow
def test_a_library_that_may_only_be_read_is_read_to_its_last_note_or_named(tmp_path: Path) -> None:
    ended, killed, copied, changed = (tmp_path / name for name in ("100% #1", "killed", "copy", "changed"))
    with opened(tmp_path / "made") as web:
        note(web, URL, OK, NOW)
        for folder in (killed, copied):  # as a run leaves it that is killed, and a backup of that
            shutil.copytree(tmp_path / "made", folder)
            assert (folder / f"{LIBRARY}-wal").stat().st_size
    for folder in (ended, changed):
        shutil.copytree(tmp_path / "made", folder)
    (copied / f"{LIBRARY}-shm").unlink()
    (copied / "records.jsonl").touch()
    folders = (ended, killed, copied, changed)
    files = {folder: sorted(path.name for path in folder.iterdir()) for folder in folders}
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    for folder in folders:
        for file in folder.iterdir():
            file.chmod(0o444)
        folder.chmod(0o555)
    command = [sys.executable, "-c", _LOOK, *folders]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG_SECONDS, check=True)
    *read, unread, _, meanwhile = done.stdout.splitlines()
    assert read == ["1 page of courier"] * 2
    assert unread == (
        f"{copied / LIBRARY}: was left by a run that was killed, and you may not write there; "
        f"name {copied / 'records.jsonl'} instead, or copy the folder to where you may"
    )
    assert meanwhile.endswith("a run has changed it while it was read; wait for its end, and do it again")
    assert {folder: sorted(path.name for path in folder.iterdir()) for folder in folders} == files


def test_who_keeps_a_file_to_himself_is_waited_for_then_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.1)
    file = make(tmp_path)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(EnvironmentFault) as caught:
            make(tmp_path)
    assert str(caught.value) == (
        f"{file}: another process has been writing to it for long; "
        "wait for its end, and run again: what was written is kept"
    )
