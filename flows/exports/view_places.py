"""The files and folders of views: written to a temporary place, and moved to their own if they have changed.

A folder may also have files of other programs; its manifest lists ours. A file is added to the manifest before it is
written, and taken out after it is deleted, so that the run after a killed one continues and never takes a file of
another program for ours.
"""

from __future__ import annotations

import filecmp
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from copydesk.flows.errors import CannotWrite, SettingsError
from copydesk.flows.exports import destination, remote_place
from copydesk.flows.exports.destination import MARK
from copydesk.flows.io.posix import open_regular, stamp_of
from copydesk.flows.io.redaction import without_secrets

OPTION = "--view"
_BUFFER_BYTES = 1 << 20
_UNFINISHED = ""
"""The digest in a manifest of a file that is being written."""


class Written(NamedTuple):
    """What was written to a place: a digest of the content, and the stamp of the file or folder (see ``ViewPlace``)."""

    content: str
    stamp: str


class LocalFile:
    """A file on this disk. It is replaced in one step."""

    def __init__(self, place: str) -> None:
        self._place = place

    def check(self, *, is_ours: bool) -> None:
        with destination.export_errors(self._place, OPTION):
            path = destination.local_path(self._place)
            if path.is_dir():
                raise SettingsError(f"{self._place}: is a folder; name a file in it")
            if path.exists() and not path.is_file():
                raise SettingsError(f"{self._place}: is no regular file; name another")
            if path.exists() and not is_ours:
                raise _not_ours(self._place)
            with destination.staged(path.parent):
                pass

    def stamp(self) -> str | None:
        with destination.export_errors(self._place, OPTION):
            return stamp_of(destination.local_path(self._place))

    def update(self, write: Callable[[Path], None], before: Written | None) -> Written:  # noqa: ARG002
        """Compares the content of the file itself."""
        with destination.export_errors(self._place, OPTION):
            path = destination.local_path(self._place)
            with destination.staged(path.parent) as made:
                write(made)
                content = destination.digest_of(made)
                # an equal file stays: other programs may watch it
                if not (path.is_file() and filecmp.cmp(made, path, shallow=False)):
                    destination.replace_file(made, path)
            return Written(content, stamp_of(path) or "")


class RemoteFile:
    """A file anywhere else."""

    def __init__(self, place: str) -> None:
        self._place = place

    def check(self, *, is_ours: bool) -> None:
        if remote_place.is_folder(self._place):
            raise SettingsError(f"{without_secrets(self._place)}: is a folder; name a file in it")
        if not is_ours and remote_place.stamp_of(self._place) is not None:
            raise _not_ours(self._place)
        remote_place.try_to_write(self._place.rpartition("/")[0])

    def stamp(self) -> str | None:
        return remote_place.stamp_of(self._place)

    def update(self, write: Callable[[Path], None], before: Written | None) -> Written:
        """Compares stamps, without reading the file: with the same stamp it has the content that was written."""
        with (
            destination.export_errors(self._place, OPTION),
            tempfile.NamedTemporaryFile(prefix=remote_place.PREFIX) as file,
        ):
            made = Path(file.name)
            write(made)
            content = destination.digest_of(made)
            if before is None or before != (content, self.stamp()):
                with made.open("rb") as finished:
                    remote_place.put_stream(
                        self._place,
                        lambda stream: shutil.copyfileobj(finished, stream, _BUFFER_BYTES),
                        force=True,
                    )
        return Written(content, self.stamp() or "")


def _not_ours(place: str) -> SettingsError:
    shown = without_secrets(place)
    return SettingsError(
        f"{shown}: is there already, and no run has put it there; move it away, or name another place"
    )


def update_folder(folder: LocalFolder | RemoteFolder, made: Path) -> str:
    """Replaces the files in a folder that exports wrote by those in ``made``; returns the digest of these.

    Raises CannotWrite, and changes nothing, if a file of another program has the name of one.
    """
    old, new = destination.files_in_manifest(folder.manifest()), destination.digests_of(made)
    current = {name: folder.digest(name) for name in new.keys() | old.keys()}
    for name in new.keys() - old.keys():
        if current[name] not in (None, new[name]):
            raise CannotWrite(f"{name} is there, and not of copydesk's making: move it away")
    changed = [name for name, digest in new.items() if current[name] != digest]
    # files that a user has changed are not deleted
    deleted = {
        name
        for name in old.keys() - new.keys()
        if current[name] is not None and old[name] in (current[name], _UNFINISHED)
    }
    if changed or deleted:
        _put_manifest(folder, made, old | dict.fromkeys(changed, _UNFINISHED))
        # first a file that becomes a folder, and files in a folder that becomes a file
        parents = _parents_of(new)
        blocking = {name for name in deleted if name in parents or not _parents_of([name]).isdisjoint(new)}
        for name in blocking:
            folder.remove(name)
        for name in changed:
            folder.put(name, made / name)
        for name in sorted(deleted - blocking):
            folder.remove(name)
    content = destination.manifest_of(new)
    if content != folder.manifest():
        _put_manifest(folder, made, new)
    return sha256(content).hexdigest()


def _parents_of(names: Iterable[str]) -> set[str]:
    return {str(folder) for name in names for folder in PurePosixPath(name).parents}


