"""The views of one run: looked at before it begins, written once its records are in the store."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from hashlib import blake2b
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.schema import SCHEMA_VERSION
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import FlowError
from copydesk.flows.exports.export import Exported, option_of, records_on, summary
from copydesk.flows.exports.view_places import Kept, stamp_of
from copydesk.flows.exports.view_settings import View
from copydesk.flows.formats.format_registry import FolderFormat, version_of
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.sinks.files.parts import Parts
from copydesk.flows.sinks.store_backend import StoreBackend
from copydesk.flows.store.state import State


class ViewNote(Struct, frozen=True):
    """What was put at a place. ``made_by``: all that decides the content but the records. ``store``: what changes with
    these; None where nothing shows it. ``content`` and ``stamp``: as in ``Kept``. All are None before a view was first
    put there whole.
    """

    made_by: str | None = None
    store: str | None = None
    content: str | None = None
    stamp: str | None = None

    @property
    def kept(self) -> Kept | None:
        """What was put there, as far as it was noted."""
        return None if self.content is None or self.stamp is None else Kept(self.content, self.stamp)


class ViewNotes:
    """The notes of views in an open state. Methods raise as those of ``State``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, place: str) -> ViewNote | None:
        """The note on a place; None where no run has put anything there."""
        from sqlalchemy import select

        from copydesk.flows.store.state_tables import views

        with self._state.reading() as connection:
            row = connection.execute(select(views).filter_by(place=_key(place))).one_or_none()
        return None if row is None else ViewNote(row.made_by, row.store, row.content, row.stamp)

    def note(self, place: str, note: ViewNote) -> None:
        """Replaces the note on a place."""
        from copydesk.flows.store.state_tables import put_into, views

        with self._state.writing() as connection:
            row = {"place": _key(place), **asdict(note)}
            connection.execute(put_into(connection.dialect, views).values(**row))


def _key(place: str) -> bytes:
    # a URL may be longer than what databases index, and contain a key
    return blake2b(place.encode("utf-8", "surrogateescape"), digest_size=16).digest()


class Views:
    """What a run writes of its store. ``done``: a line for each view that was written; ``unwritten``: a line for
    each that could not be.
    """

    def __init__(
        self, views: Sequence[View], options: IngestOptions, state: State, backend: StoreBackend
    ) -> None:
        self._views = views
        self._options = options
        self._notes = ViewNotes(state)
        self._backend = backend
        self.done: list[str] = []
        self.unwritten: list[str] = []

    def check(self) -> None:
        """Whether all can be written. Raises SettingsError where something else is in a place, ExportError where one
        takes nothing.
        """
        for view in self._views:
            noted = self._notes.of(view.identity)
            view.place.check(is_ours=noted is not None)
            # before anything is put there: a run after a killed one recognises it
            if noted is None:
                self._notes.note(view.identity, ViewNote())

    def write(self) -> None:
        """Writes those that have changed; what cannot be written is reported, and left to the next run."""
        for view in self._views:
            try:
                with machine_errors(view.setting):
                    self._renew(view)
            except FlowError as fault:
                self.unwritten.append(
                    f"{view.setting}: not written: {fault}; records are stored: {self._advice(view)}"
                )

    def _renew(self, view: View) -> None:
        # before the records are read: what changes meanwhile is seen next time
        made_by, store = self._made_by(view), self._store_stamp()
        noted = self._notes.of(view.identity) or ViewNote()
        is_same = noted.made_by == made_by and noted.store == store is not None
        if is_same and noted.stamp is not None and noted.stamp == view.place.stamp():
            return
        done = Exported()
        with closing(records_on(self._backend, self.done.append)) as stored:
            kept = view.place.renew(partial(view.write, view.checked.records(stored, done)), noted.kept)
        self._notes.note(view.identity, ViewNote(made_by, store, kept.content, kept.stamp))
        if noted.kept != kept:
            self.done.append(f"view: {summary(done, view.export.place)}")

    def _made_by(self, view: View) -> str:
        wanted = view.export
        return repr((
            *(VERSION, SCHEMA_VERSION, version_of(wanted.format), wanted.format, wanted.where, wanted.limit),
            *(wanted.everything, sorted(wanted.settings.items())),
            *(self._backend.name, self._backend.where),
        ))  # fmt: skip

    def _store_stamp(self) -> str | None:
        """What changes with the store; None where only reading it shows that: it is elsewhere, or a folder of another
        package's.
        """
        file = self._options.output / f"records.{self._backend.name}"
        # our own parts change by a new folder; others may write in place, which leaves a folder's time as it was
        if file.is_dir() and not isinstance(self._backend, Parts):
            return None
        # the latest changes of a database may be in a second file
        stamps = [stamp_of(file.with_name(file.name + beside)) for beside in ("", "-wal", ".wal")]
        return repr(stamps) if any(stamps) else None

    def _advice(self, view: View) -> str:
        """How to get a view after all."""
        # an export takes the place of a whole folder, and of what others have put there
        if isinstance(view.checked.format, FolderFormat):
            return "the next run writes it"
        store = Path(self._options.output, f"records.{self._backend.name}")
        named = ["--database", self._options.database] if self._options.database else ["--output", str(store)]
        wanted = view.export
        words = ["copydesk", "export", *named, "--format", wanted.format, "--to", wanted.place]
        words += ["--where", wanted.where] if wanted.where is not None else []
        words += ["--limit", str(wanted.limit)] if wanted.limit is not None else []
        words += ["--all"] if wanted.everything else []
        words += [option_of(name, value) for name, value in wanted.settings.items()]
        return f"the next run writes it, and so does {shlex.join(filter(None, words))} --force"
