"""Pages on the disk whose records are written, as noted in the state."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import select

from copydesk.flows.store.state import VALUES_AT_ONCE, State
from copydesk.flows.store.state_tables import cleaned, delete_by, put_of, rows_in, update_by


def digest_of(*parts: str | None) -> bytes:
    """A digest of 16 bytes of some texts, None apart from an empty one."""
    # each with its length; of a million digests of 16 bytes no two meet (10⁻²⁷)
    said = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(said.encode("utf-8", "backslashreplace"), digest_size=16).digest()


class _Place(Struct, frozen=True):
    kind: str
    name: str


class _MadeBy(Struct, frozen=True):
    copydesk: str
    rules: str
    options: str


class SaidByLine(Struct, frozen=True):
    """As much of a record's line as tells what it says, whatever its id is in the store."""

    source: _Place
    processing: _MadeBy
    status: str
    url: str | None = None
    reason: str | None = None
    title: str | None = None
    content_hash: str | None = None
    next: str | None = None

    @property
    def place(self) -> bytes:
        """Where its page stands."""
        return digest_of(self.source.kind, self.source.name, self.url)

    @property
    def digest(self) -> bytes:
        made = self.processing
        return digest_of(
            *(self.source.kind, self.source.name, self.url, self.status, self.reason, self.title),
            *(self.content_hash, made.copydesk, made.rules, made.options),
        )


_line_of = msgspec.json.Decoder(SaidByLine).decode


def said_by(line: bytes) -> SaidByLine | None:
    """What a line says; None of what is no record: whoever wrote it, it stands for no page."""
    try:
        return _line_of(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class CleanedPage(Struct, frozen=True):
    """A page on the disk whose record is written. All values are digests of 16 bytes.

    ``place``: where it stands. ``source``: what was named. ``file``: the file it is in; None of standard input.
    ``digest``: of all that its record is made of; None where it is to be cleaned again whatever it is.
    ``record``: of what the record says that is stored for it, or waits in the quarantine. ``page``: what other pages
    may be taken for it by; None where nothing is.
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
        """The pages that are noted of a source."""
        with self._state.map_errors(), self._state.engine.connect() as connection:
            return [
                CleanedPage(*row) for row in connection.execute(rows_in(cleaned, cleaned.c.source, [source]))
            ]

    def alike(self, pages: Sequence[bytes]) -> dict[bytes, list[bytes]]:
        """Where the pages are noted that are told apart by these digests: ``CleanedPage.page`` to places."""
        found: dict[bytes, list[bytes]] = {}
        with self._state.map_errors(), self._state.engine.connect() as connection:
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
        with self._state.map_errors(), engine.begin() as connection:
            for statement, rows in told:
                if rows:
                    connection.execute(statement, rows)

    def become(self, outcomes: Mapping[bytes, bytes]) -> None:
        """Notes of pages whose records are the keys that the values are stored for them; in one transaction."""
        with self._state.map_errors(), self._state.engine.begin() as connection:
            noted = connection.execute(select(cleaned.c.place, cleaned.c.record)).all()
            rows = [
                {"where_": place, "is_": outcomes[record]} for place, record in noted if record in outcomes
            ]
            if rows:
                connection.execute(update_by(cleaned, cleaned.c.record, by=cleaned.c.place), rows)


class RecordOutcomes:
    """Has it noted of pages what a merge has stored for them; see ``Outcomes``. Methods raise as those of ``State``."""

    def __init__(self, state: State) -> None:
        self._notes = CleanedPages(state)
        self._told: dict[bytes, bytes] = {}

    def tell(self, read: bytes, stands: bytes) -> None:
        """Hears which line stands for one that was read."""
        one, other = said_by(read), said_by(stands)
        if one is not None and other is not None and one.digest != other.digest:
            self._told[one.digest] = other.digest

    def confirm(self) -> None:
        told, self._told = self._told, {}
        # of what has lost a block, and was left out as a copy then, both are told
        if told:
            self._notes.become({read: told.get(stands, stands) for read, stands in told.items()})
