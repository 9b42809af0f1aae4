"""What a run did, in lines and in tables: every record counted, whatever pages are called."""

from __future__ import annotations

import shlex
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from copydesk.cleaners.record.records import failed
from copydesk.cleaners.schema import Processing, Record, Removed, SourceRef
from copydesk.cleaners.types import Page
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.run.reporting.source_lines import as_lines as source_lines
from copydesk.flows.run.reporting.summary import MOST_TROUBLES, Summary, Trouble, as_lines, as_markdown
from copydesk.flows.run.reporting.text import cell, one_line
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.stored import Became, Stored


def record(**fields: Any) -> Record:
    return Record(
        id="0" * 32,
        source=SourceRef(kind="file", name=fields.pop("name", "page.html")),
        processing=Processing(copydesk="0", rules="", options="", duration_ms=fields.pop("duration_ms", 1.0)),
        **fields,
    )


def summed(*records: Record, seconds: float = 1.0, stored: Stored | None = None) -> Summary:
    """The counts of a run over."""
    summary = Summary()
    for one in records:
        summary.add(one)
    summary.end(seconds=seconds, stored=stored)
    return summary


STATUS = st.sampled_from(["ok", "partial", "rejected", "failed"])


@given(st.lists(st.tuples(STATUS, st.text(), st.floats(0, 1e6))))
def test_a_summary_accounts_for_every_record(seen: list[tuple[Any, str, float]]) -> None:
    records = (
        record(status=status, reason="why", name=name, duration_ms=took) for status, name, took in seen
    )
    summary = summed(*records)
    counts = summary.statuses
    assert summary.pages == sum(summary.records.values()) == len(seen)
    assert [took for _, took in summary.slowest] == sorted((took for *_, took in seen), reverse=True)[:5]
    assert summary.languages.total() == counts["ok"] + counts["partial"]
    assert summary.reasons.total() == len(seen) - counts["ok"]


@given(st.text(), st.text(min_size=1))
def test_what_pages_are_called_cannot_break_the_summary(name: str, reason: str) -> None:
    summary = summed(record(status="failed", reason=reason, name=name))
    assert all("\n" not in line for line in as_lines(summary))
    rows = [line for line in as_markdown(summary).split("\n") if line.startswith("| ")]
    assert all(row.count("|") == 3 for row in rows)
    assert all(line.startswith(("| ", "## ", "**")) for line in as_markdown(summary).split("\n") if line)


def test_pages_and_records_are_counted_apart_where_pages_share_one() -> None:
    statuses, became = Counter(ok=1, rejected=1), Counter[Became](new=1, unchanged=1)
    stored = Stored(lines=2, statuses=statuses, became=became, shared=1, again=1)
    cut = tuple(Removed(after=0, label=one, rule="", evidence="", text="x") for one in ("nav", "ad", "nav"))
    pages = [
        record(status="ok", language="en", removed=cut),
        *(record(status="ok", language=language) for language in ("fr", "de", "de", "pt", "en")),
        *(record(status="rejected", reason="empty") for _ in range(2)),
    ]
    summary = summed(*pages, stored=stored)
    assert as_lines(summary)[0].startswith(
        "8 pages cleaned: 6 ok, 0 partial, 2 rejected, 0 failed; 1 record new, 0 changed, 1 unchanged ("
    )
    # the greatest first, equal ones by name
    languages = "pages by language: de 2, en 2, fr 1, pt 1"
    assert {languages, "removed blocks: nav 2, ad 1", "pages not ok: rejected: empty 2"} <= set(
        as_lines(summary)
    )
    rows = {"| language | pages |": "| `de` | `2` |", "| reason | pages |": "| `rejected: empty` | `2` |"}
    for head, row in rows.items():
        assert f"{head}\n| --- | ---: |\n{row}" in as_markdown(summary)


