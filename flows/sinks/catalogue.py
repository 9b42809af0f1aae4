"""Where records go: shelves by their names, ours and those that other packages bring."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from copydesk.flows.errors import SettingsError
from copydesk.flows.sinks.journalled_sink import JournalledSink, Refine
from copydesk.flows.sinks.merging.merge import CopyMarks
from copydesk.flows.sinks.merging.versions import VERSIONS
from copydesk.flows.sinks.output_folder import STORES
from copydesk.flows.sinks.shelf import Place, Shelf
from copydesk.flows.suggestions import suggestion

GROUP = "copydesk.sinks"
"""The group of entry points, each a function that makes a ``Shelf`` of a ``Place``."""


@lru_cache(maxsize=1)
def _found() -> dict[str, EntryPoint]:
    return {one.name: one for one in entry_points(group=GROUP)}


def sink_names() -> tuple[str, ...]:
    """The values of ``--sink``, in order."""
    return tuple(sorted(_found()))


def shelf_named(name: str, place: Place) -> Shelf:
    """The shelf of a sink; nothing is opened yet.

    Raises SettingsError where there is none of the name or the place lacks what it needs, EnvironmentFault where a
    package does.
    """
    if name not in _found():
        hint = suggestion(name, sink_names(), otherwise="is copydesk installed whole?")
        raise SettingsError(f"--sink: unknown sink {name!r}; {hint}")
    make: Callable[[Place], Shelf] = _found()[name].load()
    return make(place)


def store_at(path: Path) -> Shelf | None:
    """The store in an output folder, or the one that is named itself (``output/records.sqlite``), if there is one.

    Raises SettingsError where a folder holds several, EnvironmentFault where a package is missing.
    """
    folder, named = (path.parent, path.name) if path.name.startswith("records.") else (path, None)
    found = [
        name
        for name in STORES
        if named in (None, f"records.{name}") and (folder / f"records.{name}").exists()
    ]
    if len(found) > 1:
        listed = ", ".join(str(folder / f"records.{name}") for name in found)
        raise SettingsError(f"{folder}: holds several stores; name one: {listed}")
    return shelf_named(found[0], Place(folder)) if found else None


def sink_named(
    name: str,
    place: Place,
    *,
    versions: str = "all",
    refine: Refine = nullcontext,
    copies: CopyMarks | None = None,
) -> JournalledSink:
    """What a run into this place writes to. ``versions``: one of ``VERSIONS``; ``copies``: how they are marked, if at
    all. Raises as ``shelf_named`` does.
    """
    return JournalledSink(place.folder, shelf_named(name, place), VERSIONS[versions], refine, copies)
