"""Makes the tables of a state database. There is one schema: a state of an earlier copydesk is moved aside, whole, and
the runs that follow fill a new one; only the places of views are taken over, as nothing else records them. Records are
in the store, never in the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, select

from copydesk.flows.duplicates import duplicate_tables
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.store.state_database import VERSION
from copydesk.flows.store.state_tables import about, metadata, views

if TYPE_CHECKING:
    from copydesk.flows.store.state_database import StateDatabase

_VERSION_KEY = "version"
_OF_ALEMBIC = "copydesk_state_revision"


def make_tables(engine: Engine, database: StateDatabase) -> str | None:
    """Makes the tables where they are not there; the place to which those of an earlier copydesk were put.

    Raises EnvironmentFault, and changes nothing, where a newer copydesk made them.
    """
    with engine.connect() as connection:
        if version_of(connection, database) == VERSION:
            return None
    # one transaction: a crash half-way leaves what was there, whole
    with engine.begin() as connection:
        database.begin_changing(connection)
        # once more: another process may have done it meanwhile
        stored, place, known = version_of(connection, database), None, []
        if stored == VERSION:
            return None
        if stored is None:
            database.create(connection)
        else:
            names = {_OF_ALEMBIC, *metadata.tables, *duplicate_tables.metadata.tables}
            tables = names.intersection(inspect(connection).get_table_names())
            known = _places_of_views(connection)
            place = database.move_aside(connection, stored, tables)
        for made in (metadata, duplicate_tables.metadata):
            made.create_all(connection)
        if known:
            connection.execute(views.insert(), [{"place": one} for one in known])
        connection.execute(about.insert().values(key=_VERSION_KEY, number=VERSION))
    return place


def _places_of_views(connection: Connection) -> list[bytes]:
    """Where an earlier copydesk has put views, as far as it notes that as this one does."""
    look = inspect(connection)
    is_known = look.has_table(views.name) and any(
        column["name"] == views.c.place.name for column in look.get_columns(views.name)
    )
    return list(connection.execute(select(views.c.place)).scalars()) if is_known else []


def version_of(connection: Connection, database: StateDatabase) -> int | None:
    """The version of a state, None where there is none. Raises EnvironmentFault where a newer copydesk made it."""
    if not inspect(connection).has_table(about.name):
        return None
    query = select(about.c.number).where(about.c.key == _VERSION_KEY)
    stored = connection.execute(query).scalar_one_or_none() or 0
    if stored > VERSION:
        raise EnvironmentFault(
            f"{database.where}: made by a newer copydesk (version {stored} of the state, this one knows "
            f"{VERSION}); update copydesk, or {database.elsewhere}"
        )
    return stored
