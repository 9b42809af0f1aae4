"""What a batch makes of the records of a library, before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from copydesk.flows.library.records.identity import PlannedRecord, Reading
from copydesk.flows.library.records.record_table import Row


class BatchPlan(Struct):
    """What a batch makes of records.

    ``entries``: by the numbers of records; None where one goes. What has no entry stays as it is. ``added``: follows
    them all. ``rows`` and ``held``: what is at the numbers of ``entries``; ``past``: older versions, by id. ``read``:
    the line of a reading; ``made``: its digest. ``versions``: how many pages have a new version.
    """

    run: int
    entries: dict[int, PlannedRecord | None]
    added: list[PlannedRecord]
    rows: Mapping[int, Row]
    held: Mapping[int, Reading]
    past: Mapping[str, Sequence[Row]]
    read: Callable[[int], bytes]
    made: Callable[[int], bytes]
    versions: int = 0

    def is_of_this_run(self, number: int) -> bool:
        """Whether the record that is there was read in this run, too."""
        return self.rows[number].run == self.run
