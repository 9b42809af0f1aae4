"""Views: what a run writes of its store in other formats, and keeps up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.destination import local_path
from copydesk.flows.exports.export import STANDARD_OUTPUT, CheckedExport, Export, checked_export
from copydesk.flows.exports.kept_file import KeptPlace, LocalFile, RemoteFile
from copydesk.flows.exports.kept_tree import LocalTree, RemoteTree
from copydesk.flows.exports.remote_place import check_scheme, is_remote
from copydesk.flows.formats.format_registry import FileFormat, FolderFormat, Format, StreamFormat
from copydesk.flows.io.compression import compressed
from copydesk.flows.suggestions import suggestion

KEYS = ("format", "to", "where", "limit")
"""Of a table ``[[view]]``."""


class BadViewError(Exception):
    """What is wrong with a view; ``key``: of its table, where it is one."""

    def __init__(self, problem: str, key: str | None = None) -> None:
        super().__init__(problem)
        self.key = key


class View(Struct, frozen=True):
    """What is to be written, checked; ``told``: where it was asked for, as users are told."""

    told: str
    export: Export
    checked: CheckedExport
    place: KeptPlace
    identity: str
    """The same for the same place, however it is written."""

    def write(self, records: Iterable[Record], path: Path) -> None:
        """Writes records into the empty file or folder of a path, as an export does."""
        _write(self.checked.format, self.export.place, records, path)


def view_of_option(text: str) -> Export:
    """What a value of the option says: ``csv=articles.csv``. Raises BadViewError."""
    format_, sign, place = text.partition("=")
    if not (format_ and sign and place):
        raise BadViewError(f"expected FORMAT=PLACE such as csv=articles.csv, not {text!r}")
    return Export(format_, place)


def view_of_table(table: Mapping[str, Any]) -> Export:
    """What a table says. Raises BadViewError."""
    for key in table:
        if key not in KEYS:
            raise BadViewError(f"unknown key {key!r}; {suggestion(key, KEYS)}", key)
    for key in ("format", "to"):
        if key not in table:
            raise BadViewError(f"needs {key}, as in {'csv' if key == 'format' else 'articles.csv'!r}")
    for key in ("format", "to", "where"):
        if key in table and not (isinstance(table[key], str) and table[key]):
            raise BadViewError(f"{key}: expected text, not {table[key]!r}", key)
    limit = table.get("limit")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise BadViewError(f"limit: expected a whole number, 1 or more, not {limit!r}", "limit")
    return Export(table["format"], table["to"], table.get("where"), limit)


def checked_view(told: str, export: Export) -> View:
    """A view whose format, place and expression are right, as far as that is known without looking there.

    Raises BadViewError.
    """
    if export.place == STANDARD_OUTPUT:
        raise BadViewError("a run has no records for standard output; name a path", "to")
    try:
        checked = checked_export(export)
        if is_far := is_remote(export.place):
            check_scheme(export.place)
        _try(checked.format, export.place)
    except SettingsError as error:
        # of an export that is an option of its own
        said = str(error).removeprefix("--")
        raise BadViewError(said, "where" if said.startswith("where") else None) from error
    kept = _kept(checked.format, export.place)
    identity = export.place.rstrip("/") if is_far else str(local_path(export.place))
    return View(told, export, checked, kept, identity)


def _kept(format_: Format, place: str) -> KeptPlace:
    if is_remote(place):
        return RemoteTree(place) if isinstance(format_, FolderFormat) else RemoteFile(place)
    return LocalTree(place) if isinstance(format_, FolderFormat) else LocalFile(place)


def _try(format_: Format, place: str) -> None:
    """Writes no records, so that a package that is missing is told before a page is fetched. Raises SettingsError."""
    with TemporaryDirectory(prefix="copydesk-") as folder:
        path = Path(folder) / "tried"
        if isinstance(format_, FolderFormat):
            path.mkdir()
        else:
            path.touch()
        _write(format_, place, (), path)


def _write(format_: Format, place: str, records: Iterable[Record], path: Path) -> None:
    match format_:
        case StreamFormat():
            with path.open("wb") as file, compressed(file, place) as stream:
                format_.write(records, stream)
        case FileFormat() | FolderFormat():
            format_.write(records, path)
