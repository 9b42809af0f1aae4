"""Records whose lines in the database are damaged: shown as failed, so that nobody stops at one and its page is read
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from copydesk.cleaners.schema import SCHEMA_VERSION
from copydesk.flows.io.zstandard import zstd
from copydesk.flows.library.records.record_lines import DAMAGED
from copydesk.flows.library.tables import record

# what a record shows of itself without its line
_SHOWN = (
    "id", "url", "canonical_url", "fetched_at", "title", "language", "content_hash", "version", "next",
)  # fmt: skip


def unpacked(stored: bytes) -> bytes | None:
    """A record's line, with its end, as a row has it; None of one that is damaged."""
    if stored.startswith(b"{"):
        return bytes(stored)
    try:
        return zstd.decompress(stored)
    except (zstd.ZstdError, MemoryError):  # of a size that is damaged
        return None


def lines_of(
    connection: sa.Connection, rows: Iterable[Any], damaged: list[int] | None = None
) -> Iterator[tuple[int, bytes]]:
    """The lines of records by their numbers, of rows that have these two; ``damaged`` gets the numbers of such."""
    for number, stored in rows:
        line = unpacked(stored)
        if line is None and damaged is not None:
            damaged.append(number)
        yield number, _failed(connection, number) if line is None else line


def is_damaged(line: bytes) -> bool:
    """Whether a line is that of a record whose own is damaged."""
    return b'"reason":"damaged"' in line and _decode(line) == _Reason("failed", DAMAGED)


class _Reason(msgspec.Struct, frozen=True):
    status: str
    reason: str | None = None


_decode = msgspec.json.Decoder(_Reason).decode


def _failed(connection: sa.Connection, number: int) -> bytes:
    """A line of what the row still says, as long as the one that is damaged: files know where each of theirs ends."""
    row = connection.execute(sa.select(record).where(record.c.number == number)).one()
    copydesk, _, rules = (row.rules or "").partition(" ")
    source = {"kind": row.source_kind, "name": row.source_name}
    fields = {
        "schema_version": SCHEMA_VERSION,
        "status": "failed",
        "reason": DAMAGED,
        "source": source | ({"retrieved_from": row.retrieved_from} if row.retrieved_from else {}),
        "processing": {"copydesk": copydesk, "rules": rules, "options": ""},
    }
    line = msgspec.json.encode({name: getattr(row, name) for name in _SHOWN} | fields)
    return line.ljust(row.size - 1) + b"\n"
