"""How the files of a listed source are to be read."""

from __future__ import annotations

from collections.abc import Iterable

from flows.source_entry import SourceEntry
from flows.sources import Input, Listed, Reading

_INPUTS = {"jsonl": Input.JSONL, "warc": Input.WARC}


def listed_files(paths: Iterable[str], entry: SourceEntry) -> tuple[str | Listed, ...]:
    """The paths with what the list says of them: their kind, whatever their names, and what their fields are called."""
    reading = Reading(_INPUTS.get(entry.kind, Input.AUTO), entry.fields)
    return tuple(path if reading == Reading() else Listed(path, reading) for path in paths)
