"""Folders: every file below, in the order of their names, whatever lies around there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import PurePath

from copydesk.cleaners.types import Source
from copydesk.flows.sources.opening.files import (
    FILE,
    is_about_the_folder,
    is_folder_of_a_page,
    refusal,
    shown_name,
)
from copydesk.flows.sources.opening.page_source import ListedFile, Unreadable


def list_folder(given: str) -> Iterator[ListedFile]:
    """Every file below, whatever its depth, in subfolders too, sorted by the bytes of the names.

    Hidden files and folders are skipped, and so is what a browser saved beside a page. Links are not followed, with one
    exception: a link to a file inside the folder that would not be read under its own name (as in mounted
    configuration, where the visible files are links to hidden ones). A link that leads out of the folder is reported.
    """
    # resolved once: targets of links are compared with it
    root = os.path.realpath(given)
    # a stack, not recursion: folders nest deeper than Python's calls may
    stack = [_listed(root, "")]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        inner, path, what = found
        if what == "link":
            path, what = _target(root, inner, path)
        if isinstance(what, Unreadable):
            yield ListedFile(given, what.source.name, "", fault=what)
        elif what == "folder":
            stack.append(_listed(path, inner))
        elif what == "file":
            yield ListedFile(given, inner, path)


_What = str | Unreadable
"""What lies in a folder: ``folder``, ``link``, ``file``, ``elsewhere`` where it is read under another name; or what is
wrong with it.
"""


def _listed(folder: str, inner: str) -> Iterator[tuple[str, str, _What]]:
    """What one folder holds, sorted, each with its path from the root and where it is; hidden names skipped."""
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
        yield inner, folder, refusal(_source(inner or "."), error)
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
        what = "folder" if own in folders else "link" if own in links else "file"
        yield os.path.join(inner, name), os.path.join(folder, name), what  # noqa: PTH118


def _target(root: str, inner: str, path: str) -> tuple[str, _What]:
    """Where a link leads, and what it is."""
    try:
        # strict: a link to nowhere or in a circle is an error that is reported
        target = os.path.realpath(path, strict=True)
    except OSError as error:
        return path, refusal(_source(inner), error)
    # by whole names: “/data/pages-old” is not inside “/data/pages”
    if os.path.commonpath((root, target)) != root:
        message = "a link that leads out of the folder, not followed"
        return path, Unreadable(_source(inner), "outside", message)
    # a visible target comes under its own name; read here too, it would come twice
    is_hidden = any(part.startswith(".") for part in PurePath(os.path.relpath(target, root)).parts)
    return target, "file" if is_hidden and not os.path.isdir(target) else "elsewhere"  # noqa: PTH112


def _source(inner: str) -> Source:
    return Source(FILE, shown_name(inner))
