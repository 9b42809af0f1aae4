"""What a sink is."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Literal, Protocol, Self

from msgspec import Struct

from copydesk.cleaners.schema import Record

Became = Literal["new", "changed", "unchanged"]
"""What became of a record that was read. *new*: the store had no record of that id. *changed*: it had one, which says
another thing of the page (``record_lines.reads_the_same``). *unchanged*: it had one that says the same, or that stays.
"""


class Stored(Struct, frozen=True):
    """What the records of a run came to. ``statuses``: of the lines that now stand for them; all else counts pages.

    ``lines``: of the store as a whole. ``became``: by the numbers of the records, in the order they were written,
    counted from 0; of those alone that have a record of their own. ``shared``: pages that say what another says, and
    share its record. ``again``: readings of pages that were read again in the same run. ``kept``: pages that were not
    to be had this time, and keep their record of before. ``versions``: pages that have a new version, as their text has
    changed. ``copies``: records that are copies of other articles; ``left_out``: those that are in no store for that.
    """

    lines: int = 0
    # an empty mapping as a default is copied by msgspec: no two share it
    statuses: Mapping[str, int] = {}
    became: Mapping[int, Became] = {}
    shared: int = 0
    again: int = 0
    kept: int = 0
    versions: int = 0
    copies: int = 0
    left_out: int = 0


# a protocol: a sink need not inherit from anything of ours
class RecordSink(Protocol):
    """Where records go: the contract of everything in ``SINKS``.

    Used as a context manager:

    - entering takes the place for this run alone, and brings in whole what an ended run left;
    - a record handed to ``write`` survives the end of the process, however it comes;
    - leaving publishes: readers see all of it or none. It happens on the way out of an error too;
    - writing the same record again, in this run or a later one, changes nothing;
    - of two records of a page that one is kept which ``record_rank`` says holds;
    - what one page is, and what id it has, ``identity`` says: no two records of a store have one id in common.

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

    # not what write() returns: only the merge at the end knows which lines hold
    @property
    def stored(self) -> Stored:
        """What the records of this run came to; known once it was left."""
        ...

    # apart from write(): a page that has not changed answers without a record
    def answered(self, url: str) -> None:
        """Notes that an address answered in this run: that it did not before is said no longer. For any thread."""
        ...
