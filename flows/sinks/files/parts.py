"""A folder of files in the output folder, of which a merge rewrites those alone that change.

The files lie in a hidden folder, a new one for each merge that changes anything, and the store's name is a link to it:
the new folder takes the old one's place in one step, as a file would. Parts that have not changed are the same files in
both. Who follows the link once reads one state of the store. The state before stays until the next merge, and longer
where we read it ourselves: who reads a state holds a lock on its folder, shared with other readers, which ends with
their process.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import NamedTuple

from copydesk.flows.errors import SettingsError, SinkError
from copydesk.flows.io.posix import fcntl, opened_folder
from copydesk.flows.sinks.files.file_format import FileFormat
from copydesk.flows.sinks.files.scanned_files import (
    ChangedLines,
    OpenFiles,
    ScannedFiles,
    move_broken_lines,
)
from copydesk.flows.sinks.output_folder import sink_errors, sync_names
from copydesk.flows.sinks.store_backend import Changes

# `500MB`, `1.5 GB`, `64MiB`; a number alone is bytes
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)b)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class PartRule(NamedTuple):
    """``size``: bytes of records, as lines of JSON, after which a part is full; ``by_day``: each day begins one."""

    size: int | None = None
    by_day: bool = False

    def __bool__(self) -> bool:
        return self.size is not None or self.by_day


def size_of(text: str) -> int:
    """The bytes of a size such as ``500MB``. Raises SettingsError."""
    found = _SIZE.fullmatch(text.strip())
    power = _POWERS[(found[2] or "").lower()] if found else 0
    size = int(float(found[1]) * (1024 if found[3] else 1000) ** power) if found else 0
    if size < 1:
        raise SettingsError(f"--part-size: expected a size such as 500MB, not {text!r}")
    return size


def name_of_part(number: int, rule: PartRule, suffix: str) -> str:
    """``000001.jsonl``, ``000002-2026-11-21.jsonl``: in the order in which parts were begun, whatever the rule."""
    day = f"-{today()}" if rule.by_day else ""
    return f"{number:06}{day}{suffix}"


def today() -> str:
    """The day, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d")


class Parts:
    """Records as the lines of several files; see ``StoreBackend``.

    New records follow in the last part, or in a new one where the rule requires it; a record stays in its part. A store
    of one file becomes the first part.
    """

    def __init__(self, folder: Path, format_: FileFormat, rule: PartRule) -> None:
        self._folder = folder
        self._format = format_
        self._rule = rule
        self._link = folder / f"records{format_.suffix}"
        self._states = LinkedStates(self._link)
        self.name = format_.suffix.removeprefix(".")
        self.where = f"{self._link}/"

    def check(self) -> None:
        """Raises SinkError where a folder has the name of the link and holds no parts: of a copied store it does."""
        if not any(self._link.glob(f"*{self._format.suffix}")):
            self._states.check_is_link()

    def prepare(self) -> None:
        """Raises SinkError where the store cannot be written to: before the first page, not at the end of a run."""
        self._states.check_is_link()

    def lines(self) -> Iterator[bytes]:
        """The lines of all parts, as the link leads to them when the first is read."""
        with sink_errors(self._link, "cannot be read"):
            # a single file may become parts while it is opened; nothing was read yet
            with contextlib.suppress(IsADirectoryError):
                if self._link.is_file():
                    yield from self._one_file().all_lines()
                    return
            with self._states.held() as state:
                yield from self._in_state(state).all_lines()

    @contextlib.contextmanager
    def opened(self) -> Iterator[_OpenParts]:
        """A folder for the parts to be, which the link leads to at the end."""
        fresh = self._states.make()
        old = self._one_file() if self._link.is_file() else self._in_state(self._states.current())
        is_done = False
        try:
            parts = _OpenParts(old, fresh, self._format, self._rule)
            yield parts
            if parts.is_changed:
                sync_names(fresh)
                self._states.lead_to(fresh)
                is_done = True
        finally:
            if not is_done:
                shutil.rmtree(fresh, ignore_errors=True)

    def _one_file(self) -> ScannedFiles:
        return ScannedFiles([self._link], self._format)

    def _in_state(self, state: Path | None) -> ScannedFiles:
        # a copy of a store may have the files themselves where the link was
        folder = state or self._link
        files = sorted(folder.glob(f"*{self._format.suffix}")) if folder.is_dir() else []
        return ScannedFiles(files, self._format)


