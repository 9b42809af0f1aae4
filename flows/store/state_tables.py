"""The tables of the state database and their queries: SQLAlchemy's Core alone, for SQLite and PostgreSQL.

Who changes a table raises ``VERSION`` in ``flows/store/state_database.py``. There is one schema: a state of an earlier
copydesk is emptied, and the runs that follow fill it anew; only the places of views are kept, as nothing else records
them. Records are in the store, never in the state.

Imports SQLAlchemy, which takes a third of a second: ``copydesk.flows.store.state`` does so once a state is opened.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from copydesk.flows.duplicates import duplicate_tables
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.store.state_database import VERSION

if TYPE_CHECKING:
    from copydesk.flows.store.state_database import StateDatabase

_VERSION_KEY = "version"

_LONGEST_KEY_BYTES = 2_000
"""Of a URL or an id as it is looked up: an index of PostgreSQL takes 2,704 bytes a row, which two may share."""


class Moment(sa.TypeDecorator[datetime]):
    """A moment, stored in UTC whatever zone it is given in; one without a zone is a mistake of ours."""

    impl = sa.DateTime(timezone=True)
    # without parameters of its own: SQLAlchemy may keep statements with it compiled
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """As it is stored. Raises ValueError for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
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


class Words(sa.TypeDecorator[str]):
    """A text; NUL and lone surrogates, which no database can hold, are replaced."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return value and storable(value)


class Key(sa.TypeDecorator[str]):
    """What rows are looked up by."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else stored_key(value)


metadata = sa.MetaData()


def _table(name: str, *parts: sa.Column[Any] | sa.Index) -> sa.Table:
    return sa.Table(name, metadata, *parts)


