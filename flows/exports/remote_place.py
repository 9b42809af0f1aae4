"""Places that are not on this disk, by fsspec: ``s3://``, ``gs://``, ``memory://`` and what else is installed."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.request import url2pathname

from copydesk.cleaners.errors import CopydeskError
from copydesk.flows.errors import ExportError, SettingsError, map_errors
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.io.remote_files import FILE, opened

PREFIX, SUFFIX = ".copydesk-", ".part"
"""Of the names of unfinished files, local ones too; what a killed export left may be removed."""


def without_scheme(place: str) -> str:
    """The path of a local place."""
    return url2pathname(place.removeprefix(FILE)) if place.startswith(FILE) else place


def put_stream(place: str, fill: Callable[[BinaryIO], None], *, force: bool) -> None:
    """Gives ``fill`` a stream, and what it wrote the name ``place``. Raises as ``destination.write_stream``."""
    files, path = opened(place)
    folder = path.rpartition("/")[0]
    made = f"{folder}/{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
    with _export_errors(place):
        _check_free(files, path, place, force=force)
        _make_folder(files, folder)
        stream = files.open(made, "wb")
    try:
        fill(cast("BinaryIO", _Guarded(stream, place)))
        with _export_errors(place):
            stream.close()
            _check_free(files, path, place, force=force)
            files.mv(made, path)
    except BaseException:
        with suppress(Exception):  # the first error is the one to report
            # ends a multipart upload of fsspec's files; others have nothing to discard
            getattr(stream, "discard", stream.close)()
            # else it is closed once more when it is collected, and Python prints the error
            stream.closed = True
        with suppress(Exception):
            files.rm_file(made)
        raise


def check_folder(place: str, mark: str, *, force: bool) -> None:
    """Raises SettingsError where something is there and not to be replaced: as on this disk, a folder without ``mark``
    never is.
    """
    with files_at(place) as (files, path):
        is_there = files.exists(path)
        if is_there and not files.exists(f"{path}/{mark}"):
            raise SettingsError(f"{without_secrets(place)}: is there already, and no export; name another")
        if is_there and not force:
            raise SettingsError(f"{without_secrets(place)}: is there already; --force replaces it")


def put_folder(place: str, made: Path) -> None:
    """Copies a complete folder to ``place``, in the place of what is there. Raises ExportError."""
    with files_at(place) as (files, path):
        if files.exists(path):
            files.rm(path, recursive=True)
    for file in sorted(one for one in made.rglob("*") if one.is_file()):
        put_file(place, file.relative_to(made).as_posix(), file)


def put_file(place: str, name: str, made: Path) -> None:
    """Copies a complete file to a name below ``place``. Raises ExportError."""
    with files_at(place) as (files, path):
        _make_folder(files, f"{path}/{name}".rpartition("/")[0])
        files.put_file(str(made), f"{path}/{name}")


def stamp_in(info: Mapping[str, Any]) -> str:
    """What changes with a file, of what its file system says of it: sizes, times and tags, which have other names in
    each.
    """
    return repr(sorted((key, str(value)) for key, value in info.items()))


def try_to_write(place: str) -> None:
    """Writes a file beside what is to come below ``place``, and removes it. Raises ExportError."""
    name = f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
    with files_at(place) as (files, path):
        _make_folder(files, path)
        files.pipe_file(f"{path}/{name}", b"")
        files.rm_file(f"{path}/{name}")


def _make_folder(files: Any, path: str) -> None:
    # object stores have no folders: they would make a bucket of a mistyped name
    if path.startswith("/"):
        files.makedirs(path, exist_ok=True)


@contextmanager
def files_at(place: str) -> Iterator[tuple[Any, str]]:
    """The file system of a place, and the path in it; its errors become ExportErrors. Raises as ``opened``."""
    found = opened(place)
    with _export_errors(place):
        yield found


def _check_free(files: Any, path: str, place: str, *, force: bool) -> None:
    is_there = files.exists(path)
    if is_there and files.isdir(path):
        raise SettingsError(f"{without_secrets(place)}: is a folder; name a file in it")
    if is_there and not force:
        raise SettingsError(f"{without_secrets(place)}: is there already; --force replaces it")


def _export_errors(place: str) -> AbstractContextManager[None]:
    """Maps whatever a file system raises to an ExportError: each has errors of its own."""

    def fault_for(error: Exception) -> Exception:
        if isinstance(error, CopydeskError):
            return error
        problem = " ".join(str(error).split()) or type(error).__name__
        return ExportError(without_secrets(place), without_secrets(problem), advice="run again once it works")

    return map_errors(fault_for)


class _Guarded(io.RawIOBase):
    """A stream whose faults are reported as those of its place: what a format itself does wrong stays a bug."""

    def __init__(self, stream: Any, place: str) -> None:
        super().__init__()
        self._stream = stream
        self._place = place

    def write(self, data: Any) -> int:
        # no flush, as object stores want parts of a size, and the rest at the end
        with _export_errors(self._place):
            return int(self._stream.write(bytes(data)))

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return int(self._stream.tell())
