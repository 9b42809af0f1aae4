"""Rows of a Parquet file, read in a process of its own:
``python -m copydesk.flows.sources.kinds.parquet_rows`` with the file as standard input.

A few kilobytes of such a file may inflate to gigabytes of one value or billions of rows, and the library that
reads it is C++: what a hostile file does to it must not happen to a run. This module is what both sides
import, so it is kept light.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from copydesk.flows.io.posix import resource
from copydesk.flows.sources.opening.field_names import FieldNames

MEMORY_BYTES = 1_000_000_000
"""Address space above that of the process at its start: pages of a column, sixteen rows, and one of them as
it is sent.
"""
BATCH_SECONDS = 60
"""Processor time for sixteen rows; those of usual files take milliseconds."""
LENGTH_BYTES = 4
"""Each message is preceded by its length, little-endian."""

# set by hand: sixteen pages of 20 MB are 320 MB of MEMORY_BYTES; fewer rows at once take more calls
_ROWS = 16
# set by hand: for a message only
_SHOWN_COLUMNS = 100
# set by hand: what a footer claims is held before any row is read; these two bound it
_MAX_FOOTER_BYTES = 50_000_000
_MAX_FOOTER_ITEMS = 1_000_000


class Task(Struct, frozen=True):
    """What to read: what the columns are called, which of the fields hold the page, and how much of a value at most."""

    fields: FieldNames
    bodies: tuple[str, ...]
    named: tuple[str, ...]
    """Columns that the user named: each must be there."""
    max_value_bytes: int


class Row(Struct, frozen=True, tag="row"):
    """A row: field to value, without those that are null."""

    values: dict[str, Any]


class Fault(Struct, frozen=True, tag="fault"):
    """Why there are no more rows; ``columns`` are those of the file, where others were looked for."""

    reason: str
    message: str
    columns: tuple[str, ...] = ()


class End(Struct, frozen=True, tag="end"):
    """All rows were given. A reader that gets neither this nor a fault has lost the process."""


def rows(file: BinaryIO, task: Task) -> Iterator[Row | Fault | End]:
    """The rows of a file, then the end or why there are no more."""
    from pyarrow import parquet as tables

    table = tables.ParquetFile(
        file,
        # bytes at a time instead of a whole column
        buffer_size=1 << 20,
        pre_buffer=False,
        thrift_string_size_limit=_MAX_FOOTER_BYTES,
        thrift_container_size_limit=_MAX_FOOTER_ITEMS,
    )
    present = set(table.schema_arrow.names)
    looked_for = task.fields.within(present).looked_for
    columns = {field: name for field, name in looked_for.items() if name in present}
    missing = [name for name in task.named if name not in present]
    if not missing and not any(field in columns for field in task.bodies):
        missing = [task.fields.looked_for[field] for field in task.bodies]
    if missing:
        message = f"no column is named {', '.join(missing)}"
        yield Fault("no_page", message, tuple(table.schema_arrow.names[:_SHOWN_COLUMNS]))
        return
    wanted = sorted(columns.values())
    # no threads: each would take address space of its own
    for batch in table.iter_batches(batch_size=_ROWS, columns=wanted, use_threads=False):
        # for each batch: a large file may take long, a batch may not
        signal.setitimer(signal.ITIMER_PROF, BATCH_SECONDS)
        for number in range(batch.num_rows):
            yield _row(batch, number, columns, task.max_value_bytes)
    yield End()


def messages(file: BinaryIO, task: Task) -> Iterator[bytes]:
    """The same as messages, whatever is wrong with the file."""
    from pyarrow import ArrowException

    encode = msgspec.msgpack.Encoder(enc_hook=str).encode
    try:
        yield from map(encode, rows(file, task))
    except MemoryError:
        most = f"{MEMORY_BYTES // 1_000_000:,} MB"
        yield encode(Fault("too_large", f"reading it takes more than {most} of memory"))
    except (ArrowException, ValueError, OverflowError, KeyError, TypeError, OSError, RecursionError) as error:
        first = next(iter(str(error).splitlines()), "") or type(error).__name__
        yield encode(Fault("damaged", f"invalid Parquet file: {first}"))


def _row(batch: Any, number: int, columns: Mapping[str, str], most: int) -> Row:
    found = ((field, _value(batch.column(name)[number], most)) for field, name in columns.items())
    return Row({field: value for field, value in found if value is not None})


def _value(scalar: Any, most: int) -> Any:
    """A value as far as a page may be long; times as text."""
    try:
        value = scalar.as_py()
    except UnicodeDecodeError:  # of the row, not of the file: a page may still be read
        value = scalar.as_buffer().to_pybytes()
    except ValueError:  # nanoseconds, which Python's times do not have
        return str(scalar)
    if isinstance(value, date):
        return value.isoformat()
    return value[:most] if isinstance(value, str | bytes) else value


def main() -> None:
    """Writes messages; ends with the rows, or when nobody reads them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this ends it
    # the signal ends the process by default, also where C++ code would not return to Python
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, BATCH_SECONDS)
    task = msgspec.json.decode(sys.argv[1], type=Task)
    import pyarrow.parquet  # noqa: F401 - what it takes is not the file's doing

    confine()
    output = sys.stdout.buffer
    try:
        for message in messages(sys.stdin.buffer, task):
            output.write(len(message).to_bytes(LENGTH_BYTES, "little") + message)
        output.flush()
    finally:
        os._exit(0)  # the library's threads are not waited for


def confine() -> None:
    """Puts the calling process under a limit of memory; there is no way back."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib is not needed otherwise
            base = int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:  # unknown to the system: memory is not limited
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = base + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


if __name__ == "__main__":
    main()