class _OpenParts(OpenFiles):
    """The parts while they are changed."""

    def __init__(self, old: ScannedFiles, fresh: Path, format_: FileFormat, rule: PartRule) -> None:
        super().__init__(old, fresh, format_)
        self._rule = rule

    def change(self, changes: Changes) -> int:
        """Writes parts that change, and takes over the others as they are."""
        # the parts lie in a folder of their own in the output folder
        changes = move_broken_lines(self._fresh.parent, self._old, changes)
        touched = sorted(changes.gone | changes.became.keys())
        left = deque(changes.added)
        total = start = last = 0
        for place, (file, extent) in enumerate(extents := self._old.extents()):
            end = start + extent.records
            last = _number_of(file)
            is_of_the_day = not self._rule.by_day or today() in file.name
            is_last = place == len(extents) - 1
            has_room = bool(left) and is_last and is_of_the_day and self._room(extent.bytes) > 0
            if has_room or bisect_left(touched, start) < bisect_left(touched, end):
                room = self._room(extent.bytes) if has_room else 0
                old = self._old.in_file(file)
                total += self._rewrite(file, ChangedLines(old, changes, left, first=start, room=room))
            else:
                _take_over(file, self._fresh / self._name(file))
                total += extent.records
            start = end
        while left:
            last += 1
            name = name_of_part(last, self._rule, self._format.suffix)
            lines = ChangedLines(iter(()), changes, left, room=self._room(0))
            self._format.write(self._fresh / name, lines)
            self.is_changed = True
            total += lines.count
        return total

    def _rewrite(self, file: Path, new: ChangedLines) -> int:
        """Rewrites a part; where nothing in it has changed it is taken over, where nothing is left it is deleted."""
        self._format.write(self._fresh / self._name(file), new)
        self.is_changed = self.is_changed or new.is_changed
        if not new.count or not new.is_changed:
            (self._fresh / self._name(file)).unlink()
        if not new.is_changed:
            _take_over(file, self._fresh / self._name(file))
        return new.count

    def _name(self, file: Path) -> str:
        """Of a part that was; a store of one file becomes the first part."""
        is_part = file.name[:6].isdigit()
        return file.name if is_part else name_of_part(_number_of(file), PartRule(), self._format.suffix)

    def _room(self, taken: int) -> float:
        return inf if self._rule.size is None else self._rule.size - taken


def _number_of(file: Path) -> int:
    """Of a part; 1 of a store of one file."""
    return int(file.name[:6]) if file.name[:6].isdigit() else 1


def _take_over(file: Path, name: Path) -> None:
    """Gives a part a name in another folder: the same file, or, where the disk knows no such names, a copy."""
    try:
        name.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, name)


class LinkedStates:
    """The states of a store in parts: a hidden folder each, and a ``link`` that leads to the one that holds. A state
    goes once it is not the newest and nobody reads it. Methods raise OSError.

    All but ``current`` and ``held`` are for the run that has the output folder.
    """

    def __init__(self, link: Path) -> None:
        self._link = link
        self._hidden = f".{link.name}."

    def current(self) -> Path | None:
        """The folder that the link leads to; None where there is no link."""
        with contextlib.suppress(OSError):
            return self._link.parent / self._link.readlink()
        return None

    @contextlib.contextmanager
    def held(self) -> Iterator[Path | None]:
        """The folder that the link leads to, which stays as it is within the context; None where there is none."""
        while (folder := self.current()) is not None:
            with contextlib.ExitStack() as opened:
                is_there = False
                with contextlib.suppress(FileNotFoundError):
                    descriptor = opened.enter_context(opened_folder(folder))
                    is_there = True
                    # a disk without locks: the state stays until the next merge, as for programs that take none
                    with contextlib.suppress(OSError):
                        fcntl.flock(descriptor, fcntl.LOCK_SH)
                # what was the newest when it was locked is whole; an older one may have been on its way out
                if folder == self.current():
                    yield folder if is_there else None
                    return
        yield None

    def check_is_link(self) -> None:
        """Raises SinkError where a folder has the name of the link, which no link can replace."""
        if self._link.is_dir() and not self._link.is_symlink():
            raise SinkError(self._link, "is a folder of somebody else's", advice="move it away")

    def make(self) -> Path:
        """A folder for the state to be; what nobody needs is taken away for it."""
        current = self.current()
        self._tidy(keep=current)
        last = current.name.rpartition(".")[2] if current is not None else ""
        # what somebody else has the link lead to has no number
        number = int(last) + 1 if last.isdecimal() else 1
        # one that the link led to, before it was set back, and that is read still
        while (fresh := self._link.parent / f"{self._hidden}{number:06}").exists():
            number += 1
        fresh.mkdir()
        return fresh

    def lead_to(self, fresh: Path) -> None:
        """Has the link lead to another state, in one step."""
        link = self._link.parent / f"{self._hidden}new"
        link.unlink(missing_ok=True)
        link.symlink_to(fresh.name)
        link.replace(self._link)
        sync_names(self._link.parent)  # the new name must be on disk before the journal goes

    def _tidy(self, *, keep: Path | None) -> None:
        """Takes away what killed runs have left, and the states before this one that nobody reads."""
        going = self._link.parent / f"{self._hidden}going"
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(going)
        for folder in self._link.parent.glob(f"{self._hidden}[0-9]*"):
            if folder != keep and not _is_read(folder):
                # who looks for its files meanwhile finds all of them or none
                folder.rename(going)
                shutil.rmtree(going)


def _is_read(folder: Path) -> bool:
    """Whether anybody holds a state that is not the newest; nobody begins to."""
    try:
        with opened_folder(folder) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False
