"""Folders that are kept up to date file by file, and hold what others put there as well.

What was written into a folder is told by the manifest in it. Files that are to be written stand in the manifest before
they do in the folder, those that go stay in it until they are gone: whoever is killed in between goes on next time, and
takes no file of others' for his own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Protocol

from copydesk.flows.errors import CannotWrite, SettingsError
from copydesk.flows.exports import destination, manifest, remote_place
from copydesk.flows.exports.kept_file import OPTION, Kept, stamp_of
from copydesk.flows.exports.manifest import MARK

_UNFINISHED = ""
"""In a manifest, of a file that is being written: what it holds is not known."""


class Tree(Protocol):
    """Files by their names below a folder."""

    def mark(self) -> bytes:
        """What its manifest holds; nothing where there is none."""
        ...

    def digest(self, name: str) -> str | None:
        """Of what a file holds; None where nothing is of that name."""
        ...

    def put(self, name: str, made: Path) -> None:
        """Puts a complete file there, in one step."""
        ...

    def remove(self, name: str) -> None: ...


def renew_tree(tree: Tree, made: Path) -> str:
    """Makes the files of a folder that were written by an export those of ``made``; the digest of these.

    Raises CannotWrite, and changes nothing, where a file of somebody else's is in the way of one.
    """
    old, new = manifest.read(tree.mark()), manifest.files_of(made)
    there = {name: tree.digest(name) for name in new.keys() | old.keys()}
    _check_free(there, old, new)
    changed = [name for name, digest in new.items() if there[name] != digest]
    # what somebody has changed since is his, once there is no record for it
    gone = [
        name
        for name in old.keys() - new.keys()
        if there[name] is not None and old[name] in (there[name], _UNFINISHED)
    ]
    if changed or gone:
        _put_mark(tree, made, old | dict.fromkeys(changed, _UNFINISHED))
        in_the_way = _in_the_way(gone, new)
        for name in in_the_way:
            tree.remove(name)
        for name in changed:
            tree.put(name, made / name)
        for name in sorted(set(gone) - in_the_way):
            tree.remove(name)
    content = manifest.written(new)
    if content != tree.mark():
        _put_mark(tree, made, new)
    return sha256(content).hexdigest()


def _check_free(there: Mapping[str, str | None], old: Mapping[str, str], new: Mapping[str, str]) -> None:
    for name in new.keys() - old.keys():
        if there[name] not in (None, new[name]):
            raise CannotWrite(f"{name} is there, and not of copydesk's making: move it away")


def _in_the_way(gone: Iterable[str], new: Iterable[str]) -> set[str]:
    """Files where a folder is to be, and those in a folder where a file is to be."""
    names, folders = set(new), manifest.folders_of(new)
    return {one for one in gone if one in folders or not names.isdisjoint(manifest.folders_of([one]))}


def _put_mark(tree: Tree, made: Path, files: Mapping[str, str]) -> None:
    (made / MARK).write_bytes(manifest.written(files))
    tree.put(MARK, made / MARK)


class LocalTree:
    """A folder on this disk; see ``KeptPlace`` and ``Tree``. Each file changes in one step."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._root = destination.local_path(place)

    def check(self, *, is_ours: bool) -> None:  # noqa: ARG002 - its manifest tells
        """In the folder itself, which is made."""
        with destination.export_errors(self._place, OPTION):
            if self._root.exists() and not self._root.is_dir():
                raise SettingsError(f"{self._place}: is there already, and no folder; name a folder")
            names = [one.name for one in self._root.iterdir()] if self._root.is_dir() else []
            if MARK not in names and not all(map(_is_left_over, names)):
                raise SettingsError(f"{self._place}: is a folder that no export made; name another")
            with destination.staged_folder(self._root):
                pass

    def stamp(self) -> str | None:
        """Of the manifest and all files it names."""
        with destination.export_errors(self._place, OPTION):
            if not (self._root / MARK).is_file():
                return None
            names = (MARK, *manifest.read(self.mark()))
            return _digest(f"{name} {stamp_of(self._root / name)}" for name in names)

    def renew(self, write: Callable[[Path], None], before: Kept | None) -> Kept:  # noqa: ARG002
        """By what the files hold, whatever was put there."""
        # within it: what lies beside it may be another disk
        with destination.export_errors(self._place, OPTION), destination.staged_folder(self._root) as made:
            write(made)
            content = renew_tree(self, made)
        return Kept(content, self.stamp() or "")

    def mark(self) -> bytes:
        with suppress(FileNotFoundError):
            return (self._root / MARK).read_bytes()
        return b""

    def digest(self, name: str) -> str | None:
        path = self._root / name
        with suppress(FileNotFoundError, NotADirectoryError):
            path.lstat()
            # a link or a folder is nothing that an export writes
            return manifest.digest_of(path) if path.is_file() and not path.is_symlink() else "no file"
        return None

    def put(self, name: str, made: Path) -> None:
        path = self._root / name
        destination.make_folder(path.parent)
        self._check_within(path.parent, name)
        made.replace(path)

    def remove(self, name: str) -> None:
        """See ``Tree``; with the folders that hold nothing else."""
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
    """A folder anywhere else; see ``KeptPlace`` and ``Tree``. What is there is not read again."""

    def __init__(self, place: str) -> None:
        self._place = place.rstrip("/")
        self._there: Mapping[str, str] = {}
        self._old: Mapping[str, str] = {}

    def check(self, *, is_ours: bool) -> None:  # noqa: ARG002 - its manifest tells
        there = remote_place.stamps_below(self._place)
        if MARK not in there and not all(map(_is_left_over, there)):
            shown = remote_place.shown(self._place)
            raise SettingsError(f"{shown}: is there already, and no export; name another")
        remote_place.try_to_write(self._place)

    def stamp(self) -> str | None:
        there = remote_place.stamps_below(self._place)
        return _digest(f"{name} {stamp}" for name, stamp in sorted(there.items())) if MARK in there else None

    def renew(self, write: Callable[[Path], None], before: Kept | None) -> Kept:
        """By what the manifest says of the files that are there, unless somebody has changed any."""
        with (
            destination.export_errors(self._place, OPTION),
            tempfile.TemporaryDirectory(prefix=destination.PREFIX) as made,
        ):
            write(Path(made))
            self._there = remote_place.stamps_below(self._place)
            is_as_it_was = before is not None and before.stamp == self.stamp()
            self._old = manifest.read(self.mark()) if is_as_it_was else {}
            content = renew_tree(self, Path(made))
        return Kept(content, self.stamp() or "")

    def mark(self) -> bytes:
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
    return name.startswith(destination.PREFIX) and name.endswith(destination.SUFFIX)


def _digest(lines: Iterable[str]) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()
