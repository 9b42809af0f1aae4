"""Runs over a store of objects whose server fails: what is stored stays, and each source has its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ARTICLE
from object_stores import ObjectStore, object_store

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.run.reporting.summary import IngestResult

pytestmark = pytest.mark.slow
COUNT = 6
PLACE = "s3://courier-desk/2026"


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        running.client.create_bucket(Bucket="courier-desk")
        for number in range(COUNT):
            body = f"<p>Seen by reader {number}.</p>{ARTICLE.replace('eleven', f'the {number}th of')}"
            running.client.put_object(Bucket="courier-desk", Key=f"2026/{number}.html", Body=body.encode())
        yield running


def run(store: ObjectStore, fails: Callable[[str], bool], shard: str | None, *sources: str) -> IngestResult:
    output = Path(f"out{shard or ''}".replace("/", "-"))
    store.fails = fails
    try:
        return ingest_plainly(
            IngestOptions(sources=sources or (PLACE,), output=output, shard=shard, jobs=1, runner="local")
        )
    finally:
        store.fails = lambda _: False


def test_an_error_of_the_server_costs_nothing_that_is_stored(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shards, pages = ("1/2", "2/2"), lambda request: ".html" in request
    assert run(store, lambda _: False, None).new == COUNT
    # no object can be had, but for their names: each is a failed page, of one shard
    assert run(store, pages, None).failed_pages == COUNT
    assert sum(run(store, pages, shard).failed_pages for shard in shards) == COUNT
    # not even these
    result = run(store, lambda _: True, None)
    assert (result.pages, result.missing) == (0, 0)
    # nothing was taken for gone
    again = run(store, lambda _: False, None)
    assert (again.unchanged, again.pages) == (COUNT, 0)


def test_a_place_that_cannot_be_listed_is_not_missing(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    gone, nowhere = "s3://courier-desk/2027", "s3://courier-dsek/2025"
    result = run(store, lambda request: "2026" in request, None, PLACE, gone, nowhere)
    assert (result.pages, result.missing, result.unlisted) == (0, 2, 1)
    for line in (
        f"{PLACE} (remote): 1 listed, 1 requested, 1 failed (1 unreadable); {PLACE}: cannot be listed (",
        f"{gone} (remote): 1 listed, 1 requested, 1 failed (1 missing); {gone}: nothing is there; see its address",
        f"{nowhere} (remote): 1 listed, 1 requested, 1 failed (1 missing); {nowhere}: nothing is there (",
    ):
        assert line in result.summary
