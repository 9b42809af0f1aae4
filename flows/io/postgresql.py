"""PostgreSQL as copydesk reaches it: addresses, patience, and what is told of its errors."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.io.database_faults import RUN_AGAIN, Trouble
from copydesk.flows.io.redaction import without_secrets

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.exc import DBAPIError

EXAMPLE = "postgresql://user@host/database"
# set by hand, in seconds, as strings of libpq: a server that has gone without a word is noticed within two minutes
_PATIENCE = {
    "connect_timeout": "20",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # milliseconds
    "application_name": "copydesk",
}
_SEE_ADDRESS = "see to {option}"
# SQLSTATE, or how it begins, to what is told; the longest that fits holds (PostgreSQL's manual, appendix A)
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
# libpq hands on no code of what a server answers to one who connects, only its words: those of English servers
_REFUSED = (
    (re.compile("password authentication failed|no password supplied|no pg_hba.conf entry"), "28"),
    (re.compile('role ".*" (does not exist|is not permitted to log in)'), "28"),
    (re.compile('database ".*" does not exist'), "3D000"),
)


def postgresql_url(address: str, *, option: str, wanted_by: str) -> URL:
    """The address that an option gives, as SQLAlchemy has it; ``wanted_by`` is what cannot do without.

    Raises SettingsError, without a password, where it is none; EnvironmentFault where psycopg is missing.
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
    # what it warns of follows from the error that is told: of statements that a server did not come to
    logging.getLogger(psycopg.__name__).setLevel(logging.ERROR)
    return url.set(drivername="postgresql+psycopg")


def shown(url: URL) -> str:
    """An address as it may be told: without who logs in, for a name is short and a password is nobody's to read."""
    from sqlalchemy import URL

    place = URL.create(
        "postgresql", host=url.host, port=url.port, database=url.database, query=url.query
    ).difference_update_query(["user", "password"])
    return without_secrets(place.render_as_string())


def patience(url: URL) -> dict[str, str]:
    """How long a server is waited for, where the address says nothing else; of libpq."""
    return {key: value for key, value in _PATIENCE.items() if key not in url.query}


def postgresql_trouble(error: DBAPIError, *, option: str) -> Trouble | None:
    """With the server's own words; None for what is a mistake of ours.

    ``option``: where the address stands.
    """
    trouble = _trouble(error)
    if trouble is None:
        return None
    said = str(error.orig).strip().partition("\n")[0]
    return f"{trouble[0]} ({without_secrets(said)})", trouble[1].format(option=option)


def _trouble(error: DBAPIError) -> Trouble | None:
    from sqlalchemy.exc import InterfaceError, OperationalError

    state = getattr(error.orig, "sqlstate", None)
    # without a code: the server let nobody in, was not reached, or the connection broke
    if state is None:
        said = str(error.orig)
        state = next((code for words, code in _REFUSED if words.search(said)), None)
    if state is None:
        return _TROUBLES["08"] if isinstance(error, (OperationalError, InterfaceError)) else None
    return next((_TROUBLES[state[:size]] for size in (5, 3, 2) if state[:size] in _TROUBLES), None)
