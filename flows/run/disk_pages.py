"""What sources on the disk hold for a run: pages of its shard whose records are not written yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from copydesk.cleaners.types import Page
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.catalogue import DiskSource, Place, Shard, Unreadable, read_listed, read_pages
from copydesk.flows.sources.file_names import NOT_THERE, is_there, near
from copydesk.flows.sources.opening.field_names import FieldNames
from copydesk.flows.sources.remote import REMOTE

if TYPE_CHECKING:
    from copydesk.flows.library.records.page_notes import PageNotes


def places_of(source: str | DiskSource, tally: SourceTally) -> list[str]:
    """The files and folders of a source that are there; the others are counted."""
    paths = source.paths if isinstance(source, DiskSource) else (source,)
    there = [name for name in paths if is_there(name)]
    # none of them is a page that failed: what is not there has no record
    for name in paths:
        if name not in there:
            problem = f"{NOT_THERE}{near(name)}"
            tally.miss(problem if name == source else f"{name}: {problem}")
    return there


class DiskPages(Struct, frozen=True):
    """How a run reads its sources on the disk. ``memory``: what is known of their pages; ``shard``: None for all."""

    fields: FieldNames
    memory: PageNotes | None
    shard: Shard | None

    def of(
        self, source: str | DiskSource, tally: SourceTally, places: Sequence[Place]
    ) -> Iterator[Page | Unreadable]:
        """The pages of a source at these of its places, in order and counted, those of other shards left out."""
        tally.is_begun = True
        for item in self._items(source, tally, places):
            if isinstance(item, Unreadable) and item.source.kind == REMOTE:
                # no page that failed: as what is not there on the disk, it has no record
                problem = f"{item.source.name}: {item.message}"
                if item.reason == "missing":
                    tally.miss(problem)
                else:
                    tally.fail_to_list(problem, item.reason)
                continue
            tally.listed += 1
            # dated before the source's `since`
            if item is None:
                tally.leave_out("old")
                continue
            tally.requested += 1
            yield item
        tally.is_ended = True
        if isinstance(source, DiskSource) and tally.requested - tally.spared == source.limit:
            tally.remark = f"its limit of {source.limit} was reached"

    def _items(
        self, source: str | DiskSource, tally: SourceTally, places: Sequence[Place]
    ) -> Iterator[Page | Unreadable | None]:
        """The pages; None for each that is too old."""
        remark = partial(setattr, tally, "remark")
        if isinstance(source, DiskSource):
            found = read_listed(
                source, places=places, memory=self.memory, is_known=self._is_left_out, notify=remark
            )
            for item in found:
                if item is None and self.memory is not None:
                    self.memory.leave_out()
                yield item
            return
        for page in read_pages(places, fields=self.fields, memory=self.memory, notify=remark):
            if not self._is_left_out(page):
                yield page

    def _is_left_out(self, item: Page | Unreadable) -> bool:
        # first: what is looked up in the memory counts as a page of its file
        if self.shard is not None and not self.shard.has(item):
            # whatever ended it early, its file may have further pages of this shard
            if isinstance(item, Unreadable) and self.memory is not None:
                self.memory.leave_out()
            return True
        return self.memory is not None and self.memory.knows(item)
