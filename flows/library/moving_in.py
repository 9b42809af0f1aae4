"""What an earlier copydesk has left, taken over by the first run: the records of its store become a library, and what
was known of the web is known on. Nothing is fetched again; pages on the disk are cleaned once more.

Files stay as they are until the library has all of them; then those go that were taken and that no view replaces.
Tables on a server stay: others may read them. What was taken and what was left is noted of each folder by its mark, so
that a killed run is gone on from, and a folder in which an earlier copydesk runs once more is not written over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Self

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from copydesk.flows.errors import EnvironmentFault, SettingsError, SinkError
from copydesk.flows.io.databases import batched
from copydesk.flows.io.output_folder import (
    BROKEN,
    EARLIER_STATE,
    EARLIER_STORE,
    QUARANTINE,
    check_is_file,
    sink_errors,
)
from copydesk.flows.io.posix import stamp_of
from copydesk.flows.library import earlier
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import earlier_views
from copydesk.flows.library.reading import FileRecords
from copydesk.flows.library.records.batch import BatchWriter, incoming, mark_again
from copydesk.flows.library.records.plan import Incoming
from copydesk.flows.library.records.record_lines import decode_record, key_of
from copydesk.flows.library.records.record_table import RecordTable, Written, written_as_it_is
from copydesk.flows.library.records.recurring import note_pages
from copydesk.flows.library.tables import count, count_up, put_into, record, unsettled
from copydesk.flows.library.tables import folder as folders
from copydesk.flows.shortening import counted

_RECORDS_AT_ONCE = 1000


class _File(Struct, frozen=True):
    """A file that an earlier copydesk had, by its stamp and what tells a copy of it from another. What was taken goes,
    the rest stays as it is.
    """

    stamp: str
    digest: str
    is_taken: bool

    @classmethod
    def of(cls, file: Path, *, is_taken: bool) -> Self:
        """That of a file, which is read."""
        stamp = stamp_of(file) or ""
        with file.open("rb") as content:
            return cls(stamp, file_digest(content, "blake2b").hexdigest()[:32], is_taken)


_Noted = dict[str, _File]
"""The files that an earlier copydesk had in a folder, by their names."""


def move_in(library: Library, folder: Path, sink: str) -> str | None:
    """Takes a folder and the tables on a server over, and marks the folder; a line about it. ``sink``: of the run,
    whose store is taken if there are several. Of further folders whose runs fill one library what was known of the web
    is taken, alone.

    Raises SettingsError if it is not clear which store is meant, SinkError if one cannot be read, or would be written
    over though the library does not have it.
    """
    with sink_errors(folder, "cannot be taken over"), library.writing() as connection:
        content = sa.select(folders.c.content).where(folders.c.folder == library.folder_id)
        known = connection.execute(content).scalar()
        moving = _Moving(connection, folder)
        is_first = count(connection, "moved_in") == 0
        of_records, of_state = _schemas(connection, library.where, sink, is_first=is_first)
        if of_records:
            moving.take_records(earlier.lines_in(connection, of_records))
            moving.tables.append(f"{of_records}.records")
        if known is not None:
            noted = msgspec.json.decode(known, type=_Noted)
            _check_nothing_came(library.where, folder, noted, sink)
        else:
            if not is_first:
                _check_has_no_records(library.where, folder, moving.has_all_of)
            noted = moving.take_folder(None if of_records or not is_first else earlier.store_in(folder, sink))
            for view in earlier_views(None, folder):
                if view.path.name not in noted:
                    view.note_taken(library)
        if of_state:
            moving.take_state(earlier.state_in_schema(connection, of_state))
            moving.tables.append(f"the schema {of_state}")
        row = {"folder": library.folder_id, "content": msgspec.json.encode(noted).decode()}
        connection.execute(put_into(connection.dialect, folders).values(row))
        if is_first:
            count_up(connection, "moved_in")
        # before the first view gets its name; a mark of a folder that the library does not know yet says nothing
        if library.mark is not None:
            library.mark.write(folder)
    _remove(folder, noted)
    return moving.line(library.where)


def _schemas(
    connection: sa.Connection, where: str, sink: str, *, is_first: bool
) -> tuple[str | None, str | None]:
    """What is to be taken from a server: records once, by the first run whose sink is theirs; what was known of the web
    by the first run. Raises SettingsError where records would come among others.
    """
    has_records = sink == "postgresql" and count(connection, "tables") == 0
    if connection.dialect.name != "postgresql" or not (is_first or has_records):
        return None, None
    of_records, of_state = earlier.schemas_in(connection)
    if has_records and of_records and RecordTable(connection).has_any():
        raise SettingsError(
            f"{where}: has records, and so has {of_records}.records of an earlier copydesk; make a schema for these, "
            f"and name both: ?options=-csearch_path%3DNAME%2C{of_records}"
        )
    if has_records:
        count_up(connection, "tables")
    return of_records if has_records else None, of_state if is_first else None


# --- to refuse


def _check_has_no_records(where: str, folder: Path, is_known: Callable[[Path], bool]) -> None:
    """Raises SinkError where a further folder of a library has a store that the library has not."""
    found = [one for one in earlier.stores_in(folder) if not is_known(one)]
    for one in (*found, folder / QUARANTINE):
        if one.exists():
            raise SinkError(
                one,
                f"holds records that are not of the library {where}",
                advice="leave --database and --state out to have a library of them in the folder, or move it away",
            )


def _check_nothing_came(where: str, folder: Path, noted: _Noted, sink: str) -> None:
    """Raises SinkError where an earlier copydesk has run in a folder since that was taken over, or where the run would
    write over what was left then. A file that was copied or touched is noted as it is now.
    """
    for name in [name for name, one in noted.items() if not (one.is_taken or (folder / name).exists())]:
        del noted[name]
    own = folder / f"records.{sink}"
    if own.name in noted and not noted[own.name].is_taken:
        raise SinkError(
            own,
            f"holds an earlier copydesk's records, which {where} has not",
            advice="move it away, or choose another --sink",
        )
    came = []
    for file in (*earlier.journals_in(folder), folder / EARLIER_STATE, folder / EARLIER_STORE):
        before, stamp = noted.get(file.name), stamp_of(file)
        if stamp is None or (before is not None and before.stamp == stamp):
            continue
        now = _File.of(file, is_taken=before is not None and before.is_taken)
        noted[file.name] = now
        if before is None or now.digest != before.digest:
            came.append(file.name)
    if came:
        names = " and ".join(came)
        raise SinkError(
            folder,
            f"an earlier copydesk has written {names} here after {where} had taken all over",
            advice=f"move {names} away to go on without what that brought",
        )


def _remove(folder: Path, noted: _Noted) -> None:
    """Removes what was taken, also where a run was killed before it could, and indexes of words."""
    with sink_errors(folder, "cannot be taken over"):
        taken = [
            folder / name
            for name, one in noted.items()
            if one.is_taken and stamp_of(folder / name) == one.stamp
        ]
        for file in (*taken, *folder.glob(".search.*.sqlite")):
            for beside in ("", "-wal", "-shm"):
                file.with_name(f"{file.name}{beside}").unlink(missing_ok=True)


# --- to take


class _Moving:
    """Takes a folder over, within a transaction."""

    def __init__(self, connection: sa.Connection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self._records = 0
        self._taken: list[Path] = []
        self._left: list[str] = []
        self._has_state = False
        self.tables: list[str] = []
        """Names of those on a server that were taken, and stay."""

    def take_folder(self, store: Path | None) -> _Noted:
        """Takes a folder with one of its stores; what is noted of it."""
        if store is not None:
            self.take_records(earlier.lines_of(store))
            if store.name == EARLIER_STORE:
                self._taken.append(store)
        if (aside := self._folder / QUARANTINE).exists():
            self._take_aside(0, FileRecords(aside, "jsonl").lines())
        self._take_journals()
        if (file := self._folder / EARLIER_STATE).exists():
            state = earlier.state_in_file(file)
            self.take_state(state)
            if state.is_known:
                self._taken.append(file)
        return self._noted(store)

    def take_records(self, lines: Iterable[bytes]) -> None:
        """Takes records as they are, in their order."""
        table = RecordTable(self._connection)
        for written in batched(self._valid(lines), _RECORDS_AT_ONCE):
            numbers = table.numbers(len(written))
            table.add(dict(zip(numbers, written, strict=True)))
            self._records += len(written)
            numbered = zip(numbers, written, strict=True)
            newest = ((number, one.line) for number, one in numbered if b'"next":null' in one.line)
            mark_again(self._connection, table, newest)

    def _valid(self, lines: Iterable[bytes]) -> Iterator[Written]:
        """The records; lines that are none are put apart."""
        for line in lines:
            if not line.strip():
                continue
            try:
                decode_record(line)
                yield written_as_it_is(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                self._put_apart(line)

    def _put_apart(self, line: bytes) -> None:
        """Has a line that is no record in a file beside the views, unless an earlier try has put it there already."""
        file = self._folder / BROKEN
        if not file.exists() or line.rstrip(b"\n") not in file.read_bytes().split(b"\n"):
            with file.open("ab") as broken:
                broken.write(line)

    def _take_aside(self, run: int, lines: Iterable[bytes]) -> None:
        """Takes what was set aside; a line without a gate says that its page has passed since."""

        def found() -> Iterator[Incoming]:
            for line in filter(bytes.strip, lines):
                try:
                    gate = bytes(msgspec.json.decode(line, type=_Aside).gate)
                    if gate != b"null":
                        decode_record(line)
                except (msgspec.MsgspecError, UnicodeDecodeError):
                    self._put_apart(line)
                else:
                    yield incoming(line, gate=None if gate == b"null" else gate.decode())

        for some in batched(found()):
            BatchWriter(run).set_aside(self._connection, some)

    def _take_journals(self) -> None:
        """Takes what killed runs have left: each is a run that was cut short, and is settled by the next one."""
        for journal in earlier.journals_in(self._folder):
            check_is_file(journal)
            run = count_up(self._connection, "run")
            self._connection.execute(sa.insert(unsettled).values(number=run))
            with journal.open("rb") as found:
                # of the last one the run may have been killed within
                lines = (line for line in found if line.endswith(b"\n"))
                if journal.name == earlier.ASIDE_JOURNAL:
                    self._take_aside(run, lines)
                else:
                    writer = BatchWriter(run)
                    for read in batched(self._valid(lines)):
                        outcomes = writer.store(
                            self._connection, [incoming(one.line) for one in read]
                        ).outcomes
                        self._records += sum(one.became is not None for one in outcomes)
                        own = (
                            (outcome.number, decode_record(one.line))
                            for one, outcome in zip(read, outcomes, strict=True)
                            if outcome.is_own and outcome.number is not None
                        )
                        note_pages(self._connection, run, own)
            self._taken.append(journal)

    def take_state(self, state: earlier.State) -> None:
        """Takes what was known of the web; of a state with other tables nothing but which files are views."""
        earlier.take_state(self._connection, state)
        if state.is_known:
            self._has_state = True
        else:
            self._left.append(
                f"{state.where} is of another version, and was left out: its pages are fetched once more"
            )

    def _noted(self, taken: Path | None) -> _Noted:
        """What is noted of the folder: of its stores those are left that have records which the library has not."""
        left = [one for one in earlier.stores_in(self._folder) if one != taken and not self.has_all_of(one)]
        self._left += [f"{one.name} stays as it is, with records that were not taken" for one in left]
        state = self._folder / EARLIER_STATE
        left += [state] if state.exists() and state not in self._taken else []
        # of a view only its name counts: nothing is written over it
        kept = [(one, False) for one in left if one.suffix == ".sqlite"] + [
            (one, True) for one in self._taken
        ]
        noted = {one.name: _File("", "", is_taken=False) for one in left}
        return noted | {one.name: _File.of(one, is_taken=is_taken) for one, is_taken in kept}

    def has_all_of(self, store: Path) -> bool:
        """Whether the library has the records of a store, with their texts: a view of one that was removed, for
        example.
        """
        if store.name == EARLIER_STORE:
            return False
        try:
            for some in batched(map(key_of, earlier.lines_of(store))):
                its = {one and (one.id, one.version, one.content_hash) for one in some}
                query = sa.select(record.c.id, record.c.version, record.c.content_hash).where(
                    record.c.id.in_(one.id for one in some if one)
                )
                if not its.issubset(map(tuple, self._connection.execute(query))):
                    return False
        except EnvironmentFault:  # it cannot be read
            return False
        return True

    def line(self, where: str) -> str | None:
        """What was taken and left, for the user."""
        if not (self._records or self._taken or self.tables or self._left):
            return None
        whose = "an earlier copydesk's tables" if self.tables else "a folder without a library"
        what = counted(self._records, "record")
        what += " and all that was known of the web" if self._has_state else ""
        verb = "is" if self._records == 1 and not self._has_state else "are"
        rest = []
        if self.tables:
            are = "is" if len(self.tables) == 1 else "are"
            rest = [f"{' and '.join(self.tables)} {are} not used any more"]
        return "; ".join((f"{whose}: {what} {verb} in {where} now", *rest, *self._left))


class _Aside(Struct):
    gate: msgspec.Raw = msgspec.Raw(b"null")
