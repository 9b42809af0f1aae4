"""One place, one name: however a file or folder is written, a run calls it the same; and whether it is there."""

from __future__ import annotations

import os
from pathlib import PurePath

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.suggestions import closest
from copydesk.flows.sources.standard_input import NAME as STANDARD_INPUT_NAME

NOT_THERE = "no such file or folder"
SCHEMES = "a URL begins with https:// or http://, one of files elsewhere with s3://, gs:// or hf://"
READ_AS = "the same as {}, which is read once"
"""The message for a name of a file that another name has named before."""
# a server on this machine, as one types it into a browser
_LOCAL_SERVER = lazy_pattern(r"(?:localhost|127\.0\.0\.1|\[::1\]):\d{1,5}(?:/|$)")


_REMOTE = lazy_pattern(r"(?:s3|gs|hf|memory)://.")


def is_object_url(name: str) -> bool:
    """Whether a name is a URL of fsspec, such as ``s3://bucket/2026``."""
    return _REMOTE.match(name) is not None


def is_there(name: str) -> bool:
    """Whether what a name refers to exists: standard input, a file or folder. A link that leads nowhere does:
    it is a page at fault. What is elsewhere shows when it is listed.
    """
    return name == STANDARD_INPUT_NAME or is_object_url(name) or os.path.lexists(name)


def with_scheme(name: str) -> str:
    """``localhost:8000/x`` as the URL that it is, where there is no such file."""
    return f"http://{name}" if _LOCAL_SERVER.match(name) and not is_there(name) else name


def near(name: str) -> str:
    """What may have been meant by a name that is not there, to be put behind that it is not; empty where nothing is
    like it.
    """
    folder, last = os.path.split(name.rstrip(os.sep))
    try:
        # as they are written; hidden ones are read by nobody who does not name them
        known = [one for one in os.listdir(folder or os.curdir) if not one.startswith(".")]  # noqa: PTH208
    # ValueError: a name with a NUL
    except (OSError, ValueError):
        return ""
    typed = PurePath(last)
    # without their ends, which most pages have in common; of two that differ in these alone, the one with its own
    stems = {PurePath(one).stem: one for one in sorted(known, key=lambda one: one.endswith(typed.suffix))}
    meant = stems.get(closest(typed.stem, stems))
    return f"; did you mean {os.path.join(folder, meant)}?" if meant else ""  # noqa: PTH118


def named_once(name: str) -> str:
    """A file or folder as a run calls it: from the current folder where it lies in that, else by its whole path.

    Links stay as they are written, but for those on the way to the current folder. ``-`` stays what it is, and so does
    a name that without its ``..`` would be another place.
    """
    # a name with a NUL is no file's; it is reported as missing
    if name in ("", STANDARD_INPUT_NAME) or "\0" in name or is_object_url(name):
        return name
    short = _from_here(os.path.abspath(name))  # noqa: PTH100 - undecodable names stay as they are
    # the file of that name, not standard input
    if short == STANDARD_INPUT_NAME:
        short = f"{os.curdir}{os.sep}{short}"
    # behind a link, `..` leads to where the link's target lies
    return short if os.path.realpath(short) == os.path.realpath(name) else name


def _from_here(path: str) -> str:
    """A whole path as it is written from the current folder, where it lies in that."""
    here = os.getcwd()  # noqa: PTH109 - text
    folders = (path, *map(str, PurePath(path).parents))
    if here in folders:
        return os.path.relpath(path, here)
    # by file and not by name: a shell knows the current folder by the links that led there
    for folder in folders:
        if _is_same(folder, here):
            return os.path.relpath(path, folder)
    return path


def _is_same(folder: str, here: str) -> bool:
    try:
        return os.path.samefile(folder, here)  # noqa: PTH121 - as above
    except OSError:  # nothing is there, or nothing that may be looked at
        return False
