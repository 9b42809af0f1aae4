"""What an export wrote into a folder: the name of each file, and a digest of what it held. It lies in the folder as
``MARK``, by which such a folder is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import msgspec

MARK = ".copydesk-export"
"""The manifest's name; that of copydesk before there were manifests is empty."""
_BUFFER_BYTES = 1 << 20


class _Manifest(msgspec.Struct):
    files: dict[str, str]


def digest_of(path: Path) -> str:
    """A digest of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(folder: Path) -> dict[str, str]:
    """The files of a folder that was just made: their names below it, in order, and digests. Raises OSError."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): digest_of(path) for path in files}


def written(files: Mapping[str, str]) -> bytes:
    """A manifest's content, a file a line."""
    sorted_ = dict(sorted(files.items()))
    return msgspec.json.format(msgspec.json.encode(_Manifest(sorted_)), indent=1) + b"\n"


def read(content: bytes) -> dict[str, str]:
    """The files that a manifest names; none where it is empty or damaged, nor any that lie elsewhere."""
    try:
        files = msgspec.json.decode(content, type=_Manifest).files
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    # whoever wrote it: what lies outside of the folder is none of an export's
    return {name: digest for name, digest in files.items() if _is_below(name)}


def _is_below(name: str) -> bool:
    return (
        name != MARK
        and "\0" not in name
        and not name.startswith("/")
        and ".." not in PurePosixPath(name).parts
    )


def folders_of(names: Iterable[str]) -> set[str]:
    """The folders in which files of these names lie."""
    return {str(folder) for name in names for folder in PurePosixPath(name).parents}
