"""Lines of a store that are no records (cut short, damaged by the disk, written by hand), moved to a file beside it.

They are there before the store is without them: who is killed in between finds them in both, and the next merge takes
them from the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from msgspec.structs import replace

from copydesk.flows.sinks.files.file_format import PLAIN
from copydesk.flows.sinks.files.scanning import ScannedFiles
from copydesk.flows.sinks.output_folder import BROKEN, sync_names
from copydesk.flows.sinks.shelf import Changes


def set_aside(folder: Path, old: ScannedFiles, changes: Changes) -> Changes:
    """The changes of a merge, by which broken lines go as well; they are beside the store by then. Raises OSError."""
    if not old.broken:
        return changes
    fresh = folder / f".{BROKEN}.new"
    known = set(_lines(folder))
    found = (line for _, line in old.lines(old.broken) if line not in known)
    try:
        PLAIN.write(fresh, chain(_lines(folder), found))
        fresh.replace(folder / BROKEN)
        sync_names(folder)
    finally:
        fresh.unlink(missing_ok=True)
    return replace(changes, gone=changes.gone | frozenset(old.broken))


def count_set_aside(folder: Path) -> int:
    """How many lines were moved out of the stores in an output folder. Raises OSError."""
    return sum(1 for _ in _lines(folder))


def _lines(folder: Path) -> Iterator[bytes]:
    file = folder / BROKEN
    return PLAIN.read(file) if file.exists() else iter(())
