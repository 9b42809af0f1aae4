"""The tables of the library: SQLAlchemy's Core alone, for SQLite and PostgreSQL.

Who changes a table raises ``VERSION``. Imports SQLAlchemy, which takes a third of a second.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

VERSION = 1
_LONGEST_KEY_BYTES = 2_000
"""Of a URL or an id as it is looked up: an index of PostgreSQL takes 2,704 bytes a row, which two may share."""
_CUT = " sha256:"  # no URL has a space


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
# in SQLite only an INTEGER key is the number of the row
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DIGEST = sa.LargeBinary(16)


def _table(name: str, *parts: sa.Column[Any] | sa.Index | sa.Constraint, **options: Any) -> sa.Table:
    return sa.Table(name, metadata, *parts, **options)


counts = _table(
    "library",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)
"""``version`` of the tables; ``id``: given at random, by which folders know the library; ``scheme`` of the signatures
of copies, 0 before the first run; ``change``: how often records have changed; ``last``: the number that the last record
got; ``run``: that of the last run; ``moved_in``: 1 once a run has taken over what an earlier copydesk left, if
anything; ``tables``: 1 once it has looked for a table of records on a server; ``plain``: 1 where lines are not packed;
``webhook``: 1 where the last run had one (see ``outbox``), missing of an earlier copydesk's library without that table;
``part``: missing of one without that table.
"""
folder = _table(
    "folder",
    # as its mark has it (see ``place``), empty of the one that the library itself lies in
    sa.Column("folder", sa.Text, primary_key=True),
    # as JSON, see ``moving_in``
    sa.Column("content", sa.Text, nullable=False),
)
"""Output folders, with what an earlier copydesk had left in them."""

unsettled = _table(
    "run",
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    # the last run that had begun when it ended; null of one that goes on, or was cut short
    sa.Column("last", sa.Integer),
)
"""Runs that are not settled for good: that waits for all which they had company of."""

# --- records

record = _table(
    "record",
    # the order of the library; what replaces a record gets its number, and no number is given twice
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    # the gate that it did not pass, as JSON; null of what is stored
    sa.Column("gate", sa.Text),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # null in the newest version of a page
    sa.Column("next", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", Words),
    sa.Column("url", Words),
    sa.Column("canonical_url", Words),
    sa.Column("source_kind", sa.Text, nullable=False),
    sa.Column("source_name", Words, nullable=False),
    sa.Column("retrieved_from", Words),
    sa.Column("fetched_at", sa.Text),
    sa.Column("title", Words),
    sa.Column("site_name", Words),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("date_published", sa.Text),
    sa.Column("content_hash", sa.Text),
    # of the text as it was read: what recurs on its site may have left it since
    sa.Column("read_hash", sa.Text),
    sa.Column("duplicate_of", sa.Text),
    sa.Column("duplicate_similarity", sa.Float(53)),
    sa.Column("tdm_reserved", sa.Boolean),
    sa.Column("missing_pages", sa.Text),
    sa.Column("rules", sa.Text),
    # of the reading that it was made of, as it was cleaned: equal where nothing of the page has changed; empty
    # where its line was found damaged
    sa.Column("made", _DIGEST, nullable=False),
    # in which run that was, and in which the number was given
    sa.Column("run", sa.Integer, nullable=False, index=True),
    sa.Column("since_run", sa.Integer, nullable=False),
    # the bytes of its line, and ``change`` of the library when it became what it is
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Index("record_id", "id", "version"),
    *(
        sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
        for name, where, *columns in (
            ("record_changed", "gate IS NULL", "changed", "number"),
            ("record_sizes", "gate IS NULL", "number", "size"),
            ("record_aside", "gate IS NOT NULL", "number", "changed", "size"),
            ("record_copies", "duplicate_of IS NOT NULL", "since_run"),
            ("record_rules", "next IS NULL AND gate IS NULL", "rules", "source_kind"),
        )
    ),
)
is_stored = record.c.gate.is_(None)
"""Whether a record has passed its gates, or had none."""
is_newest = record.c.next.is_(None) & is_stored
"""Whether it is the newest version of a page that is stored."""

body = _table(
    "record_body",
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    # the line of JSON, packed, or as it is where users query it by SQL
    sa.Column("line", sa.LargeBinary, nullable=False),
)
key = _table(
    # a beginning of what records are found by (identity.lookup_keys): who finds one compares the whole
    "record_key",
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
gone = _table(
    "record_gone",
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("changed", sa.BigInteger, nullable=False, index=True),
    # whether it was one that passed no gate
    sa.Column("is_aside", sa.Boolean, nullable=False),
)
"""The numbers of records that are no more: views that have them must lose them."""

_RECORDS = """CREATE VIEW records AS SELECT number, id, version, next, status, reason, url, canonical_url, source_kind,
    source_name, fetched_at, title, site_name, language, date_published, content_hash, duplicate_of,
    (SELECT {line} FROM record_body WHERE record_body.number = record.number) AS record
    FROM record WHERE gate IS NULL"""
RECORDS = {
    # x'7b' begins a line that is not packed
    "sqlite": _RECORDS.format(line="CASE WHEN substr(line, 1, 1) = x'7b' THEN CAST(line AS text) END"),
    "postgresql": _RECORDS.format(line="convert_from(line, 'UTF8')::json"),
}
"""The view for queries by hand, whose columns stay; ``search`` has their words by ``number``."""

# --- copies

copy_text = _table(
    "copy_text",
    # that of its record
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("shingles", sa.Integer, nullable=False),
    sa.Column("sketch", sa.LargeBinary, nullable=False),
    sa.Column("buckets", sa.LargeBinary, nullable=False),
    sa.Column("address", sa.BigInteger, index=True),
    sa.Column("names", sa.BigInteger, index=True),
    sa.Column("origin", sa.SmallInteger, nullable=False),
    # seconds since 1970
    sa.Column("published", sa.Float(53)),
    sa.Column("fetched", sa.Float(53)),
    # whether a copy of it declares it the original
    sa.Column("is_named", sa.Boolean, nullable=False),
    # the number of the text that it is a copy of; null of an original
    sa.Column("original", _NUMBER, index=True),
    sa.Column("similarity", sa.Float(53)),
)
copy_band = _table(
    "copy_band",
    sa.Column("bucket", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    # the key is all there is: a table of rows beside its index would be twice the size
    sqlite_with_rowid=False,
)
"""The buckets of originals. Those of copies are not here, so that a text printed a thousand times is found once."""

# --- sites

site_page = _table(
    "site_page",
    sa.Column("site", Key, primary_key=True),
    sa.Column("page", Key, primary_key=True),
    # the run that read it last, and the record that is stored for it
    sa.Column("run", sa.Integer, nullable=False, index=True),
    sa.Column("number", _NUMBER, nullable=False),
    # two digests by which copies of one article are known, and those of all that its text holds
    sa.Column("headline", sa.LargeBinary, nullable=False),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("blocks", sa.LargeBinary, nullable=False),
)
"""The last pages of each site, by which blocks that recur are known."""

# --- pages on the disk

page = _table(
    "page",
    # digests of 16 bytes: where it is; the source as it was named; the file it is in; all that its record is made of
    sa.Column("place", _DIGEST, primary_key=True),
    sa.Column("source", _DIGEST, nullable=False, index=True),
    sa.Column("file", _DIGEST, index=True),
    # null where it is to be cleaned again whatever it is
    sa.Column("digest", _DIGEST),
    # the record that is stored for it, and ``made`` of that when it was noted
    sa.Column("number", _NUMBER, index=True),
    sa.Column("made", _DIGEST),
    # whether that is another page's, as it was left out as a copy
    sa.Column("is_left_out", sa.Boolean, nullable=False),
    # of its file, once all pages of that were noted
    sa.Column("stamp", _DIGEST),
)
"""Pages on the disk whose records are written. A note is good while its record is what it was."""
page_file = _table(
    "page_file",
    sa.Column("file", _DIGEST, primary_key=True),
    # as bytes: a name need not be text
    sa.Column("path", sa.LargeBinary, nullable=False),
)
"""Where the files of pages were: what is there no more may have been moved."""

# --- views

record_view = _table(
    "record_view",
    # the folder, as above, and the name there
    sa.Column("folder", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("note", sa.Text, nullable=False),
)
"""The files of all records that runs keep, with what each has in which of its parts, as JSON."""

view = _table(
    "view",
    # a digest of its place, which may hold a secret
    sa.Column("place", _DIGEST, primary_key=True),
    # all that decides what is there but for the records; null until it was written whole
    sa.Column("made_by", sa.Text),
    # ``change`` of the library that it shows
    sa.Column("changed", sa.BigInteger),
    sa.Column("content", sa.Text),
    sa.Column("stamp", sa.Text),
)
"""Other files and folders that runs write of the library: a row for each that was ever put at its place."""


# --- runs of several machines

part = _table(
    "part",
    sa.Column("key", _DIGEST, primary_key=True),
    sa.Column("run", sa.Integer, nullable=False, index=True),
    # what it came to, as its run counts it
    sa.Column("report", sa.LargeBinary, nullable=False),
)
"""Parts of a run that other machines have made, each noted with its records; gone once the run has ended. A library of
an earlier copydesk lacks the table.
"""

# --- the webhook

webhook_event = _table(
    "webhook_event",
    # never given twice, also not after the last row is gone: it is in the event's id
    sa.Column("number", _NUMBER, primary_key=True),
    # of the record it tells of, whose line is read when it is sent: what is gone by then is not told
    sa.Column("record", _NUMBER, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    # that of the record, and the one that tried to send it last
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("tried_by", sa.Integer, nullable=False),
    # the `webhook-id` of the request that it is in, of all tries; null until it was first taken to be sent
    sa.Column("message", sa.Text, index=True),
    # by how many runs it was sent in vain, and how often it was refused
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("refusals", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""What a receiver is still to be told."""


