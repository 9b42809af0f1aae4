"""Writes what a batch makes of the records of a library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from copydesk.flows.io.databases import batched
from copydesk.flows.library.copies.near_duplicates import Mark, settle_copies
from copydesk.flows.library.copies.precedence import Entry as Text
from copydesk.flows.library.records.damaged import is_damaged
from copydesk.flows.library.records.plan import BatchPlan
from copydesk.flows.library.records.record_lines import differs_only_in_duration, with_fields
from copydesk.flows.library.records.record_table import RecordTable, Written
from copydesk.flows.library.tables import copy_text, record

_decode_text: Final = msgspec.json.Decoder(Text).decode


class Writing:
    """Writes a plan: records, the marks of copies among them, and the words to search."""

    def __init__(
        self, connection: sa.Connection, table: RecordTable, plan: BatchPlan, run: int, *, moves: bool
    ) -> None:
        self._moves = moves
        self._connection = connection
        self._table = table
        self._plan = plan
        self._run = run
        self.changed: set[int] = set()
        """The numbers of records that a reading with other content has replaced."""

    def write(self, gates: Sequence[str | None], *, has_copies: bool) -> dict[int, int]:
        """Writes all; the numbers of what was added, by their places among ``added``."""
        plan, table = self._plan, self._table
        added = dict(enumerate(table.numbers(len(plan.added)))) if plan.added else {}
        written: dict[int, Written] = {}
        amended: dict[int, dict[str, Any]] = {}
        olds = dict(table.lines([n for n, entry in plan.entries.items() if entry and entry.page is not None]))
        for number, entry in plan.entries.items():
            if entry is None:
                continue
            if entry.page is None:
                if entry.fields:
                    amended[number] = entry.fields
                continue
            new, row = plan.read(entry.page), plan.rows[number]
            # what recurred on its site comes back where it is not moved any more
            is_whole = self._moves or row.content_hash == row.key.content_hash
            is_whole = is_whole and not is_damaged(olds[number])
            if plan.made(entry.page) == row.made and is_whole:
                if fields := _of_this_reading(olds[number], new) | entry.fields:
                    amended[number] = fields
            else:
                line = with_fields(new, entry.fields)
                self.changed.add(number)
                made = plan.made(entry.page)
                written[number] = Written(line, made, self._run, row.since_run, gates[entry.page])
        for place, entry in enumerate(plan.added):
            assert entry.page is not None  # noqa: S101 - only what was read is added
            line = with_fields(plan.read(entry.page), entry.fields) if entry.fields else plan.read(entry.page)
            made = plan.made(entry.page)
            written[added[place]] = Written(line, made, self._run, self._run, gates[entry.page])
        removed = [number for number, entry in plan.entries.items() if entry is None]
        if has_copies:
            self._mark_copies(written, amended, removed)
        table.remove(removed)
        table.amend(amended)
        table.replace({number: one for number, one in written.items() if number in plan.entries})
        table.add({number: one for number, one in written.items() if number not in plan.entries})
        return added

    def _mark_copies(
        self, written: dict[int, Written], amended: dict[int, dict[str, Any]], removed: Sequence[int]
    ) -> None:
        """Enters which records are copies: of those that are written, and of those that are there."""
        past = [number for number, fields in amended.items() if fields.get("next") is not None]
        texts = {number: text_of(one.line) for number, one in written.items()}
        settled = settle_copies(self._connection, texts, [*removed, *past])
        marks: dict[int, _Mark] = {number: (one.original, one.similarity) for number, one in settled.items()}
        renamed = [number for number, fields in amended.items() if "id" in fields]
        renamed += [number for number in written if number in self._plan.rows and self._is_renamed(number)]
        found = marks | _marks_of(self._connection, written.keys(), renamed)
        ids = _ids_of(self._connection, {one for one, _ in found.values() if one is not None})
        ids |= {number: fields["id"] for number, fields in amended.items() if "id" in fields}
        ids |= {number: _id_of(one.line) for number, one in written.items()}
        for number, (original, similarity) in found.items():
            fields = {
                "duplicate_of": None if original is None else ids[original],
                "duplicate_similarity": similarity,
            }
            if number in written and original is None:
                continue  # it was read as none
            if number in written:
                one = written[number]
                written[number] = msgspec.structs.replace(one, line=with_fields(one.line, fields))
            else:
                amended[number] = amended.get(number, {}) | fields

    def _is_renamed(self, number: int) -> bool:
        entry = self._plan.entries[number]
        return entry is not None and entry.id != self._plan.rows[number].key.id


def _of_this_reading(old: bytes, new: bytes) -> dict[str, Any]:
    """What a reading with the same content changes: when and by what it was read; nothing if that took another time."""
    if differs_only_in_duration(old, new):
        return {}
    before, now = _decode_reading(old), _decode_reading(new)
    if before.fetched_at == now.fetched_at and differs_only_in_duration(
        bytes(before.processing), bytes(now.processing)
    ):
        return {}
    return {"fetched_at": now.fetched_at, "processing": now.processing}


class _Reading(Struct, frozen=True):
    processing: msgspec.Raw
    fetched_at: str | None = None


_decode_reading = msgspec.json.Decoder(_Reading).decode


class _Id(Struct, frozen=True):
    id: str


def _id_of(line: bytes) -> str:
    return msgspec.json.decode(line, type=_Id).id


def text_of(line: bytes) -> Text:
    """What is compared of a record: nothing, where it does not read like ours."""
    try:
        return _decode_text(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Text(status="failed")


def enter_marks(connection: sa.Connection, table: RecordTable, marks: Mapping[int, Mark]) -> None:
    """Enters which records are copies."""
    originals = {one.original for one in marks.values() if one.original is not None}
    ids = _ids_of(connection, originals)
    table.amend(
        {
            number: {
                "duplicate_of": None if one.original is None else ids[one.original],
                "duplicate_similarity": one.similarity,
            }
            for number, one in marks.items()
        }
    )


_Mark = tuple[int | None, float | None]


def _marks_of(connection: sa.Connection, written: Set[int], renamed: Sequence[int]) -> dict[int, _Mark]:
    """The marks of records that are written, and of the copies of those that are renamed."""
    found: dict[int, _Mark] = {}
    query = sa.select(copy_text.c.number, copy_text.c.original, copy_text.c.similarity)
    for column, numbers in ((copy_text.c.number, sorted(written)), (copy_text.c.original, renamed)):
        for some in batched(numbers):
            for number, original, similarity in connection.execute(query.where(column.in_(some))):
                found[number] = (original, similarity)
    return found


def _ids_of(connection: sa.Connection, numbers: Set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in batched(sorted(numbers)):
        query = sa.select(record.c.number, record.c.id).where(record.c.number.in_(some))
        found.update((number, id_) for number, id_ in connection.execute(query))
    return found
