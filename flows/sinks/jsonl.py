"""One ``records.jsonl`` in the output folder, always whole, each page in it once; ``identity`` says what one page is.

A run appends its records to a journal beside it and, at its end, merges the journal into a new
file that takes the old one's place in one step. A journal found at the start is what a killed run
left; it is merged first. So a record is either in the file or in the journal, at any moment.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from array import array
from collections.abc import Iterator, Set
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec
from msgspec import Struct, structs

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SinkError
from copydesk.flows.io.appending import append_whole
from copydesk.flows.io.machine_faults import advice_on, problem_of
from copydesk.flows.sinks.identity import Held, LineKey, Reading, Settlement, Slot, reading_of, settle
from copydesk.flows.sinks.record_sink import Stored
from copydesk.flows.sinks.standing import Standing, is_replaced

FILE_NAME = "records.jsonl"
"""The file in the output folder."""
# hidden names: reading the output folder as a source passes over them
JOURNAL_NAME = ".records.jsonl.journal"
FRESH_NAME = ".records.jsonl.new"

# in a record's JSON only the key itself can match: inside a string its quotes are escaped
_DURATION = re.compile(rb'"duration_ms":[^,}]*')
# [^"\\]|\\. passes over escaped quotes: an id may be any text of somebody's file
_ID = re.compile(rb'("id"\s*:\s*)"(?:[^"\\]|\\.)*"')
_DUPLICATE_OF = re.compile(rb'("duplicate_of"\s*:\s*)(?:null|"(?:[^"\\]|\\.)*")')

_decode_key = msgspec.json.Decoder(LineKey).decode


@contextlib.contextmanager
def told(folder: Path, problem: str) -> Iterator[None]:
    """Turns what the system says into a SinkError that tells what to do."""
    try:
        yield
    except OSError as error:
        advice = advice_on(error)
        if "run again" in advice:
            advice += ": what was written is kept"
        raise SinkError(folder, f"{problem}: {problem_of(error)}", advice=advice) from error


def make_folder(folder: Path) -> None:
    """Makes an output folder. Raises SinkError where there can be none."""
    with told(folder, "cannot be used"):
        folder.mkdir(parents=True, exist_ok=True)


class JsonlSink:
    """Writes records into ``folder`` (made if need be). One run at a time; see ``RecordSink``.

    A page known already keeps its place in the file and its id: its line is replaced if anything but
    ``processing.duration_ms`` has changed and ``standing`` lets the new record hold. New pages follow in
    the order written. Pages that ``identity`` finds to be one share a line; no two lines have an id in
    common, and ``duplicate_of`` names the first line with the same text. The line of a failure goes once
    there is a newer record of the same URL (where it has none, of the same source), or that URL has answered.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = -1
        self._journal = -1
        self._answered: set[str] = set()
        self._stored = Stored()

    def __enter__(self) -> Self:
        make_folder(self._folder)
        with told(self._folder, "cannot be used"):
            # the folder's own descriptor: it is locked, and its names are synced by it
            self._lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._claim()
            with told(self._folder, "cannot take what the last run left"):
                # no addresses: which answered, the ended run took with it
                self._publish(set())
            with told(self._folder, "cannot be written"):
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                self._journal = os.open(self._folder / JOURNAL_NAME, flags, 0o644)
        except BaseException:
            os.close(self._lock)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with told(self._folder, "cannot be completed"):
                # no name leads to the journal any more: somebody emptied or replaced the folder meanwhile
                is_gone = not os.fstat(self._journal).st_nlink
                os.close(self._journal)
                self._stored = self._publish(self._answered)
            if is_gone:
                raise SinkError(
                    self._folder,
                    "cannot be completed: what the run wrote there is gone",
                    advice="run again, and leave the folder in its place meanwhile",
                )
        except SinkError:
            if error is None:
                raise  # else the first trouble is the one to tell; the journal keeps the records
        finally:
            os.close(self._lock)

    def write(self, record: Record) -> None:
        """Appends a record to the journal. For one thread at a time."""
        with told(self._folder, "cannot be written"):
            append_whole(self._journal, encode(record))

    def answered(self, url: str) -> None:
        """Notes that an address answered, record or not. For any thread."""
        # one step under the interpreter's lock: threads of fetching need no other
        self._answered.add(url)

    @property
    def stored(self) -> Stored:
        """What this run's records came to; known once it is over."""
        return self._stored

    def _claim(self) -> None:
        """Locks the folder itself: that leaves nothing behind, and ends with the process."""
        with told(self._folder, "cannot be locked"):
            try:
                # flock and not lockf: closing any descriptor of a file ends the latter's locks
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SinkError(
                    self._folder,
                    "another run is writing here",
                    advice="wait for its end, or choose another folder with --output",
                ) from error

    def _publish(self, answered: Set[str]) -> Stored:
        """Merges the journal, if there is one, into the file."""
        journal, file = self._folder / JOURNAL_NAME, self._folder / FILE_NAME
        fresh = self._folder / FRESH_NAME
        if not journal.exists():
            return Stored()
        try:
            # beside the file: a name is replaced in one step only within one file system
            with journal.open("rb") as lines, fresh.open("wb") as target:
                merge = _Merge(file, lines, answered)
                merge.write(target)
                target.flush()
                # before it gets the name: else a power cut could leave the name with an empty file
                os.fsync(target.fileno())
            # without changes the file keeps its time: who watches it has nothing to do
            if merge.changes:
                fresh.replace(file)
                os.fsync(self._lock)  # the new name must be on disk before the journal goes
            # last: after a crash before this the same journal is merged once more, and changes nothing
            journal.unlink()
        finally:
            fresh.unlink(missing_ok=True)
        return merge.stored


