"""Stores the records of pages that come one by one, each as a run of its own: by the same gates, into the same library,
with the same views as a run that reads sources. Imports SQLAlchemy.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.flows.config.gate import Gatekeeper
from copydesk.flows.config.override_file import read_overrides
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.settings_tables import gate_of
from copydesk.flows.io.machine_faults import A_RUN, machine_errors
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.line_key import moment_of
from copydesk.flows.library.records.run_writer import Taken
from copydesk.flows.library.tables import record as record_table
from copydesk.flows.run.planning import checked_place
from copydesk.flows.run.run_library import RunLibrary
from copydesk.flows.stored import Became


class Kept(Struct, frozen=True):
    """What became of a record. ``became``: None where it has no place of its own, with ``gate``, the name of the one
    that it did not pass, or ``reason`` in words. ``id``: of the record that is stored for the page, its
    own or the one that it shares; None where there is none.
    """

    became: Became | None
    gate: str | None = None
    reason: str | None = None
    id: str | None = None


class PageStore:
    """The library of an output folder, by the options of a run. For one thread at a time.

    Raises SettingsError for wrong options, SinkError where the folder cannot be used.
    """

    def __init__(self, options: IngestOptions) -> None:
        self._options = options
        self._place, self._address = checked_place(options)
        self.overrides = read_overrides(options.overrides, Path.cwd())
        """The manual decisions on blocks, as a run has them."""
        self._gates = Gatekeeper(gate_of(Path.cwd()), {})

    def store(self, record: Record) -> Kept:
        """Stores a record, and shows it in the view of ``--sink``.

        Raises FolderInUse where a run is writing there, and as ``Library`` does; what was stored before stays.
        """
        stopped = self._gates.stopped(record, record.source.name)
        with machine_errors(A_RUN), Library.open(self._options.output, self._address) as library:
            run = RunLibrary(library, self._options, self._place)
            run.begin(None, None)
            numbers: list[int] = []
            run.writer.write(Taken(record, stopped, placed=numbers.append))
            run.end()
            if stopped is not None:
                return Kept(None, gate=stopped.name)
            # the id of the record that the page has come to, and when it was read
            query = sa.select(record_table.c.id, record_table.c.fetched_at)
            with library.reading() as connection:
                found = connection.execute(query.where(record_table.c.number.in_(numbers))).one_or_none()
        stored = run.writer.stored
        if stored.left_out or found is None:
            return Kept(None, reason="a copy of another article, left out (--unique)")
        id_, read_at = found
        if stored.shared:
            return Kept(None, reason="the same content as another page, whose record it shares", id=id_)
        before, now = moment_of(read_at), moment_of(record.fetched_at)
        if before is not None and now is not None and now < before:
            return Kept(None, reason=f"a later reading is stored, of {read_at}", id=id_)
        became: Became | None = next((name for name, many in stored.became.items() if many), None)
        return Kept(became, reason="what was read before stays" if stored.kept else None, id=id_)
