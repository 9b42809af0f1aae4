"""The state database: what was noted is there, whole, however a run ends and whoever else writes."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import HANG_SECONDS
from copydesk.flows.store import state_database
from copydesk.flows.store.state import State
from copydesk.flows.store.state_database import FILE_NAME
from copydesk.flows.store.state_tables import due_again

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.fetching.http.outcomes import SiteFile, Validators
from copydesk.flows.library.web.web_memory import Attempt, WebMemory

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
URL = "https://courier.example/noon"
ROBOTS = "https://courier.example/robots.txt"
OK = Attempt("ok", status=200, validators=Validators('"a1"', "Sat, 21 Nov 2026 06:00:00 GMT", URL))


@contextmanager
def opened(folder: Path, now: datetime = NOW) -> Iterator[WebMemory]:
    with State.open(folder) as state:
        yield WebMemory(state, clock=lambda: now)


def query(folder: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return connection.execute(question).fetchall()


def test_failures_are_counted_in_a_row_and_keep_what_was_known(tmp_path: Path) -> None:
    failure = Attempt("timeout", is_failure=True, next_attempt_at=NOW + timedelta(minutes=5))
    bare, seen = Attempt("ok", status=200, validators=Validators()), []
    with opened(tmp_path) as web:
        for attempt in (failure, OK, failure, failure, Attempt(None, status=304), bare):
            web.note_attempt(URL, attempt, source="courier", now=NOW)
            known = web.known([URL])[URL]
            ((status,),) = query(tmp_path, "SELECT status FROM fetches")
            seen.append((known.failures, status, known.outcome, known.validators.etag))
    assert seen == [
        (1, None, "timeout", None),
        (0, 200, "ok", '"a1"'),
        (1, None, "timeout", '"a1"'),
        (2, None, "timeout", '"a1"'),
        (0, 304, "timeout", '"a1"'),
        (0, 200, "ok", None),
    ]


@pytest.mark.parametrize(("hours", "is_known"), [(0, True), (23.9, True), (24, False), (-1, False)])
def test_a_file_of_a_site_is_believed_for_a_day(tmp_path: Path, hours: float, is_known: bool) -> None:
    robots = SiteFile(404)
    with opened(tmp_path) as web:
        web.note_site_file(ROBOTS, robots)
    with opened(tmp_path, NOW + timedelta(hours=hours)) as web:
        assert web.site_file(ROBOTS) == (robots if is_known else None)


def test_files_of_sites_are_kept_for_a_day(tmp_path: Path) -> None:
    def kept() -> list[object]:
        return [url for (url,) in query(tmp_path, "SELECT url FROM site_files ORDER BY url")]

    hours = 0
    with State.open(tmp_path) as state:
        web = WebMemory(state, clock=lambda: NOW + timedelta(hours=hours))
        for number in range(3):
            hours = 10 * number
            web.note_site_file(f"{number}", SiteFile(200, b"x" * 1000))
        assert kept() == ["0", "1", "2"]
        hours = 25
        web.note_site_file("3", SiteFile(404))
        assert kept() == ["1", "2", "3"]
    with opened(tmp_path, NOW + timedelta(hours=60)) as web:
        web.note_site_file("4", SiteFile(404))
        assert kept() == ["4"]


def test_what_no_database_can_hold_is_replaced_and_a_moment_without_zone_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as web:
        for odd in ("caf\udce9", "noon\0"):
            web.note_seen("courier", odd, now=NOW)
            assert web.seen("courier", [odd])
        with pytest.raises(Exception, match="a moment needs its zone"):
            web.note_seen("courier", "b", now=NOW.replace(tzinfo=None))
        assert web.seen("courier", ["b"]) == frozenset()


def test_sqlalchemy_is_loaded_when_a_state_is_opened() -> None:
    code = "import sys, copydesk.flows.store.state; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "False\n"


WRITER = textwrap.dedent("""
    import resource, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from copydesk.flows.errors import EnvironmentFault
    from copydesk.flows.fetching.http.outcomes import Validators
    from copydesk.flows.store.state import State
    from copydesk.flows.library.web.web_memory import Attempt, WebMemory

    folder, name, count, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    now = datetime(2026, 11, 21, 6, tzinfo=UTC)
    try:
        with State.open(folder) as state:
            web = WebMemory(state)
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            for number in range(count):
                attempt = Attempt("ok", validators=Validators(str(number)))
                web.note_attempt(f"{name}/{number}", attempt, source=name, now=now)
                web.note_attempt("shared", Attempt("timeout", is_failure=True), source=name, now=now)
                print(number, flush=True)
    except EnvironmentFault as error:
        print(error)
