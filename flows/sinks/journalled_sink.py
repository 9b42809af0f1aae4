"""The one sink: a run's records go to a journal in the output folder, and at its end from there to a backend."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.errors import EnvironmentFault, SinkError
from copydesk.flows.io.posix import open_regular
from copydesk.flows.sinks.journal import Journal, journal_file
from copydesk.flows.sinks.merging.merge import Step, merge
from copydesk.flows.library.versions import VERSIONS
from copydesk.flows.library.output_folder import locked, make_folder, sink_errors
from copydesk.flows.sinks.store_backend import StoreBackend, Stored

if TYPE_CHECKING:
    from copydesk.flows.sinks.merging.copies import NearCopies

Refine = Callable[[BinaryIO], AbstractContextManager[BinaryIO]]
"""Makes the lines to merge from a journal; left once the backend has them, or with the error. The same journal gives
the same lines until it is gone.
"""


class JournalledSink:
    """Writes records to a journal in ``folder`` and merges them into a store. A context manager, for one run at a time.

    - Entering locks the folder, and merges first what a killed run left in its journal: a record is either in the store
      or in the journal, at any moment.
    - A record handed to ``write`` survives the end of the process, however it ends.
    - Leaving publishes, after an error too: readers see all records of the run or none.
    - Writing the same record again, in this run or a later one, changes nothing.

    A page that is known keeps its place in the store and its id: its record is replaced if anything but
    ``processing.duration_ms`` has changed and the new one does not rank below it (``record_rank``). Where its text has
    changed, the new record is a version of its own (``versions``). New pages and versions follow in the order written.
    Pages that ``identity`` finds to be one share a record; of no two records id and version agree. The record of a
    failure goes once there is a newer one of the same URL (where it has none, of the same source), or that URL has
    answered. All methods raise SinkError where folder or store cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        backend: StoreBackend,
        versions: Step = VERSIONS["all"],
        refine: Refine = nullcontext,
        copies: NearCopies | None = None,
    ) -> None:
        self._folder = folder
        self._refine = refine
        self._versions = versions
        self._copies = copies
        self.look: Step | None = None
        """The last step of each merge, which sees what comes onto the backend."""
        self.backend = backend
        self._file = journal_file(folder, backend.name)
        self._lock = ExitStack()
        self._journal: Journal | None = None
        self._answered: set[str] = set()
        self._staying: set[bytes] = set()
        self.stored = self._found = Stored()
        """What this run's records came to; known once it is over."""
        self._at_end: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        make_folder(self._folder)
        with ExitStack() as opened:
            opened.enter_context(locked(self._folder))
            self.backend.prepare()
            with sink_errors(self._folder, "cannot take what the last run left"):
                # which URLs answered is not known of a run that was killed
                self._found = self._publish()
            with sink_errors(self._folder, "cannot be written"):
                self._journal = Journal(self._file)
            self._lock = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            try:
                self._end()
            except EnvironmentFault:
                if error is None:
                    raise  # else the first error is the one to report; the journal keeps the records
            if error is None and self._at_end is not None:
                self._at_end()

    def _end(self) -> None:
        assert self._journal is not None  # noqa: S101 - it was entered
        with sink_errors(self._folder, "cannot be completed"):
            is_there = self._journal.close()
            self.stored = self._publish()
        if not is_there:
            raise SinkError(
                self._folder,
                "cannot be completed: what the run wrote there is gone",
                advice="run again, and leave the folder in its place meanwhile",
            )

    def write(self, record: Record) -> None:
        """Appends a record to the journal. For one thread at a time."""
        assert self._journal is not None  # noqa: S101 - it was entered
        with sink_errors(self._folder, "cannot be written"):
            self._journal.append(encode(record))

    def answered(self, url: str) -> None:
        """Notes that an address answered, record or not. For any thread."""
        # one step under the interpreter's lock: threads of fetching need no other
        self._answered.add(url)

    def stays(self, file: bytes) -> None:
        """Notes a file (``Reading.file``) that is there and was not read: it keeps its record. For one thread."""
        self._staying.add(file)

    def at_end(self, do: Callable[[], None]) -> None:
        """Has this done once the records are in the store, while no other run may write there; not where the run ended
        by an error.
        """
        self._at_end = do

    @property
    def brought_in(self) -> int:
        """How many records of a run that was cut short came into the store before this one began."""
        return sum(self._found.statuses.values())

    def _publish(self) -> Stored:
        """Merges the journal, if there is one, into the backend."""
        if not self._file.exists():
            return Stored()
        steps = [self._versions]
        if self._copies is not None:
            self._copies.prepare(self.backend)
            steps.append(self._copies.mark)
        if self.look is not None:
            steps.append(self.look)
        # what recurs has left the texts before these are compared with others
        with (
            open_regular(self._file) as lines,
            self._refine(lines) as refined,
            self.backend.opened() as backend,
        ):
            stored = merge(refined, backend, steps, answered=self._answered, staying=self._staying)
        if self._copies is not None:
            self._copies.confirm(stored.lines)
        # last: after a crash before this the same journal is merged once more, and changes nothing
        self._file.unlink()
        return stored
