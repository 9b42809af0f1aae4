"""The databases that a state may be kept in: a file in the output folder, or a PostgreSQL server."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.databases import PostgresqlServer, SqliteFile, postgresql_url
from copydesk.flows.library.output_folder import check_is_database, locked

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

FILE_NAME = "state.sqlite"
"""The file in the output folder; SQLite keeps ``-wal`` and ``-shm`` beside it while it is open."""
VERSION = 13
"""Of the tables; one more for each change of them."""
SCHEMA = "copydesk_state"
"""Of PostgreSQL's: names such as ``sources`` may be others' in a database that is not for copydesk alone."""
# of advisory locks: what copydesk's states know each other by; the other half is their schema
_LOCK = int.from_bytes(hashlib.sha256(b"copydesk state").digest()[:4], "big", signed=True)
_THIS_STATE = f"{_LOCK}, hashtext(coalesce(current_schema(), ''))"


_REPLACE = "move it away to begin anew: pages are fetched once more, records stay"
PATIENCE_SECONDS = 10.0
"""How long a writer waits for another process: a note takes a millisecond."""
# set by hand, 0.38 s in all: for another process that makes the file at the same moment
_PAUSES_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2)


class SqliteState(SqliteFile):
    """A file. Two processes may use it at once; a writer waits for the other."""

    elsewhere = "choose another folder with --output"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE_NAME, _fault, replace=_REPLACE)

    def connect(self) -> Engine:
        """An engine whose connections wait for one another, and whose writers do not keep readers from reading."""
        from sqlalchemy import URL, create_engine, event

        is_writable = self._is_writable()
        engine = create_engine(
            URL.create("sqlite", database=self.where) if is_writable else self._to_read_alone(),
            # a transaction takes the right to write as it begins: none has to give up what it has read half-way
            connect_args={"timeout": PATIENCE_SECONDS, "isolation_level": "IMMEDIATE"},
        )
        if is_writable:
            event.listen(engine, "connect", _set_up)
        return engine

    def _is_writable(self) -> bool:
        """Whether the file may be changed, or is still to be made."""
        needed = (self._file, self._file.parent)
        return not self._file.exists() or all(os.access(one, os.W_OK) for one in needed)

    def _to_read_alone(self) -> URL:
        from sqlalchemy import URL

        # SQLite makes files beside this one to read it, unless it is opened as immutable; what is in
        # the log alone it would pass over then
        log = self._file.with_name(f"{self._file.name}-wal")
        how = {"mode": "ro"} if log.exists() and log.stat().st_size else {"immutable": "1"}
        name = f"file:{quote(os.fsencode(self._file.absolute()))}"
        return URL.create("sqlite", database=name, query={"uri": "true", **how})

    def only_writer(self, engine: Engine) -> AbstractContextManager[None]:  # noqa: ARG002
        """Nothing: a run locks the output folder."""
        return contextlib.nullcontext()

    def unused(self, engine: Engine) -> AbstractContextManager[None]:  # noqa: ARG002
        """While this lasts no run uses the state. Raises EnvironmentFault where one does."""
        return locked(self._file.parent)

    def create(self, connection: Connection) -> None:
        """Nothing."""

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
    # a lost power supply may cost the last notes, never the rest
    connection.execute("PRAGMA synchronous=NORMAL")


class PostgresqlState(PostgresqlServer):
    """A schema of a PostgreSQL database, which one run at a time writes to."""

    elsewhere = "choose another database with --state"

    def __init__(self, url: URL) -> None:
        super().__init__(url, _fault, option="--state")

    def connect(self) -> Engine:
        """An engine whose connections look for tables in the state's own schema, or that the address names."""
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
    def only_writer(self, engine: Engine) -> Iterator[None]:
        """By a lock that ends with its connection, however this process ends."""
        with contextlib.ExitStack() as opened:
            with self.map_errors():
                # beside transactions, so that none stays open as long as the run
                connection = opened.enter_context(
                    engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                )
                has_it = connection.exec_driver_sql(
                    f"SELECT pg_try_advisory_lock({_THIS_STATE})"
                ).scalar_one()
            if not has_it:
                raise EnvironmentFault(
                    f"{self.where}: another run is using this state; wait for its end, or {self.elsewhere}"
                )
            opened.callback(_give_back, connection)
            yield

    def unused(self, engine: Engine) -> AbstractContextManager[None]:
        """While this lasts no run uses the state. Raises EnvironmentFault where one does."""
        return self.only_writer(engine)

    def begin_changing(self, connection: Connection) -> None:
        """Whoever makes or changes the tables waits for others that do."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")

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


StateDatabase = SqliteState | PostgresqlState


def _give_back(connection: Connection) -> None:
    """Ends the only writer's lock, and its connection, which would keep it in the pool."""
    from sqlalchemy.exc import DBAPIError

    # unlocked explicitly: a server notices late that a connection has ended, and the next run may come before
    with contextlib.suppress(DBAPIError):
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_THIS_STATE})")
    connection.invalidate()


def _fault(where: str, problem: str, advice: str) -> EnvironmentFault:
    return EnvironmentFault(f"{where}: {problem}; {advice}")


def state_database(folder: Path, address: str | None) -> StateDatabase:
    """Where the state of an output folder is kept: at ``address``, of a PostgreSQL database, else in the folder.

    Raises SettingsError where the address is none, EnvironmentFault where psycopg is missing.
    """
    if address is None:
        check_is_database(folder / FILE_NAME)
        return SqliteState(folder)
    return PostgresqlState(postgresql_url(address, option="--state", wanted_by="--state"))
