"""Spans of large files: read one by one they give what the whole file gives, whatever is wrong with it."""

from __future__ import annotations

import random
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet
import pytest
from msgspec import structs
from warc_files import warc

from copydesk.cleaners.types import Page
from copydesk.flows.run.disk_pages import DiskPages
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.catalogue import (
    ListedFile,
    Reading,
    Unreadable,
    list_files,
    read_pages,
    spans_of,
)
from copydesk.flows.sources.opening.field_names import USUAL_NAMES

COUNT = 700


def listed(file: Path) -> ListedFile:
    (found,) = list_files(str(file))
    return found


def check(file: Path) -> int:
    """How many spans there are, which give what the file gives."""
    spans = spans_of(listed(file), Reading())
    whole = list(read_pages([str(file)]))
    parts = [structs.replace(listed(file), span=span) for span in spans or (None,)]
    assert [item for part in parts for item in read_pages([part])] == whole
    return len(parts)


def packed(count: int = COUNT) -> list[bytes]:
    """Members of a WARC file."""
    return [
        warc((f"https://courier.example/{n}", f"<p>Report number {n}</p>".encode()), packed=True)
        for n in range(count)
    ]


def test_a_packed_warc_file_is_read_from_its_members(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(b"".join(packed()))
    assert check(file) == 3


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_lost_or_doubled_where_it_is_damaged(tmp_path: Path, seed: int) -> None:
    chance, members = random.Random(seed), packed()  # noqa: S311
    for number in chance.sample(range(COUNT), 40):
        member = bytearray(members[number])
        member[chance.randrange(len(member))] ^= 1 << chance.randrange(8)
        members[number] = bytes(member[: chance.choice((len(member), len(member) // 2))])
    members[300] = members[299] = b"nothing of a record"
    file = tmp_path / "a.warc.gz"
    file.write_bytes(b"".join(members)[:-5])
    assert check(file) >= 2


def test_what_cannot_be_read_from_within_is_read_as_a_whole(tmp_path: Path) -> None:
    plain, lines = tmp_path / "a.warc", tmp_path / "a.jsonl"
    plain.write_bytes(warc(*((f"https://courier.example/{n}", b"<p>Report</p>") for n in range(COUNT))))
    lines.write_text('{"html": "<p>Report</p>"}\n' * COUNT)
    assert (check(plain), check(lines)) == (1, 1)
    gone = ListedFile("gone.warc.gz", "gone.warc.gz", str(tmp_path / "gone.warc.gz"))
    assert spans_of(gone, Reading()) == []


def test_a_table_is_read_by_its_groups_of_rows(tmp_path: Path) -> None:
    table = pa.table(
        {"url": [f"https://courier.example/{n}" for n in range(COUNT)], "html": ["<p>x</p>"] * COUNT}
    )
    file = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(table, file, row_group_size=100)
    spans = spans_of(listed(file), Reading())
    assert [(span.before, span.most) for span in spans] == [(0, 3), (300, 3), (600, 1)]
    assert check(file) == 3
    # of what lies elsewhere each span would fetch all
    store = fsspec.filesystem("memory")
    store.pipe_file("/tables/a.parquet", file.read_bytes())
    (elsewhere,) = list_files("memory://tables")
    assert spans_of(elsewhere, Reading()) == []
    store.rm("/tables", recursive=True)
    # without pages it is one fault
    pyarrow.parquet.write_table(pa.table({"price": [*range(COUNT)]}), file, row_group_size=100)
    assert (spans_of(listed(file), Reading()), len(list(read_pages([str(file)])))) == ([], 1)
    file.write_bytes(b"PAR1 and nothing else")
    assert spans_of(listed(file), Reading()) == []


def test_files_elsewhere_are_listed_and_read() -> None:
    store = fsspec.filesystem("memory")
    for name in ("2026/b.html", "2026/a/c.html", "2026/.hidden/d.html", "2026/README.md"):
        store.pipe_file(f"/news/{name}", f"<p>Report {name}</p>".encode())
    store.pipe_file("/news/2026/e.warc.gz", b"".join(packed(3)))
    try:
        items = list(read_pages(["memory://news/2026"]))
        names = [item.source.name for item in items if isinstance(item, Page)]
        assert names[:2] == ["a/c.html", "b.html"]
        assert len(names) == 5
        (page,) = read_pages(["memory://news/2026/b.html"])
        assert (page.source.name, page.body) == ("memory://news/2026/b.html", b"<p>Report 2026/b.html</p>")
        files = list(list_files("memory://news/2026"))
        assert [item for file in files for item in read_pages([file])] == items
    finally:
        store.rm("/news", recursive=True)
    # a typing error costs its own source
    (listed,) = list_files("memory://nwes")
    tally = SourceTally("memory://nwes", "remote")
    for places in (["memory://nwes"], [listed]):
        assert list(DiskPages(USUAL_NAMES, None, None).of("memory://nwes", tally, places)) == []
    assert (tally.missing, tally.list_problem) == (2, "memory://nwes: nothing is there; see its address")
    (gone,) = read_pages([ListedFile("x", "x.html", "memory://news/x.html")])
    assert isinstance(gone, Unreadable)
    assert gone.reason == "missing"
