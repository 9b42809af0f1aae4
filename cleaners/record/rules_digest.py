"""A digest of all code and data that a record depends on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zipfile import ZipFile

_SUFFIXES = (".py", ".toml", ".npz")
_IGNORED = frozenset({"cases", "figures.toml", "__pycache__"})
"""Folders and files on which no record depends: test cases and measured precision of rules, compiled code."""


@cache
def rules_digest() -> str:
    """The digest of this package."""
    return digest_of(Path(__file__).parent.parent)


def digest_of(folder: Path) -> str:
    """16 hex digits: the digest of all code and data in a folder and its subfolders."""
    digest = hashlib.sha256()
    # sorted, because file systems have their own order
    for parts in sorted(_files(folder)):
        # with the length, so that content which moves to the next file changes the digest
        content = _content(folder.joinpath(*parts))
        digest.update(f"{'/'.join(parts)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _files(folder: Path) -> Iterator[tuple[str, ...]]:
    """The relative paths of the files of code and data, as their parts."""
    for root, folders, files in os.walk(folder):
        # most files are cases, which need not be listed
        folders[:] = [name for name in folders if name not in _IGNORED]
        above = Path(root).relative_to(folder).parts
        yield from ((*above, name) for name in files if name.endswith(_SUFFIXES) and name not in _IGNORED)


def _content(path: Path) -> bytes:
    if path.suffix != ".npz":
        return path.read_bytes()
    # the checksums of the arrays, so that ten megabytes need not be read
    with ZipFile(path) as arrays:
        return str([(array.filename, array.file_size, array.CRC) for array in arrays.infolist()]).encode()
