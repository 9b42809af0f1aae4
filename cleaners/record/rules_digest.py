"""A digest of everything that decides: code, rules, languages, models; not of comments, docstrings and blank lines.

Computed from the texts, without parsing them: so it is the same in every version of Python, and takes a tenth of the
time that parsing takes. That nothing is left out but what says nothing,
``tests/cleaners/record/test_rules_digest.py`` proves for every file by parsing it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zipfile import ZipFile

_IGNORED = frozenset({"cases", "figures.toml", "__pycache__"})
"""Folders and files of what decides nothing: examples of what rules mean, how often they were right, compiled code."""
# not written out: three quotes in a line would open a string for `_whole_strings`
_THREE = '"' * 3
_DOCSTRING = re.compile(rf"\s*r?{_THREE}.*{_THREE}\s*", re.DOTALL)
_OPEN = ("(", "[", "{", ",", "=", "+", "\\", _THREE)
"""What a line ends in below which a string is part of an expression."""
# strings first, and kept: a # in one begins no comment
_COMMENT = re.compile(r"""("[^"\\]*+(?:\\.[^"\\]*+)*+"|'[^'\\]*+(?:\\.[^'\\]*+)*+')|\s*#.*""")


@cache
def rules_digest() -> str:
    """The digest of the code and data at hand."""
    return digest_of(Path(__file__).parent.parent)


def digest_of(folder: Path) -> str:
    """16 hex digits of all code and data in a folder and those below it. It changes when verdicts may."""
    digest = hashlib.sha256()
    # sorted: the order of a file system is no part of the rules
    for parts in sorted(_places_in(folder)):
        for text in _texts_of(folder.joinpath(*parts)):
            # parted by a zero, which neither has: nothing can move from one to the other unseen
            digest.update(f"{'/'.join(parts)}\0{text}\0".encode())
    return digest.hexdigest()[:16]


def _places_in(folder: Path) -> Iterator[tuple[str, ...]]:
    """The files of a folder and those below it that may decide something, each as the names on the way to it."""
    for root, folders, files in os.walk(folder):
        # cases are the most files, and need not even be looked at
        folders[:] = [name for name in folders if name not in _IGNORED]
        above = Path(root).relative_to(folder).parts
        yield from ((*above, name) for name in files if name not in _IGNORED)


def _texts_of(path: Path) -> Iterator[str]:
    """What a file says; nothing where its kind decides nothing."""
    if path.suffix == ".py":
        yield "\n".join(code_lines(path.read_text("utf-8")))
    elif path.suffix == ".toml":
        yield "\n".join(content_lines(path.read_text("utf-8")))
    elif path.suffix == ".npz":
        with ZipFile(path) as arrays:  # has a checksum of each array: ten megabytes need not be read for it
            yield str([(array.filename, array.file_size, array.CRC) for array in arrays.infolist()])


def code_lines(text: str) -> Iterator[str]:
    """The lines of a Python text without comments, docstrings and blank lines."""
    before = ""
    for line in content_lines(text):
        if _THREE not in line or not _DOCSTRING.fullmatch(line) or before.endswith(_OPEN):
            yield line
            before = line


def content_lines(text: str) -> Iterator[str]:
    """The lines of a Python or TOML text without comments and blank ones; a string over several lines is one."""
    lines = _whole_strings(text) if _THREE in text else text.split("\n")
    # few lines have a comment, and a call for each of 60,000 would take longer than what it does
    return filter(None, [_without_comment(line) if "#" in line else line.rstrip() for line in lines])


def _whole_strings(text: str) -> Iterator[str]:
    """The lines of a text, those of a string in three quotes together."""
    held = ""
    for line in text.split("\n"):
        # most lines begin no string that goes on
        if not held and _THREE not in line:
            yield line
            continue
        held = f"{held}\n{line}" if held else line
        if not held.count(_THREE) % 2:
            yield held
            held = ""


def _without_comment(line: str) -> str:
    return (line if _THREE in line else _COMMENT.sub(r"\1", line)).rstrip()
