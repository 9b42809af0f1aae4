"""Files that are kept up to date: made anew beside their place, and put there where anything in them has changed."""

from __future__ import annotations

import filecmp
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from copydesk.flows.errors import SettingsError
from copydesk.flows.exports import destination, manifest, remote_place

OPTION = "--view"
_BUFFER_BYTES = 1 << 20


class Kept(NamedTuple):
    """What was put at a place: a digest of its content, and what changes with the file there."""

    content: str
    stamp: str


class KeptPlace(Protocol):
    """A place that is kept up to date. Methods raise ExportError, in one line, where it does not play along."""

    def check(self, *, is_ours: bool) -> None:
        """Whether it can be written: tried, before anything depends on it.

        ``is_ours``: what is there was put there. Raises SettingsError where something else is.
        """
        ...

    def stamp(self) -> str | None:
        """What changes with what is there; None where nothing is."""
        ...

    def renew(self, write: Callable[[Path], None], before: Kept | None) -> Kept:
        """Gives ``write`` an empty file or folder, and puts what has changed in it in its place.

        ``before``: what was put there the last time, where that is known. Raises what ``write`` does, too.
        """
        ...


class LocalFile:
    """A file on this disk; see ``KeptPlace``. It changes in one step."""

    def __init__(self, place: str) -> None:
        self._place = place

    def check(self, *, is_ours: bool) -> None:
        """In the folder it is to stand in."""
        with destination.export_errors(self._place, OPTION):
            path = destination.local_path(self._place)
            if path.is_dir():
                raise SettingsError(f"{self._place}: is a folder; name a file in it")
            if path.exists() and not path.is_file():
                raise SettingsError(f"{self._place}: is no regular file; name another")
            if path.exists() and not is_ours:
                raise SettingsError(not_ours(self._place))
            with destination.staged_file(path):
                pass

    def stamp(self) -> str | None:
        with destination.export_errors(self._place, OPTION):
            return stamp_of(destination.local_path(self._place))

    def renew(self, write: Callable[[Path], None], before: Kept | None) -> Kept:  # noqa: ARG002
        """By what the file holds, whatever was put there."""
        with destination.export_errors(self._place, OPTION):
            path = destination.local_path(self._place)
            with destination.staged_file(path) as made:
                write(made)
                content = manifest.digest_of(made)
                # who watches the file has nothing to do
                if not (path.is_file() and filecmp.cmp(made, path, shallow=False)):
                    destination.replace_file(made, path)
            return Kept(content, stamp_of(path) or "")


class RemoteFile:
    """A file anywhere else; see ``KeptPlace``."""

    def __init__(self, place: str) -> None:
        self._place = place

    def check(self, *, is_ours: bool) -> None:
        if remote_place.is_folder(self._place):
            raise SettingsError(f"{remote_place.shown(self._place)}: is a folder; name a file in it")
        if not is_ours and remote_place.stamp_of(self._place) is not None:
            raise SettingsError(not_ours(self._place))
        remote_place.try_to_write(self._place.rpartition("/")[0])

    def stamp(self) -> str | None:
        return remote_place.stamp_of(self._place)

    def renew(self, write: Callable[[Path], None], before: Kept | None) -> Kept:
        """What is there is not read again: it is what was put there as long as its stamp is the same."""
        with (
            destination.export_errors(self._place, OPTION),
            tempfile.NamedTemporaryFile(prefix=destination.PREFIX) as file,
        ):
            write(Path(file.name))
            content = manifest.digest_of(Path(file.name))
            if before is None or before != (content, self.stamp()):
                self._put(Path(file.name))
        return Kept(content, self.stamp() or "")

    def _put(self, made: Path) -> None:
        with made.open("rb") as finished:
            remote_place.put_stream(
                self._place,
                lambda stream: shutil.copyfileobj(finished, stream, _BUFFER_BYTES),
                force=True,
            )


def not_ours(place: str) -> str:
    """What is said of a place that holds something else."""
    shown = remote_place.shown(place)
    return f"{shown}: is there already, and no run has put it there; move it away, or name another place"


def stamp_of(path: Path) -> str | None:
    """What changes with a file on this disk; None where there is none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"