COUNTS = ("scheme", "change", "last", "run", "moved_in", "tables", "plain", "webhook", "part")
"""What a library counts beside its version and id, from 0 on."""


def find_count(connection: sa.Connection, name: str) -> int | None:
    """A count of the library; None where it has none of that name."""
    return connection.execute(sa.select(counts.c.number).where(counts.c.name == name)).scalar()


def count(connection: sa.Connection, name: str) -> int:
    """A count that every library has."""
    return int(connection.execute(sa.select(counts.c.number).where(counts.c.name == name)).scalar_one())


def count_up(connection: sa.Connection, name: str, by: int = 1) -> int:
    """Adds to a count of the library; what it is then."""
    connection.execute(sa.update(counts).where(counts.c.name == name).values(number=counts.c.number + by))
    return count(connection, name)


def insert_into(dialect: sa.Dialect, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that handles existing rows: each database has its own class for it."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


# made once: to make it takes longer than to execute it
_puts: dict[tuple[str, str], sa.Insert] = {}


def put_into(dialect: sa.Dialect, table: sa.Table) -> sa.Insert:
    """Inserts whole rows, each in place of the row with its primary key."""
    if (found := _puts.get((dialect.name, table.name))) is not None:
        return found
    statement = insert_into(dialect, table)
    others = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    keys = list(table.primary_key)
    return _puts.setdefault(
        (dialect.name, table.name), statement.on_conflict_do_update(index_elements=keys, set_=others)
    )
