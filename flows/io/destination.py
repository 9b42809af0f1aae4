"""Where an export goes: a path, or an address of any kind fsspec knows; whole or not at all.

Everything is written under another name first, beside the place, and takes its name once it is complete. Nothing that
is there is overwritten unless that is asked for; a folder only where it is empty or an export of ours.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from copydesk.flows.errors import CannotWrite, ExportError, SettingsError
from copydesk.flows.io import remote_place
from copydesk.flows.io.compression import compressed
from copydesk.flows.io.machine_faults import advice_on, problem_of

PREFIX, SUFFIX = ".copydesk-", ".part"
"""Of what is not complete yet; what a killed export left may be removed."""
MARK = ".copydesk-export"
"""A file in each folder that was exported: only such a folder is ever replaced."""
_FORCE = "--force replaces it"
_BUFFER_BYTES = 1 << 20


def write_stream(place: str, write: Callable[[BinaryIO], None], *, force: bool) -> None:
    """Gives ``write`` a stream and puts what it wrote at ``place``; compressed where that ends in .gz or .zst.

    Raises SettingsError where something is there and not to be replaced, ExportError where it cannot be written.
    """

    def fill(stream: BinaryIO) -> None:
        with compressed(stream, place) as plain:
            write(plain)

    if remote_place.is_remote(place):
        with _told(place):
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

    with _told(place):
        remote_place.put_stream(place, fill, force=force)


def write_folder(place: str, write: Callable[[Path], None], *, force: bool) -> None:
    """Gives ``write`` the path of an empty folder and puts it at ``place``. Raises as ``write_stream``.

    On a store of objects the files come one after the other, once all of them are made.
    """
    if remote_place.is_remote(place):
        with _told(place), tempfile.TemporaryDirectory(prefix=PREFIX) as made:
            remote_place.check_folder(place, MARK, force=force)
            write(Path(made))
            (Path(made) / MARK).touch()
            remote_place.put_folder(place, Path(made))
        return
    with _told(place):
        _put_local_folder(place, _local(place), write, force=force)


def _put_local_file(place: str, fill: Callable[[Path], None], *, force: bool) -> None:
    with _told(place):
        path = _local(place)
        _check_file(place, path, force=force)
        _make_folder(path.parent)
        descriptor, made = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=path.parent)
        os.close(descriptor)
        try:
            fill(Path(made))
            _to_disk(Path(made))
            Path(made).chmod(_mode(path, 0o666))
            _publish(place, Path(made), path, force=force)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(made)  # noqa: PTH108 - it is a name, not a path


def _make_folder(path: Path) -> None:
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
    _make_folder(path.parent)
    made = Path(tempfile.mkdtemp(prefix=PREFIX, suffix=SUFFIX, dir=path.parent))
    try:
        write(made)
        (made / MARK).touch()
        made.chmod(_mode(path, 0o777))
        _check_folder(place, path, force=force)
        _publish_folder(made, path)
    finally:
        shutil.rmtree(made, ignore_errors=True)


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


def _local(place: str) -> Path:
    # a link stays one: what it leads to is written
    return Path(os.path.realpath(remote_place.without_scheme(place)))


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Turns what disk and formats refuse into an ExportError that names the place."""
    try:
        yield
    except CannotWrite as error:
        raise ExportError(remote_place.shown(place), str(error), advice="nothing was written") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        # of a run that advice names another option
        advice = advice_on(error).replace("--output", "-o")
        raise ExportError(remote_place.shown(place), problem_of(error), advice=advice) from error


def write_standard_output(write: Callable[[BinaryIO], None], output: BinaryIO | None) -> None:
    """Gives ``write`` standard output. Raises ExportError where it cannot be written, BrokenPipeError where its
    reader has left.
    """
    if output is None:  # closed by the shell (`>&-`)
        raise ExportError("standard output", "is closed", advice="name a path with -o")
    with _told("standard output"):
        write(output)
        output.flush()
