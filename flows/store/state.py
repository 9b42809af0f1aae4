"""What is known from earlier runs of pages on the web: ``state.sqlite`` in the output folder, or a PostgreSQL database.

A note is one transaction: after a crash or ``kill -9`` every note that was made is there, and no half one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from copydesk.flows.fetching.http.outcomes import GIVEN_UP
from copydesk.flows.library.output_folder import make_folder
from copydesk.flows.store.state_database import VERSION, StateDatabase, state_database

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


class State:
    """What runs into one output folder remember; a context manager. May be used by several threads.

    All methods raise EnvironmentFault, in one line with advice, where the database is locked for long, damaged, away or
    cannot be written; notes made before are kept.
    """

    def __init__(self, database: StateDatabase, engine: Engine) -> None:
        self._database = database
        self.engine = engine
        """For those who keep tables of their own here."""
        self.where = database.where
        """For messages: without a password."""
        self._opened = ExitStack()
        self.is_begun_anew = False
        """Whether it was an earlier copydesk's, and was emptied."""

    @classmethod
    def open(cls, folder: Path, address: str | None = None) -> Self:
        """The state of an output folder, kept there or at ``address``, of a PostgreSQL database.

        What is missing is made; the state of an earlier version is emptied. On PostgreSQL one run at a time has it; in
        a folder, which a run has locked, a writer waits for others.

        Raises EnvironmentFault also where a newer copydesk made it, SettingsError where the address is none.
        """
        make_folder(folder)
        database = state_database(folder, address)
        state = cls._at(database)
        with ExitStack() as opened:
            opened.enter_context(state)
            state._opened.enter_context(database.only_writer(state.engine))
            opened.pop_all()
        return state

    @classmethod
    def look(cls, folder: Path, address: str | None = None) -> Self:
        """An existing state, to read it: also while a run uses it. Raises as ``open`` does."""
        return cls._at(state_database(folder, address))

    @classmethod
    def exists(cls, folder: Path, address: str | None = None) -> bool:
        """Whether there is a state of this copydesk; none is made. Raises as ``open`` does."""
        return cls.version(folder, address) == VERSION

    @classmethod
    def version(cls, folder: Path, address: str | None = None) -> int | None:
        """The version of a state, None where there is none; none is made. Raises as ``open`` does."""
        from copydesk.flows.store.state_tables import version_of

        database = state_database(folder, address)
        if not database.exists():
            return None
        engine = database.connect()
        try:
            with database.map_errors(), engine.connect() as connection:
                return version_of(connection, database)
        finally:
            engine.dispose()

    @classmethod
    def described(cls, folder: Path, address: str | None = None) -> str:
        """Where the state is, or is going to be, and of which version; it is not changed. Raises as ``open`` does."""
        version = cls.version(folder, address)
        where = state_database(folder, address).where
        if version is None:
            return f"{where} is to be made"
        note = ", of an earlier copydesk: the next run replaces it" if version < VERSION else ""
        return f"{where}, version {version}{note}"

    @classmethod
    def _at(cls, database: StateDatabase) -> Self:
        # here: SQLAlchemy takes a third of a second to import, which only runs with a state need
        from copydesk.flows.store.state_tables import make_tables

        engine = database.connect()
        state = cls(database, engine)
        with ExitStack() as opened:
            opened.callback(engine.dispose)
            with database.map_errors():
                state.is_begun_anew = make_tables(engine, database)
            state._opened = opened.pop_all()
        return state

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the database; what was noted is there already."""
        self._opened.close()

    def map_errors(self) -> AbstractContextManager[None]:
        """Turns errors of the database into an EnvironmentFault; a mistake of ours stays what it is."""
        return self._database.map_errors()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with."""
        with self._database.map_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in one transaction, which is committed at the end, or rolled back after an error."""
        with self._database.map_errors(), self.engine.begin() as connection:
            yield connection

    def size_bytes(self) -> int:
        with self.reading() as connection:
            return self._database.size_bytes(connection)


class NewestArticle(Struct, frozen=True):
    """The article of a source that came into the store last. ``url``: without secrets."""

    title: str | None
    url: str | None
    entered_at: datetime


class FailingUrl(Struct, frozen=True):
    """A page or list that could not be had the last time. ``attempts``: in a row; ``is_retried``: in this run.

    ``url``: without secrets.
    """

    source: str
    url: str
    reason: str
    is_list: bool
    attempts: int
    since: datetime
    next_attempt_at: datetime
    is_retried: bool

    @property
    def is_for_good(self) -> bool:
        """Whether this run has shown once more that retries do not help."""
        return self.is_retried and self.attempts >= GIVEN_UP


class SourceStates(Struct, frozen=True):
    """By the names of sources: the last article, and how many URLs fail. ``urls``: lists first, then what fails for
    longest; ``for_good``: of all that fail, the first few that fail for good.
    """

    newest: Mapping[str, NewestArticle] = {}
    failing: Mapping[str, int] = {}
    urls: Sequence[FailingUrl] = ()
    for_good: Sequence[FailingUrl] = ()


NO_STATES = SourceStates()
"""Where nothing on the web was read."""
