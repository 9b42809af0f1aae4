"""Tables in Parquet: each row is a page, read by a process of its own, however the file was made."""

from __future__ import annotations

import os
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from processor_time import bounded
from pyarrow import parquet
from source_items import Items, contents, only_page, only_unreadable

from copydesk.cleaners.options import Options
from copydesk.cleaners.types import Page
from copydesk.flows.commands.advice import line_about
from copydesk.flows.io.child import Limits
from copydesk.flows.io.extras import install
from copydesk.flows.sources.catalogue import Unreadable, read_pages
from copydesk.flows.sources.opening import inflating
from copydesk.flows.sources.opening.field_names import parse_field_names
from copydesk.flows.workers.pool import clean_pages


def read(path: Path, *fields: str) -> Items:
    return list(read_pages([str(path)], fields=parse_field_names(fields)))


@pytest.mark.slow
def test_tables_of_bytes_and_times_are_read_also_in_an_archive(tmp_path: Path) -> None:
    when = datetime(2026, 11, 20, 10, tzinfo=UTC)
    row = {"id": 7, "body": b"<p>\xe9</p>", "fetched_at": when, "content_type": "text/html; charset=latin-1"}
    parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "in.parquet")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "in.parquet", "a.parquet")
    item = only_page(read(tmp_path / "a.zip"))
    assert (item.body, item.source.name, item.media) == (b"<p>\xe9</p>", "7", None)
    assert item.fetched_at == "2026-11-20T10:00:00+00:00"


@pytest.mark.slow
def test_columns_may_have_other_names_and_those_that_are_not_there_are_reported_once(tmp_path: Path) -> None:
    rows = [{"html_content": "<p>1</p>", "link": "https://a/", "body": 5, "html": None, "text": "t"}]
    rows[0] |= {f"c{n}": n for n in range(20)}
    parquet.write_table(pa.Table.from_pylist(rows * 2), tmp_path / "a.parquet")
    page, _ = read(tmp_path, "html=html_content", "url=link")
    assert isinstance(page, Page)
    assert (page.body, page.media, page.url) == ("<p>1</p>", "html", "https://a/")
    item = only_unreadable(read(tmp_path, "html=content", "id=number"))
    assert (item.reason, item.status) == ("no_page", "rejected")
    assert item.message.startswith(
        "no column is named number, content; it has html_content, link, body, html, "
    )
    assert ", c4, … (name them with --field" in item.message


def test_a_value_that_is_no_text_costs_its_row_only(tmp_path: Path) -> None:
    values = pa.array([b"<p>1</p>", b"<p>caf\xe9</p>", b"<p>3</p>"]).view(pa.string())
    parquet.write_table(pa.table({"text": values, "url": pa.array(["a", "b", "c"])}), tmp_path / "a.parquet")
    assert contents(read(tmp_path)) == ["<p>1</p>", b"<p>caf\xe9</p>", "<p>3</p>"]
    parquet.write_table(pa.table({"text": ["x"], "url": [5]}), tmp_path / "a.parquet")
    assert only_unreadable(read(tmp_path)).reason == "broken_line"


@pytest.mark.slow
def test_tables_made_to_break_readers_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is small on the disk and large in memory, or has no end."""
    monkeypatch.setattr(inflating, "MAX_INFLATED_BYTES", 500_000)  # so that it ends sooner
    nested: pa.DataType = pa.int32()
    for _ in range(200):
        nested = pa.list_(nested)
    for name, table in {
        "a": pa.table({"text": pa.array(["a" * 12_000_000] * 3, pa.large_string())}),
        "b": pa.table({"text": pa.nulls(1_000_000, pa.string())}),
        "c": pa.table({"text": ["x"], "headers": pa.nulls(1, nested)}),
        "d": pa.table({f"c{n}": [1] for n in range(1000)} | {"text": ["x"]}),
    }.items():
        parquet.write_table(table, tmp_path / f"{name}.parquet", compression="zstd", use_dictionary=False)
    assert max(file.stat().st_size for file in tmp_path.iterdir()) < 2_000_000
    with bounded(4_000, megabytes=30):
        last = {}
        for item in read_pages([str(tmp_path)]):
            last[item.source.name[0]] = item.reason if isinstance(item, Unreadable) else item.body
    assert last == {"a": "too_large", "b": "too_large", "c": "damaged", "d": "x"}


def test_a_reader_that_dies_or_is_not_there_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    item = only_unreadable(read(tmp_path))
    message = "invalid Parquet file: the process that read it died of it"
    assert (item.reason, item.message) == ("damaged", message)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (record,) = clean_pages(read(tmp_path), options=Options(), limits=Limits(), jobs=1)
    assert str(line_about(record)).endswith(f"needs pyarrow: {install('parquet')}")


def test_a_table_is_not_read_beyond_what_is_requested(tmp_path: Path) -> None:
    def living_children() -> set[str]:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    parquet.write_table(pa.table({"text": ["x" * 1000] * 20_000}), tmp_path / "a.parquet")
    before = living_children()  # those of runs in this process that have ended a moment ago
    rows = read_pages([str(tmp_path / "a.parquet")])
    assert isinstance(next(rows), Page)
    assert living_children() - before
    rows.close()  # type: ignore[attr-defined]
    assert not living_children() - before
