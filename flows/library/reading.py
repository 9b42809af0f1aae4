"""The records that commands read: those of a library, or of a file of records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.flows.errors import SettingsError
from copydesk.flows.io.output_folder import (
    EARLIER_STORE,
    LIBRARY,
    check_is_database,
    check_is_file,
    sink_errors,
)
from copydesk.flows.io.sinks import FILE_SINKS
from copydesk.flows.library.records.line_key import LineKey

if TYPE_CHECKING:
    from copydesk.flows.library.library import Library
    from copydesk.flows.library.records.record_rows import RecordRows


class ToBeTaken(SettingsError):
    """What an earlier copydesk has left is read once a run has taken it over."""


class LibraryRecords:
    """The records of a library. ``where``: the view that its runs keep, if there is one."""

    def __init__(self, folder: Path, address: str | None) -> None:
        self.folder = folder
        self.address = address
        if address is None:
            # the view that was written last: that of an earlier --sink stays as it was
            views = (path for one in FILE_SINKS if (path := folder / f"records.{one}").exists())
            view = max(views, key=lambda path: path.stat().st_mtime, default=folder / LIBRARY)
            self.where = str(view)
        else:
            from copydesk.flows.library.database import library_database

            self.where = library_database(folder, address).where

    def lines(self, *, newest_first: bool = False) -> Iterator[bytes]:
        """All records, each with its end, in one state. Raises SettingsError where there is no library."""
        with self.rows() as rows:
            yield from rows.lines(newest_first=newest_first)

    @contextmanager
    def rows(self, *, is_aside: bool = False) -> Iterator[RecordRows]:
        """Its records at one moment. Raises SettingsError where there is no library."""
        # here: SQLAlchemy takes a third of a second to import
        from copydesk.flows.library.records.record_rows import RecordRows

        with self.opened() as library, library.reading() as connection:
            yield RecordRows(connection, is_aside=is_aside)

    def opened(self) -> Library:
        """The library, a context manager. Raises SettingsError where there is none."""
        from copydesk.flows.library.library import Library

        library = Library.look(self.folder, self.address)
        if library is None:
            raise SettingsError(
                f"{self.where}: holds no library; copydesk ingest makes it, and takes over what an earlier copydesk left"
            )
        return library

    def keys(self) -> Iterator[LineKey]:
        """The keys of all records, in order."""
        with self.rows() as rows:
            yield from rows.keys()

    def lines_called(self, name: str) -> Iterator[bytes]:
        """The records with an id that begins so, with this URL (its own or canonical), or of this source."""
        with self.rows() as rows:
            yield from rows.lines_called(name)


class FileRecords:
    """The records of a file, or of the parts in a folder."""

    def __init__(self, path: Path, suffix: str) -> None:
        self._path = path
        self._suffix = suffix
        self.where = f"{path}/" if path.is_dir() else str(path)

    def lines(self, *, newest_first: bool = False) -> Iterator[bytes]:
        """All lines, damaged ones, too, in one state. ``newest_first``: all are read before the last is given, as
        files go forwards. Raises SinkError if it cannot be read.
        """
        if newest_first:
            yield from reversed(list(self.lines()))
            return
        from copydesk.flows.library.files.parts import LinkedStates
        from copydesk.flows.library.place import file_format

        format_ = file_format(self._suffix)
        with sink_errors(self._path, "cannot be read"):
            if self._path.is_file():
                yield from format_.read(self._path)
                return
            with LinkedStates(self._path).locked() as state:
                for file in sorted((state or self._path).glob(f"*{format_.suffix}")):
                    yield from format_.read(file)


StoredRecords = LibraryRecords | FileRecords
"""Records in order. ``where``: for messages, without a password."""


def records_at(place: Path, database: str | None = None) -> StoredRecords | None:
    """The records of an output folder, of a file of records, or of the library in a database; None if there is nothing.

    Raises SettingsError if a folder without a library has several files of records, ToBeTaken if it has what only a run
    takes over, SinkError where one is no file, EnvironmentFault where a library cannot be opened.
    """
    if database is not None:
        return LibraryRecords(place, database)
    suffix = max((one for one in FILE_SINKS if place.name.endswith(f".{one}")), key=len, default=None)
    if suffix is not None and (place.is_file() or place.is_dir()):
        return FileRecords(place, suffix)
    if place.name in (LIBRARY, EARLIER_STORE) and place.is_file():
        place = place.parent
    check_is_database(place / LIBRARY)
    if (place / LIBRARY).exists():
        from copydesk.flows.library.library import Library

        # else no run has begun to fill it
        if library := Library.look(place):
            library.close()
            return LibraryRecords(place, None)
    found = [one for one in FILE_SINKS if (place / f"records.{one}").exists()]
    if len(found) > 1:
        listed = " or ".join(str(place / f"records.{one}") for one in found)
        raise SettingsError(f"{place}: holds several stores; name one in place of the folder: {listed}")
    if not found and (place / EARLIER_STORE).exists():
        raise ToBeTaken(
            f"{place}: holds {EARLIER_STORE} of an earlier copydesk; the next run of copydesk ingest takes it over"
        )
    if not found:
        return None
    path = place / f"records.{found[0]}"
    check_is_file(path)
    return FileRecords(path, found[0])
