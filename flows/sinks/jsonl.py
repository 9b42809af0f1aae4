"""One ``records.jsonl`` in the output folder, always whole, each page in it once.

A run appends its records to a journal beside it and, at its end, merges the journal into a new
file that takes the old one's place in one step. A journal found at the start is what a killed run
left; it is merged first. So a record is either in the file or in the journal, at any moment.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec
from msgspec import Struct

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.appending import append_whole
from copydesk.flows.errors import SinkError
from copydesk.flows.machine_faults import advice_on, problem_of
from copydesk.flows.sinks.standing import Standing, is_replaced, standing_of

FILE_NAME = "records.jsonl"
"""The file in the output folder."""
JOURNAL_NAME = ".records.jsonl.journal"
FRESH_NAME = ".records.jsonl.new"

_DURATION = re.compile(rb'"duration_ms":[^,}]*')
"""In a record's JSON only the key itself can match: inside a string its quotes are escaped."""


class _Source(msgspec.Struct, frozen=True):
    name: str
    kind: str = ""


class _Key(msgspec.Struct, frozen=True):
    """As much of a line as tells whose it is, and what it knows."""

    id: str
    source: _Source
    status: str
    reason: str | None = None
    url: str | None = None
    fetched_at: str | None = None

    @property
    def page(self) -> str:
        """The same for the same page in any run.

        Copies of an article share the id, which is their canonical URL's, and differ in the
        source's name: all of them are kept.
        """
        return f"{self.id} {self.source.name}"

    @property
    def address(self) -> str | None:
        """The same for records of one page under two ids: one that was not read has not told its canonical URL."""
        return f"{self.url} {self.source.name}" if self.url else None

    @property
    def places(self) -> tuple[str, ...]:
        """By which it is known that something was tried again."""
        by_source = f"{self.source.kind} {self.source.name}"
        return (self.url, by_source) if self.url else (by_source,)

    @property
    def standing(self) -> Standing:
        """What it knows of the page."""
        return standing_of(self.status, self.reason)


_decode_key = msgspec.json.Decoder(_Key).decode


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

    A page known already, by id and source name, keeps its place in the file: its line is replaced
    if anything but ``processing.duration_ms`` has changed and ``standing`` lets the new record hold.
    New pages follow in the order written. What is known under another id, but by the same URL and
    source name, is the same page too. The line of a failure goes once there is a newer record of the
    same URL (where it has none, of the same source), or that URL has answered.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = -1
        self._journal = -1
        self._answered: set[str] = set()

    def __enter__(self) -> Self:
        make_folder(self._folder)
        with told(self._folder, "cannot be used"):
            self._lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._claim()
            with told(self._folder, "cannot take what the last run left"):
                self._publish()
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
                is_gone = not os.fstat(self._journal).st_nlink
                os.close(self._journal)
                self._publish()
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
        self._answered.add(url)

    def _claim(self) -> None:
        """Locks the folder itself: that leaves nothing behind, and ends with the process."""
        with told(self._folder, "cannot be locked"):
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SinkError(
                    self._folder,
                    "another run is writing here",
                    advice="wait for its end, or choose another folder with --output",
                ) from error

    def _publish(self) -> None:
        """Merges the journal, if there is one with anything in it, into the file."""
        journal, file = self._folder / JOURNAL_NAME, self._folder / FILE_NAME
        fresh = self._folder / FRESH_NAME
        if not journal.exists():
            return
        try:
            with journal.open("rb") as lines, fresh.open("wb") as target:
                changes = _merge(file, lines, target, self._answered)
                target.flush()
                os.fsync(target.fileno())
            if changes:
                fresh.replace(file)
                os.fsync(self._lock)  # the new name must be on disk before the journal goes
            journal.unlink()
        finally:
            fresh.unlink(missing_ok=True)


class _Entry(Struct, frozen=True):
    """A record in a journal: where it begins, and what it knows."""

    offset: int
    standing: Standing


class _Index(Struct, frozen=True):
    """What a journal holds: page to the record of it that holds, address to page, and all that was tried.

    ``done``: pages whose record has its place in the file, or none because an older one holds.
    """

    latest: dict[str, _Entry]
    by_address: dict[str, str]
    tried: set[str]
    done: set[str]


def _merge(file: Path, journal: BinaryIO, target: BinaryIO, answered: set[str]) -> int:
    """Writes the file's lines, brought up to date from the journal, then the new ones; how many changed.

    Memory: an entry a line of the journal, none for the file's.
    """
    index = _index(journal)
    changes = 0
    for old in _lines(file):
        kept = _updated(old, index, journal, answered)
        target.write(kept)
        changes += kept != old
    added = [entry for page, entry in index.latest.items() if page not in index.done]
    target.writelines(_line_at(journal, entry.offset) for entry in added)
    return changes + len(added)


def _index(journal: BinaryIO) -> _Index:
    index = _Index({}, {}, set(), set())
    offset = 0
    for line in journal:
        key = _key(line)
        if key is not None:
            _enter(index, key, _Entry(offset, key.standing))
        offset += len(line)
    return index


def _enter(index: _Index, key: _Key, entry: _Entry) -> None:
    """Takes a record up, unless an earlier one of its page holds against it."""
    index.tried.update(key.places)
    other = index.by_address.get(key.address) if key.address else None
    known = [index.latest[page] for page in (key.page, other) if page in index.latest]
    if not all(is_replaced(one.standing, entry.standing) for one in known):
        return
    if other is not None and other != key.page:
        index.latest.pop(other, None)
    index.latest[key.page] = entry
    if key.address:
        index.by_address[key.address] = key.page


def _updated(old: bytes, index: _Index, journal: BinaryIO, answered: set[str]) -> bytes:
    """What becomes of a line of the file; notes in the index whose record is dealt with."""
    known = _key(old)
    if known is None:
        return old
    entry = index.latest.get(known.page)
    if entry is None:
        return b"" if _is_outdated(known, index, answered) else old
    index.done.add(known.page)
    if not is_replaced(known.standing, entry.standing):
        return old
    new = _line_at(journal, entry.offset)
    return old if _DURATION.sub(b"", new) == _DURATION.sub(b"", old) else new


def _is_outdated(known: _Key, index: _Index, answered: set[str]) -> bool:
    """Whether a line goes that has no newer record under its own id; notes in the index what it holds against."""
    if known.standing is Standing.FAILED and known.places[0] in index.tried:
        return True
    # what was never fetched says only that nobody answered
    if known.fetched_at is None and known.standing <= Standing.UNSEEN and known.url in answered:
        return True
    page = index.by_address.get(known.address) if known.address else None
    entry = index.latest.get(page) if page else None
    if page is None or entry is None:
        return False
    is_gone = is_replaced(known.standing, entry.standing)
    if not is_gone:
        index.done.add(page)
    return is_gone


def _line_at(journal: BinaryIO, offset: int) -> bytes:
    journal.seek(offset)
    return journal.readline()


def _lines(file: Path) -> Iterator[bytes]:
    """The file's lines, the last one ended in any case; none where there is no file."""
    with contextlib.suppress(FileNotFoundError), file.open("rb") as lines:
        for line in lines:
            yield line if line.endswith(b"\n") else line + b"\n"


def _key(line: bytes) -> _Key | None:
    """Whose line it is; None for half a line or anything else that is no record."""
    if not line.endswith(b"\n"):
        return None
    try:
        return _decode_key(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
