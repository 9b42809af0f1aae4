"""A partition of what a run reads, and what a worker of a cluster does with one: it reads the pages, cleans them and
writes what they come to, in one step that can be repeated.

Nothing but descriptions and counts passes between the run and its workers.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import clean_page
from copydesk.cleaners.options import Options
from copydesk.cleaners.types import Override, Page, Source
from copydesk.flows.config.gate import Gate, Gatekeeper
from copydesk.flows.config.override_file import with_overrides
from copydesk.flows.errors import EnvironmentFault, FlowError
from copydesk.flows.io.child import Limits
from copydesk.flows.io.machine_faults import A_RUN, machine_errors
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.new_articles import NewArticles
from copydesk.flows.library.records.page_memory import PageMemory
from copydesk.flows.library.records.page_notes import FileRead, Noted, PageNotes
from copydesk.flows.library.records.run_writer import Keeping, RunWriter
from copydesk.flows.library.tables import unsettled
from copydesk.flows.run import part_files
from copydesk.flows.run.disk_pages import DiskPages
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.catalogue import (
    DiskSource,
    ListedFile,
    Reading,
    Shard,
    Unreadable,
    size_of,
    spans_of,
)
from copydesk.flows.sources.file_names import is_object_url
from copydesk.flows.sources.opening.field_names import FieldNames
from copydesk.flows.sources.opening.files import FILE, shown_name
from copydesk.flows.stored_content import REMOVALS
from copydesk.flows.workers.pool import PagePool, decode_record, encode_record

# set by hand: of a run some are listed, and all are counted
_MOST_NEWS = 5
# set by hand: to part a file it is read once more
LARGE_BYTES = 4_000_000
"""Of a file that is done by several workers, and of small ones together."""


class Destination(Struct, frozen=True):
    """Where a worker writes: into ``folder``, as parts; or into the library of a ``database``, by its URL with the
    password. ``run``: its number; ``keeping``: what its library keeps.
    """

    run: int
    folder: Path | None
    database: str | None
    keeping: Keeping


class Job(Struct, frozen=True):
    """What all partitions of a run have in common. ``made_by``: version and rules; ``destination``: None of a dry run,
    which writes nothing.
    """

    made_by: tuple[str, str]
    cleaning: Options
    limits: Limits
    fields: FieldNames
    shard: Shard | None
    is_anew: bool
    gate: Gate
    gates: Mapping[str, Gate]
    options: Mapping[str, Mapping[str, Any]]
    overrides: Mapping[str, tuple[Override, ...]]
    removed: str
    destination: Destination | None


class Partition(Struct, frozen=True):
    """Files of one source. ``key``: which of the run's; ``source_number``: of the source in the run; ``digest``,
    ``settings``: its own and all but the pages that decides what their records are; ``notes``: on pages of these files.
    """

    key: str
    source_number: int
    of: str | DiskSource
    digest: bytes
    settings: bytes
    places: tuple[ListedFile, ...]
    notes: tuple[Noted, ...] = ()

    def parted(self, parts: Iterable[tuple[ListedFile, ...]]) -> list[Partition]:
        """Partitions in place of this one, each of some files or spans of one."""
        return [
            replace(self, key=f"{self.key}-{number:06}", places=part) for number, part in enumerate(parts)
        ]


def has_limit(source: str | DiskSource) -> bool:
    """Whether only who reads all of a source can tell what is read of it."""
    return isinstance(source, DiskSource) and source.limit is not None


def halved(partition: Partition) -> list[Partition]:
    """A partition that took its workers down, in two; one of a single file, or of a source with a limit, as one whose
    files are not read.

    Raises EnvironmentFault where no file can be at fault.
    """
    places, half = partition.places, len(partition.places) // 2
    if half and not has_limit(partition.of):
        return partition.parted((places[:half], places[half:]))
    if all(one.fault for one in places):
        raise EnvironmentFault(
            "Dask: its workers end whatever they do; see why, and run again: what was cleaned is stored"
        )
    return partition.parted([tuple(map(_crashed, places))])


def _crashed(file: ListedFile) -> ListedFile:
    name = file.name if file.span is None else f"{file.name}:{file.span.before + 1}"
    fault = Unreadable(Source(FILE, shown_name(name)), "crashed", "the workers that read it ended")
    return replace(file, fault=file.fault or fault)


def do_partition(job: Job, partition: Partition) -> bytes:
    """Reads a partition, cleans its pages and writes them; the encoded report. One that is written is not done again.

    Raises EnvironmentFault where this machine is not like that of the run.
    """
    if job.made_by != part_files.made_by():
        raise EnvironmentFault(
            f"Dask: its workers have another copydesk; install {job.made_by[0]} on all machines"
        )
    _check_sees(partition)
    work = _Work(job, partition)
    try:
        if work.is_parted():
            return part_files.encode_report(work.report)
        with machine_errors(A_RUN):
            if job.destination is None:
                deque(work.pages(), maxlen=0)
                return part_files.encode_report(work.report)
            if job.destination.folder is not None:
                return _put_part(work, job.destination.folder)
            return _put_rows(work, job.destination)
    except FlowError as fault:
        # others have more than a line, and cannot be sent
        raise EnvironmentFault(str(fault)) from None


def _check_sees(partition: Partition) -> None:
    """Raises EnvironmentFault where the files are on a disk that this machine does not have."""
    files = [one for one in partition.places if not one.fault and not is_object_url(one.path)]
    if files and not any(_is_folder_seen(one) for one in files):
        raise EnvironmentFault(
            f"Dask: a worker does not see {files[0].path}, which the run has listed, nor anything beside it: unless all "
            "was deleted since, mount its disk there, as all workers need the files of the run at the same paths; run again"
        )


def _is_folder_seen(file: ListedFile) -> bool:
    """Whether there is anything in the folder of a file: the file itself may have been deleted since it was listed, and
    where a disk is not mounted there may be an empty folder.
    """
    folder = os.path.dirname(file.path) if file.is_given else file.path.removesuffix(file.name)  # noqa: PTH120
    try:
        return os.path.lexists(file.path) or bool(os.listdir(folder))  # noqa: PTH208 - undecodable names stay so
    except OSError:
        return False


class _Work:
    """A partition that is done; ``report`` is complete once all ``pages`` were taken."""

    def __init__(self, job: Job, partition: Partition) -> None:
        self.partition = partition
        self.job = job
        # its name and kind the run knows
        name = partition.of.name if isinstance(partition.of, DiskSource) else partition.of
        self.report = part_files.PartReport(SourceTally(name, ""), job.made_by, partition.digest)
        self._notes = self._begun_notes()
        self._gates = Gatekeeper(job.gate, job.gates)

    def _begun_notes(self) -> _FileNotes:
        partition = self.partition
        notes = _FileNotes(is_anew=self.job.is_anew, is_whole=not any(one.span for one in partition.places))
        notes.go_on(partition.digest, partition.settings, partition.notes, self.report.tally)
        return notes

    def is_parted(self) -> bool:
        """Whether the partition is a large file of which nothing is known: then the report has how it is parted, and
        the state it was in.
        """
        partition, file = self.partition, self.partition.places[0]
        is_alone = len(partition.places) == 1 and not partition.notes and not has_limit(partition.of)
        if not is_alone or file.span or file.fault or size_of(file) < LARGE_BYTES:
            return False
        notes = self._begun_notes()
        # before it is read: what changes it from now on shows when its spans are
        notes.has_all_of(file.path, follow_link=file.is_given)
        reading = partition.of.reading if isinstance(partition.of, DiskSource) else Reading()
        self.report.spans, self.report.files = spans_of(file, reading), notes.ended()
        return bool(self.report.spans)

    def pages(self) -> Iterator[part_files.PartPage]:
        """The cleaned pages, in order."""
        job, report, shorten = self.job, self.report, REMOVALS[self.job.removed]
        arrivals = deque[Any]()
        pool = _pool_of_thread(job)
        for encoded in pool.encoded_records(self._items(arrivals)):
            pending = arrivals.popleft()
            record = decode_record(encoded)
            stopped = self._gates.stopped(record, report.tally.name)
            report.summary.add(record, stopped.name if stopped else None)
            report.tally.store(record)
            shortened = shorten(record)
            line = encoded if shortened is record else encode_record(shortened)
            if pending is None:
                yield part_files.PartPage(line, stopped)
            else:
                file = None if pending.file is None else self._notes.number_of(pending.file)
                yield part_files.PartPage(line, stopped, pending.place, pending.digest, file)
        report.files = self._notes.ended()

    def _items(self, arrivals: deque[Any]) -> Iterator[Page | Unreadable]:
        disk = DiskPages(self.job.fields, self._notes, self.job.shard)
        for item in disk.of(self.partition.of, self.report.tally, self.partition.places):
            arrivals.append(self._notes.pending)
            page = with_overrides(item, self.job.overrides)
            if isinstance(page, Page) and self.job.options:
                page = replace(page, options=self.job.options.get(self.report.tally.name, {}))
            yield page


class _FileNotes(PageNotes):
    """Knows which files were read."""

    def __init__(self, *, is_anew: bool, is_whole: bool) -> None:
        super().__init__(is_anew=is_anew)
        self._is_whole = is_whole
        self._files: list[FileRead] = []

    def has_all_of(self, path: str, *, follow_link: bool) -> bool:
        is_known = super().has_all_of(path, follow_link=follow_link)
        if self._file is not None:
            self._files.append(self._file)
        return is_known

    def number_of(self, file: FileRead) -> int:
        """The number of a file, of which pages are given soon after it was opened."""
        return next(n for n in range(len(self._files) - 1, -1, -1) if self._files[n] is file)

    def ended(self) -> list[FileRead]:
        """All files, each with the places of its pages that are gone."""
        for file in self._files:
            file.gone = [place for place in file.gone if not self._met[place]]
            # of a span nobody knows here whether the others are written
            file.has_ended &= self._is_whole
        return self._files


_OF_THREAD = threading.local()


def _pool_of_thread(job: Job) -> PagePool:
    # one for each thread of a worker, kept from partition to partition; its processes end with the worker's
    pool: PagePool | None = getattr(_OF_THREAD, "pool", None)
    if pool is None:
        pool = _OF_THREAD.pool = PagePool(clean_page, limits=job.limits, jobs=1)
    pool.work, pool.limits = partial(clean_page, options=job.cleaning), job.limits
    return pool


def _put_part(work: _Work, folder: Path) -> bytes:
    """Writes the part of a partition, for the run to bring in."""
    file = part_files.part_file(folder, work.partition.key)
    if not folder.is_dir():
        raise EnvironmentFault(
            f"Dask: a worker does not see {folder}; all workers need the output folder at the same path, or a database: "
            "--state"
        )
    if file.exists():
        with file.open("rb") as stream:
            return part_files.encode_report(part_files.read_report(stream))
    return part_files.write_part(file, work.pages(), work.report)


def _put_rows(work: _Work, to: Destination) -> bytes:
    """Writes the records of a partition into the library, in one transaction with the note that it is done."""
    library, key = _library_of_thread(str(to.database)), part_files.part_key(to.run, work.partition.key)
    with library.reading() as connection:
        if (done := part_files.noted_report(connection, key)) is not None:
            return done
    # cleaned before the transaction, so that others may write meanwhile
    with tempfile.TemporaryFile() as spooled:
        part_files.write_pages(spooled, work.pages())
        spooled.seek(0)
        with library.writing() as connection:
            # by a worker that was thought to be lost
            if (done := part_files.noted_report(connection, key)) is not None:
                return done
            _check_goes_on(connection, to.run)
            memory, news = PageMemory(library, made_by=lambda _: (), is_anew=False), NewArticles(_MOST_NEWS)
            writer = RunWriter(library, to.keeping, memory=memory, news=news, run=to.run)
            commit, report = partial(writer.commit_within, connection), work.report
            part_files.store_part(
                part_files.read_pages(spooled), report, writer, commit, report.tally.count_became
            )
            report.written = writer.written(news)
            encoded = part_files.encode_report(report)
            part_files.note_part(connection, to.run, key, encoded)
    return encoded


def _check_goes_on(connection: sa.Connection, run: int) -> None:
    """Raises EnvironmentFault where the run has ended, whose worker is slow or was thought to be lost."""
    goes_on = sa.select(unsettled.c.number).where(unsettled.c.number == run, unsettled.c.last.is_(None))
    if connection.execute(goes_on).first() is None:
        raise EnvironmentFault("Dask: the run of this worker has ended")


def _library_of_thread(database: str) -> Library:
    known: tuple[str, Library] | None = getattr(_OF_THREAD, "library", None)
    if known is None or known[0] != database:
        if known is not None:
            known[1].close()
        known = _OF_THREAD.library = (database, Library.joined(database))
    return known[1]
