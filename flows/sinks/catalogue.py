"""Where records go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from copydesk.flows.sinks.jsonl import FILE_NAME, JsonlSink, make_folder
from copydesk.flows.sinks.record_sink import RecordSink, Stored
from copydesk.flows.sinks.removals import REMOVALS

__all__ = ["FILE_NAME", "REMOVALS", "SINKS", "JsonlSink", "RecordSink", "Stored", "make_folder"]

SINKS: Mapping[str, Callable[[Path], RecordSink]] = MappingProxyType({"jsonl": JsonlSink})
"""Format to what writes it into an output folder."""
