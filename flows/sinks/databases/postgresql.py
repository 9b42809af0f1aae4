"""The tables of a PostgreSQL database, which several runs, on several machines, may fill."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from copydesk.flows.errors import EnvironmentFault, SettingsError, SinkError
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.sinks.shelf import Place, Shelf, check_unused

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, Table
    from sqlalchemy.exc import DBAPIError

# set by hand: longer than a merge of a million records takes
_LOCK_TIMEOUT = "30min"
# of advisory locks, that copydesk's runs know each other by: the first bytes of a digest of its name
_LOCK = int.from_bytes(hashlib.sha256(b"copydesk").digest()[:7], "big")
# set by hand, in seconds, as strings of libpq: a server that has gone without a word is noticed within two minutes
_PATIENCE = {
    "connect_timeout": "20",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # milliseconds
    "application_name": "copydesk",
}
_RUN_AGAIN = "run again: what was written is kept"
_SEE_URL = "see to --database"
# SQLSTATE, or how it begins, to what is told; the longest that fits holds (PostgreSQL's manual, appendix A)
_TROUBLES = {
    "08": ("does not answer", f"see to the server, and {_RUN_AGAIN}"),
    "57P": ("does not answer", f"see to the server, and {_RUN_AGAIN}"),
    "53": ("has no room left", f"see to the server's disk and memory, and {_RUN_AGAIN}"),
    "58": ("has trouble with its disk", f"see to the server, and {_RUN_AGAIN}"),
    "55P03": ("another run has been writing there for long", f"wait for its end, and {_RUN_AGAIN}"),
    "40": ("somebody else changed the same tables", _RUN_AGAIN),
    "28": ("does not let this user in", _SEE_URL),
    "3D000": ("has no such database", f"make it (createdb), or {_SEE_URL}"),
    "3F000": ("has no such schema", f"make it, or {_SEE_URL}"),
    "42501": (
        "does not let this user write there",
        "grant it the schema and its tables, or name another user",
    ),
    "25006": ("takes no changes", "name the server that does, not one that follows it"),
    "42": ("has other tables by the names of ours", "choose another database or schema"),
    "23": ("was changed by others while it was written", _RUN_AGAIN),
}


class Postgresql:
    """PostgreSQL, as ``DatabaseShelf`` asks it."""

    def __init__(self, url: URL) -> None:
        from sqlalchemy import URL

        self._url = url
        # without who logs in: a name is short, and a password is nobody's to read
        place = URL.create(
            "postgresql", host=url.host, port=url.port, database=url.database, query=url.query
        ).difference_update_query(["user", "password"])
        self.where = without_secrets(place.render_as_string())
        # what a killed run left for one database goes to no other, whoever logs in
        self.name = f"postgresql-{hashlib.sha256(self.where.encode()).hexdigest()[:12]}"

    def connect(self) -> Engine:
        """An engine of one connection."""
        from sqlalchemy import create_engine

        told = {key: value for key, value in _PATIENCE.items() if key not in self._url.query}
        return create_engine(
            self._url,
            connect_args=told,
            json_serializer=str,
            json_deserializer=_as_text,
        )

    def is_there(self) -> bool:
        """Whether it is, connecting tells."""
        return True

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
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise SinkError(
                self.where, f"is encoded in {encoding}", advice="choose a database that is encoded in UTF8"
            )

    @contextlib.contextmanager
    def errors_told(self) -> Iterator[None]:
        """By PostgreSQL's codes of errors."""
        from sqlalchemy.exc import DBAPIError

        try:
            yield
        except DBAPIError as error:
            trouble = _trouble(error)
            if trouble is None:
                raise
            problem, advice = trouble
            said = str(error.orig).strip().partition("\n")[0]
            raise SinkError(self.where, f"{problem} ({without_secrets(said)})", advice=advice) from error


def _trouble(error: DBAPIError) -> tuple[str, str] | None:
    """What is wrong and what to do; None for what is a mistake of ours."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    state = getattr(error.orig, "sqlstate", None)
    # without a code: the server was not reached, or the connection broke
    if state is None:
        return _TROUBLES["08"] if isinstance(error, (OperationalError, InterfaceError)) else None
    return next((_TROUBLES[state[:size]] for size in (5, 3, 2) if state[:size] in _TROUBLES), None)


def _as_text(record: Any) -> str:
    # psycopg hands on what came: bytes
    return record.decode() if isinstance(record, bytes) else str(record)


def postgresql(place: Place) -> Shelf:
    """The shelf of ``--sink postgresql``.

    Raises SettingsError where the address is none, EnvironmentFault where psycopg is missing.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    # here: SQLAlchemy takes a third of a second to import
    from copydesk.flows.sinks.databases.shelf import DatabaseShelf

    check_unused(place, "postgresql", "part_size", "part_by")
    example = "postgresql://user@host/database"
    if not place.database:
        raise SettingsError(f"--sink postgresql needs --database, such as {example}")
    try:
        url = make_url(place.database)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in {"postgresql", "postgres"}:
        raise SettingsError(f"--database: expected {example}, not {without_secrets(place.database)}")
    try:
        import psycopg  # noqa: F401 - SQLAlchemy imports it by name
    except ImportError as error:
        raise EnvironmentFault("--sink postgresql needs psycopg; install copydesk[postgresql]") from error
    return DatabaseShelf(Postgresql(url.set(drivername="postgresql+psycopg")))
