"""The library that a run fills, and the files that show it.

Imports SQLAlchemy, which dry runs over files need not wait for.
"""

from __future__ import annotations

import logging
from itertools import chain

from copydesk.flows.config.override_file import unknown_pages
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.exports.views import Views
from copydesk.flows.io.output_folder import QUARANTINE
from copydesk.flows.library.dead_letters import state_of_webhook
from copydesk.flows.library.files.formats import PLAIN
from copydesk.flows.library.files.parts import PartRule
from copydesk.flows.library.files.record_view import RecordView
from copydesk.flows.library.library import Library
from copydesk.flows.library.moving_in import move_in
from copydesk.flows.library.place import StoreLocation, earlier_views, view_of_run
from copydesk.flows.library.records.new_articles import NewArticles
from copydesk.flows.library.records.page_memory import MadeBy, PageMemory, lines_of_other_rules
from copydesk.flows.library.records.record_rows import RecordRows
from copydesk.flows.library.records.run_writer import Keeping, RunWriter
from copydesk.flows.run.part_files import drop_parts
from copydesk.flows.run.planning import RunPlan
from copydesk.flows.run.reporting.source_lines import WARNING, damaged_lines
from copydesk.flows.run.reporting.summary import Summary
from copydesk.flows.shortening import counted
from copydesk.flows.stored import WebhookState
from copydesk.flows.stored_content import REMOVALS


class RunLibrary:
    """The library of a run, opened to write. All methods raise as ``Library`` does.

    ``views``: those of ``--view``; ``memory``: of pages on the disk, where the run notes them; ``webhook``: how it is
    doing, known once the run has ended.
    """

    def __init__(
        self, library: Library, options: IngestOptions, place: StoreLocation, plan: RunPlan | None = None
    ) -> None:
        """``plan``: has views and the webhook; without one there are none.

        Checks the places of views, and takes over what an earlier copydesk has left.

        Raises SettingsError, SinkError or ExportError where a place is something else or cannot be written.
        """
        self.library = library
        self._options = options
        self._view = view_of_run(options.sink, place)
        if self._view is not None:
            self._view.check()
        self._aside = RecordView(options.output, PLAIN, PartRule(), is_aside=True)
        self._notices: list[str] = []
        self._earlier: list[str] = []
        if line := move_in(library, options.output, options.sink):
            self.warn(line)
        # now: which of their places are ours an earlier copydesk may have known
        self.views = Views(plan.views if plan else (), options, library, plan.library if plan else None)
        self.views.check()
        self._overrides = plan.overrides if plan else {}
        self._receiver = plan.receiver if plan else None
        # else of pages that come one by one: the webhook is told of them where it was told of the last run
        self._has_webhook = self._receiver is not None if plan else None
        self._told: tuple[str, ...] = ()
        self._of_memory: tuple[str, ...] = ()
        self.webhook: WebhookState | None = None
        self._has_cluster = plan is not None and plan.cluster is not None
        self.memory: PageMemory | None = None

    def warn(self, line: str) -> None:
        """Has the summary of the run say something."""
        self._notices.append(line)
        # also now: a run that is killed reports nothing at its end
        logging.getLogger(__name__).warning(line)

    def begin(self, made_by: MadeBy | None, news: NewArticles | None) -> None:
        """Begins a run. ``made_by``: as of ``PageMemory``; None where pages on the disk are not noted. ``news``: hears
        of new articles.
        """
        options = self._options
        if made_by is not None:
            self.memory = PageMemory(self.library, made_by=made_by, is_anew=options.again)
        self.keeping = Keeping(
            options.versions,
            REMOVALS[options.removed] if options.recurring else None,
            is_unique=options.unique,
            is_plain=options.sink == "sqlite",
            has_webhook=self._has_webhook,
        )
        self.writer = RunWriter(self.library, self.keeping, memory=self.memory, news=news)
        # what came later than a part must not be replaced by it
        if not self._has_cluster:
            drop_parts(options.output)

    def end(self) -> None:
        """Settles what the run has brought, and shows it in the views of its records."""
        self.writer.end()
        self.library.check_there()
        for view in filter(None, (self._view, self._aside)):
            self._update(view)
        for view in earlier_views(self._options.sink, self._options.output):
            if view.is_kept(self.library):
                self._update(view, is_earlier=True)
        if self.memory is not None:
            self._of_memory = (*lines_of_other_rules(self.library), *self.memory.lines())
        if self._overrides:
            with self.library.reading() as connection:
                shelves = [RecordRows(connection, is_aside=is_aside) for is_aside in (False, True)]
                line = unknown_pages(
                    self._overrides, lambda name: chain(*(shelf.names_called(name) for shelf in shelves))
                )
            self._notices += [line] if line else []

    def _update(self, view: RecordView, *, is_earlier: bool = False) -> None:
        was_changed = view.update(self.library)
        if is_earlier:
            self._earlier.append(
                f"{view.where}, of an earlier --sink, is kept up to date, too; delete it if nobody reads it"
            )
        elif was_changed:
            self._notices.append(
                f"{view.where} is not as the last run left it (damaged, deleted, edited or copied): it is made again"
            )
        if view.damaged:
            self._notices.append(
                f"records are damaged on the disk, and shown as failed until their pages are read again: {view.damaged}"
            )

    def tell(self, *, is_sent: bool) -> None:
        """Tells the webhook of what is stored, if there is one, and unless it is left to the next run."""
        delivery = None
        if self._receiver is None:
            return
        if is_sent:
            from copydesk.flows.library.outbox import Outbox
            from copydesk.flows.run.webhook import Delivery

            outbox = Outbox(self.library, self.writer.run)
            delivery = Delivery(self._receiver, self.writer, outbox, self._options.output)
            delivery.run()
        problem = delivery.problem if delivery is not None else ""
        self.webhook = state_of_webhook(self.library, self._options.output, problem=problem)
        if delivery is not None:
            self._told = tuple(delivery.lines(self.webhook.waiting))

    @property
    def where(self) -> str:
        """Where readers find the records."""
        return self._view.where if self._view is not None else self.library.where

    def lines(self, summary: Summary) -> tuple[str, ...]:
        """What a summary says of it, once the run has ended."""
        brought_in = self.writer.brought_in
        has_news = summary.has_news or brought_in
        lines = (
            *self._of_memory,
            *(
                (f"brought in {counted(brought_in, 'record')} of a run that was cut short",)
                if brought_in
                else ()
            ),
            f"records are in {self.where}" if has_news else "no record is new or changed",
            *(self._earlier if has_news else ()),
            *damaged_lines(self._options.output),
            *(f"{WARNING}{line}" for line in self._notices),
            *self.views.done,
            *(f"{WARNING}{line}" for line in self.views.unwritten),
            *self._told,
        )
        if summary.quarantined:
            lines += (f"quarantined records are in {self._options.output / QUARANTINE}",)
        return lines
