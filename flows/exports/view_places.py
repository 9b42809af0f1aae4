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
from contextlib import AbstractContextManager, suppress
from functools import partial
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


class _Place:
    """The place of a view. Methods raise ExportError, in one line, if it cannot be read or written."""

    def __init__(self, place: str) -> None:
        self._place = place

    def _errors(self) -> AbstractContextManager[None]:
        return destination.export_errors(self._place, OPTION)

    def _not_ours(self) -> SettingsError:
        return SettingsError(
            f"{without_secrets(self._place)}: is there already, and no run has put it there; "
            "move it away, or name another place"
        )


class LocalFile(_Place):
    """A file on this disk. It is replaced in one step."""

    def check(self, *, is_ours: bool) -> None:
        with self._errors():
            path = destination.local_path(self._place)
            if path.is_dir():
                raise SettingsError(f"{self._place}: is a folder; name a file in it")
            if path.exists() and not path.is_file():
                raise SettingsError(f"{self._place}: is no regular file; name another")
            if path.exists() and not is_ours:
                raise self._not_ours()
            with destination.staged(path.parent):
                pass

    def stamp(self) -> str | None:
        with self._errors():
            return stamp_of(destination.local_path(self._place))

    def update(self, write: Callable[[Path], None], before: Written | None) -> Written:  # noqa: ARG002
        """Compares the content of the file itself."""
        with self._errors():
            path = destination.local_path(self._place)
            with destination.staged(path.parent) as made:
                write(made)
                content = destination.digest_of(made)
                # an equal file stays: other programs may watch it
                if not (path.is_file() and filecmp.cmp(made, path, shallow=False)):
                    destination.replace_file(made, path)
            return Written(content, stamp_of(path) or "")


class RemoteFile(_Place):
    """A file anywhere else."""

    def check(self, *, is_ours: bool) -> None:
        with remote_place.files_at(self._place) as (files, path):
            if files.isdir(path):
                raise SettingsError(f"{without_secrets(self._place)}: is a folder; name a file in it")
        if not is_ours and self.stamp() is not None:
            raise self._not_ours()
        remote_place.try_to_write(self._place.rpartition("/")[0])

    def stamp(self) -> str | None:
        with remote_place.files_at(self._place) as (files, path), suppress(FileNotFoundError):
            return remote_place.stamp_in(files.info(path))
        return None

    def update(self, write: Callable[[Path], None], before: Written | None) -> Written:
        """Compares stamps, without reading the file: with the same stamp it has the content that was written."""
        with self._errors(), tempfile.NamedTemporaryFile(prefix=remote_place.PREFIX) as file:
            made = Path(file.name)
            write(made)
            content = destination.digest_of(made)
            if before is None or before != (content, self.stamp()):
                with made.open("rb") as finished:
                    fill = partial(shutil.copyfileobj, finished, length=_BUFFER_BYTES)
                    remote_place.put_stream(self._place, fill, force=True)
        return Written(content, self.stamp() or "")


def _renew(folder: LocalFolder | RemoteFolder, made: Path) -> str:
    """Replaces the files that exports wrote by those in ``made``; returns the digest of these.

    Raises CannotWrite, and changes nothing, if a file of another program has the name of one.
    """

    def put_manifest(files: Mapping[str, str]) -> None:
        (made / MARK).write_bytes(destination.manifest_of(files))
        folder.put(MARK, made / MARK)

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
        put_manifest(old | dict.fromkeys(changed, _UNFINISHED))
        # first a file that becomes a folder, and files in a folder that becomes a file
        parents = _parents_of(new)
        blocking = {name for name in deleted if name in parents or not _parents_of([name]).isdisjoint(new)}
        for name in blocking:
            folder.remove(name)
        for name in changed:
            folder.put(name, made / name)
        for name in sorted(deleted - blocking):
            folder.remove(name)
    if destination.manifest_of(new) != folder.manifest():
        put_manifest(new)
    return sha256(destination.manifest_of(new)).hexdigest()


