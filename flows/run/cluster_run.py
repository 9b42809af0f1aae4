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

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from copydesk.cleaners.options import Options
from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.child import Limits
from copydesk.flows.library.records.new_articles import NewArticles
from copydesk.flows.library.records.page_memory import source_digest
from copydesk.flows.library.records.page_notes import FileRead, PageNotes, file_digest
from copydesk.flows.library.tables import part as part_table
from copydesk.flows.run.disk_pages import places_of
from copydesk.flows.run.part_files import (
    SUFFIX,
    PartReport,
    check_part,
    decode_report,
    drop_parts,
    make_part_table,
    part_key,
    parts_folder,
    read_pages,
    read_report,
    store_part,
    waiting_parts,
)
from copydesk.flows.run.partition import LARGE_BYTES, Destination, Job, Partition, do_partition, halved
from copydesk.flows.run.planning import RunPlan
from copydesk.flows.run.reporting.summary import Summary
from copydesk.flows.run.run_library import RunLibrary
from copydesk.flows.shortening import counted
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.catalogue import (
    DiskSource,
    ListedFile,
    list_files,
    read_shard,
    size_of,
)
from copydesk.flows.sources.opening.page_source import Input
from copydesk.flows.workers.dask_cluster import done_on

# set by hand: of a usual page's time a second or two; what is lost with a worker is not much more than this
_MOST_FILES = 128
_FIRST_FILES = 4
"""So that all workers have something to do also where there are few; each partition has twice as many as the last."""


