"""Where the records of a run go: its library, and the view of it that ``--sink`` names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from copydesk.cleaners.suggestions import suggestion
from copydesk.flows.config.option import read_size
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.io.databases import EXAMPLE
from copydesk.flows.io.extras import install
from copydesk.flows.io.output_folder import check_is_database, sink_errors
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
