"""What a run has written and no backend has yet: records appended one by one, there however the run ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct, structs

from copydesk.flows.io.posix import append_whole, regular_descriptor
from copydesk.flows.library.identity import Reading, is_superseded_by, reading_of
from copydesk.flows.library.record_lines import key_of


def journal_file(folder: Path, backend: str) -> Path:
    """The journal of runs into ``folder`` that fill the backend of this name."""
    # hidden: reading the output folder as a source passes over it
    return folder / f".records.{backend}.journal"


def stores_with_journals(folder: Path) -> list[str]:
    """The names of backends for which journals lie in a folder: of runs that were killed, or go on."""
    return sorted(
        file.name[len(".records.") : -len(".journal")] for file in folder.glob(".records.*.journal")
    )


class Journal:
    """A file that records are appended to; raises OSError. For one thread at a time."""

    def __init__(self, file: Path) -> None:
        self._descriptor = regular_descriptor(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def append(self, line: bytes) -> None:
        """Keeps a record's line, whole or not at all."""
        append_whole(self._descriptor, line)

    def close(self) -> bool:
        """Ends the writing. Whether the file still has its name: somebody may have emptied the folder meanwhile."""
        is_there = os.fstat(self._descriptor).st_nlink > 0
        os.close(self._descriptor)
        return is_there


class Index(Struct):
    """What a journal holds: of each page the reading that holds and where its record begins; all that was tried."""

    readings: list[Reading]
    offsets: list[int]
    written: list[int]
    """Of each page the number of that record, in the order they were written."""
    tried: set[str]
    again: int = 0
    """How many readings there are beside these: of pages that were read more than once."""


def index_of(journal: BinaryIO) -> Index:
    """Reads a journal once; half a line at its end is none."""
    index = Index([], [], [], set())
    page_at: dict[bytes, int] = {}
    offset = 0
    for written, line in enumerate(journal):
        if (key := key_of(line)) is not None:
            index.tried.update(key.attempts)
            reading = reading_of(key)
            number = next((page_at[each] for each in reading.url_keys if each in page_at), None)
            if number is None:
                number = len(index.readings)
                index.readings.append(reading)
                index.offsets.append(offset)
                index.written.append(written)
                page_at.update(dict.fromkeys(reading.url_keys, number))
            else:
                index.again += 1
                # else the earlier one of its page holds against it
                if is_superseded_by(index.readings[number], reading):
                    # both ways to find the page: an older record may be known by either
                    keys = dict.fromkeys((*reading.url_keys, *index.readings[number].url_keys))
                    index.readings[number] = structs.replace(reading, url_keys=tuple(keys))
                    index.offsets[number], index.written[number] = offset, written
                    page_at.update(dict.fromkeys(reading.url_keys, number))
        # broken lines count too: offsets are places in the file
        offset += len(line)
    return index
