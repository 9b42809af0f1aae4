"""A digest of everything that decides: code, rules, languages, models."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zipfile import ZipFile

_DECIDING = (".py", ".toml", ".npz")
_IGNORED = frozenset({"cases", "figures.toml", "__pycache__"})
"""Folders and files of what decides nothing: examples of what rules mean, how often they were right, compiled code."""


@cache
def rules_digest() -> str:
    """The digest of the code and data at hand."""
    return digest_of(Path(__file__).parent.parent)


def digest_of(folder: Path) -> str:
    """16 hex digits of all code and data in a folder and those below it."""
    digest = hashlib.sha256()
    # sorted: the order of a file system is no part of the rules
    for parts in sorted(_places_in(folder)):
        # the length first: nothing can move from one file to the next unseen
        content = _content(folder.joinpath(*parts))
        digest.update(f"{'/'.join(parts)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _places_in(folder: Path) -> Iterator[tuple[str, ...]]:
    """The files of a folder and those below it that decide something, each as the names on the way to it."""
    for root, folders, files in os.walk(folder):
        # cases are the most files, and need not even be looked at
        folders[:] = [name for name in folders if name not in _IGNORED]
        above = Path(root).relative_to(folder).parts
        yield from ((*above, name) for name in files if name.endswith(_DECIDING) and name not in _IGNORED)


def _content(path: Path) -> bytes:
    if path.suffix != ".npz":
        return path.read_bytes()
    with ZipFile(path) as arrays:  # has a checksum of each array: ten megabytes need not be read for it
        return str([(array.filename, array.file_size, array.CRC) for array in arrays.infolist()]).encode()
