"""The databases that a library may be: a file in the output folder, or a schema of a PostgreSQL server."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from copydesk.flows.errors import EnvironmentFault, map_errors
from copydesk.flows.io.databases import PATIENCE, Trouble, postgresql_trouble, postgresql_url, sqlite_trouble
from copydesk.flows.io.output_folder import LIBRARY, check_is_database
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.io.sinks import FILE_SINKS

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Dialect, Engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import ConnectionPoolEntry
    from sqlalchemy.util import LRUCache

SCHEMA = "copydesk"
"""Of PostgreSQL's: names such as ``record`` may be others' in a database that is not for copydesk alone."""
# longer than any batch, and the end of a run over a million records, take
_LOCK_TIMEOUT = "30min"
_MEANWHILE = ("a run has changed it while it was read", "wait for its end, and do it again")
# a server notices within a minute that the machine of a run is dead; by itself it would after two hours
_KEEPALIVES = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
PATIENCE_SECONDS = 60.0
"""How long a writer waits for another: a batch takes some tenths of a second."""
# set by hand, 0.38 s in all: for another process that makes the file at the same moment
_PAUSES_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2)


class _Database:
    """A database at a place; ``where``: for messages, without a password."""

    def __init__(self, where: str) -> None:
        self.where = where

    def _fault(self, problem: str, advice: str) -> EnvironmentFault:
        return EnvironmentFault(f"{self.where}: {problem}; {advice}")

    def _trouble(self, error: DBAPIError) -> Trouble | None:
        """The problem and what to do; None for a mistake of ours."""
        raise NotImplementedError

    def map_errors(self) -> contextlib.AbstractContextManager[None]:
        """Maps the database's errors to those that users get; a mistake of ours stays as it is."""

        def fault_for(error: Exception) -> EnvironmentFault | None:
            from sqlalchemy.exc import DBAPIError  # here: SQLAlchemy takes a third of a second to import

            trouble = self._trouble(error) if isinstance(error, DBAPIError) else None
            return self._fault(*trouble) if trouble is not None else None

        return map_errors(fault_for)


class SqliteLibrary(_Database):
    """A file. Readers and a writer do not wait for each other; writers do."""

    elsewhere = "choose another folder with --output"

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / LIBRARY))
        self._file = folder / LIBRARY
        self._folder = folder
        self._stamp: tuple[int, int] | None = None

    def exists(self) -> bool:
        return self._file.exists()

    def connect(self) -> Engine:
        """An engine to write, that begins no transaction by itself."""
        from sqlalchemy import event

        engine = self._engine(self.where, {})
        event.listen(engine, "connect", _set_up)
        return engine

    def look(self) -> Engine:
        """An engine to read alone, which leaves a run's log as it is. Raises EnvironmentFault where that cannot be."""
        name = f"file:{quote(os.fsencode(self._file.absolute()))}"
        log, index = (self._file.with_name(f"{self._file.name}-{one}") for one in ("wal", "shm"))
        may_write = all(os.access(one, os.W_OK) for one in (self._file, self._folder))
        if may_write or (log.exists() and index.exists()):
            return self._engine(name, {"uri": "true", "mode": "ro"})
        if log.exists() and log.stat().st_size:
            views = [path for one in FILE_SINKS if (path := self._folder / f"records.{one}").exists()]
            copied = "copy the folder to where you may"
            raise self._fault(
                "was left by a run that was killed, and you may not write there",
                f"name {views[0]} instead, or {copied}" if views else copied,
            )
        # SQLite would make files beside this one, and nothing keeps a run from changing it meanwhile
        self._stamp = self._stamped()
        return self._engine(name, {"uri": "true", "immutable": "1"})

    def _engine(self, name: str, how: dict[str, str]) -> Engine:
        from sqlalchemy import URL, Engine, create_pool_from_url

        url = URL.create("sqlite", database=name, query=how)
        pool = create_pool_from_url(url, connect_args={"timeout": PATIENCE_SECONDS, "isolation_level": None})
        dialect, compiled = _sqlite_statements()
        return Engine(pool, dialect, url, execution_options={"compiled_cache": compiled})

    def _stamped(self) -> tuple[int, int]:
        found = self._file.stat()
        return found.st_mtime_ns, found.st_size

    def _trouble(self, error: DBAPIError) -> Trouble | None:
        return _MEANWHILE if self._was_changed() else sqlite_trouble(error)

    def _was_changed(self) -> bool:
        return self._stamp is not None and self._stamp != self._stamped()

    def end_reading(self) -> None:
        """Raises EnvironmentFault where a run has changed what was read meanwhile."""
        if self._was_changed():
            raise self._fault(*_MEANWHILE)

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

    def begin_changing(self, connection: Connection) -> None:
        """Takes the right to write as it begins: what is read cannot change before it is written."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def create(self, connection: Connection) -> None:
        """Nothing beside the tables."""

    def size_bytes(self, connection: Connection) -> int:  # noqa: ARG002
        return self._file.stat().st_size


@cache
def _sqlite_statements() -> tuple[Dialect, LRUCache[Any, Any]]:
    """SQLite's dialect, and statements that are compiled in it: shared by the libraries of all folders. To compile them
    takes longer than a small batch.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.util import LRUCache

    engine = create_engine("sqlite://")
    engine.connect().close()  # it learns SQLite's version
    engine.dispose()
    return engine.dialect, LRUCache(500)  # as many as SQLAlchemy keeps of an engine


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


class PostgresqlLibrary(_Database):
    """A schema of a PostgreSQL database."""

    elsewhere = "choose another database with --database"

    def __init__(self, url: URL) -> None:
        from sqlalchemy import URL

        place = URL.create("postgresql", host=url.host, port=url.port, database=url.database, query=url.query)
        shown = place.difference_update_query(["user", "password"]).render_as_string()
        super().__init__(without_secrets(shown))
        self._url = url

    def _trouble(self, error: DBAPIError) -> Trouble | None:
        return postgresql_trouble(error)

    def exists(self) -> bool:
        """True: only connecting shows whether it does."""
        return True

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
            # where the URL sets no others
            connect_args={key: value for key, value in PATIENCE.items() if key not in self._url.query}
            | {"options": options},
        )

    look = connect  # readers have transactions that change nothing

    @contextlib.contextmanager
    def running(self, engine: Engine, run: int) -> Iterator[None]:
        """By a lock that ends with its connection, however this process ends."""
        with contextlib.ExitStack() as opened:
            with self.map_errors():
                # beside transactions, so that none stays open as long as the run
                connection = opened.enter_context(
                    engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                )
                connection.exec_driver_sql(_KEEPALIVES)
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

    def end_reading(self) -> None:
        """Nothing: every statement has seen one moment."""

    def begin_changing(self, connection: Connection) -> None:
        """One batch after the other: what is settled depends on what is there."""
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_lock('batch')})")

    def create(self, connection: Connection) -> None:
        """The schema, unless it is there or the address names another."""
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise self._fault(f"is encoded in {encoding}", "choose a database that is encoded in UTF8")
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


def library_database(folder: Path, address: str | None) -> Database:
    """Where the library of an output folder is: at ``address``, of a PostgreSQL database, else in the folder.

    Raises SettingsError where the address is none, EnvironmentFault where psycopg is missing.
    """
    if address is None:
        check_is_database(folder / LIBRARY)
        return SqliteLibrary(folder)
    return PostgresqlLibrary(postgresql_url(address))