def _put_manifest(folder: LocalFolder | RemoteFolder, made: Path, files: Mapping[str, str]) -> None:
    (made / MARK).write_bytes(destination.manifest_of(files))
    folder.put(MARK, made / MARK)


class LocalFolder:
    """A folder on this disk. Each file is replaced in one step."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._root = destination.local_path(place)

    def check(self, *, is_ours: bool) -> None:  # noqa: ARG002 - the manifest shows that
        """Creates the folder, too."""
        with destination.export_errors(self._place, OPTION):
            if self._root.exists() and not self._root.is_dir():
                raise SettingsError(f"{self._place}: is there already, and no folder; name a folder")
            names = [one.name for one in self._root.iterdir()] if self._root.is_dir() else []
            if MARK not in names and not all(map(_is_left_over, names)):
                raise SettingsError(f"{self._place}: is a folder that no export made; name another")
            with destination.staged(self._root, is_folder=True):
                pass

    def stamp(self) -> str | None:
        with destination.export_errors(self._place, OPTION):
            if not (self._root / MARK).is_file():
                return None
            names = (MARK, *destination.files_in_manifest(self.manifest()))
            return _digest(f"{name} {stamp_of(self._root / name)}" for name in names)

    def update(self, write: Callable[[Path], None], before: Written | None) -> Written:  # noqa: ARG002
        """Compares the contents of the files themselves."""
        # staged within the folder: its parent may be on another disk
        with (
            destination.export_errors(self._place, OPTION),
            destination.staged(self._root, is_folder=True) as made,
        ):
            write(made)
            content = update_folder(self, made)
        return Written(content, self.stamp() or "")

    def manifest(self) -> bytes:
        with suppress(FileNotFoundError), open_regular(self._root / MARK) as file:
            return file.read()
        return b""

    def digest(self, name: str) -> str | None:
        path = self._root / name
        with suppress(FileNotFoundError, NotADirectoryError):
            path.lstat()
            # exports write no links and folders
            return destination.digest_of(path) if path.is_file() and not path.is_symlink() else "no file"
        return None

    def put(self, name: str, made: Path) -> None:
        path = self._root / name
        destination.make_folder(path.parent)
        self._check_within(path.parent, name)
        made.replace(path)

    def remove(self, name: str) -> None:
        """Removes a file, and folders that are empty then."""
        path = self._root / name
        self._check_within(path.parent, name)
        path.unlink(missing_ok=True)
        for folder in PurePosixPath(name).parents[:-1]:
            with suppress(OSError):  # not empty
                (self._root / folder).rmdir()

    def _check_within(self, folder: Path, name: str) -> None:
        if not folder.resolve().is_relative_to(self._root):
            raise CannotWrite(f"{name} lies behind a link that leads out of the folder: move the link away")


class RemoteFolder:
    """A folder anywhere else."""

    def __init__(self, place: str) -> None:
        self._place = place.rstrip("/")
        # during an update: the stamps of the files, and their digests if the folder has not changed since the last one
        self._stamps: Mapping[str, str] = {}
        self._digests: Mapping[str, str] = {}

    def check(self, *, is_ours: bool) -> None:  # noqa: ARG002 - the manifest shows that
        there = remote_place.stamps_below(self._place)
        if MARK not in there and not all(map(_is_left_over, there)):
            shown = without_secrets(self._place)
            raise SettingsError(f"{shown}: is there already, and no export; name another")
        remote_place.try_to_write(self._place)

    def stamp(self) -> str | None:
        there = remote_place.stamps_below(self._place)
        return _digest(f"{name} {stamp}" for name, stamp in sorted(there.items())) if MARK in there else None

    def update(self, write: Callable[[Path], None], before: Written | None) -> Written:
        """Compares the digests in the manifest, unless a file has changed since."""
        with (
            destination.export_errors(self._place, OPTION),
            tempfile.TemporaryDirectory(prefix=remote_place.PREFIX) as made,
        ):
            write(Path(made))
            self._stamps = remote_place.stamps_below(self._place)
            is_unchanged = before is not None and before.stamp == self.stamp()
            self._digests = destination.files_in_manifest(self.manifest()) if is_unchanged else {}
            content = update_folder(self, Path(made))
        return Written(content, self.stamp() or "")

    def manifest(self) -> bytes:
        return remote_place.content_of(self._place, MARK) or b""

    def digest(self, name: str) -> str | None:
        if name not in self._stamps:
            return None
        if name in self._digests:
            return self._digests[name]
        return sha256(remote_place.content_of(self._place, name) or b"").hexdigest()

    def put(self, name: str, made: Path) -> None:
        remote_place.put_file(self._place, name, made)

    def remove(self, name: str) -> None:
        remote_place.remove_file(self._place, name)


def _is_left_over(name: str) -> bool:
    """Whether a killed run left the file unfinished."""
    return name.startswith(remote_place.PREFIX) and name.endswith(remote_place.SUFFIX)


def _digest(lines: Iterable[str]) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()


ViewPlace = LocalFile | RemoteFile | LocalFolder | RemoteFolder
"""The place of a view. Methods raise ExportError, in one line, if it cannot be read or written.

``check`` tests whether it can be written, and raises SettingsError if it has something else (``is_ours``: a run wrote
what is there). ``stamp``: a text that changes when the place changes; None if nothing is there. ``update`` gives
``write`` an empty file or folder, and moves what differs to the place (``before``: what the last run wrote, if known);
it also raises what ``write`` raises.
"""
