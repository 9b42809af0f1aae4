"""Pages on the disk whose records are written, as noted in the state."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import select

from copydesk.flows.store.state import VALUES_AT_ONCE, State
from copydesk.flows.store.state_tables import cleaned, delete_by, put_of, rows_in, update_by


class CleanedPage(Struct, frozen=True):
    """A page on the disk whose record is written. All values are digests of 16 bytes.

    ``place``: where it stands. ``source``: what was named. ``file``: the file it is in; None of standard input.
    ``digest``: of all that its record is made of; None where it is to be cleaned again whatever it is.
    ``record``: of what the record says. ``page``: what other pages may be taken for it by; None where nothing is.
    ``stamp``: of the file as it was when all its pages were read; None where that is not known.
    """

    place: bytes
    source: bytes
    file: bytes | None
    digest: bytes | None
    record: bytes
    page: bytes | None
    stamp: bytes | None = None


Files = Sequence[tuple[bytes, bytes]]
"""Digests of files, each with its stamp."""


class CleanedPages:
    """The notes of cleaned pages in a state. Methods raise as those of ``State``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, source: bytes) -> list[CleanedPage]:
        """The pages of a source that are noted."""
        with self._state.errors_told(), self._state.engine.connect() as connection:
            rows = connection.execute(rows_in(cleaned, cleaned.c.source, [source])).all()
        return [CleanedPage(*row) for row in rows]

    def alike(self, pages: Sequence[bytes]) -> dict[bytes, list[bytes]]:
        """Where the pages are noted that are told apart by these digests: ``CleanedPage.page`` to places."""
        found: dict[bytes, list[bytes]] = {}
        with self._state.errors_told(), self._state.engine.connect() as connection:
            for start in range(0, len(pages), VALUES_AT_ONCE):
                piece = pages[start : start + VALUES_AT_ONCE]
                asked = select(cleaned.c.page, cleaned.c.place).where(cleaned.c.page.in_(piece))
                for page, place in connection.execute(asked):
                    found.setdefault(page, []).append(place)
        return found

    def note(
        self, pages: Sequence[CleanedPage], *, gone: Sequence[bytes], doubted: Sequence[bytes], read: Files
    ) -> None:
        """Notes pages in one transaction, each in place of what was noted of its place.

        ``gone``: places whose notes go. ``doubted``: places whose pages are to be cleaned again. ``read``: of files
        that were read to their end, each with its stamp.
        """
        place, file = cleaned.c.place, cleaned.c.file
        engine = self._state.engine
        told = (
            (put_of(engine.dialect, cleaned), [asdict(page) for page in pages]),
            (delete_by(cleaned, place), [{"where_": one} for one in gone]),
            (
                update_by(cleaned, cleaned.c.digest, by=place),
                [{"where_": one, "is_": None} for one in doubted],
            ),
            (update_by(cleaned, cleaned.c.stamp, by=file), [{"where_": one, "is_": by} for one, by in read]),
        )
        with self._state.errors_told(), engine.begin() as connection:
            for statement, rows in told:
                if rows:
                    connection.execute(statement, rows)
