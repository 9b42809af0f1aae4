"""Counts of a run: each word means the same in the summary, the result, the log and Prefect's pages."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from faulty_server import FaultyServer
from web_runs import Site, source_list, titled

from copydesk.flows.commands.cli import cli
from copydesk.flows.commands.status import status_of
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.library.records.new_articles import NewArticles
from copydesk.flows.library.records.run_writer import RunWriter, Taken
from copydesk.flows.run.batches import Ingestion
from copydesk.flows.run.reporting.artifacts import pages_of
from copydesk.flows.run.reporting.report import Report, ending_of

Counts = dict[str, int]
WORDS = ("new", "changed", "unchanged")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Site:
    return Site(monkeypatch, server)


def finished(source: Path, output: Path, *, news: NewArticles | None = None, **options: Any) -> Ingestion:
    """A run to its end."""
    with Ingestion(IngestOptions(sources=(str(source),), output=output, jobs=1, **options), news=news) as run:
        while not run.is_done:
            run.clean_batch()
    return run


def counted(output: Path, source: Path, **options: Any) -> Counts:
    """How many records a run reports as new, changed and unchanged: the same wherever it reports them."""
    news = NewArticles()
    run = finished(source, output, news=news, **options)
    result, summary = run.result(), run.summary
    counts = {word: getattr(result, word) for word in WORDS}
    new, changed, unchanged = counts.values()
    records = f"{new:,} record{'s' * (new != 1)} new"
    assert f"{records}, {changed:,} changed, {unchanged:,} unchanged" in result.summary
    # of each source, in the log and on Prefect's pages
    sources = {word: sum(one.became[word] for one in run.sources) for word in WORDS[:2]}
    assert sources | {"unchanged": sum(one.unchanged for one in run.sources)} == counts
    ending = ending_of(summary.headline, run.sources)
    report = Report("r", datetime.now(UTC), ending, summary, run.sources, "", news)
    assert {word: getattr(report.counts, word) for word in WORDS} == counts
    shown = " | ".join(f"{counts[word]:,}" for word in WORDS)
    assert f" | {news.count:,} | {shown} | " in pages_of(report, [])[-1].data
    return {word: count for word, count in counts.items() if count}


def test_pages_that_a_gate_sets_aside_are_counted_by_gate(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text(ARTICLE)
    (tmp_path / "two.html").write_text("<p>Gone to lunch.")
    (tmp_path / "copydesk.toml").write_text('[gate]\nstatuses = ["ok"]\n')
    with contextlib.chdir(tmp_path):
        result = finished(tmp_path, tmp_path / "out", min_confidence=1.0, dry_run=True).result()
    assert result.quarantined == {"least_confidence": 1, "statuses": 1}
    assert "pages quarantined, by gate: least_confidence 1, statuses 1" in result.summary
    assert result.webhook is None


def test_changed_files_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder, output = tmp_path / "pages", tmp_path / "out"
    folder.mkdir()
    one, two = folder / "one.html", folder / "two.html"
    one.write_text(ARTICLE)
    two.write_text(ARTICLE.replace("clock", "bell"))
    assert counted(output, folder) == {"new": 2}
    assert counted(output, folder) == {"unchanged": 2}
    os.utime(one, (1_700_000_000, 1_700_000_000))
    assert counted(output, folder) == {"unchanged": 2}
    one.write_text(ARTICLE.replace("two hundred people", "three hundred people"))
    assert counted(output, folder) == {"changed": 1, "unchanged": 1}
    assert counted(output, folder, removed="none") == {"changed": 2}
    rule = 'name = "bell"\nlabel = "ad"\nreason = "its bell"\ncontains = ["axle of the minute hand"]\n'
    (tmp_path / "copydesk.toml").write_text(f"[[rule]]\n{rule}")
    assert counted(output, folder, removed="none") == {"changed": 2}
    two.unlink()
    assert counted(output, folder, removed="none") == {"unchanged": 1}


def test_a_page_fetched_again_with_the_same_text_has_not_changed(tmp_path: Path) -> None:
    pages, output = tmp_path / "pages.jsonl", tmp_path / "out"

    def read_at(moment: str) -> Counts:
        page = {"url": "https://paper.example/1", "html": ARTICLE, "fetched_at": moment}
        pages.write_text(json.dumps(page) + "\n")
        return counted(output, pages)

    assert read_at("2026-11-21T08:00:00Z") == {"new": 1}
    assert read_at("2026-11-22T09:30:00Z") == {"unchanged": 1}
    # its record has the new time all the same
    assert json.loads((output / "records.jsonl").read_text())["fetched_at"] == "2026-11-22T09:30:00Z"


def test_a_known_page_of_the_web_is_not_new_when_fetched_again(site: Site, tmp_path: Path) -> None:
    output = tmp_path / "out"
    address = site.put("/art/1", titled("one"))
    file = source_list(tmp_path, [site.server], f'name = "p"\nkind = "url"\naddress = "{address}"')
    assert counted(output, file) == {"new": 1}
    assert counted(output, file, refetch=True) == {"unchanged": 1}
    site.put("/art/1", titled("one, changed"))
    assert counted(output, file) == {"changed": 1}


def test_each_page_has_one_status_in_records_summary_log_and_status(site: Site, tmp_path: Path) -> None:
    server, output = site.server, tmp_path / "out"
    server.robots = (200, b"User-agent: *\nDisallow: /closed\n")
    bomb = gzip.compress(b"x" * 20_000_002)
    site.answer("bomb", lambda handler, _: handler.give(bomb, Content_Encoding="gzip"))
    here = site.put("/art/1", titled("one"))
    pages = {
        here: ("ok", None),
        server.url("/status/404"): ("failed", "http_404"),
        server.url("/status/500"): ("failed", "http_500"),
        server.url("/bomb"): ("rejected", "too_large"),
        server.url("/closed"): ("rejected", "robots_denied"),
        site.put("/art/empty", b"<p></p>"): ("rejected", "empty"),
    }
    (tmp_path / "urls.txt").write_text("".join(f"{url}\n" for url in pages))
    file = source_list(tmp_path, [server], 'name = "p"\nkind = "urls"\naddress = "urls.txt"')

    first = finished(file, output)
    stored = [json.loads(line) for line in (output / "records.jsonl").read_text().splitlines()]
    found = {
        record["url"]: (record["status"], record["reason"] and record["reason"].partition(":")[0])
        for record in stored
    }
    assert found == pages
    wanted = Counter(status for status, _ in pages.values())
    result, (source,) = first.result(), first.sources
    assert {status: getattr(result, status) for status in wanted} == wanted
    assert (result.failed_pages, source.read, source.rejected, source.failed) == (2, 1, 3, 2)
    assert "2 failed (1 http_404, 1 http_500)" in result.summary
    _agrees(output, wanted)
    # a record stays though its page is gone: the page has failed, its record is unchanged
    site.bodies.pop("/art/1")
    again = finished(file, output, refetch=True).result()
    assert (again.failed_pages, again.new, again.changed, again.unchanged) == (3, 0, 0, 6)
    assert {status: getattr(again, status) for status in wanted} == wanted
    # and counts for the limit
    assert finished(file, output, refetch=True, max_failures="2").is_stopped


def _agrees(output: Path, wanted: Counter[str]) -> None:
    """``status`` counts each page once, in the store and by its source."""
    status = status_of(output, state=None, database=None)
    assert status.store is not None
    assert status.state is not None
    assert Counter({status: count for status, count in status.store.statuses.items() if count}) == wanted
    (source,) = status.state.sources
    assert (
        source.pages == source.ok + source.without_article + source.denied + source.failed == wanted.total()
    )
    assert (source.ok, source.failed) == (wanted["ok"], wanted["failed"])
    assert source.without_article + source.denied == wanted["rejected"]
    assert {trouble.reason for trouble in status.state.troubles} == {
        group.reason for group in status.store.unusable if group.status == "failed"
    }


def test_an_interrupt_after_writing_counts_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = RunWriter.write

    def interrupted(writer: RunWriter, taken: Taken) -> None:
        write(writer, taken)
        raise KeyboardInterrupt

    monkeypatch.setattr(RunWriter, "write", interrupted)
    (tmp_path / "page.html").write_text(ARTICLE)
    options = IngestOptions(sources=(str(tmp_path / "page.html"),), output=tmp_path / "output", jobs=1)
    with pytest.raises(KeyboardInterrupt), Ingestion(options) as run:
        run.clean_batch()
    assert [source.became["new"] for source in run.sources] == [1]
    done = CliRunner().invoke(
        cli, ["ingest", str(tmp_path / "page.html"), "--output", str(tmp_path / "second")]
    )
    assert (done.exit_code, done.stderr) == (
        130,
        "1 new record and 0 changed are stored; the next run reads the rest\ninterrupted\n",
    )
