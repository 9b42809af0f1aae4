"""Files without an index: records are found by reading them through.

Lines that are no records (cut short, damaged by the disk, written by hand) are moved to a file beside the store. They
are there before the store is without them: who is killed in between finds them in both, and the next merge takes them
from the store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from itertools import chain
from math import inf
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from copydesk.flows.sinks.files.file_format import PLAIN, FileFormat
from copydesk.flows.library.identity import LineKey, lookup_keys
from copydesk.flows.library.output_folder import BROKEN, sync_names
from copydesk.flows.sinks.store_backend import Changes, FoundRecord


class Extent(NamedTuple):
    """How much is in a file: lines, and their bytes before they are packed."""

    records: int
    bytes: int


class ScannedFiles:
    """Files of one format, read as one after the other. Memory: what is found."""

    def __init__(self, files: Sequence[Path], format_: FileFormat) -> None:
        self.files = files
        self._format = format_
        self._extents: dict[Path, Extent] = {}
        self.broken: list[int] = []
        """The numbers of lines that are no records, known once ``holding`` was called."""

    def extents(self) -> list[tuple[Path, Extent]]:
        """The files and how much is in each; what was not scanned so far is scanned now."""
        for file in self.files:
            if file not in self._extents:
                deque(self._scan(file), maxlen=0)
        return [(file, self._extents[file]) for file in self.files]

    def _scan(self, file: Path) -> Iterator[LineKey | None]:
        records = size = 0
        for key, bytes_ in self._format.scan(file):
            records += 1
            size += bytes_
            yield key
        self._extents[file] = Extent(records, size)

    def all_lines(self) -> Iterator[bytes]:
        """The lines of all of them."""
        for file in self.files:
            yield from self._format.read(file)

    def lines(self, numbers: Collection[int]) -> Iterator[tuple[int, bytes]]:
        wanted = frozenset(numbers)
        return ((number, line) for number, line in enumerate(self.all_lines()) if number in wanted)

    def holding(self, keys: Set[bytes]) -> list[FoundRecord]:
        """See ``OpenBackend``: in one pass over the files."""
        found, self.broken = [], []
        for number, key in enumerate(key for file in self.files for key in self._scan(file)):
            if key is None:
                self.broken.append(number)
            elif not keys.isdisjoint(lookup_keys(key)):
                found.append(FoundRecord(number, key))
        return found


class OpenFiles:
    """Files in the hands of a merge, which writes others to ``fresh``; see ``OpenBackend``."""

    def __init__(self, old: ScannedFiles, fresh: Path, format_: FileFormat) -> None:
        self._old = old
        self._fresh = fresh
        self._format = format_
        self.holding = old.holding
        self.lines = old.lines
        self.is_changed = False


class ChangedLines:
    """The lines of a file after a merge: what becomes of its own, then new ones while there is room for their bytes.

    ``first``: the number of the file's first line. ``added``: new lines, which are taken from it. ``count`` and
    ``is_changed`` hold once all were read.
    """

    def __init__(
        self,
        old: Iterator[bytes],
        changes: Changes,
        added: deque[Callable[[], bytes]],
        *,
        first: int = 0,
        room: float = inf,
    ) -> None:
        self._old = old
        self._changes = changes
        self._added = added
        self._first = first
        self._room = room
        self.count = 0
        self.is_changed = False

    def __iter__(self) -> Iterator[bytes]:
        for number, old in enumerate(self._old, start=self._first):
            if number in self._changes.gone:
                self.is_changed = True
                continue
            became = self._changes.became.get(number)
            new = became(old) if became else old
            self.is_changed = self.is_changed or new != old
            self.count += 1
            yield new
        # behind the file's lines, which keep their places: differences between two runs stay readable
        while self._added and self._room > 0:
            line = self._added.popleft()()
            self._room -= len(line)
            self.is_changed = True
            self.count += 1
            yield line


def move_broken_lines(folder: Path, old: ScannedFiles, changes: Changes) -> Changes:
    """The changes of a merge, by which broken lines go as well; they are beside the store by then. Raises OSError."""
    if not old.broken:
        return changes
    fresh = folder / f".{BROKEN}.new"
    known = set(_broken_lines(folder))
    found = (line for _, line in old.lines(old.broken) if line not in known)
    try:
        PLAIN.write(fresh, chain(_broken_lines(folder), found))
        fresh.replace(folder / BROKEN)
        sync_names(folder)
    finally:
        fresh.unlink(missing_ok=True)
    return replace(changes, gone=changes.gone | frozenset(old.broken))


def count_broken_lines(folder: Path) -> int:
    """How many lines were moved out of the stores in an output folder. Raises OSError."""
    return sum(1 for _ in _broken_lines(folder))


def _broken_lines(folder: Path) -> Iterator[bytes]:
    file = folder / BROKEN
    return PLAIN.read(file) if file.exists() else iter(())
