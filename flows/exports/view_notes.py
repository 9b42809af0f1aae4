"""What runs have put at the places of their views, as noted in the state."""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import asdict

from copydesk.flows.exports.kept_file import Kept
from copydesk.flows.store.state import State


class ViewNote(Struct, frozen=True):
    """What was put at a place. ``made_by``: all that decides what is written, but the records. ``store``: what changes
    with these; None where nothing tells. ``content`` and ``stamp``: as in ``Kept``. All are None before the first time
    that something was put there whole.
    """

    made_by: str | None = None
    store: str | None = None
    content: str | None = None
    stamp: str | None = None

    @property
    def kept(self) -> Kept | None:
        """What is there, as far as it was noted."""
        return None if self.content is None or self.stamp is None else Kept(self.content, self.stamp)


class ViewNotes:
    """The notes of views in an open state. Methods raise as those of ``State``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, place: str) -> ViewNote | None:
        """What is noted of a place; None where no run has put anything there."""
        from copydesk.flows.store.state_tables import row_of, views

        with self._state.map_errors(), self._state.engine.connect() as connection:
            row = connection.execute(row_of(views, place=_key(place))).one_or_none()
        return None if row is None else ViewNote(row.made_by, row.store, row.content, row.stamp)

    def note(self, place: str, note: ViewNote) -> None:
        """Notes it, in place of what was noted before."""
        from copydesk.flows.store.state_tables import upsert, views

        values = asdict(note)
        with self._state.map_errors(), self._state.engine.begin() as connection:
            connection.execute(
                upsert(self._state.engine.dialect, views, {"place": _key(place)}, values, values)
            )


def _key(place: str) -> bytes:
    # an address may be longer than what databases index, and hold a key
    return blake2b(place.encode("utf-8", "surrogateescape"), digest_size=16).digest()
