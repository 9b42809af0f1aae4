"""The ingest run itself, without Prefect: pages from the sources through the workers into the library.

Prefect's tasks and a plain loop both drive ``Ingestion`` batch by batch; nothing here knows which.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from msgspec import Struct
from msgspec.structs import asdict, replace

from copydesk.cleaners.options import Options
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.config.gate import Gatekeeper
from copydesk.flows.config.override_file import with_overrides
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.settings_tables import cleaning_options
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.child import Limits
from copydesk.flows.io.machine_faults import A_RUN, machine_errors
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.new_articles import NO_STATES, NewArticles
from copydesk.flows.run.disk_pages import DiskPages, places_of
from copydesk.flows.run.planning import RunPlan, checked_plan
from copydesk.flows.run.reporting import source_lines
from copydesk.flows.run.reporting.summary import STATUSES, IngestResult, Summary, as_lines, as_markdown
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources import standard_input
from copydesk.flows.sources.catalogue import Unreadable, read_shard
from copydesk.flows.stored_content import REMOVALS, Reservations, is_reserved, without_content
from copydesk.flows.workers.pool import clean_pages, never, usual_jobs

if TYPE_CHECKING:
    from copydesk.flows.crawl.run_state import Arrival
    from copydesk.flows.crawl.web_pages import WebPages
    from copydesk.flows.library.records.page_notes import PendingPage
    from copydesk.flows.library.web.raw_archive import RawArchive
    from copydesk.flows.run.run_library import RunLibrary

# larger saves little more, and shows less often in Prefect how far a run is
BATCH_PAGES = 300
"""Pages a task. A task run costs about 20 ms of processor time: under one per cent of so many pages."""
COMMIT_SECONDS = 2.0
"""Set by hand: who is killed fetches again what came in so many seconds, and a transaction costs milliseconds."""


class _Taken(Struct, frozen=True):
    """A page on its way to its record, with the counts of its source."""

    item: Page | Unreadable
    tally: SourceTally | None
    arrival: Arrival | None = None
    pending: PendingPage | None = None


class Ingestion:
    """One run; a context manager. ``clean_batch`` is called until ``is_done``.

    Leaving it, by whatever way, ends the workers and keeps every record made so far.
    ``plan``: of ``checked_plan``, where the run was checked before; else it is checked here. ``news``: who is to
    see which articles are new in the store.
    Raises SettingsError for wrong options, SinkError where records cannot be written.
    """

    def __init__(
        self, options: IngestOptions, plan: RunPlan | None = None, news: NewArticles | None = None
    ) -> None:
        # not by the command alone: runs that Prefect starts come here by no other way
        self._plan = plan if plan is not None else checked_plan(options)
        self.options = options
        self.news, self._is_reported = news or NewArticles(), news is not None
        self.began = datetime.now(UTC)
        self._shard = read_shard(options.shard) if options.shard else None
        self._shorten = REMOVALS[options.removed]
        self.summary = Summary()
        """The counts: of pages while the run goes on, then of what is in the store, too."""
        self._opened = ExitStack()
        self._library: RunLibrary | None = None
        self._records: Iterator[Record] = iter(())
        self._parts: Iterator[None] | None = None
        """Of a run that a cluster does, which brings the records in itself."""
        self._started = self._committed_at = 0.0
        self._pages_read = 0
        self._is_exhausted, self._would_wait = False, never
        self._web: WebPages | None = None
        self._archive: RawArchive | None = None
        self._reservations = Reservations(())
        self._arrivals: deque[_Taken] = deque()
        self._gates = Gatekeeper(self._plan.gate, self._plan.gates)
        self._local = list(map(self._plan.tally_of, self._plan.local))
        self.is_stopped = False
        """Whether the failure limit has ended the run."""
        self.states = NO_STATES
        """How the sources are doing; known once the run is over, where there is somebody to see ``news``."""

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        with ExitStack() as opened:  # what a start that fails has taken is given back
            self._start(opened)
            self._opened = opened.pop_all()
        return self

    def _start(self, opened: ExitStack) -> None:
        cleaning = cleaning_options(Path.cwd(), asdict(self.options), self._plan.rules)
        if (place := self._plan.place) is not None:
            from copydesk.flows.run.run_library import RunLibrary

            # before all others, so that nothing is fetched where records cannot be written
            library = opened.enter_context(Library.open(place.folder, self._plan.library))
            self._library = RunLibrary(library, self.options, place, self._plan)
            # an archive is read to be cleaned again
            has_disk = self._plan.local and not self.options.from_archive
            self._library.begin(
                partial(self._made_by, cleaning) if has_disk else None,
                self.news if self._is_reported or self._plan.web else None,
            )
            self._committed_at = time.monotonic()
            opened.push(self._publish)
        if self._plan.web:
            # what they load takes long, and runs over files need none of it
            from copydesk.flows.crawl.web_pages import WebPages, forgotten_library
            from copydesk.flows.library.web.frontier import Frontier

            if stored := self._library:
                frontier = Frontier(stored.library, stored.writer.run, stored.writer.answered)
            else:
                frontier = Frontier(opened.enter_context(forgotten_library()))
            refetch, limit = self.options.refetch, self.options.limit
            self._web = WebPages(self._plan.web, frontier, refetch=refetch, limit=limit)
            if not self.options.dry_run:
                from copydesk.flows.library.web.raw_archive import RawArchive

                self._archive = opened.enter_context(RawArchive(self.options.output))
        # what was archived before its publisher reserved it is not brought back by cleaning it again
        if self.options.from_archive:
            from copydesk.flows.library.web.raw_archive import reserved_in

            self._reservations = Reservations(reserved_in(self.options.output))
        if self._plan.cluster is not None:
            from copydesk.flows.run.cluster_run import ClusterRun  # loads SQLAlchemy, as the library has

            cluster = ClusterRun(self._plan, self.options, self._library)
            # as below
            parts = cluster.parts(cleaning, self._local, self.summary)
            self._parts = opened.enter_context(closing(parts))
            return
        # closed before the library is, whatever happens: no worker outlives the run
        jobs, waits = self.options.jobs or usual_jobs(), lambda: self._would_wait()  # noqa: PLW0108 - it changes
        records = clean_pages(self._pages(), options=cleaning, limits=Limits(), jobs=jobs, would_wait=waits)
        self._records = opened.enter_context(closing(records))

    def _made_by(self, options: Options, source: str) -> tuple[object, ...]:
        """All that decides which records are made of a source, and which of them are stored."""
        # a shard only where there is one: notes of runs without stay good
        shard = () if self._shard is None else (self._shard,)
        own, given = self._plan.options.get(source), self.options
        by_run = (given.removed, given.recurring, given.unique)
        return (options, self._gates.gate(source), own, self._plan.overrides, *shard, *by_run)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)
        stored = self._library.writer.stored if self._library is not None else None
        self.summary.end(seconds=time.perf_counter() - self._started, stored=stored, spared=self._spared)

    def _publish(self, _: type[BaseException] | None, error: BaseException | None, __: object) -> None:
        """Settles what the run has brought, and shows it in the views."""
        assert self._library is not None  # noqa: S101 - it was opened
        try:
            self._library.end()
        except EnvironmentFault:
            if error is None:
                raise  # else the first error is the one to report; what is in the library stays
        if error is None:
            self._at_end(self._library)

    def _at_end(self, stored: RunLibrary) -> None:
        """Once the records are in the library; after an interrupt views are left to the next run."""
        # loads SQLAlchemy, as the library has
        from copydesk.flows.library.web.overview import note_newest, states_of

        note_newest(stored.library, self.news.newest, now=self.began)
        if self._is_reported:
            self.states = states_of(stored.library, self.sources, began=self.began)
        if self.is_done:
            stored.views.write()
        stored.tell(is_sent=self.is_done)

    def clean_batch(self, pages: int = BATCH_PAGES) -> None:
        """Cleans and stores at most so many pages, in the sources' order."""
        if self._parts is not None:
            self._bring_in_parts(self._parts, pages)
            return
        for record in islice(self._records, pages):
            # records come in the order of their pages: this one is of the page handed out first
            taken = self._arrivals.popleft()
            self._store(record, taken)
            # after each record, not each batch: a broken source ends the run at once
            if self._is_limit_passed():
                self.is_stopped = True
                break
        self._commit()

    def _bring_in_parts(self, parts: Iterator[None], pages: int) -> None:
        enough = self.summary.pages + pages
        for _ in parts:
            self._pages_read = self.summary.pages
            self.is_stopped = self._is_limit_passed()
            if self.is_stopped or self.summary.pages >= enough:
                return
        self._is_exhausted = True

    def _is_limit_passed(self) -> bool:
        # what was spared was no failure: a share is of all pages
        pages = self.summary.pages + self._spared
        return self._plan.limit.is_passed(failed=self.summary.failed_pages, records=pages)

    def _commit(self) -> None:
        if self._library is not None:
            self._library.writer.commit()
            self._committed_at = time.monotonic()

    def _store(self, record: Record, taken: _Taken) -> None:
        """Writes a record; of a page of the web also the page as it came, and last the note that it was fetched."""
        arrival = taken.arrival
        # of pages of the web alone; sources with policy = "record" only have it in their records
        is_respected = self._is_of_the_web(arrival) and record.source.name not in self._plan.recording
        if is_respected:
            record = self._reservations.honoured(record)
        if is_respected and is_reserved(record):
            record = without_content(record)
            if self._archive is not None:
                self._archive.note_reserved(record, now=datetime.now(UTC))
        elif arrival is not None:
            self._keep(arrival)
        stopped = self._gates.stopped(record, self._source_of(record, taken))
        self.summary.add(record, stopped.name if stopped else None)
        if taken.tally is not None:
            taken.tally.store(record)
        # only the code is handed on: `no_article` of `no_article: …`
        code = record.reason.partition(":")[0] if record.reason else None
        settle = partial(arrival.stored, code) if arrival is not None else None
        if self._library is None:
            if settle is not None:
                settle()
            return
        # loads SQLAlchemy, as the writer has
        from copydesk.flows.library.records.run_writer import Taken

        told = taken.tally.count_became if taken.tally is not None else None
        self._library.writer.write(Taken(self._shorten(record), stopped, taken.pending, settle, told))
        # pages that come one by one are stored one by one
        if time.monotonic() - self._committed_at > COMMIT_SECONDS:
            self._commit()

    def _source_of(self, record: Record | Page, taken: _Taken) -> str:
        """The name of its source in a list; pages of the web carry it, also in the archive."""
        return (
            taken.tally.name if taken.tally and not self._is_of_the_web(taken.arrival) else record.source.name
        )

    def _is_of_the_web(self, arrival: Arrival | None) -> bool:
        return arrival is not None or self.options.from_archive

    def _keep(self, arrival: Arrival) -> None:
        """Keeps a page as it came; in place of one that could not be had the text its feed has of it."""
        if self._archive is None or not self.options.keep_raw or not isinstance(arrival.item, Page):
            return
        if arrival.came:
            page, *further = arrival.came
            self._archive.keep(page, arrival.item, further)
        elif arrival.item.fetched_at is not None:
            self._archive.keep_text(arrival.item, now=datetime.fromisoformat(arrival.item.fetched_at))

    def _pages(self) -> Iterator[Page | Unreadable]:
        """The sources' pages, counted, so that the last batch is known to be the last."""
        # the limit counts pages that cannot be read too, else it would bound no run over broken ones
        for taken in islice(self._all(), self.options.limit):
            self._pages_read += 1
            self._arrivals.append(taken)
            yield self._as_its_source_wants(taken)
        self._is_exhausted = True

    def _as_its_source_wants(self, taken: _Taken) -> Page | Unreadable:
        """What is cleaned: the page with the options of its source, and the manual decisions on it."""
        page = with_overrides(taken.item, self._plan.overrides)
        if isinstance(page, Unreadable) or not self._plan.options:
            return page
        return replace(page, options=self._plan.options.get(self._source_of(page, taken), {}))

    def _all(self) -> Iterator[_Taken]:
        """What the disk has, then what the web has."""
        memory = self._library.memory if self._library is not None else None
        disk = DiskPages(self._plan.fields, memory, self._shard)
        for source, tally in zip(self._plan.local, self._local, strict=True):
            if memory is not None:
                memory.begin(source, self._plan.fields, tally)
            items = disk.of(source, tally, places_of(source, tally))
            yield from self._settling(
                (_Taken(one, tally, pending=memory.pending if memory else None) for one in items),
                standard_input.would_wait if source == standard_input.NAME else never,
            )
        if self._web is not None:
            arrivals = (_Taken(one.item, one.tally, one) for one in self._web)
            yield from self._settling(arrivals, self._web.would_wait)

    def _settling(self, pages: Iterator[_Taken], would_wait: Callable[[], bool]) -> Iterator[_Taken]:
        """The pages; where one is not there yet those before it are stored: a kill meanwhile does not cost them."""
        self._would_wait = would_wait
        while True:
            if would_wait():
                self._commit()
            if (taken := next(pages, None)) is None:
                return
            yield taken

    @property
    def _spared(self) -> int:
        """How many pages were not cleaned, as they have not changed and their records are written."""
        return sum(one.spared for one in (*self._local, *(self._web.tallies if self._web else ())))

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        # pages are read ahead of their records: no more of them does not yet mean all are stored
        return self.is_stopped or (self._is_exhausted and self.summary.pages == self._pages_read)

    @property
    def sources(self) -> tuple[SourceTally, ...]:
        """What became of each source that was named, so far."""
        web = self._web.tallies if self._web else ()
        # lists lie in folders of theirs
        named = (one for one in self._local if one.listed or not one.may_be_empty)
        return (*named, *web, *(one.tally() for one in self._plan.skipped))

    @property
    def ended_by(self) -> str:
        """What ended the run where some sources are not read to their end."""
        if self.is_stopped:
            return f"--max-failures {self.options.max_failures} was passed"
        if self.options.limit is not None and self._pages_read >= self.options.limit:
            return f"--limit {self.options.limit} was reached"
        return "the run was ended"

    def as_markdown(self) -> str:
        """The run so far, and each of its sources, as a Markdown page."""
        of_sources = source_lines.as_markdown(self.sources, ended_by=self.ended_by)
        return "\n".join(filter(None, (as_markdown(self.summary), of_sources)))

    def result(self) -> IngestResult:
        """What the run came to."""
        summary, stored = self.summary, self._library
        command = ""
        if stored is not None:
            command = source_lines.show_failed_command(self.options.output, self.options.database)
        lines = (
            *as_lines(summary, show_failed=command),
            *source_lines.as_lines(self.sources, ended_by=self.ended_by),
            *(self._web.skipped.lines() if self._web else ()),
            *(stored.lines(summary) if stored is not None else ()),
        )
        if self.is_stopped:
            lines = (*lines, f"stopped: more failed than --max-failures {self.options.max_failures} allows")
        return IngestResult(
            pages=summary.pages,
            failed_pages=summary.failed_pages,
            records=sum(summary.records.values()),
            **{"new": 0, "changed": 0, "unchanged": 0, **summary.stored},
            **{status: summary.records.get(status, 0) for status in STATUSES},
            stopped=self.is_stopped,
            unwritten=tuple(stored.views.unwritten) if stored is not None else (),
            missing=sum(one.missing for one in self.sources),
            unlisted=sum(one.unlisted for one in self.sources),
            quarantined=dict(summary.quarantined),
            webhook=stored.webhook if stored is not None else None,
            summary="\n".join(lines),
        )


def ingest_plainly(
    options: IngestOptions, watch: Callable[[Ingestion], AbstractContextManager[object]] = nullcontext
) -> IngestResult:
    """The whole run as a plain loop, without Prefect; ``watch`` sees it go on. Raises as ``Ingestion`` does."""
    with machine_errors(A_RUN), Ingestion(options) as run, watch(run):
        while not run.is_done:
            run.clean_batch()
    return run.result()
