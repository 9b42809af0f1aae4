"""What is known from earlier runs of pages on the web: ``state.sqlite`` in the output folder.

A note is one transaction: after a crash or ``kill -9`` every note that was made is there, and no half one.
Two processes may use one state at once; a writer waits for the other. The time is always given, never read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.fetching.asking.outcomes import Validators
from copydesk.flows.fetching.asking.sites.site_files import SiteFile
from copydesk.flows.fetching.lists.memory import Link
from copydesk.flows.sinks.output_folder import make_folder

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Delete, Engine, Row, Table
    from sqlalchemy.dialects.sqlite import Insert

FILE_NAME = "state.sqlite"
"""The file in the output folder; SQLite keeps ``-wal`` and ``-shm`` beside it while it is open."""
PATIENCE_SECONDS = 10.0
"""How long a writer waits for another process: a note takes a millisecond."""
# before version 3.32 SQLite took 999 variables a statement; a source's name comes beside these
_VALUES_AT_ONCE = 500
SITE_FILE_HOURS = 24
"""For so long a robots.txt may be relied on (RFC 9309, 2.4), and what else speaks for a whole site."""

_PRUNE_EVERY = timedelta(hours=1)  # all rows are looked at


class Ending(Struct, frozen=True):
    """How an attempt at a URL ended.

    ``code`` and ``validators`` given as None stay what they were, as when the page has not changed or the
    attempt failed; ``Validators()`` says that the server gave none. A failure counts one more in a row,
    anything else begins anew.
    """

    code: str | None
    is_failure: bool = False
    status: int | None = None
    """The HTTP status; None where no answer came."""
    validators: Validators | None = None
    next_attempt_at: datetime | None = None
    """Not to be asked for before; None where nothing stands against it."""
    left_before: datetime | None = None
    """Of a list: what it dates before was left out. None where all of it was taken. Of a failure it says nothing."""
    first_fetched_at: datetime | None = None
    """From when on the age of a page counts, where that is not known yet; None of lists and failures."""


class Fetch(Struct, frozen=True):
    """The last attempt at a URL, and what the last good one brought."""

    url: str
    source: str
    """Name of the source it was fetched for."""
    outcome: str
    """A code of how it ended."""
    status: int | None
    validators: Validators
    fetched_at: datetime
    """When it was last asked for, however that ended."""
    next_attempt_at: datetime | None
    failures: int
    """Attempts that failed since the last that did not."""
    left_before: datetime | None = None
    first_fetched_at: datetime | None = None
    """When it was first had; None of lists, and of pages of states from before it was noted."""
    age_when_asked: int | None = None
    """Seconds from then to ``fetched_at``."""


class State:
    """The state of one output folder; a context manager. May be used by several threads.

    All methods raise EnvironmentFault, in one line with advice, where the database is locked for long, damaged or
    cannot be written; notes made before are kept.
    """

    def __init__(self, file: Path, engine: Engine) -> None:
        self._file = file
        self._engine = engine
        self._pruned_at: datetime | None = None

    @classmethod
    def open(cls, folder: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> Self:
        """The state in a folder; folder and file are made if need be, an older file is brought up to date.

        Raises EnvironmentFault also where the file was made by a newer copydesk.
        """
        # here: SQLAlchemy takes a third of a second to import, which only runs with a state need
        from copydesk.flows.store.state_tables import connect, migrate

        make_folder(folder)
        file = folder / FILE_NAME
        engine = connect(file, patience_seconds=patience_seconds)
        try:
            with _database_errors_mapped(file):
                migrate(engine, file=file)
        except BaseException:
            engine.dispose()
            raise
        return cls(file, engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file; what was noted is there already."""
        self._engine.dispose()

    def last_fetch(self, url: str) -> Fetch | None:
        """What is known of a URL, None where it was never asked for."""
        return self.fetches([url]).get(url)

    def fetches(self, urls: Sequence[str]) -> dict[str, Fetch]:
        """What is known of those of the URLs that were asked for before, by URL."""
        from copydesk.flows.store.state_tables import fetches, storable

        rows = {row.url: row for row in self._rows_in(fetches, fetches.c.url, urls)}
        found = ((url, rows.get(storable(url))) for url in urls)
        return {url: _fetch(dict(row._mapping)) for url, row in found if row is not None}

    def note_fetch(
        self, url: str, outcome: Ending, *, source: str, now: datetime, links: Iterable[Link] | None = None
    ) -> None:
        """Notes how an attempt made ``now``, for the source of this name, ended, and what the page or list at
        ``url`` leads to.

        ``links``: in place of those noted before; None leaves these. All is noted or nothing.
        """
        from copydesk.flows.store.state_tables import fetches, upsert

        values: dict[str, Any] = {
            "source": source,
            "status": outcome.status,
            "fetched_at": now,
            "next_attempt_at": outcome.next_attempt_at,
        }
        # a failed list was not read: what was left out of it before still is
        if not outcome.is_failure:
            values["left_before"] = outcome.left_before
        if outcome.code is not None:
            values["outcome"] = outcome.code
        if outcome.validators is not None:
            given = outcome.validators
            values |= {"etag": given.etag, "last_modified": given.last_modified, "validators_url": given.url}
        failures = fetches.c.failures + 1 if outcome.is_failure else 0
        # “ok” only where no code came with the first note, as of a page that was said to be unchanged
        first = {"outcome": "ok"} | values | {"failures": int(outcome.is_failure)}
        statement = upsert(fetches, {"url": url}, first, renewed=values | {"failures": failures})
        with _database_errors_mapped(self._file), self._engine.begin() as connection:
            connection.execute(statement)
            _note_age(connection, url, outcome.first_fetched_at, now)
            if links is not None:
                _put_links(connection, url, links)

    def due_again(self, source: str, ages: Sequence[int], now: datetime) -> tuple[str, ...]:
        """The pages last fetched for a source that have come to one of the ages (in seconds) since they were asked for,
        the oldest first; see ``schedule.is_due_again``.
        """
        from copydesk.flows.store.state_tables import due_again

        if not ages:
            return ()
        with _database_errors_mapped(self._file), self._engine.connect() as connection:
            return tuple(connection.execute(due_again(source, ages, now)).scalars())

    def has_ended(self, source: str, codes: Sequence[str]) -> bool:
        """Whether anything that was last asked for by a source ended with one of the codes."""
        from copydesk.flows.store.state_tables import fetches, rows_in

        asked = rows_in(fetches, fetches.c.outcome, codes, source=source).limit(1)
        with _database_errors_mapped(self._file), self._engine.connect() as connection:
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
        self._write(upsert(site_files, {"url": url}, values, renewed=values))

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

        self._write(upsert(sources, {"name": source}, {"read_at": now}, renewed={"read_at": now}))

    def links(self, url: str) -> tuple[Link, ...]:
        """The lists that the page or list at a URL led to when it was last read, in its order."""
        from copydesk.flows.store.state_tables import links, rows_of

        with _database_errors_mapped(self._file), self._engine.connect() as connection:
            rows = connection.execute(rows_of(links, links.c.position, url=url)).all()
        return tuple(Link(row.kind, row.target, row.lastmod) for row in rows)

    def seen(self, source: str, keys: Sequence[str]) -> frozenset[str]:
        """Those of a feed's entries, by their ids or URLs, that were noted before."""
        from copydesk.flows.store.state_tables import feeds_seen, storable

        rows = self._rows_in(feeds_seen, feeds_seen.c.entry, keys, source=source)
        stored = {row.entry for row in rows}
        return frozenset(key for key in keys if storable(key) in stored)

    def note_seen(self, source: str, key: str, *, now: datetime) -> None:
        """Notes an entry of a feed; that it was seen first stays as it is."""
        from copydesk.flows.store.state_tables import feeds_seen, upsert

        self._write(upsert(feeds_seen, {"source": source, "entry": key}, {"first_seen_at": now}, renewed={}))

    def _row(self, table: Table, **key: str) -> Row[Any] | None:
        from copydesk.flows.store.state_tables import row_of

        with _database_errors_mapped(self._file), self._engine.connect() as connection:
            return connection.execute(row_of(table, **key)).one_or_none()

    def _rows_in(
        self, table: Table, column: Column[Any], values: Sequence[str], **key: str
    ) -> Iterator[Row[Any]]:
        """The rows of which a column has one of the values, in pieces that any database takes."""
        from copydesk.flows.store.state_tables import rows_in

        with _database_errors_mapped(self._file), self._engine.connect() as connection:
            for start in range(0, len(values), _VALUES_AT_ONCE):
                piece = values[start : start + _VALUES_AT_ONCE]
                yield from connection.execute(rows_in(table, column, piece, **key)).all()

    def _write(self, statement: Insert | Delete) -> None:
        with _database_errors_mapped(self._file), self._engine.begin() as connection:
            connection.execute(statement)


