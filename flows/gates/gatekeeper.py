"""The gates of a run: which of them a record has to pass, and where it waits when it does not."""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.schema import Record
from copydesk.flows.gates.gate import Gate, Stopped, stopped_by


class Gatekeeper:
    """Gates by sources. ``general`` holds for all; what a source says itself, in ``own`` by name, goes before it."""

    def __init__(self, general: Gate, own: Mapping[str, Gate]) -> None:
        self._general = general
        self._by_source = {name: general.under(gate) for name, gate in own.items()}

    @property
    def asked(self) -> tuple[Gate, tuple[tuple[str, Gate], ...]]:
        """All that is asked of records; equal where the same is."""
        return self._general, tuple(sorted(self._by_source.items()))

    @property
    def has_any(self) -> bool:
        """Whether anything is asked of any record."""
        return any(gate != Gate() for gate in (self._general, *self._by_source.values()))

    def stopped(self, record: Record, source: str) -> Stopped | None:
        """The gate that a record of this source does not pass, or None."""
        return stopped_by(record, self._by_source.get(source, self._general))
