"""The tables of records: SQLAlchemy's Core alone, the same for every database.

Imports SQLAlchemy, which takes a third of a second: only runs into a database do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from copydesk.flows.sinks.identity import lookup_keys
from copydesk.flows.sinks.record_lines import key_of

VERSION = 1
"""Of these tables. What is newer is not touched, what is older is brought up to date as it is opened."""

metadata = MetaData()

about = Table("copydesk_about", metadata, Column("version", Integer, primary_key=True))
"""The version of the tables."""

# SQLite numbers rows by this type alone
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

records = Table(
    "records",
    metadata,
    # the order of the store; who takes an old record's place takes its number
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # for queries; all else is in `record`
    Column("status", Text, nullable=False, index=True),
    Column("reason", Text),
    Column("url", Text, index=True),
    Column("canonical_url", Text),
    Column("source_kind", Text, nullable=False),
    Column("source_name", Text, nullable=False, index=True),
    Column("fetched_at", Text, index=True),
    Column("title", Text),
    Column("site_name", Text),
    Column("language", Text, nullable=False, index=True),
    Column("date_published", Text, index=True),
    Column("content_hash", Text, index=True),
    Column("duplicate_of", Text),
    # null in the newest version of a page
    Column("next", Text, index=True),
    # the line as a file would have it: as text, so that it comes out byte for byte
    Column("record", JSON, nullable=False),
    UniqueConstraint("id", "version"),
)
marks = Table(
    "copydesk_marks",
    metadata,
    # identity.lookup_keys: a merge finds by them the records that it may touch, and reads no others
    Column("mark", LargeBinary(16), primary_key=True),
    Column("number", _NUMBER, primary_key=True, index=True),
    sqlite_with_rowid=False,
)


class _Source(Struct, frozen=True):
    kind: str
    name: str


class _Columns(Struct, frozen=True):
    """The fields of a record that are columns."""

    id: str
    status: str
    source: _Source
    version: int = 1
    reason: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    fetched_at: str | None = None
    title: str | None = None
    site_name: str | None = None
    language: str = "und"
    date_published: str | None = None
    content_hash: str | None = None
    duplicate_of: str | None = None
    next: str | None = None


_decode_columns = msgspec.json.Decoder(_Columns).decode


def row_of(number: int, line: bytes) -> dict[str, Any]:
    """A record's row."""
    found = msgspec.structs.asdict(_decode_columns(line))
    source = found.pop("source")
    return found | {
        "number": number,
        "source_kind": source.kind,
        "source_name": source.name,
        "record": line.decode().rstrip("\n"),
    }


def lookup_rows(number: int, line: bytes) -> Iterator[dict[str, Any]]:
    """The rows of its marks."""
    if (key := key_of(line)) is not None:
        # in order, so that equal runs write equal files
        yield from ({"mark": mark, "number": number} for mark in sorted(lookup_keys(key)))