""")


def start_writer(folder: Path, name: str, count: int, *, limit_bytes: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(count), str(limit_bytes)],
        stdout=subprocess.PIPE,
        text=True,
    )


def is_sound(folder: Path) -> bool:
    return query(folder, "PRAGMA integrity_check") == [("ok",)]


def noted(folder: Path, name: str, count: int) -> list[bool]:
    urls = [f"{name}/{number}" for number in range(count)]
    with opened(folder) as web:
        found = web.known(urls)
    assert all(found[url].validators.etag == str(number) for number, url in enumerate(urls) if url in found)
    return [url in found for url in urls]


@pytest.mark.slow
def test_a_killed_process_loses_no_note(tmp_path: Path) -> None:
    after = 20
    with start_writer(tmp_path, "a", 1_000_000) as writer:
        assert writer.stdout is not None
        printed = [writer.stdout.readline() for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        printed += writer.stdout.readlines()
    last = len([line for line in printed if line.endswith("\n")])
    assert last >= after
    found = noted(tmp_path, "a", last + 3)
    assert all(found[:last])
    assert not any(found[last + 1 :])  # at most the one under way when it was killed
    assert is_sound(tmp_path)


@pytest.mark.slow
def test_two_processes_write_at_once(tmp_path: Path) -> None:
    writers = [start_writer(tmp_path / "new", name, 100) for name in ("a", "b", "c")]
    outputs = [writer.communicate(timeout=HANG_SECONDS)[0] for writer in writers]
    assert [len(output.splitlines()) for output in outputs] == [100] * 3, outputs
    assert all(all(noted(tmp_path / "new", name, 100)) for name in ("a", "b", "c"))
    with opened(tmp_path / "new") as web:
        assert web.known(["shared"])["shared"].failures == 300


@pytest.mark.slow
def test_a_disk_that_fills_keeps_what_was_noted(tmp_path: Path) -> None:
    # the limit on the size of a file simulates the disk
    output, _ = start_writer(tmp_path, "a", 100_000, limit_bytes=800_000).communicate(timeout=HANG_SECONDS)
    *numbers, last = output.splitlines()
    assert last.startswith(f"{tmp_path}/{FILE_NAME}: ")
    assert last.endswith("; free some space and run again: what was written is kept")
    assert len(numbers) > 10
    assert all(noted(tmp_path, "a", len(numbers)))
    assert is_sound(tmp_path)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_locked_state_is_waited_for_then_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_database, "PATIENCE_SECONDS", 0.2)
    with State.open(tmp_path) as state:
        web = WebMemory(state)
        web.note_seen("courier", "a", now=NOW)
        with locked(tmp_path / FILE_NAME):
            assert web.seen("courier", ["a"])  # readers need not wait
            with pytest.raises(EnvironmentFault) as caught:
                web.note_seen("courier", "b", now=NOW)
            with State.open(tmp_path) as reader:  # nor who opens what is up to date
                assert WebMemory(reader).seen("courier", ["a"])
        assert str(caught.value) == (
            f"{tmp_path}/{FILE_NAME}: another process has been writing to it for long; "
            "wait for its end, and run again: what was written is kept"
        )
        assert caught.value.exit_code == 5
        web.note_seen("courier", "b", now=NOW)
        assert web.seen("courier", ["b"])


def make(folder: Path, notes: int = 0) -> Path:
    with opened(folder) as web:
        for number in range(notes):
            web.note_attempt(f"{URL}/{number}", OK, source="courier", now=NOW)
    return folder / FILE_NAME


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["text", "head", "middle", "cut", "other tables"])
def test_a_damaged_state_is_reported_with_advice(tmp_path: Path, damage: str) -> None:
    file = make(tmp_path, notes=500)
    body = file.read_bytes()
    if damage == "other tables":
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("DROP TABLE fetches")
    else:
        changed = {
            "text": b"no database " * 1_000,
            "head": bytes(100) + body[100:],
            "middle": body[:8_192] + b"\xff" * (len(body) - 16_384) + body[-8_192:],
            "cut": body[: len(body) // 2],
        }
        file.write_bytes(changed[damage])
    with pytest.raises(EnvironmentFault) as caught:
        make(tmp_path, notes=500)
    message = str(caught.value)
    assert message.startswith(f"{file}: is ")
    assert message.endswith("; move it away to begin anew: pages are fetched once more, records stay")
    assert len(message.splitlines()) == 1
    file.unlink()
    for beside in tmp_path.glob(f"{FILE_NAME}-*"):
        beside.unlink()
    make(tmp_path, notes=1)


def test_no_run_looks_at_each_page_of_a_source_to_find_those_that_are_due(tmp_path: Path) -> None:
    with State.open(tmp_path) as state, state.engine.connect() as connection:
        for ages in ([3_600, 86_400], []):
            question = due_again("courier", ages, NOW).compile(state.engine)
            explained = f"EXPLAIN QUERY PLAN {question}"
            cursor = connection.exec_driver_sql(explained, tuple(["x"] * len(question.positiontup or ())))
            looks = [str(row[-1]) for row in cursor if " fetches" in row[-1] or "article_parts" in row[-1]]
            assert sorted(look.partition(" USING ")[2] for look in looks) == [
                "INDEX article_gaps (missing>?)",
                "INDEX fetches_ages (source=? AND age_when_requested<?)",
                "INDEX sqlite_autoindex_fetches_1 (url=?)",
            ]


def test_a_file_that_was_made_and_nothing_more_is_completed(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"")
    make(tmp_path, notes=500)


def test_a_folder_that_cannot_be_used_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken" / FILE_NAME).mkdir(parents=True)
    for folder in (tmp_path / "file", tmp_path / "taken"):
        with pytest.raises(EnvironmentFault, match="--output"):
            State.open(folder)


@pytest.mark.slow
@pytest.mark.parametrize("is_logged", [True, False])
def test_a_state_that_may_only_be_read_is_read_to_its_last_note(tmp_path: Path, is_logged: bool) -> None:
    folder = tmp_path / "100% #1"
    with State.open(tmp_path / "made") as state:
        WebMemory(state).note_attempt(URL, OK, source="courier", now=NOW)
        if is_logged:  # as a run leaves it that is killed
            shutil.copytree(tmp_path / "made", folder)
            assert (folder / f"{FILE_NAME}-wal").stat().st_size
    if not is_logged:
        shutil.copytree(tmp_path / "made", folder)
    files = sorted(path.name for path in folder.iterdir())
    folder.chmod(0o555)
    for parent in (tmp_path, tmp_path.parent, tmp_path.parents[1]):
        parent.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o444)
    command = [sys.executable, "-c", _LOOK, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG_SECONDS, check=True)
    assert done.stdout == "1 page of courier\n"
    assert sorted(path.name for path in folder.iterdir()) == files


_LOOK = """
import ctypes, os, sys
from pathlib import Path
from copydesk.flows.library.web.overview import overview_of
from copydesk.flows.store.state import State
if os.geteuid() == 0:
    # The administrator may write anywhere: without his capabilities he is an owner as others are. Another user
    # might not be allowed to read the program itself.
    assert not ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
folder = Path(sys.argv[1])
assert not os.access(folder, os.W_OK)
assert State.exists(folder)
with State.look(folder) as state:
    (source,) = overview_of(state).sources
    print(source.pages, "page of", source.name)
"""


def test_odd_names_of_folders(tmp_path: Path) -> None:
    for name in ("a?b=c", "50% #1", ":memory:", "übersicht"):
        assert make(tmp_path / name, notes=1).is_file()
