"""Where the records of a run go: its library, and the view of it that ``--sink`` names; and to which library an output
folder belongs. One on a server leaves a small file there, of which no place, number or time of a file says anything;
one that lies in the folder is its own mark.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec
from msgspec import Struct, structs

from copydesk.cleaners.suggestions import suggestion
from copydesk.flows.config.option import read_size
from copydesk.flows.errors import EnvironmentFault, SettingsError, SinkError
from copydesk.flows.io.databases import EXAMPLE
from copydesk.flows.io.extras import install
from copydesk.flows.io.output_folder import check_is_database, sink_errors, sync_names
from copydesk.flows.io.sinks import DATABASE_SINKS, FILE_SINKS, sink_names

if TYPE_CHECKING:
    from copydesk.flows.library.files.formats import FileFormat
    from copydesk.flows.library.files.record_view import RecordView


class StoreLocation(NamedTuple):
    """The options of a run about its records. ``database``: the URL of its library, if that is PostgreSQL's.
    ``part_size``, ``part_by``: when a view begins a new part.
    """

    folder: Path
    database: str | None = None
    part_size: str | None = None
    part_by: str | None = None


def check_sink(name: str, place: StoreLocation) -> None:
    """Raises SettingsError for an unknown sink, and for an option that it lacks or does not use."""
    if name not in sink_names():
        hint = suggestion(name, sink_names(), otherwise="is copydesk installed whole?")
        raise SettingsError(f"--sink: unknown sink {name!r}; {hint}")
    unused = [] if name == "postgresql" else ["database"]
    unused += ["part_size", "part_by"] if name in DATABASE_SINKS else []
    for option in unused:
        if getattr(place, option) is not None:
            raise SettingsError(f"--{option.replace('_', '-')}: means nothing to --sink {name}")
    if name == "postgresql" and not place.database:
        raise SettingsError(f"--sink postgresql needs --database, such as {EXAMPLE}")


def file_format(name: str) -> FileFormat:
    """The format of the view that ``--sink`` names. Raises EnvironmentFault for a missing package."""
    # here: few commands need them
    from copydesk.flows.library.files.formats import FORMATS

    if name == "parquet" and find_spec("pyarrow") is None:
        raise EnvironmentFault(f"--sink parquet needs pyarrow: {install('parquet')}")
    return FORMATS[name]


def earlier_views(name: str | None, folder: Path) -> Iterator[RecordView]:
    """The views that runs with another ``--sink`` may have left in a folder."""
    from copydesk.flows.library.files.parts import PartRule
    from copydesk.flows.library.files.record_view import RecordView

    for one in FILE_SINKS:
        file = folder / f"records.{one}"
        # a folder that no run has made is somebody else's
        if one != name and (file.is_file() or file.is_symlink()):
            # Parquet's, where its package has gone since
            with contextlib.suppress(EnvironmentFault):
                yield RecordView(folder, file_format(one), PartRule())


def view_of_run(name: str, place: StoreLocation) -> RecordView | None:
    """The view that a run keeps for its sink; None of one that is the library itself. Raises as ``check_sink`` and
    ``file_format`` do, SinkError if the view's name is something else.
    """
    check_sink(name, place)
    if name in DATABASE_SINKS:
        return None
    from copydesk.flows.library.files.parts import PartRule
    from copydesk.flows.library.files.record_view import RecordView

    check_is_database(place.folder / f"records.{name}")
    size = None if place.part_size is None else read_size(place.part_size)
    # it may lie in a folder that this user may not look into
    with sink_errors(place.folder, "cannot be used"):
        return RecordView(place.folder, file_format(name), PartRule(size, place.part_by == "day"))


# --- marks of folders

MARK = ".library.json"
"""In the output folder: the mark of one whose library is on a server."""


class Mark(Struct, frozen=True):
    """``library``: its id; ``where``: its address, without a password; ``folder``: how it knows this one, wherever that
    is moved.
    """

    library: str
    where: str
    folder: str

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """That of a folder. Raises SinkError where it cannot be read."""
        file = folder / MARK
        with sink_errors(file, "cannot be read"):
            if not file.exists():
                return None
            try:
                return msgspec.json.decode(file.read_bytes(), type=cls)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                advice = "bring back a copy, or remove it"
                raise SinkError(
                    file, "does not say of which library this folder is", advice=advice
                ) from error

    @classmethod
    def for_library(cls, folder: Path, library: str, where: str) -> Self:
        """That of a folder whose run fills a library on a server. Raises SettingsError where it is of another one."""
        found = cls.of(folder)
        if found is not None and found.library == library:
            return structs.replace(found, where=where)
        # where the library has been made anew, it is as if the folder had none
        if found is None or found.where == where:
            return cls(library, where, secrets.token_hex(8))
        raise SettingsError(
            f"{folder}: belongs to the library {found.where}, and {where} would get the new records; name another "
            f"--output, or remove {folder / MARK} if that library is no more"
        )

    def write(self, folder: Path) -> None:
        """Puts it into a folder, whole, unless it is there. Raises OSError, and as ``of`` does."""
        if self.of(folder) == self:
            return
        fresh = folder / f"{MARK}.new"
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(self) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / MARK)
        sync_names(folder)


def check_is_of_none(folder: Path) -> None:
    """Raises SettingsError where a folder is to have a library of its own, and belongs to one on a server."""
    if found := Mark.of(folder):
        raise SettingsError(
            f"{folder}: belongs to the library {found.where}; name it with --database or --state, name another --output, "
            f"or remove {folder / MARK} if that library is no more"
        )
