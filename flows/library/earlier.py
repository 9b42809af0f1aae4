"""What an earlier copydesk has left in an output folder and on a server: records, and what was known of the web, in
tables of the same names and columns as ours, and two of others.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from copydesk.flows.errors import EnvironmentFault, SettingsError, SinkError, map_errors
from copydesk.flows.io.databases import batched
from copydesk.flows.io.output_folder import EARLIER_STORE, check_is_database
from copydesk.flows.io.sinks import FILE_SINKS
from copydesk.flows.library.database import SCHEMA
from copydesk.flows.library.reading import FileRecords
from copydesk.flows.library.tables import Moment, insert_into, is_newest, record, site_page, view
from copydesk.flows.library.web import web_tables

ASIDE_JOURNAL = ".records.quarantine.journal"
"""Of what passed no gate in a run that was killed."""
_STATE_VERSION = 13
# of PostgreSQL
_TABLES = ("records", "copydesk_marks", "copydesk_about")
_STATE_TABLES = ("about", "fetches")
_STATE_SCHEMA = "copydesk_state"
_ROWS_AT_ONCE = 1000
_WEB_TABLES = {
    "fetches": web_tables.known_urls,
    "site_files": web_tables.site_files,
    "sources": web_tables.sources,
    "newest_articles": web_tables.newest_articles,
    "links": web_tables.links,
    "page_links": web_tables.page_links,
    "article_parts": web_tables.article_parts,
}
"""By their names there."""
_ITEM = "warc:"


def stores_in(folder: Path) -> list[Path]:
    """The stores of records in a folder, or files of that name."""
    names = (*(f"records.{one}" for one in FILE_SINKS), EARLIER_STORE)
    return [path for name in names if (path := folder / name).exists()]


def journals_in(folder: Path) -> list[Path]:
    """What killed runs had not brought into a store."""
    return sorted(folder.glob(".records.*.journal"))


def store_in(folder: Path, sink: str) -> Path | None:
    """The store in a folder, of several that of a sink. Raises SettingsError where it is not clear which is meant."""
    found, own = stores_in(folder), folder / f"records.{sink}"
    if len(found) > 1 and own not in found:
        listed = " or ".join(f"--sink {path.name.removeprefix('records.')}" for path in found)
        raise SettingsError(
            f"{folder}: holds several stores of this or an earlier copydesk; choose one with {listed}"
        )
    return own if own in found else next(iter(found), None)


def lines_of(store: Path) -> Iterator[bytes]:
    """The lines of a store in a folder. Raises SinkError where it cannot be read."""
    if store.name != EARLIER_STORE:
        yield from FileRecords(store, store.name.removeprefix("records.")).lines()
        return
    with _opened(store) as old:
        yield from lines_in(old, None)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[sa.Connection]:
    check_is_database(file)

    def fault_for(error: Exception) -> SinkError | None:
        if not isinstance(error, sa.exc.DBAPIError):
            return None
        advice = "bring back a copy, or move it away to go on without it"
        return SinkError(file, f"is damaged, or not made by copydesk ({error.orig})", advice=advice)

    url = sa.URL.create("sqlite", database=str(file))
    with map_errors(fault_for), sa.create_engine(url, poolclass=sa.NullPool).connect() as old:
        yield old


class State:
    """What was known of the web. ``where``: for messages; ``rows``: those of a table, none where there is no such
    table. Raises SinkError where it cannot be read.
    """

    def __init__(self, where: str, rows: Callable[[str], Iterator[Mapping[str, Any]]]) -> None:
        self.where = where
        self.rows = rows
        # whether its tables are those of the last version: that emptied others, too
        self.is_known = ("version", _STATE_VERSION) in ((row["key"], row["number"]) for row in rows("about"))


def state_in_file(file: Path) -> State:
    """That of a folder."""

    def rows(table: str) -> Iterator[Mapping[str, Any]]:
        with _opened(file) as old:
            yield from _rows_in(old, None, table)

    return State(file.name, rows)


def state_in_schema(connection: sa.Connection, schema: str) -> State:
    """That of a schema."""
    return State(f"the schema {schema}", partial(_rows_in, connection, schema))


def _rows_in(connection: sa.Connection, schema: str | None, table: str) -> Iterator[Mapping[str, Any]]:
    if sa.inspect(connection).has_table(table, schema):
        query = sa.select(sa.text("*")).select_from(sa.table(table, schema=schema))
        query = query.execution_options(stream_results=True, max_row_buffer=_ROWS_AT_ONCE)
        with connection.execute(query) as found:
            yield from map(dict, found.mappings())


def schemas_in(connection: sa.Connection) -> tuple[str | None, str | None]:
    """The schemas in which an earlier copydesk has left something on a server: the table of its records, its state.

    Those that the user of a library finds as that copydesk did: in its search path behind the library's own, or where
    servers have their tables if the address names no path.
    """
    path = connection.exec_driver_sql("SELECT current_setting('search_path')").scalar_one()
    own, *others = connection.exec_driver_sql(
        "SELECT current_schema()::text UNION ALL SELECT unnest(current_schemas(false))::text"
    ).scalars()
    of_records = of_state = [one for one in others if one != own]
    if path == SCHEMA:
        user = connection.exec_driver_sql("SELECT current_user").scalar_one()
        of_records, of_state = [user, "public"], [_STATE_SCHEMA]
    return _first(connection, _TABLES, of_records), _first(connection, _STATE_TABLES, of_state)


def _first(connection: sa.Connection, tables: Sequence[str], schemas: Sequence[str]) -> str | None:
    look = sa.inspect(connection)
    return next((one for one in schemas if all(look.has_table(name, one) for name in tables)), None)


def check_schema(connection: sa.Connection, where: str) -> None:
    """Raises EnvironmentFault where the schema that a library is to be made in has an earlier copydesk's tables."""
    own = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    if own is None or not any(_first(connection, tables, (own,)) for tables in (_TABLES, _STATE_TABLES)):
        return
    raise EnvironmentFault(
        f"{where}: the schema {own} holds an earlier copydesk's tables, which stay as they are; make a schema for the "
        f"library, and name both: ?options=-csearch_path%3DNAME%2C{own}"
    )


