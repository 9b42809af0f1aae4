"""The view of a library that a run keeps: ``records.jsonl`` beside it, packed, as Parquet, or in parts.

What has not changed is not written again: an unchanged part is linked, of a changed file of lines the unchanged ranges
are copied, and where records were only added they follow. Readers see the view as it was or as it is: a file is
complete before it gets its name, and parts change all at once. Which state of the library a view shows is noted before
it gets its name, beside what was noted before: whichever a killed run left, the next one goes on from it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import chain
from pathlib import Path

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from copydesk.flows.library.files.copied_ranges import PlainChanges, write_changed
from copydesk.flows.library.files.formats import PLAIN, FileFormat
from copydesk.flows.library.files.parts import LinkedStates, PartRule, link_or_copy, name_of_part, today
from copydesk.flows.library.library import Library
from copydesk.flows.library.output_folder import sink_errors, sync_names
from copydesk.flows.library.record_table import count, unpacked
from copydesk.flows.library.tables import body, gone, put_into, record, view

# set by hand: where more has changed, copying ranges saves nothing
_MOST_RANGES = 0.2
_ROWS_AT_ONCE = 500


class Part(Struct, frozen=True):
    """A file of a view: the numbers of its first and last record, the bytes of its lines, and its stamp."""

    name: str
    first: int
    last: int
    size: int
    stamp: str


class _Shown(Struct, frozen=True):
    """A state of a view: what it was made by, the ``change`` of the library that it shows, and its files."""

    made_by: str
    changed: int
    parts: tuple[Part, ...]


class _Note(Struct, frozen=True):
    """What is noted of a view: the state that it has, or the one that it was to have when a run was killed."""

    shown: _Shown | None = None
    next: _Shown | None = None


class RecordView:
    """A view of all records, in order. Raises SinkError if it cannot be written."""

    def __init__(self, folder: Path, format_: FileFormat, rule: PartRule, stem: str = "records") -> None:
        self.path = folder / f"{stem}{format_.suffix}"
        self._folder = folder
        self._format = format_
        self._rule = rule
        self._states = LinkedStates(self.path)
        self.is_in_parts = bool(rule) or self.path.is_dir()
        self.where = f"{self.path}/" if self.is_in_parts else str(self.path)
        self._key = blake2b(os.fsencode(self.path.absolute()), digest_size=16).digest()

    def check(self) -> None:
        """Raises SinkError if the view cannot be written, so that a run fails before its first page."""
        with sink_errors(self._folder, "cannot be used"):
            if self.is_in_parts:
                self._states.check_is_link()

    def update(self, library: Library) -> bool:
        """Makes the view show the library; whether it had been damaged, deleted or edited by other hands."""
        with sink_errors(self.path, "cannot be written"):
            found, is_known = self._found(library)
            with library.reading() as connection:
                rows = _Rows(connection, self._changed_since(found))
                if found is not None and not rows.has_changed and found.made_by == self._made_by:
                    return False
                shown = self._written(library, rows, found)
            return is_known and found is None and bool(shown.parts)

    @property
    def _made_by(self) -> str:
        return f"{self._format.suffix} {'parts' if self.is_in_parts else 'file'}"

    def _changed_since(self, found: _Shown | None) -> int:
        return -1 if found is None else found.changed

    def _found(self, library: Library) -> tuple[_Shown | None, bool]:
        """The state that the files have, None if they are none of ours; and whether any was ever noted."""
        with library.reading() as connection:
            content = connection.execute(sa.select(view.c.content).where(view.c.place == self._key)).scalar()
        if content is None:
            return None, False
        note = msgspec.json.decode(content, type=_Note)
        folder = self._current()
        for shown in (note.next, note.shown):
            if shown is not None and all(one.stamp == _stamp(folder / one.name) for one in shown.parts):
                there = sorted(folder.glob(f"*{self._format.suffix}")) if self.is_in_parts else ()
                if not self.is_in_parts or len(there) == len(shown.parts):
                    return shown, True
        return None, True

    def _current(self) -> Path:
        """The folder that has the files."""
        return (self._states.current() or self.path) if self.is_in_parts else self._folder

    def _note(self, library: Library, note: _Note) -> None:
        row = {"place": self._key, "content": msgspec.json.encode(note).decode()}
        with library.writing() as connection:
            connection.execute(put_into(connection.dialect, view).values(**row))

    def _written(self, library: Library, rows: _Rows, found: _Shown | None) -> _Shown:
        """Writes what has changed under other names, notes it, and gives it its name."""
        plan = _plan(rows, found.parts if found else (), self._rule, self.is_in_parts)
        if self.is_in_parts:
            fresh = self._states.make()
            parts = tuple(self._write_part(rows, one, fresh) for one in plan)
            sync_names(fresh)
            shown = _Shown(self._made_by, rows.change, parts)
            self._note(library, _Note(found, shown))
            self._states.switch_to(fresh)
        else:
            fresh_file = self._folder / f".{self.path.name}.new"
            with contextlib.suppress(FileNotFoundError):
                fresh_file.unlink()
            part = self._write_file(rows, plan[0] if plan else _Planned(None, 0, 0), fresh_file)
            part = msgspec.structs.replace(part, name=self.path.name)
            shown = _Shown(self._made_by, rows.change, (part,))
            self._note(library, _Note(found, shown))
            fresh_file.replace(self.path)
            sync_names(self._folder)
        self._note(library, _Note(shown))
        return shown

    def _write_part(self, rows: _Rows, planned: _Planned, fresh: Path) -> Part:
        old = planned.old
        if old is not None and not planned.is_changed:
            name = old.name if old.name[:6].isdigit() else name_of_part(1, PartRule(), self._format.suffix)
            link_or_copy(self._current() / old.name if old.name != self.path.name else self.path, fresh / name)
            return msgspec.structs.replace(old, name=name, stamp=_stamp(fresh / name) or "")
        name = old.name if old is not None and old.name[:6].isdigit() else ""
        name = name or name_of_part(planned.place, PartRule() if old else self._rule, self._format.suffix)
        return self._write_file(rows, planned, fresh / name)

    def _write_file(self, rows: _Rows, planned: _Planned, file: Path) -> Part:
        old = planned.old
        size = rows.size(planned.first, planned.last)
        changed = rows.changed_in(old.first, old.last) if old is not None else ()
        if self._format is PLAIN and old is not None and len(changed) <= _MOST_RANGES * rows.many(old):
            source = self._current() / old.name
            changes = PlainChanges(
                source, changed, rows.size_between, old.last, lambda first, last: rows.lines(first, last)
            )
            if write_changed(changes, file, planned.first, planned.last, size):
                return Part(file.name, planned.first, planned.last, size, _stamp(file) or "")
        self._format.write(file, rows.lines(planned.first, planned.last))
        return Part(file.name, planned.first, planned.last, size, _stamp(file) or "")


class _Planned(Struct, frozen=True):
    """A file to be: the numbers of its first and last record; ``old``: the one that it goes on from."""

    old: Part | None
    first: int
    last: int
    is_changed: bool = True
    place: int = 1


def _plan(rows: _Rows, old: Sequence[Part], rule: PartRule, is_in_parts: bool) -> list[_Planned]:
    """Which files hold which records: those that are there stay, and what follows goes into the last, or new ones."""
    last = rows.last
    if not is_in_parts:
        return [_Planned(old[0] if old else None, 0, last)]
    planned: list[_Planned] = []
    for place, part in enumerate(old, start=1):
        first, end = part.first, part.last
        is_changed = bool(rows.changed_in(first, end))
        if place == len(old):
            is_of_the_day = not rule.by_day or today() in part.name
            room = None if rule.size is None else rule.size - rows.size(first, end)
            if is_of_the_day and (room is None or room > 0):
                end = rows.last_within(end, room)
                is_changed = is_changed or end != part.last
        if not is_changed or rows.size(first, end):
            planned.append(_Planned(part, first, end, is_changed, _place(part, place)))
    start = (planned[-1].last if planned else old[-1].last if old else 0) + 1
    place = max((one.place for one in planned), default=0)
    while rows.has_after(start - 1):
        place += 1
        end = rows.last_within(start - 1, rule.size)
        planned.append(_Planned(None, start, end, place=place))
        start = end + 1
    return planned


def _place(part: Part, place: int) -> int:
    return int(part.name[:6]) if part.name[:6].isdigit() else place


class _Rows:
    """The records of a library at one moment, and which of them are others than at a ``change`` before."""

    def __init__(self, connection: sa.Connection, since: int) -> None:
        self._connection = connection
        self.change = count(connection, "change")
        stored = record.c.gate.is_(None)
        changed = sa.select(record.c.number).where(record.c.changed > since, stored)
        gone_since = sa.select(gone.c.number).where(gone.c.changed > since)
        # of a view that is made anew all are new: none is looked up
        self._changed: list[int] = (
            [] if since < 0 else sorted({*connection.execute(changed).scalars(), *connection.execute(gone_since).scalars()})
        )
        self.has_changed = since < 0 or bool(self._changed)
        self.last = connection.execute(sa.select(sa.func.max(record.c.number)).where(stored)).scalar() or 0

    def changed_in(self, first: int, last: int) -> Sequence[int]:
        """The numbers of records in a range that have changed, or are gone."""
        return self._changed[bisect_left(self._changed, first) : bisect_right(self._changed, last)]

    def _between(self, first: int, last: int) -> sa.ColumnElement[bool]:
        return sa.and_(record.c.gate.is_(None), record.c.number >= first, record.c.number <= last)

    def many(self, part: Part) -> int:
        query = sa.select(sa.func.count()).where(self._between(part.first, part.last))
        return int(self._connection.execute(query).scalar_one())

    def size(self, first: int, last: int) -> int:
        """The bytes of the lines in a range."""
        query = sa.select(sa.func.sum(record.c.size)).where(self._between(first, last))
        return int(self._connection.execute(query).scalar_one() or 0)

    def size_between(self, before: int, after: int) -> int:
        """The bytes of the lines behind a number and before another."""
        return self.size(before + 1, after - 1)

    def has_after(self, number: int) -> bool:
        return self.last > number

    def last_within(self, number: int, room: int | None) -> int:
        """The last record behind a number that begins within so many bytes; at least one is taken, if there is room."""
        if room is None:
            return max(self.last, number)
        query = sa.select(record.c.number, record.c.size).where(self._between(number + 1, self.last))
        last = number
        for each, size in self._connection.execute(query.order_by(record.c.number)):
            if room <= 0:
                break
            last, room = each, room - size
        return last

    def lines(self, first: int, last: int) -> Iterator[bytes]:
        """The lines in a range, in order."""
        while True:
            query = (
                sa.select(body.c.number, body.c.line)
                .join(record, record.c.number == body.c.number)
                .where(self._between(first, last))
                .order_by(record.c.number)
                .limit(_ROWS_AT_ONCE)
            )
            found = self._connection.execute(query).all()
            if not found:
                return
            yield from (unpacked(line) for _, line in found)
            first = found[-1].number + 1


def _stamp(file: Path) -> str | None:
    """A text that changes when a file changes; None if there is none."""
    try:
        found = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"
