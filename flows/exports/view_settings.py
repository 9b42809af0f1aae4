"""The views of a run: those of the option ``--view`` and of the tables ``[[view]]`` of the settings file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.flows.config.settings import VIEW_KEY, read_file
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.destination import local_path
from copydesk.flows.exports.export import STANDARD_OUTPUT, CheckedExport, Export, checked_export
from copydesk.flows.exports.remote_place import is_remote, opened
from copydesk.flows.exports.view_places import OPTION, KeptPlace, LocalFile, LocalTree, RemoteFile, RemoteTree
from copydesk.flows.formats.format_registry import FolderFormat, StreamFormat
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.sinks.files.file_format import compressed
from copydesk.flows.sinks.output_folder import QUARANTINE, is_of_a_store
from copydesk.flows.sources.opening.page_context import ARCHIVE
from copydesk.flows.store.state_database import FILE_NAME as STATE
from copydesk.flows.suggestions import suggestion

_SETTINGS = ("title", "chunk_size", "chunk_overlap")
KEYS = ("format", "to", "where", "limit", "all", *_SETTINGS)
"""Of a table ``[[view]]``."""
_LEAST = MappingProxyType({"limit": 1, "chunk_size": 1, "chunk_overlap": 0})


class BadViewError(Exception):
    """A view is wrong; ``key``: of its table, where it is in one."""

    def __init__(self, problem: str, key: str | None = None) -> None:
        super().__init__(problem)
        self.key = key


class View(Struct, frozen=True):
    """An export that a run keeps up to date, checked; ``setting``: the option or table it is from, for messages."""

    setting: str
    export: Export
    checked: CheckedExport
    place: KeptPlace
    identity: str
    """The same for the same place, however it is written."""

    def write(self, records: Iterable[Record], path: Path) -> None:
        """Writes records into the empty file or folder of a path, as an export does."""
        _write(self.checked, self.export.place, records, path)


def views_of(
    options: Sequence[str], folder: Path, *, output: Path, sources: Iterable[str]
) -> tuple[View, ...]:
    """The views of a run whose settings are in ``folder``, checked without a look at their places.

    ``options``: values of ``--view``. ``sources``: paths that the run reads. Raises SettingsError with the option, or
    with file and line.
    """
    views = (*map(_view_of_option, options), *_views_of_file(folder))
    for number, view in enumerate(views):
        if any(view.identity == other.identity for other in views[:number]):
            raise SettingsError(
                f"{view.setting}: {without_secrets(view.export.place)}: is the place of another view; name another"
            )
        if not is_remote(view.export.place):
            _check_apart(view, output, sources)
    return views


def _view_of_option(text: str) -> View:
    setting = f"{OPTION} {without_secrets(text)}"
    format_, sign, place = text.partition("=")
    try:
        if not (format_ and sign and place):
            raise BadViewError(f"expected FORMAT=PLACE such as csv=articles.csv, not {text!r}")
        return _checked_view(setting, Export(format_, place))
    except BadViewError as error:
        raise SettingsError(f"{setting}: {error}") from error


def _views_of_file(folder: Path) -> Iterator[View]:
    file = read_file(folder)
    tables = file.data.get(VIEW_KEY, []) if file else []
    if file is None or not tables:
        return
    header = file.header(VIEW_KEY)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(
            f"{file.place(VIEW_KEY)}: {VIEW_KEY}: expected tables [[{header}]]; views is the list of texts"
        )
    for number, table in enumerate(tables):
        try:
            setting = f"{file.place_of_table(header, number, None)}: {VIEW_KEY}"
            yield _checked_view(setting, _export_of_table(table))
        except BadViewError as error:
            place = file.place_of_table(header, number, error.key)
            raise SettingsError(f"{place}: {VIEW_KEY}: {error}") from error


def _export_of_table(table: Mapping[str, Any]) -> Export:
    for key in table:
        if key not in KEYS:
            raise BadViewError(f"unknown key {key!r}; {suggestion(key, KEYS)}", key)
    for key in ("format", "to"):
        if key not in table:
            raise BadViewError(f"needs {key}, as in {'csv' if key == 'format' else 'articles.csv'!r}")
    for key in ("format", "to", "where"):
        if key in table and not (isinstance(table[key], str) and table[key]):
            raise BadViewError(f"{key}: expected text, not {table[key]!r}", key)
    _check_values(table)
    return Export(
        table["format"],
        table["to"],
        table.get("where"),
        table.get("limit"),
        everything=table.get("all", False),
        settings={key: table[key] for key in _SETTINGS if key in table},
    )


def _check_values(table: Mapping[str, Any]) -> None:
    for key in ("all", "title"):
        if not isinstance(table.get(key, True), bool):
            raise BadViewError(f"{key}: expected true or false, not {table[key]!r}", key)
    for key, least in _LEAST.items():
        number = table.get(key, least)
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise BadViewError(f"{key}: expected a whole number, {least} or more, not {number!r}", key)


def _checked_view(setting: str, export: Export) -> View:
    """A view whose format, place and expression are right, as far as that is known without a look at the place.

    Raises BadViewError.
    """
    if export.place == STANDARD_OUTPUT:
        raise BadViewError("a run has no records for standard output; name a path", "to")
    try:
        checked = checked_export(export)
        if is_far := is_remote(export.place):
            opened(export.place)
        is_folder = isinstance(checked.format, FolderFormat)
        # no records are written, to find a missing package before a page is fetched
        with TemporaryDirectory(prefix="copydesk-") as folder:
            path = Path(folder) / "tried"
            path.mkdir() if is_folder else path.touch()
            _write(checked, export.place, (), path)
    except SettingsError as error:
        # an export names its option
        problem = str(error).removeprefix("--")
        # "where, column 3: …", "chunk-size: …"
        key = problem.partition(":")[0].partition(",")[0].replace("-", "_")
        raise BadViewError(problem, key if key in KEYS else None) from error
    if is_far:
        place: KeptPlace = RemoteTree(export.place) if is_folder else RemoteFile(export.place)
        return View(setting, export, checked, place, export.place.rstrip("/"))
    place = LocalTree(export.place) if is_folder else LocalFile(export.place)
    return View(setting, export, checked, place, str(local_path(export.place)))


def _write(checked: CheckedExport, place: str, records: Iterable[Record], path: Path) -> None:
    if isinstance(checked.format, StreamFormat):
        with path.open("wb") as file, compressed(file, place) as stream:
            checked.format.write(records, stream)
    else:
        checked.format.write(records, path)


def _check_apart(view: View, output: Path, sources: Iterable[str]) -> None:
    """Raises SettingsError for a place that is the run's own, or that the next run would read."""
    path = Path(view.identity)
    folder = Path(os.path.realpath(output))
    # everything else in the folder is free, and a good place for a view
    in_folder = [one.name for one in (path, *path.parents) if one.parent == folder]
    if path == folder or any(
        is_of_a_store(name) or name in (QUARANTINE, ARCHIVE) or name.startswith((".", STATE))
        for name in in_folder
    ):
        raise SettingsError(f"{view.setting}: {view.export.place}: is the run's own; name another place")
    for source in sources:
        if path.is_relative_to(os.path.realpath(source)):
            raise SettingsError(
                f"{view.setting}: {view.export.place}: lies in the source {source}, and would be read by the next run; "
                "name a place outside"
            )
