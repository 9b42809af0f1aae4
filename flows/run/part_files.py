"""What a worker of a cluster makes of its part of a run: pages with their records, and what they come to.

A part is a file that is there whole or not at all: its worker writes it beside the library, and the run brings it in.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import count, takewhile
from pathlib import Path
from typing import BinaryIO

import msgspec
import sqlalchemy as sa
from msgspec import Struct, field

from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.flows.config.gate import Stopped
from copydesk.flows.io.output_folder import sync_names
from copydesk.flows.library.records.page_notes import FileRead, PendingPage, digest_of
from copydesk.flows.library.records.run_writer import RunWriter, Taken, Told, Written
from copydesk.flows.library.tables import part as part_table
from copydesk.flows.run.reporting.summary import Summary
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.opening.page_source import Span
from copydesk.flows.workers.pool import decode_record

_FOLDER = ".parts"
_SUFFIX = ".part"
_LENGTH_BYTES = 8
# as many as a run stores at once
_BATCH = 300
# the second and third of lengths that are none
DAMAGES = (msgspec.MsgspecError, ValueError, OverflowError, OSError)
"""What is raised where a part is read that is damaged."""


class PartPage(Struct, frozen=True, array_like=True):
    """A cleaned page. ``record``: encoded; ``stopped``: by which gate; of a page that is to be noted its place and
    digest, and the number of its file among those of the part.
    """

    record: bytes
    stopped: Stopped | None = None
    place: bytes | None = None
    digest: bytes | None = None
    file: int | None = None


class PartReport(Struct):
    """What a part came to. ``made_by``: version and rules; ``spans``: nothing but how its file is parted; ``files``:
    that were read; ``written``: what its worker has stored itself.
    """

    tally: SourceTally
    made_by: tuple[str, str]
    source: bytes = b""
    summary: Summary = field(default_factory=Summary)
    spans: list[Span] = []
    files: list[FileRead] = []
    written: Written = field(default_factory=Written)


def made_by() -> tuple[str, str]:
    """Version and rules of this copydesk, which its workers have in common."""
    return VERSION, rules_digest()


def parts_folder(output: Path, run: int) -> Path:
    """Where the parts of a run wait to be brought in."""
    return output / _FOLDER / f"{run:09}"


def part_file(folder: Path, key: str) -> Path:
    """The part of a partition."""
    return folder / f"{key}{_SUFFIX}"


def waiting_parts(output: Path, before: int) -> Iterator[tuple[Path, int]]:
    """The parts of the runs on a cluster that came one after the other just before a run, each with its run."""
    runs = takewhile(lambda run: parts_folder(output, run).is_dir(), count(before - 1, -1))
    for run in reversed([*runs]):
        for file in sorted(parts_folder(output, run).glob(f"*{_SUFFIX}")):
            yield file, run


def drop_parts(output: Path, *, but_of: int | None = None) -> None:
    """Deletes the parts of all runs, or of all but one: what came later than a part must not be replaced by it."""
    if but_of is None:
        shutil.rmtree(output / _FOLDER, ignore_errors=True)
        return
    for folder in (output / _FOLDER).glob("*"):
        if folder != parts_folder(output, but_of):
            shutil.rmtree(folder, ignore_errors=True)


def part_key(run: int, key: str) -> bytes:
    """By what a part is noted in the library."""
    return digest_of(str(run), key)


def noted_report(connection: sa.Connection, key: bytes) -> bytes | None:
    """The report of a part that is noted in the library as done."""
    found = connection.execute(sa.select(part_table.c.report).where(part_table.c.key == key)).scalar()
    return None if found is None else bytes(found)


def note_part(connection: sa.Connection, run: int, key: bytes, report: bytes = b"") -> None:
    """Notes that a part is done, within the transaction of its records."""
    connection.execute(sa.insert(part_table).values(key=key, run=run, report=report))


_encode = msgspec.msgpack.Encoder().encode
_decode_page = msgspec.msgpack.Decoder(PartPage).decode
encode_report: Callable[[PartReport], bytes] = _encode
"""A report as it is sent and stored."""
# counters are all that msgspec does not know
decode_report = msgspec.msgpack.Decoder(PartReport, dec_hook=lambda _, value: Counter(value)).decode
"""A report that was sent or stored. Raises msgspec.MsgspecError."""


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


def is_usable(file: Path) -> bool:
    """Whether all of a part can be read, and this copydesk has made it."""
    try:
        with file.open("rb") as stream:
            report = read_report(stream)
            for page in read_pages(stream):
                decode_record(page.record)
    except DAMAGES:
        return False
    return report.made_by == made_by()


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
        writer.write(Taken(decode_record(page.record), page.stopped, pending, told=told))
        if writer.waiting >= _BATCH:
            commit()
    commit()
