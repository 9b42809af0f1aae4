"""What a sink is."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from copydesk.cleaners.schema import Record


class RecordSink(Protocol):
    """Where records go: the contract of everything in ``SINKS``.

    Used as a context manager:

    - entering takes the place for this run alone, and brings in whole what an ended run left;
    - a record handed to ``write`` survives the end of the process, however it comes;
    - leaving publishes: readers see all of it or none. It happens on the way out of an error too;
    - writing the same record again, in this run or a later one, changes nothing;
    - of two records of a page that one is kept which ``standing`` says holds.

    All raise SinkError where the place does not play along.
    """

    def __enter__(self) -> Self:
        """Takes the place."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Publishes and gives the place back."""
        ...

    def write(self, record: Record) -> None:
        """Keeps a record."""
        ...

    def answered(self, url: str) -> None:
        """Notes that an address answered in this run: that it did not before is said no longer. For any thread."""
        ...
