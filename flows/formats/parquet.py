"""Records as a Parquet file of the one Arrow schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import CannotWrite, SettingsError
from copydesk.flows.formats.arrow import arrow_schema, to_batch
from copydesk.flows.formats.format_registry import StreamFormat

MOST_RECORDS = 1_000
"""Records of a row group: readers take a file by these, and skip those that cannot match a query."""
# set by hand: of characters, so that memory stays bounded where pages are long; a record is some four texts long
MOST_CHARS = 4_000_000
"""Characters of text of a row group."""


def write_parquet(records: Iterable[Record], stream: BinaryIO) -> None:
    """Writes a Parquet file, a row group at a time. Raises SettingsError where pyarrow is not installed, CannotWrite
    for a record that has no row.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise SettingsError("writing Parquet needs pyarrow: pip install 'copydesk[parquet]'") from error
    with parquet.ParquetWriter(stream, arrow_schema(), compression="zstd") as table:
        for group in row_groups(records):
            try:
                batch = to_batch(group)
            except ValueError as error:
                raise CannotWrite(str(error)) from error
            table.write_batch(batch)


def row_groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in runs of at most ``MOST_RECORDS``, and of not many more than ``MOST_CHARS`` characters of text."""
    group: list[Record] = []
    chars = 0
    for record in records:
        group.append(record)
        chars += len(record.text) + sum(len(removed.text) for removed in record.removed)
        if len(group) == MOST_RECORDS or chars > MOST_CHARS:
            yield group
            group, chars = [], 0
    if group:
        yield group


PARQUET = StreamFormat(
    summary="tables of the published Arrow schema (copydesk schema --arrow)",
    write=write_parquet,
    is_text=False,
)
