"""One ``records.jsonl`` in the output folder, always whole: a merge writes a new file, which takes the old one's place
in one step.
"""

from __future__ import annotations

import contextlib
import os
from array import array
from collections.abc import Iterable, Iterator, Set
from itertools import pairwise
from pathlib import Path

from copydesk.flows.sinks.identity import marks_of
from copydesk.flows.sinks.output_folder import sync_names
from copydesk.flows.sinks.record_lines import key_of
from copydesk.flows.sinks.shelf import Changes, Found, Place

FILE_NAME = "records.jsonl"
"""The file in the output folder."""
# a hidden name: reading the output folder as a source passes over it
FRESH_NAME = ".records.jsonl.new"


class JsonlShelf:
    """Records as the lines of a file. Lines that are no records stay where they are; see ``Shelf``."""

    name = "jsonl"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / FILE_NAME

    @property
    def where(self) -> str:
        """The file."""
        return str(self._file)

    def prepare(self) -> None:
        """Nothing: the sink has made the folder."""

    @contextlib.contextmanager
    def opened(self) -> Iterator[_OpenFile]:
        """The file, rewritten beside it where anything changes."""
        fresh = self._folder / FRESH_NAME
        try:
            file = _OpenFile(self._file, fresh)
            yield file
            # without changes the file keeps its time: who watches it has nothing to do
            if file.is_changed:
                fresh.replace(self._file)
                sync_names(self._folder)  # the new name must be on disk before the journal goes
        finally:
            fresh.unlink(missing_ok=True)

    def lines(self) -> Iterator[bytes]:
        """The lines of the file as it is when the first is asked for."""
        return _lines(self._file)


class _OpenFile:
    """The file while it is changed. Memory: eight bytes a line of it, beside what is found."""

    def __init__(self, file: Path, fresh: Path) -> None:
        self._file = file
        self._fresh = fresh
        self._offsets: dict[int, int] = {}
        self.is_changed = False

    def holding(self, marks: Set[bytes]) -> Iterable[Found]:
        """Found in one pass over the file; in a second one where ids are not unique in it."""
        found, repeated = self._found(marks, frozenset())
        return self._found(marks, repeated)[0] if repeated else found

    def _found(self, marks: Set[bytes], repeated: Set[int]) -> tuple[list[Found], Set[int]]:
        """The records that have one of the marks, or whose id's hash is in ``repeated``; and the hashes of the ids that
        several have.
        """
        # 8 bytes a line, not the id: two ids of one hash only cost a look at both lines
        found, hashes, offset = [], array("q"), 0
        for number, line in enumerate(_lines(self._file)):
            if (key := key_of(line)) is not None:
                hashes.append(hash(key.id))
                if hashes[-1] in repeated or not marks.isdisjoint(marks_of(key)):
                    found.append(Found(number, key))
                    self._offsets[number] = offset
            offset += len(line)
        return found, {one for one, other in pairwise(sorted(hashes)) if one == other}

    def line(self, number: int) -> bytes:
        """One of the lines that were found."""
        with self._file.open("rb") as file:
            file.seek(self._offsets[number])
            return _ended(file.readline())

    def change(self, changes: Changes) -> int:
        """Writes the new file."""
        count = 0
        with self._fresh.open("wb") as target:
            for number, old in enumerate(_lines(self._file)):
                if number in changes.gone:
                    self.is_changed = True
                    continue
                became = changes.became.get(number)
                new = became(old) if became else old
                self.is_changed = self.is_changed or new != old
                target.write(new)
                count += 1
            # behind the file's lines, which keep their places: differences between two runs stay readable
            for added in changes.added:
                target.write(added())
                self.is_changed = True
                count += 1
            target.flush()
            # before it gets the name: else a power cut could leave the name with an empty file
            os.fsync(target.fileno())
        return count


def _lines(file: Path) -> Iterator[bytes]:
    """The file's lines, the last one ended in any case; none where there is no file."""
    with contextlib.suppress(FileNotFoundError), file.open("rb") as lines:
        yield from map(_ended, lines)


def _ended(line: bytes) -> bytes:
    # an editor may have left out the last line feed: the next line would run into it
    return line if line.endswith(b"\n") else line + b"\n"


def jsonl(place: Place) -> JsonlShelf:
    """The shelf of ``--sink jsonl``."""
    return JsonlShelf(place.folder)
