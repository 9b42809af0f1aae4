"""Every sink: the same records in the same order, all of a run or none of it, whenever it is killed."""

from __future__ import annotations

import os
import random
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from conftest import ARTICLE, clean_environment
from killed_runs import KillableRun
from msgspec.structs import replace
from page_versions import store
from stores import JsonlSink, emptied, left_over
from test_identity import composed, read

from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.sinks.catalogue import backend_named, sink_named, store_at
from copydesk.flows.sinks.databases import database_backend
from copydesk.flows.sinks.store_backend import Stored, StoreLocation
from copydesk.flows.sources.catalogue import read_pages

Written = Callable[..., Stored]
SITE = "https://courier.example"


def lines(name: str, place: StoreLocation) -> list[bytes]:
    return list(backend_named(name, place).lines())


OUTCOMES = [("failed", "timeout"), ("rejected", "http_404"), ("rejected", "index")]


@pytest.mark.slow
def test_every_sink_stores_the_same(sink: str, place: StoreLocation, tmp_path: Path) -> None:
    """Over runs in which pages are new, changed, gone, aliases and copies: the same lines, the same counts."""
    chance = random.Random(7)  # noqa: S311 - no secret
    pages = [composed(chance, number) for number in range(120)]
    for _ in range(5):
        run = chance.choices(pages, k=60)
        for number in range(0, 60, 4):
            kind, reason = chance.choice(OUTCOMES)
            run[number] = replace(run[number], status=kind, reason=reason, text="", content_hash=None)
        for number in range(1, 60, 5):
            text = f"text {chance.randrange(40)}, mended"
            run[number] = replace(run[number], text=text, content_hash=text)
        answered = [f"{SITE}/{chance.randrange(120)}" for _ in range(20)]
        with JsonlSink(tmp_path / "file") as file, sink_named(sink, place) as opened:
            for record in run:
                file.write(record)
                opened.write(record)
            for url in answered:
                file.answered(url)
                opened.answered(url)
        assert opened.stored == file.stored
        assert lines(sink, place) == list(file.backend.lines())
    assert left_over(place) == []


BEFORE = [
    read(f"{SITE}/changed", "T"),
    read(f"{SITE}/copy", "T", title="copy"),
    read(f"{SITE}/1?ref=feed", "alias", canonical=f"{SITE}/1"),
    read(f"{SITE}/failed", status="failed", reason="timeout"),
    read(f"{SITE}/untouched", "V"),
]
RUN = [
    read(f"{SITE}/changed", "T, changed"),
    read(f"{SITE}/1", "alias"),
    read(f"{SITE}/failed", "at last"),
    read(f"{SITE}/new", "V", title="new"),
]


def at(fetched_at: str, text: str = "T", capture: str | None = None, **more: Any) -> Record:
    """A page of the web as it was at a time; ``capture``: the address an archive had it at."""
    made = read(more.pop("url", f"{SITE}/gone"), text, **more)
    # as another maker of records may write it: none is read from a page that tells no moment
    return replace(made, fetched_at=fetched_at, source=replace(made.source, retrieved_from=capture))


CAPTURE = "https://archive.example/web/20210304050607id_/"
OLD, LIVE, LATE = "2021-03-04T05:06:07Z", "2026-03-04T05:06:07+00:00", "2026-09-04T05:06:07Z"
AT_ADDRESS = at(LIVE, url=f"{SITE}/gone?from=feed", canonical=f"{SITE}/gone")
OLD_CAPTURE = at(OLD, capture=CAPTURE)
OF_WHICH_HOLDS = {
    "what was read with the same text": ([at(LIVE)], [OLD_CAPTURE], "before"),
    "what was read with another text": ([at(LIVE)], [at(OLD, "U", CAPTURE)], "before"),
    "what is no article any more": ([at(LIVE, "", status="rejected", reason="index")], [OLD_CAPTURE], "before"),
    "what was read, be the capture partial": ([at(LIVE)], [at(OLD, capture=CAPTURE, status="partial")], "before"),
    "what was read at another address": ([AT_ADDRESS], [OLD_CAPTURE], "before"),
    "what was read in the same run": ([], [at(LIVE), OLD_CAPTURE], "first"),
    "a capture of what is gone": ([at(LIVE, "", status="rejected", reason="http_404")], [OLD_CAPTURE], "last"),
    "a capture made since": ([at(LIVE)], [at(LATE, capture=CAPTURE)], "last"),
    "what is back": ([OLD_CAPTURE], [at(LIVE)], "last"),
    "what was read at an unknown time, as ever": ([at("a Monday")], [OLD_CAPTURE], "last"),
    "what was read in unknown zones, as ever": ([at(LIVE[:19])], [at(OLD[:19], capture=CAPTURE)], "last"),
}  # fmt: skip


