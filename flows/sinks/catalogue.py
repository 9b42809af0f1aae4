"""Makes sinks and backends by name: ours, and those of other packages."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from copydesk.cleaners.suggestions import suggestion
from copydesk.flows.errors import SettingsError
from copydesk.flows.sinks.journalled_sink import JournalledSink, Refine
from copydesk.flows.library.versions import VERSIONS
from copydesk.flows.library.output_folder import check_is_database, sinks
from copydesk.flows.sinks.store_backend import StoreBackend, StoreLocation

if TYPE_CHECKING:
    from copydesk.flows.sinks.merging.copies import NearCopies


def sink_names() -> tuple[str, ...]:
    """The values of ``--sink``, in order."""
    return tuple(sinks())


def backend_named(name: str, place: StoreLocation) -> StoreBackend:
    """The backend of a sink, not yet opened.

    Raises SettingsError for an unknown name or a missing option, EnvironmentFault for a missing package, SinkError if
    the path of its store is something else.
    """
    if name not in sinks():
        hint = suggestion(name, sink_names(), otherwise="is copydesk installed whole?")
        raise SettingsError(f"--sink: unknown sink {name!r}; {hint}")
    check_is_database(place.folder / f"records.{name}")
    make: Callable[[StoreLocation], StoreBackend] = sinks()[name].load()
    return make(place)


def store_at(path: Path) -> StoreBackend | None:
    """The store in an output folder, or at its own path (``output/records.sqlite``); None if there is none.

    Raises SettingsError if a folder has several, EnvironmentFault for a missing package.
    """
    folder, named = (path.parent, path.name) if path.name.startswith("records.") else (path, None)
    found = [
        name
        for name in sink_names()
        if named in (None, f"records.{name}") and (folder / f"records.{name}").exists()
    ]
    if len(found) > 1:
        listed = " or ".join(quote(str(folder / f"records.{name}")) for name in found)
        raise SettingsError(f"{folder}: holds several stores; name one in place of the folder: {listed}")
    return backend_named(found[0], StoreLocation(folder)) if found else None


def sink_named(
    name: str,
    place: StoreLocation,
    *,
    versions: str = "all",
    refine: Refine = nullcontext,
    copies: NearCopies | None = None,
) -> JournalledSink:
    """The sink of a run. ``versions``: a key of ``VERSIONS``; ``copies``: marks near-duplicates. Raises as
    ``backend_named``.
    """
    return JournalledSink(place.folder, backend_named(name, place), VERSIONS[versions], refine, copies)
