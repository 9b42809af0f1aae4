"""What lies in files that know no index: found by reading them through."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Collection, Iterator, Sequence, Set
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from copydesk.flows.sinks.files.file_format import FileFormat
from copydesk.flows.sinks.identity import marks_of
from copydesk.flows.sinks.record_lines import key_of
from copydesk.flows.sinks.shelf import Found


class Extent(NamedTuple):
    """How much is in a file: lines, and their bytes before they are packed."""

    records: int
    bytes: int


class ScannedFiles:
    """Files of one format, read as one after the other. Memory: eight bytes a record, beside what is found."""

    def __init__(self, files: Sequence[Path], format_: FileFormat) -> None:
        self.files = files
        self._format = format_
        self._extents: dict[Path, Extent] = {}

    def in_file(self, file: Path) -> Iterator[bytes]:
        """The lines of one of the files, the last one ended in any case."""
        records = size = 0
        for line in self._format.read(file):
            # an editor may have left out the last line feed: the next line would run into it
            ended = line if line.endswith(b"\n") else line + b"\n"
            records += 1
            size += len(ended)
            yield ended
        self._extents[file] = Extent(records, size)

    def extents(self) -> list[tuple[Path, Extent]]:
        """The files and how much is in each; what was not read to its end so far is read now."""
        for file in self.files:
            if file not in self._extents:
                deque(self.in_file(file), maxlen=0)
        return [(file, self._extents[file]) for file in self.files]

    def all_lines(self) -> Iterator[bytes]:
        """The lines of all of them."""
        for file in self.files:
            yield from self.in_file(file)

    def lines(self, numbers: Collection[int]) -> Iterator[tuple[int, bytes]]:
        """See ``OpenShelf``."""
        wanted = frozenset(numbers)
        return ((number, line) for number, line in enumerate(self.all_lines()) if number in wanted)

    def holding(self, marks: Set[bytes]) -> list[Found]:
        """See ``OpenShelf``: in one pass over the files; in a second one where ids are not unique in them."""
        found, repeated = self._found(marks, frozenset())
        return self._found(marks, repeated)[0] if repeated else found

    def _found(self, marks: Set[bytes], repeated: Set[int]) -> tuple[list[Found], Set[int]]:
        """The records that have one of the marks, or whose id's hash is in ``repeated``; and the hashes of the ids that
        several have.
        """
        # 8 bytes a record, not the id: two ids of one hash only cost a look at both records
        found, hashes = [], array("q")
        for number, line in enumerate(self.all_lines()):
            if (key := key_of(line)) is not None:
                hashes.append(hash(key.id))
                if hashes[-1] in repeated or not marks.isdisjoint(marks_of(key)):
                    found.append(Found(number, key))
        return found, {one for one, other in pairwise(sorted(hashes)) if one == other}
