"""Opens the stores of a run beside its sink: the state, once, and what is kept there or in the output folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.sinks.journalled_sink import JournalledSink, Refine
from copydesk.flows.sinks.merging.recurring_blocks import RecurringBlocks
from copydesk.flows.sinks.removals import REMOVALS
from copydesk.flows.sinks.reservations import Reservations

# all that is imported below takes long to load, and not every run needs it
if TYPE_CHECKING:
    from copydesk.flows.fetching.crawl.web_pages import WebPages
    from copydesk.flows.fetching.lists.memory import WebSource
    from copydesk.flows.gates.quarantine import Quarantine
    from copydesk.flows.sinks.merging.copies import NearCopies
    from copydesk.flows.store.cleaned_pages import RecordOutcomes
    from copydesk.flows.store.page_memory import PageMemory
    from copydesk.flows.store.raw_archive import RawArchive
    from copydesk.flows.store.state import State


def state_of_run(options: IngestOptions, address: str | None) -> AbstractContextManager[State]:
    """The state at ``address`` or in the output folder. A run opens it once, and no other run meanwhile."""
    from copydesk.flows.store.state import State

    return State.open(options.output, address)


@contextmanager
def forgotten_state() -> Iterator[State]:
    """The state of a dry run: empty, and deleted afterwards."""
    from copydesk.flows.store.state import State

    with machine_errors("a temporary folder cannot be made"):
        # the database wants a folder: in one thrown away, all pages are new and none is remembered
        folder = TemporaryDirectory()
    with folder as name, State.open(Path(name)) as state:
        yield state


def web_pages(
    sources: Sequence[WebSource], options: IngestOptions, state: State, answered: Callable[[str], None]
) -> WebPages:
    """The pages of web sources, with what the state remembers of them.

    ``answered`` is called with each URL that answers, lists included, from either thread.
    """
    from copydesk.flows.fetching.crawl.web_pages import WebPages
    from copydesk.flows.store.web_memory import WebMemory

    return WebPages(sources, WebMemory(state, answered), refetch=options.refetch, limit=options.limit)


def page_memory(
    options: IngestOptions,
    made_by: tuple[object, ...],
    state: State,
    sink: JournalledSink,
    quarantine: Quarantine | None,
) -> PageMemory:
    """What is known of pages on the disk whose records are in a store or a quarantine; ``made_by``: what decides which
    these are.
    """
    from copydesk.flows.store.page_memory import KnownPages, PageMemory

    made_by = (*made_by, options.removed, options.recurring, options.unique)
    known = KnownPages(stays=sink.stays)
    if quarantine is not None:
        known = KnownPages(quarantine.lines(), sink.stays, quarantine.stays)
    return PageMemory(state, sink.backend, made_by=made_by, known=known, is_anew=options.again)


def record_outcomes(state: State) -> RecordOutcomes:
    """Remembers which lines are stored for a run's records."""
    from copydesk.flows.store.cleaned_pages import RecordOutcomes

    return RecordOutcomes(state)


def recurring_blocks(options: IngestOptions, state: State, outcomes: RecordOutcomes) -> Refine:
    """Removes recurring blocks from a run's records before they are stored."""
    if not options.recurring:
        return nullcontext
    from copydesk.flows.store.site_memory import StateMemory

    return RecurringBlocks(options.output, StateMemory(state), REMOVALS[options.removed], outcomes.note)


def near_copies(options: IngestOptions, state: State, outcomes: RecordOutcomes) -> NearCopies:
    """Marks copies, of records of all runs that use the state."""
    from copydesk.flows.sinks.merging.copies import NearCopies

    return NearCopies(state, is_unique=options.unique, outcomes=outcomes)


def raw_archive(output: Path) -> RawArchive:
    """Where pages of the web are kept as they came."""
    from copydesk.flows.store.raw_archive import RawArchive

    return RawArchive(output)


def reservations_of(output: Path) -> Reservations:
    """The pages of an archive that were found reserved after they came there."""
    from copydesk.flows.store.raw_archive import reserved_in

    return Reservations(reserved_in(output))