def test_a_page_that_robots_txt_denies_is_neither_cleaned_nor_requested() -> None:
    denied = "robots_denied: robots.txt: Disallow: /closed (line 2)"
    pages = [
        record(status="ok"),
        record(status="rejected", reason="empty"),
        record(status="rejected", reason=denied),
    ]
    headline = "2 pages cleaned: 1 ok, 0 partial, 1 rejected, 0 failed, 1 denied by robots.txt"
    assert as_lines(summed(*pages))[0].startswith(headline)
    tally = SourceTally("courier", "feed")
    tally.is_begun = tally.is_ended = True
    tally.listed = tally.requested = len(pages)
    for page in pages:
        tally.store(page)
    (line,) = source_lines([tally], ended_by="the run ended")
    assert line.endswith(": 3 listed, 2 requested, 1 read, 2 rejected (1 empty, 1 robots_denied)")


def test_advice_at_the_end_of_a_reason_is_shown() -> None:
    advice = "name 127.0.0.1:8000 under allow_private to reach it"
    reason = f"forbidden: 127.0.0.1:8000 is 127.0.0.1, a loopback address, named by paper.example; {advice}"
    endless = f"forbidden: {'a' * 10_000}; {advice}"
    page = Page("", url="https://example.org/a?token=hunter2")
    summary = summed(failed(page, reason), failed(page, endless))
    lines = [line for line in as_lines(summary) if line.startswith("failed: ")]
    assert lines[0] == f"failed: https://example.org/a?token=...: {reason}"
    assert lines[1].startswith("failed: https://example.org/a?token=...: forbidden: aaa")
    assert lines[1].endswith(advice)
    assert len(lines[1]) < 600
    assert as_markdown(summary).count(advice) == 2
    assert "hunter2" not in as_markdown(summary)


def test_a_log_names_the_first_failures_and_how_to_see_the_others() -> None:
    pages = (
        record(status="failed", reason=f"timeout: {n}", name=f"page-{n}", duration_ms=None) for n in range(8)
    )
    lines = as_lines(summed(*pages, seconds=2.0))
    assert lines[0] == "8 pages cleaned: 0 ok, 0 partial, 0 rejected, 8 failed (2.0 s, 4 a second)"
    assert [line for line in lines if line.startswith("failed: ")] == [
        *(f"failed: page-{number}: timeout: {number}" for number in range(5)),
        "failed: 3 more",
    ]
    assert "pages not ok: failed: timeout 8" in lines
    assert not any(line.startswith("slowest") for line in lines)


def test_the_summary_of_an_empty_run_is_short() -> None:
    summary = summed(seconds=0.0)
    line = "0 pages cleaned: 0 ok, 0 partial, 0 rejected, 0 failed (0.0 s, 0 a second)"
    assert as_lines(summary) == (line,)
    assert as_markdown(summary).count("##") == 1


LINES = {
    "1 page had the same content as another and shares its record": Stored(shared=1),
    "2,000 pages had the same content as another and share its record": Stored(shared=2_000),
    "1 page was read again; the last reading counts": Stored(again=1),
    "5 copies of other articles": Stored(copies=5),
    "1 copy left out (--unique)": Stored(left_out=1),
    "4 pages could not be had this time; what was read before stays": Stored(kept=4),
}


