"""The tables of the state database and their queries: SQLAlchemy's Core alone, for SQLite and PostgreSQL.

Who changes a table raises ``VERSION`` in ``flows/store/state_database.py``. There is one schema: a state of an earlier
copydesk is emptied, and the runs that follow fill it anew; only the places of views are kept, as nothing else records
them. Records are in the store, never in the state.

Imports SQLAlchemy, which takes a third of a second: ``copydesk.flows.store.state`` does so once a state is opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    CompoundSelect,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Index,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    TypeDecorator,
    false,
    inspect,
    or_,
    select,
    union,
)
from sqlalchemy.dialects import postgresql, sqlite

from copydesk.flows.duplicates import duplicate_tables
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.store.state_database import VERSION

if TYPE_CHECKING:
    from copydesk.flows.store.state_database import StateDatabase

_VERSION_KEY = "version"

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
    """A text; NUL and lone surrogates, which no database can hold, are replaced."""

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
"""The version of the tables."""

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
    # when the first of the failures in a row was
    Column("failing_since", Moment),
    Column("left_before", Moment),
    # of pages alone; not known of those of states from before
    Column("first_fetched_at", Moment),
    # its age when it was last requested, in seconds: databases differ in their arithmetic of moments
    Column("age_when_asked", Integer),
    # None: noted before lists and pages were distinguished
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
newest_articles = Table(
    "newest_articles",
    metadata,
    Column("source", Words, primary_key=True),
    Column("title", Words),
    Column("url", Words),
    Column("entered_at", Moment, nullable=False),
)
"""Of each source on the web the article that came into the store last."""

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
    # digests of 16 bytes; see ``CleanedPage`` for what they are of
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


def make_tables(engine: Engine, database: StateDatabase) -> bool:
    """Makes the tables where they are not there; whether those of an earlier copydesk were there in their place.

    Raises EnvironmentFault, and changes nothing, where a newer copydesk made them.
    """
    with engine.connect() as connection:
        if version_of(connection, database) == VERSION:
            return False
    # one transaction: a crash half-way leaves what was there, whole
    with engine.begin() as connection:
        database.begin_changing(connection)
        # once more: another process may have done it meanwhile
        stored, places = version_of(connection, database), []
        if stored == VERSION:
            return False
        if stored is None:
            database.create(connection)
        else:
            look = inspect(connection)
            if look.has_table(views.name) and any(
                one["name"] == "place" for one in look.get_columns(views.name)
            ):
                places = [{"place": place} for place in connection.execute(select(views.c.place)).scalars()]
            # a file is copydesk's alone; a schema may be others', too
            known = {*metadata.tables, *duplicate_tables.metadata.tables}
            old = MetaData()
            old.reflect(connection, only=lambda name, _: connection.dialect.name == "sqlite" or name in known)
            old.drop_all(connection)
        for made in (metadata, duplicate_tables.metadata):
            made.create_all(connection)
        if places:
            connection.execute(views.insert(), places)
        connection.execute(about.insert().values(key=_VERSION_KEY, number=VERSION))
    return stored is not None


def version_of(connection: Connection, database: StateDatabase) -> int | None:
    """The version of a state, None where there is none. Raises EnvironmentFault where a newer copydesk made it."""
    if not inspect(connection).has_table(about.name):
        return None
    query = select(about.c.number).where(about.c.key == _VERSION_KEY)
    stored = connection.execute(query).scalar_one_or_none() or 0
    if stored > VERSION:
        raise EnvironmentFault(
            f"{database.where}: made by a newer copydesk (version {stored} of the state, this one knows "
            f"{VERSION}); update copydesk, or {database.elsewhere}"
        )
    return stored


def due_again(source: str, ages: Sequence[int], now: datetime) -> CompoundSelect[Any]:
    """The pages of a source that have come to one of the ages (in seconds) since they were last requested, and articles
    with missing pages that are due by now, the first fetched first; without failed ones that wait for their retry.
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
    pages = select(known.url, known.first_fetched_at)
    # for the index: all ages together are one range of it
    is_aged = (known.age_when_asked < max(ages, default=0)) & has_come_to
    # concat: by its index SQLite would look at each page of the source, and few articles have gaps
    is_of_source = known.source.concat("") == source
    # no "or" of the two, for which it would look at each, too
    return union(
        pages.where(known.source == source, is_aged, is_rested),
        pages.where(known.url.in_(incomplete_articles()), is_of_source, is_due),
    ).order_by("first_fetched_at", "url")


def incomplete_articles() -> Select[Any]:
    """The articles of which pages are missing that their publisher does not withhold."""
    # no code is empty; for "is not null" SQLite takes no index
    return select(article_parts.c.url).where(article_parts.c.missing > "")


def insert_into(dialect: Dialect, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that handles existing rows: each database has its own class for it."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


def put_into(dialect: Dialect, table: Table) -> Insert:
    """Inserts whole rows, each in place of the row with its primary key."""
    statement = insert_into(dialect, table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)
