"""The views of a run: those of the option ``--view`` and of the tables ``[[view]]`` of the settings file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from copydesk.flows.config.settings import VIEW_KEY, SettingsFile, read_file
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.kept_file import OPTION
from copydesk.flows.exports.remote_place import is_remote, shown
from copydesk.flows.exports.view import BadViewError, View, checked_view, view_of_option, view_of_table
from copydesk.flows.sinks.output_folder import QUARANTINE, is_of_a_store
from copydesk.flows.sources.opening.page_context import ARCHIVE
from copydesk.flows.store.state_database import FILE_NAME as STATE


def views_of(
    options: Sequence[str], folder: Path, *, output: Path, sources: Iterable[str]
) -> tuple[View, ...]:
    """The views of a run whose settings lie in ``folder``, checked as far as that is known without looking at places.

    ``options``: values of ``--view``. ``sources``: paths that the run reads. Raises SettingsError with the option, or
    with file and line.
    """
    views = (*map(_of_option, options), *_of_file(folder))
    for number, view in enumerate(views):
        if any(view.identity == other.identity for other in views[:number]):
            raise SettingsError(
                f"{view.told}: {shown(view.export.place)}: is the place of another view; name another"
            )
        if not is_remote(view.export.place):
            _check_apart(view, output, sources)
    return views


def _of_option(text: str) -> View:
    told = f"{OPTION} {shown(text)}"
    try:
        return checked_view(told, view_of_option(text))
    except BadViewError as error:
        raise SettingsError(f"{told}: {error}") from error


def _of_file(folder: Path) -> Iterator[View]:
    found = read_file(folder)
    tables = found.data.get(VIEW_KEY, []) if found else []
    if found is None or not tables:
        return
    header = found.header(VIEW_KEY)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(
            f"{found.place(VIEW_KEY)}: {VIEW_KEY}: expected tables [[{header}]]; views is the list of texts"
        )
    for number, table in enumerate(tables):
        try:
            yield checked_view(f"{_place(found, number)}: {VIEW_KEY}", view_of_table(table))
        except BadViewError as error:
            raise SettingsError(f"{_place(found, number, error.key)}: {VIEW_KEY}: {error}") from error


def _place(found: SettingsFile, number: int, key: str | None = None) -> str:
    return found.place_of_table(found.header(VIEW_KEY), number, key)


def _check_apart(view: View, output: Path, sources: Iterable[str]) -> None:
    """Raises SettingsError for a place that is the run's own, or that the next run would read."""
    path = Path(view.identity)
    folder = Path(os.path.realpath(output))
    # everything else in the folder is free, and a good place for a view
    if path == folder or any(one.parent == folder and _is_of_runs(one.name) for one in (path, *path.parents)):
        raise SettingsError(f"{view.told}: {view.export.place}: is the run's own; name another place")
    for source in sources:
        if path.is_relative_to(os.path.realpath(source)):
            raise SettingsError(
                f"{view.told}: {view.export.place}: lies in the source {source}, and would be read by the next run; "
                "name a place outside"
            )


def _is_of_runs(name: str) -> bool:
    return is_of_a_store(name) or name in (QUARANTINE, ARCHIVE) or name.startswith((".", STATE))
