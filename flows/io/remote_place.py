"""Places that are not on this disk, by fsspec: ``s3://``, ``gs://``, ``memory://`` and what else is installed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.request import url2pathname

from copydesk.cleaners.errors import CopydeskError
from copydesk.flows.errors import ExportError, SettingsError
from copydesk.flows.io.redaction import without_secrets

_FILE = "file://"
# what stops a multipart upload of fsspec's files short; others have nothing to stop
_DISCARD = "discard"


def is_remote(place: str) -> bool:
    """Whether a place is an address of another machine's, or of none."""
    return "://" in place and not place.startswith(_FILE)


def without_scheme(place: str) -> str:
    """The path of a local place."""
    return url2pathname(place.removeprefix(_FILE)) if place.startswith(_FILE) else place


def shown(place: str) -> str:
    """A place as it may stand in a message."""
    return without_secrets(place)


def put_stream(place: str, fill: Callable[[BinaryIO], None], *, force: bool) -> None:
    """Gives ``fill`` a stream, and what it wrote the name ``place``. Raises as ``destination.write_stream``."""
    files, path = _opened(place)
    _check_free(files, path, place, force=force)
    folder, _, _ = path.rpartition("/")
    made = f"{folder}/.copydesk-{secrets.token_hex(8)}.part"
    with _told(place):
        if folder:
            files.makedirs(folder, exist_ok=True)
        stream = files.open(made, "wb")
    try:
        try:
            fill(cast("BinaryIO", _Guarded(stream, place)))
        except BaseException:
            with suppress(Exception):  # what came before is what matters
                getattr(stream, _DISCARD, stream.close)()
            raise
        with _told(place):
            stream.close()
        _check_free(files, path, place, force=force)
        with _told(place):
            files.mv(made, path)
    except BaseException:
        with suppress(Exception):
            files.rm_file(made)
        raise


def check_folder(place: str, mark: str, *, force: bool) -> None:
    """Raises SettingsError where something is there and not to be replaced: as on this disk, a folder without ``mark``
    never is.
    """
    files, path = _opened(place)
    with _told(place):
        is_there = files.exists(path)
        is_ours = is_there and files.exists(f"{path}/{mark}")
    if is_there and not is_ours:
        raise SettingsError(f"{shown(place)}: is there already, and no export; name another")
    if is_there and not force:
        raise SettingsError(f"{shown(place)}: is there already; --force replaces it")


def put_folder(place: str, made: Path) -> None:
    """Copies a complete folder to ``place``, in the place of what is there. Raises ExportError."""
    files, path = _opened(place)
    with _told(place):
        if files.exists(path):
            files.rm(path, recursive=True)
        files.makedirs(path, exist_ok=True)
        files.put(f"{made}/", f"{path}/", recursive=True)


def _opened(place: str) -> tuple[Any, str]:
    """The file system of a place, and the path in it. Raises SettingsError where nothing installed knows it."""
    from fsspec.core import url_to_fs

    try:
        files, path = url_to_fs(place)
    except (ImportError, ValueError) as error:
        said = str(error).rstrip(".")
        raise SettingsError(
            f"{shown(place)}: {said[:1].lower()}{said[1:]}; the scheme needs its fsspec package, as s3:// needs s3fs"
        ) from error
    return files, path


def _check_free(files: Any, path: str, place: str, *, force: bool) -> None:
    with _told(place):
        is_there = files.exists(path)
        is_folder = is_there and files.isdir(path)
    if is_folder:
        raise SettingsError(f"{shown(place)}: is a folder; name a file in it")
    if is_there and not force:
        raise SettingsError(f"{shown(place)}: is there already; --force replaces it")


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Turns whatever a file system raises into an ExportError: each has errors of its own."""
    try:
        yield
    except CopydeskError:
        raise
    except Exception as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise ExportError(shown(place), without_secrets(said), advice="run again once it works") from error


class _Guarded:
    """A stream whose faults are told as those of its place: what a format itself does wrong stays a bug."""

    def __init__(self, stream: Any, place: str) -> None:
        self._stream = stream
        self._place = place
        self.closed = False

    def write(self, data: Any) -> int:
        with _told(self._place):
            return int(self._stream.write(bytes(data)))

    def flush(self) -> None:
        """Nothing: object stores want parts of a size, and the rest at the end."""

    def close(self) -> None:
        """Nothing: who opened it closes it."""

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        return int(self._stream.tell())
