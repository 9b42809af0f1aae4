"""The rows of URLs: what is known of each, and what a request changes in that.

Imports SQLAlchemy, which takes a third of a second to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs
from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from copydesk.flows.fetching.crawl.pending import Known
from copydesk.flows.fetching.http.outcomes import Fetched
from copydesk.flows.fetching.lists.memory import FurtherPart, Link, ListResult, PageLinks
from copydesk.flows.io.databases import batched
from copydesk.flows.library.tables import put_into, stored_key
from copydesk.flows.library.web import web_tables as tables
from copydesk.flows.library.web.web_tables import known_urls
from copydesk.flows.source_tally import DENIED

# made once: to make it takes longer than to execute it
_COLUMNS = Known.__struct_fields__
_FIND = select(known_urls).where(known_urls.c.url == bindparam("key"))


def known_in(connection: Connection, given: Sequence[str]) -> dict[str, Known]:
    """What is known of some URLs, for those that were requested before."""
    rows = {
        row.url: row
        for some in batched(given)
        for row in connection.execute(select(known_urls).where(known_urls.c.url.in_(some)))
    }
    # by the given URLs: a long one is stored shortened
    found = ((url, rows.get(stored_key(url))) for url in given)
    return {url: known_of(row) for url, row in found if row is not None}


def known_of(row: Row[Any]) -> Known:
    """What is known of a URL, by its row."""
    values = row._mapping
    return Known(**{name: values[name] for name in _COLUMNS})


def find_known(connection: Connection, url: str) -> Known:
    """What is known of a URL, also of one that was never requested."""
    row = connection.execute(_FIND, {"key": url}).one_or_none()
    return Known(url=url) if row is None else known_of(row)


def put_known(connection: Connection, known: Known) -> None:
    """Notes what is known of a URL."""
    connection.execute(put_into(connection.dialect, known_urls), structs.asdict(known))


def note_list(
    connection: Connection, source: str, result: ListResult, now: datetime, since: datetime | None
) -> None:
    """Notes a list that was requested ``now``, and where it leads; ``since``: older pages of it were skipped."""
    known = find_known(connection, result.url)
    put_known(connection, known.as_list(result, source=source, now=now, since=since))
    if isinstance(result.outcome, Fetched):
        _put_links(connection, result.url, result.links)
    if result.pages is not None:
        put_page_links(connection, result.url, result.pages)


def _put_links(connection: Connection, url: str, found: Iterable[Link]) -> None:
    rows = [
        {"url": url, "position": position, "kind": link.kind, "target": link.url, "lastmod": link.lastmod}
        for position, link in enumerate(found)
    ]
    # all of them first: a list that became shorter would keep its old end
    connection.execute(delete(tables.links).filter_by(url=url))
    if rows:
        connection.execute(insert(tables.links), rows)


def put_page_links(connection: Connection, url: str, found: PageLinks) -> None:
    """Replaces the links of a page."""
    row = {"url": url, "version": found.version, "targets": "\n".join(found.urls)}
    connection.execute(put_into(connection.dialect, tables.page_links), row)


def put_parts(connection: Connection, url: str, parts: Sequence[FurtherPart]) -> None:
    """Replaces the further pages of an article."""
    missing = next((one.missing for one in parts if one.missing and one.missing not in DENIED), None)
    row = {"url": url, "parts": msgspec.json.encode(parts).decode(), "missing": missing}
    connection.execute(put_into(connection.dialect, tables.article_parts), row)
