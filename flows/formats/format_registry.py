"""What a format is, and which there are: one registry by name, for ours and those of other packages.

A package declares a format as an entry point of the group ``copydesk.formats``, as ours are in ``pyproject.toml``::

    [project.entry-points."copydesk.formats"]
    press = "press_export:PRESS"

where ``PRESS`` is one of the classes below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import BinaryIO, Concatenate

from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.cleaners.suggestions import suggestion
from copydesk.flows.errors import setting_errors
from copydesk.flows.io.plug_ins import declared, loaded

GROUP = "copydesk.formats"
"""The group of entry points."""


class Format(Struct, frozen=True, kw_only=True):
    """What all kinds have. ``summary``: a line for people. ``articles_only``: records without an article (``rejected``,
    ``failed``, or no text) have no place in it, nor have past versions of articles; to other formats they are given
    where the user wants all records. ``settings``: keyword arguments of ``write`` that the user may choose, among
    ``title``, ``chunk_size``, ``chunk_overlap``, ``feed_url`` and ``index``. ``newest_first``: records come from the
    last stored back, so that a limit takes the newest, as in feeds.
    """

    summary: str
    articles_only: bool = False
    settings: tuple[str, ...] = ()
    newest_first: bool = False


class StreamFormat(Format, frozen=True, kw_only=True):
    """A format that is written from beginning to end. ``write`` takes the records one by one and keeps none; of the
    stream it calls only ``write``, and does not close it. ``is_text``: it may go to standard output, and be compressed
    as the ending of the path requires.
    """

    write: Callable[Concatenate[Iterable[Record], BinaryIO, ...], None]
    is_text: bool = True


class FileFormat(Format, frozen=True, kw_only=True):
    """A format whose library wants a file of the disk: ``write`` is given the path of one that is there and empty."""

    write: Callable[Concatenate[Iterable[Record], Path, ...], None]


class FolderFormat(Format, frozen=True, kw_only=True):
    """A format of many files: ``write`` is given the path of an empty folder."""

    write: Callable[Concatenate[Iterable[Record], Path, ...], None]


AnyFormat = StreamFormat | FileFormat | FolderFormat


def all_formats() -> Mapping[str, AnyFormat]:
    """Every format by its name, in the order of names. Raises SettingsError where one cannot be loaded."""
    return {name: _loaded(entries) for name, entries in sorted(declared(GROUP).items())}


def find_format(name: str) -> AnyFormat:
    """The format of a name. Raises SettingsError where there is none, or where it cannot be loaded."""
    with setting_errors(""):
        return _loaded(_entries_of(name))


def known_format(name: str) -> str:
    """The name of a format, which is not loaded. Raises ValueError where there is none."""
    _entries_of(name)
    return name


def _entries_of(name: str) -> list[EntryPoint]:
    known = declared(GROUP)
    if name not in known:
        raise ValueError(f"there is no format {name!r}; {suggestion(name, sorted(known))}")
    return known[name]


def format_names() -> list[str]:
    """The names of all formats, in order; none is loaded."""
    return sorted(declared(GROUP))


def version_of(name: str) -> str:
    """The package of a format and its version: another may write it otherwise. Raises KeyError where there is none."""
    package = declared(GROUP)[name][0].dist
    return f"{package.name} {package.version}" if package else ""


def _loaded(entries: list[EntryPoint]) -> AnyFormat:
    kinds = f"StreamFormat, FileFormat or FolderFormat of {__name__}"
    found: AnyFormat = loaded("format", entries, (StreamFormat, FileFormat, FolderFormat), kinds)
    return found
