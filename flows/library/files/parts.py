"""A view in parts: a folder of files, of which a run writes only those that change.

The files are in a hidden folder, a new one for each run with changes. The view's name is a symbolic link to it, so
that one atomic step replaces the folder. Unchanged parts are hard links. Whoever resolves the link once reads one state
of the view. The previous state is deleted by the next run that changes something, unless it is being read: readers hold
a shared lock on its folder, which ends with their process.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from copydesk.flows.io.output_folder import sync_names
from copydesk.flows.io.posix import fcntl, opened_folder


class PartRule(NamedTuple):
    """When a new part begins. ``size``: of a full part, in bytes of JSON Lines; ``by_day``: each day has a new part."""

    size: int | None = None
    by_day: bool = False

    def __bool__(self) -> bool:
        return self.size is not None or self.by_day


def today() -> str:
    """The date in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d")


def link_or_copy(file: Path, name: Path) -> None:
    """Makes a hard link; a copy if the file system has none."""
    try:
        name.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, name)


class LinkedStates:
    """The states of a view in parts: hidden folders, and a symbolic ``link`` to the current one. Methods raise
    OSError.

    Only the run that has locked the output folder may call methods other than ``current`` and ``locked``.
    """

    def __init__(self, link: Path) -> None:
        self._link = link
        self._hidden = f".{link.name}."

    def current(self) -> Path | None:
        """The folder of the current state; None if there is no link."""
        with contextlib.suppress(OSError):
            return self._link.parent / self._link.readlink()
        return None

    @contextlib.contextmanager
    def locked(self) -> Iterator[Path | None]:
        """The folder of the current state, locked against deletion within the context; None if there is none."""
        while (folder := self.current()) is not None:
            with contextlib.ExitStack() as opened:
                is_there = False
                with contextlib.suppress(FileNotFoundError):
                    descriptor = opened.enter_context(opened_folder(folder))
                    is_there = True
                    # a file system without locks: the state exists until the next change but one
                    with contextlib.suppress(OSError):
                        fcntl.flock(descriptor, fcntl.LOCK_SH)
                # otherwise it was replaced before it was locked, and may be being deleted
                if folder == self.current():
                    yield folder if is_there else None
                    return
        yield None

    def make(self) -> Path:
        """Makes a folder for a new state, and deletes old states."""
        current = self.current()
        self._delete_old(keep=current)
        last = current.name.rpartition(".")[2] if current is not None else ""
        # a user may have changed the link to a folder without a number
        number = int(last) + 1 if last.isdecimal() else 1
        # or to an earlier state, while a later one is being read
        while (fresh := self._link.parent / f"{self._hidden}{number:06}").exists():
            number += 1
        fresh.mkdir()
        return fresh

    def switch_to(self, fresh: Path) -> None:
        """Changes the link to another state, in one step."""
        link = self._link.parent / f"{self._hidden}new"
        link.unlink(missing_ok=True)
        link.symlink_to(fresh.name)
        link.replace(self._link)
        sync_names(self._link.parent)  # on the disk before it is noted

    def _delete_old(self, *, keep: Path | None) -> None:
        """Deletes states that nobody reads, except for one, and what killed runs have left."""
        going = self._link.parent / f"{self._hidden}going"
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(going)
        for folder in self._link.parent.glob(f"{self._hidden}[0-9]*"):
            if folder != keep and not _is_read(folder):
                # renamed first: a program that opens it finds all files or none
                folder.rename(going)
                shutil.rmtree(going)


def _is_read(folder: Path) -> bool:
    """Whether a state other than the current one is being read; nobody begins to read such a state."""
    try:
        with opened_folder(folder) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False
