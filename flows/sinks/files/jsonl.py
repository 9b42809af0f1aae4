"""JSON Lines: one file, or parts; as they are, or packed.

One file is always whole: a merge writes a new one, which takes its place in one step.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from copydesk.flows.sinks.files.file_format import GZIP, PLAIN, ZSTD, FileFormat
from copydesk.flows.sinks.files.parts import PartRule, Parts, size_of
from copydesk.flows.sinks.files.scanned_files import ChangedLines, OpenFiles, ScannedFiles, move_broken_lines
from copydesk.flows.library.output_folder import sink_errors, sync_names
from copydesk.flows.sinks.store_backend import Changes, StoreBackend, StoreLocation, check_unused

FILE_NAME = "records.jsonl"
"""The store of ``--sink jsonl`` in the output folder."""


def file_backend(format_: FileFormat, place: StoreLocation) -> StoreBackend:
    """One file, unless parts are wanted or there are some already. Raises SettingsError, SinkError."""
    check_unused(place, format_.suffix.removeprefix("."), "database")
    size = None if place.part_size is None else size_of(place.part_size)
    rule = PartRule(size, place.part_by == "day")
    # it may lie in a folder that this user may not look into
    with sink_errors(place.folder, "cannot be used"):
        if not rule and not (place.folder / f"records{format_.suffix}").is_dir():
            return OneFile(place.folder, format_)
        parts = Parts(place.folder, format_, rule)
        parts.check()
    return parts


# of --sink jsonl, jsonl.gz and jsonl.zst
jsonl, jsonl_gz, jsonl_zst = (partial(file_backend, one) for one in (PLAIN, GZIP, ZSTD))


class OneFile:
    """Records as the lines of a file. Lines that are no records are moved to a file beside it; see ``StoreBackend``."""

    def __init__(self, folder: Path, format_: FileFormat, stem: str = "records") -> None:
        self._folder = folder
        self._format = format_
        self._file = folder / f"{stem}{format_.suffix}"
        self.name = format_.suffix.removeprefix(".")
        self.where = str(self._file)

    def prepare(self) -> None:
        """Nothing: the sink has made the folder."""

    @contextlib.contextmanager
    def opened(self) -> Iterator[_OpenFile]:
        """The file, rewritten beside it where anything changes."""
        # a hidden name: reading the output folder as a source passes over it
        fresh = self._folder / f".{self._file.name}.new"
        try:
            file = _OpenFile(self._scanned(), fresh, self._format)
            yield file
            # without changes the file keeps its time: who watches it has nothing to do
            if file.is_changed:
                fresh.replace(self._file)
                sync_names(self._folder)  # the new name must be on disk before the journal goes
        finally:
            fresh.unlink(missing_ok=True)

    def lines(self) -> Iterator[bytes]:
        """The lines of the file as it is when the first is read."""
        with sink_errors(self._file, "cannot be read"):
            yield from self._scanned().all_lines()

    def _scanned(self) -> ScannedFiles:
        return ScannedFiles([self._file] if self._file.exists() else [], self._format)


class _OpenFile(OpenFiles):
    """The file while it is changed."""

    def change(self, changes: Changes) -> int:
        """Writes the new file."""
        changes = move_broken_lines(self._fresh.parent, self._old, changes)
        lines = ChangedLines(self._old.all_lines(), changes, deque(changes.added))
        self._format.write(self._fresh, lines)
        self.is_changed = lines.is_changed
        return lines.count
