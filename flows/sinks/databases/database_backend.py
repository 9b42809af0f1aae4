"""A backend of two tables in a database, with SQLAlchemy Core: the same for SQLite and PostgreSQL.

Imports SQLAlchemy, which takes a third of a second, so other sinks must not import this module.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.databases import VALUES_AT_ONCE, batched
from copydesk.flows.library.identity import LineKey, lookup_keys
from copydesk.flows.library.record_lines import key_of
from copydesk.flows.sinks.store_backend import Changes, FoundRecord

if TYPE_CHECKING:
    from copydesk.flows.sinks.databases.postgresql import Postgresql
    from copydesk.flows.sinks.databases.sqlite import Sqlite

VERSION = 1
"""The version of the tables. A database with a newer version is refused."""

metadata = sa.MetaData()

about = sa.Table("copydesk_about", metadata, sa.Column("version", sa.Integer, primary_key=True))
"""The version of the tables."""

# in SQLite only an INTEGER key is the number of the row
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

records = sa.Table(
    "records",
    metadata,
    # the order of the store; a record that replaces another gets its number
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # for queries; `record` has everything
    sa.Column("status", sa.Text, nullable=False, index=True),
    sa.Column("reason", sa.Text),
    sa.Column("url", sa.Text, index=True),
    sa.Column("canonical_url", sa.Text),
    sa.Column("source_kind", sa.Text, nullable=False),
    sa.Column("source_name", sa.Text, nullable=False, index=True),
    sa.Column("fetched_at", sa.Text, index=True),
    sa.Column("title", sa.Text),
    sa.Column("site_name", sa.Text),
    sa.Column("language", sa.Text, nullable=False, index=True),
    sa.Column("date_published", sa.Text, index=True),
    sa.Column("content_hash", sa.Text, index=True),
    sa.Column("duplicate_of", sa.Text),
    # null in the newest version of a page
    sa.Column("next", sa.Text, index=True),
    # the same line as in JSON Lines, byte for byte
    sa.Column("record", sa.JSON, nullable=False),
    sa.UniqueConstraint("id", "version"),
)
lookup = sa.Table(
    # names of existing stores: a mark is a lookup key (identity.lookup_keys), by which a merge finds records
    "copydesk_marks",
    metadata,
    sa.Column("mark", sa.LargeBinary(16), primary_key=True),
    sa.Column("number", _NUMBER, primary_key=True, index=True),
    sqlite_with_rowid=False,
)


class _Columns(LineKey, frozen=True):
    """The fields of a record that are columns or decide its keys; texts and blocks are not decoded."""

    site_name: str | None = None
    language: str = "und"
    date_published: str | None = None


_decode_columns = msgspec.json.Decoder(_Columns).decode
_NAMES = {column.name for column in records.c} & set(_Columns.__struct_fields__)


def _row_of(number: int, line: bytes, found: _Columns) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _NAMES} | {
        "number": number,
        "source_kind": found.source.kind,
        "source_name": found.source.name,
        "record": line.decode().rstrip("\n"),
    }


class DatabaseBackend:
    """Records as rows of a table; see ``StoreBackend``. Concurrent merges wait for each other."""

    def __init__(self, database: Sqlite | Postgresql) -> None:
        self._database = database
        self.name = database.name
        self.where = database.where

    def prepare(self) -> None:
        """Creates missing tables."""
        with self._transaction() as connection:
            self._database.begin_changing(connection)
            metadata.create_all(connection)
            version = connection.execute(sa.select(about.c.version)).scalar_one_or_none()
            if version is None:
                self._database.create(connection)
                connection.execute(sa.insert(about).values(version=VERSION))
            elif version > VERSION:
                raise EnvironmentFault(
                    f"{self.where}: made by a newer copydesk (version {version} of its tables, this one knows "
                    f"{VERSION}); update copydesk, or choose another database"
                )

    @contextlib.contextmanager
    def opened(self) -> Iterator[_OpenTables]:
        """One transaction."""
        with self._transaction() as connection:
            self._database.begin_changing(connection, records, lookup)
            yield _OpenTables(connection)

    def lines(self) -> Iterator[bytes]:
        """All records, in one transaction."""
        if not self._database.exists():
            return
        with self._transaction() as connection:
            self._database.begin_reading(connection)
            if not sa.inspect(connection).has_table(records.name):
                return
            found = connection.execution_options(stream_results=True, max_row_buffer=VALUES_AT_ONCE).execute(
                sa.select(records.c.record).order_by(records.c.number)
            )
            yield from (_line(row.record) for row in found)

    def version(self) -> str:
        """See ``Versioned``."""
        with self._transaction() as connection:
            return self._database.version(connection)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self._database.map_errors():
            engine = self._database.connect()
            try:
                with engine.begin() as connection:
                    yield connection
            finally:
                engine.dispose()


class _OpenTables:
    """The tables within a transaction. Memory: only records that are found or changed."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def holding(self, keys: Set[bytes]) -> Iterable[FoundRecord]:
        numbers: set[int] = set()
        for some in batched(keys):
            numbers.update(
                self._connection.execute(
                    sa.select(lookup.c.number).where(lookup.c.mark.in_(some)).distinct()
                ).scalars()
            )
        for number, line in self.lines(numbers):
            if (key := key_of(line)) is not None:
                yield FoundRecord(number, key)

    def lines(self, numbers: Collection[int]) -> Iterator[tuple[int, bytes]]:
        for some in batched(sorted(numbers)):
            rows = self._connection.execute(
                sa.select(records.c.number, records.c.record)
                .where(records.c.number.in_(some))
                .order_by(records.c.number)
            ).all()
            yield from ((row.number, _line(row.record)) for row in rows)

    def change(self, changes: Changes) -> int:
        self._remove(changes.gone)
        self._free_ids(changes.renamed)
        for some in batched(sorted(changes.became)):
            changed = [
                (number, new)
                for number, old in self.lines(some)
                for new in [changes.became[number](old)]
                if new != old
            ]
            self._remove([number for number, _ in changed])
            self._add(changed)
        last = self._connection.execute(sa.select(sa.func.max(records.c.number))).scalar_one_or_none()
        for added in batched(enumerate(changes.added, start=0 if last is None else last + 1)):
            self._add([(number, made()) for number, made in added])
        return self._connection.execute(sa.select(sa.func.count()).select_from(records)).scalar_one()

    def _free_ids(self, numbers: Sequence[int]) -> None:
        """Gives records temporary ids, as ids are unique and two records may exchange theirs."""
        statement = (
            sa.update(records)
            .where(records.c.number == sa.bindparam("at"))
            .values(id=sa.bindparam("temporary"))
        )
        for some in batched(numbers):
            # no real id has a space
            self._connection.execute(statement, [{"at": one, "temporary": f"freed {one}"} for one in some])

    def _remove(self, numbers: Collection[int]) -> None:
        for some in batched(sorted(numbers)):
            for table in (lookup, records):
                self._connection.execute(sa.delete(table).where(table.c.number.in_(some)))

    def _add(self, lines: Sequence[tuple[int, bytes]]) -> None:
        if not lines:
            return
        found = [(number, line, _decode_columns(line)) for number, line in lines]
        self._connection.execute(sa.insert(records), [_row_of(*one) for one in found])
        # sorted, so that equal runs write equal files
        marks = (
            {"mark": each, "number": number} for number, _, key in found for each in sorted(lookup_keys(key))
        )
        for some in batched(marks):
            self._connection.execute(sa.insert(lookup), some)


def _line(record: Any) -> bytes:
    return str(record).encode() + b"\n"
