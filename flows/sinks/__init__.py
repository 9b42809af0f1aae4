"""Where records go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from flows.sinks.jsonl import JsonlSink
from flows.sinks.record_sink import RecordSink
from flows.sinks.removals import REMOVALS

__all__ = ["REMOVALS", "SINKS", "JsonlSink", "RecordSink"]

SINKS: Mapping[str, Callable[[Path], RecordSink]] = MappingProxyType({"jsonl": JsonlSink})
"""Format to what writes it into an output folder."""
