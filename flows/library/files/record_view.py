"""The view of a library that a run keeps: ``records.jsonl`` beside it, packed, as Parquet, or in parts.

What has not changed is not written again: an unchanged part is linked, of a changed file of lines the unchanged ranges
are copied, and where records were only added they follow. Readers see the view as it was or as it is: a file is
complete before it gets its name, and parts change all at once. Which state of the library a view shows is noted before
it gets its name, beside what was noted before: whichever a killed run left, the next one goes on from it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from copydesk.flows.errors import SinkError
from copydesk.flows.io.output_folder import sink_errors, sync_names
from copydesk.flows.io.posix import stamp_of
from copydesk.flows.library.files.formats import PLAIN, FileFormat
from copydesk.flows.library.files.parts import LinkedStates, PartRule, link_or_copy, today
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.record_rows import RecordRows
from copydesk.flows.library.records.record_table import RecordTable
from copydesk.flows.library.tables import put_into, record, record_view

# set by hand: where more has changed, copying ranges saves nothing
_MOST_RANGES = 0.2
_PIECE_BYTES = 1 << 20
# set by hand: more ids bury the rest of a line
_MOST_NAMED = 5
# in place of what files are made by, which is unknown of those of an earlier copydesk
_TAKEN = "taken"


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
    """A view of all records, in order; ``is_aside``: of those that passed no gate, a file that is there while there are
    some. Raises SinkError if it cannot be written.
    """

    def __init__(self, folder: Path, format_: FileFormat, rule: PartRule, *, is_aside: bool = False) -> None:
        self.path = folder / f"{'quarantine' if is_aside else 'records'}{format_.suffix}"
        self._is_aside = is_aside
        self._folder = folder
        self._format = format_
        self._rule = rule
        self._states = LinkedStates(self.path)
        self.damaged = ""
        """The ids of records that were found damaged by the last update."""
        self.is_in_parts = bool(rule) or self.path.is_dir()
        self.where = f"{self.path}/" if self.is_in_parts else str(self.path)

    def check(self) -> None:
        """Raises SinkError if the view cannot be written, so that a run fails before its first page."""
        with sink_errors(self._folder, "cannot be used"):
            # a link cannot replace a folder
            if self.path.is_dir() and not self.path.is_symlink():
                raise SinkError(self.path, "is a folder of somebody else's", advice="move it away")

    def note_taken(self, library: Library) -> None:
        """Notes that the library has all that is in the files: whatever they are, they are made again."""
        folder = self._current()
        there = sorted(folder.glob(f"*{self._format.suffix}")) if self.is_in_parts else (self.path,)
        parts = tuple(Part(one.name, 0, 0, 0, _stamp_of(one) or "") for one in there)
        self._note(library, _Note(_Shown(_TAKEN, -1, parts)))

    def is_kept(self, library: Library) -> bool:
        """Whether the view is there, as large as a run left it: a copy that is to be kept, if not the file itself."""
        with sink_errors(self.path, "cannot be read"):
            note = self._noted(library) if self.path.exists() else _Note()
            return any(
                one is not None and self._has(one, lambda stamp: stamp and stamp.split()[0])
                for one in (note.next, note.shown)
            )

    def update(self, library: Library) -> bool:
        """Makes the view show the library; whether it had been damaged, deleted or edited by other hands."""
        with sink_errors(self.path, "cannot be written"):
            found, is_known = self._found(library)
            with library.reading() as connection:
                rows = RecordRows(connection, since=found.changed if found else -1, is_aside=self._is_aside)
                if found is not None and not rows.has_changed:
                    return False
                shown = self._written(library, rows, found)
            if rows.damaged:
                self._note_damaged(library, rows.damaged)
            return is_known and found is None and bool(shown.parts)

    def _note_damaged(self, library: Library, numbers: Sequence[int]) -> None:
        with library.writing() as connection:
            RecordTable(connection, is_aside=self._is_aside).note_damaged(numbers)
            ids = (
                sa.select(record.c.id)
                .where(record.c.number.in_(numbers[:_MOST_NAMED]))
                .order_by(record.c.number)
            )
            named = ", ".join(connection.execute(ids).scalars())
        more = f" and {len(numbers) - _MOST_NAMED:,} more" if len(numbers) > _MOST_NAMED else ""
        self.damaged = f"{named}{more}"

    @property
    def _made_by(self) -> str:
        return f"{self._format.suffix} {'parts' if self.is_in_parts else 'file'}"

    def _noted(self, library: Library) -> _Note:
        """What is noted of it; nothing of one that no run has kept."""
        here = (record_view.c.folder == library.folder_id) & (record_view.c.name == self.path.name)
        with library.reading() as connection:
            content = connection.execute(sa.select(record_view.c.note).where(here)).scalar()
        return _Note() if content is None else msgspec.json.decode(content, type=_Note)

    def _found(self, library: Library) -> tuple[_Shown | None, bool]:
        """The state that the files have, None if they are none of ours; and whether any was ever noted."""
        note = self._noted(library)
        states = [one for one in (note.next, note.shown) if one is not None and one.made_by == self._made_by]
        return next((one for one in states if self._has(one, lambda stamp: stamp)), None), bool(states)

    def _has(self, shown: _Shown, what: Callable[[str | None], str | None]) -> bool:
        """Whether the files are those of a state, by what of their stamps counts."""
        folder = self._current()
        if self.is_in_parts and len(list(folder.glob(f"*{self._format.suffix}"))) != len(shown.parts):
            return False
        return all(what(one.stamp) == what(_stamp_of(folder / one.name)) for one in shown.parts)

    def _current(self) -> Path:
        """The folder that has the files."""
        return (self._states.current() or self.path) if self.is_in_parts else self._folder

    def _note(self, library: Library, note: _Note) -> None:
        row = {
            "folder": library.folder_id,
            "name": self.path.name,
            "note": msgspec.json.encode(note).decode(),
        }
        with library.writing() as connection:
            connection.execute(put_into(connection.dialect, record_view).values(**row))

    def _written(self, library: Library, rows: RecordRows, found: _Shown | None) -> _Shown:
        """Writes what has changed under other names, notes it, and gives it its name."""
        old = found.parts if found else ()
        if self.is_in_parts:
            plan = _plan(rows, old, self._rule)
            fresh = self._states.make()
            parts = tuple(self._write_part(rows, one, fresh) for one in plan)
            sync_names(fresh)
            shown = _Shown(self._made_by, rows.change, parts)
            self._note(library, _Note(found, shown))
            self._states.switch_to(fresh)
        else:
            if self._is_aside and not rows.last:
                self.path.unlink(missing_ok=True)
                shown = _Shown(self._made_by, rows.change, ())
                self._note(library, _Note(shown))
                return shown
            fresh_file = self._folder / f".{self.path.name}.new"
            fresh_file.unlink(missing_ok=True)
            part = self._write_file(rows, _Planned(old[0] if old else None, 0, rows.last), fresh_file)
            part = replace(part, name=self.path.name)
            shown = _Shown(self._made_by, rows.change, (part,))
            self._note(library, _Note(found, shown))
            fresh_file.replace(self.path)
            sync_names(self._folder)
        self._note(library, _Note(shown))
        return shown

    def _write_part(self, rows: RecordRows, planned: _Planned, fresh: Path) -> Part:
        old = planned.old
        if old is not None and not planned.is_changed:
            link_or_copy(self._current() / old.name, fresh / old.name)
            return replace(old, stamp=_stamp_of(fresh / old.name) or "")
        # ``000001.jsonl``, ``000002-2026-11-21.jsonl``: their order is that of the parts
        day = f"-{today()}" if self._rule.by_day else ""
        name = old.name if old is not None else f"{planned.place:06}{day}{self._format.suffix}"
        return self._write_file(rows, planned, fresh / name)

    def _write_file(self, rows: RecordRows, planned: _Planned, file: Path) -> Part:
        old, first, last = planned.old, planned.first, planned.last
        part = Part(file.name, first, last, rows.size(first, last), "")
        is_written = False
        if self._format is PLAIN and old is not None:
            changed = rows.changed_in(old.first, old.last)
            if len(changed) <= _MOST_RANGES * rows.many(old.first, old.last):
                is_written = _write_changed(rows, self._current() / old.name, old, file, part)
        if not is_written:
            self._format.write(file, rows.lines(first, last))
        return replace(part, stamp=_stamp_of(file) or "")


def _write_changed(rows: RecordRows, source: Path, old: Part, file: Path, part: Part) -> bool:
    """Writes a file of lines anew where few of them have changed, and waits until it is on the disk: what lies between
    is copied by the system, unread. False where the ``source`` is not what it should be, and all is to be written.
    """
    with source.open("rb") as before, file.open("wb") as new:
        at, number = 0, part.first - 1
        for changed in rows.changed_in(old.first, old.last):
            between = rows.size(number + 1, changed - 1)
            _copy(before, new, at, between)
            before.seek(at + between)
            # what it was is passed over, whatever it was
            line = before.readline()
            if not line.endswith(b"\n"):
                return False
            at += between + len(line)
            new.writelines(rows.lines(changed, changed))
            new.flush()
            number = changed
        between = rows.size(number + 1, old.last)
        if at + between != os.fstat(before.fileno()).st_size:
            return False
        _copy(before, new, at, between)
        new.writelines(rows.lines(old.last + 1, part.last))
        new.flush()
        os.fsync(new.fileno())
        return new.tell() == part.size


def _copy(old: BinaryIO, new: BinaryIO, at: int, count: int) -> None:
    """Copies bytes of one file to the end of another."""
    while count:
        try:
            done = os.copy_file_range(old.fileno(), new.fileno(), count, at)
        except (OSError, AttributeError):  # a file system, or a system, without it
            done = os.write(new.fileno(), os.pread(old.fileno(), min(count, _PIECE_BYTES), at))
        if not done:
            return
        at, count = at + done, count - done
    new.seek(0, os.SEEK_END)


class _Planned(Struct, frozen=True):
    """A file to be: the numbers of its first and last record; ``old``: the one that it goes on from."""

    old: Part | None
    first: int
    last: int
    is_changed: bool = True
    place: int = 1


def _stamp_of(file: Path) -> str | None:
    """Size and time, without the number on the disk, which no copy keeps."""
    stamp = stamp_of(file)
    return stamp and stamp.partition(" ")[2]


def _plan(rows: RecordRows, old: Sequence[Part], rule: PartRule) -> list[_Planned]:
    """Which parts hold which records: those that are there stay, and what follows goes into the last, or new ones."""
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
            planned.append(_Planned(part, first, end, is_changed, int(part.name[:6])))
    start = (planned[-1].last if planned else old[-1].last if old else 0) + 1
    place = max((one.place for one in planned), default=0)
    while rows.last >= start:
        place += 1
        end = rows.last_within(start - 1, rule.size)
        planned.append(_Planned(None, start, end, place=place))
        start = end + 1
    return planned
