"""Databases as copydesk reaches them: PostgreSQL's URLs and timeouts, and what a user can do about errors of
SQLAlchemy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.io.extras import install
from copydesk.flows.io.redaction import without_secrets

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Executable
    from sqlalchemy.exc import DBAPIError

VALUES_AT_ONCE = 500
"""Before version 3.32 SQLite took 999 variables a statement; some come beside these."""
Value = TypeVar("Value")
Trouble = tuple[str, str]
"""The problem, and what to do."""

RUN_AGAIN = "run again: what was written is kept"
_FREE = f"free some space and {RUN_AGAIN}"
_REPLACE = "move it away to begin anew"
_ELSEWHERE = "choose a folder you may write to with --output"
# prefixes of SQLite's names of errors: SQLITE_IOERR_WRITE and SQLITE_BUSY_SNAPSHOT are of the same kinds
_SQLITE: Mapping[str, Trouble] = {
    "SQLITE_BUSY": ("another process has been writing to it for long", f"wait for its end, and {RUN_AGAIN}"),
    "SQLITE_FULL": ("the disk is full", _FREE),
    "SQLITE_IOERR": ("the disk does not take it", _FREE),
    "SQLITE_CANTOPEN": ("cannot be opened", _ELSEWHERE),
    "SQLITE_READONLY": ("cannot be written", _ELSEWHERE),
    "SQLITE_PERM": ("cannot be opened", _ELSEWHERE),
    "SQLITE_NOTADB": ("is no database", _REPLACE),
    "SQLITE_CORRUPT": ("is damaged", _REPLACE),
    # no such table or column: the statements are ours, so it is the file that differs
    "SQLITE_ERROR": ("is damaged, or not made by copydesk", _REPLACE),
}

EXAMPLE = "postgresql://user@host/database"
_OPTION = "--database"
# set by hand, in seconds, as strings of libpq: a server that is gone is noticed within two minutes
PATIENCE = {
    "connect_timeout": "20",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # milliseconds
    "application_name": "copydesk",
}
_SEE_ADDRESS = f"see to {_OPTION}"
# SQLSTATE or a prefix of it, to problem and advice; the longest match applies (PostgreSQL's manual, appendix A)
_TROUBLES = {
    "08": ("does not answer", f"see to the server, and {RUN_AGAIN}"),
    "57P": ("does not answer", f"see to the server, and {RUN_AGAIN}"),
    "53": ("has no room left", f"see to the server's disk and memory, and {RUN_AGAIN}"),
    "54": ("cannot hold so large a page", "leave its source out, or keep the library in the output folder"),
    "58": ("has trouble with its disk", f"see to the server, and {RUN_AGAIN}"),
    "55P03": ("another run has been writing there for long", f"wait for its end, and {RUN_AGAIN}"),
    "40": ("somebody else changed the same tables", RUN_AGAIN),
    "28": ("does not let this user in", _SEE_ADDRESS),
    "3D000": ("has no such database", f"make it (createdb), or {_SEE_ADDRESS}"),
    "3F000": ("has no such schema", f"make it, or {_SEE_ADDRESS}"),
    "42501": (
        "does not let this user write there",
        "grant it the schema and its tables, or name another user",
    ),
    "25006": ("takes no changes", "name the server that does, not one that follows it"),
    "42": ("has other tables by the names of ours", "choose another database or schema"),
    "23": ("was changed by others while it was written", RUN_AGAIN),
}
# libpq has no code for the errors of a connection, only their text: that of English servers
_REFUSED = (
    (lazy_pattern("password authentication failed|no password supplied|no pg_hba.conf entry"), "28"),
    (lazy_pattern('role ".*" (does not exist|is not permitted to log in)'), "28"),
    (lazy_pattern('database ".*" does not exist'), "3D000"),
)


def batched(values: Iterable[Value], size: int = VALUES_AT_ONCE) -> Iterator[list[Value]]:
    """The values of a question, or rows of a statement, in lists that any database takes."""
    left = iter(values)
    while batch := list(islice(left, size)):
        yield batch


def execute_all(connection: Connection, statement: Executable, rows: Sequence[Mapping[str, object]]) -> None:
    """Executes a statement for each of these rows; not at all where there are none."""
    if rows:
        connection.execute(statement, rows)


def sqlite_trouble(error: DBAPIError) -> Trouble | None:
    """An error of a file of SQLite; None for a mistake of ours."""
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    return next((known for code, known in _SQLITE.items() if name.startswith(code)), None)


def postgresql_trouble(error: DBAPIError) -> Trouble | None:
    """An error of a PostgreSQL server; None for a mistake of ours."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    message, state = str(error.orig), getattr(error.orig, "sqlstate", None)
    # without a code: the server refused the user, was not reached, or the connection broke
    if state is None:
        state = next((code for words, code in _REFUSED if words.search(message)), None)
    if state is None and isinstance(error, (OperationalError, InterfaceError)):
        state = "08"
    codes = (state[:size] for size in (5, 3, 2)) if state is not None else ()
    trouble = next((_TROUBLES[code] for code in codes if code in _TROUBLES), None)
    if trouble is None:
        return None
    # with the server's own message
    first = without_secrets(message.strip().partition("\n")[0])
    return f"{trouble[0]} ({first})", trouble[1]


def postgresql_url(address: str) -> URL:
    """The URL that ``--database`` gives, as SQLAlchemy has it.

    Raises SettingsError, without a password, where it is no such URL; EnvironmentFault where psycopg is missing.
    """
    from sqlalchemy import make_url  # here: SQLAlchemy takes a third of a second to import
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in {"postgresql", "postgres"}:
        raise SettingsError(f"{_OPTION}: expected {EXAMPLE}, not {without_secrets(address)}")
    try:
        import psycopg
    except ImportError as error:
        raise EnvironmentFault(f"{_OPTION} needs psycopg: {install('postgresql')}") from error
    # its warnings follow from an error that is reported: statements that a server did not reach
    logging.getLogger(psycopg.__name__).setLevel(logging.ERROR)
    return url.set(drivername="postgresql+psycopg")
