"""One ``records.sqlite`` in the output folder, whose titles and texts can be searched (FTS5)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.flows.errors import SinkError
from copydesk.flows.io.databases import SqliteFile
from copydesk.flows.sinks.store_backend import StoreBackend, StoreLocation, check_unused

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

FILE_NAME = "records.sqlite"
# set by hand, as the state's: a reader who keeps the file to himself for longer is no reader
PATIENCE_SECONDS = 60.0

# the texts are in `record` alone: the index is made of it, and takes none of them a second time
SEARCH = (
    """CREATE VIEW searchable AS SELECT number, json_extract(record, '$.title') AS title,
    json_extract(record, '$.text') AS text FROM records WHERE next IS NULL""",
    """CREATE VIRTUAL TABLE search USING fts5(title, text, content='searchable', content_rowid='number',
    tokenize="unicode61 remove_diacritics 2")""",
    """CREATE TRIGGER records_added AFTER INSERT ON records BEGIN
    INSERT INTO search(rowid, title, text) SELECT number, title, text FROM searchable WHERE number = new.number; END""",
    """CREATE TRIGGER records_gone BEFORE DELETE ON records BEGIN
    INSERT INTO search(search, rowid, title, text)
    SELECT 'delete', number, title, text FROM searchable WHERE number = old.number; END""",
)
"""Of newest versions alone. Kept up to date by the database itself. Records are added and removed; none is changed in
place but for its id.
"""


class Sqlite(SqliteFile):
    """SQLite, as ``DatabaseBackend`` uses it."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / FILE_NAME,
            lambda where, problem, advice: SinkError(Path(where), problem, advice=advice),
            replace="move it away to begin a new one",
        )

    def connect(self) -> Engine:
        """An engine that begins no transaction by itself."""
        from sqlalchemy import URL, create_engine, event

        engine = create_engine(
            URL.create("sqlite", database=self.where),
            # None: sqlite3 begins none by itself, which would begin at the first change alone
            connect_args={"timeout": PATIENCE_SECONDS, "isolation_level": None},
            json_serializer=str,
            json_deserializer=str,
        )
        event.listen(engine, "connect", _set_up)
        return engine

    def begin_reading(self, connection: Connection) -> None:
        """A transaction that sees one moment and takes nothing."""
        connection.exec_driver_sql("BEGIN")

    def create(self, connection: Connection) -> None:
        for statement in SEARCH:
            connection.exec_driver_sql(statement)

    def version(self, _: Connection) -> str:
        """Sizes and times of the file and of its journal, where what was written last may be."""
        files = (self._file, self._file.with_name(f"{FILE_NAME}-wal"))
        stats = [file.stat() for file in files if file.exists()]
        return repr([(stat.st_size, stat.st_mtime_ns) for stat in stats if stat.st_size])


def _set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # readers and a writer do not wait for each other so; the file remembers it
    connection.execute("PRAGMA journal_mode=WAL")
    # a commit is on the disk: the journal of the run goes after it
    connection.execute("PRAGMA synchronous=FULL")


def sqlite(place: StoreLocation) -> StoreBackend:
    """The backend of ``--sink sqlite``."""
    check_unused(place, "sqlite", "database", "part_size", "part_by")
    # here: SQLAlchemy takes a third of a second to import
    from copydesk.flows.sinks.databases.database_backend import DatabaseBackend

    return DatabaseBackend(Sqlite(place.folder))
