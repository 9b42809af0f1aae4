"""What an earlier copydesk knew of the web, taken over: tables of the same names and columns, and two of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from copydesk.flows.io.databases import batched
from copydesk.flows.library.earlier import State
from copydesk.flows.library.tables import Moment, insert_into, record, site_page, view
from copydesk.flows.library.web import web_tables

_TABLES = {
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


def take_state(connection: sa.Connection, state: State) -> None:
    """Takes what was known; of a state with other tables the places of views alone, which nothing else records."""
    places = ({"place": row["place"]} for row in state.rows("views") if row.get("place"))
    _insert(connection, view, places)
    if not state.is_known:
        return
    for name, table in _TABLES.items():
        _insert(connection, table, (_row(table, row) for row in state.rows(name)))
    for some in batched(state.rows("feeds_seen")):
        _take_entries(connection, some)
    for some in batched(state.rows("site_pages")):
        _insert(connection, site_page, _site_pages(connection, some))


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


def _row(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    found = {column.name: row.get(column.name) for column in table.c}
    for column in table.c:
        value = found[column.name]
        # SQLite has neither
        if isinstance(column.type, Moment) and isinstance(value, str):
            found[column.name] = datetime.fromisoformat(value).replace(tzinfo=UTC)
        elif isinstance(column.type, sa.Boolean) and value is not None:
            found[column.name] = bool(value)
    return found


def _site_pages(connection: sa.Connection, rows: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The pages of sites whose records are here, as those of runs that are settled."""
    query = sa.select(record.c.id, record.c.number).where(
        record.c.id.in_({row["page"] for row in rows}), record.c.next.is_(None), record.c.gate.is_(None)
    )
    numbers = {row.id: row.number for row in connection.execute(query)}
    for row in rows:
        if row["page"] in numbers:
            same = {name: row[name] for name in ("site", "page", "headline", "text", "blocks")}
            yield {**same, "run": 0, "number": numbers[row["page"]]}
