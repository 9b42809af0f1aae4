"""Whether a run can begin: checked before a server starts, a page is fetched or a folder is made."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE, Copydesk
from faulty_server import FaultyServer
from hypothesis import given
from hypothesis import strategies as st
from web_runs import titled

from copydesk.flows.config.failure_limit import FAIR_SAMPLE, FailureLimit
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.source_plan import SourcePlan
from copydesk.flows.errors import SettingsError, SinkError
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.run.planning import checked_plan, handed_over, handing_over

NOW = datetime(2026, 11, 8, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text("<p>words</p>")


def plan(*sources: str, **options: Any) -> SourcePlan:
    return checked_plan(IngestOptions(sources=sources, **options))


@pytest.mark.parametrize(
    ("sources", "problem"),
    [
        (("seeds",), "seeds: no such file or folder; name a source, or make a list: copydesk sources add"),
        (("gone.html", "away.html"), "gone.html: no such file or folder"),
        (("paeg.html",), "paeg.html: no such file or folder; did you mean page.html?"),
        (("htps://a.example/",), "htps://a.example/: no such file or folder; a URL begins with https:// or http://, one of files elsewhere with s3://, gs:// or hf://"),
    ],
)  # fmt: skip
def test_only_missing_sources_are_a_wrong_command(sources: tuple[str, ...], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        plan(*sources)
    assert str(caught.value) == problem
    assert not Path("output").exists()


def test_an_address_elsewhere_with_a_password_is_refused_and_not_shown() -> None:
    with pytest.raises(
        SettingsError, match=r"s3://\.\.\.@bucket/2026: an address names no user or password; give"
    ):
        plan("s3://key:secret@bucket/2026")


@pytest.mark.parametrize(
    "sources", [("gone.html", "page.html"), ("-",), ("gone.html", "https://a.example/"), ("link",)]
)
def test_where_something_is_there_the_run_begins(sources: tuple[str, ...]) -> None:
    Path("link").symlink_to("nowhere")
    found = plan(*sources)
    assert len(found.local) + len(found.web) == len(sources)
    assert Path("output").is_dir()


def test_a_missing_source_is_reported_and_has_no_record(invoke: Copydesk) -> None:
    given = ("paeg.html", "page.html")
    tables = (f'[[source]]\nname = "{name}"\nkind = "file"\naddress = "{name}"\n' for name in given)
    Path("list.toml").write_text("".join(tables))
    for sources in (given, ("list.toml",)):
        done = invoke("ingest", *sources)
        assert done.returncode == 1
        assert "1 failed (1 missing); " in done.stderr.decode()
        assert "no such file or folder; did you mean page.html?" in done.stderr.decode()
        names = {
            json.loads(line)["source"]["name"]
            for line in Path("output/records.jsonl").read_text().splitlines()
        }
        assert {Path(name).name for name in names} == {"page.html"}
    assert invoke("ingest", "list.toml", "--json").returncode == 1


def test_a_bad_row_of_a_table_is_skipped_and_reported(invoke: Copydesk, server: FaultyServer) -> None:
    at = server.url("/status/404")
    Path("a.csv").write_text(f"title,url\nBells,no address\nHills,{at}\n")
    done = invoke("ingest", "a.csv", "--allow-private", server.netloc)
    assert (done.returncode, "1 page cleaned" in done.stderr.decode()) == (1, True)
    assert "nothing from a.csv:2 (row)" in done.stderr.decode()
    assert "skipped: 'no address' is no URL" in done.stderr.decode()
    cleaned = invoke("clean", "a.csv", "--allow-private", server.netloc)
    assert (cleaned.returncode, len(cleaned.stdout.splitlines())) == (1, 1)
    assert "a.csv:2: skipped: 'no address' is no URL" in cleaned.stderr.decode()


def test_a_guessed_column_is_reported(invoke: Copydesk) -> None:
    page = ARTICLE.replace('"', '""')
    Path("a.csv").write_text(f'name,dump\nclock,"{page}"\n')
    Path("list.toml").write_text('[[source]]\nname = "paper"\nkind = "file"\naddress = "a.csv"\n')
    done = invoke("ingest", "list.toml")
    assert (done.returncode, "1 record new" in done.stderr.decode()) == (0, True)
    assert (
        "a.csv: no column is named body, html, text, markdown; the pages are read from dump"
        in done.stderr.decode()
    )


def test_duplicate_sources_are_read_once_and_reported(invoke: Copydesk) -> None:
    names = ("page.html", "./page.html", f"{Path.cwd()}/page.html")
    ingested, cleaned = invoke("ingest", *names), invoke("clean", *names)
    lines = len(Path("output/records.jsonl").read_text().splitlines()), len(cleaned.stdout.splitlines())
    assert lines == (1, 1)
    assert "1 page cleaned" in ingested.stderr.decode()
    for done in (ingested, cleaned):
        assert done.stderr.decode().count("the same as page.html, which is read once") == 2


def test_an_output_that_is_no_folder_is_reported_and_a_dry_run_makes_none() -> None:
    plan("page.html", dry_run=True)
    assert not Path("output").exists()
    Path("output").write_text("")
    plan("page.html", dry_run=True)
    with pytest.raises(SinkError, match="output: ") as caught:
        plan("page.html")
    assert caught.value.exit_code == 5


def test_an_archive_is_read_in_the_place_of_what_is_named_if_there_is_one() -> None:
    with pytest.raises(SettingsError, match=r"^--from-archive: there is no archive in output"):
        plan("page.html", from_archive=True)
    Path("output/archive").mkdir(parents=True)
    found = plan("page.html", "https://a.example/", from_archive=True)
    assert (found.local, found.web) == (["output/archive"], [])


def test_since_is_one_moment_for_all_sources_and_that_of_the_command_beats_that_of_a_list() -> None:
    Path("list.toml").write_text(
        '[[source]]\nname = "a"\nkind = "feed"\naddress = "https://a.example/feed"\nsince = "2026-11-02"\n'
    )
    sources, day = ("list.toml", "https://b.example/"), datetime(2026, 11, 2, tzinfo=UTC)
    assert [one.since for one in plan(*sources).web] == [day, None]
    assert [one.since for one in plan(*sources, since="2026-11-01").web] == [day.replace(day=1)] * 2
    one, other = plan(*sources, since="24h").web
    assert one.since is other.since is not None


def test_a_plan_is_handed_over_to_the_run_within_and_to_none_else() -> None:
    one, other = plan("page.html"), plan("https://a.example/")
    assert handed_over() is None
    with handing_over(one):
        assert handed_over() is one
        with pytest.raises(ValueError, match="broken"), handing_over(other):
            raise ValueError("broken" if handed_over() is other else "another plan")
        assert handed_over() is one
    assert handed_over() is None


@pytest.mark.slow
def test_private_addresses_are_fetched_only_if_allowed(server: FaultyServer, tmp_path: Path) -> None:
    """As for ``clean`` and ``explain``: host and port together, for all sources, lists included."""
    server.files["/one"] = titled("The first")
    (tmp_path / "list.toml").write_text(
        f'[[source]]\nname = "paper"\nkind = "url"\naddress = "{server.url("/one?listed")}"\npace_seconds = 0\n'
    )
    sources = (server.url("/one"), str(tmp_path / "list.toml"))
    for named, read in ((), 0), (("127.0.0.1:1",), 0), ((server.netloc,), 2):
        options = IngestOptions(sources=sources, allow_private=named, dry_run=True, jobs=1)
        result = ingest_plainly(options)
        assert (result.ok, result.failed_pages) == (read, 2 - read)
        assert read or f"--allow-private {server.netloc}" in result.summary


@given(st.integers(0, 100), st.integers(1, 500), st.data())
def test_a_share_of_failures_needs_enough_pages(share: int, pages: int, data: st.DataObject) -> None:
    failed = data.draw(st.integers(0, pages))
    passed = FailureLimit.parse(f"{share}%").is_passed(failed=failed, records=pages)
    assert passed == (pages >= FAIR_SAMPLE and failed * 100 > share * pages)


@pytest.mark.parametrize(
    ("limit", "failed", "is_passed"), [(None, 10**9, False), ("7", 7, False), (" 7 ", 8, True)]
)
def test_a_number_of_failures_is_the_most_that_is_borne(limit: str, failed: int, *, is_passed: bool) -> None:
    assert FailureLimit.parse(limit).is_passed(failed=failed, records=failed) == is_passed


@pytest.mark.parametrize("wrong", ["", "-1", "5 %", "101%", "1.5", "٣", "9" * 5_000])
def test_a_wrong_limit_is_named_in_a_line_of_bounded_length(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"^(?=.*--max-failures).{1,199}$"):
        IngestOptions(max_failures=wrong)
