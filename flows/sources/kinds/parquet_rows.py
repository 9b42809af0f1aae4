"""Rows of a Parquet file, read in a process of its own:
``python -m copydesk.flows.sources.kinds.parquet_rows WANTED Row|Group`` with the file as standard input.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from copydesk.cleaners.options import Options
from copydesk.flows.sources.kinds.reading_process import Fault, give_answers
from copydesk.flows.sources.opening.field_names import BODIES, FieldNames, named_fields

BATCH_SECONDS = 60
"""Processor time for sixteen rows; those of usual files take milliseconds."""

# set by hand: sixteen pages of 20 MB are 320 MB of MEMORY_BYTES; fewer rows at once take more calls
_ROWS = 16
# set by hand: for a message only
_SHOWN_COLUMNS = 100
# set by hand: what a footer claims is held before any row is read; these two bound it
_MAX_FOOTER_BYTES = 50_000_000
_MAX_FOOTER_ITEMS = 1_000_000
_MAX_VALUE_BYTES = Options().max_bytes + 1  # so that cleaning sees that it is too large


class Row(Struct, frozen=True, tag="row"):
    """A row: field to value, without those that are null."""

    values: dict[str, Any]


class Group(Struct, frozen=True, tag="group"):
    """A group of rows, which can be read without those before it."""

    rows: int
    packed_bytes: int


class Wanted(Struct, frozen=True):
    """What is read: what fields are called, and the first group and that behind the last one; None for all."""

    fields: FieldNames
    groups: tuple[int, int] | None = None


def _table(file: BinaryIO) -> Any:
    from pyarrow import parquet as tables

    return tables.ParquetFile(
        file,
        # bytes at a time instead of a whole column
        buffer_size=1 << 20,
        pre_buffer=False,
        thrift_string_size_limit=_MAX_FOOTER_BYTES,
        thrift_container_size_limit=_MAX_FOOTER_ITEMS,
    )


def groups(file: BinaryIO, wanted: Wanted) -> Iterator[Group | Fault]:
    """The groups of rows of a file, or why there are no rows."""
    table = _table(file)
    if isinstance(fault := _columns(table, wanted.fields), Fault):
        yield fault
        return
    footer = table.metadata
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        columns = (group.column(column) for column in range(group.num_columns))
        yield Group(group.num_rows, sum(column.total_compressed_size for column in columns))


def rows(file: BinaryIO, wanted: Wanted) -> Iterator[Row | Fault]:
    """The rows of a file, or why there are none."""
    table = _table(file)
    columns = _columns(table, wanted.fields)
    if isinstance(columns, Fault):
        yield columns
        return
    read = range(*wanted.groups) if wanted.groups else range(table.num_row_groups)
    # no threads: each would take address space of its own
    batches = table.iter_batches(
        batch_size=_ROWS, row_groups=list(read), columns=sorted(columns.values()), use_threads=False
    )
    for batch in batches:
        # for each batch: a large file may take long, a batch may not
        signal.setitimer(signal.ITIMER_PROF, BATCH_SECONDS)
        for number in range(batch.num_rows):
            yield _row(batch, number, columns)


def _columns(table: Any, fields: FieldNames) -> dict[str, str] | Fault:
    """The columns that are read, by field; or what is missing."""
    present = set(table.schema_arrow.names)
    looked_for = fields.within(present).looked_for
    columns = {field: name for field, name in looked_for.items() if name in present}
    # what the user named must be there
    missing = [name for name in named_fields(fields).values() if name not in present]
    if not missing and columns.keys().isdisjoint(BODIES):
        missing = [name for field, name in fields.looked_for.items() if field in BODIES]
    if missing:
        message = f"no column is named {', '.join(missing)}"
        return Fault("no_page", message, tuple(table.schema_arrow.names[:_SHOWN_COLUMNS]))
    return columns


def _row(batch: Any, number: int, columns: Mapping[str, str]) -> Row:
    found = ((field, _value(batch.column(name)[number])) for field, name in columns.items())
    return Row({field: value for field, value in found if value is not None})


def _value(scalar: Any) -> Any:
    """A value as far as a page may be long; times as text."""
    try:
        value = scalar.as_py()
    except UnicodeDecodeError:  # of the row, not of the file: a page may still be read
        value = scalar.as_buffer().to_pybytes()
    except ValueError:  # nanoseconds, which Python's times do not have
        return str(scalar)
    if isinstance(value, date):
        return value.isoformat()
    return value[:_MAX_VALUE_BYTES] if isinstance(value, str | bytes) else value


if __name__ == "__main__":
    import pyarrow.parquet  # noqa: F401 - what it takes is not the file's doing

    wanted = msgspec.json.decode(sys.argv[1], type=Wanted)
    read = groups if sys.argv[2] == Group.__name__ else rows
    give_answers(partial(read, wanted=wanted), what="Parquet file", seconds=BATCH_SECONDS)