def _fetch(row: dict[str, Any]) -> Fetch:
    validators = Validators(row.pop("etag"), row.pop("last_modified"), row.pop("validators_url"))
    return Fetch(validators=validators, **row)


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


_FULL = "free some space and run again: what was noted is kept"
_AWAY = "move it away to begin anew: pages are fetched once more, records stay"
_ELSEWHERE = "choose a folder you may write to with --output"
_TROUBLES: Mapping[str, tuple[str, str]] = {
    "SQLITE_BUSY": (
        "another process has been writing to it for long",
        "wait for its end, or choose another folder with --output",
    ),
    "SQLITE_FULL": ("the disk is full", _FULL),
    "SQLITE_IOERR": ("the disk does not take it", _FULL),
    "SQLITE_CANTOPEN": ("cannot be opened", _ELSEWHERE),
    "SQLITE_READONLY": ("cannot be written", _ELSEWHERE),
    "SQLITE_PERM": ("cannot be opened", _ELSEWHERE),
    "SQLITE_NOTADB": ("is no database", _AWAY),
    "SQLITE_CORRUPT": ("is damaged", _AWAY),
    # no such table or column: the statements are ours, so it is the file that differs
    "SQLITE_ERROR": ("is damaged, or no state of copydesk", _AWAY),
}


@contextmanager
def _database_errors_mapped(file: Path) -> Iterator[None]:
    """Turns what the database says of its file into an EnvironmentFault; a mistake of ours stays what it is."""
    from sqlalchemy.exc import DatabaseError

    try:
        yield
    except DatabaseError as error:
        name = str(getattr(error.orig, "sqlite_errorname", ""))
        # by their beginnings: SQLITE_IOERR_WRITE and SQLITE_BUSY_SNAPSHOT are of the same kinds
        trouble = next((words for code, words in _TROUBLES.items() if name.startswith(code)), None)
        if trouble is None:
            raise
        problem, advice = trouble
        raise EnvironmentFault(f"{file}: {problem}; {advice}") from error
