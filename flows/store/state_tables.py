"""The tables of the state database, and what is asked of them: SQLAlchemy's Core alone, nothing that ties it to SQLite.

Imports SQLAlchemy, which takes a third of a second: ``copydesk.flows.store.state`` does so once a state is opened.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    DateTime,
    Delete,
    Dialect,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    TypeDecorator,
    Update,
    create_engine,
    delete,
    event,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import Insert, insert  # PostgreSQL's has the same upsert
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable, DropTable

from copydesk.flows.errors import EnvironmentFault


class Moment(TypeDecorator[datetime]):
    """A moment, stored in UTC whatever zone it is given in; one without a zone is a mistake of ours."""

    impl = DateTime(timezone=True)
    # without parameters of its own: SQLAlchemy may keep statements with it compiled
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """As it is stored. Raises ValueError for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """As it was given, in UTC: SQLite keeps no zones."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def storable(text: str) -> str:
    """A text as it is stored: what no database can hold is replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Words(TypeDecorator[str]):
    """A text; of what pages and servers say, lone surrogates are replaced, which no database can hold."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """As it is stored."""
        return value and storable(value)


metadata = MetaData()

about = Table(
    "about", metadata, Column("key", Words, primary_key=True), Column("number", Integer, nullable=False)
)
"""What the database says of itself: its version."""

fetches = Table(
    "fetches",
    metadata,
    Column("url", Words, primary_key=True),
    Column("source", Words, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("status", Integer),
    Column("etag", Words),
    Column("last_modified", Words),
    Column("validators_url", Words),
    Column("fetched_at", Moment, nullable=False),
    Column("next_attempt_at", Moment),
    Column("failures", Integer, nullable=False),
    Column("left_before", Moment),
    # of pages alone; not known of those of states from before
    Column("first_fetched_at", Moment),
    # how old it was when it was last asked for, in seconds: databases differ in how they reckon with moments
    Column("age_when_asked", Integer),
)
_ages = Index("fetches_ages", fetches.c.source, fetches.c.age_when_asked)
feeds_seen = Table(
    "feeds_seen",
    metadata,
    Column("source", Words, primary_key=True),
    Column("entry", Words, primary_key=True),
    Column("first_seen_at", Moment, nullable=False),
)
site_files = Table(
    "site_files",
    metadata,
    Column("url", Words, primary_key=True),
    Column("status", Integer),
    Column("body", LargeBinary, nullable=False),
    Column("fetched_at", Moment, nullable=False),
)
sources = Table(
    "sources", metadata, Column("name", Words, primary_key=True), Column("read_at", Moment, nullable=False)
)
links = Table(
    "links",
    metadata,
    Column("url", Words, primary_key=True),
    # part of the key: a list may name one target twice
    Column("position", Integer, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("target", Words, nullable=False),
    Column("lastmod", Words),
)

_VERSION_KEY = "version"


def _create_first(connection: Connection) -> None:
    for table in (fetches, feeds_seen):
        connection.execute(CreateTable(table, if_not_exists=True))


def _tell_where_validators_are_from(connection: Connection) -> None:
    """Those of version 1 stand under the URL that was asked for, wherever they came from: they are forgotten,
    and pages fetched once more.
    """
    known = inspect(connection)
    if known.has_table("hosts"):
        connection.execute(DropTable(Table("hosts", MetaData())))
    if all(column["name"] != fetches.c.validators_url.name for column in known.get_columns(fetches.name)):
        connection.execute(DropTable(fetches))
    for table in (fetches, site_files, sources, links):
        connection.execute(CreateTable(table, if_not_exists=True))


def _tell_how_old_pages_are(connection: Connection) -> None:
    """Of pages that are there it is not known: they are not asked for again by their age."""
    there = {column["name"] for column in inspect(connection).get_columns(fetches.name)}
    for column in (fetches.c.first_fetched_at, fetches.c.age_when_asked):
        if column.name not in there:
            # both may be NULL, so that every database adds them to rows that are there
            written = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {fetches.name} ADD COLUMN {written}")
    connection.execute(CreateIndex(_ages, if_not_exists=True))


STEPS: Sequence[Callable[[Connection], None]] = (
    _create_first,
    _tell_where_validators_are_from,
    _tell_how_old_pages_are,
)
"""What makes version n + 1 of version n, from the empty version 0 on. Files of every version are about: a
step is followed, not taken out.
"""
# set by hand, 0.38 s in all: for another process that makes the file at the same moment
_PAUSES_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2)


def connect(file: Path, *, patience_seconds: float) -> Engine:
    """An engine whose connections wait for one another, and whose writers do not keep readers from reading."""
    # a transaction takes the right to write as it begins: none has to give up what it has read half-way
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": patience_seconds, "isolation_level": "IMMEDIATE"},
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # settings of SQLite that no other interface reaches
    for pause_seconds in _PAUSES_SECONDS:
        # a writer and readers do not wait for each other so; the file remembers the mode
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            # of two that make the file at once SQLite turns one away without letting it wait
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        time.sleep(pause_seconds)
    # a lost power supply may cost the last notes, never the rest
    connection.execute("PRAGMA synchronous=NORMAL")


def migrate(engine: Engine, *, file: Path) -> None:
    """Brings the database up to the version of this copydesk. Raises EnvironmentFault where it is newer than that."""
    # a transaction of its own: the update below needs the row to be there
    with engine.begin() as connection:
        connection.execute(CreateTable(about, if_not_exists=True))
        connection.execute(insert(about).values(key=_VERSION_KEY, number=0).on_conflict_do_nothing())
    with engine.begin() as connection:
        version_is = about.c.key == _VERSION_KEY
        # writes before it reads, so that of two processes the second waits and finds the work done
        connection.execute(update(about).where(version_is).values(number=about.c.number))
        version = connection.execute(select(about.c.number).where(version_is)).scalar_one()
        if version > len(STEPS):
            raise EnvironmentFault(
                f"{file}: made by a newer copydesk (version {version} of the state, this one knows {len(STEPS)}); "
                "update copydesk, or choose another folder with --output"
            )
        # in the same transaction as the version: a crash half-way leaves the old one, whole
        for step in STEPS[version:]:
            step(connection)
        connection.execute(update(about).where(version_is).values(number=len(STEPS)))


def row_of(table: Table, **key: str) -> Select[Any]:
    """The row of a table with this primary key."""
    return select(table).filter_by(**key)


def rows_of(table: Table, order: Column[Any], **key: str) -> Select[Any]:
    """The rows of a table with this part of the primary key, in order."""
    return select(table).filter_by(**key).order_by(order)


def rows_in(table: Table, column: Column[Any], values: Sequence[str], **key: str) -> Select[Any]:
    """The rows with this part of the primary key of which a column has one of the values."""
    return select(table).filter_by(**key).where(column.in_(values))


def due_again(source: str, ages: Sequence[int], now: datetime) -> Select[Any]:
    """The pages of a source that have come to one of the ages (in seconds) since they were last asked for, the first
    fetched first; without those that failed and rest.
    """
    known = fetches.c
    has_come_to = or_(
        *(
            (known.age_when_asked < age) & (known.first_fetched_at <= now - timedelta(seconds=age))
            for age in ages
        )
    )
    is_rested = known.next_attempt_at.is_(None) | (known.next_attempt_at <= now)
    return (
        select(known.url)
        # for the index: all ages together are one range of it
        .where(known.source == source, known.age_when_asked < max(ages), has_come_to, is_rested)
        .order_by(known.first_fetched_at, known.url)
    )


def delete_of(table: Table, **key: str) -> Delete:
    """Takes out the rows with this part of the primary key."""
    return delete(table).filter_by(**key)


def update_of(table: Table, **key: str) -> Update:
    """Changes the rows with this part of the primary key."""
    return update(table).filter_by(**key)


def delete_outside(table: Table, moment: Column[Any], *, after: datetime, before: datetime) -> Delete:
    """Takes out the rows whose moment is not between two others."""
    return delete(table).where((moment <= after) | (moment >= before))


def insert_of(table: Table) -> Insert:
    """Puts in rows."""
    return insert(table)


def upsert(
    table: Table, key: Mapping[str, Any], values: Mapping[str, Any], *, renewed: Mapping[str, Any]
) -> Insert:
    """A row with ``key`` and ``values``; where there is one, its ``renewed`` values take the old ones' place."""
    statement = insert(table).values(**key, **values)
    if not renewed:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=list(key), set_=dict(renewed))
