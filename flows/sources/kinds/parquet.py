"""Parquet files: tables of pages, one page a row, the columns named like the keys of JSON Lines.

pyarrow reads them, which only the extra ``parquet`` installs, in a process of its own
(``copydesk.flows.sources.kinds.parquet_rows``).
"""

from __future__ import annotations

import importlib.util
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast

import msgspec
from msgspec.structs import replace

from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.decompression import Damaged
from copydesk.flows.io.import_path import safe_environment
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.sources.kinds.json_lines import PageLine, page_of, what_there_is
from copydesk.flows.sources.kinds.parquet_rows import BATCH_SECONDS, LENGTH_BYTES, End, Fault, Row, Task
from copydesk.flows.sources.opening.field_names import BODIES, FieldNames, named_fields
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES, FileSource, on_disk, seekable
from copydesk.flows.sources.opening.inflating import (
    MAX_INFLATED_SHARE,
    InflatesTooFar,
    damage_errors,
    is_too_far,
    packing_of,
)
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable

# twice the processor's time: disks and other processes take some as well
_PATIENCE_SECONDS = 2 * BATCH_SECONDS
# set by hand: the eight fields of a page with 20 MB each; larger could fill the memory
_MAX_MESSAGE_BYTES = 200_000_000
_ROW_BYTES = 100  # a row counts as so much at least: a billion of them may hold nothing
_COPY_BYTES = 1 << 20

_decoder: msgspec.msgpack.Decoder[Row | Fault | End] = msgspec.msgpack.Decoder(Row | Fault | End)


class ParquetFiles(FileSource):
    """A table of pages."""

    kind = "parquet"
    suffixes = (".parquet",)

    def takes(self, name: str, input_: Input) -> bool:
        # its columns are packed inside: whole files are not
        return super().takes(name, input_) and packing_of(name) is None

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        """The pages of an open file, which is held in memory where it cannot be read from any place."""
        source = Source(self.kind, shown)
        # looked for and not imported: only the other process loads it
        if importlib.util.find_spec("pyarrow") is None:
            needed = "reading Parquet needs pyarrow: pip install 'copydesk[parquet]'"
            yield Unreadable(source, "needs_pyarrow", needed)
            return
        names = reading.fields
        task = Task(
            names,
            bodies=tuple(field for field in BODIES if field in names.looked_for),
            named=tuple(named_fields(names).values()),
            max_value_bytes=MAX_PAGE_BYTES,
        )
        with on_disk(seekable(file)) as opened:
            # what the file takes on disk: its rows are held against that
            size, given = os.fstat(opened.fileno()).st_size, 0
            for number, message in enumerate(_messages(opened, task), start=1):
                if isinstance(message, Fault):
                    problem = message.message + what_there_is(message.columns)
                    yield Unreadable(source, message.reason, problem)
                    return
                # before the page is given: rows of one value each may be endless in a tiny file
                given += _ROW_BYTES + sum(map(_size, message.values.values()))
                if is_too_far(given, size):
                    raise InflatesTooFar(f"its rows are more than {MAX_INFLATED_SHARE} times its size")
                yield _item(message.values, f"{shown}:{number}", names)


def _messages(file: IO[bytes], task: Task) -> Iterator[Row | Fault]:
    """The messages of the reading process, which ends with the iterator. Raises Damaged where it dies or stalls,
    EnvironmentFault where it cannot be started.
    """
    process = _reader(file, task)
    try:
        while not isinstance(message := _message(cast("IO[bytes]", process.stdout)), End):
            yield message
    finally:
        # kill: it may be inside of C++ code, and holds nothing that must be put away
        process.kill()
        with process:  # waits for it, and closes the pipe
            pass


def _reader(file: IO[bytes], task: Task) -> subprocess.Popen[bytes]:
    with machine_errors("the reader of Parquet files cannot be started"):
        return subprocess.Popen(  # noqa: S603 - this interpreter, and no module of the current folder
            [
                sys.executable,
                "-m",
                "copydesk.flows.sources.kinds.parquet_rows",
                msgspec.json.encode(task).decode(),
            ],
            stdin=file,
            stdout=subprocess.PIPE,
            # what the library writes there is not for people: faults come as messages
            stderr=subprocess.DEVNULL,
            # unbuffered: poll() sees the pipe alone, not what a buffer in front of it holds
            bufsize=0,
            # the system's allocator and one arena: others reserve more address space, which is bounded there
            env=safe_environment() | {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1"},
        )


def _message(pipe: IO[bytes]) -> Row | Fault | End:
    # one deadline for length and content: a byte now and then must not keep it open
    deadline = time.monotonic() + _PATIENCE_SECONDS
    length = int.from_bytes(_exactly(pipe, LENGTH_BYTES, deadline), "little")
    if length > _MAX_MESSAGE_BYTES:
        raise InflatesTooFar(f"a row of more than {_MAX_MESSAGE_BYTES:,} bytes")
    data = _exactly(pipe, length, deadline)
    with damage_errors("Parquet file"):
        return _decoder.decode(data)


def _exactly(pipe: IO[bytes], count: int, deadline: float) -> bytes:
    """So many bytes. Raises Damaged where they do not come."""
    found = bytearray()
    poll = select.poll()
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    while len(found) < count:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise Damaged(f"invalid Parquet file: a row takes more than {_PATIENCE_SECONDS} s")
        data = pipe.read(min(count - len(found), _COPY_BYTES))
        if not data:
            raise Damaged("invalid Parquet file: the process that read it died of it")
        found += data
    return bytes(found)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes) else 0


def _item(known: dict[str, Any], name: str, names: FieldNames) -> Page | Unreadable:
    source = Source(PARQUET_FILES.kind, name)
    raw = next((known[field] for field in BODIES if field in known), None)
    if raw is None:
        return Unreadable(source, "no_page", f"the row has none of {names.bodies}")
    if isinstance(raw, bytes):
        # a PageLine has texts alone: bytes are put in once the rest is known to be right
        known = {"body" if key in BODIES else key: value for key, value in known.items()} | {"body": ""}
    try:
        headers = known.get("headers")
        if isinstance(headers, list):
            # a column of type map comes as pairs
            known["headers"] = dict(headers)
        page = page_of(msgspec.convert(known, PageLine), name=name)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        return Unreadable(source, "broken_line", f"the row is no page: {error}")
    body = raw if isinstance(raw, bytes) else page.body
    # page_of writes the kind of JSON Lines
    return replace(page, body=body, source=Source(PARQUET_FILES.kind, page.source.name))


PARQUET_FILES = ParquetFiles()
