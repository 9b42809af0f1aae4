"""Records that passed no gate: kept in a file of their own beside the store, until their page passes.

A record goes to a journal first, as those of the store do, and from there into the file at the end of the run, or,
where it was killed, at the start of the next. What one page is, and which of its readings holds, is settled by the same
rules as in the store (``flows.library.identity``, ``flows.library.record_rank``). That a page has passed is a line in the
journal too, without content, written once its record is in the store's hands: after a kill in between it is in both
places, never in none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import msgspec

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.gates.gate import Stopped
from copydesk.flows.io.posix import open_regular
from copydesk.flows.sinks.files.file_format import PLAIN
from copydesk.flows.sinks.files.jsonl import OneFile
from copydesk.flows.library.identity import PlannedRecord, lookup_keys, outdated_keys, page_keys, reading_of
from copydesk.flows.sinks.journal import Journal, journal_file
from copydesk.flows.sinks.merging.merge import MergePlan, merge
from copydesk.flows.sinks.merging.outcomes import Outcomes, note_outcomes
from copydesk.flows.library.output_folder import QUARANTINE, sink_errors
from copydesk.flows.library.record_lines import key_of, with_fields
from copydesk.flows.sinks.store_backend import OpenBackend


class _Line(msgspec.Struct, frozen=True):
    # of any type: only whether it is there counts
    gate: Any = None


_decode = msgspec.json.Decoder(_Line).decode


def is_in_use(folder: Path) -> bool:
    """Whether records wait in a folder, or a killed run has left some to be brought there."""
    return any(file.exists() for file in (folder / QUARANTINE, journal_file(folder, "quarantine")))


class Quarantine:
    """The quarantine of an output folder that exists, to which nothing else writes meanwhile. For one thread at a time.

    A line is a record with one field more, ``gate``: the one it did not pass. ``outcomes``: notes what waits in place
    of records that do not. Raises SinkError where the folder cannot be read or written.
    """

    def __init__(self, folder: Path, outcomes: Outcomes | None = None) -> None:
        self._folder = folder
        self._outcomes = outcomes
        self._store = OneFile(folder, PLAIN, QUARANTINE.removesuffix(PLAIN.suffix))
        self._file = folder / QUARANTINE
        self.where = str(self._file)
        self._journal_file = journal_file(folder, "quarantine")
        self._journal: Journal | None = None
        self._lookup_keys: set[bytes] = set()
        """Of all records here: by them a page that passes is recognised."""
        self._staying: set[bytes] = set()

    def __enter__(self) -> Self:
        with sink_errors(self._folder, "cannot take what the last run left"):
            self._publish()
            if self._file.exists():
                found = (one.key for one in PLAIN.scan(self._file))
                self._lookup_keys.update(
                    each for key in found if key is not None for each in lookup_keys(key)
                )
        return self

    def __exit__(self, *_: object) -> None:
        with sink_errors(self._folder, "cannot be completed"):
            if self._journal is not None:
                self._journal.close()
            self._publish()

    def lines(self) -> Iterator[bytes]:
        """What waits, as the runs before have left it."""
        return self._store.lines()

    def keep(self, record: Record, stopped: Stopped) -> None:
        """Keeps a record that does not pass."""
        line = with_fields(encode(record), {"gate": stopped})
        if (key := key_of(line)) is not None:
            self._lookup_keys.update(lookup_keys(key))
        self._append(line)

    def stays(self, file: bytes) -> None:
        """Notes a file (``Reading.file``) that is there and was not read: what waits of it stays."""
        self._staying.add(file)

    def release(self, record: Record) -> None:
        """Lets the page go whose record has passed and is in the store's hands."""
        # the usual case, without a look at the record: nothing waits
        if not self._lookup_keys or (key := key_of(encode(record))) is None:
            return
        wanted = {*page_keys(reading_of(key)), *outdated_keys(key.attempts, ())}
        if not self._lookup_keys.isdisjoint(wanted):
            self._append(encode_value(key) + b"\n")

    def _append(self, line: bytes) -> None:
        with sink_errors(self._folder, "cannot be written"):
            if self._journal is None:
                self._journal = Journal(self._journal_file)
            self._journal.append(line)

    def _publish(self) -> None:
        """Brings the journal, if there is one, into the file."""
        if not self._journal_file.exists():
            return
        with open_regular(self._journal_file) as journal, self._store.opened() as opened:
            waiting = merge(journal, opened, [_leave_out_passed, self._note], staying=self._staying).lines
        if not waiting:
            self._file.unlink(missing_ok=True)
        if self._outcomes is not None:
            self._outcomes.confirm()
        # last: after a crash before this the same journal is merged once more, and changes nothing
        self._journal_file.unlink()

    def _note(self, plan: MergePlan, backend: OpenBackend) -> None:
        if self._outcomes is not None:
            note_outcomes(plan, backend, self._outcomes)


def _leave_out_passed(plan: MergePlan, _: OpenBackend) -> None:
    """The step of a merge by which pages go whose last reading has passed."""

    def has_passed(entry: PlannedRecord | None) -> bool:
        return entry is not None and entry.page is not None and _decode(plan.read(entry.page)).gate is None

    plan.entries |= {number: None for number, entry in plan.entries.items() if has_passed(entry)}
    plan.added[:] = [entry for entry in plan.added if not has_passed(entry)]
