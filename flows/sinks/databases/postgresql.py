"""The tables of a PostgreSQL database, which several runs, on several machines, may fill."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from copydesk.flows.errors import SettingsError, SinkError
from copydesk.flows.io.databases import EXAMPLE, PostgresqlServer, postgresql_url
from copydesk.flows.sinks.store_backend import StoreBackend, StoreLocation, check_unused

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, Table

# set by hand: longer than a merge of a million records takes
_LOCK_TIMEOUT = "30min"
# of advisory locks, that copydesk's runs know each other by: the first bytes of a digest of its name
_LOCK = int.from_bytes(hashlib.sha256(b"copydesk").digest()[:7], "big")


class Postgresql(PostgresqlServer):
    """PostgreSQL, as ``DatabaseBackend`` uses it."""

    def __init__(self, url: URL) -> None:
        super().__init__(
            url, lambda where, problem, advice: SinkError(where, problem, advice=advice), option="--database"
        )
        # what a killed run left for one database goes to no other, whoever logs in
        self.name = f"postgresql-{hashlib.sha256(self.where.encode()).hexdigest()[:12]}"

    def connect(self) -> Engine:
        """An engine of one connection."""
        from sqlalchemy import create_engine

        return create_engine(
            self._url,
            connect_args=self._timeouts,
            json_serializer=str,
            # psycopg hands on what came: bytes
            json_deserializer=lambda record: record.decode() if isinstance(record, bytes) else str(record),
        )

    def begin_reading(self, connection: Connection) -> None:
        """Every statement sees the moment of the first."""
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def begin_changing(self, connection: Connection, *tables: Table) -> None:
        """Other runs wait, and so does whoever else would change these tables; who reads does not."""
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if tables:
            names = ", ".join(table.name for table in tables)
            connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")

    def create(self, connection: Connection) -> None:
        """Nothing beside the tables; but they are to hold every script."""
        self.check_encoding(connection)

    def version(self, connection: Connection) -> str:
        """Each row has the number of the transaction that wrote it."""
        counted = "SELECT count(*), max(number), sum(xmin::text::bigint) FROM records"
        return repr(tuple(connection.exec_driver_sql(counted).one()))


def postgresql(place: StoreLocation) -> StoreBackend:
    """The backend of ``--sink postgresql``.

    Raises SettingsError where the address is none, EnvironmentFault where psycopg is missing.
    """
    # here: SQLAlchemy takes a third of a second to import
    from copydesk.flows.sinks.databases.database_backend import DatabaseBackend

    check_unused(place, "postgresql", "part_size", "part_by")
    if not place.database:
        raise SettingsError(f"--sink postgresql needs --database, such as {EXAMPLE}")
    url = postgresql_url(place.database, option="--database", wanted_by="--sink postgresql")
    return DatabaseBackend(Postgresql(url))
