"""The states of a store in parts: a hidden folder each, and a link that leads to the one that holds.

Who reads a state holds a lock on its folder, shared with other readers, which ends with their process: a state goes
once it is not the newest and nobody reads it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from copydesk.flows.errors import SinkError
from copydesk.flows.io.posix import fcntl
from copydesk.flows.sinks.output_folder import sync_names


class LinkedStates:
    """The states that ``link`` leads to, one after the other. Methods raise OSError.

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
            with _opened(folder) as descriptor:
                if descriptor is not None:
                    # a disk without locks: the state stays until the next merge, as for programs that take none
                    with contextlib.suppress(OSError):
                        fcntl.flock(descriptor, fcntl.LOCK_SH)
                # what was the newest when it was locked is whole; an older one may have been on its way out
                if folder == self.current():
                    yield None if descriptor is None else folder
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
        number = _number_of(current) + 1
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


def _number_of(folder: Path | None) -> int:
    """Of a state; 0 of what somebody else has the link lead to."""
    number = folder.name.rpartition(".")[2] if folder is not None else ""
    return int(number) if number.isdecimal() else 0


def _is_read(folder: Path) -> bool:
    """Whether anybody holds a state that is not the newest; nobody begins to."""
    with _opened(folder) as descriptor:
        try:
            if descriptor is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    """The descriptor of a folder; None where it is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
