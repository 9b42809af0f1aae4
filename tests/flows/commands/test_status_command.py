"""``status`` and ``retry``: the state of runs, failures and their reasons; failed URLs become due at once."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote

import pytest
from click.testing import CliRunner
from conftest import Copydesk
from faulty_server import FaultyServer
from msgspec.structs import replace
from page_versions import FIRST, SECOND, reading, store
from postgres import Server
from web_runs import (
    Site,
    execute,
    failed,
    feed,
    ingest,
    later,
    note,
    note_list,
    records,
    sent,
    sitemap,
    source_list,
    titled,
    wait_is_over,
)

from copydesk.cleaners import encode
from copydesk.cleaners.types import Source
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.fetching.lists.listed import ListResult
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.records.run_writer import RunWriter
from copydesk.flows.library.web.frontier import Frontier
from copydesk.flows.run.batches import ingest_plainly

NOW = datetime.now(UTC).replace(microsecond=0)
SITE = "https://courier.example"
SLOW = Source("file", "slow\x1b.html")
UNTIL = ", host by host until one does not answer or requests a pause again"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Site:
    return Site(monkeypatch, server)


def output_of(*arguments: str | Path, code: int = 0) -> str:
    """What a command prints, on either stream."""
    done = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert done.exit_code == code, done.output
    return done.output


def fill(library: Library) -> None:
    """Two sources with pages and lists of every kind, in a run."""
    run = RunWriter(library)
    web = Frontier(library)
    for number, reason in enumerate((None, None, "index")):
        note(web, f"{SITE}/{number}", sent(f"{SITE}/{number}", NOW), NOW, reason=reason)
    for _ in range(3):
        note(web, f"{SITE}/3", failed(f"{SITE}/3", "timeout", 5 * 3_600), NOW)
    note(web, f"{SITE}/4", failed(f"{SITE}/4", "robots_denied"), NOW)
    listed = ListResult(f"{SITE}/map", sent(f"{SITE}/map", NOW, '"l1"'))
    note_list(web, listed, NOW)
    web.note_read("courier", now=NOW)
    secret = failed("https://gazette.example/feed?key=hunter2", "http_500", 9 * 3_600)
    note_list(web, ListResult(secret.url, secret, has_backoff=True), NOW, source="gazette")
    web.note_read("herald", now=NOW)
    run.end()


def test_where_nothing_was_written_nothing_is_made(tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert output_of("status", "--output", output) == (
        f"records: none in {output}\n"
        f"next: copydesk ingest SOURCE --output {output}: nothing has been written here\n"
    )
    assert "nothing of the web was requested" in output_of(
        "retry", "--failed", "--output", tmp_path / "out", code=2
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["file", "--state", "--database"])
def test_every_source_is_shown_with_its_failures(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    address = None
    if kind != "file":
        server: Server = request.getfixturevalue("postgresql")
        name = f"status_{kind.removeprefix('--')}"
        server.asked(f"CREATE DATABASE {name}")
        address = server.url(name)
    where = ("--output", str(tmp_path), *((kind, address) if address else ()))
    with Library.open(tmp_path, address) as library:
        fill(library)
        # while a run goes on, too
        shown = json.loads(output_of("status", "--json", *where))["state"]
    by_name = {source.pop("name"): source for source in shown["sources"]}
    counts = ("pages", "ok", "without_article", "denied", "failed", "lists", "lists_failed")
    assert {name: [source[key] for key in counts] for name, source in by_name.items()} == {
        "courier": [5, 2, 1, 1, 1, 1, 0],
        "gazette": [0, 0, 0, 0, 0, 1, 1],
        "herald": [0, 0, 0, 0, 0, 0, 0],
    }
    assert [(trouble["source"], trouble["reason"], trouble["attempts"]) for trouble in shown["troubles"]] == [
        ("courier", "timeout", 3),
        ("gazette", "http_500", 1),
    ]
    assert datetime.fromisoformat(by_name["courier"]["next_attempt_at"]) == NOW + timedelta(hours=5)
    assert shown["size_bytes"] > 1_000
    text = output_of("status", *where)
    assert "hunter2" not in text
    (row,) = [line.split() for line in text.splitlines() if line.startswith("courier ")]
    assert row[3:8] == ["5", "2", "1", "1", "1"]
    due = f"{NOW + timedelta(hours=5):%Y-%m-%d %H:%M}"
    assert f"courier: 1 URL fails (timeout), up to 3 times in a row, retried {due}: {SITE}/3" in text
    command = f"copydesk retry --failed --output {tmp_path}{f' {kind} {quote(address)}' if address else ''}"
    retries = f"then a run into {tmp_path}: retries what failed now; otherwise it is retried when due"
    assert f"next: {command}, {retries}" in text
    assert output_of("retry", "gazette", *where).startswith("1 URL is due; ")
    if address:
        other = "--state" if kind == "--database" else "--database"
        for named in (("status",), ("retry", "--failed")):
            both = output_of(*named, *where, other, f"{address}&connect_timeout=9", code=2)
            assert "names another database than" in both


def next_attempts(library: Library, urls: Sequence[str]) -> list[tuple[bool, int]]:
    """Of each address whether it is due, and its failures in a row."""
    found = Frontier(library).known(urls)
    due = datetime.now(UTC)
    return [
        (fetch.next_attempt_at is None or fetch.next_attempt_at <= due, fetch.failures)
        for fetch in map(found.__getitem__, urls)
    ]


def test_what_failed_is_due_and_what_robots_deny_is_not(tmp_path: Path) -> None:
    where = ("--output", tmp_path)
    feed_url, pages = "https://gazette.example/feed?key=hunter2", [f"{SITE}/{number}" for number in (1, 3, 4)]
    with Library.open(tmp_path) as library:
        fill(library)
        note(Frontier(library), f"{SITE}/3", failed(f"{SITE}/3", "timeout", 5 * 3_600), NOW)
        assert next_attempts(library, [*pages, feed_url]) == [(True, 0), (False, 4), (False, 1), (False, 1)]
        # a run has the folder: it would note over what is changed
        assert "another run is writing here" in output_of("retry", "--failed", *where, code=5)
    assert output_of("retry", "other", *where, code=2).endswith(
        "other: neither a source nor a URL that was requested\n"
    )
    assert "did you mean courier?" in output_of("retry", "courrier", *where, code=2)
    assert "name sources or URLs, or give --failed" in output_of("retry", *where, code=2)
    run = f"the next run into {tmp_path} fetches"
    assert output_of("retry", "courier", *where) == f"1 URL is due; {run} it{UNTIL}\n"
    with Library.open(tmp_path) as library:
        web = Frontier(library)
        assert next_attempts(library, [*pages, feed_url]) == [(True, 0), (True, 0), (False, 1), (False, 1)]
        # the source is due, and its list comes whole
        assert web.last_read("courier") is None
        assert web.last_read("herald") == NOW
        listed = web.known([f"{SITE}/map"]).get(f"{SITE}/map")
        assert listed is not None
        assert not listed.validators
    assert output_of("retry", f"{SITE}/1", *where) == f"0 URLs are due; {run} them\n"
    assert output_of("retry", "--failed", *where) == f"2 URLs are due; {run} them{UNTIL}\n"
    with Library.open(tmp_path) as library:
        assert next_attempts(library, [*pages, feed_url]) == [(True, 0), (True, 0), (False, 1), (True, 0)]


def test_what_is_made_due_is_what_is_counted_as_failed(tmp_path: Path) -> None:
    where = ("--output", tmp_path)
    reasons = ("too_large", "redirected_away", "captcha", "timeout", "robots_denied")
    with Library.open(tmp_path) as library:
        RunWriter(library)
        for reason in reasons:
            note(Frontier(library), f"{SITE}/{reason}", failed(f"{SITE}/{reason}", reason), NOW)
    shown = json.loads(output_of("status", "--json", *where))["state"]["sources"][0]
    assert (shown["failed"], shown["without_article"], shown["denied"]) == (1, 3, 1)
    for which in ("--failed", "courier"):
        assert output_of("retry", which, *where).startswith("1 URL is due; ")
    # the canonical URL is the one that search prints
    store(
        "jsonl", StoreLocation(tmp_path), reading(FIRST, url=f"{SITE}/timeout", canonical_url=f"{SITE}/late")
    )
    assert output_of("retry", f"{SITE}/late", *where).startswith("1 URL is due; ")
    for name in (f"{SITE.upper()}/timeout", f"{SITE}/timeout#top", f"{SITE}/late#top"):
        assert output_of("retry", name, *where).startswith("1 URL is due; ")
    # of a file it is known, too, but there is no request to be made again
    saved = reading(SECOND, url=None, canonical_url=f"{SITE}/saved", source=Source("file", "saved.html"))
    store("jsonl", StoreLocation(tmp_path), saved)
    fetches = f"copydesk ingest {SITE}/saved --output {tmp_path} fetches it\n"
    told = f"its page was read from saved.html, and the URL was never requested; {fetches}"
    assert output_of("retry", f"{SITE}/saved", *where, code=2) == f"Error: {SITE}/saved: {told}"
    # who names an address has seen what it is
    assert output_of("retry", f"{SITE}/too_large", *where).startswith("1 URL is due; ")
    assert output_of("retry", f"{SITE}/robots_denied", *where).startswith("0 URLs are due; ")


@pytest.mark.slow
def test_a_page_that_is_there_again_is_fetched_after_a_retry(tmp_path: Path, site: Site) -> None:
    pages = [site.put(f"/page/{number}", titled(f"Clock {number}")) for number in range(3)]
    lists = [site.put("/feed", feed(*pages)), site.put("/map", sitemap(*pages))]
    body = site.bodies.pop("/page/1")
    kinds = zip(("feed", "sitemap"), lists, strict=True)
    tables = (f"name = '{kind}'\nkind = '{kind}'\naddress = '{url}'" for kind, url in kinds)
    seeds = source_list(tmp_path, [site.server], *tables)
    output = tmp_path / "out"
    # given up, and its lists noted as done with
    for _ in range(7):
        ingest(seeds, output)
        wait_is_over(output)
    site.put("/page/1", body)
    execute(output, "update url set next_attempt_at = '2036-01-01 00:00:00.000000' where failures > 0")
    site.again()
    ingest(seeds, output)
    assert [path for path, status in site.again() if path == "/page/1"] == []
    assert "(http_404)" in output_of("status", "--output", output)
    assert output_of("retry", "--failed", "--output", output).startswith("1 URL is due")
    ingest(seeds, output)
    assert ("/page/1", 200) in site.again()
    assert sorted(record["title"] for record in records(output)) == ["Clock 0", "Clock 1", "Clock 2"]
    shown = json.loads(output_of("status", "--json", "--output", output))
    assert (shown["store"]["records"], shown["store"]["by_other_rules"]) == (3, 0)
    assert shown["state"]["troubles"] == []
    assert shown["advice"].startswith("nothing; ")


@pytest.mark.slow
def test_the_next_attempt_of_a_failed_feed_is_reported(tmp_path: Path, site: Site) -> None:
    site.answer("busy", later(3_600))
    for path, why, is_fetched in (("/status/404", "http_404", True), ("/busy", "retry_later", False)):
        url, output = site.server.url(path), tmp_path / why
        seeds = source_list(tmp_path, [site.server], f"name = 'town'\nkind = 'feed'\naddress = '{url}'")
        ingest(seeds, output)
        when = "by the next run" if is_fetched else r"20\d\d-\d\d-\d\d \d\d:\d\d"
        line = rf"town: 1 URL fails \({why}\), retried {when}: {url}"
        assert re.search(line, output_of("status", "--output", output))
        site.again()
        ingest(seeds, output)
        assert (path in {path for path, _ in site.again()}) is is_fetched


@pytest.mark.slow
def test_records_by_other_rules_are_reported(tmp_path: Path, invoke: Copydesk) -> None:
    (tmp_path / "page.html").write_bytes(titled("Noon"))
    assert invoke("ingest", "page.html", "--sink", "sqlite").returncode == 0
    with closing(sqlite3.connect(tmp_path / "output" / LIBRARY)) as library, library:
        library.execute("UPDATE record SET rules = 'others'")
    done = invoke("status")
    assert done.returncode == 0
    text = done.stdout.decode()
    assert text.startswith("records: 1 in output/library.sqlite, ")
    assert "1 of them made by other rules" in text
    assert "web:" not in text
    assert text.endswith("next: the next run into output cleans by this copydesk's rules what others made\n")


def test_what_waits_in_the_quarantine_is_counted(tmp_path: Path, invoke: Copydesk) -> None:
    (tmp_path / "copydesk.toml").write_text("[gate]\nleast_words = 500\n")
    (tmp_path / "page.html").write_bytes(titled("Noon"))
    assert invoke("ingest", "page.html").returncode == 0
    line = "quarantined: 1 page, in output/quarantine.jsonl, each with the gate that it failed\n"
    assert line in invoke("status").stdout.decode()
    assert json.loads(invoke("status", "--json").stdout)["quarantined"] == 1


def test_a_file_in_place_of_the_output_folder_is_reported_as_by_a_run(empty_folder: Path) -> None:
    (empty_folder / "output").write_text("hello\n")
    (empty_folder / "page.html").write_bytes(titled("Noon"))
    for command in (["ingest", "page.html"], ["status"]):
        done = CliRunner().invoke(cli, command)
        assert (done.exit_code, done.stdout) == (5, ""), command
        assert done.stderr == "Error: output: cannot be used: file exists; choose a folder with --output\n"


@pytest.mark.parametrize(
    ("broken", "lines"), [(1, "line of {} that is no record"), (2, "2 lines of {} that are no records")]
)
def test_lines_that_are_no_records_are_to_be_mended_next(tmp_path: Path, broken: int, lines: str) -> None:
    file = tmp_path / "records.jsonl"
    file.write_bytes(encode(reading(FIRST)) + b"no record\n" * broken)
    line = f"next: mend or remove the {lines.format(file)}; see the first above\n"
    assert output_of("status", "--output", tmp_path).endswith(line)


def test_a_run_that_was_cut_short_is_to_be_run_again(tmp_path: Path) -> None:
    store("jsonl", StoreLocation(tmp_path), reading(FIRST))
    assert "next: nothing; " in output_of("status", "--output", tmp_path)
    with Library.open(tmp_path) as library:
        RunWriter(library)
    line = f"next: a run into {tmp_path} goes on or was cut short; if none goes on, run it again: what it has stored stays"
    assert output_of("status", "--output", tmp_path).endswith(f"{line}\n")
    store("jsonl", StoreLocation(tmp_path), reading(SECOND))
    assert "next: nothing; " in output_of("status", "--output", tmp_path)


def test_a_library_that_was_deleted_is_missed(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").write_bytes(encode(reading(FIRST)))
    line = f"next: nothing; library.sqlite is not there: the next run into {tmp_path} makes it of these records\n"
    assert output_of("status", "--output", tmp_path).endswith(line)


def test_what_is_no_article_and_what_failed_on_the_disk_is_reported_with_why(tmp_path: Path) -> None:
    broken = [
        reading("", url=None, status="failed", reason="broken_line: no JSON", id=f"{n:032}") for n in (7, 8)
    ]
    pages = [
        *(reading(text, hour=hour) for hour, text in enumerate((FIRST, SECOND))),
        reading("", url="https://courier.example/list", status="rejected", reason="index"),
        reading("", url=None, status="failed", reason="timeout: 60 s", source=SLOW),
        *(replace(one, source=Source("jsonl", f"pages.jsonl:{at}")) for at, one in enumerate(broken)),
    ]
    for page in pages:
        store("jsonl", StoreLocation(tmp_path), page)
    lines = output_of("status", "--output", tmp_path).splitlines()
    assert lines[0].startswith("records: 6 in ")
    # an older version of a page is no page of its own
    assert lines[1:] == [
        "  newest of each page: 1 ok, 0 partial, 1 rejected, 3 failed",
        "  2 failed (broken_line), such as pages.jsonl:0: no JSON; mend the line; the others were read",
        "  1 failed (timeout), such as slow .html: 60 s; it took too long; report it if it is an ordinary page",
        "  1 rejected (index), such as https://courier.example/list: give the pages it leads to instead",
        f"next: see to what failed (broken_line, timeout); the next run into {tmp_path} that reads it tries it again",
    ]
    shown = json.loads(output_of("status", "--json", "--output", tmp_path))["store"]
    assert shown["statuses"] == {"ok": 1, "partial": 0, "rejected": 1, "failed": 3}
    told = output_of("retry", "--failed", "--output", tmp_path)
    assert told.endswith("; 3 pages of files failed, which each run over them tries again\n")
    unusable = [(group["reason"], group["records"]) for group in shown["unusable"]]
    assert unusable == [("broken_line", 2), ("timeout", 1), ("index", 1)]


@pytest.mark.slow
def test_what_failed_in_files_that_are_gone_since_waits_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pages").mkdir()
    for name in ("broken.zip", "cut.zip"):
        Path("pages", name).write_bytes(b"PK\3\4")
    Path("pages/lines.jsonl").write_text("no JSON\n")
    output, run = Path("out"), IngestOptions(sources=("pages",), output=Path("out"), jobs=1)
    assert ingest_plainly(run).failed == 3
    for names, left in ((("broken.zip", "lines.jsonl"), 1), (("cut.zip",), 0)):
        for name in names:
            Path("pages", name).unlink()
        told = output_of("status", "--output", output)
        shown = json.loads(output_of("status", "--json", "--output", output))["store"]
        assert ("such as cut.zip: " in told, sum(one["records"] for one in shown["unusable"])) == (
            left == 1,
            left,
        )
        assert f"\n  {3 - left} failed, whose files are gone since: nothing is left to try\n" in told
        assert ("(damaged); the next run" in told, shown["gone"]) == (left == 1, 3 - left)
        assert ("1 page of files failed" in output_of("retry", "--failed", "--output", output)) == (left == 1)
        # what is read once more and failed again is still there
        ingest_plainly(run)
