"""Databases as copydesk reaches them: PostgreSQL's URLs and timeouts, and an EnvironmentFault in place of SQLAlchemy's
errors, whose message a user can act on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from copydesk.flows.errors import EnvironmentFault, SettingsError, map_errors
from copydesk.flows.io.redaction import without_secrets

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.exc import DBAPIError

VALUES_AT_ONCE = 500
"""Before version 3.32 SQLite took 999 variables a statement; some come beside these."""
Value = TypeVar("Value")
Trouble = tuple[str, str]
"""The problem, and what to do."""

RUN_AGAIN = "run again: what was written is kept"
_FREE = f"free some space and {RUN_AGAIN}"
_ELSEWHERE = "choose a folder you may write to with --output"
# prefixes of SQLite's names of errors: SQLITE_IOERR_WRITE and SQLITE_BUSY_SNAPSHOT are of the same kinds
_SQLITE: Mapping[str, Trouble] = {
    "SQLITE_BUSY": ("another process has been writing to it for long", f"wait for its end, and {RUN_AGAIN}"),
    "SQLITE_FULL": ("the disk is full", _FREE),
    "SQLITE_IOERR": ("the disk does not take it", _FREE),
    "SQLITE_CANTOPEN": ("cannot be opened", _ELSEWHERE),
    "SQLITE_READONLY": ("cannot be written", _ELSEWHERE),
    "SQLITE_PERM": ("cannot be opened", _ELSEWHERE),
    "SQLITE_NOTADB": ("is no database", "{replace}"),
    "SQLITE_CORRUPT": ("is damaged", "{replace}"),
    # no such table or column: the statements are ours, so it is the file that differs
    "SQLITE_ERROR": ("is damaged, or not made by copydesk", "{replace}"),
}

EXAMPLE = "postgresql://user@host/database"
# set by hand, in seconds, as strings of libpq: a server that is gone is noticed within two minutes
_PATIENCE = {
    "connect_timeout": "20",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # milliseconds
    "application_name": "copydesk",
}
_SEE_ADDRESS = "see to {option}"
# SQLSTATE or a prefix of it, to problem and advice; the longest match applies (PostgreSQL's manual, appendix A)
_TROUBLES = {
    "08": ("does not answer", f"see to the server, and {RUN_AGAIN}"),
    "57P": ("does not answer", f"see to the server, and {RUN_AGAIN}"),
    "53": ("has no room left", f"see to the server's disk and memory, and {RUN_AGAIN}"),
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
    (re.compile("password authentication failed|no password supplied|no pg_hba.conf entry"), "28"),
    (re.compile('role ".*" (does not exist|is not permitted to log in)'), "28"),
    (re.compile('database ".*" does not exist'), "3D000"),
)


def batched(values: Iterable[Value], size: int = VALUES_AT_ONCE) -> Iterator[list[Value]]:
    """The values of a question, or rows of a statement, in lists that any database takes."""
    left = iter(values)
    while batch := list(islice(left, size)):
        yield batch


def database_errors(
    trouble_of: Callable[[DBAPIError], Trouble | None], fault: Callable[[str, str], EnvironmentFault]
) -> AbstractContextManager[None]:
    """Maps a database's errors to the fault made of problem and advice; a mistake of ours stays as it is."""

    def fault_for(error: Exception) -> EnvironmentFault | None:
        from sqlalchemy.exc import DBAPIError  # here: SQLAlchemy takes a third of a second to import

        trouble = trouble_of(error) if isinstance(error, DBAPIError) else None
        return fault(*trouble) if trouble is not None else None

    return map_errors(fault_for)


def sqlite_trouble(error: DBAPIError, *, replace: str) -> Trouble | None:
    """By the name of SQLite's error; None for a mistake of ours. ``replace``: what to do about an unreadable file."""
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    trouble = next((known for code, known in _SQLITE.items() if name.startswith(code)), None)
    return None if trouble is None else (trouble[0], trouble[1].format(replace=replace))


def postgresql_url(address: str, *, option: str, wanted_by: str) -> URL:
    """The URL that an option gives, as SQLAlchemy has it; ``wanted_by``: the feature that needs it.

    Raises SettingsError, without a password, where it is no such URL; EnvironmentFault where psycopg is missing.
    """
    from sqlalchemy import make_url  # here: SQLAlchemy takes a third of a second to import
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in {"postgresql", "postgres"}:
        raise SettingsError(f"{option}: expected {EXAMPLE}, not {without_secrets(address)}")
    try:
        import psycopg
    except ImportError as error:
        raise EnvironmentFault(f"{wanted_by} needs psycopg: pip install 'copydesk[postgresql]'") from error
    # its warnings follow from an error that is reported: statements that a server did not reach
    logging.getLogger(psycopg.__name__).setLevel(logging.ERROR)
    return url.set(drivername="postgresql+psycopg")


def shown(url: URL) -> str:
    """A URL for messages: without user and password."""
    from sqlalchemy import URL

    place = URL.create(
        "postgresql", host=url.host, port=url.port, database=url.database, query=url.query
    ).difference_update_query(["user", "password"])
    return without_secrets(place.render_as_string())


def patience(url: URL) -> dict[str, str]:
    """Timeouts of libpq, where the URL sets no other."""
    return {key: value for key, value in _PATIENCE.items() if key not in url.query}


def postgresql_trouble(error: DBAPIError, *, option: str) -> Trouble | None:
    """Problem, with the server's own message, and advice; None for a mistake of ours.

    ``option``: the one with the URL.
    """
    trouble = _trouble(error)
    if trouble is None:
        return None
    message = str(error.orig).strip().partition("\n")[0]
    return f"{trouble[0]} ({without_secrets(message)})", trouble[1].format(option=option)


def _trouble(error: DBAPIError) -> Trouble | None:
    from sqlalchemy.exc import InterfaceError, OperationalError

    state = getattr(error.orig, "sqlstate", None)
    # without a code: the server refused the user, was not reached, or the connection broke
    if state is None:
        message = str(error.orig)
        state = next((code for words, code in _REFUSED if words.search(message)), None)
    if state is None:
        return _TROUBLES["08"] if isinstance(error, (OperationalError, InterfaceError)) else None
    return next((_TROUBLES[state[:size]] for size in (5, 3, 2) if state[:size] in _TROUBLES), None)
