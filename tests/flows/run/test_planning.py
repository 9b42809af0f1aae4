"""Whether a run can begin: checked before a server starts, a page is fetched or a folder is made."""

from __future__ import annotations

import json
import re
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
        (("gone.html",), "gone.html: no such file or folder"),
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
    problem = "s3://...@bucket/2026: an address names no user or password; give them"
    with pytest.raises(SettingsError, match=re.escape(problem)):
        plan("s3://key:secret@bucket/2026")
    assert plan("s3://bucket/2026", "hf://datasets/courier/pages@main").local


THERE = [("gone.html", "page.html"), ("-",), ("gone.html", "https://a.example/"), ("link",)]


@pytest.mark.parametrize("sources", THERE, ids=" ".join)
def test_where_something_is_there_the_run_begins(sources: tuple[str, ...]) -> None:
    Path("link").symlink_to("nowhere")
    found = plan(*sources)
    assert len(found.local) + len(found.web) == len(sources)
    assert Path("output").is_dir()


@pytest.mark.parametrize("is_listed", [False, True])
def test_a_missing_source_is_reported_and_has_no_record(invoke: Copydesk, *, is_listed: bool) -> None:
    sources: tuple[str, ...] = ("paeg.html", "page.html")
    if is_listed:
        tables = (f'[[source]]\nname = "{name}"\nkind = "file"\naddress = "{name}"\n' for name in sources)
        Path("list.toml").write_text("".join(tables))
        sources = ("list.toml",)
    done = invoke("ingest", *sources)
    assert done.returncode == 1
    assert "1 failed (1 missing); " in done.stderr.decode()
    assert "no such file or folder; did you mean page.html?" in done.stderr.decode()
    (line,) = Path("output/records.jsonl").read_text().splitlines()
    assert json.loads(line)["source"]["name"].endswith("page.html")
    assert invoke("ingest", *sources, "--json").returncode == 1


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


@pytest.mark.parametrize("is_listed", [False, True])
def test_a_guessed_column_is_reported(invoke: Copydesk, *, is_listed: bool) -> None:
    page = ARTICLE.replace('"', '""')
    Path("a.csv").write_text(f'name,dump\nclock,"{page}"\n')
    Path("list.toml").write_text('[[source]]\nname = "paper"\nkind = "file"\naddress = "a.csv"\n')
    done = invoke("ingest", "list.toml" if is_listed else "a.csv")
    assert (done.returncode, "1 record new" in done.stderr.decode()) == (0, True)
    assert "a.csv: no column is named body, html, text; the pages are read from dump" in done.stderr.decode()


def test_duplicate_sources_are_read_once_and_reported(invoke: Copydesk) -> None:
    names = ("page.html", "./page.html", f"{Path.cwd()}/page.html")
    ingested, cleaned = invoke("ingest", *names), invoke("clean", *names)
    lines = len(Path("output/records.jsonl").read_text().splitlines()), len(cleaned.stdout.splitlines())
    assert lines == (1, 1)
    assert "1 page cleaned" in ingested.stderr.decode()
    for done in (ingested, cleaned):
        assert done.stderr.decode().count("the same as page.html, which is read once") == 2


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"max_failures": "many"}, "--max-failures: expected a number or a percentage"),
        ({"fields": ("hmtl=a",)}, "--field: unknown field 'hmtl'; did you mean html?"),
        ({"since": "soon"}, "--since: 'soon': expected a span such as 24h"),
        ({"contact": "nobody"}, "--contact: 'nobody': expected an e-mail address or a URL"),
        ({"from_archive": True}, "--from-archive: there is no archive in output"),
    ],
)
def test_an_option_that_is_wrong_is_reported_before_the_run(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        plan("page.html", **options)
    assert str(caught.value).startswith(problem)
    assert "\n" not in str(caught.value)


def test_an_output_that_is_no_folder_is_reported_and_a_dry_run_makes_none() -> None:
    plan("page.html", dry_run=True)
    assert not Path("output").exists()
    Path("output").write_text("")
    plan("page.html", dry_run=True)
    with pytest.raises(SinkError, match="output: ") as caught:
        plan("page.html")
    assert caught.value.exit_code == 5


def test_an_archive_is_read_in_the_place_of_what_is_named() -> None:
    Path("output/archive").mkdir(parents=True)
    found = plan("page.html", "https://a.example/", from_archive=True)
    assert (found.local, found.web) == (["output/archive"], [])


def test_since_is_one_moment_for_all_sources() -> None:
    found = plan("https://a.example/", "https://b.example/", since="24h")
    assert found.web[0].since is found.web[1].since
    assert found.web[0].since is not None


def test_since_of_the_command_beats_that_of_a_list() -> None:
    listed = (
        '[[source]]\nname = "a"\nkind = "feed"\naddress = "https://a.example/feed"\nsince = "2026-11-02"\n'
    )
    Path("list.toml").write_text(listed)
    sources, day = ("list.toml", "https://b.example/"), datetime(2026, 11, 2, tzinfo=UTC)
    assert [one.since for one in plan(*sources).web] == [day, None]
    assert [one.since for one in plan(*sources, since="2026-11-01").web] == [day.replace(day=1)] * 2


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
    with pytest.raises(SettingsError, match="--allow-private: 'localhost': expected a host and its port"):
        checked_plan(IngestOptions(sources=sources, allow_private=("localhost",), dry_run=True))


@given(st.integers(0, 100), st.integers(1, 500), st.data())
def test_a_share_of_failures_needs_enough_pages(share: int, pages: int, data: st.DataObject) -> None:
    failed = data.draw(st.integers(0, pages))
    passed = FailureLimit.parse(f"{share}%").is_passed(failed=failed, records=pages)
    assert passed == (pages >= 20 and failed * 100 > share * pages)


@pytest.mark.parametrize("wrong", ["", "x", "-1", "5 %", "101%", "1.5", "٣", "9" * 5_000])
def test_a_wrong_limit_is_named_in_a_line_of_bounded_length(wrong: str) -> None:
    with pytest.raises(SettingsError, match="--max-failures") as caught:
        IngestOptions(max_failures=wrong)
    assert len(str(caught.value)) < 200


def test_a_number_of_failures_is_the_most_that_is_borne() -> None:
    assert not FailureLimit.parse(None).is_passed(failed=10**9, records=10**9)
    assert not FailureLimit.parse("7").is_passed(failed=7, records=7)
    assert FailureLimit.parse("7").is_passed(failed=8, records=8)
    assert FailureLimit.parse(" 0 ").is_passed(failed=1, records=1)
    assert not FailureLimit.parse("0%").is_passed(failed=1, records=FAIR_SAMPLE - 1)
    assert FailureLimit.parse("0%").is_passed(failed=1, records=FAIR_SAMPLE)
