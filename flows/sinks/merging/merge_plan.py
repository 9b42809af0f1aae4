"""A merge while it is made up: what becomes of which records, before anything is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from copydesk.flows.sinks.identity import LineKey, Settlement, Target, reading_of


class PlannedRecord(Struct):
    """What a record of the store becomes.

    ``text``: digest of its text, None where it has none that counts. ``page``: number of the reading whose record it
    is; None for what the backend has. ``old_id``: the id of the record in its place before, None where that is new.
    ``fields``: values of the record's fields that differ from those it has.
    """

    id: str
    text: bytes | None
    page: int | None = None
    old_id: str | None = None
    fields: dict[str, Any] = {}


class NewestVersion(Struct, frozen=True):
    """A record of the backend that what was read may touch, as it was; the newest of its page."""

    id: str
    text: bytes | None
    version: int


class PastVersion(Struct, frozen=True):
    """A past version on the backend."""

    number: int
    version: int
    content_hash: str | None


class MergePlan(Struct):
    """What a merge makes of a backend.

    ``entries``: by the numbers of records on the backend; None where one goes. What has no entry stays as it is.
    ``added``: follows them all. ``held``: what the backend has at the numbers of ``entries``; ``past``: older versions,
    by id. ``read``: the line of a reading. ``versions``: how many pages have a new version; ``copies``: how many
    records that were read are copies of others; ``left_out``: the statuses of those that were left out for it;
    ``instead``: by their pages, the ids of the records that they are copies of. ``kept``: of readings below
    which the stored record of their page ranks, its number there.
    """

    entries: dict[int, PlannedRecord | None]
    added: list[PlannedRecord]
    held: Mapping[int, NewestVersion]
    past: Mapping[str, Sequence[PastVersion]]
    read: Callable[[int], bytes]
    versions: int = 0
    copies: int = 0
    left_out: Counter[str] = msgspec.field(default_factory=Counter)
    instead: dict[int, str] = {}
    kept: Mapping[int, int] = {}

    def entry(self, number: int, key: LineKey) -> PlannedRecord | None:
        """What becomes of a record of the backend; without an entry in the plan it stays, and none is made."""
        if number in self.entries:
            return self.entries[number]
        return PlannedRecord(id=key.id, text=reading_of(key).text, old_id=key.id)

    def amend(self, number: int | None, entry: PlannedRecord, **fields: Any) -> None:
        """Gives the record of an entry other values of its fields."""
        entry.fields.update(fields)
        if number is not None:
            self.entries[number] = entry


def merge_plan_of(
    settlement: Settlement,
    held: Mapping[int, NewestVersion],
    past: Mapping[str, Sequence[PastVersion]],
    read: Callable[[int], bytes],
) -> MergePlan:
    """The plan in which everything is settled."""
    return MergePlan(
        entries={
            number: None if target is None else _entry(target, held[number].id)
            for number, target in settlement.by_line.items()
        },
        added=[_entry(target, None) for target in settlement.added],
        held=held,
        past=past,
        read=read,
        kept=settlement.kept,
    )


def _entry(target: Target, old_id: str | None) -> PlannedRecord:
    fields = {} if target.id == target.reading.id else {"id": target.id}
    return PlannedRecord(
        id=target.id, text=target.reading.text, page=target.page, old_id=old_id, fields=fields
    )