about = _table(
    "about",
    sa.Column("key", Words, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)
"""The version of the tables."""

fetches = _table(
    "fetches",
    sa.Column("url", Key, primary_key=True),
    sa.Column("source", Words, nullable=False),
    sa.Column("outcome", Words, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("etag", Words),
    sa.Column("last_modified", Words),
    sa.Column("validators_url", Words),
    sa.Column("fetched_at", Moment, nullable=False),
    sa.Column("next_attempt_at", Moment),
    sa.Column("failures", sa.Integer, nullable=False),
    # when the first of the failures in a row was
    sa.Column("failing_since", Moment),
    sa.Column("left_before", Moment),
    # of pages alone
    sa.Column("first_fetched_at", Moment),
    # its age when it was last requested, in seconds: databases differ in their arithmetic of moments
    sa.Column("age_when_requested", sa.Integer),
    sa.Column("is_list", sa.Boolean),
    # which body was last read as a list, see ``Validators.version``
    sa.Column("list_version", Words),
    sa.Index("fetches_of_source", "source"),
    sa.Index("fetches_ages", "source", "age_when_requested"),
)
feeds_seen = _table(
    "feeds_seen",
    sa.Column("source", Key, primary_key=True),
    sa.Column("entry", Key, primary_key=True),
    sa.Column("first_seen_at", Moment, nullable=False),
)
site_files = _table(
    "site_files",
    sa.Column("url", Key, primary_key=True),
    sa.Column("status", sa.Integer),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("fetched_at", Moment, nullable=False),
)
sources = _table(
    "sources",
    sa.Column("name", Words, primary_key=True),
    sa.Column("read_at", Moment, nullable=False),
)
newest_articles = _table(
    "newest_articles",
    sa.Column("source", Words, primary_key=True),
    sa.Column("title", Words),
    sa.Column("url", Words),
    sa.Column("entered_at", Moment, nullable=False),
)
"""Of each source on the web the article that came into the store last."""

links = _table(
    "links",
    sa.Column("url", Key, primary_key=True),
    # part of the key: a list may name one target twice
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", Words, nullable=False),
    sa.Column("target", Words, nullable=False),
    sa.Column("lastmod", Words),
)
"""The lists that lists lead to."""

page_links = _table(
    "page_links",
    sa.Column("url", Key, primary_key=True),
    sa.Column("version", Words),
    # one a line
    sa.Column("targets", Words, nullable=False),
)
"""The pages that pages lead to, of those that are looked at for links."""

article_parts = _table(
    "article_parts",
    sa.Column("url", Key, primary_key=True),
    # as JSON, see ``FurtherPart``
    sa.Column("parts", Words, nullable=False),
    # why the first of them that its publisher does not withhold could not be had; None where there is none
    sa.Column("missing", Words),
    sa.Index("article_gaps", "missing"),
)
"""The further pages of articles, by their first ones."""

site_pages = _table(
    "site_pages",
    sa.Column("site", Key, primary_key=True),
    sa.Column("page", Key, primary_key=True),
    # of which journal it was read last, and the number of that journal among those of its site
    sa.Column("journal", sa.LargeBinary, nullable=False),
    sa.Column("batch", sa.Integer, nullable=False),
    sa.Column("headline", sa.LargeBinary, nullable=False),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("blocks", sa.LargeBinary, nullable=False),
)
"""The last pages of each site, by which blocks that recur are known."""

cleaned = _table(
    "cleaned",
    # digests of 16 bytes; see ``CleanedPage`` for what they are of
    sa.Column("place", sa.LargeBinary, primary_key=True),
    sa.Column("source", sa.LargeBinary, nullable=False),
    sa.Column("file", sa.LargeBinary),
    sa.Column("digest", sa.LargeBinary),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Column("page", sa.LargeBinary),
    sa.Column("stamp", sa.LargeBinary),
    *(sa.Index(f"cleaned_{column}s", column) for column in ("source", "file", "page")),
)
"""Pages on the disk whose records are written: one row a page."""

views = _table(
    "views",
    # a digest of 16 bytes; the others: ``ViewNote`` in flows/exports/views.py
    sa.Column("place", sa.LargeBinary, primary_key=True),
    sa.Column("made_by", sa.Text),
    sa.Column("store", sa.Text),
    sa.Column("content", sa.Text),
    sa.Column("stamp", sa.Text),
)
"""Files and folders that runs write of their store: a row for each that was ever put at its place."""


# of earlier versions
_FORMER_TABLES = ("duplicate_untold",)


def make_tables(engine: sa.Engine, database: StateDatabase) -> bool:
    """Makes the tables where they are not there; whether those of an earlier copydesk were there in their place.

    Raises EnvironmentFault, and changes nothing, where a newer copydesk made them, or a run is using earlier ones.
    """
    with engine.connect() as connection:
        stored = version_of(connection, database)
    if stored == VERSION:
        return False
    # a run of the earlier copydesk may still be using it
    alone = contextlib.nullcontext() if stored is None else database.unused(engine)
    # one transaction: a crash half-way leaves what was there, whole
    with alone, engine.begin() as connection:
        database.begin_changing(connection)
        # once more: another process may have done it meanwhile
        stored, places = version_of(connection, database), []
        if stored == VERSION:
            return False
        if stored is None:
            database.create(connection)
        else:
            look = sa.inspect(connection)
            if look.has_table(views.name) and any(
                one["name"] == "place" for one in look.get_columns(views.name)
            ):
                places = [
                    {"place": place} for place in connection.execute(sa.select(views.c.place)).scalars()
                ]
            # a file is copydesk's alone; a schema may be others', too
            known = {*metadata.tables, *duplicate_tables.metadata.tables, *_FORMER_TABLES}
            old = sa.MetaData()
            old.reflect(connection, only=lambda name, _: connection.dialect.name == "sqlite" or name in known)
            old.drop_all(connection)
        for made in (metadata, duplicate_tables.metadata):
            made.create_all(connection)
        if places:
            connection.execute(views.insert(), places)
        connection.execute(about.insert().values(key=_VERSION_KEY, number=VERSION))
    return stored is not None


def version_of(connection: sa.Connection, database: StateDatabase) -> int | None:
    """The version of a state, None where there is none. Raises EnvironmentFault where a newer copydesk made it."""
    if not sa.inspect(connection).has_table(about.name):
        return None
    query = sa.select(about.c.number).where(about.c.key == _VERSION_KEY)
    stored = connection.execute(query).scalar_one_or_none() or 0
    if stored > VERSION:
        raise EnvironmentFault(
            f"{database.where}: made by a newer copydesk (version {stored} of the state, this one knows "
            f"{VERSION}); update copydesk, or {database.elsewhere}"
        )
    return stored


def due_again(source: str, ages: Sequence[int], now: datetime) -> sa.CompoundSelect[Any]:
    """The pages of a source that have come to one of the ages (in seconds) since they were last requested, and articles
    with missing pages that are due by now, the first fetched first; without failed ones that wait for their retry.
    """
    known = fetches.c
    has_come_to = sa.or_(
        sa.false(),
        *(
            (known.age_when_requested < age) & (known.first_fetched_at <= now - timedelta(seconds=age))
            for age in ages
        ),
    )
    is_due = known.next_attempt_at <= now
    is_rested = known.next_attempt_at.is_(None) | is_due
    pages = sa.select(known.url, known.first_fetched_at)
    # for the index: all ages together are one range of it
    is_aged = (known.age_when_requested < max(ages, default=0)) & has_come_to
    # concat: by its index SQLite would look at each page of the source, and few articles have gaps
    is_of_source = known.source.concat("") == source
    # no "or" of the two, for which it would look at each, too
    return sa.union(
        pages.where(known.source == source, is_aged, is_rested),
        pages.where(known.url.in_(incomplete_articles()), is_of_source, is_due),
    ).order_by("first_fetched_at", "url")


def incomplete_articles() -> sa.Select[Any]:
    """The articles of which pages are missing that their publisher does not withhold."""
    # no code is empty; for "is not null" SQLite takes no index
    return sa.select(article_parts.c.url).where(article_parts.c.missing > "")


def insert_into(dialect: sa.Dialect, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that handles existing rows: each database has its own class for it."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


def put_into(dialect: sa.Dialect, table: sa.Table) -> sa.Insert:
    """Inserts whole rows, each in place of the row with its primary key."""
    statement = insert_into(dialect, table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=others)
