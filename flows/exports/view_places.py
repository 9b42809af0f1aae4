"""Files and folders that are kept up to date: made beside their place, and put there where anything has changed.

A folder may hold what others put there as well; its manifest lists the files that were written into it. Files that are
to be written are added to the manifest before they are in the folder, those that go are taken out once they are gone:
a run after a killed one goes on from there, and takes no file of others' for its own.
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
from copydesk.flows.io.redaction import without_secrets

OPTION = "--view"
_BUFFER_BYTES = 1 << 20
_UNFINISHED = ""
"""In a manifest, the digest of a file that is being written: its content is not known."""


class Kept(NamedTuple):
    """What was put at a place: a digest of its content, and what changes with the file there."""

    content: str
    stamp: str


class LocalFile:
    """A file on this disk that is kept up to date. It changes in one step."""

    def __init__(self, place: str) -> None:
        self._place = place

    def check(self, *, is_ours: bool) -> None:
        """In the folder of the file."""
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

    def renew(self, write: Callable[[Path], None], before: Kept | None) -> Kept:  # noqa: ARG002
        """By what the file holds, whatever was put there."""
        with destination.export_errors(self._place, OPTION):
            path = destination.local_path(self._place)
            with destination.staged(path.parent) as made:
                write(made)
                content = destination.digest_of(made)
                # programs that watch the file have nothing to do
                if not (path.is_file() and filecmp.cmp(made, path, shallow=False)):
                    destination.replace_file(made, path)
            return Kept(content, stamp_of(path) or "")


class RemoteFile:
    """A file anywhere else that is kept up to date."""

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

    def renew(self, write: Callable[[Path], None], before: Kept | None) -> Kept:
        """What is there is not read again: it is what was put there as long as its stamp is the same."""
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
        return Kept(content, self.stamp() or "")


def _not_ours(place: str) -> SettingsError:
    shown = without_secrets(place)
    return SettingsError(
        f"{shown}: is there already, and no run has put it there; move it away, or name another place"
    )


def stamp_of(path: Path) -> str | None:
    """What changes with a file on this disk; None where there is none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"


def renew_tree(tree: LocalTree | RemoteTree, made: Path) -> str:
    """Makes the files of a folder that were written by an export those of ``made``; the digest of these.

    Raises CannotWrite, and changes nothing, where another file is in the way of one.
    """
    old, new = destination.files_in_manifest(tree.manifest()), destination.digests_of(made)
    there = {name: tree.digest(name) for name in new.keys() | old.keys()}
    for name in new.keys() - old.keys():
        if there[name] not in (None, new[name]):
            raise CannotWrite(f"{name} is there, and not of copydesk's making: move it away")
    changed = [name for name, digest in new.items() if there[name] != digest]
    # a file that was changed by hand since is kept once there is no record for it
    gone = {
        name
        for name in old.keys() - new.keys()
        if there[name] is not None and old[name] in (there[name], _UNFINISHED)
    }
    if changed or gone:
        _put_manifest(tree, made, old | dict.fromkeys(changed, _UNFINISHED))
        # files where a folder is to be, and those in a folder where a file is to be
        folders = _folders_of(new)
        blocking = {name for name in gone if name in folders or not _folders_of([name]).isdisjoint(new)}
        for name in blocking:
            tree.remove(name)
        for name in changed:
            tree.put(name, made / name)
        for name in sorted(gone - blocking):
            tree.remove(name)
    content = destination.manifest_of(new)
    if content != tree.manifest():
        _put_manifest(tree, made, new)
    return sha256(content).hexdigest()


def _folders_of(names: Iterable[str]) -> set[str]:
    return {str(folder) for name in names for folder in PurePosixPath(name).parents}


def _put_manifest(tree: LocalTree | RemoteTree, made: Path, files: Mapping[str, str]) -> None:
    (made / MARK).write_bytes(destination.manifest_of(files))
    tree.put(MARK, made / MARK)


