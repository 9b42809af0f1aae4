"""What an earlier copydesk has left, taken over by the first run: the records of its store become a library, and what
was known of the web is known on. Nothing is fetched again; pages on the disk are cleaned once more.

Files stay as they are until the library has all of them; then those go that no view replaces. Tables on a server stay:
others may read them.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
import sqlalchemy as sa

from copydesk.flows.errors import SettingsError
from copydesk.flows.io.databases import batched
from copydesk.flows.io.output_folder import BROKEN, FILE_SINKS, QUARANTINE, sink_errors
from copydesk.flows.library.copies.near_duplicates import settle_copies
from copydesk.flows.library.library import Library
from copydesk.flows.library.reading import FileRecords
from copydesk.flows.library.records.batch import BatchWriter, Incoming, incoming
from copydesk.flows.library.records.record_lines import decode_record
from copydesk.flows.library.records.record_table import (
    RecordTable,
    Written,
    count,
    count_up,
    written_as_it_is,
)
from copydesk.flows.library.records.writing import enter_marks, text_of
from copydesk.flows.library.tables import Moment, insert_into
from copydesk.flows.library.web import web_tables

_DATABASE = "records.sqlite"
_STATE = "state.sqlite"
_ASIDE_JOURNAL = ".records.quarantine.journal"
# of PostgreSQL
_TABLES = ("records", "copydesk_marks", "copydesk_about")
_STATE_SCHEMA = "copydesk_state"
_WEB_TABLES = (
    web_tables.fetches,
    web_tables.feeds_seen,
    web_tables.site_files,
    web_tables.sources,
    web_tables.newest_articles,
    web_tables.links,
    web_tables.page_links,
    web_tables.article_parts,
)
_COPIES_AT_ONCE = 1000


def move_in(library: Library, folder: Path, sink: str) -> str | None:
    """Takes a folder and the tables on a server over; a line about it. ``sink``: of the run, whose store is taken if
    there are several. Of further folders whose runs fill one library what was known of the web is taken, alone.

    Raises SettingsError if it is not clear which store is meant, SinkError if one cannot be read.
    """
    journals, state = sorted(folder.glob(".records.*.journal")), folder / _STATE
    many, tables = 0, _Tables()
    with sink_errors(folder, "cannot be taken over"), library.writing() as connection:
        if not count(connection, "moved_in"):
            count_up(connection, "moved_in")
            tables = _Tables.of(connection, sink)
            many += _take_store(connection, tables, folder, sink)
            if tables.state:
                _take_state_in(connection, tables.state)
        many += _take_journals(connection, journals)
        if state.exists():
            _take_state(connection, state)
        elif not (many or journals or any(tables)):
            return None
    for left in (*journals, state, folder / _DATABASE, *folder.glob(".search.*.sqlite*")):
        for beside in ("", "-wal", "-shm"):
            left.with_name(f"{left.name}{beside}").unlink(missing_ok=True)
    records = "1 record" if many == 1 else f"{many:,} records"
    stay = [f"{tables.records}.{_TABLES[0]}"] if tables.records else []
    stay += [f"the schema {tables.state}"] if tables.state else []
    whose, rest = ("tables", f"; {' and '.join(stay)} are not used any more") if stay else ("folder", "")
    return f"an earlier copydesk's {whose}: {records} and all that was known of the web are in {library.where} now{rest}"


class _Tables(NamedTuple):
    """The schemas in which an earlier copydesk has left something on a server: the table of its records, its state."""

    records: str | None = None
    state: str | None = None

    @classmethod
    def of(cls, connection: sa.Connection, sink: str) -> Self:
        """Those that the user of a library finds as that copydesk did; records if its sink is the same."""
        if connection.dialect.name != "postgresql":
            return cls()
        look = sa.inspect(connection)
        user = connection.exec_driver_sql("SELECT current_user").scalar_one()
        # it found its tables by the search path that servers have
        places = (user, "public") if sink == "postgresql" else ()
        found = (one for one in places if all(look.has_table(name, one) for name in _TABLES))
        return cls(next(found, None), _STATE_SCHEMA if look.has_table("about", _STATE_SCHEMA) else None)


def _lines_in(connection: sa.Connection, schema: str) -> Iterator[bytes]:
    """The lines of a table."""
    after, where = -1, sa.table(_TABLES[0], sa.column("number"), sa.column("record"), schema=schema)
    lines = (
        sa.select(where.c.number, sa.cast(where.c.record, sa.Text))
        .order_by(where.c.number)
        .limit(_COPIES_AT_ONCE)
    )
    while rows := connection.execute(lines.where(where.c.number > after)).all():
        yield from (f"{line}\n".encode() for _, line in rows)
        after = rows[-1].number


def _take_state_in(connection: sa.Connection, schema: str) -> None:
    """Takes what was known of the web from tables of the same names and columns."""
    look = sa.inspect(connection)
    for table in _WEB_TABLES:
        if not look.has_table(table.name, schema):
            continue
        known = {one["name"] for one in look.get_columns(table.name, schema)}
        names = [column.name for column in table.c if column.name in known]
        old = sa.table(table.name, *map(sa.column, names), schema=schema)
        taken = insert_into(connection.dialect, table).from_select(
            names, sa.select(*(old.c[one] for one in names))
        )
        connection.execute(taken.on_conflict_do_nothing())


def _take_store(connection: sa.Connection, tables: _Tables, folder: Path, sink: str) -> int:
    """Takes the records of the store, and what was set aside; how many records."""
    store = None if tables.records else _store_in(folder, sink)
    lines = _lines_in(connection, tables.records) if tables.records else _lines_of(store) if store else ()
    many = _take_records(connection, lines, folder)
    if (aside := folder / QUARANTINE).exists():
        _take_aside(connection, FileRecords(aside, "jsonl").lines())
    return many


def _store_in(folder: Path, sink: str) -> Path | None:
    found = [path for one in (*FILE_SINKS, "sqlite") if (path := folder / f"records.{one}").exists()]
    own = folder / f"records.{sink}"
    if len(found) > 1 and own not in found:
        listed = " or ".join(f"--sink {path.name.removeprefix('records.')}" for path in found)
        raise SettingsError(
            f"{folder}: holds several stores of an earlier copydesk; choose one with {listed}"
        )
    return own if own in found else next(iter(found), None)


def _lines_of(store: Path) -> Iterator[bytes]:
    if store.name != _DATABASE:
        yield from FileRecords(store, store.name.removeprefix("records.")).lines()
        return
    with contextlib.closing(sqlite3.connect(store)) as old:
        for (line,) in old.execute("SELECT record FROM records ORDER BY number"):
            yield str(line).encode() + b"\n"


def _take_records(connection: sa.Connection, lines: Iterable[bytes], folder: Path) -> int:
    """Takes records as they are, in their order; lines that are none go into a file beside the views."""
    table, many = RecordTable(connection), 0
    for some in batched(_valid(lines, folder), _COPIES_AT_ONCE):
        numbers = table.numbers(len(some))
        table.add(dict(zip(numbers, some, strict=True)))
        many += len(some)
        newest = {
            number: text_of(one.line) for number, one in zip(numbers, some, strict=True) if not _is_past(one)
        }
        enter_marks(connection, table, settle_copies(connection, newest))
    return many


def _is_past(written: Written) -> bool:
    return b'"next":null' not in written.line


def _valid(lines: Iterable[bytes], folder: Path) -> Iterator[Written]:
    for line in lines:
        if not line.strip():
            continue
        try:
            decode_record(line)
            yield written_as_it_is(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            with (folder / BROKEN).open("ab") as broken:
                broken.write(line)


def _take_journals(connection: sa.Connection, journals: Iterable[Path]) -> int:
    """Takes what killed runs have left, as a run would; how many records."""
    many = 0
    for journal in journals:
        with journal.open("rb") as found:
            lines = (line for line in found if line.endswith(b"\n"))
            if journal.name == _ASIDE_JOURNAL:
                _take_aside(connection, lines)
                continue
            for some in batched(lines):
                settled = BatchWriter(0).store(connection, list(map(incoming, some)))
                many += sum(one.became is not None for one in settled.outcomes)
    return many


class _Aside(msgspec.Struct):
    gate: Any = None


def _take_aside(connection: sa.Connection, lines: Iterable[bytes]) -> None:
    """Takes what was set aside; a line without a gate says that its page has passed since."""

    def found() -> Iterator[Incoming]:
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
                gate = msgspec.json.decode(line, type=_Aside).gate
                yield incoming(line, gate=None if gate is None else msgspec.json.encode(gate).decode())

    for some in batched(found()):
        BatchWriter(0).set_aside(connection, some)


def _take_state(connection: sa.Connection, state: Path) -> None:
    """Takes what was known of the web: tables of the same names and columns."""
    with contextlib.closing(sqlite3.connect(state)) as old:
        old.row_factory = sqlite3.Row
        known = {name for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in _WEB_TABLES:
            if table.name not in known:
                continue
            rows = old.execute(f'SELECT * FROM "{table.name}"')  # noqa: S608 - ours
            for some in batched(rows):
                # what a run into the same library has noted since is newer
                taken = insert_into(connection.dialect, table).on_conflict_do_nothing()
                connection.execute(taken, [_row(table, row) for row in some])


def _row(table: sa.Table, row: sqlite3.Row) -> dict[str, Any]:
    found = {name: row[name] for name in row.keys() if name in table.c}  # noqa: SIM118 - of a row
    for column in table.c:
        value = found.get(column.name)
        if isinstance(column.type, Moment) and isinstance(value, str):
            found[column.name] = datetime.fromisoformat(value).replace(tzinfo=UTC)
        elif isinstance(column.type, sa.Boolean) and value is not None:
            found[column.name] = bool(value)
    return {column.name: found.get(column.name) for column in table.c}