class _Index(Struct):
    """What a journal holds: of each page the reading that holds and where its record begins; all that was tried."""

    readings: list[Reading]
    offsets: list[int]
    tried: set[str]
    again: int = 0
    """How many readings there are beside these: of pages that were read more than once."""


class _Merge:
    """The file's lines, brought up to date from the journal, then the new ones.

    Memory: less than two kilobytes a line of the journal (20,000 pages read again: 33 MB), eight bytes a line of the
    file.
    """

    def __init__(self, file: Path, journal: BinaryIO, answered: Set[str]) -> None:
        self._file = file
        self._journal = journal
        self._index = _index(journal)
        self._outdated: set[int] = set()
        self._settlement, self._texts = self._settle(answered)
        self._first_with: dict[bytes, str] = {}
        self._lines = 0
        self.changes = 0
        """How many lines are changed, new or gone."""

    @property
    def stored(self) -> Stored:
        """What was written."""
        settled = self._settlement
        return Stored(
            lines=self._lines,
            statuses=dict(settled.statuses),
            shared=settled.shared,
            again=self._index.again,
            kept=settled.kept,
        )

    def write(self, target: BinaryIO) -> None:
        """Writes all lines."""
        for number, old in enumerate(_lines(self._file)):
            new = self._line(number, old)
            self.changes += new != old
            self._lines += bool(new)
            target.write(new)
        # behind the file's lines, which keep their places: differences between two runs stay readable
        for slot in self._settlement.added:
            target.write(self._filled(slot, b""))
            self.changes += 1
            self._lines += 1

    def _line(self, number: int, old: bytes) -> bytes:
        """What becomes of a line of the file; nothing where it goes."""
        if number in self._outdated:
            return b""
        if number not in self._settlement.by_line:
            return self._remarked(old)
        slot = self._settlement.by_line[number]
        if slot is None:
            return b""
        new = self._filled(slot, old)
        # only the time it took differs: the old line stays, so that equal runs leave equal files
        return old if _DURATION.sub(b"", new) == _DURATION.sub(b"", old) else new

    def _remarked(self, line: bytes) -> bytes:
        """A line that nothing was read of, marked anew where another with its text came or went."""
        # decoded only where some text came or went at all
        key = _key(line) if self._texts else None
        return line if key is None else self._marked(line, reading_of(key).text, key.id)

    def _filled(self, slot: Slot, old: bytes) -> bytes:
        """The line that stands in a slot."""
        line = old if slot.page is None else _line_at(self._journal, self._index.offsets[slot.page])
        if slot.id != slot.reading.id:
            line = _set(_ID, line, slot.id)
        return self._marked(line, slot.reading.text, slot.id)

    def _marked(self, line: bytes, text: bytes | None, id_: str) -> bytes:
        """The line, naming the first that has the same text, where that may have changed."""
        if text is None or text not in self._texts:
            return line
        # in the order of the file: the first line with a text is the one that others name
        first = self._first_with.setdefault(text, id_)
        return _set(_DUPLICATE_OF, line, None if first == id_ else first)

    def _settle(self, answered: Set[str]) -> tuple[Settlement, Set[bytes]]:
        """What becomes of lines and readings, and the texts of which there may be more or fewer than there were."""
        held, repeated = self._touched(answered, frozenset())
        if repeated:  # a file from before ids were unique in it
            held, _ = self._touched(answered, repeated)
        readings = (*self._index.readings, *(line.reading for line in held))
        texts = frozenset(reading.text for reading in readings if reading.text is not None)
        return settle(held, self._index.readings), texts

    def _touched(self, answered: Set[str], repeated: Set[int]) -> tuple[list[Held], Set[int]]:
        """The lines that what was read may touch, or whose id's hash is in ``repeated``.

        And the hashes of the ids that several lines have.
        """
        readings = self._index.readings
        places = {place for reading in readings for place in (*reading.places, reading.file) if place}
        claims = {claim for reading in readings for claim in reading.claims}
        ids = {reading.id for reading in readings}
        # 8 bytes a line, not the id: two ids of one hash only cost a look at both lines
        held, hashes = [], array("q")
        for number, line in enumerate(_lines(self._file)):
            if (key := _key(line)) is None:
                continue
            old = reading_of(key)
            is_read = not places.isdisjoint(old.places) or old.file in places
            # a page that was read is settled by its reading, however old its line
            if not is_read and _is_outdated(key, self._index.tried, answered):
                self._outdated.add(number)
                continue
            hashes.append(hash(key.id))
            if is_read or key.id in ids or hashes[-1] in repeated or not claims.isdisjoint(old.claims):
                held.append(Held(number, old))
        return held, _repeated(hashes)