@pytest.mark.parametrize(("line", "stored"), LINES.items())
def test_pages_without_a_record_of_their_own_are_reported(line: str, stored: Stored) -> None:
    summary = summed(stored=stored)
    assert as_lines(summary)[1:] == (line,)
    assert line in as_markdown(summary).split("\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\x1b[2Jc", "a b [2Jc"), ("a\u2028b\x85c", "a b c"), ("x" * 101, "x" * 99 + "…"),
        ("x" * 100, "x" * 100),
    ],
)  # fmt: skip
def test_a_text_of_strangers_is_one_line_of_bounded_length(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_cell_has_no_mark_that_would_end_it() -> None:
    assert cell("a`b|c") == "`a'b¦c`"
    assert cell("") == ""


@pytest.mark.parametrize(("sink", "parts"), [("jsonl", None), ("sqlite", None), ("jsonl", "1MB")])
def test_failures_are_shown_by_the_reported_command(tmp_path: Path, sink: str, parts: str | None) -> None:
    listed = tmp_path / "pages.jsonl"
    listed.write_text("{broken\n" * 7, "utf-8")
    output = tmp_path / "the output"
    options = IngestOptions(sources=(str(listed),), output=output, sink=sink, part_size=parts, jobs=1)
    lines = ingest_plainly(options).summary.split("\n")
    (more,) = (line for line in lines if line.startswith("failed: 2 more; "))
    command = shlex.split(more.removeprefix("failed: 2 more; ").removesuffix(" shows them"))
    shown = CliRunner().invoke(cli, command[1:]).stdout.splitlines()
    assert (command[0], len(shown)) == ("copydesk", 7)
    assert "failed: 2 more" in ingest_plainly(replace(options, dry_run=True)).summary.split("\n")


def test_pages_that_were_cleaned_and_what_is_stored_of_them_are_counted_apart(tmp_path: Path) -> None:
    pages = {name: tmp_path / "pages" / f"{name}.html" for name in ("a", "b", "same", "empty")}
    pages["a"].parent.mkdir()
    address = '<link rel="canonical" href="https://example.org/{}"><title>'
    for name, page in pages.items():
        word = name.replace("same", "a")
        page.write_text(ARTICLE.replace("Friday", word).replace("<title>", address.format(word)), "utf-8")
    pages["empty"].write_text("", "utf-8")
    options = IngestOptions(sources=(str(pages["a"].parent),), output=tmp_path / "out", jobs=1)

    def headline(**others: bool) -> str:
        return ingest_plainly(replace(options, **others)).summary.partition(" (")[0]

    cleaned = "4 pages cleaned: 3 ok, 0 partial, 1 rejected, 0 failed"
    assert headline(dry_run=True) == cleaned
    assert headline() == f"{cleaned}; 3 records new, 0 changed, 0 unchanged"
    assert headline(again=True) == f"{cleaned}; 0 records new, 0 changed, 3 unchanged"
    pages["b"].write_text(pages["b"].read_text("utf-8").replace("the square", "the market square"), "utf-8")
    # what shares a record is known with it
    changed = "1 page cleaned: 1 ok, 0 partial, 0 rejected, 0 failed; 0 records new, 1 changed, 3 unchanged"
    assert headline() == changed


def test_records_of_a_run_that_was_killed_are_reported_by_the_next(tmp_path: Path) -> None:
    pages = [tmp_path / "pages" / f"{name}.html" for name in ("a", "b", "c")]
    pages[0].parent.mkdir()
    for page in pages[:2]:
        page.write_text(ARTICLE.replace("Friday", page.stem), "utf-8")
    options = IngestOptions(sources=(str(pages[0].parent),), output=tmp_path / "out", jobs=1)
    assert "brought in" not in ingest_plainly(options).summary
    # as if it had been killed before its end
    with closing(sqlite3.connect(options.output / LIBRARY)) as library, library:
        library.execute("INSERT INTO run (number) SELECT DISTINCT run FROM record")
    pages[2].write_text(ARTICLE.replace("Friday", "c"), "utf-8")
    lines = ingest_plainly(options).summary.split("\n")
    assert lines.count("brought in 2 records of a run that was cut short") == 1
    assert lines[0].startswith("1 page cleaned: 1 ok, 0 partial, 0 rejected, 0 failed; 1 record new")
    assert f"records are in {options.output / 'records.jsonl'}" in lines


def test_pages_that_failed_or_were_denied_are_kept_by_name_and_only_so_many() -> None:
    urls = (f"https://a.example/{number}?key=secret" for number in range(MOST_TROUBLES + 20))
    pages = [record(status="failed", reason="http_500: status 500", url=url) for url in urls]
    troubles = summed(*pages).troubles
    assert len(troubles) == MOST_TROUBLES
    assert troubles[0] == Trouble("page.html", "https://a.example/0?key=...", "http_500: status 500", False)
    reasons = ("robots_denied: Disallow: /", "tdm_reserved", "index", "http_404: gone")
    troubles = summed(*(record(status="rejected", reason=one, name="courier") for one in reasons)).troubles
    found = [(trouble.reason.partition(":")[0], trouble.is_denied) for trouble in troubles]
    assert found == [("robots_denied", True), ("tdm_reserved", True)]
