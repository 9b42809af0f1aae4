"""The tables of the state database, and what is asked of them: SQLAlchemy's Core alone, for SQLite and PostgreSQL.

What is changed here needs another ``VERSION`` in ``flows/store/state_schema.py``.

Imports SQLAlchemy, which takes a third of a second: ``copydesk.flows.store.state`` does so once a state is opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    CompoundSelect,
    DateTime,
    Delete,
    Dialect,
    Index,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    TypeDecorator,
    Update,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

_LONGEST_KEY_BYTES = 2_000
"""Of a URL or an id as it is looked up: an index of PostgreSQL takes 2,704 bytes a row, which two may share."""


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


_CUT = " sha256:"  # no URL has a space


def storable(text: str) -> str:
    """A text as it is stored: what no database can hold is replaced."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode("utf-8")


def stored_key(text: str) -> str:
    """A URL or an id as it is stored and looked up; of one that no index takes its beginning and its digest."""
    whole = storable(text)
    as_bytes = whole.encode()
    if len(as_bytes) <= _LONGEST_KEY_BYTES:
        return whole
    digest = hashlib.sha256(as_bytes).hexdigest()
    return f"{as_bytes[: _LONGEST_KEY_BYTES - 100].decode(errors='ignore')}{_CUT}{digest}"


def is_whole(key: str) -> bool:
    """Whether a key of an address is that address: of a longer one there is but the beginning."""
    return _CUT not in key


class Words(TypeDecorator[str]):
    """A text; of what pages and servers say, NUL and lone surrogates are replaced, which no database can hold."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return value and storable(value)


class Key(TypeDecorator[str]):
    """What rows are looked up by."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else stored_key(value)


metadata = MetaData()

about = Table(
    "about", metadata, Column("key", Words, primary_key=True), Column("number", Integer, nullable=False)
)
"""What a database says of itself: the version of its tables."""

