"""Files that are not on this disk, named by a URL of fsspec: ``s3://bucket/2026/`` or one object of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, cast

from copydesk.cleaners.types import Source
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.io.remote_files import opened
from copydesk.flows.sources.opening.files import is_about_the_folder, shown_name
from copydesk.flows.sources.opening.page_source import ListedFile, Unreadable

REMOTE = "remote"
"""The kind of source that such a place is, in a word."""


def list_remote(place: str) -> Iterator[ListedFile]:
    """The one file there, or all files whose names begin as a folder's, in the order of their names, hidden ones
    skipped; or why they cannot be listed. Raises SettingsError for an unknown scheme.
    """
    files, path = opened(place)
    try:
        found = files.find(path, detail=True)
    except Exception as error:  # noqa: BLE001 - each file system has errors of its own
        problem = without_secrets(" ".join(str(error).split()) or type(error).__name__)
        is_missing = isinstance(error, FileNotFoundError)
        reason, what = ("missing", "nothing is there") if is_missing else ("unreadable", "cannot be listed")
        yield _not_listed(place, reason, f"{what} ({problem}); see its address and your rights there")
        return
    if not found:
        yield _not_listed(place, "missing", "nothing is there; see its address")
    for name in sorted(found):
        inner = name.removeprefix(path).lstrip("/")
        parts = inner.split("/")
        if any(part.startswith(".") for part in parts) or is_about_the_folder(parts[-1]):
            continue
        size, url = int(found[name].get("size") or 0), files.unstrip_protocol(name)
        yield ListedFile(place, inner or place, url, remote_bytes=size)


def _not_listed(place: str, reason: str, message: str) -> ListedFile:
    fault = Unreadable(Source(REMOTE, shown_name(place)), reason, message)
    return ListedFile(place, place, "", fault=fault)


@contextmanager
def open_remote(url: str) -> Iterator[BinaryIO]:
    """A file, read as far as it is asked for."""
    files, path = opened(url)
    with closing(io.BufferedReader(files.open(path, "rb"))) as file:
        yield cast("BinaryIO", file)
