"""The rows of URLs: what is known of each, and what a request changes in that.

Imports SQLAlchemy, which takes a third of a second to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from copydesk.flows.fetching.http.outcomes import (
    PAUSE_REASONS,
    Fetched,
    NotFetched,
    Outcome,
    Validators,
    wait_until_another_run,
)
from copydesk.flows.fetching.lists.memory import FurtherPart, Known, Link, ListResult, PageLinks
from copydesk.flows.io.databases import batched
from copydesk.flows.library.tables import put_into, stored_key
from copydesk.flows.library.web import web_tables as tables
from copydesk.flows.library.web.web_tables import known_urls
from copydesk.flows.sources.source_tally import DENIED

# made once: to make it takes longer than to execute it
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
    validators = Validators(row.etag, row.last_modified, row.validators_url)
    return Known(
        outcome=row.outcome,
        validators=validators,
        fetched_at=row.fetched_at,
        next_attempt_at=row.next_attempt_at,
        failures=row.failures,
        left_before=row.left_before,
        first_fetched_at=row.first_fetched_at,
        is_of_list=row.list_version == validators.version,
        entry=row.entry,
    )


def requested(
    connection: Connection, url: str, outcome: Outcome, *, source: str, now: datetime
) -> dict[str, Any]:
    """The row of a URL after a request: a failure adds one to the failures in a row, and has a back-off; of an
    unchanged page or list what is noted of its body is still valid.
    """
    found = connection.execute(_FIND, {"key": url}).mappings().one_or_none()
    row: dict[str, Any] = dict.fromkeys(known_urls.c.keys()) | {"url": url, "outcome": "ok", "failures": 0}
    row |= found or {}
    row |= {"source": source, "fetched_at": now, "next_attempt_at": None, "status": None, "is_list": False}
    if isinstance(outcome, NotFetched):
        row["next_attempt_at"] = now + wait_until_another_run(outcome, row["failures"])
        # `copydesk retry` resets the failures, but not the date of the first one
        return row | {
            "outcome": outcome.reason,
            "failures": row["failures"] + 1,
            "failing_since": row["failing_since"] or now,
        }
    row |= {"failures": 0, "failing_since": None, "status": 304}
    if isinstance(outcome, Fetched):
        row |= {"outcome": "ok", "status": outcome.status} | _columns(outcome.validators)
    return row


def _columns(validators: Validators) -> dict[str, str | None]:
    return {
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "validators_url": validators.url,
    }


def put_url(connection: Connection, row: dict[str, Any], now: datetime) -> None:
    """Writes a row, with the age that its page had when it was requested."""
    if row["first_fetched_at"] is not None:
        # not below 0: a clock may have been set back
        row["age_when_requested"] = max(0, int((now - row["first_fetched_at"]).total_seconds()))
    connection.execute(put_into(connection.dialect, known_urls), row)


def note_list(
    connection: Connection, source: str, result: ListResult, now: datetime, since: datetime | None
) -> None:
    """Notes a list; ``since``: older pages of it were skipped."""
    outcome, known = result.outcome, known_in(connection, [result.url]).get(result.url)
    row = requested(connection, result.url, outcome, source=source, now=now) | {"is_list": True}
    if isinstance(outcome, NotFetched):
        if not (result.has_backoff or outcome.reason in PAUSE_REASONS):
            # no back-off: the next run that reads the source requests it
            row["next_attempt_at"] = now
    else:
        is_new = isinstance(outcome, Fetched) and (
            known is None or not known.is_of_list or known.validators.version != outcome.validators.version
        )
        # of the same body all that any source has read of it counts
        row["left_before"] = since if is_new else _earlier(row["left_before"], since)
    if isinstance(outcome, Fetched):
        row["list_version"] = outcome.validators.version
        _put_links(connection, result.url, result.links)
    if result.is_damaged:
        # without validators the next run gets it whole
        row |= _columns(Validators()) | {"list_version": None}
    put_url(connection, row, now)
    if result.pages is not None:
        put_page_links(connection, result.url, result.pages)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else min(one, other)


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