fetches = Table(
    "fetches",
    metadata,
    Column("url", Key, primary_key=True),
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
    # None: noted before lists were told from pages
    Column("is_list", Boolean),
    # which body was last read as a list, see ``Validators.version``
    Column("list_version", Words),
    Index("fetches_of_source", "source"),
    Index("fetches_ages", "source", "age_when_asked"),
)
feeds_seen = Table(
    "feeds_seen",
    metadata,
    Column("source", Key, primary_key=True),
    Column("entry", Key, primary_key=True),
    Column("first_seen_at", Moment, nullable=False),
)
site_files = Table(
    "site_files",
    metadata,
    Column("url", Key, primary_key=True),
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
    Column("url", Key, primary_key=True),
    # part of the key: a list may name one target twice
    Column("position", Integer, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("target", Words, nullable=False),
    Column("lastmod", Words),
)
"""The lists that lists lead to."""

page_links = Table(
    "page_links",
    metadata,
    Column("url", Key, primary_key=True),
    Column("version", Words),
    # one a line
    Column("targets", Words, nullable=False),
)
"""The pages that pages lead to, of those that are looked at for links."""

article_parts = Table(
    "article_parts",
    metadata,
    Column("url", Key, primary_key=True),
    # as JSON, see ``FurtherPart``
    Column("parts", Words, nullable=False),
    # why the first of them that its publisher does not withhold could not be had; None where there is none
    Column("missing", Words),
    Index("article_gaps", "missing"),
)
"""The further pages of articles, by their first ones."""

site_pages = Table(
    "site_pages",
    metadata,
    Column("site", Key, primary_key=True),
    Column("page", Key, primary_key=True),
    # of which journal it was read last, and the how manieth of its site that was
    Column("journal", LargeBinary, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("headline", LargeBinary, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("blocks", LargeBinary, nullable=False),
)
"""The last pages of each site, by which blocks that recur are known."""

cleaned = Table(
    "cleaned",
    metadata,
    # digests of 16 bytes; what they are of is told in cleaned_pages
    Column("place", LargeBinary, primary_key=True),
    Column("source", LargeBinary, nullable=False),
    Column("file", LargeBinary),
    Column("digest", LargeBinary),
    Column("record", LargeBinary, nullable=False),
    Column("page", LargeBinary),
    Column("stamp", LargeBinary),
    *(Index(f"cleaned_{column}s", column) for column in ("source", "file", "page")),
)
"""Pages on the disk whose records are written: one row a page."""

views = Table(
    "views",
    metadata,
    # a digest of 16 bytes; the others: ``ViewNote`` in flows/exports/views.py
    Column("place", LargeBinary, primary_key=True),
    Column("made_by", Text),
    Column("store", Text),
    Column("content", Text),
    Column("stamp", Text),
)
"""Files and folders that runs write of their store: a row for each that was ever put at its place."""


def row_of(table: Table, **key: str | bytes) -> Select[Any]:
    """The row of a table with this primary key."""
    return select(table).filter_by(**key)


def rows_of(table: Table, order: Column[Any], **key: str) -> Select[Any]:
    """The rows of a table with this part of the primary key, in order."""
    return select(table).filter_by(**key).order_by(order)


def rows_in(
    table: Table, column: Column[Any], values: Sequence[str] | Sequence[bytes], **key: str
) -> Select[Any]:
    """The rows with this part of the primary key of which a column has one of the values."""
    return select(table).filter_by(**key).where(column.in_(values))


def due_again(source: str, ages: Sequence[int], now: datetime) -> CompoundSelect[Any]:
    """The pages of a source that have come to one of the ages (in seconds) since they were last asked for, and articles
    of which pages are missing that are due by now, the first fetched first; without those that failed and rest.
    """
    known = fetches.c
    has_come_to = or_(
        false(),
        *(
            (known.age_when_asked < age) & (known.first_fetched_at <= now - timedelta(seconds=age))
            for age in ages
        ),
    )
    is_due = known.next_attempt_at <= now
    is_rested = known.next_attempt_at.is_(None) | is_due
    asked = select(known.url, known.first_fetched_at)
    # for the index: all ages together are one range of it
    is_aged = (known.age_when_asked < max(ages, default=0)) & has_come_to
    # concat: by its index SQLite would look at each page of the source, and few articles have gaps
    is_of_source = known.source.concat("") == source
    # no "or" of the two, for which it would look at each, too
    return union(
        asked.where(known.source == source, is_aged, is_rested),
        asked.where(known.url.in_(gapped()), is_of_source, is_due),
    ).order_by("first_fetched_at", "url")


def gapped() -> Select[Any]:
    """The articles of which pages are missing that their publisher does not withhold."""
    # no code is empty; for "is not null" SQLite takes no index
    return select(article_parts.c.url).where(article_parts.c.missing > "")


def delete_of(table: Table, **key: str) -> Delete:
    """Takes out the rows with this part of the primary key."""
    return delete(table).filter_by(**key)


def update_of(table: Table, **key: str) -> Update:
    """Changes the rows with this part of the primary key."""
    return update(table).filter_by(**key)


def delete_beyond(
    table: Table, most: int, *, column: Column[Any], order: Sequence[Any], **key: str
) -> Delete:
    """Takes out the rows with this part of the primary key but the first ``most`` in an order; ``column``: the rest of
    the key.
    """
    first = select(column).filter_by(**key).order_by(*order).limit(most)
    return delete(table).filter_by(**key).where(column.not_in(first))


def delete_beginning(table: Table, column: Column[Any], beginning: str, **key: str) -> Delete:
    """Takes out the rows with this part of the primary key of which a column begins so."""
    # no LIKE, which is blind to case in SQLite
    return delete(table).filter_by(**key).where(func.substr(column, 1, len(beginning)) == beginning)


def delete_outside(table: Table, moment: Column[Any], *, after: datetime, before: datetime) -> Delete:
    """Takes out the rows whose moment is not between two others."""
    return delete(table).where((moment <= after) | (moment >= before))


def insert_of(table: Table) -> Insert:
    """Puts in rows."""
    return insert(table)


def _insert(dialect: Dialect) -> Callable[[Table], postgresql.Insert | sqlite.Insert]:
    # each has a class of its own for the same words
    return postgresql.insert if dialect.name == "postgresql" else sqlite.insert


def put_of(dialect: Dialect, table: Table) -> Insert:
    """Puts in rows, each in place of the one with its primary key."""
    statement = _insert(dialect)(table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


def delete_by(table: Table, column: Column[Any]) -> Delete:
    """Takes out the rows in which a column has a value: parameter ``where_``."""
    return delete(table).where(column == bindparam("where_"))


def update_by(table: Table, column: Column[Any], *, by: Column[Any]) -> Update:
    """Sets a column of the rows in which another has a value: parameters ``is_`` and ``where_``."""
    return update(table).where(by == bindparam("where_")).values({column: bindparam("is_")})


def upsert(
    dialect: Dialect,
    table: Table,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    renewed: Mapping[str, Any],
) -> Insert:
    """A row with ``key`` and ``values``; where there is one, its ``renewed`` values take the old ones' place."""
    statement = _insert(dialect)(table).values(**key, **values)
    if not renewed:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=list(key), set_=dict(renewed))
