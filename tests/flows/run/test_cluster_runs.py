"""``ingest --runner dask``: workers that read, clean and write store what one machine stores, also killed ones."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import dask
import distributed
import pytest
from conftest import ARTICLE, HANG_SECONDS, wait_until
from msgspec import json, structs
from postgres import Server
from warc_files import warc

from copydesk.cleaners.options import Options
from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import Record
from copydesk.flows.config.gate import Gate
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.io.child import Limits
from copydesk.flows.library.records import page_notes
from copydesk.flows.library.records.new_articles import NewArticles
from copydesk.flows.library.records.run_writer import Keeping
from copydesk.flows.run import cluster_run, partition
from copydesk.flows.run.batches import Ingestion, ingest_plainly
from copydesk.flows.run.part_files import decode_report, part_key, read_pages, write_part
from copydesk.flows.run.partition import Destination, Job, Partition, do_partition, halved
from copydesk.flows.run.reporting.summary import IngestResult
from copydesk.flows.sources.catalogue import DiskSource, ListedFile, list_files
from copydesk.flows.sources.opening import files as opening_files
from copydesk.flows.sources.opening.field_names import USUAL_NAMES
from copydesk.flows.sources.opening.page_context import ARCHIVE
from copydesk.flows.stored_content import REMOVALS

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # Dask's own are none of ours


@pytest.fixture(scope="module", autouse=True)
def _patient() -> Iterator[None]:
    """On a busy machine a worker takes long to be replaced; forked, it need not load Dask again."""
    settings = {"comm.timeouts.connect": HANG_SECONDS, "worker.multiprocessing-method": "forkserver"}
    with dask.config.set({f"distributed.{name}": value for name, value in settings.items()}):
        yield


@pytest.fixture(scope="module")
def cluster(_patient: None) -> Iterator[distributed.LocalCluster]:
    """A cluster that somebody else has started; it replaces workers that are lost."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as running:
        yield running


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve articles, some of which are copies; one file of many, one line of it broken; one that is no page."""
    monkeypatch.chdir(tmp_path)
    folder = Path("pages")
    folder.mkdir()
    for number in range(12):
        text = ARTICLE.replace("eleven", f"the {number}th of") if number % 3 else ARTICLE.swapcase()
        (folder / f"{number:02}.html").write_text(f"{text}<p>Seen by reader {number} of the paper.</p>")
    lines = (f'{{"id": "{n}", "html": "<p>Line {n} of a file of many pages.</p>"}}' for n in range(12))
    (folder / "many.jsonl").write_text("\n".join((*lines, "{broken")))
    (folder / "empty.html").touch()
    return folder


def run(output: str, cluster: distributed.LocalCluster | None = None, **options: Any) -> IngestResult:
    runner = f"dask={cluster.scheduler_address}" if cluster else "local"
    given = {"sources": ("pages",), "output": Path(output), "runner": runner, "jobs": 1}
    return ingest_plainly(IngestOptions(**(given | options)))


def with_news(
    output: str, cluster: distributed.LocalCluster, **options: Any
) -> tuple[IngestResult, NewArticles]:
    given = {"sources": ("pages",), "output": Path(output), "runner": f"dask={cluster.scheduler_address}"}
    news = NewArticles()
    with Ingestion(IngestOptions(**(given | options)), news=news) as begun:
        while not begun.is_done:
            begun.clean_batch()
    return begun.result(), news


def records(output: str) -> list[Record]:
    """The records, in order, without what differs from time to time."""
    lines = (Path(output) / "records.jsonl").read_bytes().splitlines()
    found = [json.decode(line, type=Record) for line in lines]
    same = structs.replace(found[0].processing, duration_ms=None)
    return [structs.replace(one, processing=same) for one in found]


def groups(found: list[Record]) -> set[frozenset[str]]:
    """The ids of originals, each with those of its copies."""
    of: dict[str, set[str]] = {}
    for one in found:
        of.setdefault(one.duplicate_of or one.id, set()).add(one.id)
    return set(map(frozenset, of.values()))


def counts(result: IngestResult) -> IngestResult:
    """Without the time and the place."""
    return structs.replace(result, summary="")


def kill_workers(cluster: distributed.LocalCluster, when: Any) -> threading.Thread:
    """Kills all workers that there are, once."""

    def kill() -> None:
        wait_until(when, "the first part")
        for nanny in tuple(cluster.workers.values()):
            if nanny.pid:
                os.kill(nanny.pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_a_cluster_stores_what_one_machine_stores_though_its_workers_are_killed(
    pages: Path, cluster: distributed.LocalCluster
) -> None:
    killing = kill_workers(cluster, lambda: any(Path("there/.parts").glob("*/*.part")))
    there = run("there", cluster)
    killing.join()
    assert counts(there) == counts(run("here"))
    assert records("there") == records("here")
    assert not Path("there/.parts").exists()
    # then nothing more, and what has changed alone; what is no page in a listed folder has the name it has here
    (pages / "many.jsonl").unlink()
    (pages / "empty.html").unlink()
    assert run("there", cluster).pages == 0
    (pages / "07.html").write_text("<p>The council has met again, and has decided nothing at all.</p>")
    Path("outside.html").write_text(ARTICLE)
    (pages / "outside-link.html").symlink_to(Path("outside.html").absolute())
    Path("lists").mkdir()
    Path("lists/sources.toml").write_text(
        '[[source]]\nname = "news"\nkind = "folder"\naddress = "../pages"\n'
    )
    given = {"sources": ("lists/sources.toml",)}
    assert counts(run("there", cluster, **given)) == counts(run("here", **given))
    assert records("there") == records("here")
    assert "news/outside-link.html" in names("there")


def leave_part(run: int, name: str, **changes: Any) -> Path:
    """A part that a worker of a run has written, and that was not brought in; its page is gone since."""
    page = Path("pages", name)
    page.write_text(
        f"<p>The council has met on {name}, and has decided nothing that anybody will remember.</p>"
    )
    folder = Path(f"there/.parts/{run:09}")
    folder.mkdir(parents=True, exist_ok=True)
    to = Destination(run, folder.absolute(), None, Keeping(shorten=REMOVALS["full"]))
    place = next(one for one in list_files("pages") if one.name == name)
    do_partition(job(destination=to), Partition(name, 0, "pages", b"", b"", (place,)))
    page.unlink()
    (made,) = folder.glob(f"{name}.part")
    if changes:
        with made.open("rb") as stream:
            pages, report = list(read_pages(stream)), decode_report(stream.read())
        write_part(made, pages, structs.replace(report, **changes))
    return made


def names(output: str) -> set[str]:
    return {one.source.name for one in records(output)}


def test_parts_of_the_runs_just_before_are_brought_in_and_are_no_news(
    cluster: distributed.LocalCluster,
) -> None:
    run("there")
    leave_part(1, "earlier.html")
    run("there")
    assert not Path("there/.parts").exists()
    # of two runs, of which the second was ended before it could bring in the first's
    leave_part(1, "earlier.html")
    leave_part(2, "last.html")
    Path("pages/new.html").write_text(ARTICLE.replace("eleven", "the newest of"))
    result, news = with_news("there", cluster)
    # what runs left is not counted as new, and not as unchanged a second time
    assert (result.pages, result.failed_pages, result.records) == (2, 1, 2)
    assert [one.source.name for one in news.listed] == ["new.html"]
    assert "brought in 2 records of a run that was cut short" in result.summary
    assert not Path("there/.parts").exists()
    # of one with another run behind it
    leave_part(2, "older.html")
    run("there", cluster)
    assert {"earlier.html", "last.html"} <= names("there")
    assert "older.html" not in names("there")


def test_parts_that_cannot_be_used_are_dropped_in_a_line(cluster: distributed.LocalCluster) -> None:
    run("there")
    leave_part(1, "other.html", made_by=("0.0.1", ""))
    for name, cut in (("cut.html", 40), ("lengths.html", 0)):
        part = leave_part(1, name)
        part.write_bytes(part.read_bytes()[:-cut] if cut else b"\xff" * 40)
    # what was brought in by a run that was killed before it could delete the part
    noted = leave_part(1, "noted.html")
    with closing(sqlite3.connect("there/library.sqlite")) as library, library:
        library.execute("INSERT INTO part VALUES (?, 1, x'')", (part_key(1, noted.stem),))
    result = run("there", cluster)
    line = "3 parts of earlier runs on a cluster could not be used, damaged or of another copydesk; their pages are cleaned again"
    assert line in result.summary
    assert not any(name.endswith("noted.html") for name in names("there"))


def test_workers_of_a_run_that_is_stopped_end_with_it_and_the_next_one_goes_on(
    cluster: distributed.LocalCluster,
) -> None:
    others = set(multiprocessing.active_children())
    given = IngestOptions(sources=("pages",), output=Path("there"), runner="dask", jobs=1, max_failures="0")
    with Ingestion(given) as begun:
        while not begun.is_done:
            begun.clean_batch(1)
        assert set(multiprocessing.active_children()) - others
    assert begun.is_stopped
    # before the library is closed
    assert not set(multiprocessing.active_children()) - others
    run("there", cluster)
    run("here")
    assert groups(records("there")) == groups(records("here"))


DEADLY = """
import os, signal, sys

