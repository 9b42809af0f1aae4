"""What a run did, in lines and in tables: every record counted, whatever pages are called."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.record.records import failed
from copydesk.cleaners.schema import Processing, Record, Removed, SourceRef
from copydesk.cleaners.types import Page
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.run.reporting.summary import MOST_TROUBLES, Tally, Trouble, as_lines, as_markdown
from copydesk.flows.run.reporting.text import cell, one_line
from copydesk.flows.sinks.store_backend import Stored


def record(**fields: Any) -> Record:
    return Record(
        id="0" * 32,
        source=SourceRef(kind="file", name=fields.pop("name", "page.html")),
        processing=Processing(copydesk="0", rules="", options="", duration_ms=fields.pop("duration_ms", 1.0)),
        **fields,
    )


STATUS = st.sampled_from(["ok", "partial", "rejected", "failed"])


@given(st.lists(st.tuples(STATUS, st.text(), st.floats(0, 1e6))))
def test_a_summary_accounts_for_every_record(seen: list[tuple[Any, str, float]]) -> None:
    tally = Tally()
    for status, name, duration_ms in seen:
        tally.add(record(status=status, reason="why", name=name, duration_ms=duration_ms))
    summary = tally.summary(seconds=1.0)
    assert summary.pages == sum(count for _, count in summary.statuses) == len(seen)
    counts = dict(summary.statuses)
    assert [took for _, took in summary.slowest] == sorted((took for *_, took in seen), reverse=True)[:5]
    assert sum(count for _, count in summary.languages) == counts["ok"] + counts["partial"]
    assert sum(count for _, count in summary.reasons) == len(seen) - counts["ok"]


@given(st.text(), st.text(min_size=1))
def test_what_pages_are_called_cannot_break_the_summary(name: str, reason: str) -> None:
    tally = Tally()
    tally.add(record(status="failed", reason=reason, name=name))
    summary = tally.summary(seconds=1.0)
    assert all("\n" not in line for line in as_lines(summary))
    rows = [line for line in as_markdown(summary).split("\n") if line.startswith("| ")]
    assert all(row.count("|") == 3 for row in rows)
    assert all(line.startswith(("| ", "## ", "**")) for line in as_markdown(summary).split("\n") if line)


def test_pages_and_records_are_counted_apart_where_pages_share_one() -> None:
    tally = Tally()
    for status in ("ok", "ok", "rejected", "rejected"):
        tally.add(record(status=status, reason="empty", language="en"))
    statuses, became = {"ok": 1, "rejected": 1}, {0: "new", 1: "unchanged"}
    stored = Stored(lines=2, statuses=statuses, became=became, shared=1, again=1)  # type: ignore[arg-type]
    summary = tally.summary(seconds=1.0, stored=stored)
    assert as_lines(summary)[0].startswith(
        "4 pages cleaned: 2 ok, 0 partial, 2 rejected, 0 failed; 1 record new, 0 changed, 1 unchanged ("
    )
    assert {"pages by language: en 2", "pages not ok: rejected: empty 2"} <= set(as_lines(summary))
    rows = {"| language | pages |": "| `en` | `2` |", "| reason | pages |": "| `rejected: empty` | `2` |"}
    for head, row in rows.items():
        assert f"{head}\n| --- | ---: |\n{row}" in as_markdown(summary)


def test_advice_at_the_end_of_a_reason_is_shown() -> None:
    advice = "name 127.0.0.1:8000 under allow_private to reach it"
    reason = f"forbidden: 127.0.0.1:8000 is 127.0.0.1, a loopback address, named by paper.example; {advice}"
    endless = f"forbidden: {'a' * 10_000}; {advice}"
    tally = Tally()
    for text in (reason, endless):
        tally.add(failed(Page("", url="https://example.org/a"), text))
    summary = tally.summary(seconds=1.0)
    lines = [line for line in as_lines(summary) if line.startswith("failed: ")]
    assert lines[0] == f"failed: https://example.org/a: {reason}"
    assert lines[1].startswith("failed: https://example.org/a: forbidden: aaa")
    assert lines[1].endswith(advice)
    assert len(lines[1]) < 600
    assert as_markdown(summary).count(advice) == 2


def test_removals_are_counted_by_label() -> None:
    tally = Tally()
    cut = [Removed(after=0, label=label, rule="", evidence="", text="x") for label in ("nav", "ad", "nav")]
    tally.add(record(status="ok", language="en", removed=tuple(cut)))
    assert tally.summary(seconds=1.0).removed == (("nav", 2), ("ad", 1))


def test_a_log_names_the_first_failures_and_how_to_see_the_others() -> None:
    tally = Tally()
    for n in range(8):
        tally.add(record(status="failed", reason=f"timeout: {n}", name=f"page-{n}", duration_ms=None))
    lines = as_lines(tally.summary(seconds=2.0))
    assert lines[0] == "8 pages cleaned: 0 ok, 0 partial, 0 rejected, 8 failed (2.0 s, 4 a second)"
    assert [line for line in lines if line.startswith("failed: ")] == [
        *(f"failed: page-{number}: timeout: {number}" for number in range(5)),
        "failed: 3 more",
    ]
    assert "pages not ok: failed: timeout 8" in lines
    assert not any(line.startswith("slowest") for line in lines)


def test_the_summary_of_an_empty_run_is_short() -> None:
    summary = Tally().summary(seconds=0.0)
    line = "0 pages cleaned: 0 ok, 0 partial, 0 rejected, 0 failed (0.0 s, 0 a second)"
    assert as_lines(summary) == (line,)
    assert as_markdown(summary).count("##") == 1


@pytest.mark.parametrize(
    ("stored", "line"),
    [
        (Stored(shared=1), "1 page had the same content as another and shares its record"),
        (Stored(shared=2_000), "2,000 pages had the same content as another and share its record"),
        (Stored(again=1), "1 page was read again; what was read last holds"),
        (Stored(again=3), "3 pages were read again; what was read last holds"),
        (Stored(copies=1), "1 copy of another article"),
        (Stored(copies=5), "5 copies of other articles"),
        (Stored(left_out=1), "1 copy left out (--unique)"),
        (Stored(left_out=3), "3 copies left out (--unique)"),
        (Stored(kept=1), "1 page could not be had this time; what was read before stays"),
        (Stored(kept=4), "4 pages could not be had this time; what was read before stays"),
    ],
)
def test_pages_without_a_record_of_their_own_are_reported(stored: Stored, line: str) -> None:
    summary = Tally().summary(seconds=1.0, stored=stored)
    assert as_lines(summary)[1:] == (line,)
    assert line in as_markdown(summary).split("\n")


def test_counts_are_reported_the_greatest_first_and_equal_ones_by_name() -> None:
    tally = Tally()
    for language in ("fr", "de", "en", "en", "de", "pt"):
        tally.add(record(status="ok", language=language))
    assert "pages by language: de 2, en 2, fr 1, pt 1" in as_lines(tally.summary(seconds=1.0))


def test_addresses_are_shown_without_their_secrets() -> None:
    tally = Tally()
    tally.add(failed(Page("", url="https://paper.example/a?token=hunter2"), "dns: no such host"))
    summary = tally.summary(seconds=1.0)
    assert "hunter2" not in as_markdown(summary) + "".join(as_lines(summary))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\x1b[2Jc", "a b [2Jc"),
        ("a\u2028b\x85c", "a b c"),
        ("x" * 101, "x" * 99 + "…"),
        ("x" * 100, "x" * 100),
    ],
)
def test_a_text_of_strangers_is_one_line_of_bounded_length(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_cell_has_no_mark_that_would_end_it() -> None:
    assert cell("a`b|c") == "`a'b¦c`"
    assert cell("") == ""


@pytest.mark.parametrize(
    ("sink", "parts"), [("jsonl", None), ("jsonl.gz", None), ("sqlite", None), ("jsonl", "1MB")]
)
def test_failures_are_shown_by_the_reported_command(tmp_path: Path, sink: str, parts: str | None) -> None:
    listed = tmp_path / "pages.jsonl"
    listed.write_text("{broken\n" * 3 + '{"url": 1}\n' * 4, "utf-8")
    output = tmp_path / "the output"
    options = IngestOptions(sources=(str(listed),), output=output, sink=sink, part_size=parts, jobs=1)
    lines = ingest_plainly(options).summary.split("\n")
    (more,) = (line for line in lines if line.startswith("failed: 2 more; "))
    command = shlex.split(more.removeprefix("failed: 2 more; ").removesuffix(" shows them"))
    if (sink, parts) == ("jsonl", None):
        assert command == ["jq", 'select(.status == "failed")', str(options.output / "records.jsonl")]
    else:
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
    # what shares a record is looked at again in each run
    changed = "2 pages cleaned: 2 ok, 0 partial, 0 rejected, 0 failed; 0 records new, 1 changed, 2 unchanged"
    assert headline() == changed


def test_records_of_a_run_that_was_killed_are_reported_by_the_next(tmp_path: Path) -> None:
    pages = [tmp_path / "pages" / f"{name}.html" for name in ("a", "b", "c")]
    pages[0].parent.mkdir()
    for page in pages[:2]:
        page.write_text(ARTICLE.replace("Friday", page.stem), "utf-8")
    options = IngestOptions(sources=(str(pages[0].parent),), output=tmp_path / "out", jobs=1)
    assert "brought in" not in ingest_plainly(options).summary
    # as where it was killed before its end
    (options.output / "records.jsonl").rename(options.output / ".records.jsonl.journal")
    pages[2].write_text(ARTICLE.replace("Friday", "c"), "utf-8")
    lines = ingest_plainly(options).summary.split("\n")
    assert lines.count("brought in 2 records of a run that was cut short") == 1
    assert lines[0].startswith("1 page cleaned: 1 ok, 0 partial, 0 rejected, 0 failed; 1 record new")
    (options.output / "records.jsonl").rename(options.output / ".records.jsonl.journal")
    lines = ingest_plainly(options).summary.split("\n")
    assert "brought in 3 records of a run that was cut short" in lines
    assert f"records are in {options.output / 'records.jsonl'}" in lines


def test_pages_that_failed_or_were_denied_are_kept_by_name_and_only_so_many() -> None:
    tally = Tally()
    for number in range(MOST_TROUBLES + 20):
        url = f"https://a.example/{number}?key=secret"
        tally.add(record(status="failed", reason="http_500: status 500", url=url))
    troubles = tally.summary(seconds=1.0).troubles
    assert len(troubles) == MOST_TROUBLES
    assert troubles[0] == Trouble("page.html", "https://a.example/0?key=...", "http_500: status 500", False)
    tally = Tally()
    for reason in ("robots_denied: Disallow: /", "tdm_reserved", "index", "http_404: gone"):
        tally.add(record(status="rejected", reason=reason, name="courier"))
    found = [
        (trouble.reason.partition(":")[0], trouble.is_denied)
        for trouble in tally.summary(seconds=1.0).troubles
    ]
    assert found == [("robots_denied", True), ("tdm_reserved", True)]
