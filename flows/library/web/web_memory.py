"""Stores what fetching remembers of pages, lists and sites in the library.

Imports SQLAlchemy, which takes a third of a second to load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Column, Connection, Delete, Insert, Row, Table, delete, func, insert, select, update

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.flows.fetching.http.outcomes import (
    PAUSE_REASONS,
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    SiteFile,
    Validators,
    wait_until_another_run,
)
from copydesk.flows.fetching.lists.memory import FurtherPart, Known, Link, ListResult, PageLinks
from copydesk.flows.io.databases import batched
from copydesk.flows.library.library import Library
from copydesk.flows.library.tables import insert_into, is_whole, put_into, stored_key
from copydesk.flows.library.web import web_tables as tables
from copydesk.flows.sources.source_tally import DENIED

SITE_FILE_HOURS = 24
"""How long robots.txt (RFC 9309, 2.4) and the other files of a site are valid."""

_PRUNE_EVERY = timedelta(hours=1)  # it reads all rows

_parts_of = msgspec.json.Decoder(tuple[FurtherPart, ...]).decode


class Attempt(Struct, frozen=True):
    """The result of requesting a URL.

    ``outcome`` and ``validators``: None leaves the noted ones, as for an unchanged page or a failure; ``Validators()``:
    the server sent none. A failure adds one to the failures in a row; anything else sets them to zero.
    """

    outcome: str | None
    is_failure: bool = False
    status: int | None = None
    """The HTTP status; None without a response."""
    validators: Validators | None = None
    next_attempt_at: datetime | None = None
    """The end of the back-off."""
    left_before: datetime | None = None
    """Of a list: entries before this date were skipped. Ignored for a failure."""
    first_fetched_at: datetime | None = None
    """Of a page: from this moment on its age counts, unless an earlier one is noted."""
    is_list: bool = False
    """Whether it was read as a list."""
    obsolete_keys: str | None = None
    """Entries of its source whose keys have this prefix are deleted."""


class WebMemory:
    """See ``copydesk.flows.fetching.lists.memory.Memory``. Methods raise as those of ``Library``.

    ``answered`` is called with each URL of a page or list that was fetched or is unchanged. ``clock``: for the expiry
    of site files.
    """

    def __init__(
        self,
        library: Library,
        answered: Callable[[str], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._library = library
        self._answered = answered
        self._clock = clock
        self._pruned_at: datetime | None = None

    def known(self, urls: Sequence[str]) -> Mapping[str, Known]:
        rows = {row.url: row for row in self._rows_in(tables.fetches, tables.fetches.c.url, urls)}
        # by the given URLs: a long one is stored shortened
        found = ((url, rows.get(stored_key(url))) for url in urls)
        return {url: _known(row) for url, row in found if row is not None}

    def due_again(self, source: str, ages: Sequence[int], *, now: datetime) -> Sequence[str]:
        """The oldest pages first, also articles with missing pages that are due; see ``schedule.is_due_again``. Not
        pages whose URL is stored shortened: only lists have it.
        """
        with self._library.reading() as connection:
            return tuple(filter(is_whole, connection.execute(tables.due_again(source, ages, now)).scalars()))

    def seen(self, source: str, keys: Sequence[str]) -> frozenset[str]:
        rows = self._rows_in(tables.feeds_seen, tables.feeds_seen.c.entry, keys, source=source)
        stored = {row.entry for row in rows}
        return frozenset(key for key in keys if stored_key(key) in stored)

    def has_denied(self, source: str) -> bool:
        # sorted: the order of a set differs between processes
        query = select(tables.fetches).where(
            tables.fetches.c.source == source, tables.fetches.c.outcome.in_(sorted(DENIED))
        )
        with self._library.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def note_page(
        self, source: str, outcome: Outcome, *, url: str, reason: str | None, now: datetime
    ) -> None:
        attempt = self._attempt(url, outcome, reason, now)
        # the page was fetched, and a further page of its article failed
        is_cut = isinstance(outcome, NotFetched) and outcome.reason == CONTINUATION
        if is_cut or isinstance(outcome, Fetched):
            attempt = structs.replace(attempt, first_fetched_at=now)
        self.note_attempt(url, attempt, source=source, now=now)
        if is_cut or not isinstance(outcome, NotFetched):
            self._answered(url)

    def note_list(
        self,
        source: str,
        result: ListResult,
        *,
        now: datetime,
        is_settled: bool,
        left_before: datetime | None,
    ) -> None:
        attempt = self._attempt(result.url, result.outcome, None, now)
        if attempt.is_failure and not (result.has_backoff or attempt.outcome in PAUSE_REASONS):
            # no back-off: the next run that reads the source requests it
            attempt = structs.replace(attempt, next_attempt_at=now)
        if not is_settled:
            # without validators the next run gets the whole list
            attempt = structs.replace(attempt, validators=Validators())
        self.note_attempt(
            result.url,
            structs.replace(
                attempt, left_before=left_before, is_list=True, obsolete_keys=result.obsolete_keys
            ),
            source=source,
            now=now,
            # the noted links of a list that failed or is unchanged are still valid
            found=result.links if isinstance(result.outcome, Fetched) else None,
        )
        if not isinstance(result.outcome, NotFetched):
            self._answered(result.url)

    def _attempt(self, url: str, outcome: Outcome, reason: str | None, now: datetime) -> Attempt:
        if isinstance(outcome, Fetched):
            return Attempt(reason or "ok", status=outcome.status, validators=outcome.validators)
        if isinstance(outcome, NotModified):
            # 304: the noted outcome of the page is still valid
            return Attempt(None, status=304)
        known = self.known([url]).get(url)
        wait = wait_until_another_run(outcome, known.failures if known else 0)
        return Attempt(outcome.reason, is_failure=True, next_attempt_at=now + wait)

    def note_attempt(
        self,
        url: str,
        attempt: Attempt,
        *,
        source: str,
        now: datetime,
        found: Iterable[Link] | None = None,
    ) -> None:
        """Notes an attempt made ``now`` for a source, in one transaction. ``found``: replaces the noted links to lists;
        None leaves them.
        """
        values: dict[str, Any] = {
            "source": source,
            "status": attempt.status,
            "fetched_at": now,
            "next_attempt_at": attempt.next_attempt_at,
            "is_list": attempt.is_list,
        }
        # a list that failed was not read: the noted date is still valid
        if not attempt.is_failure:
            values["left_before"] = attempt.left_before
        if attempt.outcome is not None:
            values["outcome"] = attempt.outcome
        if (given := attempt.validators) is not None:
            values |= {"etag": given.etag, "last_modified": given.last_modified, "validators_url": given.url}
            # a source may read a URL as a page, and another as a list
            values |= {"list_version": given.version} if attempt.is_list else {}
        # “ok” is for an unchanged page without an earlier note
        first = {"outcome": "ok"} | values | {"failures": int(attempt.is_failure)}
        renewed = values | {"failures": tables.fetches.c.failures + 1 if attempt.is_failure else 0}
        # `copydesk retry` resets the failures, but not the date of the first one
        since = func.coalesce(tables.fetches.c.failing_since, now) if attempt.is_failure else None
        first |= {"failing_since": now if attempt.is_failure else None}
        renewed |= {"failing_since": since}
        with self._library.writing() as connection:
            row = insert_into(connection.dialect, tables.fetches).values(url=url, **first)
            connection.execute(row.on_conflict_do_update(index_elements=["url"], set_=renewed))
            _note_age(connection, url, attempt.first_fetched_at, now)
            if found is not None:
                _put_links(connection, url, found)
            if attempt.obsolete_keys is not None:
                # not LIKE, which ignores case in SQLite
                is_obsolete = (
                    func.substr(tables.feeds_seen.c.entry, 1, len(attempt.obsolete_keys))
                    == attempt.obsolete_keys
                )
                connection.execute(
                    delete(tables.feeds_seen).where(tables.feeds_seen.c.source == source, is_obsolete)
                )

    def note_seen(self, source: str, key: str, *, now: datetime) -> None:
        row = insert_into(self._library.engine.dialect, tables.feeds_seen)
        self._write(row.values(source=source, entry=key, first_seen_at=now).on_conflict_do_nothing())

    def once_written(self, then: Callable[[], None]) -> None:
        self._library.once_written(then)

    def last_read(self, source: str) -> datetime | None:
        row = self._row(tables.sources, name=source)
        return None if row is None else row.read_at

    def note_read(self, source: str, *, now: datetime) -> None:
        self._put(tables.sources, name=source, read_at=now)

    def links(self, url: str) -> tuple[Link, ...]:
        with self._library.reading() as connection:
            rows = connection.execute(
                select(tables.links).filter_by(url=url).order_by(tables.links.c.position)
            ).all()
        return tuple(Link(row.kind, row.target, row.lastmod) for row in rows)

    def page_links(self, url: str) -> PageLinks | None:
        row = self._row(tables.page_links, url=url)
        return None if row is None else PageLinks(row.version, tuple(filter(None, row.targets.split("\n"))))

    def note_page_links(self, url: str, found: PageLinks) -> None:
        self._put(tables.page_links, url=url, version=found.version, targets="\n".join(found.urls))

    def further_parts(self, url: str) -> tuple[FurtherPart, ...] | None:
        row = self._row(tables.article_parts, url=url)
        return None if row is None else _parts_of(row.parts)

    def note_further_parts(self, url: str, parts: Sequence[FurtherPart]) -> None:
        missing = next((one.missing for one in parts if one.missing and one.missing not in DENIED), None)
        self._put(tables.article_parts, url=url, parts=msgspec.json.encode(parts).decode(), missing=missing)

    def forget_further_parts(self, url: str) -> None:
        self._write(delete(tables.article_parts).filter_by(url=url))

    def site_file(self, url: str) -> SiteFile | None:
        row = self._row(tables.site_files, url=url)
        if row is None:
            return None
        # a date in the future is of a wrong clock, and would be valid for too long
        is_good = timedelta(0) <= self._clock() - row.fetched_at < timedelta(hours=SITE_FILE_HOURS)
        return SiteFile(row.status, row.body) if is_good else None

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Also deletes expired files, once an hour."""
        now = self._clock()
        # abs(): the difference is negative after the clock was set back
        if self._pruned_at is None or abs(now - self._pruned_at) >= _PRUNE_EVERY:
            moment, age = tables.site_files.c.fetched_at, timedelta(hours=SITE_FILE_HOURS)
            self._write(delete(tables.site_files).where((moment <= now - age) | (moment >= now + age)))
            self._pruned_at = now
        self._put(tables.site_files, url=url, status=file.status, body=file.body, fetched_at=now)

    def _row(self, table: Table, **key: str) -> Row[Any] | None:
        with self._library.reading() as connection:
            return connection.execute(select(table).filter_by(**key)).one_or_none()

    def _rows_in(
        self, table: Table, column: Column[Any], values: Sequence[str], **key: str
    ) -> Iterator[Row[Any]]:
        """The rows with this key in which a column has one of the values."""
        with self._library.reading() as connection:
            for piece in batched(values):
                yield from connection.execute(select(table).filter_by(**key).where(column.in_(piece))).all()

    def _put(self, table: Table, **row: Any) -> None:
        self._write(put_into(self._library.engine.dialect, table).values(**row))

    def _write(self, statement: Insert | Delete) -> None:
        with self._library.writing() as connection:
            connection.execute(statement)


def _known(row: Row[Any]) -> Known:
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
    )


def _note_age(connection: Connection, url: str, first: datetime | None, now: datetime) -> None:
    """Notes how old a page is that is requested ``now``; ``first``: since when, where that is not known yet."""
    known = connection.execute(select(tables.fetches).filter_by(url=url)).one().first_fetched_at or first
    if known is not None:
        # not below 0: a clock may have been set back
        age = max(0, int((now - known).total_seconds()))
        row = update(tables.fetches).filter_by(url=url)
        connection.execute(row.values(first_fetched_at=known, age_when_requested=age))


def _put_links(connection: Connection, url: str, found: Iterable[Link]) -> None:
    rows = [
        {"url": url, "position": position, "kind": link.kind, "target": link.url, "lastmod": link.lastmod}
        for position, link in enumerate(found)
    ]
    # all of them first: a list that became shorter would keep its old end
    connection.execute(delete(tables.links).filter_by(url=url))
    if rows:
        connection.execute(insert(tables.links), rows)
