"""The library of an output: opened to write by one run, or to read by anybody. A transaction is whole or nothing."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from copydesk.flows.errors import EnvironmentFault, SettingsError, SinkError
from copydesk.flows.io.output_folder import LIBRARY, locked, make_folder
from copydesk.flows.library.database import Database, SqliteLibrary, library_database
from copydesk.flows.library.place import Mark, check_is_of_none

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table


class Library:
    """A library; a context manager. May be used by several threads.

    All methods raise EnvironmentFault, in one line with advice, where the database is locked for long, damaged, away or
    cannot be written; what was written before is kept.
    """

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self.engine = engine
        self.where = database.where
        """For messages: without a password."""
        self.mark: Mark | None = None
        """Of the folder of a run; None where the library lies in it, and of a reader."""
        self._opened = ExitStack()
        self._own = threading.local()

    @classmethod
    def open(cls, folder: Path, address: str | None = None) -> Self:
        """The library of an output folder, to write; what is missing is made. One run at a time has the folder.

        Raises EnvironmentFault also where a newer copydesk made it, SinkError where another run is writing there,
        SettingsError where the address is none, and where the folder belongs to another library.
        """
        database = library_database(folder, address)
        make_folder(folder)
        if address is None:
            check_is_of_none(folder)
        elif own := cls.look(folder):
            own.close()
            raise SettingsError(
                f"{folder}: has records in {LIBRARY}, and {database.where} would get the new ones; leave --database and "
                f"--state out, name another --output, or move {LIBRARY} away"
            )
        with ExitStack() as opened:
            engine = database.connect()
            opened.callback(engine.dispose)
            # who fills a database together with others has a folder of his own
            opened.enter_context(locked(folder))
            library = cls(database, engine)
            library._make()
            if address is not None:
                from copydesk.flows.library.tables import count

                with library.reading() as connection:
                    id_ = f"{count(connection, 'id'):016x}"
                library.mark = Mark.for_library(folder, id_, database.where)
            library._opened = opened.pop_all()
        return library

    @classmethod
    def joined(cls, address: str) -> Self:
        """The library of a database that a run has opened elsewhere, to write parts of that run."""
        database = library_database(Path(), address)
        library = cls(database, database.connect())
        library._opened.callback(library.engine.dispose)
        return library

    @classmethod
    def look(cls, folder: Path, address: str | None = None) -> Self | None:
        """A library to read, also while a run writes; None where there is none, or one that no run has begun to fill:
        what an earlier copydesk left is not in it yet. Raises as ``open`` does.
        """
        database = library_database(folder, address)
        if not database.exists():
            return None
        with ExitStack() as opened:
            engine = database.look()
            opened.callback(engine.dispose)
            library = cls(database, engine)
            if library._version() is None or not library._has_begun():
                return None
            library._opened = opened.pop_all()
        return library

    @classmethod
    def described(cls, folder: Path, address: str | None = None) -> str:
        """Where the library is, or is going to be; it is not changed. Raises as ``open`` does."""
        if address is None:
            check_is_of_none(folder)
        library = cls.look(folder, address)
        if library is None:
            return f"{library_database(folder, address).where} is to be made"
        with library:
            return library.where

    def _make(self) -> None:
        # here: SQLAlchemy takes a third of a second to import, which only those who open a library need
        import sqlalchemy as sa

        from copydesk.flows.library import search
        from copydesk.flows.library.earlier import check_schema
        from copydesk.flows.library.tables import COUNTS, RECORDS, VERSION, counts, metadata
        from copydesk.flows.library.web import web_tables

        assert web_tables.known_urls.metadata is metadata  # noqa: S101 - it was imported, so its tables are made, too
        if self._version() is not None:
            return
        with self.writing() as connection:
            if sa.inspect(connection).has_table(counts.name):
                return  # another process was faster
            if connection.dialect.name == "postgresql":
                check_schema(connection, self.where)
            self._database.create(connection)
            # unchecked: tables of the same names in other schemas of the search path are not ours
            metadata.create_all(connection, checkfirst=False)
            search.create(connection)
            connection.exec_driver_sql(RECORDS[connection.dialect.name])
            connection.execute(
                sa.insert(counts),
                [
                    {"name": "version", "number": VERSION},
                    {"name": "id", "number": secrets.randbits(62)},
                    *({"name": name, "number": 0} for name in COUNTS),
                ],
            )

    def _version(self) -> int | None:
        import sqlalchemy as sa

        from copydesk.flows.library.tables import VERSION, count, counts

        with self.reading() as connection:
            if not sa.inspect(connection).has_table(counts.name):
                return None
            version = count(connection, "version")
        if version > VERSION:
            raise EnvironmentFault(
                f"{self.where}: made by a newer copydesk (version {version} of the library, this one knows "
                f"{VERSION}); update copydesk, or {self._database.elsewhere}"
            )
        return version

    def _has_begun(self) -> bool:
        from copydesk.flows.library.tables import count

        with self.reading() as connection:
            return count(connection, "moved_in") > 0 or count(connection, "run") > 0

    @property
    def folder_id(self) -> str:
        """How it knows the folder of a run; empty of the one that it lies in."""
        return self.mark.folder if self.mark is not None else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the database; what was written is there already."""
        self._opened.close()

    def map_errors(self) -> AbstractContextManager[None]:
        """Turns errors of the database into an EnvironmentFault; a mistake of ours stays what it is."""
        return self._database.map_errors()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment; within a transaction of this thread that one."""
        if (own := getattr(self._own, "connection", None)) is not None:
            yield own
            return
        with self._database.map_errors(), self.engine.begin() as connection:
            self._database.begin_reading(connection)
            yield connection
            self._database.end_reading()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in one transaction, which is committed at the end, or rolled back after an error; within a
        transaction of this thread that one.
        """
        if (own := getattr(self._own, "connection", None)) is not None:
            yield own
            return
        self._own.afterwards = afterwards = list[Callable[[], None]]()
        with self._database.map_errors(), self.engine.begin() as connection:
            self._database.begin_changing(connection)
            self._own.connection = connection
            try:
                yield connection
            finally:
                self._own.connection = None
        for then in afterwards:
            then()

    def add_table(self, connection: Connection, table: Table, *, advice: str, count: str = "") -> None:
        """Makes a table that a library lacks at first, and notes that by a ``count``, which has the table's name.

        Raises EnvironmentFault, with advice, where another's table has its name.
        """
        import sqlalchemy as sa

        from copydesk.flows.library.tables import counts, find_count

        if find_count(connection, count or table.name) is not None:
            return
        schema = None
        # in its own schema alone: what others on the search path have is theirs
        if connection.dialect.name == "postgresql":
            schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
        if sa.inspect(connection).has_table(table.name, schema=schema):
            raise EnvironmentFault(
                f"{self.where}: has a table {table.name} that copydesk has not made; rename it, or {advice}"
            )
        table.create(connection, checkfirst=False)
        connection.execute(sa.insert(counts).values(name=count or table.name, number=0))

    def once_written(self, then: Callable[[], None]) -> None:
        """Calls ``then`` once the transaction of this thread is committed, at once where there is none; never where it
        is rolled back.
        """
        if getattr(self._own, "connection", None) is None:
            then()
        else:
            self._own.afterwards.append(then)

    def hold(self, run: int) -> None:
        """Has others see that a run goes on, until this is closed or the process ends, however it does."""
        self._opened.enter_context(self._database.running(self.engine, run))

    def is_over(self, connection: Connection, run: int) -> bool:
        """Whether a run of another process has ended, within a transaction."""
        return self._database.is_over(connection, run)

    @property
    def is_shared(self) -> bool:
        """Whether runs on several machines may fill it at once."""
        return not isinstance(self._database, SqliteLibrary)

    def check_there(self) -> None:
        """Raises SinkError where the file was taken away from under a run."""
        if isinstance(self._database, SqliteLibrary) and not self._database.exists():
            raise SinkError(
                Path(self.where).parent,
                "cannot be completed: what the run wrote there is gone",
                advice="run again, and leave the folder in its place meanwhile",
            )

    def size_bytes(self) -> int:
        with self.reading() as connection:
            return self._database.size_bytes(connection)
