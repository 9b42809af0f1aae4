"""Pages on a Dask cluster of real processes: as at home, whatever becomes of its workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distributed
import pytest
from conftest import ARTICLE, HANG_SECONDS, wait_until
from misbehaving import work
from msgspec import json, msgpack, structs

from copydesk.cleaners import clean_page
from copydesk.cleaners.options import Options
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page, Source
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.io.child import Limits
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.workers import dask_pages
from copydesk.flows.workers.dask_pages import _connected, _DaskPages, clean_pages_on_dask
from copydesk.flows.workers.pool import never, runner_named

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # Dask's own are none of ours


CLEANING: Any = {"options": Options(), "limits": Limits(), "jobs": 1}


def page(name: int | str, body: str = "") -> Page:
    body = body or f"<p>{name} o'clock was struck in the town hall.</p>"
    return Page(body, source=Source("file", str(name)))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a worker takes long to be replaced."""
    monkeypatch.setattr(dask_pages, "_PATIENCE_SECONDS", HANG_SECONDS)


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    """A cluster that somebody else has started; it replaces workers that are lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where its workers find this module
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as running:
            yield running


def test_records_are_those_made_at_home_though_a_worker_is_lost(cluster: distributed.LocalCluster) -> None:
    pids = [nanny.pid for nanny in cluster.workers.values()]
    items: list[Page | Unreadable] = [page(number) for number in range(40)]
    items.insert(7, Unreadable(Source("file", "gone.html"), "missing", "no such file or folder"))
    made: list[Record] = []
    for record in clean_pages_on_dask(items, **CLEANING, address=cluster.scheduler_address):
        if len(made) == 10:
            os.kill(pids[0], signal.SIGKILL)
        made.append(record)
    # a cluster that we have not started goes on
    assert cluster.status is distributed.Status.running
    texts = ["" if isinstance(item, Unreadable) else clean_page(item).text for item in items]
    assert [record.source.name for record in made] == [item.source.name for item in items]
    assert [record.text for record in made] == texts
    assert made[7].reason == "missing: no such file or folder"


def clean_or_kill(batch: dask_pages.Batch) -> list[bytes]:
    """Ends the Dask worker itself, as no page should be able to."""
    for item in batch:
        if isinstance(item, Page) and item.body == "kill the worker":
            time.sleep(1)  # Dask gives up a worker that dies while it is only just starting
            os.kill(os.getpid(), signal.SIGKILL)
    return [msgpack.encode(work(item)) for item in batch if isinstance(item, Page)]


def test_a_page_that_takes_two_workers_down_is_failed_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where its workers find this module
    bodies = ["quiet"] * 12
    bodies[5] = "kill the worker"
    with _connected(None, 2) as client:
        pages = (page(at, body) for at, body in enumerate(bodies))
        records = list(_DaskPages(client, clean_or_kill).records(pages, never))
    assert [record.source.name for record in records] == [str(number) for number in range(12)]
    assert [record.reason for record in records] == ["done"] * 5 + ["crashed"] + ["done"] * 6


def batch_sizes(batch: dask_pages.Batch) -> list[bytes]:
    records = (work(item) for item in batch if isinstance(item, Page))
    return [msgpack.encode(structs.replace(made, reason=f"{len(batch)} in a batch")) for made in records]


def test_further_pages_of_an_article_count_for_the_size_of_a_batch(cluster: distributed.LocalCluster) -> None:
    further = (page("further", "quiet" + " " * dask_pages._MAX_BATCH_BYTES),)
    pages = [structs.replace(page(at, "quiet"), continuations=further) for at in range(3)]
    with _connected(cluster.scheduler_address, 1) as client:
        records = list(_DaskPages(client, batch_sizes).records(pages, never))
    assert [record.reason for record in records] == ["1 in a batch"] * 3


def test_a_run_on_dask_stores_what_a_run_at_home_stores_and_then_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pages").mkdir()
    for number in range(6):
        (Path("pages") / f"{number}.html").write_text(ARTICLE.replace("eleven", f"{number} and eleven"))

    def stored(output: str, runner: str) -> dict[str, tuple[str, str | None]]:
        ingest_plainly(IngestOptions(sources=("pages",), output=Path(output), runner=runner, jobs=2))
        lines = (Path(output) / "records.jsonl").read_bytes().splitlines()
        records = [json.decode(line, type=Record) for line in lines]
        assert len(records) == 6
        return {record.id: (record.text, record.duplicate_of) for record in records}

    assert stored("dask", "dask") == stored("home", "local")
    again = IngestOptions(sources=("pages",), output=Path("dask"), runner="dask", jobs=1)
    assert ingest_plainly(again).records == 0


def test_what_cannot_be_is_reported_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ray", "dask=", "", "local=4"):
        with pytest.raises(SettingsError, match="--runner: expected local, dask or dask=ADDRESS, not "):
            runner_named(name)
    monkeypatch.setattr(dask_pages, "_PATIENCE_SECONDS", 0.5)
    with pytest.raises(EnvironmentFault, match=r"the Dask cluster at tcp://127.0.0.1:9 does not answer"):
        next(runner_named("dask=tcp://127.0.0.1:9")([page(1)], **CLEANING, would_wait=never))


def test_a_cluster_without_workers_ends_the_run_and_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:

        def pages() -> Iterator[Page]:
            yield page(0)
            wait_until(lambda: not cluster.scheduler.workers, "the end of the worker")
            yield page(1)

        address = cluster.scheduler_address
        records = clean_pages_on_dask(pages(), **CLEANING, address=address, would_wait=lambda: True)
        next(records)
        cluster.scale(0)
        monkeypatch.setattr(dask_pages, "_PATIENCE_SECONDS", 1.0)
        with pytest.raises(EnvironmentFault, match="no worker is left; start some, and run again"):
            list(records)


def test_a_result_that_went_with_the_last_worker_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:

        def pages() -> Iterator[Page]:
            yield page(0)
            tasks = cluster.scheduler.tasks
            wait_until(lambda: any(one.state == "memory" for one in tasks.values()), "the page's end")
            cluster.scale(0)
            wait_until(lambda: not cluster.scheduler.workers, "the end of the worker")
            monkeypatch.setattr(dask_pages, "_PATIENCE_SECONDS", 1.0)

        monkeypatch.setattr(dask_pages, "_FIRST_BATCH_PAGES", 1)
        records = clean_pages_on_dask(pages(), **CLEANING, address=cluster.scheduler_address)
        with pytest.raises(EnvironmentFault, match="no worker is left; start some, and run again"):
            list(records)


def test_records_come_before_the_next_page_of_a_slow_source(cluster: distributed.LocalCluster) -> None:
    given = 0

    def pages() -> Iterator[Page]:
        for number in range(3):
            assert given == number
            yield page(number)

    address = cluster.scheduler_address
    for _ in clean_pages_on_dask(pages(), **CLEANING, address=address, would_wait=lambda: True):
        given += 1
    assert given == 3