@pytest.mark.slow
def test_a_capture_never_takes_the_place_of_what_was_read_after_it(sink: str, place: StoreLocation) -> None:
    for case, (before, run, which) in OF_WHICH_HOLDS.items():
        [held] = {"before": before, "first": run[:1], "last": run[-1:]}[which]
        emptied(place)
        store(sink, place, *before)
        for _ in range(2):  # once more brings nothing else
            store(sink, place, *run)
            assert [msgspec.json.decode(line, type=Record) for line in lines(sink, place)] == [held], case


NEVER = 1_000_000


@pytest.mark.slow
def test_a_killed_run_is_stored_whole_or_not_at_all(
    sink: str, place: StoreLocation, killable_run: KillableRun
) -> None:
    after = outcome_of(sink, place, BEFORE, RUN)
    before = outcome_of(sink, place, BEFORE)
    # a run of which a part were there would be seen
    assert len({before[0], after[0], before[2], after[2]}) == 4
    emptied(place)
    store(sink, place, *BEFORE)
    length = killable_run(sink, place, RUN, kill_at=NEVER)
    met = set()
    # the last lines are those between the backend's step and the end of the journal
    for line_number in (*range(0, length, length // 6), length - 2, length - 1):
        emptied(place)
        store(sink, place, *BEFORE)
        assert not killable_run(sink, place, RUN, kill_at=line_number, half=50)
        seen = tuple(lines(sink, place))
        # a reader who comes before anybody mends anything
        assert seen in (before, after), line_number
        met.add(seen)
        store(sink, place)
        assert tuple(lines(sink, place)) == after, line_number
        assert left_over(place) == []
    assert met == {before, after}


def outcome_of(sink: str, place: StoreLocation, *runs: Sequence[Record]) -> tuple[bytes, ...]:
    emptied(place)
    for run in runs:
        store(sink, place, *run)
    return tuple(lines(sink, place))


def test_readers_see_nothing_of_a_run_that_goes_on(sink: str, place: StoreLocation) -> None:
    store(sink, place, *BEFORE)
    before = lines(sink, place)
    with sink_named(sink, place) as running:
        for record in RUN:
            running.write(record)
        assert lines(sink, place) == before
    assert lines(sink, place) != before


def test_a_store_is_found_and_read_by_no_source(kind: str, sink: str, place: StoreLocation) -> None:
    store(sink, place, *RUN)
    (place.folder / "page.html").write_text(ARTICLE)
    items = read_pages([str(place.folder)])
    assert [(type(item), item.source.name) for item in items] == [(Page, "page.html")]
    found = store_at(place.folder)
    if kind == "postgresql":
        assert found is None
        return
    assert found is not None
    assert list(found.lines()) == lines(sink, place)
    assert store_at(Path(found.where)) is not None
    (place.folder / ("records.jsonl" if sink != "jsonl" else "records.sqlite")).touch()
    with pytest.raises(SettingsError, match=r"holds several stores; name one in place of the folder: .* or "):
        store_at(place.folder)


def test_a_store_that_was_never_written_is_empty(sink: str, place: StoreLocation) -> None:
    assert lines(sink, place) == []
    assert store(sink, place) == Stored()
    assert lines(sink, place) == []


def test_a_journal_belongs_to_its_sink(tmp_path: Path, killable_run: KillableRun) -> None:
    place = StoreLocation(tmp_path)
    assert not killable_run("jsonl", place, BEFORE, kill_at=0)
    store("sqlite", place, *RUN[:1])
    assert (len(lines("jsonl", place)), len(lines("sqlite", place))) == (0, 1)
    (tmp_path / "page.html").write_text(ARTICLE)
    message = "records of a run that did not end wait for the next one with --sink jsonl"
    options = IngestOptions(sources=(str(tmp_path / "page.html"),), output=tmp_path, sink="sqlite", jobs=1)
    assert message in ingest_plainly(options).summary
    store("jsonl", place)
    assert (len(lines("jsonl", place)), len(lines("sqlite", place))) == (len(BEFORE), 2)
    assert message not in ingest_plainly(options).summary


@pytest.mark.slow
def test_a_merge_into_a_database_reads_few_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = StoreLocation(tmp_path)
    many = [read(f"{SITE}/{number}", f"text {number}") for number in range(1_000)]
    store("sqlite", place, *many)
    before = frozenset(lines("sqlite", place))
    keys: list[bytes] = []
    key_of = database_backend.key_of
    monkeypatch.setattr(database_backend, "key_of", lambda line: keys.append(line) or key_of(line))  # type: ignore[func-returns-value]
    store("sqlite", place, read(f"{SITE}/7", "text 8"), read(f"{SITE}/new", "new"))
    # the page itself, and what shares its URL; lines that the run writes aside
    assert 1 <= sum(line in before for line in keys) <= 2


def test_titles_and_texts_in_sqlite_can_be_searched_and_queried(tmp_path: Path) -> None:
    place = StoreLocation(tmp_path)
    store("sqlite", place, read(f"{SITE}/1", "The clock struck noon"), read(f"{SITE}/2", "Gärten am See"))
    bells = read(f"{SITE}/3", "noon", title="Bells")
    store("sqlite", place, read(f"{SITE}/1", "The clock is still now"), bells)

    def query(statement: str) -> list[str]:
        with sqlite3.connect(tmp_path / "records.sqlite") as database:
            return [row[0] for row in database.execute(statement)]

    search = (
        "SELECT url FROM search JOIN records ON number = search.rowid WHERE search MATCH '{}' ORDER BY number"
    )
    matches = {"noon": "3", "still": "1", "garten": "2", "title: bells": "3", "struck": ""}
    for words, found in matches.items():
        assert query(search.format(words)) == [f"{SITE}/{number}" for number in found]
    condition = "status = 'ok' AND url LIKE '%/3'"
    assert query(f"SELECT json_extract(record, '$.text') FROM records WHERE {condition}") == ["noon"]  # noqa: S608 - ours
    assert query("SELECT integrity_check FROM pragma_integrity_check") == ["ok"]
    # raises where the search has other words than the records
    check = "INSERT INTO search(search, rank) VALUES ('integrity-check', 1) RETURNING 'sound'"
    assert query(check) == ["sound"]


def test_a_database_of_a_newer_copydesk_is_refused(tmp_path: Path) -> None:
    store("sqlite", StoreLocation(tmp_path), *RUN)
    with sqlite3.connect(tmp_path / "records.sqlite") as database:
        database.execute("UPDATE copydesk_about SET version = 99")
    with pytest.raises(Exception, match=r"made by a newer copydesk \(version 99"):
        store("sqlite", StoreLocation(tmp_path), *RUN)


@pytest.mark.slow
def test_a_sink_that_is_not_there_is_reported_with_those_that_are() -> None:
    with pytest.raises(SettingsError, match=r"--sink: unknown sink 'sqlit'; did you mean sqlite\?"):
        sink_named("sqlit", StoreLocation(Path()))


@pytest.mark.parametrize(
    ("sink", "options", "message"),
    [
        ("jsonl", {"database": "postgresql://host/news"}, "--database: means nothing to --sink jsonl"),
        ("parquet", {"database": "postgresql://host/news"}, "--database: means nothing to --sink parquet"),
        ("sqlite", {"part_size": "5MB"}, "--part-size: means nothing to --sink sqlite"),
        ("sqlite", {"database": "postgresql://host/news"}, "--database: means nothing to --sink sqlite"),
        ("postgresql", {"database": "postgresql://host/news", "part_by": "day"}, "--part-by: means nothing to --sink postgresql"),
    ],
)  # fmt: skip
def test_an_option_of_another_sink_is_refused(
    tmp_path: Path, sink: str, options: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        backend_named(sink, StoreLocation(tmp_path, **options))


def packaged(folder: Path, code: str) -> Path:
    """A folder with a package that brings a sink."""
    info = folder / "brought-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: brought\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[copydesk.sinks]\nbrought = brought:make\n")
    (folder / "brought.py").write_text(code)
    return folder


IN_A_FILE = """
from contextlib import nullcontext
from copydesk.flows.sinks.files.file_format import JsonLines
from copydesk.flows.sinks.files.jsonl import OneFile
def make(place):
    return OneFile(place.folder, JsonLines(".brought"))
"""


@pytest.mark.slow
def test_a_store_that_another_package_brought_is_found_by_readers_and_no_page(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(ARTICLE)
    env = clean_environment()
    # what lies in the current folder is no installed package
    packaged(tmp_path, IN_A_FILE)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "copydesk", *arguments]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)

    stray = run("ingest", "page.html", "--sink", "brought")
    assert (stray.returncode, "expected jsonl" in stray.stderr) == (2, True), stray
    env |= {"PYTHONPATH": str(packaged(tmp_path / "packages", IN_A_FILE))}
    view = ("--view", "csv=view.csv")
    first = run("ingest", "page.html", "--sink", "brought", *view)
    assert (first.returncode, "records are in output/records.brought" in first.stderr) == (0, True), first
    assert run("ingest", "page.html", "--sink", "brought", *view).stderr.count("view:") == 0
    assert "records: 1 in output/records.brought" in run("status").stdout
    assert run("export", "--format", "jsonl", "-o", "-", "--all").stderr == "1 record to standard output\n"
    (tmp_path / "output" / "records.brought.wal").touch()
    assert run("clean", "output").stderr == "no pages found\n"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (".records.jsonl.journal", "ingest page.html"),
        (".records.quarantine.journal", "ingest page.html"),
        ("state.sqlite", "ingest page.html"),
        ("state.sqlite", "status"),
        ("state.sqlite-wal", "ingest page.html"),
        (".search.jsonl.sqlite", "search noon"),
        ("archive/reserved.warc.gz", "ingest --from-archive list.toml"),
    ],
)
def test_a_pipe_in_place_of_a_file_of_a_run_is_named_and_not_waited_for(
    empty_folder: Path, name: str, command: str
) -> None:
    (empty_folder / "page.html").write_text(ARTICLE)
    (empty_folder / "copydesk.toml").write_text("[gate]\nleast_words = 1\n")
    (empty_folder / "list.toml").write_text(
        '[[source]]\nname = "ferry"\nkind = "url"\naddress = "https://ferry.example/"\n'
    )
    if "journal" not in name:
        assert CliRunner().invoke(cli, ["ingest", "page.html"]).exit_code == 0
    pipe = Path("output", name)
    pipe.parent.mkdir(parents=True, exist_ok=True)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    done = CliRunner().invoke(cli, command.split())
    assert (done.exit_code, done.stderr.count("\n")) == (5, 1), done.stderr
    assert done.stderr.startswith(f"Error: {pipe}: is a named pipe")
    assert "; move it away" in done.stderr


@pytest.mark.parametrize(
    ("kind", "what"),
    [("jsonl", "a pipe"), ("jsonl.gz", "a socket"), ("parquet", "a device"), ("sqlite", "a pipe")],
)
def test_what_is_no_file_is_reported_and_not_waited_for(empty_folder: Path, kind: str, what: str) -> None:
    store = Path("output", f"records.{kind}")
    store.parent.mkdir()
    if what == "a pipe":
        os.mkfifo(store)
    elif what == "a device":
        store.symlink_to("/dev/null")
    else:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(store))
    (empty_folder / "page.html").write_text(ARTICLE)
    message = f"Error: {store}: is a named pipe, a socket or a device, and no file; move it away\n"
    readers = ("status", "export --format jsonl -o -", "review", "rules --count output")
    for command in (f"ingest page.html --sink {kind}", *readers):
        done = CliRunner().invoke(cli, command.split())
        assert (done.exit_code, done.stderr) == (5, message), command
