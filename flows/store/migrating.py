"""Brings a state database up to the tables of this copydesk, whatever version made it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, select

from copydesk.flows.duplicates import duplicate_tables
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.store.state_tables import about, metadata, revision

if TYPE_CHECKING:
    from copydesk.flows.store.state_database import StateDatabase

REVISION = "0010"
"""The migration that makes the tables of this copydesk; those before it have lower numbers."""
_SCRIPTS = Path(__file__).parent / "migrations"
_VERSION_KEY = "version"
# the last version that was a number in `about`; with revisions it stays at the next, which an older copydesk refuses
_LAST_NUMBERED, _REFUSED = 3, 4
_BEFORE_ALL = "0000"


def bring_up_to_date(engine: Engine, database: StateDatabase) -> None:
    """Makes the tables, or changes them to those of this copydesk; nothing where they are.

    Raises EnvironmentFault, and changes nothing, where a newer copydesk made them.
    """
    with engine.connect() as connection:
        if _checked(_stored_revision(connection), database) == REVISION:
            return
    # one transaction: a crash half-way leaves what was there, whole
    with engine.begin() as connection:
        database.begin_changing(connection)
        # once more: another process may have done it meanwhile
        stored = _checked(_stored_revision(connection), database)
        if stored is None:
            database.create(connection)
            for tables in (metadata, duplicate_tables.metadata):
                tables.create_all(connection)
            connection.execute(about.insert().values(key=_VERSION_KEY, number=_REFUSED))
            connection.execute(revision.insert().values(version_num=REVISION))
        elif stored != REVISION:
            _migrate(connection, stored)


def version_of(connection: Connection, database: StateDatabase) -> int | None:
    """The version of a state, None where there is none. Raises EnvironmentFault where a newer copydesk made it."""
    stored = _checked(_stored_revision(connection), database)
    return None if stored is None else int(stored)


def _stored_revision(connection: Connection) -> str | None:
    """The last migration that a database has seen; None where there is no state in it."""
    known = inspect(connection)
    if known.has_table(revision.name):
        return connection.execute(select(revision.c.version_num)).scalar_one_or_none() or _BEFORE_ALL
    if not known.has_table(about.name):
        return None
    number = connection.execute(
        select(about.c.number).where(about.c.key == _VERSION_KEY)
    ).scalar_one_or_none()
    return f"{number or 0:04d}"


def _checked(stored: str | None, database: StateDatabase) -> str | None:
    # numbers of one length are in order as texts, too
    if stored is not None and stored > REVISION:
        raise EnvironmentFault(
            f"{database.where}: made by a newer copydesk (version {stored.lstrip('0')} of the state, this one knows "
            f"{REVISION.lstrip('0')}); update copydesk, or {database.elsewhere}"
        )
    return stored


def _migrate(connection: Connection, stored: str) -> None:
    # here: takes as long to import as all that a run needs of SQLAlchemy, and is needed once a new version
    from alembic import command
    from alembic.config import Config

    # of the versions that were numbers Alembic knows nothing
    if not inspect(connection).has_table(revision.name):
        revision.create(connection)
        if stored != _BEFORE_ALL:
            connection.execute(revision.insert().values(version_num=stored))
    config = Config(attributes={"connection": connection})
    # Alembic reads % as the beginning of a variable
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    # all scripts lie in one folder, whose path may hold any separator
    config.set_main_option("path_separator", "newline")
    command.upgrade(config, "head")
