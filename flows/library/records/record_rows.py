"""The records of a library as they are read: their keys from columns, and their lines. One that is damaged is shown as
failed, so that nobody stops at it and its page is read again.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import structs

from copydesk.cleaners.schema import SCHEMA_VERSION
from copydesk.flows.fetching.wire.addresses import spellings_of
from copydesk.flows.io.zstandard import zstd
from copydesk.flows.library.records.line_key import LineKey, Processing, Provenance, Source, Usage
from copydesk.flows.library.records.record_lines import DAMAGED
from copydesk.flows.library.tables import body, count, gone, is_stored, page, page_file, record

_ROWS_AT_ONCE = 500
_LINES = sa.select(body.c.number, body.c.line).join(record, record.c.number == body.c.number)


class RecordRows:
    """The records of a library at one moment, and which of them are others than at a ``change`` before."""

    def __init__(self, connection: sa.Connection, *, since: int = -1, is_aside: bool = False) -> None:
        self._connection = connection
        self.change = count(connection, "change")
        self._shelf = ~is_stored if is_aside else is_stored
        changed = sa.select(record.c.number).where(record.c.changed > since, self._shelf)
        gone_since = sa.select(gone.c.number).where(gone.c.changed > since, gone.c.is_aside == is_aside)
        self.damaged: list[int] = []
        """The numbers of those whose lines were found damaged."""
        # of a view that is made anew all are new: none is looked up
        self._changed: list[int] = []
        if since >= 0:
            numbers = (*connection.execute(changed).scalars(), *connection.execute(gone_since).scalars())
            self._changed = sorted({*numbers})
        self.has_changed = since < 0 or bool(self._changed)
        self.last = (
            connection.execute(sa.select(sa.func.max(record.c.number)).where(self._shelf)).scalar() or 0
        )

    def changed_in(self, first: int, last: int) -> Sequence[int]:
        """The numbers of records in a range that have changed, or are gone."""
        return self._changed[bisect_left(self._changed, first) : bisect_right(self._changed, last)]

    def _between(self, first: int, last: int) -> sa.ColumnElement[bool]:
        return sa.and_(self._shelf, record.c.number >= first, record.c.number <= last)

    def many(self, first: int, last: int) -> int:
        """How many records there are in a range."""
        query = sa.select(sa.func.count()).where(self._between(first, last))
        return int(self._connection.execute(query).scalar_one())

    def size(self, first: int, last: int) -> int:
        """The bytes of the lines in a range."""
        query = sa.select(sa.func.sum(record.c.size)).where(self._between(first, last))
        return int(self._connection.execute(query).scalar_one() or 0)

    def last_within(self, number: int, room: int | None) -> int:
        """The last record behind a number that begins within so many bytes; at least one is taken, if there is room."""
        if room is None:
            return max(self.last, number)
        query = sa.select(record.c.number, record.c.size).where(self._between(number + 1, self.last))
        last = number
        # a part takes few of the rows that are left
        for each, size in self._streamed(query.order_by(record.c.number)):
            if room <= 0:
                break
            last, room = each, room - size
        return last

    def keys(self) -> Iterator[LineKey]:
        """The keys of all records, in order; no line is read."""
        for row in self._streamed(sa.select(record).where(self._shelf).order_by(record.c.number)):
            key = key_of_row(row)
            yield key if row.made else structs.replace(key, status="failed", reason=DAMAGED)

    def names_called(self, name: str) -> list[tuple[str, str | None, str]]:
        """Of the same records as ``lines_called`` the id, the URL and the name of the source; no line is read."""
        query = sa.select(record.c.id, record.c.url, record.c.source_name).where(
            self._shelf, _is_called(name)
        )
        return [(row.id, row.url, row.source_name) for row in self._connection.execute(query)]

    def lines_called(self, name: str) -> Iterator[bytes]:
        """The records with an id that begins so, with this URL (its own or canonical), or of this source."""
        query = _LINES.where(self._shelf, _is_called(name)).order_by(record.c.number)
        return (line for _, line in lines_of(self._connection, self._streamed(query)))

    def files_of(self, id_: str) -> list[str]:
        """Where the files were from which runs read the record with this id."""
        query = (
            sa.select(page_file.c.path)
            .join(page, page.c.file == page_file.c.file)
            .join(record, record.c.number == page.c.number)
            .where(record.c.id == id_)
        )
        return sorted(map(os.fsdecode, self._connection.execute(query).scalars()))

    def lines(
        self, first: int = 0, last: int | None = None, *, newest_first: bool = False
    ) -> Iterator[bytes]:
        """The lines in a range of numbers, in order; ``newest_first``: from the last one back."""
        last = self.last if last is None else last
        query = _LINES.order_by(record.c.number.desc() if newest_first else record.c.number.asc())
        # some after the other: of all together a server may take it upon itself to sort them
        while found := self._connection.execute(
            query.where(self._between(first, last)).limit(_ROWS_AT_ONCE)
        ).all():
            yield from (line for _, line in lines_of(self._connection, found, self.damaged))
            if newest_first:
                last = found[-1].number - 1
            else:
                first = found[-1].number + 1

    def _streamed(self, query: sa.Select[Any]) -> Iterator[sa.Row[Any]]:
        # of the query: of the connection, they would hold for all that it executes later
        query = query.execution_options(stream_results=True, max_row_buffer=_ROWS_AT_ONCE)
        with self._connection.execute(query) as found:
            yield from found


def _is_called(name: str) -> sa.ColumnElement[bool]:
    names = spellings_of(name)
    # ids are hexadecimal: g follows all of them
    return sa.or_(
        sa.and_(record.c.id >= name, record.c.id < f"{name}g"),
        *(column.in_(names) for column in (record.c.url, record.c.canonical_url, record.c.source_name)),
    )


def key_of_row(row: sa.Row[Any]) -> LineKey:
    """The key of a record, as its columns have it."""
    copydesk, _, rules = (row.rules or "").partition(" ")
    return LineKey(
        id=row.id,
        source=Source(row.source_name, row.source_kind, row.retrieved_from),
        status=row.status,
        reason=row.reason,
        url=row.url,
        canonical_url=row.canonical_url,
        fetched_at=row.fetched_at,
        title=row.title,
        site_name=row.site_name,
        language=row.language,
        date_published=row.date_published,
        content_hash=row.read_hash,
        duplicate_of=row.duplicate_of,
        duplicate_similarity=row.duplicate_similarity,
        version=row.version,
        next=row.next,
        provenance=Provenance(Usage(row.tdm_reserved)),
        processing=Processing(row.missing_pages, copydesk, rules),
    )


# --- damaged lines

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
