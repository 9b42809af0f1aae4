"""Folders: every file below, in the order of their names, whatever lies around there."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.kinds.file_kinds import file_kinds
from copydesk.flows.sources.opening.files import (
    FILES,
    is_about_the_folder,
    is_folder_of_a_page,
    read_path,
    refusal,
    shown_name,
)
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable

_File = tuple[str, str]
"""A file below a folder: its path from there, and where to open it."""


class Folders:
    """All files of a folder and its folders, sorted; names are relative to the folder.

    Hidden files, a folder's README, ``.toml`` files (source lists, settings) and what belongs to a saved page (the
    folder ``a_files`` beside ``a.html``) are skipped. Links are not
    followed, with one exception: a link to a file inside the folder that would not be read under its own name
    (as in mounted configuration, where the visible files are links to hidden ones). A link that leads out of
    the folder is reported.
    """

    kind = "file"

    def takes(self, name: str, input_: Input) -> bool:  # noqa: ARG002 - whatever is in it
        """Names of folders (or links to one: it was named, so it is meant)."""
        try:
            return stat.S_ISDIR(os.stat(name).st_mode)  # noqa: PTH116 - undecodable names stay as they are
        # ValueError: a name with a NUL
        except (OSError, ValueError):
            return False

    def read(self, name: str, reading: Reading) -> Iterator[Page | Unreadable]:
        """The pages of all files below."""
        # resolved once: targets of links are compared with it
        for found in walk(os.path.realpath(name)):
            if isinstance(found, Unreadable):
                yield found
                continue
            inner, path = found
            # by the name that is seen: “pages.jsonl” may lead to a hidden file without a suffix
            kind = next(kind for kind in file_kinds(inner) if kind.takes(inner, reading.input))
            # no link here: what became one since the folder was listed could lead anywhere
            yield from read_path(kind, path, shown=shown_name(inner), reading=reading, follow_link=False)


def walk(root: str) -> Iterator[_File | Unreadable]:
    """Everything below that may be a file, depth first, sorted by the bytes of the names."""
    # a stack, not recursion: folders nest deeper than Python's calls may
    stack = [_list(root, "")]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
        elif isinstance(found, Unreadable):
            yield found
        elif found.kind == "folder":
            stack.append(_list(found.path, found.inner))
        elif found.kind == "link":
            yield from _follow(root, found.inner, found.path)
        else:
            yield found.inner, found.path


class _Found(NamedTuple):
    """What lies in a folder: ``folder``, ``link`` or ``file``; its path from the root, and where it is."""

    inner: str
    path: str
    kind: str


def _list(folder: str, inner: str) -> Iterator[_Found | Unreadable]:
    """What one folder holds, sorted, with its path from the root; hidden names skipped."""
    names, folders, links = list[bytes](), set[bytes](), set[bytes]()
    try:
        with os.scandir(os.fsencode(folder)) as listing:
            for entry in listing:
                names.append(entry.name)
                # a link to a folder is a link: followed, it could lead round in a circle
                if entry.is_symlink():
                    links.add(entry.name)
                elif entry.is_dir(follow_symlinks=False):
                    folders.add(entry.name)
    except OSError as error:
        yield refusal(_source(inner or "."), error)
        return
    # by bytes and not by the locale: the same order on every machine
    names.sort()
    # pictures, scripts and frames of a page that a browser saved
    there = frozenset(map(os.fsdecode, names)) if folders else frozenset()
    of_pages = {name for name in folders if is_folder_of_a_page(os.fsdecode(name), there)}
    # one string: a folder may have a million files, and they are read for days; `join` would take 80 bytes for each
    listed = bytearray()
    for name_there in names:
        listed += name_there + b"/"
    del names
    for found in re.finditer(rb"[^/]+", listed):
        own = found[0]
        # undecodable names stay as they are
        name = os.fsdecode(own)
        if own in of_pages or name.startswith(".") or is_about_the_folder(name):
            continue
        kind = "folder" if own in folders else "link" if own in links else "file"
        yield _Found(os.path.join(inner, name), os.path.join(folder, name), kind)  # noqa: PTH118


def _follow(root: str, inner: str, path: str) -> Iterator[_File | Unreadable]:
    """The file that a link leads to; nothing where that is read under its own name."""
    try:
        # strict: a link to nowhere or in a circle is an error that is reported
        target = os.path.realpath(path, strict=True)
    except OSError as error:
        yield refusal(_source(inner), error)
        return
    # by whole names: “/data/pages-old” is not inside “/data/pages”
    if os.path.commonpath((root, target)) != root:
        yield Unreadable(_source(inner), "outside", "a link that leads out of the folder, not followed")
    # a visible target comes under its own name; read here too, it would come twice
    elif not os.path.isdir(target) and any(  # noqa: PTH112
        part.startswith(".") for part in PurePath(os.path.relpath(target, root)).parts
    ):
        yield inner, target


def _source(inner: str) -> Source:
    return Source(FILES.kind, shown_name(inner))


FOLDERS = Folders()