def end(event, given):
    if event == "open" and str(given[0]).endswith("deadly.html"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(end)
"""


def test_a_page_that_ends_whatever_opens_it_is_failed_and_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    for name in ("deadly.html", "further.html"):
        (folder / name).write_text(f"{ARTICLE}<p>Seen by the reader of {name} alone.</p>")
    (tmp_path / "deadly.py").write_text(DEADLY)
    with dask.config.set({"distributed.worker.preload": [str(tmp_path / "deadly.py")]}):
        result = run("there", sources=(str(folder),), runner="dask", jobs=1)
    assert (result.pages, result.failed_pages) == (2, 1)
    assert "deadly.html: crashed: the workers that read it ended" in result.summary
    deadly, further = records("there")
    assert (deadly.status, deadly.reason) == ("failed", "crashed: the workers that read it ended")
    assert further.status == "ok"
    # and it is tried again once it can be opened
    assert run("there", sources=(str(folder),)).failed_pages == 0
    assert {one.status for one in records("there")} == {"ok"}


def test_workers_write_into_a_database_themselves(
    cluster: distributed.LocalCluster, postgresql: Server
) -> None:
    postgresql.asked("CREATE DATABASE cluster_run")
    url = postgresql.url("cluster_run")

    def is_begun() -> bool:
        made = "SELECT to_regclass('copydesk.part') IS NOT NULL"
        if postgresql.asked(made, database="cluster_run") != [(True,)]:
            return False
        # a part is there until its records are: on a fast machine it may be gone before it is seen
        begun = "SELECT 1 FROM copydesk.part UNION ALL SELECT 1 FROM copydesk.record"
        return bool(postgresql.asked(begun, database="cluster_run"))

    killing = kill_workers(cluster, is_begun)
    there = run("there", cluster, state=url)
    killing.join()
    here = run("here")
    assert counts(there) == counts(here)
    # which comes first is chance; all else is not
    assert groups(records("there")) == groups(records("here"))
    assert {one.id: one.text for one in records("there")} == {one.id: one.text for one in records("here")}
    assert postgresql.asked("SELECT count(*) FROM copydesk.part", database="cluster_run") == [(0,)]


def test_copies_that_are_left_out_are_no_news(cluster: distributed.LocalCluster, postgresql: Server) -> None:
    postgresql.asked("CREATE DATABASE cluster_news")
    for number in range(20):
        text = " ".join(f"In ward {number} the council heard speaker {n * number}." for n in range(30))
        Path(f"pages/other-{number:02}.html").write_text(f"<h1>Ward {number}</h1><p>{text}</p>")
    _, news = with_news("there", cluster, state=postgresql.url("cluster_news"), unique=True)
    stored = {one.id for one in records("there") if one.status in ("ok", "partial")}
    # with one alone of those that are alike, and more than workers list
    assert news.count == len(stored)
    assert {one.id for one in news.listed} < stored


def test_a_dry_run_counts_and_writes_nothing(cluster: distributed.LocalCluster) -> None:
    result = run("there", cluster, dry_run=True)
    assert (result.pages, result.failed_pages) == (26, 1)
    assert not Path("there").exists()


def test_what_workers_cannot_share_out_is_refused() -> None:
    Path("out", ARCHIVE).mkdir(parents=True)
    for options, line in (
        ({"sources": ("https://courier.example/1",)}, "https://courier.example/1 is on the web"),
        ({"sources": ("-",)}, "its workers do not see standard input"),
        ({"limit": 3}, "its workers do not count together"),
        ({"from_archive": True}, "--from-archive cleans on this machine alone"),
    ):
        with pytest.raises(SettingsError, match=f"--runner dask: {line}"):
            ingest_plainly(
                IngestOptions(output=Path("out"), runner="dask", **({"sources": ("pages",)} | options))
            )


def job(**changes: Any) -> Job:
    common: dict[str, Any] = {
        "made_by": (VERSION, rules_digest()), "cleaning": Options(), "limits": Limits(), "fields": USUAL_NAMES,
        "shard": None, "is_anew": False, "gate": Gate(), "gates": {}, "options": {}, "overrides": {}, "removed": "full",
        "destination": None,
    }  # fmt: skip
    return Job(**(common | changes))


def test_a_file_that_ends_its_workers_is_failed_alone() -> None:
    places = tuple(list_files("pages"))[:2]
    both = Partition("0", 0, "pages", b"", b"", places)
    first, second = halved(both)
    assert (first.places, second.places) == (places[:1], places[1:])
    (crashed,) = halved(first)
    summary = decode_report(do_partition(job(), crashed)).summary
    assert summary.failures == [("00.html", "crashed: the workers that read it ended")]
    # nor one that is gone once it is read
    Path(places[1].path).unlink()
    summary = decode_report(do_partition(job(), second)).summary
    assert summary.failures == [("01.html", "missing: no such file or folder")]
    with pytest.raises(EnvironmentFault, match="Dask: its workers end whatever they do"):
        halved(crashed)
    # each half would have as many pages as the source may have in all
    limited = structs.replace(both, of=DiskSource("pages", (), limit=3))
    (crashed,) = halved(limited)
    assert all(one.fault for one in crashed.places)


def do_here(
    monkeypatch: pytest.MonkeyPatch,
    *,
    ends: Callable[[Partition], bool] = lambda _: False,
    parted: Callable[[], object] = lambda: None,
) -> None:
    """Files are parted into spans of five records, and tasks done in this process. ``ends``: whether one takes its
    workers down; ``parted``: called once a file is.
    """
    monkeypatch.setattr(partition, "LARGE_BYTES", 1)
    monkeypatch.setattr(opening_files, "_SPAN_RECORDS", 5)
    monkeypatch.setattr(page_notes, "GRANULARITY_NS", 0)

    def done_here(
        _: object, tasks: Iterable[Partition], work: Callable[[Partition], bytes], **changes: Any
    ) -> Iterator[tuple[Partition, bytes]]:
        for task in tasks:
            if ends(task):
                yield from done_here(_, changes["halved"](task), work, **changes)
                continue
            result = work(task)
            if spans := changes["instead"](task, result):
                parted()
                yield from done_here(_, spans, work, **changes)
            else:
                yield task, result

    monkeypatch.setattr(cluster_run, "done_on", done_here)


def test_a_file_that_changes_while_its_spans_are_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    file, added = Path("pages/a.warc.gz"), iter([packed(range(12, 16))])

    def grow() -> None:
        with file.open("ab") as opened:
            opened.write(next(added, b""))

    do_here(monkeypatch, parted=grow)
    file.write_bytes(packed(range(12)))
    given = {"sources": (str(file),), "runner": "dask"}
    run("there", **given)
    assert len(records("there")) == 16
    file.write_bytes(file.read_bytes() + packed(range(16, 18)))
    run("there", **given)
    assert len(records("there")) == 18
    assert run("there", **given).pages == 0


def test_a_file_of_which_a_span_ends_its_workers_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    file, deadly = Path("pages/a.warc.gz"), iter([True])
    do_here(monkeypatch, ends=lambda task: task.places[0].span is not None and next(deadly, False))
    file.write_bytes(packed(range(12)))
    given = {"sources": (str(file),), "runner": "dask"}
    assert run("there", **given).failed_pages == 1
    assert run("there", **given).failed_pages == 0
    assert len([one for one in records("there") if one.url]) == 12
    assert run("there", **given).pages == 0


def packed(numbers: range) -> bytes:
    """A WARC file of so many pages, each a member of its own."""
    pages = (
        (f"https://courier.example/{n}", f"<p>The council has met {n} times.</p>".encode()) for n in numbers
    )
    return b"".join(warc(page, packed=True) for page in pages)


def test_a_worker_that_is_not_like_the_run_is_reported(tmp_path: Path) -> None:
    # where its disk is not mounted
    (tmp_path / "empty").mkdir()
    place = ListedFile("pages", "a.html", f"{tmp_path}/empty/a.html")
    partition = Partition("0", 0, "pages", b"", b"", (place,))
    with pytest.raises(EnvironmentFault, match=r"its workers have another copydesk; install 0\.0\.1"):
        do_partition(job(made_by=("0.0.1", "")), partition)
    with pytest.raises(
        EnvironmentFault, match=r"a worker does not see .*empty/a\.html, which the run has listed"
    ):
        do_partition(job(), partition)
    away = Destination(1, tmp_path / "gone", None, Keeping())
    here = structs.replace(partition, places=tuple(list_files("pages"))[:1])
    with pytest.raises(
        EnvironmentFault, match=r"a worker does not see .*gone; all workers need the output folder"
    ):
        do_partition(job(destination=away), here)
