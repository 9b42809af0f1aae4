"""File systems that are not on this disk, by fsspec: ``s3://``, ``gs://``, ``memory://`` and what else is installed."""

from __future__ import annotations

from typing import Any

from copydesk.flows.errors import SettingsError
from copydesk.flows.io.redaction import without_secrets

FILE = "file://"


def is_remote(place: str) -> bool:
    """Whether a place is a URL of anything but this disk."""
    return "://" in place and not place.startswith(FILE)


def opened(place: str) -> tuple[Any, str]:
    """The file system of a place, and the path in it; makes no request. Raises SettingsError where nothing installed
    knows it.
    """
    from fsspec.core import url_to_fs

    try:
        files, path = url_to_fs(place)
    except (ImportError, ValueError) as error:
        problem = str(error).rstrip(".")
        raise SettingsError(
            f"{without_secrets(place)}: {problem[:1].lower()}{problem[1:]}; the scheme needs its fsspec package, as s3:// needs s3fs"
        ) from error
    # a listing from before a run may be hours old at its end
    files.invalidate_cache()
    return files, path
