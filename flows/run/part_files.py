"""What a worker of a cluster makes of its part of a run: pages with their records, and what they come to.

A part is a file that is there whole or not at all: its worker writes it beside the library, and the run brings it in.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct, field

from copydesk.cleaners.schema import Record
from copydesk.flows.config.gate import Stopped
from copydesk.flows.io.output_folder import sync_names
from copydesk.flows.library.records.new_articles import Article
from copydesk.flows.library.records.page_notes import FileRead, PendingPage
from copydesk.flows.library.records.run_writer import RunWriter, Taken, Told
from copydesk.flows.run.reporting.summary import Summary
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.opening.page_source import Span
from copydesk.flows.stored import Stored

FOLDER = ".parts"
"""In the output folder: parts of runs that were not brought in yet."""
SUFFIX = ".part"
_LENGTH_BYTES = 8
# as many as a run stores at once
_BATCH = 300


class PartPage(Struct, frozen=True, array_like=True):
    """A cleaned page. ``record``: encoded; ``stopped``: by which gate; of a page that is to be noted its place and
    digest, and the number of its file among those of the part.
    """

    record: bytes
    stopped: Stopped | None = None
    place: bytes | None = None
    digest: bytes = b""
    file: int | None = None


class PartReport(Struct):
    """What a part came to. ``spans``: nothing but how its file is parted; ``files``: that were read.

    Of one whose records its worker has stored: ``stored``, the ``statuses`` of the records by number, those that are
    ``uncertain`` (``RunWriter``), and the first and the number of the new articles.
    """

    tally: SourceTally
    source: bytes = b""
    summary: Summary = field(default_factory=Summary)
    spans: list[Span] = []
    files: list[FileRead] = []
    stored: Stored = field(default_factory=Stored)
    statuses: dict[int, str] = {}
    uncertain: list[int] = []
    new: list[Article] = []
    new_count: int = 0


def _counter(kind: type, value: dict[str, int]) -> Counter[str]:  # noqa: ARG001 - all others msgspec knows
    return Counter(value)


_encode = msgspec.msgpack.Encoder().encode
_decode_record = msgspec.msgpack.Decoder(Record).decode
_decode_page = msgspec.msgpack.Decoder(PartPage).decode
_decode_report = msgspec.msgpack.Decoder(PartReport, dec_hook=_counter).decode


def encode_report(report: PartReport) -> bytes:
    """A report as it is sent and stored."""
    return _encode(report)


def decode_report(encoded: bytes) -> PartReport:
    """A report that was sent or stored. Raises msgspec.MsgspecError."""
    return _decode_report(encoded)


def write_pages(stream: BinaryIO, pages: Iterable[PartPage]) -> None:
    """Writes pages, each with its length before it."""
    for page in pages:
        encoded = _encode(page)
        stream.write(len(encoded).to_bytes(_LENGTH_BYTES, "little"))
        stream.write(encoded)


def write_part(file: Path, pages: Iterable[PartPage], report: PartReport) -> bytes:
    """Writes a part, whole or not at all, and gives its report, complete once the pages were taken. Raises OSError."""
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as stream:
            write_pages(stream, pages)
            # no page follows
            stream.write(bytes(_LENGTH_BYTES))
            encoded = encode_report(report)
            stream.write(encoded)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
        sync_names(file.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return encoded


def read_pages(stream: BinaryIO) -> Iterator[PartPage]:
    """The pages from the beginning of a stream; then the report is next, if there is one."""
    while length := int.from_bytes(stream.read(_LENGTH_BYTES), "little"):
        yield _decode_page(stream.read(length))


def read_report(stream: BinaryIO) -> PartReport:
    """The report of a part, whose stream is at its beginning again then."""
    while length := int.from_bytes(stream.read(_LENGTH_BYTES), "little"):
        stream.seek(length, os.SEEK_CUR)
    report = decode_report(stream.read())
    stream.seek(0)
    return report


def store_part(
    pages: Iterable[PartPage],
    report: PartReport,
    writer: RunWriter,
    commit: Callable[[], None],
    told: Told | None,
) -> None:
    """Stores the pages of a part and the notes on them; ``commit``: brings in what the writer has taken."""
    files = report.files
    if writer.memory is not None:
        # those of which all pages were known before
        writer.memory.take_over(files)
    for page in pages:
        pending = None
        if page.place is not None:
            file = None if page.file is None else files[page.file]
            pending = PendingPage(page.place, report.source, page.digest, file)
        writer.write(Taken(_decode_record(page.record), page.stopped, pending, told=told))
        if writer.waiting >= _BATCH:
            commit()
    commit()
