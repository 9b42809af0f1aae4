"""Opens the stores of a run beside its state: its sink, and what is remembered of pages on the web.

Loads SQLAlchemy, which takes a third of a second: imported once a state is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.sinks.catalogue import sink_named
from copydesk.flows.sinks.journalled_sink import JournalledSink, Refine
from copydesk.flows.sinks.merging.copies import NearCopies
from copydesk.flows.sinks.store_backend import StoreLocation
from copydesk.flows.library.stored_content import REMOVALS
from copydesk.flows.store.cleaned_pages import RecordOutcomes
from copydesk.flows.store.recurring_blocks import RecurringBlocks, SiteMemory
from copydesk.flows.store.state import State

if TYPE_CHECKING:
    from copydesk.flows.fetching.crawl.web_pages import WebPages


@contextmanager
def forgotten_state() -> Iterator[State]:
    """The state of a dry run: empty, and deleted afterwards."""
    with machine_errors("a temporary folder cannot be made"):
        # the database wants a folder: in one thrown away, all pages are new and none is remembered
        folder = TemporaryDirectory()
    with folder as name, State.open(Path(name)) as state:
        yield state


def sink_of_run(options: IngestOptions, place: StoreLocation, state: State) -> JournalledSink:
    """The sink of a run, which removes recurring blocks and marks copies, of records of all runs that use the state."""
    outcomes = RecordOutcomes(state)
    refine: Refine = nullcontext
    if options.recurring:
        shorten = REMOVALS[options.removed]
        refine = RecurringBlocks(options.output, SiteMemory(state), shorten, outcomes.note)
    copies = NearCopies(state, is_unique=options.unique, outcomes=outcomes)
    return sink_named(options.sink, place, versions=options.versions, refine=refine, copies=copies)


def web_pages(
    sources: Sequence[WebSource], options: IngestOptions, state: State, answered: Callable[[str], None]
) -> WebPages:
    """The pages of web sources, with what the state remembers of them.

    ``answered`` is called with each URL that answers, lists included, from either thread.
    """
    # here: runs over files need not load it
    from copydesk.flows.fetching.crawl.web_pages import WebPages
    from copydesk.flows.store.web_memory import WebMemory

    return WebPages(sources, WebMemory(state, answered), refetch=options.refetch, limit=options.limit)