def _parents_of(names: Iterable[str]) -> set[str]:
    return {str(folder) for name in names for folder in PurePosixPath(name).parents}


class LocalFolder(_Place):
    """A folder on this disk. Each file is replaced in one step."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self._root = destination.local_path(place)

    def check(self, *, is_ours: bool) -> None:  # noqa: ARG002 - the manifest shows that
        """Creates the folder, too."""
        with self._errors():
            if self._root.exists() and not self._root.is_dir():
                raise SettingsError(f"{self._place}: is there already, and no folder; name a folder")
            names = [one.name for one in self._root.iterdir()] if self._root.is_dir() else []
            if MARK not in names and not all(map(_is_left_over, names)):
                raise SettingsError(f"{self._place}: is a folder that no export made; name another")
            with destination.staged(self._root, is_folder=True):
                pass

    def stamp(self) -> str | None:
        with self._errors():
            if not (self._root / MARK).is_file():
                return None
            names = (MARK, *destination.files_in_manifest(self.manifest()))
            return _digest(f"{name} {stamp_of(self._root / name)}" for name in names)

    def update(self, write: Callable[[Path], None], before: Written | None) -> Written:  # noqa: ARG002
        """Compares the contents of the files themselves."""
        # staged within the folder: its parent may be on another disk
        with self._errors(), destination.staged(self._root, is_folder=True) as made:
            write(made)
            content = _renew(self, made)
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


class RemoteFolder(_Place):
    """A folder anywhere else."""

    def __init__(self, place: str) -> None:
        super().__init__(place.rstrip("/"))
        # during an update: the stamps of the files, and their digests if the folder has not changed since the last one
        self._stamps: Mapping[str, str] = {}
        self._digests: Mapping[str, str] = {}

    def check(self, *, is_ours: bool) -> None:  # noqa: ARG002 - the manifest shows that
        there = self._there()
        if MARK not in there and not all(map(_is_left_over, there)):
            shown = without_secrets(self._place)
            raise SettingsError(f"{shown}: is there already, and no export; name another")
        remote_place.try_to_write(self._place)

    def stamp(self) -> str | None:
        there = self._there()
        return _digest(f"{name} {stamp}" for name, stamp in sorted(there.items())) if MARK in there else None

    def update(self, write: Callable[[Path], None], before: Written | None) -> Written:
        """Compares the digests in the manifest, unless a file has changed since."""
        with self._errors(), tempfile.TemporaryDirectory(prefix=remote_place.PREFIX) as made:
            write(Path(made))
            self._stamps = self._there()
            is_unchanged = before is not None and before.stamp == self.stamp()
            self._digests = destination.files_in_manifest(self.manifest()) if is_unchanged else {}
            content = _renew(self, Path(made))
        return Written(content, self.stamp() or "")

    def _there(self) -> dict[str, str]:
        """The names of the files, each with what changes with it."""
        with remote_place.files_at(self._place) as (files, path):
            found = files.find(path, detail=True)
            return {
                name.removeprefix(f"{path}/"): remote_place.stamp_in(info) for name, info in found.items()
            }

    def _content_of(self, name: str) -> bytes:
        with remote_place.files_at(self._place) as (files, path), suppress(FileNotFoundError):
            return bytes(files.cat_file(f"{path}/{name}"))
        return b""

    def manifest(self) -> bytes:
        return self._content_of(MARK)

    def digest(self, name: str) -> str | None:
        if name not in self._stamps:
            return None
        if name in self._digests:
            return self._digests[name]
        return sha256(self._content_of(name)).hexdigest()

    def put(self, name: str, made: Path) -> None:
        remote_place.put_file(self._place, name, made)

    def remove(self, name: str) -> None:
        with remote_place.files_at(self._place) as (files, path), suppress(FileNotFoundError):
            files.rm_file(f"{path}/{name}")


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
