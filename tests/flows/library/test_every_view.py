"""Every view and both databases: the same records in the same order; what is no file of ours is named."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from killed_runs import run_of
from msgspec.structs import replace
from page_versions import store
from stores import EVERY_SINK, left_over, lines, shown
from test_identity import composed, read

from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.commands.cli import cli
from copydesk.flows.errors import SettingsError
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.io.sinks import DATABASE_SINKS
from copydesk.flows.library.place import StoreLocation, check_sink
from copydesk.flows.library.reading import records_at
from copydesk.flows.sources.catalogue import read_pages
from copydesk.flows.stored import Stored

SITE = "https://courier.example"
OUTCOMES = [("failed", "timeout"), ("rejected", "http_404"), ("rejected", "index")]


Run = tuple[list[Record], list[str]]
"""What a run reads, and the addresses that answered."""


def runs_of_changes() -> Iterator[Run]:
    """Runs in which pages are new, changed, gone, aliases and copies."""
    chance = random.Random(7)  # noqa: S311 - no secret
    pages = [composed(chance, number) for number in range(60)]
    for _ in range(3):
        run = chance.choices(pages, k=30)
        for number in range(0, 30, 4):
            kind, reason = chance.choice(OUTCOMES)
            run[number] = replace(run[number], status=kind, reason=reason, text="", content_hash=None)
        for number in range(1, 30, 5):
            text = f"text {chance.randrange(20)}, mended"
            run[number] = replace(run[number], text=text, content_hash=text)
        yield run, [f"{SITE}/{chance.randrange(60)}" for _ in range(10)]


def written(sink: str, place: StoreLocation, run: Run) -> tuple[Stored, list[bytes]]:
    """What a run reports, and the lines of its library."""
    records, answered = run
    return run_of(sink, place, records, batch=12, answered=answered).stored, lines(place)


@pytest.fixture(scope="module")
def by_plain_runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Stored, list[bytes]]]:
    """What the runs come to where their view is plain lines."""
    place = StoreLocation(tmp_path_factory.mktemp("plain"))
    return [written("jsonl", place, run) for run in runs_of_changes()]


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["jsonl.gz", "parquet", "sqlite", "postgresql", "jsonl in parts", "parquet in parts"]
)
def test_every_view_and_database_has_the_same(
    sink: str, place: StoreLocation, by_plain_runs: list[tuple[Stored, list[bytes]]]
) -> None:
    """Lines and counts."""
    for run, expected in zip(runs_of_changes(), by_plain_runs, strict=True):
        assert written(sink, place, run) == expected
        assert shown(sink, place) in (expected[1], None)
    assert left_over(place) == []


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


def test_a_capture_never_takes_the_place_of_what_was_read_after_it(tmp_path: Path) -> None:
    for number, (case, (before, run, which)) in enumerate(OF_WHICH_HOLDS.items()):
        place = StoreLocation(tmp_path / str(number))
        [held] = {"before": before, "first": run[:1], "last": run[-1:]}[which]
        store("sqlite", place, *before)
        for _ in range(2):  # once more brings nothing else
            store("sqlite", place, *run)
            assert [msgspec.json.decode(line, type=Record) for line in lines(place)] == [held], case


@pytest.mark.parametrize("kind", EVERY_SINK)
def test_records_are_found_and_read_by_no_source(kind: str, sink: str, place: StoreLocation) -> None:
    assert (store(sink, place), lines(place)) == (Stored(), [])
    store(sink, place, read(f"{SITE}/1", "T"), read(f"{SITE}/new", "V", title="new"))
    (place.folder / "page.html").write_text(ARTICLE)
    items = read_pages([str(place.folder)])
    assert [(type(item), item.source.name) for item in items] == [(Page, "page.html")]
    found = records_at(place.folder)
    if kind == "postgresql":
        assert found is None
        return
    assert found is not None
    assert list(found.lines()) == lines(place)
    if sink in DATABASE_SINKS:
        return
    # a view alone is read as it is
    (place.folder / LIBRARY).unlink()
    for where in (place.folder, place.folder / f"records.{sink}"):
        found = records_at(where)
        assert found is not None
        assert len(list(found.lines())) == 2
    (place.folder / ("records.jsonl" if sink != "jsonl" else "records.parquet")).touch()
    with pytest.raises(SettingsError, match=r"holds several stores; name one in place of the folder: .* or "):
        records_at(place.folder)


SERVER = {"database": "postgresql://host/news"}


@pytest.mark.parametrize(
    ("sink", "options", "message"),
    [
        ("sqlit", {}, r"--sink: unknown sink 'sqlit'; did you mean sqlite\?"),
        ("jsonl", SERVER, "--database: means nothing to --sink jsonl"),
        ("sqlite", {"part_size": "5MB"}, "--part-size: means nothing to --sink sqlite"),
        ("sqlite", SERVER, "--database: means nothing to --sink sqlite"),
        ("postgresql", {**SERVER, "part_by": "day"}, "--part-by: means nothing to --sink postgresql"),
    ],
)
def test_a_wrong_sink_or_an_option_of_another_is_refused(
    tmp_path: Path, sink: str, options: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        check_sink(sink, StoreLocation(tmp_path, **options))


PIPES = {
    LIBRARY: ("ingest page.html", "status", "search noon"),
    f"{LIBRARY}-wal": ("ingest page.html",),
    "archive/reserved.warc.gz": ("ingest --from-archive list.toml",),
}


def test_a_pipe_in_place_of_a_file_of_a_run_is_named_and_not_waited_for(empty_folder: Path) -> None:
    (empty_folder / "page.html").write_text(ARTICLE)
    table = '[[source]]\nname = "ferry"\nkind = "url"\naddress = "https://ferry.example/"\n'
    (empty_folder / "list.toml").write_text(table)
    assert CliRunner().invoke(cli, ["ingest", "page.html"]).exit_code == 0
    for pipe in (Path("output", name) for name in reversed(PIPES)):
        pipe.parent.mkdir(exist_ok=True)
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe)
        for command in PIPES[pipe.relative_to("output").as_posix()]:
            done = CliRunner().invoke(cli, command.split())
            assert (done.exit_code, done.stderr.count("\n")) == (5, 1), done.stderr
            assert done.stderr.startswith(f"Error: {pipe}: is a named pipe")
            assert "; move it away" in done.stderr
        pipe.unlink()


@pytest.mark.parametrize(
    ("kind", "what"),
    [("jsonl", "a pipe"), ("jsonl.gz", "a socket"), ("parquet", "a device")],
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


def test_the_view_of_an_earlier_sink_is_kept_until_it_is_deleted(empty_folder: Path) -> None:
    def run(sink: str, page: str) -> str:
        Path(f"{page}.html").write_text(ARTICLE.replace("Old clock", f"{page} clock"))
        return CliRunner().invoke(cli, ["ingest", f"{page}.html", "--sink", sink]).stderr

    view = empty_folder / "output" / "records.jsonl"
    kept = f"{Path('output', view.name)}, of an earlier --sink, is kept up to date, too; delete it if nobody reads it"
    assert kept not in run("jsonl", "Noon")
    assert kept in run("sqlite", "Ship")
    assert view.read_bytes() == b"".join(lines(StoreLocation(view.parent)))
    assert len(view.read_bytes().splitlines()) == 2
    # what somebody else has written there is theirs
    view.write_bytes(b"mine")
    assert kept not in run("jsonl.gz", "Crane")
    assert view.read_bytes() == b"mine"
    view.unlink()
    assert kept not in run("jsonl.gz", "Lamp")
    assert not view.exists()
