"""What is known from earlier runs of pages on the web: ``state.sqlite`` in the output folder.

A note is one transaction: after a crash or ``kill -9`` every note that was made is there, and no half one.
Two processes may use one state at once; a writer waits for the other. The time is always given, never read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec import Struct

from flows.errors import EnvironmentFault
from flows.fetching.listings import Link
from flows.fetching.outcomes import Validators
from flows.fetching.site_files import SiteFile
from flows.sinks import make_folder

if TYPE_CHECKING:
    from sqlalchemy import Delete, Engine, Row, Table
    from sqlalchemy.dialects.sqlite import Insert

FILE_NAME = "state.sqlite"
"""The file in the output folder; SQLite keeps ``-wal`` and ``-shm`` beside it while it is open."""
PATIENCE_SECONDS = 10.0
"""How long a writer waits for another process: a note takes a millisecond."""
SITE_FILE_HOURS = 24
"""For so long a robots.txt may be relied on (RFC 9309, 2.4), and what else speaks for a whole site."""

_PRUNE_EVERY = timedelta(hours=1)  # all rows are looked at


class Ending(Struct, frozen=True):
    """How an attempt at a URL ended.

    ``validators`` and ``content_hash`` given as None stay what they were, as when the page has not changed or the
    attempt failed; ``Validators()`` says that the server gave none. A failure counts one more in a row, anything else
    begins anew.
    """

    code: str
    is_failure: bool = False
    status: int | None = None
    """The HTTP status; None where no answer came."""
    validators: Validators | None = None
    content_hash: str | None = None
    next_attempt_at: datetime | None = None
    """Not to be asked for before; None where nothing stands against it."""


class Fetch(Struct, frozen=True):
    """The last attempt at a URL, and what the last good one brought."""

    url: str
    source: str
    """Name of the source it was fetched for."""
    outcome: str
    """A code of how it ended."""
    status: int | None
    validators: Validators
    content_hash: str | None
    fetched_at: datetime
    """When it was last asked for, however that ended."""
    next_attempt_at: datetime | None
    failures: int
    """Attempts that failed since the last that did not."""


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
        from flows.state_tables import connect, migrate

        make_folder(folder)
        file = folder / FILE_NAME
        engine = connect(file, patience_seconds=patience_seconds)
        try:
            with _told(file):
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

    def validators(self, url: str) -> Validators | None:
        """What to ask the server with whether a page has changed; None where it is unknown or came without."""
        fetch = self.last_fetch(url)
        return fetch.validators if fetch is not None and fetch.validators else None

    def last_fetch(self, url: str) -> Fetch | None:
        """What is known of a URL, None where it was never asked for."""
        from flows.state_tables import fetches

        row = self._row(fetches, url=url)
        if row is None:
            return None
        known = dict(row._mapping)
        return Fetch(validators=Validators(known.pop("etag"), known.pop("last_modified")), **known)

    def note_fetch(self, url: str, outcome: Ending, *, source: str, now: datetime) -> None:
        """Notes how an attempt made ``now``, for the source of this name, ended."""
        from flows.state_tables import fetches, upsert

        values: dict[str, Any] = {
            "source": source,
            "outcome": outcome.code,
            "status": outcome.status,
            "fetched_at": now,
            "next_attempt_at": outcome.next_attempt_at,
        }
        if outcome.content_hash is not None:
            values["content_hash"] = outcome.content_hash
        if outcome.validators is not None:
            values |= msgspec.structs.asdict(outcome.validators)
        failures = fetches.c.failures + 1 if outcome.is_failure else 0
        first = values | {"failures": int(outcome.is_failure)}
        self._write(upsert(fetches, {"url": url}, first, renewed=values | {"failures": failures}))

    def site_file(self, url: str, now: datetime) -> SiteFile | None:
        """A file of a site (``https://example.org/robots.txt``), None where it is unknown or too old."""
        from flows.state_tables import site_files

        row = self._row(site_files, url=url)
        if row is None:
            return None
        # one from the future was noted by a clock that went wrong, and would be believed for as long
        is_good = timedelta(0) <= now - row.fetched_at < timedelta(hours=SITE_FILE_HOURS)
        return SiteFile(row.status, row.body) if is_good else None

    def note_site_file(self, url: str, file: SiteFile, *, now: datetime) -> None:
        """Notes a file of a site in place of the last one; those that are too old are taken out now and then."""
        from flows.state_tables import site_files, upsert

        values = {"status": file.status, "body": file.body, "fetched_at": now}
        self._prune_site_files(now)
        self._write(upsert(site_files, {"url": url}, values, renewed=values))

    def _prune_site_files(self, now: datetime) -> None:
        if self._pruned_at is not None and abs(now - self._pruned_at) < _PRUNE_EVERY:
            return
        from flows.state_tables import delete_outside, site_files

        age = timedelta(hours=SITE_FILE_HOURS)
        self._write(delete_outside(site_files, site_files.c.fetched_at, after=now - age, before=now + age))
        self._pruned_at = now

    def last_read(self, source: str) -> datetime | None:
        """When the last reading of a source began that came to its end, None where there was none."""
        from flows.state_tables import sources

        row = self._row(sources, name=source)
        return None if row is None else row.read_at

    def note_read(self, source: str, *, now: datetime) -> None:
        """Notes that a reading of a source that began ``now`` came to its end."""
        from flows.state_tables import sources, upsert

        self._write(upsert(sources, {"name": source}, {"read_at": now}, renewed={"read_at": now}))

    def links(self, url: str) -> tuple[Link, ...]:
        """The lists that the page or list at a URL led to when it was last read, in its order."""
        from flows.state_tables import links, rows_of

        with _told(self._file), self._engine.connect() as connection:
            rows = connection.execute(rows_of(links, links.c.position, url=url)).all()
        return tuple(Link(row.kind, row.target, row.lastmod) for row in rows)

    def note_links(self, url: str, found: Iterable[Link]) -> None:
        """Notes what a page or list leads to, in place of what was noted before."""
        from flows.state_tables import delete_of, insert_of, links

        rows = [
            {"url": url, "position": position, "kind": link.kind, "target": link.url, "lastmod": link.lastmod}
            for position, link in enumerate(found)
        ]
        with _told(self._file), self._engine.begin() as connection:
            connection.execute(delete_of(links, url=url))
            if rows:
                connection.execute(insert_of(links), rows)

    def is_seen(self, source: str, key: str) -> bool:
        """Whether an entry of a feed, by its id or URL, was noted before."""
        from flows.state_tables import feeds_seen

        return self._row(feeds_seen, source=source, entry=key) is not None

    def note_seen(self, source: str, key: str, *, now: datetime) -> None:
        """Notes an entry of a feed; that it was seen first stays as it is."""
        from flows.state_tables import feeds_seen, upsert

        self._write(upsert(feeds_seen, {"source": source, "entry": key}, {"first_seen_at": now}, renewed={}))

    def _row(self, table: Table, **key: str) -> Row[Any] | None:
        from flows.state_tables import row_of

        with _told(self._file), self._engine.connect() as connection:
            return connection.execute(row_of(table, **key)).one_or_none()

    def _write(self, statement: Insert | Delete) -> None:
        with _told(self._file), self._engine.begin() as connection:
            connection.execute(statement)


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
def _told(file: Path) -> Iterator[None]:
    """Turns what the database says of its file into an EnvironmentFault; a mistake of ours stays what it is."""
    from sqlalchemy.exc import DatabaseError

    try:
        yield
    except DatabaseError as error:
        name = str(getattr(error.orig, "sqlite_errorname", ""))
        trouble = next((told for code, told in _TROUBLES.items() if name.startswith(code)), None)
        if trouble is None:
            raise
        problem, advice = trouble
        raise EnvironmentFault(f"{file}: {problem}; {advice}") from error
