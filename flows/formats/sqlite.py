"""Records as an SQLite database: a table one queries, the whole record beside it, and a full-text index."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.errors import CannotWrite
from copydesk.flows.formats.flat_rows import COLUMNS, flat_row
from copydesk.flows.formats.format_registry import FileFormat

_NAMES = ", ".join(f'"{column.name}"' for column in COLUMNS)
_TYPED = ", ".join(f'"{column.name}" {column.type}' for column in COLUMNS)
TABLES = f"""
CREATE TABLE records (number INTEGER PRIMARY KEY, {_TYPED}, record TEXT NOT NULL);
CREATE VIRTUAL TABLE search USING fts5(
    title, text, content='records', content_rowid='number', tokenize='unicode61 remove_diacritics 2'
);
"""
"""``record`` is the record as JSON; ``search`` finds the numbers of records by words of title and text."""
INDEXES = """
CREATE INDEX records_id ON records (id);
CREATE INDEX records_url ON records (url);
CREATE INDEX records_date_published ON records (date_published);
INSERT INTO search (search) VALUES ('rebuild');
"""
_INSERT = f"INSERT INTO records ({_NAMES}, record) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"  # noqa: S608 - names of ours


def write_sqlite(records: Iterable[Record], path: Path) -> None:
    """Fills an empty file with a database. Raises CannotWrite, or OSError where the disk is full."""
    try:
        # by hand: one transaction for all rows, one for each index
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            # a file that is thrown away unless it is finished needs no journal
            database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {TABLES}")
            database.execute("BEGIN")
            database.executemany(_INSERT, ((*flat_row(one), encode(one).decode()) for one in records))
            database.execute("COMMIT")
            database.executescript(INDEXES)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise CannotWrite(f"SQLite: {error}") from error


SQLITE = FileFormat(summary="a database with full-text search over titles and texts", write=write_sqlite)
