"""Pages on the disk whose records are written, as noted in the state."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Executable, bindparam, delete, select, update

from copydesk.flows.io.databases import batched
from copydesk.flows.sinks.store_backend import StoreBackend
from copydesk.flows.sources.catalogue import DiskSource
from copydesk.flows.sources.standard_input import NAME as STANDARD_INPUT_NAME
from copydesk.flows.store.state import State
from copydesk.flows.store.state_tables import cleaned, put_into


def digest_of(*parts: str | None) -> bytes:
    """A digest of 16 bytes of some texts, None apart from an empty one."""
    # each with its length; of a million digests of 16 bytes no two meet (10⁻²⁷)
    joined = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(joined.encode("utf-8", "backslashreplace"), digest_size=16).digest()


class _Place(Struct, frozen=True):
    kind: str
    name: str


class _MadeBy(Struct, frozen=True):
    copydesk: str
    rules: str
    options: str


class LineContent(Struct, frozen=True):
    """The fields of a record's line by which its content is compared, whatever its id is in the store."""

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
        """Which page it is of."""
        return digest_of(self.source.kind, self.source.name, self.url)

    @property
    def digest(self) -> bytes:
        made = self.processing
        return digest_of(
            *(self.source.kind, self.source.name, self.url, self.status, self.reason, self.title),
            *(self.content_hash, made.copydesk, made.rules, made.options),
        )


_line_of = msgspec.json.Decoder(LineContent).decode


def line_content(line: bytes) -> LineContent | None:
    """What is compared of a line; None of a line that is no record."""
    try:
        return _line_of(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class CleanedPage(Struct, frozen=True):
    """A page on the disk whose record is written. All values are digests of 16 bytes.

    ``place``: where it is. ``source``: the source as it was named. ``file``: the file it is in; None of standard
    input. ``digest``: of all that its record is made of; None where it is to be cleaned again whatever it is.
    ``record``: of the content of the record that is stored for it, or waits in the quarantine. ``page``: what other
    pages may be taken for it by; None where nothing is. ``stamp``: of the file as it was when all its pages were read;
    None where that is not known.
    """

    place: bytes
    source: bytes
    file: bytes | None
    digest: bytes | None
    record: bytes
    page: bytes | None
    stamp: bytes | None = None


class CleanedPages:
    """The notes of cleaned pages in a state. Methods raise as those of ``State``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, source: bytes) -> list[CleanedPage]:
        """The pages that are noted of a source."""
        with self._state.reading() as connection:
            rows = connection.execute(select(cleaned).filter_by(source=source))
            return [CleanedPage(*row) for row in rows]

    def alike(self, pages: Sequence[bytes]) -> dict[bytes, list[bytes]]:
        """Where pages are noted that may be taken for these (``CleanedPage.page``): each with its places."""
        found: dict[bytes, list[bytes]] = {}
        with self._state.reading() as connection:
            for piece in batched(pages):
                query = select(cleaned.c.page, cleaned.c.place).where(cleaned.c.page.in_(piece))
                for page, place in connection.execute(query):
                    found.setdefault(page, []).append(place)
        return found

    def note(
        self,
        pages: Sequence[CleanedPage],
        *,
        gone: Sequence[bytes],
        doubted: Sequence[bytes],
        read: Sequence[tuple[bytes, bytes]],
    ) -> None:
        """Notes pages in one transaction, each in place of what was noted of its place.

        ``gone``: places whose notes are deleted. ``doubted``: places whose pages are to be cleaned again. ``read``: the
        digests of files that were read to their end, each with its stamp.
        """
        is_at, is_in = cleaned.c.place == bindparam("at"), cleaned.c.file == bindparam("at")
        changes: tuple[tuple[Executable, list[dict[str, Any]]], ...] = (
            (put_into(self._state.engine.dialect, cleaned), [asdict(page) for page in pages]),
            (delete(cleaned).where(is_at), [{"at": place} for place in gone]),
            (update(cleaned).where(is_at).values(digest=None), [{"at": place} for place in doubted]),
            (
                update(cleaned).where(is_in).values(stamp=bindparam("to")),
                [{"at": file, "to": stamp} for file, stamp in read],
            ),
        )
        with self._state.writing() as connection:
            for statement, rows in changes:
                if rows:
                    connection.execute(statement, rows)

    def replace_records(self, stored: Mapping[bytes, bytes]) -> None:
        """Notes for pages whose records have one of the keys that its value is stored for them; in one transaction."""
        with self._state.writing() as connection:
            noted = connection.execute(select(cleaned.c.place, cleaned.c.record)).all()
            rows = [{"at": place, "to": stored[record]} for place, record in noted if record in stored]
            if rows:
                change = update(cleaned).where(cleaned.c.place == bindparam("at"))
                connection.execute(change.values(record=bindparam("to")), rows)


class RecordOutcomes:
    """Notes which lines a merge has stored for the pages that were read. Methods raise as those of ``State``."""

    def __init__(self, state: State) -> None:
        self._notes = CleanedPages(state)
        self._stored: dict[bytes, bytes] = {}

    def note(self, read: bytes, stored: bytes) -> None:
        """Takes the line that is stored in place of one that was read; kept once ``confirm`` is called."""
        one, other = line_content(read), line_content(stored)
        if one is not None and other is not None and one.digest != other.digest:
            self._stored[one.digest] = other.digest

    def confirm(self) -> None:
        """Keeps what was noted: once the store has it, and before the journal is deleted."""
        pairs, self._stored = self._stored, {}
        # a line that has lost a block, and was left out as a copy then, was noted twice
        if pairs:
            self._notes.replace_records({read: pairs.get(stored, stored) for read, stored in pairs.items()})


def backend_location(backend: StoreBackend) -> str:
    """Where a store is, by its whole path: the same however it is written."""
    where = backend.where
    # a database's URL; in a path no two slashes follow each other
    if "://" in where:
        return where
    # of a store in several files the name ends so
    return _absolute(where) + (os.sep if where.endswith(os.sep) else "")


def source_digest(backend: StoreBackend, source: str | DiskSource) -> bytes:
    """The digest of a source on the disk and its store, by whole paths: the same however they are written."""
    if isinstance(source, DiskSource):
        paths = source.paths
        named = (source.name, _absolute(source.folder), tuple(map(_absolute, source.paths)))
    else:
        # standard input lies nowhere
        paths, named = (source,), (source if source == STANDARD_INPUT_NAME else _absolute(source), "", ())
    # the names and where they are: a link may come to lead to other files of the same names
    place = (*named, tuple(map(os.path.realpath, paths)))
    return digest_of(backend.name, backend_location(backend), repr(place))


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - undecodable names stay as they are
