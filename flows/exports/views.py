"""The views of a run: exports that it keeps up to date, from ``--view`` and tables ``[[view]]`` of the settings.

They are checked before the run begins, and written when its records are in the store.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct
from msgspec.structs import asdict

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.schema import SCHEMA_VERSION, Record
from copydesk.cleaners.user_tables import BadKey
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.settings import VIEW_KEY, read_file
from copydesk.flows.config.settings_tables import ViewTable, view_tables
from copydesk.flows.errors import FlowError, SettingsError
from copydesk.flows.exports import view_places
from copydesk.flows.exports.destination import local_path
from copydesk.flows.exports.export import (
    STANDARD_OUTPUT,
    CheckedExport,
    Export,
    Exported,
    checked_export,
    option_of,
    records_on,
    summary,
)
from copydesk.flows.formats.format_registry import FolderFormat, StreamFormat, version_of
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.io.output_folder import QUARANTINE, is_of_a_store
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.io.remote_files import is_remote, opened
from copydesk.flows.library.files.formats import compressed
from copydesk.flows.library.library import Library
from copydesk.flows.library.reading import LibraryRecords
from copydesk.flows.sources.opening.page_context import ARCHIVE

_SETTINGS = ("title", "chunk_size", "chunk_overlap", "feed_url", "index")
_OF_OPTION = lazy_pattern(r"--([a-z-]+)[:,] (.+)", re.DOTALL)


class View(Struct, frozen=True):
    """An export that a run keeps up to date, checked. ``setting``: its option or table, for messages."""

    setting: str
    export: Export
    checked: CheckedExport
    place: view_places.ViewPlace
    identity: str
    """The normalized place."""

    @property
    def key(self) -> bytes:
        """By which the library knows it: hashed, as a URL may be too long for an index, and may contain a secret."""
        return blake2b(self.identity.encode("utf-8", "surrogateescape"), digest_size=16).digest()

    def write(self, records: Iterable[Record], path: Path) -> None:
        """Writes records into an empty file or folder."""
        format_ = self.checked.format
        if isinstance(format_, StreamFormat):
            with path.open("wb") as file, compressed(file, self.export.place) as stream:
                format_.write(records, stream)
        else:
            format_.write(records, path)


def views_of(
    options: Sequence[str], folder: Path, *, output: Path, sources: Iterable[str]
) -> tuple[View, ...]:
    """The views of a run with the settings in ``folder``, checked without access to their places.

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
    setting = f"{view_places.OPTION} {without_secrets(text)}"
    format_, sign, place = text.partition("=")
    try:
        if not (format_ and sign and place):
            raise BadKey(None, f"expected FORMAT=PLACE such as csv=articles.csv, not {text!r}")
        return _checked_view(setting, Export(format_, place))
    except BadKey as error:
        raise SettingsError(f"{setting}: {error}") from error


def _views_of_file(folder: Path) -> Iterator[View]:
    file = read_file(folder)
    if file is None:
        return
    for number, keys in enumerate(view_tables(file)):
        with file.errors_in(VIEW_KEY, number, VIEW_KEY):
            setting = f"{file.place_of_table(VIEW_KEY, number)}: {VIEW_KEY}"
            settings = {key: value for key in _SETTINGS if (value := getattr(keys, key)) is not None}
            export = Export(
                keys.format, keys.to, keys.where, keys.limit, everything=keys.all, settings=settings
            )
            view = _checked_view(setting, export)
        yield view


def _checked_view(setting: str, export: Export) -> View:
    """A view with a valid format, place and expression, checked without access to the place. Raises BadKey."""
    if export.place == STANDARD_OUTPUT:
        raise BadKey("to", "a run has no records for standard output; name a path")
    try:
        view = _view(setting, export, checked_export(export))
        # an empty export, to find missing packages before a page is fetched
        with TemporaryDirectory(prefix="copydesk-") as folder:
            path = Path(folder) / "tried"
            path.mkdir() if isinstance(view.checked.format, FolderFormat) else path.touch()
            view.write((), path)
    except SettingsError as error:
        # "--where, column 3: …", "--chunk-size: …"
        if (found := _OF_OPTION.fullmatch(str(error))) and (
            key := found[1].replace("-", "_")
        ) in ViewTable.__struct_fields__:
            raise BadKey(key, found[2]) from error
        raise BadKey(None, str(error)) from error
    return view


def _view(setting: str, export: Export, checked: CheckedExport) -> View:
    is_folder = isinstance(checked.format, FolderFormat)
    if is_remote(export.place):
        opened(export.place)
        remote = view_places.RemoteFolder if is_folder else view_places.RemoteFile
        return View(setting, export, checked, remote(export.place), export.place.rstrip("/"))
    local = view_places.LocalFolder if is_folder else view_places.LocalFile
    return View(setting, export, checked, local(export.place), str(local_path(export.place)))


