"""Which pages on the disk need not be cleaned again: neither they nor what decides over them have changed since their
records were written.

A page is left out where it stands as it was noted, and a record that says what was noted is in the store, whatever
became of that meanwhile. So a note can be lost or out of date and costs no more than one cleaning. A note is made after
its record is in the journal.

A file is not even read where its inode, size and times are those of when all its pages were noted, and all of their
records are in the store. A file that was changed within ``GRANULARITY_NS`` before it was looked at may be changed once
more without any of that telling: it is read.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import encode
from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import SCHEMA_VERSION, Record
from copydesk.cleaners.types import Page
from copydesk.flows.sinks.identity import reading_of
from copydesk.flows.sinks.record_lines import key_of
from copydesk.flows.sinks.shelf import Shelf
from copydesk.flows.sources.catalogue import DiskSource, Unreadable
from copydesk.flows.sources.opening.field_names import FieldNames
from copydesk.flows.sources.source_tally import SourceTally
from copydesk.flows.store.cleaned_pages import CleanedPage, CleanedPages
from copydesk.flows.store.state import State
from copydesk.flows.web_kinds import WEB_KINDS

GRANULARITY_NS = 2_000_000_000
"""The coarsest times of files in use are those of FAT: two seconds."""


class _Place(Struct, frozen=True):
    kind: str
    name: str


class _MadeBy(Struct, frozen=True):
    copydesk: str
    rules: str
    options: str


class _Line(Struct, frozen=True):
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
        return _digest(self.source.kind, self.source.name, self.url)

    @property
    def digest(self) -> bytes:
        made = self.processing
        return _digest(
            *(self.source.kind, self.source.name, self.url, self.status, self.reason, self.title),
            *(self.content_hash, made.copydesk, made.rules, made.options),
        )


_line_of = msgspec.json.Decoder(_Line).decode


class _File(Struct):
    """A file that is read, and how many of its pages are known to be written."""

    digest: bytes
    stamp: bytes | None
    pages: int = 0
    written: int = 0
    is_whole: bool = True
    has_ended: bool = False

    @property
    def is_written(self) -> bool:
        return self.has_ended and self.is_whole and self.pages == self.written


class Sighting(Struct, frozen=True):
    """A page that was met in this run and is to be cleaned."""

    place: bytes
    source: bytes
    digest: bytes
    file: _File | None


class PageMemory:
    """What is known of pages on the disk, of one store; ``of`` makes one. For one thread at a time.

    ``begin`` says which source follows; then ``knows`` is asked of each page, in order, and ``note`` told of each that
    was cleaned. Memory: some 500 bytes a page of the source and 150 a record of the store.
    """

    def __init__(self, state: State, shelf: Shelf, how: str, *, is_anew: bool) -> None:
        self._notes = CleanedPages(state)
        self._shelf = shelf
        self._how = how
        self._is_anew = is_anew
        self._stored: frozenset[bytes] | None = None
        self._others: dict[bytes, str] = {}
        self._met: set[bytes] = set()
        self._further: dict[bytes, int] = {}
        self._source = b""
        self._how_here = b""
        self._tally = SourceTally("", "")
        self._noted: dict[bytes, CleanedPage] = {}
        self._places_in: dict[bytes, list[bytes]] = {}
        self._file: _File | None = None
        self._pending: list[CleanedPage] = []
        self._read: list[tuple[bytes, bytes]] = []
        self._gone: list[bytes] = []
        self.sighting: Sighting | None = None
        """The page that ``knows`` was asked about last; None where that is none."""

    @classmethod
    @contextmanager
    def of(cls, state: State, shelf: Shelf, *, made_by: tuple[object, ...], is_anew: bool) -> Iterator[Self]:
        """What is noted in a state of pages whose records are on a shelf; noted to the last when it is left.

        ``made_by``: all options that decide what a record is and whether it is stored. ``is_anew``: nothing is
        believed. Raises as ``State``.
        """
        how = repr((rules_digest(), VERSION, SCHEMA_VERSION, made_by))
        memory = cls(state, shelf, how, is_anew=is_anew)
        try:
            yield memory
        finally:
            memory.flush()

    def begin(self, source: str | DiskSource, fields: FieldNames, tally: SourceTally) -> None:
        """Goes on to a source; pages that are unchanged are counted in its tally."""
        # beside what was named where it is: another folder may have files of the same names
        if isinstance(source, DiskSource):
            where = (source.name, source.folder, source.paths, tuple(map(os.path.realpath, source.paths)))
            read_by: object = (source.reading, source.language)
        else:
            where, read_by = (source, "", (), (os.path.realpath(source),)), fields
        self._source = _digest(self._shelf.name, self._shelf.where, repr(where))
        self._how_here = _digest(self._how, repr(read_by))
        self._tally = tally
        self._file = None
        self._look_at_store()
        self._noted = {one.place: one for one in self._notes.of(self._source)}
        self._places_in = {}
        for one in self._noted.values():
            if one.file is not None:
                self._places_in.setdefault(one.file, []).append(one.place)

    def has_all_of(self, path: str, *, follow_link: bool) -> bool:
        """Whether a file is as it was when the last of its pages was written; see ``FileMemory``."""
        stamp = self._stamp(path, follow_link=follow_link)
        digest = _digest(self._source.hex(), os.path.realpath(path) if follow_link else path)
        self._file = _File(digest, stamp)
        places = self._places_in.get(digest, ())
        if stamp is None or not places or not all(self._holds(self._noted[one], stamp) for one in places):
            return False
        self._met.update(places)
        self._count(len(places))
        self._file = None
        return True

    def _holds(self, noted: CleanedPage, stamp: bytes) -> bool:
        return noted.stamp == stamp and noted.digest is not None and self._is_written(noted)

    def _is_written(self, noted: CleanedPage) -> bool:
        return not self._is_anew and self._stored is not None and noted.record in self._stored

    def has_ended(self) -> None:
        """See ``FileMemory``."""
        if self._file is not None:
            self._file.has_ended = True
            self._complete(self._file)
        self._file = None

    def leave_out(self) -> None:
        """Hears that a page was left out for another reason: its file has more than is written of it."""
        if self._file is not None:
            self._file.is_whole = False

    def knows(self, item: Page | Unreadable) -> bool:
        """Whether a page need not be cleaned; it is counted then."""
        self.sighting = None
        if isinstance(item, Unreadable):
            self.leave_out()
            return False
        place = self._place_of(item)
        digest = self._digest_of(item)
        noted = self._noted.get(place)
        if self._file is not None:
            self._file.pages += 1
        if noted is not None and noted.digest == digest and self._is_written(noted):
            if self._file is not None:
                self._file.written += 1
            self._count(1)
            return True
        self.sighting = Sighting(place, self._source, digest, self._file)
        return False

    def note(self, sighting: Sighting, record: Record) -> None:
        """Hears that the record of a page is written. A failed page is tried again, and not noted."""
        if record.status == "failed":
            return
        line = encode(record)
        said, key = _line_of(line), key_of(line)
        self._others.pop(said.place, None)
        file = sighting.file
        page = None
        if key is not None:
            reading = reading_of(key)
            # by what a record is replaced by that of another page
            page = reading.places[0] if key.url is not None else reading.file
        self._pending.append(
            CleanedPage(
                place=sighting.place,
                source=sighting.source,
                file=file.digest if file else None,
                digest=sighting.digest,
                record=said.digest,
                page=page,
            )
        )
        if file is not None:
            file.written += 1
            self._complete(file)

    def flush(self) -> None:
        """Keeps what was noted; all of it, or nothing where that fails."""
        pending, self._pending = self._pending, []
        read, self._read = self._read, []
        gone, self._gone = self._gone, []
        if not (pending or read or gone):
            return
        alike = self._notes.alike([one.page for one in pending if one.page is not None])
        now = Counter(one.page for one in pending)
        doubted: list[bytes] = []
        for at, one in enumerate(pending):
            others = [place for place in alike.get(one.page, ()) if place != one.place] if one.page else []
            # of pages that may be taken for each other all are read in a run, or none: else one takes another's place
            rivals = [place for place in others if place in self._met]
            doubted += rivals
            gone += [place for place in others if place not in self._met]
            if rivals or (one.page is not None and now[one.page] > 1):
                pending[at] = replace(one, digest=None)
        self._notes.note(pending, gone=gone, doubted=doubted, read=read)

    def lines(self) -> Iterator[str]:
        """What the summary of a run says of records by other rules."""
        counts = Counter(self._others.values())
        for where, advice in _ADVICE:
            if count := counts[where]:
                records = "record was" if count == 1 else "records were"
                yield f"{count:,} stored {records} made of pages {where} by other rules; {advice}"

    def _count(self, pages: int) -> None:
        self._tally.listed += pages
        self._tally.asked += pages
        self._tally.unchanged += pages

    def _complete(self, file: _File) -> None:
        if not file.is_written:
            return
        self._gone += [place for place in self._places_in.get(file.digest, ()) if place not in self._met]
        if file.stamp is not None:
            self._read.append((file.digest, file.stamp))

    def _look_at_store(self) -> None:
        """Learns what the records of the store say, and which were made otherwise than today."""
        if self._stored is not None:
            return
        found = set()
        for line in self._shelf.lines():
            try:
                said = _line_of(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue  # no record: whoever wrote it, it stands for no page
            # a past version is no record of its page as it was last read
            if said.next is not None:
                continue
            found.add(said.digest)
            if (said.processing.rules, said.processing.copydesk) != (rules_digest(), VERSION):
                self._others[said.place] = _ON_WEB if said.source.kind in WEB_KINDS else _ON_DISK
        self._stored = frozenset(found)

    def _place_of(self, page: Page) -> bytes:
        """Where a page stands; a further one under the same name and address has a place of its own."""
        file = self._file.digest.hex() if self._file else ""
        said = (self._source.hex(), file, page.source.kind, page.source.name, page.url)
        place = _digest(*said)
        if place in self._met:
            self._further[place] = number = self._further.get(place, 0) + 1
            place = _digest(*said, str(number))
        self._met.add(place)
        return place

    def _digest_of(self, page: Page) -> bytes:
        """Of all that the record of a page is made of."""
        body = page.body if isinstance(page.body, bytes) else page.body.encode("utf-8", "surrogatepass")
        told = repr(
            (type(page.body).__name__, sorted(page.headers.items()), replace(page, body="", headers={}))
        )
        return _digest(self._how_here.hex(), told, hashlib.blake2b(body).hexdigest())

    def _stamp(self, path: str, *, follow_link: bool) -> bytes | None:
        """A file as it stands, and how it is read; None where that does not tell whether it was changed."""
        now = time.time_ns()
        try:
            found = os.stat(path, follow_symlinks=follow_link)  # noqa: PTH116 - undecodable names stay as they are
        # ValueError: a name with a NUL. Whoever opens the file tells what is wrong with it
        except (OSError, ValueError):
            return None
        last = max(found.st_mtime_ns, found.st_ctime_ns)
        if not stat.S_ISREG(found.st_mode) or last > now - GRANULARITY_NS:
            return None
        told = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        return _digest(self._how_here.hex(), repr(told))


_ON_WEB, _ON_DISK = "of the web", "on the disk"
_ADVICE = (
    (_ON_WEB, "copydesk ingest --from-archive cleans them again"),
    (_ON_DISK, "they are cleaned again when their files are ingested"),
)


def _digest(*parts: str | None) -> bytes:
    # each with its length, None apart from an empty text; of a million digests of 16 bytes no two meet (10⁻²⁷)
    said = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(said.encode("utf-8", "backslashreplace"), digest_size=16).digest()