class LocalTree:
    """A folder on this disk that is kept up to date. Each file changes in one step."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._root = destination.local_path(place)

    def check(self, *, is_ours: bool) -> None:  # noqa: ARG002 - by its manifest
        """In the folder itself, which is made."""
        with destination.export_errors(self._place, OPTION):
            if self._root.exists() and not self._root.is_dir():
                raise SettingsError(f"{self._place}: is there already, and no folder; name a folder")
            names = [one.name for one in self._root.iterdir()] if self._root.is_dir() else []
            if MARK not in names and not all(map(_is_left_over, names)):
                raise SettingsError(f"{self._place}: is a folder that no export made; name another")
            with destination.staged(self._root, is_folder=True):
                pass

    def stamp(self) -> str | None:
        """Of the manifest and all files it names."""
        with destination.export_errors(self._place, OPTION):
            if not (self._root / MARK).is_file():
                return None
            names = (MARK, *destination.files_in_manifest(self.manifest()))
            return _digest(f"{name} {stamp_of(self._root / name)}" for name in names)

    def renew(self, write: Callable[[Path], None], before: Kept | None) -> Kept:  # noqa: ARG002
        """By what the files hold, whatever was put there."""
        # within it: what lies beside it may be another disk
        with (
            destination.export_errors(self._place, OPTION),
            destination.staged(self._root, is_folder=True) as made,
        ):
            write(made)
            content = renew_tree(self, made)
        return Kept(content, self.stamp() or "")

    def manifest(self) -> bytes:
        with suppress(FileNotFoundError):
            return (self._root / MARK).read_bytes()
        return b""

    def digest(self, name: str) -> str | None:
        path = self._root / name
        with suppress(FileNotFoundError, NotADirectoryError):
            path.lstat()
            # a link or a folder is nothing that an export writes
            return destination.digest_of(path) if path.is_file() and not path.is_symlink() else "no file"
        return None

    def put(self, name: str, made: Path) -> None:
        path = self._root / name
        destination.make_folder(path.parent)
        self._check_within(path.parent, name)
        made.replace(path)

    def remove(self, name: str) -> None:
        """Removes a file, and the folders that hold nothing else."""
        path = self._root / name
        self._check_within(path.parent, name)
        path.unlink(missing_ok=True)
        for folder in PurePosixPath(name).parents[:-1]:
            with suppress(OSError):  # it holds something else
                (self._root / folder).rmdir()

    def _check_within(self, folder: Path, name: str) -> None:
        if not folder.resolve().is_relative_to(self._root):
            raise CannotWrite(f"{name} lies behind a link that leads out of the folder: move the link away")


class RemoteTree:
    """A folder anywhere else that is kept up to date. What is there is not read again."""

    def __init__(self, place: str) -> None:
        self._place = place.rstrip("/")
        self._there: Mapping[str, str] = {}
        self._old: Mapping[str, str] = {}

    def check(self, *, is_ours: bool) -> None:  # noqa: ARG002 - by its manifest
        there = remote_place.stamps_below(self._place)
        if MARK not in there and not all(map(_is_left_over, there)):
            shown = without_secrets(self._place)
            raise SettingsError(f"{shown}: is there already, and no export; name another")
        remote_place.try_to_write(self._place)

    def stamp(self) -> str | None:
        there = remote_place.stamps_below(self._place)
        return _digest(f"{name} {stamp}" for name, stamp in sorted(there.items())) if MARK in there else None

    def renew(self, write: Callable[[Path], None], before: Kept | None) -> Kept:
        """By the digests in the manifest, unless a file was changed since."""
        with (
            destination.export_errors(self._place, OPTION),
            tempfile.TemporaryDirectory(prefix=remote_place.PREFIX) as made,
        ):
            write(Path(made))
            self._there = remote_place.stamps_below(self._place)
            is_as_it_was = before is not None and before.stamp == self.stamp()
            self._old = destination.files_in_manifest(self.manifest()) if is_as_it_was else {}
            content = renew_tree(self, Path(made))
        return Kept(content, self.stamp() or "")

    def manifest(self) -> bytes:
        return remote_place.content_of(self._place, MARK) or b""

    def digest(self, name: str) -> str | None:
        if name not in self._there:
            return None
        if name in self._old:
            return self._old[name]
        return sha256(remote_place.content_of(self._place, name) or b"").hexdigest()

    def put(self, name: str, made: Path) -> None:
        remote_place.put_file(self._place, name, made)

    def remove(self, name: str) -> None:
        remote_place.remove_file(self._place, name)


def _is_left_over(name: str) -> bool:
    """Whether a file is one that a killed run left unfinished."""
    return name.startswith(remote_place.PREFIX) and name.endswith(remote_place.SUFFIX)


def _digest(lines: Iterable[str]) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()


KeptPlace = LocalFile | RemoteFile | LocalTree | RemoteTree
"""A place that is kept up to date. Methods raise ExportError, in one line, where it cannot be read or written.

``check`` tries whether it can be written, before anything depends on it (``is_ours``: what is there was put there by a
run), and raises SettingsError where something else is there. ``stamp`` is what changes with what is there; None where
nothing is. ``renew`` gives ``write`` an empty file or folder, and puts what has changed in it in its place (``before``:
what was put there the last time, where that is known); it raises what ``write`` does, too.
"""
