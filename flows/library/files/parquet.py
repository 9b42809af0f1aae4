"""Parquet: tables with the published Arrow schema (``copydesk.arrow_schema()``), one file or parts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from copydesk.cleaners import encode
from copydesk.flows.errors import SinkError
from copydesk.flows.formats.parquet import arrow_schema, from_batch, to_batch
from copydesk.flows.io.output_folder import check_is_file
from copydesk.flows.library.records.record_lines import decode_record

# of JSON Lines; set by hand: writers and readers hold a row group in memory
_GROUP_BYTES = 16_000_000
_BATCH_ROWS = 256


class Parquet:
    """A file is a table, a row a record; see ``FileFormat``."""

    suffix = ".parquet"

    def read(self, file: Path) -> Iterator[bytes]:
        """The rows as lines."""
        for batch in _batches(file):
            yield from map(encode, from_batch(batch))

    def write(self, file: Path, lines: Iterable[bytes]) -> None:
        """Row groups of bounded size."""
        from pyarrow import parquet

        with file.open("wb") as raw:
            with parquet.ParquetWriter(raw, arrow_schema(), compression="zstd") as table:
                for group in _groups(lines):
                    table.write_batch(to_batch(decode_record(line) for line in group))
            raw.flush()
            os.fsync(raw.fileno())


def _groups(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    size = 0
    for line in lines:
        group.append(line)
        size += len(line)
        if size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _batches(file: Path) -> Iterator[Any]:
    import pyarrow
    from pyarrow import parquet

    check_is_file(file)
    try:
        with parquet.ParquetFile(file) as table:
            yield from table.iter_batches(batch_size=_BATCH_ROWS)
    except pyarrow.ArrowInvalid as error:
        raise SinkError(
            file, "is damaged", advice="bring back a copy, or move it away to begin anew"
        ) from error
