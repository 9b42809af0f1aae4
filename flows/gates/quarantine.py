"""Records that passed no gate: kept in a file of their own beside the store, until their page passes.

A record goes to a journal first, as those of the store do, and from there into the file at the end of the run, or,
where it was killed, at the start of the next. What one page is, and which of its readings holds, is settled by the same
rules as in the store (``flows.sinks.identity``, ``flows.sinks.record_rank``). That a page has passed is a line in the
journal too, without content, written once its record is in the store's hands: after a kill in between it is in both
places, never in none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import msgspec

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.gates.gate import Stopped
from copydesk.flows.sinks.files.file_format import PLAIN
from copydesk.flows.sinks.files.scanned_files import ScannedFiles
from copydesk.flows.sinks.identity import (
    StoredRecord,
    Target,
    id_key,
    lookup_keys,
    outdated_keys,
    page_keys,
    reading_of,
    settle,
)
from copydesk.flows.sinks.journal import Index, Journal, index_of, journal_file, line_at
from copydesk.flows.sinks.output_folder import QUARANTINE, sink_errors, sync_names
from copydesk.flows.sinks.record_lines import is_same_but_for_its_time, key_of, with_fields


class _Line(msgspec.Struct, frozen=True):
    # of any type: only whether it is there counts
    gate: Any = None


_decode = msgspec.json.Decoder(_Line).decode


def is_in_use(folder: Path) -> bool:
    """Whether records wait in a folder, or a killed run has left some to be brought there."""
    return any(file.exists() for file in (folder / QUARANTINE, journal_file(folder, "quarantine")))


class Quarantine:
    """The quarantine of an output folder that exists, to which nothing else writes meanwhile. For one thread at a time.

    A line is a record with one field more, ``gate``: the one it did not pass. Raises SinkError where the folder
    cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / QUARANTINE
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with sink_errors(self._folder, "cannot be completed"):
            if self._journal is not None:
                self._journal.close()
            self._publish()

    def lines(self) -> Iterator[bytes]:
        """What waits, as the runs before have left it."""
        if self._file.exists():
            with sink_errors(self._folder, "cannot be read"):
                yield from ScannedFiles([self._file], PLAIN).all_lines()

    @property
    def where(self) -> str:
        """The file, for messages."""
        return str(self._file)

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
        count, is_changed = 0, False

        def lines() -> Iterator[bytes]:
            nonlocal count, is_changed
            for old, new in _merged(journal, self._file, frozenset(self._staying)):
                is_changed = is_changed or new != old
                if new is not None:
                    count += 1
                    yield new

        # a hidden name: reading the output folder as a source passes over it
        fresh = self._folder / f".{QUARANTINE}.new"
        with self._journal_file.open("rb") as journal:
            try:
                PLAIN.write(fresh, lines())
                if is_changed and not count:
                    self._file.unlink()
                elif is_changed:
                    fresh.replace(self._file)
                sync_names(self._folder)
            finally:
                fresh.unlink(missing_ok=True)
        # last: after a crash before this the same journal is merged once more, and changes nothing
        self._journal_file.unlink()


def _merged(
    journal: BinaryIO, file: Path, staying: frozenset[bytes]
) -> Iterator[tuple[bytes | None, bytes | None]]:
    """Each line of a quarantine as it was and as it becomes with a journal; None where there is none."""
    scanned = ScannedFiles([file] if file.exists() else [], PLAIN)
    index = index_of(journal)
    held, gone = _touched(index, scanned)
    settled = settle(held, index.readings, staying)

    def written(target: Target | None, old: bytes | None) -> bytes | None:
        if target is None:
            return None
        read = line_at(journal, index.offsets[target.page]) if target.page is not None else old
        # a page that has passed
        if read is None or _decode(read).gate is None:
            return None
        new = with_fields(read, {"id": target.id})
        # only the time it took differs: equal runs leave equal files
        return old if old and is_same_but_for_its_time(old, new) else new

    for number, old in enumerate(scanned.all_lines()):
        if number in gone:
            yield old, None
        else:
            yield old, written(settled.by_line[number], old) if number in settled.by_line else old
    for target in settled.added:
        yield None, written(target, None)


def _touched(index: Index, old: ScannedFiles) -> tuple[list[StoredRecord], frozenset[int]]:
    """The lines that the journal may touch; and the numbers of failures that were tried again."""
    pages = frozenset(page for reading in index.readings for page in page_keys(reading))
    beside = (each for one in index.readings for each in (*one.content_keys, id_key(one.id)))
    tried = outdated_keys(index.tried, ())
    found = [(number, key, lookup_keys(key)) for number, key in old.holding(pages.union(beside, tried))]
    gone = frozenset(number for number, key, found_by in found if _is_over(found_by, pages, tried))
    return [StoredRecord(number, reading_of(key)) for number, key, _ in found if number not in gone], gone


def _is_over(found_by: frozenset[bytes], pages: frozenset[bytes], tried: frozenset[bytes]) -> bool:
    # a page that was read is settled by its reading
    return pages.isdisjoint(found_by) and not tried.isdisjoint(found_by)
