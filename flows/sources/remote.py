"""Files that are not on this disk, named by a URL of fsspec: ``s3://bucket/2026/`` or one object of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, NamedTuple, cast

from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.io.remote_files import opened
from copydesk.flows.sources.file_names import is_object_url
from copydesk.flows.sources.kinds.file_kinds import file_kinds
from copydesk.flows.sources.opening.files import (
    FileSource,
    fault_of,
    is_about_the_folder,
    read_guarded,
    shown_name,
)
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable


class RemoteFile(NamedTuple):
    """A file: its path below the folder that was named, or its URL where it was named itself; its URL and size."""

    name: str
    url: str
    bytes: int


class RemoteFiles:
    """One file, or all files whose names begin as a folder's, in the order of their names; hidden ones are skipped."""

    kind = "remote"

    def takes(self, name: str, input_: Input) -> bool:  # noqa: ARG002 - whatever is in it
        """URLs of anything but the web."""
        return is_object_url(name)

    def read(self, name: str, reading: Reading) -> Iterator[Page | Unreadable]:
        """The pages of all files."""
        for file in list_remote(name):
            if isinstance(file, Unreadable):
                yield file
                continue
            kind = next(kind for kind in file_kinds(file.name) if kind.takes(file.name, reading.input))
            yield from read_remote(kind, file.url, shown=shown_name(file.name), reading=reading)


def list_remote(place: str) -> Iterator[RemoteFile | Unreadable]:
    """The files at a place, or why it cannot be listed. Raises SettingsError for an unknown scheme."""
    files, path = opened(place)
    source = Source(RemoteFiles.kind, shown_name(place))
    try:
        found = files.find(path, detail=True)
    except Exception as error:  # noqa: BLE001 - each file system has errors of its own
        problem = without_secrets(" ".join(str(error).split()) or type(error).__name__)
        is_missing = isinstance(error, FileNotFoundError)
        reason, what = ("missing", "nothing is there") if is_missing else ("unreadable", "cannot be listed")
        yield Unreadable(source, reason, f"{what} ({problem}); see its address and your rights there")
        return
    if not found:
        yield Unreadable(source, "missing", "nothing is there; see its address")
    for name in sorted(found):
        inner = name.removeprefix(path).lstrip("/")
        parts = inner.split("/")
        if any(part.startswith(".") for part in parts) or is_about_the_folder(parts[-1]):
            continue
        yield RemoteFile(inner or place, files.unstrip_protocol(name), int(found[name].get("size") or 0))


@contextmanager
def open_remote(url: str) -> Iterator[BinaryIO]:
    """A file, read as far as it is asked for."""
    files, path = opened(url)
    with closing(io.BufferedReader(files.open(path, "rb"))) as file:
        yield cast("BinaryIO", file)


def read_remote(kind: FileSource, url: str, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
    """The pages of one file. What was known of it before its opening does not show: it is always read."""
    if reading.memory is not None:
        reading.memory.has_all_of(url, follow_link=False)
    try:
        with open_remote(url) as file:
            yield from read_guarded(kind, file, shown=shown, reading=reading)
    except Exception as error:  # noqa: BLE001 - each file system has errors of its own
        yield fault_of(Source(kind.kind, shown), error)
    if reading.memory is not None:
        reading.memory.has_ended()


REMOTE_FILES = RemoteFiles()