class ClusterRun:
    """What a cluster does of a run. ``library``: None of a dry run; ``news``: None where nobody wants to see what is
    new.
    """

    def __init__(
        self,
        plan: RunPlan,
        options: IngestOptions,
        library: RunLibrary | None,
        *,
        news: NewArticles | None,
    ) -> None:
        self._plan = plan
        self._options = options
        self._library = library
        self._local: Sequence[SourceTally] = ()
        self._summary = Summary()
        self._news = news
        self._destination = self._made_destination()
        self._unwritten: dict[str, tuple[int, FileRead]] = {}
        """Of files that are parted, by the keys of their partitions: how many spans are yet to come, and the file as it
        was when it was parted, with how many of its pages are written.
        """

    def parts(
        self, cleaning: Options, local: Sequence[SourceTally], summary: Summary
    ) -> Generator[None, None, None]:
        """Has all partitions done, and gives None once the records of each are in the library, counted in ``local``, of
        each source of the plan, and in ``summary``.

        Raises EnvironmentFault where the cluster, a worker or the library is not as it should be.
        """
        options, plan, cluster = self._options, self._plan, self._plan.cluster
        assert cluster is not None  # noqa: S101 - it was asked
        self._local, self._summary = local, summary
        self._bring_in_earlier()
        job = Job(
            made_by=_made_by(),
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
            destination=self._destination,
        )
        work = partial(do_partition, job)
        tasks = done_on(cluster, self._partitions(), work, halved=halved, instead=self._in_spans)
        with closing(tasks) as all_done:
            for partition, encoded in all_done:
                self._take(partition, decode_report(encoded))
                yield
        for tally in self._local:
            tally.is_ended = True
        self._forget()

    # --- what is to be done

    def _partitions(self) -> Iterator[Partition]:
        numbers = count()
        for number, (source, tally) in enumerate(zip(self._plan.local, self._local, strict=True)):
            tally.is_begun = True
            places = places_of(source, tally)
            whole = Partition("", number, _without_paths(source), *self._digests(source), ())
            for some in _gathered(source, places):
                if (found := self._unknown(whole, some, tally)) is not None:
                    yield replace(found, key=f"{next(numbers):09}")

    def _in_spans(self, partition: Partition, encoded: bytes) -> Sequence[Partition]:
        """What is to be done in place of a file that is parted."""
        report, file = decode_report(encoded), partition.places[0]
        if report.spans:
            self._unwritten[partition.key] = (len(report.spans), report.files[0])
        return [
            replace(partition, key=f"{partition.key}-{number:06}", places=(replace(file, span=span),))
            for number, span in enumerate(report.spans)
        ]

    def _digests(self, source: str | DiskSource) -> tuple[bytes, bytes]:
        """A source, and all but its pages that decides what their records are."""
        memory = self._library.memory if self._library is not None else None
        settings = memory.settings_of(source, self._plan.fields) if memory is not None else b""
        return source_digest(source), settings

    def _unknown(
        self, whole: Partition, places: Sequence[ListedFile], tally: SourceTally
    ) -> Partition | None:
        """The partition of those files that are not known to be as they were."""
        memory = self._library.memory if self._library is not None else None
        if memory is None:
            return replace(whole, places=tuple(places))
        digests = {
            file_digest(whole.digest, one.path, follow_link=one.is_given): one
            for one in places
            if not one.fault
        }
        known = memory.notes_on(digests)
        notes = PageNotes(is_anew=self._options.again)
        notes.go_on(whole.digest, whole.settings, known, tally)
        gone = {
            digest: one
            for digest, one in digests.items()
            if known and notes.has_all_of(one.path, follow_link=one.is_given)
        }
        paths = {one.path for one in gone.values()}
        left = tuple(one for one in places if one.fault or one.path not in paths)
        if not left:
            return None
        return replace(whole, places=left, notes=tuple(one for one in known if one.file not in gone))

    # --- what has come

    def _made_destination(self) -> Destination | None:
        if self._library is None:
            return None
        options, database = self._options, self._plan.library
        run = self._library.writer.run
        make_part_table(self._library.library)
        folder = None if database is not None else parts_folder(options.output, run).absolute()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        return Destination(
            run,
            None if folder is None else str(folder),
            database,
            options.versions,
            options.recurring,
            options.unique,
        )

    def _bring_in_earlier(self) -> None:
        """Brings in the parts of runs that were ended before they could: what is done is not done again."""
        if self._library is None or self._destination is None or self._destination.folder is None:
            return
        run, output, dropped = self._destination.run, self._options.output, 0
        with self._library.writer.earlier():
            # of a run whose next was ended, too, before it had brought them in
            for file, of in waiting_parts(output, run):
                try:
                    with file.open("rb") as stream:
                        is_ours = check_part(stream).made_by == _made_by()
                except ValueError:
                    is_ours = False
                dropped += not is_ours
                if is_ours:
                    self._bring_in(file, of, None)
        drop_parts(output, but_of=run)
        if dropped:
            self._library.warn(
                f"{counted(dropped, 'part')} of earlier runs on a cluster could not be used, damaged or of another "
                "copydesk; their pages are cleaned again"
            )

    def _take(self, partition: Partition, report: PartReport) -> None:
        """Counts what a partition came to, once its records are in the library."""
        tally = self._local[partition.source_number]
        for before in self._local[: partition.source_number]:
            before.is_ended = True
        self._summary.include(report.summary)
        tally.add(report.tally)
        tally.remark = tally.remark or report.tally.remark
        if self._library is None or self._destination is None:
            return
        if self._destination.folder is not None:
            file = Path(self._destination.folder) / f"{partition.key}{SUFFIX}"
            report = self._bring_in(file, self._destination.run, tally)
        else:
            told = tally.count_became
            uncertain = [(number, told) for number in report.uncertain]
            self._library.writer.include(report.stored, report.statuses, uncertain)
            if self._news is not None:
                self._news.include(report.new, report.new_count)
        self._note_span(partition.key, report.files)

    def _note_span(self, key: str, files: Sequence[FileRead]) -> None:
        """Notes a file that is parted as written once all spans of it are."""
        # of a span that took its workers down, the key of its piece
        while key and key not in self._unwritten:
            key = key.rpartition("-")[0]
        if not key or self._library is None or self._library.memory is None:
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
            self._library.memory.take_over([file])
            self._library.writer.commit()

    def _bring_in(self, file: Path, run: int, tally: SourceTally | None) -> PartReport:
        """Brings in a part of a run, in one transaction with the note that it is done."""
        assert self._library is not None  # noqa: S101 - there is a part
        writer, library = self._library.writer, self._library.library
        key, told = part_key(run, file.stem), None if tally is None else tally.count_became
        try:
            with file.open("rb") as stream, library.writing() as connection:
                report = read_report(stream)
                noted = sa.select(part_table.c.key).where(part_table.c.key == key)
                # by a run that was killed before it could delete it
                if connection.execute(noted).first() is None:
                    store_part(read_pages(stream), report, writer, writer.commit, told)
                    connection.execute(sa.insert(part_table).values(key=key, run=run, report=b""))
        except FileNotFoundError as error:
            raise EnvironmentFault(
                f"Dask: {file} is not there, though a worker wrote it; all workers need the output folder at the same "
                "path, or a database: --state"
            ) from error
        # of lengths that are none, too
        except (msgspec.MsgspecError, OverflowError, OSError) as error:
            raise EnvironmentFault(
                f"Dask: {file} is damaged; run again: its pages are cleaned again"
            ) from error
        file.unlink(missing_ok=True)
        return report

    def _forget(self) -> None:
        """What was done need not be remembered any more."""
        if self._destination is None or self._library is None:
            return
        drop_parts(self._options.output)
        # and of other runs, unless they go on
        library, own = self._library.library, self._destination.run
        with library.writing() as connection:
            others = connection.execute(sa.select(part_table.c.run).distinct()).scalars()
            over = [run for run in others if run == own or library.is_over(connection, run)]
            connection.execute(sa.delete(part_table).where(part_table.c.run.in_(over)))


def _made_by() -> tuple[str, str]:
    return VERSION, rules_digest()


def _without_paths(source: str | DiskSource) -> str | DiskSource:
    # a list may name thousands, and each partition has its own
    return replace(source, paths=()) if isinstance(source, DiskSource) else source


def _gathered(source: str | DiskSource, places: Sequence[str]) -> Iterator[list[ListedFile]]:
    """The files of a source, in their order, so many together as take a worker a second or two.

    Which belong together depends on what is there alone, and not on what is known of it.
    """
    input_ = source.reading.input if isinstance(source, DiskSource) else Input.AUTO
    files = (file for place in places for file in list_files(place, input_))
    if isinstance(source, DiskSource) and source.limit is not None:
        # only who reads all of it can count
        yield list(files)
        return
    some, held, most = list[ListedFile](), 0, _FIRST_FILES
    for file in files:
        size = 0 if file.fault else size_of(file)
        # a file alone may be parted
        if some and size >= LARGE_BYTES:
            yield some
            some, held = [], 0
        some.append(file)
        held += size
        if len(some) >= most or held >= LARGE_BYTES:
            yield some
            some, held, most = [], 0, min(2 * most, _MOST_FILES)
    if some:
        yield some
