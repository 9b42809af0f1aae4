"""Where an export goes: a path, or an address of any kind fsspec knows; whole or not at all.

Everything is written under another name first, beside the place, and takes its name once it is complete. Nothing that
is there is overwritten unless that is asked for; a folder only where it is empty or an export of ours.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from copydesk.flows.errors import CannotWrite, ExportError, SettingsError, mapped_errors
from copydesk.flows.exports import manifest, remote_place
from copydesk.flows.exports.manifest import MARK
from copydesk.flows.io.compression import compressed
from copydesk.flows.io.machine_faults import advice_on, problem_of

PREFIX, SUFFIX = ".copydesk-", ".part"
"""Of what is not complete yet; what a killed export left may be removed."""
_FORCE = "--force replaces it"
_OUTPUT = "standard output"
_BUFFER_BYTES = 1 << 20


def write_stream(place: str, write: Callable[[BinaryIO], None], *, force: bool) -> None:
    """Gives ``write`` a stream and puts what it wrote at ``place``; compressed where that ends in .gz or .zst.

    Raises SettingsError where something is there and not to be replaced, ExportError where it cannot be written.
    """

    def fill(stream: BinaryIO) -> None:
        with compressed(stream, place) as plain:
            write(plain)

    if remote_place.is_remote(place):
        with export_errors(place):
            remote_place.put_stream(place, fill, force=force)
        return

    def fill_file(path: Path) -> None:
        with path.open("wb", buffering=_BUFFER_BYTES) as file:
            fill(file)

    _put_local_file(place, fill_file, force=force)


def write_file(place: str, write: Callable[[Path], None], *, force: bool) -> None:
    """Gives ``write`` the path of an empty file and puts it at ``place``. Raises as ``write_stream``."""
    if not remote_place.is_remote(place):
        _put_local_file(place, write, force=force)
        return

    def fill(stream: BinaryIO) -> None:
        with tempfile.NamedTemporaryFile(prefix=PREFIX) as file:
            write(Path(file.name))
            with Path(file.name).open("rb") as finished:
                shutil.copyfileobj(finished, stream, _BUFFER_BYTES)

    with export_errors(place):
        remote_place.put_stream(place, fill, force=force)


def write_folder(place: str, write: Callable[[Path], None], *, force: bool) -> None:
    """Gives ``write`` the path of an empty folder and puts it at ``place``. Raises as ``write_stream``.

    On a store of objects the files come one after the other, once all of them are made.
    """
    if remote_place.is_remote(place):
        with export_errors(place), tempfile.TemporaryDirectory(prefix=PREFIX) as made:
            remote_place.check_folder(place, MARK, force=force)
            write(Path(made))
            _mark(Path(made))
            remote_place.put_folder(place, Path(made))
        return
    with export_errors(place):
        _put_local_folder(place, local_path(place), write, force=force)


def _mark(made: Path) -> None:
    """Notes in a folder what was written into it: only such a folder is ever replaced."""
    (made / MARK).write_bytes(manifest.written(manifest.files_of(made)))


def _put_local_file(place: str, fill: Callable[[Path], None], *, force: bool) -> None:
    with export_errors(place):
        path = local_path(place)
        _check_file(place, path, force=force)
        with staged_file(path) as made:
            fill(made)
            _publish(place, made, path, force=force)


@contextmanager
def staged_file(path: Path) -> Iterator[Path]:
    """A new file beside ``path``, whose folder is made if need be, to take its name; else it goes. Raises OSError."""
    make_folder(path.parent)
    _sweep(path.parent)
    with _held(lambda: _new_file(path.parent)) as made:
        yield made


@contextmanager
def staged_folder(beside: Path) -> Iterator[Path]:
    """A new folder in a folder that is made if need be, to take a name there; else it goes. Raises OSError."""
    make_folder(beside)
    _sweep(beside)
    with _held(lambda: tempfile.mkdtemp(prefix=PREFIX, suffix=SUFFIX, dir=beside)) as made:
        yield made


def _new_file(folder: Path) -> str:
    descriptor, made = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=folder)
    os.close(descriptor)
    return made


@contextmanager
def _held(make: Callable[[], str]) -> Iterator[Path]:
    """What is made, kept from being swept away, and taken away unless it has another name by then."""
    made = Path(make())
    descriptor = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # told apart by a lock, which ends with its process, from what a killed one has left
        with suppress(OSError):  # a file system without locks: nothing is swept there
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        # swept before it was locked
        if not made.exists():
            with _held(make) as other:
                yield other
            return
        yield made
    finally:
        _remove(made)
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Takes away what killed exports have left in a folder."""
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
    _to_disk(made)
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


def _publish(place: str, made: Path, path: Path, *, force: bool) -> None:
    """Gives a complete file its name, in one step."""
    _complete(made, path)
    if not force:
        try:
            # unlike renaming, this fails where somebody else was faster
            os.link(made, path)
        except FileExistsError:
            raise SettingsError(f"{place}: is there already; {_FORCE}") from None
        except OSError:  # a file system without links
            _check_file(place, path, force=False)
        else:
            return
    made.replace(path)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _put_local_folder(place: str, path: Path, write: Callable[[Path], None], *, force: bool) -> None:
    _check_folder(place, path, force=force)
    with staged_folder(path.parent) as made:
        write(made)
        _mark(made)
        made.chmod(_mode(path, 0o777))
        _check_folder(place, path, force=force)
        _publish_folder(made, path)


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


def _publish_folder(made: Path, path: Path) -> None:
    """Gives a complete folder its name; what was there before goes once the new one stands."""
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


def _mode(path: Path, usual: int) -> int:
    """The rights of what is replaced, else the usual ones: temporary files are their owner's alone."""
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
    """Turns what disk and formats refuse into an ExportError that names the place; ``option``: where it was named."""

    def fault_for(error: Exception) -> ExportError | None:
        if isinstance(error, CannotWrite):
            return ExportError(remote_place.shown(place), str(error), advice="nothing was written")
        if not isinstance(error, OSError) or (place == _OUTPUT and isinstance(error, BrokenPipeError)):
            return None
        # of a run that advice names another option
        advice = advice_on(error).replace("--output", option)
        return ExportError(remote_place.shown(place), problem_of(error), advice=advice)

    return mapped_errors(fault_for)


def write_standard_output(write: Callable[[BinaryIO], None], output: BinaryIO | None) -> None:
    """Gives ``write`` standard output. Raises ExportError where it cannot be written, BrokenPipeError where its
    reader has left.
    """
    if output is None:  # closed by the shell (`>&-`)
        raise ExportError(_OUTPUT, "is closed", advice="name a path with -o")
    with export_errors(_OUTPUT):
        write(output)
        output.flush()
