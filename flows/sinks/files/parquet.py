"""The Parquet sink: tables with the published Arrow schema (``copydesk.arrow_schema()``), one file or parts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from copydesk.cleaners import encode
from copydesk.flows.errors import EnvironmentFault, SinkError
from copydesk.flows.formats.parquet import arrow_schema, from_batch, to_batch
from copydesk.flows.io.extras import install
from copydesk.flows.sinks.files.file_format import Scanned
from copydesk.flows.sinks.files.jsonl import file_backend
from copydesk.flows.sinks.identity import LineKey
from copydesk.flows.sinks.output_folder import check_is_file
from copydesk.flows.sinks.record_lines import decode_record
from copydesk.flows.sinks.store_backend import StoreBackend, StoreLocation

# of JSON Lines; set by hand: writers and readers hold a row group in memory
_GROUP_BYTES = 16_000_000
_BATCH_ROWS = 256
_SIZE_KEY = "copydesk.line_bytes"
"""In a file's metadata: the size of its records as JSON Lines, which counts for the size of parts."""


class Parquet:
    """A file is a table, a row a record; see ``FileFormat``."""

    suffix = ".parquet"

    def read(self, file: Path) -> Iterator[bytes]:
        """The rows as lines."""
        for batch in _batches(file, None):
            yield from map(encode, from_batch(batch))

    def scan(self, file: Path) -> Iterator[Scanned]:
        """Reads only the columns of keys."""
        size = _line_bytes(file)
        for batch in _batches(file, list(LineKey.__struct_fields__)):
            # null means the default
            rows = (
                {name: value for name, value in row.items() if value is not None} for row in batch.to_pylist()
            )
            yield from (Scanned(msgspec.convert(row, LineKey), size) for row in rows)

    def write(self, file: Path, lines: Iterable[bytes]) -> None:
        """Row groups of bounded size."""
        from pyarrow import parquet

        total = 0
        with file.open("wb") as raw:
            with parquet.ParquetWriter(raw, arrow_schema(), compression="zstd") as table:
                for group in _groups(lines):
                    table.write_batch(to_batch(decode_record(line) for line in group))
                    total += sum(map(len, group))
                table.add_key_value_metadata({_SIZE_KEY: str(total)})
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


def _batches(file: Path, columns: list[str] | None) -> Iterator[Any]:
    import pyarrow
    from pyarrow import parquet

    check_is_file(file)
    try:
        with parquet.ParquetFile(file) as table:
            yield from table.iter_batches(batch_size=_BATCH_ROWS, columns=columns)
    except pyarrow.ArrowInvalid as error:
        raise SinkError(
            file, "is damaged", advice="bring back a copy, or move it away to begin anew"
        ) from error


def _line_bytes(file: Path) -> int:
    """The average size of a record as a line of JSON."""
    from pyarrow import parquet

    check_is_file(file)
    with parquet.ParquetFile(file) as table:
        total: bytes = (table.metadata.metadata or {}).get(_SIZE_KEY.encode(), b"0")
        rows: int = table.metadata.num_rows
    return int(total) // max(rows, 1)


def parquet(place: StoreLocation) -> StoreBackend:
    """The backend of ``--sink parquet``. Raises EnvironmentFault if pyarrow is missing, SettingsError."""
    try:
        import pyarrow  # noqa: F401 - fails before a page is read
    except ImportError as error:
        raise EnvironmentFault(f"--sink parquet needs pyarrow: {install('parquet')}") from error
    return file_backend(Parquet(), place)
