"""What exports hold when their consumers read them, and what they have to hold: for ``benchmarks.formats``."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from copydesk import Record
from copydesk.flows.formats.csv_table import harmless
from copydesk.flows.formats.flat_rows import COLUMNS, flat_row
from copydesk.flows.formats.json_feed import feed_item
from copydesk.flows.formats.json_lines import datatrove_document, dolma_document
from copydesk.flows.formats.markdown_files import front_matter
from copydesk.flows.formats.markdown_tree import markdown_of
from copydesk.flows.formats.parquet import from_batch
from copydesk.flows.formats.schema_org import news_article
from copydesk.flows.io.zstandard import zstd

_decode = msgspec.json.Decoder(Record).decode


class ReadBack(NamedTuple):
    """``read``: what a place holds, one value a record. ``due``: what it has to hold of a record."""

    read: Callable[[Path], Sequence[Any]]
    due: Callable[[Record], Any]

    def differing(self, place: Path, records: Iterable[Record]) -> int:
        """How many values are not what they have to be; ``records`` in the order in which they were given."""
        due = [self.due(record) for record in records if record.status in ("ok", "partial") and record.text]
        found = self.read(place)
        pairs = zip(due, found, strict=False)
        return abs(len(due) - len(found)) + sum(bool(a != b) for a, b in pairs)


def _from_lines(lines: Iterable[bytes]) -> list[Record]:
    return [_decode(line) for line in lines]


def _from_zstd(path: Path) -> list[Record]:
    return _from_lines(zstd.decompress(path.read_bytes()).splitlines())


def _from_parquet(path: Path) -> list[Record]:
    from pyarrow import parquet

    return list(from_batch(parquet.read_table(path)))


def _from_sqlite(path: Path) -> list[Record]:
    with closing(sqlite3.connect(path)) as database:
        return [_decode(line) for (line,) in database.execute("SELECT record FROM records ORDER BY number")]


def _from_csv(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(2**31 - 1)  # its default is shorter than a long article
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened, strict=True))


def _cells(record: Record) -> dict[str, str]:
    return {column.name: _cell(value) for column, value in zip(COLUMNS, flat_row(record), strict=True)}


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
    return harmless(value) if isinstance(value, str) else str(value)


def _objects(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    return json.loads(msgspec.json.encode(value))


def _from_markdown(folder: Path) -> list[tuple[Any, str]]:
    """Front matter and article of each file, by id: files are in the order of their names."""
    import yaml

    found = []
    for path in folder.rglob("*.md"):
        _, front, body = path.read_text("utf-8").split("---\n", 2)
        found.append((yaml.load(front, yaml.CSafeLoader), body))
    return sorted(found, key=lambda one: str(one[0]["id"]))


READ_BACK: Mapping[str, ReadBack] = {
    "jsonl": ReadBack(lambda path: _from_lines(path.read_bytes().splitlines()), lambda record: record),
    "jsonl.gz": ReadBack(
        lambda path: _from_lines(gzip.decompress(path.read_bytes()).splitlines()), lambda record: record
    ),
    "jsonl.zst": ReadBack(_from_zstd, lambda record: record),
    "parquet": ReadBack(_from_parquet, lambda record: record),
    "sqlite": ReadBack(_from_sqlite, lambda record: record),
    "csv": ReadBack(_from_csv, _cells),
    "json-feed": ReadBack(
        lambda path: json.loads(path.read_bytes())["items"],
        lambda record: _plain(feed_item(record)),
    ),
    "schema-org": ReadBack(_objects, lambda record: _plain(news_article(record))),
    "dolma": ReadBack(_objects, lambda record: _plain(dolma_document(record))),
    "datatrove": ReadBack(_objects, lambda record: _plain(datatrove_document(record))),
}
"""By the ending of the files; Markdown, whose files have an order of their own, beside it."""


def differing_files(folder: Path, records: Iterable[Record]) -> int:
    """As ``ReadBack.differing``, of a folder of Markdown."""
    due = ReadBack(_from_markdown, lambda record: (front_matter(record), f"\n{markdown_of(record)}\n"))
    return due.differing(folder, sorted(records, key=lambda record: record.id))