def _check_apart(view: View, output: Path, sources: Iterable[str]) -> None:
    """Raises SettingsError for a place that belongs to the run, or that the next run would read."""
    path = Path(view.identity)
    folder = Path(os.path.realpath(output))
    # other names in the output folder are good places for views
    in_folder = [one.name for one in (path, *path.parents) if one.parent == folder]
    if path == folder or any(
        is_of_a_store(name) or name in (QUARANTINE, ARCHIVE) or name.startswith(".") for name in in_folder
    ):
        raise SettingsError(f"{view.setting}: {view.export.place}: is the run's own; name another place")
    for source in sources:
        if path.is_relative_to(os.path.realpath(source)):
            raise SettingsError(
                f"{view.setting}: {view.export.place}: lies in the source {source}, and would be read by the next run; "
                "name a place outside"
            )


class ViewNote(Struct, frozen=True):
    """What is noted of a place. All fields are None until a view was written completely.

    ``made_by``: everything that determines the content, except for the records. ``changed``: how often those of the
    library had changed. ``content``, ``stamp``: see ``Written``.
    """

    made_by: str | None = None
    changed: int | None = None
    content: str | None = None
    stamp: str | None = None

    @property
    def written(self) -> view_places.Written | None:
        """What was written there last."""
        if self.content is None or self.stamp is None:
            return None
        return view_places.Written(self.content, self.stamp)


class Views:
    """Writes the views of a run. ``done``: a line for each that was written; ``unwritten``: for each that was not."""

    def __init__(
        self, views: Sequence[View], options: IngestOptions, library: Library, address: str | None
    ) -> None:
        self._views = views
        self._options = options
        self._library = library
        self._records = LibraryRecords(options.output, address)
        self.done: list[str] = []
        self.unwritten: list[str] = []

    def check(self) -> None:
        """Raises SettingsError if a place has something else, ExportError if it cannot be written."""
        for view in self._views:
            noted = self._noted(view)
            view.place.check(is_ours=noted is not None)
            # before it is written: the run after a killed one must know that it is ours
            if noted is None:
                self._note(view, ViewNote())

    def write(self) -> None:
        """Writes the views that have changed. Failures are reported; the next run tries again."""
        for view in self._views:
            try:
                with machine_errors(view.setting):
                    self._update(view)
            except FlowError as fault:
                self.unwritten.append(
                    f"{view.setting}: not written: {fault}; records are stored: {self._advice(view)}"
                )

    def _update(self, view: View) -> None:
        from copydesk.flows.library.tables import count

        # before the records are read: the next run sees later changes
        export = view.export
        made_by = repr((
            *(VERSION, SCHEMA_VERSION, version_of(export.format), export.format, export.where, export.limit),
            *(export.everything, sorted(export.settings.items())),
        ))  # fmt: skip
        with self._library.reading() as connection:
            changed = count(connection, "change")
        noted = self._noted(view) or ViewNote()
        is_same = noted.made_by == made_by and noted.changed == changed
        if is_same and noted.stamp is not None and noted.stamp == view.place.stamp():
            return
        done = Exported()
        newest_first = view.checked.format.newest_first
        with closing(records_on(self._records, self.done.append, newest_first=newest_first)) as stored:
            records = view.checked.records(stored, done)
            written = view.place.update(partial(view.write, records), noted.written)
        self._note(view, ViewNote(made_by, changed, written.content, written.stamp))
        if noted.written != written:
            self.done.append(f"view: {summary(done, view.export.place)}")

    def _noted(self, view: View) -> ViewNote | None:
        """The note on its place; None if no run has written there."""
        from sqlalchemy import select

        from copydesk.flows.library.tables import view as table

        with self._library.reading() as connection:
            row = connection.execute(select(table).filter_by(place=view.key)).one_or_none()
        return None if row is None else ViewNote(row.made_by, row.changed, row.content, row.stamp)

    def _note(self, view: View, note: ViewNote) -> None:
        """Replaces the note on its place."""
        from copydesk.flows.library.tables import put_into
        from copydesk.flows.library.tables import view as table

        with self._library.writing() as connection:
            row = {"place": view.key, **asdict(note)}
            connection.execute(put_into(connection.dialect, table).values(**row))

    def _advice(self, view: View) -> str:
        """How to write a view that failed."""
        # a manual export would replace the whole folder, with the files of other programs
        if isinstance(view.checked.format, FolderFormat):
            return "the next run writes it"
        given = self._options
        named = ["--database", given.database] if given.database else ["--output", str(given.output)]
        export = view.export
        words = ["copydesk", "export", *named, "--format", export.format, "--to", export.place]
        words += ["--where", export.where] if export.where is not None else []
        words += ["--limit", str(export.limit)] if export.limit is not None else []
        words += ["--all"] if export.everything else []
        words += [option_of(name, value) for name, value in export.settings.items()]
        return f"the next run writes it, and so does {shlex.join(filter(None, words))} --force"
