"""Writes what a batch makes of the records of a library."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from copydesk.flows.io.databases import batched
from copydesk.flows.library.copies.precedence import Entry as Text
from copydesk.flows.library.copies.settling import Mark, settle_copies
from copydesk.flows.library.records.plan import BatchPlan
from copydesk.flows.library.records.record_lines import decode_key, differs_only_in_duration, with_fields
from copydesk.flows.library.records.record_rows import is_damaged
from copydesk.flows.library.records.record_table import RecordTable, Written
from copydesk.flows.library.tables import copy_text, record

_decode_text: Final = msgspec.json.Decoder(Text).decode


def write_plan(connection: sa.Connection, table: RecordTable, plan: BatchPlan, *, moves: bool) -> None:
    """Writes a plan: records, the marks of copies among them, and the words to search. ``moves``: as ``BatchWriter``
    has it.
    """
    if plan.added:
        for new, number in zip(plan.added, table.numbers(len(plan.added)), strict=True):
            new.number = number
    written: dict[int, Written] = {}
    amended: dict[int, dict[str, Any]] = {}
    olds = dict(table.lines([n for n, entry in plan.entries.items() if entry and entry.page is not None]))
    for number, entry in plan.entries.items():
        if entry is None or entry.page is None:
            if entry is not None and entry.fields:
                amended[number] = entry.fields
            continue
        read, row = plan.pages[entry.page], plan.rows[number]
        # what recurred on its site comes back where it is not moved any more
        is_whole = moves or row.content_hash == row.key.content_hash
        if read.made == row.made and is_whole and not is_damaged(olds[number]):
            if fields := _of_this_reading(olds[number], read.line) | entry.fields:
                amended[number] = fields
        else:
            plan.changed.add(number)
            line = with_fields(read.line, entry.fields)
            written[number] = Written(line, read.made, plan.run, row.since_run, read.gate)
    for new in plan.added:
        assert new.page is not None and new.number is not None  # noqa: S101, PT018 - only what was read is added
        read = plan.pages[new.page]
        line = with_fields(read.line, new.fields)
        written[new.number] = Written(line, read.made, plan.run, plan.run, read.gate)
    removed = [number for number, entry in plan.entries.items() if entry is None]
    if not table.is_aside:
        _mark_copies(connection, plan, written, amended, removed)
    table.remove(removed)
    table.amend(amended)
    table.replace({number: one for number, one in written.items() if number in plan.entries})
    table.add({number: one for number, one in written.items() if number not in plan.entries})


def _mark_copies(
    connection: sa.Connection,
    plan: BatchPlan,
    written: dict[int, Written],
    amended: dict[int, dict[str, Any]],
    removed: Collection[int],
) -> None:
    """Enters which records are copies: of those that are written, and of those that are there."""
    past = [number for number, fields in amended.items() if fields.get("next") is not None]
    texts = {number: text_of(one.line) for number, one in written.items()}
    marks = settle_copies(connection, texts, [*removed, *past])
    renamed = [number for number, fields in amended.items() if "id" in fields]
    for number in written.keys() & plan.rows.keys():
        entry = plan.entries[number]
        if entry is not None and entry.id != plan.rows[number].key.id:
            renamed.append(number)
    # of records that are written, and of the copies of those that are renamed
    query = sa.select(copy_text.c.number, copy_text.c.original, copy_text.c.similarity)
    for column, numbers in ((copy_text.c.number, sorted(written)), (copy_text.c.original, renamed)):
        for some in batched(numbers):
            found = connection.execute(query.where(column.in_(some)))
            marks |= {number: Mark(original, similarity) for number, original, similarity in found}
    new_ids = {number: fields["id"] for number, fields in amended.items() if "id" in fields}
    new_ids |= {number: decode_key(one.line).id for number, one in written.items()}
    for number, fields in _fields_of(connection, marks, new_ids).items():
        if number not in written:
            amended[number] = amended.get(number, {}) | fields
        elif fields["duplicate_of"] is not None:  # else it was read as none
            one = written[number]
            written[number] = replace(one, line=with_fields(one.line, fields))


def _fields_of(
    connection: sa.Connection, marks: Mapping[int, Mark], new_ids: Mapping[int, str]
) -> dict[int, dict[str, Any]]:
    """The fields by which records say what they are copies of. ``new_ids``: of records that are not written yet."""
    ids: dict[int, str] = {}
    for some in batched(sorted({one.original for one in marks.values() if one.original is not None})):
        query = sa.select(record.c.number, record.c.id).where(record.c.number.in_(some))
        ids.update((number, id_) for number, id_ in connection.execute(query))
    ids.update(new_ids)
    return {
        number: {
            "duplicate_of": None if one.original is None else ids[one.original],
            "duplicate_similarity": one.similarity,
        }
        for number, one in marks.items()
    }


def mark_again(
    connection: sa.Connection,
    table: RecordTable,
    lines: Iterable[tuple[int, bytes]],
    gone: Collection[int] = (),
) -> None:
    """Settles once more which records are copies, where some are new or have other texts, and others are ``gone``."""
    texts = {number: text_of(line) for number, line in lines}
    table.amend(_fields_of(connection, settle_copies(connection, texts, gone), {}))


def text_of(line: bytes) -> Text:
    """What is compared of a record: nothing, where it does not read like ours."""
    try:
        return _decode_text(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Text(status="failed")


class _Reading(Struct, frozen=True):
    processing: msgspec.Raw
    fetched_at: str | None = None


_decode_reading = msgspec.json.Decoder(_Reading).decode


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
