"""What is known from earlier runs of pages on the web: ``state.sqlite`` in the output folder, or a PostgreSQL database.

A note is one transaction: after a crash or ``kill -9`` every note that was made is there, and no half one. The time is
always given, never read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from copydesk.flows.fetching.http.outcomes import Validators
from copydesk.flows.fetching.http.site_files import SiteFile
from copydesk.flows.fetching.lists.memory import Link, PageLinks
from copydesk.flows.sinks.output_folder import make_folder
from copydesk.flows.store.attempts import Ending, Fetch
from copydesk.flows.store.state_database import VERSION, StateDatabase, state_database

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Delete, Engine, Insert, Row, Table

    from copydesk.flows.store.overview import Overview

PATIENCE_SECONDS = 10.0
"""How long a writer waits for another process: a note takes a millisecond."""
# before version 3.32 SQLite took 999 variables a statement; a source's name comes beside these
VALUES_AT_ONCE = 500
SITE_FILE_HOURS = 24
"""For so long a robots.txt may be relied on (RFC 9309, 2.4), and what else speaks for a whole site."""

_PRUNE_EVERY = timedelta(hours=1)  # all rows are looked at


class State:
    """What runs into one output folder know; a context manager. May be used by several threads.

    All methods raise EnvironmentFault, in one line with advice, where the database is locked for long, damaged, away or
    cannot be written; notes made before are kept.
    """

    def __init__(self, database: StateDatabase, engine: Engine) -> None:
        self._database = database
        self._engine = engine
        self._opened = ExitStack()
        self._pruned_at: datetime | None = None
        self.moved_aside: str | None = None
        """Where the state of an earlier copydesk was put, in whose place this one was begun."""

    @classmethod
    def open(
        cls, folder: Path, address: str | None = None, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> Self:
        """The state of an output folder, kept there or at ``address``, of a PostgreSQL database.

        What is missing is made; what an earlier version made is set aside, and begun anew. On PostgreSQL one run at a
        time has it; in a folder, which a run has locked, a writer waits for others.

        Raises EnvironmentFault also where a newer copydesk made it, SettingsError where the address is none.
        """
        make_folder(folder)
        database = state_database(folder, address, patience_seconds=patience_seconds)
        state = cls._at(database)
        with ExitStack() as opened:
            opened.enter_context(state)
            state._opened.enter_context(database.only_writer(state._engine))
            opened.pop_all()
        return state

    @classmethod
    def look(cls, folder: Path, address: str | None = None) -> Self:
        """A state that is there, to look into it: also while a run uses it. Raises as ``open`` does."""
        return cls._at(state_database(folder, address, patience_seconds=PATIENCE_SECONDS))

    @classmethod
    def exists(cls, folder: Path, address: str | None = None) -> bool:
        """Whether there is a state of this copydesk; none is made. Raises as ``open`` does."""
        return _version(state_database(folder, address, patience_seconds=PATIENCE_SECONDS)) == VERSION

    @classmethod
    def is_earlier(cls, folder: Path, address: str | None = None) -> bool:
        """Whether there is a state of an earlier copydesk. Raises as ``open`` does."""
        version = _version(state_database(folder, address, patience_seconds=PATIENCE_SECONDS))
        return version is not None and version < VERSION

    @classmethod
    def described(cls, folder: Path, address: str | None = None) -> str:
        """Where the state is, or is going to be, and of which version; it is not changed. Raises as ``open`` does."""
        database = state_database(folder, address, patience_seconds=PATIENCE_SECONDS)
        version = _version(database)
        if version is None:
            return f"{database.where} is to be made"
        anew = ", of an earlier copydesk: the next run begins it anew" if version < VERSION else ""
        return f"{database.where}, version {version}{anew}"

    @classmethod
    def _at(cls, database: StateDatabase) -> Self:
        # here: SQLAlchemy takes a third of a second to import, which only runs with a state need
        from copydesk.flows.store.state_schema import make_tables

        engine = database.connect()
        state = cls(database, engine)
        with ExitStack() as opened:
            opened.callback(engine.dispose)
            with database.map_errors():
                state.moved_aside = make_tables(engine, database)
            state._opened = opened.pop_all()
        return state

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the database; what was noted is there already."""
        self._opened.close()

    def last_fetch(self, url: str) -> Fetch | None:
        """What is known of a URL, None where it was never asked for."""
        return self.fetches([url]).get(url)

    def fetches(self, urls: Sequence[str]) -> dict[str, Fetch]:
        """What is known of those of the URLs that were asked for before, by URL."""
        from copydesk.flows.store.state_tables import fetches, stored_key

        rows = {row.url: row for row in self._rows_in(fetches, fetches.c.url, urls)}
        found = ((url, rows.get(stored_key(url))) for url in urls)
        return {url: _fetch(row, url) for url, row in found if row is not None}

    def note_fetch(
        self,
        url: str,
        outcome: Ending,
        *,
        source: str,
        now: datetime,
        links: Iterable[Link] | None = None,
    ) -> None:
        """Notes how an attempt made ``now``, for the source of this name, ended, and what the page or list at
        ``url`` leads to.

        ``links``: in place of those noted before; None leaves these. All is noted or nothing.
        """
        from copydesk.flows.store.state_tables import delete_beginning, feeds_seen, fetches, upsert

        values: dict[str, Any] = {
            "source": source,
            "status": outcome.status,
            "fetched_at": now,
            "next_attempt_at": outcome.next_attempt_at,
            "is_list": outcome.is_list,
        }
        # a failed list was not read: what was left out of it before still is
        if not outcome.is_failure:
            values["left_before"] = outcome.left_before
        if outcome.code is not None:
            values["outcome"] = outcome.code
        if outcome.validators is not None:
            given = outcome.validators
            values |= {"etag": given.etag, "last_modified": given.last_modified, "validators_url": given.url}
            # what a source reads as a page is nothing that another has seen as a list
            values |= {"list_version": given.version} if outcome.is_list else {}
        failures = fetches.c.failures + 1 if outcome.is_failure else 0
        # “ok” only where no code came with the first note, as of a page that was said to be unchanged
        first = {"outcome": "ok"} | values | {"failures": int(outcome.is_failure)}
        renewed = values | {"failures": failures}
        statement = upsert(self._engine.dialect, fetches, {"url": url}, first, renewed)
        with self._database.map_errors(), self._engine.begin() as connection:
            connection.execute(statement)
            _note_age(connection, url, outcome.first_fetched_at, now)
            if links is not None:
                _put_links(connection, url, links)
            if outcome.over is not None:
                entries = feeds_seen, feeds_seen.c.entry
                connection.execute(delete_beginning(*entries, outcome.over, source=source))

    def due_again(self, source: str, ages: Sequence[int], now: datetime) -> tuple[str, ...]:
        """The pages last fetched for a source that have come to one of the ages (in seconds) since they were asked for,
        the oldest first, and articles with gaps that are due; see ``schedule.is_due_again``. Not those whose address is
        longer than a key: only lists know it.
        """
        from copydesk.flows.store.state_tables import due_again, is_whole

        with self._database.map_errors(), self._engine.connect() as connection:
            return tuple(filter(is_whole, connection.execute(due_again(source, ages, now)).scalars()))

    def has_ended(self, source: str, codes: Sequence[str]) -> bool:
        """Whether anything that was last asked for by a source ended with one of the codes."""
        from copydesk.flows.store.state_tables import fetches, rows_in

        asked = rows_in(fetches, fetches.c.outcome, codes, source=source).limit(1)
        with self._database.map_errors(), self._engine.connect() as connection:
            return connection.execute(asked).first() is not None

    def site_file(self, url: str, now: datetime) -> SiteFile | None:
        """A file of a site (``https://example.org/robots.txt``), None where it is unknown or too old."""
        from copydesk.flows.store.state_tables import site_files

        row = self._row(site_files, url=url)
        if row is None:
            return None
        # one from the future was noted by a clock that went wrong, and would be believed for as long
        is_good = timedelta(0) <= now - row.fetched_at < timedelta(hours=SITE_FILE_HOURS)
        return SiteFile(row.status, row.body) if is_good else None

    def note_site_file(self, url: str, file: SiteFile, *, now: datetime) -> None:
        """Notes a file of a site in place of the last one; those that are too old are taken out now and then."""
        from copydesk.flows.store.state_tables import site_files, upsert

        values = {"status": file.status, "body": file.body, "fetched_at": now}
        self._prune_site_files(now)
        self._write(upsert(self._engine.dialect, site_files, {"url": url}, values, values))

    def _prune_site_files(self, now: datetime) -> None:
        # abs(): after a clock was set back the difference is negative for as long
        if self._pruned_at is not None and abs(now - self._pruned_at) < _PRUNE_EVERY:
            return
        from copydesk.flows.store.state_tables import delete_outside, site_files

        age = timedelta(hours=SITE_FILE_HOURS)
        self._write(delete_outside(site_files, site_files.c.fetched_at, after=now - age, before=now + age))
        self._pruned_at = now

    def last_read(self, source: str) -> datetime | None:
        """When the last reading of a source began that came to its end, None where there was none."""
        from copydesk.flows.store.state_tables import sources

        row = self._row(sources, name=source)
        return None if row is None else row.read_at

    def note_read(self, source: str, *, now: datetime) -> None:
        """Notes that a reading of a source that began ``now`` came to its end."""
        from copydesk.flows.store.state_tables import sources, upsert

        values = {"read_at": now}
        self._write(upsert(self._engine.dialect, sources, {"name": source}, values, values))

    def links(self, url: str) -> tuple[Link, ...]:
        """The lists that the page or list at a URL led to when it was last read as a list, in its order."""
        from copydesk.flows.store.state_tables import links, rows_of

        with self._database.map_errors(), self._engine.connect() as connection:
            rows = connection.execute(rows_of(links, links.c.position, url=url)).all()
        return tuple(Link(row.kind, row.target, row.lastmod) for row in rows)

    def page_links(self, url: str) -> PageLinks | None:
        """The pages that a page led to when links were last looked for; None where they never were."""
        from copydesk.flows.store.state_tables import page_links

        row = self._row(page_links, url=url)
        return None if row is None else PageLinks(row.version, tuple(filter(None, row.targets.split("\n"))))

    def note_page_links(self, url: str, links: PageLinks) -> None:
        """Notes the pages that a page leads to, in place of what was noted before."""
        from copydesk.flows.store.state_tables import page_links, upsert

        values = {"version": links.version, "targets": "\n".join(links.urls)}
        self._write(upsert(self._engine.dialect, page_links, {"url": url}, values, values))

    def seen(self, source: str, keys: Sequence[str]) -> frozenset[str]:
        """Those of a feed's entries, by their ids or URLs, that were noted before."""
        from copydesk.flows.store.state_tables import feeds_seen, stored_key

        rows = self._rows_in(feeds_seen, feeds_seen.c.entry, keys, source=source)
        stored = {row.entry for row in rows}
        return frozenset(key for key in keys if stored_key(key) in stored)

    def note_seen(self, source: str, key: str, *, now: datetime) -> None:
        """Notes an entry of a feed; that it was seen first stays as it is."""
        from copydesk.flows.store.state_tables import feeds_seen, upsert

        row = {"source": source, "entry": key}
        self._write(upsert(self._engine.dialect, feeds_seen, row, {"first_seen_at": now}, {}))

    @property
    def engine(self) -> Engine:
        """What others ask who keep tables of their own here."""
        return self._engine

    def map_errors(self) -> AbstractContextManager[None]:
        """Turns what the database says to them into an EnvironmentFault; a mistake of ours stays what it is."""
        return self._database.map_errors()

    @property
    def where(self) -> str:
        """As users are told where it is. Holds no password."""
        return self._database.where

    def size_bytes(self) -> int:
        with self._database.map_errors(), self._engine.connect() as connection:
            return self._database.size_bytes(connection)

    def overview(self) -> Overview:
        """What is known, source by source, and what keeps failing."""
        from copydesk.flows.store.overview import overview_of

        with self._database.map_errors(), self._engine.connect() as connection:
            return overview_of(connection)

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Those of the names that are neither a source nor an address that was asked for."""
        from copydesk.flows.store.overview import unknown_of

        with self._database.map_errors(), self._engine.connect() as connection:
            return unknown_of(connection, names)

    def make_due(self, names: Sequence[str], *, now: datetime) -> int:
        """Has what failed of some sources or addresses (of all, where none is named) asked for by the next run; how
        many addresses that are. What a publisher does not let us have is left alone.
        """
        from copydesk.flows.store.overview import make_due

        with self._database.map_errors(), self._engine.begin() as connection:
            return make_due(connection, names, now=now)

    def _row(self, table: Table, **key: str) -> Row[Any] | None:
        from copydesk.flows.store.state_tables import row_of

        with self._database.map_errors(), self._engine.connect() as connection:
            return connection.execute(row_of(table, **key)).one_or_none()

    def _rows_in(
        self, table: Table, column: Column[Any], values: Sequence[str], **key: str
    ) -> Iterator[Row[Any]]:
        """The rows of which a column has one of the values, in pieces that any database takes."""
        from copydesk.flows.store.state_tables import rows_in

        with self._database.map_errors(), self._engine.connect() as connection:
            for start in range(0, len(values), VALUES_AT_ONCE):
                piece = values[start : start + VALUES_AT_ONCE]
                yield from connection.execute(rows_in(table, column, piece, **key)).all()

    def _write(self, statement: Insert | Delete) -> None:
        with self._database.map_errors(), self._engine.begin() as connection:
            connection.execute(statement)


def _version(database: StateDatabase) -> int | None:
    """The version of a state, None where there is none. Raises EnvironmentFault where a newer copydesk made it."""
    if not database.exists():
        return None
    from copydesk.flows.store.state_schema import version_of

    engine = database.connect()
    try:
        with database.map_errors(), engine.connect() as connection:
            return version_of(connection, database)
    finally:
        engine.dispose()


def _fetch(row: Row[Any], url: str) -> Fetch:
    return Fetch(
        # not the row's, of which a long one is cut
        url=url,
        source=row.source,
        outcome=row.outcome,
        status=row.status,
        validators=Validators(row.etag, row.last_modified, row.validators_url),
        fetched_at=row.fetched_at,
        next_attempt_at=row.next_attempt_at,
        failures=row.failures,
        left_before=row.left_before,
        first_fetched_at=row.first_fetched_at,
        age_when_asked=row.age_when_asked,
        list_version=row.list_version,
    )


def _note_age(connection: Connection, url: str, first: datetime | None, now: datetime) -> None:
    """Notes how old a page is that is asked for ``now``; ``first``: since when, where that is not known yet."""
    from copydesk.flows.store.state_tables import fetches, row_of, update_of

    known = connection.execute(row_of(fetches, url=url)).one().first_fetched_at or first
    if known is not None:
        # not below 0: a clock may have been set back
        age = max(0, int((now - known).total_seconds()))
        connection.execute(update_of(fetches, url=url).values(first_fetched_at=known, age_when_asked=age))


def _put_links(connection: Connection, url: str, found: Iterable[Link]) -> None:
    from copydesk.flows.store.state_tables import delete_of, insert_of, links

    rows = [
        {"url": url, "position": position, "kind": link.kind, "target": link.url, "lastmod": link.lastmod}
        for position, link in enumerate(found)
    ]
    # all of them first: a list that became shorter would keep its old end
    connection.execute(delete_of(links, url=url))
    if rows:
        connection.execute(insert_of(links), rows)
