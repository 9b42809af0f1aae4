"""Where an export goes: a path, or a URL of any scheme fsspec knows; whole or not at all.

Everything is written under another name first, beside the place, and renamed once it is complete. Nothing is
overwritten without ``--force``; a folder only where it is empty or an earlier export.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import msgspec

from copydesk.flows.errors import CannotWrite, ExportError, SettingsError, map_errors
from copydesk.flows.exports import remote_place
from copydesk.flows.exports.remote_place import PREFIX, SUFFIX
from copydesk.flows.io.machine_faults import advice_on, problem_of
from copydesk.flows.io.posix import fcntl
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.io.remote_files import is_remote
from copydesk.flows.library.files.formats import compressed

MARK = ".copydesk-export"
"""The file that every exported folder has: its manifest. Earlier versions of copydesk left it empty."""
COMPRESSED_ENDINGS = (".gz", ".zst")
_FORCE = "--force replaces it"
_OUTPUT = "standard output"
_BUFFER_BYTES = 1 << 20


class _Manifest(msgspec.Struct):
    """What an export wrote into a folder: the name of each file below it, and a digest of its content."""

    files: dict[str, str]


def write_stream(place: str, write: Callable[[BinaryIO], None], *, force: bool) -> None:
    """Gives ``write`` a stream and puts what it wrote at ``place``; compressed where that ends in .gz or .zst.

    Raises SettingsError where something is there and not to be replaced, ExportError where it cannot be written.
    """

    def fill(stream: BinaryIO) -> None:
        with compressed(stream, place) as plain:
            write(plain)

    def fill_file(path: Path) -> None:
        with path.open("wb", buffering=_BUFFER_BYTES) as file:
            fill(file)

    if is_remote(place):
        with export_errors(place):
            remote_place.put_stream(place, fill, force=force)
    else:
        write_file(place, fill_file, force=force)


def write_file(place: str, write: Callable[[Path], None], *, force: bool) -> None:
    """Gives ``write`` the path of an empty file and puts it at ``place``. Raises as ``write_stream``."""

    def fill(stream: BinaryIO) -> None:
        with tempfile.NamedTemporaryFile(prefix=PREFIX) as file:
            write(Path(file.name))
            with Path(file.name).open("rb") as finished:
                shutil.copyfileobj(finished, stream, _BUFFER_BYTES)

    with export_errors(place):
        if is_remote(place):
            remote_place.put_stream(place, fill, force=force)
            return
        path = local_path(place)
        _check_file(place, path, force=force)
        with staged(path.parent) as made:
            write(made)
            _complete(made, path)
            if not force:
                try:
                    # unlike renaming, this fails where another process was faster
                    os.link(made, path)
                    return
                except FileExistsError:
                    raise SettingsError(f"{place}: is there already; {_FORCE}") from None
                except OSError:  # a file system without links
                    _check_file(place, path, force=False)
            made.replace(path)


def write_folder(place: str, write: Callable[[Path], None], *, force: bool) -> None:
    """Gives ``write`` the path of an empty folder and puts it at ``place``. Raises as ``write_stream``.

    On a store of objects the files come one after the other, once all of them are made.
    """
    with export_errors(place):
        if is_remote(place):
            with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
                remote_place.check_folder(place, MARK, force=force)
                write(Path(folder))
                _write_manifest(Path(folder))
                remote_place.put_folder(place, Path(folder))
            return
        path = local_path(place)
        _check_folder(place, path, force=force)
        with staged(path.parent, is_folder=True) as made:
            write(made)
            _write_manifest(made)
            made.chmod(_mode(path, 0o777))
            _check_folder(place, path, force=force)
            if not path.exists():
                made.rename(path)
                return
            before = Path(tempfile.mkdtemp(prefix=PREFIX, suffix=SUFFIX, dir=path.parent))
            # a folder takes the place of an empty one in one step; there is no such step for two full ones
            path.replace(before)
            try:
                made.rename(path)
            except OSError:
                before.rename(path)
                raise
            shutil.rmtree(before, ignore_errors=True)


def _write_manifest(folder: Path) -> None:
    # only a folder with a manifest is ever replaced
    (folder / MARK).write_bytes(manifest_of(digests_of(folder)))


def digest_of(path: Path) -> str:
    """A digest of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests_of(folder: Path) -> dict[str, str]:
    """The files below a folder by name, with their digests. Raises OSError."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): digest_of(path) for path in files}


def manifest_of(files: Mapping[str, str]) -> bytes:
    """The manifest that lists these files with their digests, one per line."""
    listed = _Manifest(dict(sorted(files.items())))
    return msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n"


def files_in_manifest(content: bytes) -> dict[str, str]:
    """The files that a manifest lists; none where it is empty or damaged, nor any that lie outside its folder."""
    try:
        files = msgspec.json.decode(content, type=_Manifest).files
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return {
        name: digest
        for name, digest in files.items()
        if name != MARK
        and "\0" not in name
        and not name.startswith("/")
        and ".." not in PurePosixPath(name).parts
    }


@contextmanager
def staged(folder: Path, *, is_folder: bool = False) -> Iterator[Path]:
    """A new file or folder in ``folder``, which is made if need be. It is removed at the end unless it was renamed.

    Raises OSError.
    """
    make_folder(folder)
    _sweep(folder)
    while True:
        if is_folder:
            made = Path(tempfile.mkdtemp(prefix=PREFIX, suffix=SUFFIX, dir=folder))
        else:
            created, name = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=folder)
            os.close(created)
            made = Path(name)
        descriptor = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
        # a lock ends with its process: what is not locked was left by a killed export
        with suppress(OSError):  # a file system without locks: nothing is swept there
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        if made.exists():
            break
        # another export swept it away before it was locked
        os.close(descriptor)
    try:
        yield made
    finally:
        _remove(made)
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Removes what killed exports have left in a folder."""
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):
            descriptor = os.open(left, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(left)
            finally:
                os.close(descriptor)


def _remove(made: Path) -> None:
    if made.is_dir():
        shutil.rmtree(made, ignore_errors=True)
    else:
        made.unlink(missing_ok=True)


def replace_file(made: Path, path: Path) -> None:
    """Gives a complete file the name of another, in one step. Raises OSError."""
    _complete(made, path)
    made.replace(path)


def _complete(made: Path, path: Path) -> None:
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.chmod(_mode(path, 0o666))


def make_folder(path: Path) -> None:
    """Makes a folder, and those it lies in. Raises OSError, NotADirectoryError where a file is in its way."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # a file lies where a folder is wanted
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from error


def _check_file(place: str, path: Path, *, force: bool) -> None:
    if not path.exists():
        return
    if path.is_dir():
        raise SettingsError(f"{place}: is a folder; name a file in it")
    # /dev/stdout, a pipe: another file in its place would be the end of it
    if not path.is_file():
        raise SettingsError(f"{place}: is no regular file; - is standard output")
    if not force:
        raise SettingsError(f"{place}: is there already; {_FORCE}")


def _check_folder(place: str, path: Path, *, force: bool) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise SettingsError(f"{place}: is there already, and no folder; name a folder")
    if not any(path.iterdir()):
        return
    # --force on a home folder by mistake must not empty it
    if not (path / MARK).is_file():
        raise SettingsError(f"{place}: is a folder that no export made; name another")
    if not force:
        raise SettingsError(f"{place}: is there already; {_FORCE}")


def _mode(path: Path, usual: int) -> int:
    """The permissions of the file that is replaced, else the usual ones: temporary files are private to their owner."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return usual & ~mask


def local_path(place: str) -> Path:
    """The path of a place on this disk."""
    # a link stays one: what it leads to is written
    return Path(os.path.realpath(remote_place.without_scheme(place)))


def export_errors(place: str, option: str = "-o") -> AbstractContextManager[None]:
    """Maps errors of disk and formats to an ExportError that names the place; ``option``: where it was named."""

    def fault_for(error: Exception) -> ExportError | None:
        if isinstance(error, CannotWrite):
            return ExportError(without_secrets(place), str(error), advice="nothing was written")
        if not isinstance(error, OSError) or (place == _OUTPUT and isinstance(error, BrokenPipeError)):
            return None
        # of a run that advice names another option
        advice = advice_on(error).replace("--output", option)
        return ExportError(without_secrets(place), problem_of(error), advice=advice)

    return map_errors(fault_for)


def write_standard_output(write: Callable[[BinaryIO], None], output: BinaryIO | None) -> None:
    """Gives ``write`` standard output. Raises ExportError where it cannot be written, BrokenPipeError where its
    reader has left.
    """
    if output is None:  # closed by the shell (`>&-`)
        raise ExportError(_OUTPUT, "is closed", advice="name a path with -o")
    with export_errors(_OUTPUT):
        write(output)
        output.flush()