def _repeated(hashes: array[int]) -> Set[int]:
    return {one for one, other in pairwise(sorted(hashes)) if one == other}


def _set(field: re.Pattern[bytes], line: bytes, value: str | None) -> bytes:
    """A line with another value of a field."""
    return field.sub(lambda match: match[1] + msgspec.json.encode(value), line, count=1)


def _index(journal: BinaryIO) -> _Index:
    index = _Index([], [], set())
    page_at: dict[bytes, int] = {}
    offset = 0
    for line in journal:
        key = _key(line)
        if key is not None:
            index.tried.update(key.attempts)
            _enter(index, page_at, reading_of(key), offset)
        # broken lines count too: offsets are places in the file
        offset += len(line)
    return index


def _enter(index: _Index, page_at: dict[bytes, int], reading: Reading, offset: int) -> None:
    """Takes a reading up, unless an earlier one of its page holds against it."""
    number = next((page_at[place] for place in reading.places if place in page_at), None)
    if number is None:
        number = len(index.readings)
        index.readings.append(reading)
        index.offsets.append(offset)
    else:
        index.again += 1
        if not is_replaced(index.readings[number].standing, reading.standing):
            return
        # both ways to find the page: a line of the file may be known by either
        places = dict.fromkeys((*reading.places, *index.readings[number].places))
        index.readings[number] = structs.replace(reading, places=tuple(places))
        index.offsets[number] = offset
    page_at.update(dict.fromkeys(reading.places, number))


def _is_outdated(known: LineKey, tried: Set[str], answered: Set[str]) -> bool:
    """Whether a line goes that has no newer record of its own page."""
    # the URL; kind and name of the source where there is none
    if known.standing is Standing.FAILED and known.attempts[0] in tried:
        return True
    # what was never fetched says only that nobody answered
    return known.fetched_at is None and known.standing <= Standing.UNSEEN and known.url in answered


def _line_at(journal: BinaryIO, offset: int) -> bytes:
    journal.seek(offset)
    return journal.readline()


def _lines(file: Path) -> Iterator[bytes]:
    """The file's lines, the last one ended in any case; none where there is no file."""
    with contextlib.suppress(FileNotFoundError), file.open("rb") as lines:
        for line in lines:
            # an editor may have left out the last line feed: the next line would run into it
            yield line if line.endswith(b"\n") else line + b"\n"


def _key(line: bytes) -> LineKey | None:
    """Whose line it is; None for half a line or anything else that is no record."""
    # what a killed run left half-written in the journal
    if not line.endswith(b"\n"):
        return None
    try:
        return _decode_key(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
