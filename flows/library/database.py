"""The databases that a library may be: a file in the output folder, or a schema of a PostgreSQL server."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.databases import PostgresqlServer, SqliteFile, postgresql_url
from copydesk.flows.io.output_folder import LIBRARY, check_is_database

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

SCHEMA = "copydesk"
"""Of PostgreSQL's: names such as ``record`` may be others' in a database that is not for copydesk alone."""
# longer than any batch, and the end of a run over a million records, take
_LOCK_TIMEOUT = "30min"
_REPLACE = "move it away to begin anew"
PATIENCE_SECONDS = 60.0
"""How long a writer waits for another: a batch takes some tenths of a second."""
# set by hand, 0.38 s in all: for another process that makes the file at the same moment
_PAUSES_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2)


class SqliteLibrary(SqliteFile):
    """A file. Readers and a writer do not wait for each other; writers do."""

    elsewhere = "choose another folder with --output"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / LIBRARY, _fault, replace=_REPLACE)
        self._folder = folder

    def connect(self) -> Engine:
        """An engine that begins no transaction by itself."""
        from sqlalchemy import URL, create_engine, event

        is_writable = self._is_writable()
        engine = create_engine(
            URL.create("sqlite", database=self.where) if is_writable else self._to_read_alone(),
            connect_args={"timeout": PATIENCE_SECONDS, "isolation_level": None},
        )
        if is_writable:
            event.listen(engine, "connect", _set_up)
        return engine

    def _is_writable(self) -> bool:
        """Whether the file may be changed, or is still to be made."""
        needed = (self._file, self._folder)
        return not self._file.exists() or all(os.access(one, os.W_OK) for one in needed)

    def _to_read_alone(self) -> URL:
        from sqlalchemy import URL

        # SQLite makes files beside this one to read it, unless it is opened as immutable; what is in
        # the log alone it would pass over then
        log = self._file.with_name(f"{self._file.name}-wal")
        how = {"mode": "ro"} if log.exists() and log.stat().st_size else {"immutable": "1"}
        name = f"file:{quote(os.fsencode(self._file.absolute()))}"
        return URL.create("sqlite", database=name, query={"uri": "true", **how})

    @contextlib.contextmanager
    def running(self, engine: Engine, run: int) -> Iterator[None]:  # noqa: ARG002
        """Nothing: who has the folder is the only one."""
        yield

    def is_over(self, connection: Connection, run: int) -> bool:  # noqa: ARG002
        """True: who has the folder is the only one."""
        return True

    def begin_reading(self, connection: Connection) -> None:
        """A transaction that sees one moment and takes nothing."""
        connection.exec_driver_sql("BEGIN")

    def create(self, connection: Connection) -> None:
        """Nothing beside the tables."""

    def size_bytes(self, connection: Connection) -> int:  # noqa: ARG002
        return self._file.stat().st_size


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
    # a lost power supply may cost the last batches, never half of one: records and what is noted of their pages
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-64000")


class PostgresqlLibrary(PostgresqlServer):
    """A schema of a PostgreSQL database."""

    elsewhere = "choose another database with --database"

    def __init__(self, url: URL, option: str) -> None:
        super().__init__(url, _fault, option=option)

    def connect(self) -> Engine:
        """An engine whose connections look for tables in the library's own schema, or that the address names."""
        from sqlalchemy import create_engine

        given = self._url.query.get("options", "")
        options = " ".join((given,) if isinstance(given, str) else given)
        if "search_path" not in options:
            options = f"{options} -csearch_path={SCHEMA}".strip()
        return create_engine(
            self._url,
            # a connection that was lost between two statements is made again
            pool_pre_ping=True,
            connect_args=self._timeouts | {"options": options},
        )

    @contextlib.contextmanager
    def running(self, engine: Engine, run: int) -> Iterator[None]:
        """By a lock that ends with its connection, however this process ends."""
        with contextlib.ExitStack() as opened:
            with self.map_errors():
                # beside transactions, so that none stays open as long as the run
                connection = opened.enter_context(
                    engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                )
                connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_lock(f'run {run}')})")
            opened.callback(_give_back, connection)
            yield

    def is_over(self, connection: Connection, run: int) -> bool:
        """Whether nobody has the lock of a run."""
        query = f"SELECT pg_try_advisory_xact_lock({_lock(f'run {run}')})"
        return bool(connection.exec_driver_sql(query).scalar_one())

    def begin_reading(self, connection: Connection) -> None:
        """Every statement sees the moment of the first."""
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def begin_changing(self, connection: Connection, *_: object) -> None:
        """One batch after the other: what is settled depends on what is there."""
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_lock('batch')})")

    def create(self, connection: Connection) -> None:
        """The schema, unless it is there or the address names another."""
        self.check_encoding(connection)
        # checked first: making a schema that exists takes a right that a user who only fills it lacks
        if connection.exec_driver_sql("SELECT current_schema()").scalar_one() is None:
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")

    def size_bytes(self, connection: Connection) -> int:
        """Of the tables of its schema, with their indexes."""
        query = (
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        return int(connection.exec_driver_sql(query).scalar_one())


Database = SqliteLibrary | PostgresqlLibrary


def _lock(what: str) -> str:
    """The two numbers of an advisory lock: what it is for, and the schema of its library, or while that is still to be
    made where its tables are looked for.
    """
    name = hashlib.sha256(f"copydesk library: {what}".encode()).digest()
    schema = "hashtext(coalesce(current_schema(), current_setting('search_path')))"
    return f"{int.from_bytes(name[:4], 'big', signed=True)}, {schema}"


def _give_back(connection: Connection) -> None:
    """Ends the lock of a run, and its connection, which would keep it in the pool."""
    from sqlalchemy.exc import DBAPIError

    # unlocked explicitly: a server notices late that a connection has ended, and the next run may come before
    with contextlib.suppress(DBAPIError):
        connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
    connection.invalidate()


def _fault(where: str, problem: str, advice: str) -> EnvironmentFault:
    return EnvironmentFault(f"{where}: {problem}; {advice}")


def library_database(folder: Path, address: str | None, *, option: str = "--database") -> Database:
    """Where the library of an output folder is: at ``address``, of a PostgreSQL database, else in the folder.

    Raises SettingsError where the address is none, EnvironmentFault where psycopg is missing.
    """
    if address is None:
        check_is_database(folder / LIBRARY)
        return SqliteLibrary(folder)
    return PostgresqlLibrary(postgresql_url(address, option=option, wanted_by=option), option)
