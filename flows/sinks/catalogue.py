"""Where records go: backends by their names, ours and those that other packages bring."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from copydesk.flows.errors import SettingsError
from copydesk.flows.sinks.journalled_sink import JournalledSink, Refine
from copydesk.flows.sinks.merging.versions import VERSIONS
from copydesk.flows.sinks.output_folder import check_is_file, sinks
from copydesk.flows.sinks.store_backend import StoreBackend, StoreLocation
from copydesk.flows.suggestions import suggestion

if TYPE_CHECKING:
    from copydesk.flows.sinks.merging.copies import NearCopies


def sink_names() -> tuple[str, ...]:
    """The values of ``--sink``, in order."""
    return tuple(sinks())


def backend_named(name: str, place: StoreLocation) -> StoreBackend:
    """The backend of a sink; nothing is opened yet.

    Raises SettingsError where there is none of the name or the place lacks what it needs, EnvironmentFault where a
    package does, SinkError where its store can be none.
    """
    if name not in sinks():
        hint = suggestion(name, sink_names(), otherwise="is copydesk installed whole?")
        raise SettingsError(f"--sink: unknown sink {name!r}; {hint}")
    check_is_file(place.folder / f"records.{name}")
    make: Callable[[StoreLocation], StoreBackend] = sinks()[name].load()
    return make(place)


def store_at(path: Path) -> StoreBackend | None:
    """The store in an output folder, or the one that is named itself (``output/records.sqlite``), if there is one.

    Raises SettingsError where a folder holds several, EnvironmentFault where a package is missing.
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
    """What a run into this place writes to. ``versions``: one of ``VERSIONS``; ``copies``: how they are marked, if at
    all. Raises as ``backend_named`` does.
    """
    return JournalledSink(place.folder, backend_named(name, place), VERSIONS[versions], refine, copies)
