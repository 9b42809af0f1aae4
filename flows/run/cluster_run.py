"""A run whose pages are read, cleaned and written by the workers of a cluster.

The run lists files, shares them out as partitions, and counts what these come to. Workers write their records into a
database themselves; a library in a file has one writer, the run, which brings their parts in as they come, in order.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

import sqlalchemy as sa
from msgspec.structs import replace

from copydesk.cleaners.options import Options
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.child import Limits
from copydesk.flows.library.records.page_memory import source_digest
from copydesk.flows.library.records.page_notes import FileRead, PageNotes, absolute, file_digest
from copydesk.flows.library.records.run_writer import Told
from copydesk.flows.library.tables import part as part_table
from copydesk.flows.run import part_files
from copydesk.flows.run.disk_pages import places_of
from copydesk.flows.run.partition import (
    LARGE_BYTES,
    Destination,
    Job,
    Partition,
    do_partition,
    halved,
    has_limit,
)
from copydesk.flows.run.planning import RunPlan
from copydesk.flows.run.reporting.summary import Summary
from copydesk.flows.run.run_library import RunLibrary
from copydesk.flows.shortening import counted
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.catalogue import DiskSource, ListedFile, list_files, read_shard, size_of
from copydesk.flows.workers.dask_cluster import done_on

# set by hand: of a usual page's time a second or two; what is lost with a worker is not much more than this
_MOST_FILES = 128
_FIRST_FILES = 4
"""So that all workers have something to do also where there are few; each partition has twice as many as the last."""


class ClusterRun:
    """What a cluster does of a run. ``library``: None of a dry run."""

    def __init__(self, plan: RunPlan, options: IngestOptions, library: RunLibrary | None) -> None:
        self._plan = plan
        self._options = options
        self._memory = library.memory if library is not None else None
        self._store = None if library is None else (library, self._made_destination(library))
        """Where workers write, and the library that has it in the end."""
        self._local: Sequence[SourceTally] = ()
        self._summary = Summary()
        self._unwritten: dict[str, tuple[int, FileRead]] = {}
        """Of files that are parted, by the keys of their partitions: how many spans are yet to come, and the file as it
        was when it was parted, with how many of its pages are written.
        """

    def _made_destination(self, library: RunLibrary) -> Destination:
        with library.library.writing() as connection:
            library.library.add_table(connection, part_table, advice="leave --runner out")
        run, database, folder = library.writer.run, self._plan.library, None
        if database is None:
            folder = part_files.parts_folder(self._options.output, run).absolute()
            folder.mkdir(parents=True, exist_ok=True)
        return Destination(run, folder, database, library.keeping)

    def parts(
        self, cleaning: Options, local: Sequence[SourceTally], summary: Summary
    ) -> Generator[None, None, None]:
        """Has all partitions done, and gives None once the records of each are in the library, counted in ``local``, of
        each source of the plan, and in ``summary``.

        Raises EnvironmentFault where the cluster, a worker or the library is not as it should be.
        """
        cluster = self._plan.cluster
        assert cluster is not None  # noqa: S101 - it was asked
        self._local, self._summary = local, summary
        self._bring_in_earlier()
        work = partial(do_partition, self._job(cleaning))
        tasks = done_on(cluster, self._partitions(), work, halved=halved, instead=self._in_spans)
        with closing(tasks) as all_done:
            for partition, encoded in all_done:
                self._take(partition, part_files.decode_report(encoded))
                yield
        for tally in self._local:
            tally.is_ended = True
        self._forget()

    # --- what is to be done

    def _job(self, cleaning: Options) -> Job:
        options, plan = self._options, self._plan
        return Job(
            made_by=part_files.made_by(),
            cleaning=cleaning,
            limits=Limits(),
            fields=plan.fields,
            shard=read_shard(options.shard) if options.shard else None,
            is_anew=options.again,
            gate=plan.gate,
            gates=plan.gates,
            options=plan.options,
            overrides=plan.overrides,
            removed=options.removed,
            destination=None if self._store is None else self._store[1],
        )

    def _partitions(self) -> Iterator[Partition]:
        numbers = count()
        for number, (source, tally) in enumerate(zip(self._plan.local, self._local, strict=True)):
            tally.is_begun = True
            settings = b"" if self._memory is None else self._memory.settings_of(source, self._plan.fields)
            # a list may name thousands of paths, and each partition has its own
            of = replace(source, paths=()) if isinstance(source, DiskSource) else source
            whole = Partition("", number, of, source_digest(source), settings, ())
            for files in _gathered(source, places_of(source, tally)):
                if (left := self._unknown(replace(whole, places=files), tally)) is not None:
                    yield replace(left, key=f"{next(numbers):09}")

    def _in_spans(self, partition: Partition, encoded: bytes) -> Sequence[Partition]:
        """What is to be done in place of a file that is parted."""
        report, file = part_files.decode_report(encoded), partition.places[0]
        if report.spans:
            self._unwritten[partition.key] = (len(report.spans), report.files[0])
        return partition.parted((replace(file, span=span),) for span in report.spans)

    def _unknown(self, partition: Partition, tally: SourceTally) -> Partition | None:
        """What of a partition is not known to be as it was; None where all is."""
        if self._memory is None:
            return partition
        digests = {
            file_digest(partition.digest, one.path, follow_link=one.is_given): one
            for one in partition.places
            if not one.fault
        }
        known = self._memory.notes_on(digests)
        notes = PageNotes(is_anew=self._options.again)
        notes.go_on(partition.digest, partition.settings, known, tally)
        spared = {
            digest: one.path
            for digest, one in digests.items()
            if known and notes.has_all_of(one.path, follow_link=one.is_given)
        }
        paths = frozenset(spared.values())
        left = tuple(one for one in partition.places if one.fault or one.path not in paths)
        if not left:
            return None
        return replace(partition, places=left, notes=tuple(one for one in known if one.file not in spared))

    # --- what has come

    def _bring_in_earlier(self) -> None:
        """Brings in the parts of runs that were ended before they could: what is done is not done again."""
        if self._store is None or self._store[1].folder is None:
            return
        library, to = self._store
        output, dropped = self._options.output, 0
        with library.writer.earlier():
            # of a run whose next was ended, too, before it had brought them in
            for file, run in part_files.waiting_parts(output, to.run):
                if part_files.is_usable(file):
                    _bring_in(library, file, run, None)
                else:
                    dropped += 1
        part_files.drop_parts(output, but_of=to.run)
        if dropped:
            library.warn(
                f"{counted(dropped, 'part')} of earlier runs on a cluster could not be used, damaged or of another "
                "copydesk; their pages are cleaned again"
            )

    def _take(self, partition: Partition, report: part_files.PartReport) -> None:
        """Counts what a partition came to, once its records are in the library."""
        tally = self._local[partition.source_number]
        for before in self._local[: partition.source_number]:
            before.is_ended = True
        self._summary.include(report.summary)
        tally.add(report.tally)
        tally.remark = tally.remark or report.tally.remark
        if self._store is None:
            return
        library, to = self._store
        if to.folder is not None:
            report = _bring_in(
                library, part_files.part_file(to.folder, partition.key), to.run, tally.count_became
            )
        else:
            library.writer.include(report.written, tally.count_became)
        self._note_span(library, partition.key, report.files)

    def _note_span(self, library: RunLibrary, key: str, files: Sequence[FileRead]) -> None:
        """Notes a file that is parted as written once all spans of it are."""
        # of a span that took its workers down, the key of its piece
        while key and key not in self._unwritten:
            key = key.rpartition("-")[0]
        if not key or self._memory is None:
            return
        left, file = self._unwritten.pop(key)
        # a span that took its workers down has no file
        file.is_whole &= bool(files)
        for one in files:
            file.pages += one.pages
            file.written += one.written
            file.is_whole &= one.is_whole and one.stamp == file.stamp
        if left > 1:
            self._unwritten[key] = (left - 1, file)
        else:
            file.has_ended = True
            self._memory.take_over([file])
            library.writer.commit()

    def _forget(self) -> None:
        """What was done need not be remembered any more."""
        if self._store is None:
            return
        part_files.drop_parts(self._options.output)
        # and of other runs, unless they go on
        library, own = self._store[0].library, self._store[1].run
        with library.writing() as connection:
            others = connection.execute(sa.select(part_table.c.run).distinct()).scalars()
            over = [run for run in others if run == own or library.is_over(connection, run)]
            connection.execute(sa.delete(part_table).where(part_table.c.run.in_(over)))


def _bring_in(to: RunLibrary, file: Path, run: int, told: Told | None) -> part_files.PartReport:
    """Brings in a part of a run, in one transaction with the note that it is done."""
    key = part_files.part_key(run, file.stem)
    try:
        with file.open("rb") as stream, to.library.writing() as connection:
            report = part_files.read_report(stream)
            # by a run that was killed before it could delete it
            if part_files.noted_report(connection, key) is None:
                part_files.store_part(
                    part_files.read_pages(stream), report, to.writer, to.writer.commit, told
                )
                part_files.note_part(connection, run, key)
    except FileNotFoundError as error:
        raise EnvironmentFault(
            f"Dask: {file} is not there, though a worker wrote it; all workers need the output folder at the same "
            "path, or a database: --state"
        ) from error
    except part_files.DAMAGES as error:
        raise EnvironmentFault(f"Dask: {file} is damaged; run again: its pages are cleaned again") from error
    file.unlink(missing_ok=True)
    return report


def _gathered(source: str | DiskSource, places: Sequence[str]) -> Iterator[tuple[ListedFile, ...]]:
    """The files of a source, in their order, so many together as take a worker a second or two.

    Which belong together depends on what is there alone, and not on what is known of it.
    """
    # a worker's current folder is another
    files = (replace(file, path=absolute(file.path)) for place in places for file in list_files(place))
    if has_limit(source):
        yield tuple(files)
        return
    some, held, most = list[ListedFile](), 0, _FIRST_FILES
    for file in files:
        size = 0 if file.fault else size_of(file)
        # a file alone may be parted
        if some and size >= LARGE_BYTES:
            yield tuple(some)
            some, held = [], 0
        some.append(file)
        held += size
        if len(some) >= most or held >= LARGE_BYTES:
            yield tuple(some)
            some, held, most = [], 0, min(2 * most, _MOST_FILES)
    if some:
        yield tuple(some)