def lines_in(connection: sa.Connection, schema: str | None) -> Iterator[bytes]:
    """The lines of a table of records."""
    after, where = -1, sa.table(_TABLES[0], sa.column("number"), sa.column("record"), schema=schema)
    lines = (
        sa.select(where.c.number, sa.cast(where.c.record, sa.Text))
        .order_by(where.c.number)
        .limit(_ROWS_AT_ONCE)
    )
    while rows := connection.execute(lines.where(where.c.number > after)).all():
        yield from (f"{line}\n".encode() for _, line in rows)
        after = rows[-1].number


# --- what was known of the web


def take_state(connection: sa.Connection, state: State) -> None:
    """Takes what was known; of a state with other tables the places of views alone, which nothing else records."""
    places = ({"place": row["place"]} for row in state.rows("views") if row.get("place"))
    _insert(connection, view, places)
    if not state.is_known:
        return
    for name, table in _WEB_TABLES.items():
        _insert(connection, table, (_web_row(table, row) for row in state.rows(name)))
    for some in batched(state.rows("feeds_seen")):
        _take_entries(connection, some)
    for some in batched(state.rows("site_pages")):
        _insert(connection, site_page, _pages_of_sites(connection, some))


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    # what a run into the same library has noted since is newer
    statement = insert_into(connection.dialect, table).on_conflict_do_nothing()
    for some in batched(rows):
        connection.execute(statement, some)


def _take_entries(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Takes which entries of feeds were stored, as far as they name their pages; and which items of WARC files."""
    entries = [(row["source"], row["entry"], row["entry"].partition(" ")[0]) for row in rows]
    stored = {"number": 0, "is_known": False, "entry": web_tables.STORED}
    items = [{"list": file, "url": entry} | stored for _, entry, file in entries if entry.startswith(_ITEM)]
    _insert(connection, web_tables.waiting, items)
    known = web_tables.known_urls
    is_its = (known.c.url == sa.bindparam("of")) & (known.c.source == sa.bindparam("by"))
    pages = [{"of": url, "by": source, "to": entry} for source, entry, url in entries]
    connection.execute(sa.update(known).where(is_its).values(entry=sa.bindparam("to")), pages)


def _web_row(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    found = {column.name: row.get(column.name) for column in table.c}
    for column in table.c:
        value = found[column.name]
        # SQLite has neither
        if isinstance(column.type, Moment) and isinstance(value, str):
            found[column.name] = datetime.fromisoformat(value).replace(tzinfo=UTC)
        elif isinstance(column.type, sa.Boolean) and value is not None:
            found[column.name] = bool(value)
    return found


def _pages_of_sites(connection: sa.Connection, rows: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The pages of sites whose records are here, as those of runs that are settled."""
    query = sa.select(record.c.id, record.c.number).where(
        record.c.id.in_({row["page"] for row in rows}), is_newest
    )
    numbers = {row.id: row.number for row in connection.execute(query)}
    for row in rows:
        if row["page"] in numbers:
            same = {name: row[name] for name in ("site", "page", "headline", "text", "blocks")}
            yield {**same, "run": 0, "number": numbers[row["page"]]}
