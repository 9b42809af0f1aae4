"""Which pages on the disk need not be cleaned again: neither they nor what decides over them have changed since their
records were written.

A page is left out where it stands as it was noted, and the record that was noted is in the store or waits in the
quarantine, whatever became of that meanwhile. Which record that is, a merge tells (``RecordOutcomes``): the page's own
without the blocks of its site, or the one that is stored in place of it. So a note can be lost or out of date and costs
no more than one cleaning. A note is made after its record is in the journal.

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
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import encode
from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import SCHEMA_VERSION, Record
from copydesk.cleaners.types import Page
from copydesk.flows.sinks.identity import reading_of
from copydesk.flows.sinks.record_lines import key_of
from copydesk.flows.sinks.record_rank import RecordRank, rank_of
from copydesk.flows.sinks.store_backend import StoreBackend
from copydesk.flows.sources.catalogue import DiskSource, Unreadable
from copydesk.flows.sources.opening.field_names import FieldNames
from copydesk.flows.sources.source_tally import SourceTally
from copydesk.flows.store.cleaned_pages import CleanedPage, CleanedPages, digest_of, said_by
from copydesk.flows.store.noted_places import source_of, store_of
from copydesk.flows.store.state import State
from copydesk.flows.web_kinds import WEB_KINDS

GRANULARITY_NS = 2_000_000_000
"""The coarsest times of files in use are those of FAT: two seconds."""


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
    record: bytes | None
    """Of the record of its own that it had; None where it had none."""


class KnownPages(Struct, frozen=True):
    """What there is of pages beside their notes and the store.

    ``waiting``: the lines of the quarantine. ``stays``: hears ``Reading.file`` of pages that are there and keep their
    records in the store, though they are not read in this run; ``stays_waiting``: of those in the quarantine.
    """

    waiting: Iterable[bytes] = ()
    stays: Callable[[bytes], None] = lambda _: None
    stays_waiting: Callable[[bytes], None] = lambda _: None


class PageMemory:
    """What is known of pages on the disk, of one store; ``of`` makes one. For one thread at a time.

    ``begin`` says which source follows; then ``knows`` is asked of each page, in order, and ``note`` told of each that
    was cleaned. Memory: some 500 bytes a page of the source and 200 a record of the store.
    """

    def __init__(
        self, state: State, backend: StoreBackend, how: str, *, known: KnownPages, is_anew: bool
    ) -> None:
        self._notes = CleanedPages(state)
        self._backend = backend
        self._known = known
        self._how = how
        self._is_anew = is_anew
        # digests of records to where their pages stand
        self._stored: dict[bytes, bytes] | None = None
        self._waiting: set[bytes] = set()
        self._changed: set[bytes] = set()
        self._replaced: set[bytes | None] = set()
        self._relied_on: Counter[bytes | None] = Counter()
        self._others: dict[bytes, str] = {}
        # where pages were met, with the record of each that was left out
        self._met: dict[bytes, bytes | None] = {}
        self._further: dict[bytes, int] = {}
        self._source = b""
        self._how_here = b""
        self._tally = SourceTally("", "")
        self._noted: dict[bytes, CleanedPage] = {}
        self._places_in: dict[bytes, list[bytes]] = {}
        self._file: _File | None = None
        self._pending: list[CleanedPage] = []
        # what pages without an address may be taken for, as records have it
        self._files: dict[bytes, bytes] = {}
        self._read: list[tuple[bytes, bytes]] = []
        self._gone: list[bytes] = []
        # where pages may be met yet that those of an earlier batch may be taken for
        self._doubted: set[bytes] = set()
        self.sighting: Sighting | None = None
        """The page that ``knows`` was asked about last; None where that is none."""

    @classmethod
    @contextmanager
    def of(
        cls,
        state: State,
        backend: StoreBackend,
        *,
        made_by: tuple[object, ...],
        known: KnownPages | None = None,
        is_anew: bool,
    ) -> Iterator[Self]:
        """What is noted in a state of pages whose records are on a backend; noted to the last when it is left.

        ``made_by``: all options that decide what a record is and whether it is stored. ``is_anew``: nothing is
        believed. Raises as ``State``.
        """
        how = repr((rules_digest(), VERSION, SCHEMA_VERSION, made_by))
        memory = cls(state, backend, how, known=known or KnownPages(), is_anew=is_anew)
        try:
            yield memory
        finally:
            memory.flush()

    def begin(self, source: str | DiskSource, fields: FieldNames, tally: SourceTally) -> None:
        """Goes on to a source; pages that are unchanged are counted in its tally."""
        read_by = (source.reading, source.language) if isinstance(source, DiskSource) else fields
        self._how_here = digest_of(self._how, repr(read_by))
        self._tally, self._file = tally, None
        self._look_at_store()
        self._source = source_of(self._backend, source)
        self._noted = {one.place: one for one in self._notes.of(self._source)}
        self._places_in = {}
        for one in self._noted.values():
            if one.file is not None:
                self._places_in.setdefault(one.file, []).append(one.place)

    def has_all_of(self, path: str, *, follow_link: bool) -> bool:
        """Whether a file is as it was when the last of its pages was written; see ``FileMemory``."""
        stamp = self._stamp(path, follow_link=follow_link)
        digest = digest_of(self._source.hex(), os.path.realpath(path) if follow_link else path)
        self._file = _File(digest, stamp)
        places = self._places_in.get(digest, ())
        if stamp is None or not places or not all(self._holds(self._noted[one], stamp) for one in places):
            return False
        for one in places:
            self._leave(self._noted[one])
        self._file = None
        return True

    def _holds(self, noted: CleanedPage, stamp: bytes) -> bool:
        return noted.stamp == stamp and noted.digest is not None and self._is_written(noted)

    def _is_written(self, noted: CleanedPage) -> bool:
        if self._is_anew or self._stored is None or noted.record in self._changed:
            return False
        # left out, a doubted one would have no part in the merge, and lose its record to the other
        return noted.place not in self._doubted and noted.record in self._stored

    def has_ended(self) -> None:
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
            self._leave(noted)
            return True
        before = self._own_record(noted, item)
        if before is not None:
            self._changed.add(before)
        self.sighting = Sighting(place, self._source, digest, self._file, before)
        return False

    def _own_record(self, noted: CleanedPage | None, page: Page) -> bytes | None:
        """What others may have been left out for, too; None of a page that was itself left out for another."""
        if noted is None or self._stored is None:
            return None
        own = digest_of(page.source.kind, page.source.name, page.url)
        return noted.record if self._stored.get(noted.record) == own else None

    def note(self, sighting: Sighting, record: Record) -> None:
        """Hears that the record of a page is written. A failed page is tried again, and not noted."""
        if record.status == "failed":
            return
        line = encode(record)
        said, key = said_by(line), key_of(line)
        assert said is not None  # noqa: S101 - made of a record
        self._others.pop(said.place, None)
        # what is empty this time takes nothing from what was read before
        holds = rank_of(record.status, record.reason) > RecordRank.UNSEEN
        if holds and sighting.record not in (None, said.digest):
            self._replaced.add(sighting.record)
        self._changed.discard(said.digest)
        file = sighting.file
        page = None
        if key is not None:
            reading = reading_of(key)
            # by what a record is replaced by that of another page; in another store it replaces nothing
            mark = reading.url_keys[0] if key.url is not None else reading.file
            page = None if mark is None else self._page_of(mark)
            if page is not None and mark is not None and key.url is None:
                self._files[page] = mark
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

    def note_waiting(self, sighting: Sighting, record: Record) -> None:
        """Hears that the record of a page waits in the quarantine: what is stored of it stays."""
        self.note(replace(sighting, record=None), record)

    def flush(self) -> None:
        """Keeps what was noted; all of it, or nothing where that fails."""
        pending, self._pending = self._pending, []
        read, gone, self._read, self._gone = self._read, self._gone, [], []
        if not (pending or read or gone):
            return
        alike = self._notes.alike(list({one.page: None for one in pending if one.page is not None}))
        files, self._files = self._files, {}
        now = Counter(one.page for one in pending)
        doubted: list[bytes] = []
        for at, one in enumerate(pending):
            others = [place for place in alike.get(one.page, ()) if place != one.place] if one.page else []
            rivals = [place for place in others if place in self._met]
            self._doubted.update(unmet := [place for place in others if place not in self._met])
            gone += unmet
            if one.page in files:
                self._keep_apart(files[one.page], rivals)
            # of pages at one address all are read in a run, or none: else one takes another's place
            elif rivals or (one.page is not None and now[one.page] > 1):
                doubted += rivals
                pending[at] = replace(one, digest=None)
        self._notes.note(pending, gone=gone, doubted=doubted, read=read)

    def _keep_apart(self, file: bytes, rivals: Sequence[bytes]) -> None:
        """Has files keep their records that another one, of the same name and headline, could take for its own."""
        left_out = {record for place in rivals if (record := self._met[place]) is not None}
        # where the other lies alone: elsewhere it would keep the page's own record from being replaced
        if left_out & self._waiting:
            self._known.stays_waiting(file)
        if left_out - self._waiting:
            self._known.stays(file)
        self._replaced.difference_update(left_out)

    def lines(self) -> Iterator[str]:
        """What the summary of a run says of records by other rules."""
        counts = Counter(self._others.values())
        for where, advice in _ADVICE:
            if count := counts[where]:
                records = "record was" if count == 1 else "records were"
                yield f"{count:,} stored {records} made of pages {where} by other rules; {advice}"
        if count := sum(self._relied_on[record] for record in self._replaced):
            left = "page was left out as a copy" if count == 1 else "pages were left out as copies"
            yield f"{count:,} {left} of what was read later and has changed; the next run looks again"

    def _page_of(self, mark: bytes) -> bytes:
        """What a page may be taken for, in this store."""
        return digest_of(self._backend.name, store_of(self._backend), mark.hex())

    def _leave(self, noted: CleanedPage) -> None:
        """Counts a page that is not cleaned."""
        self._met[noted.place] = noted.record
        self._relied_on[noted.record] += 1
        self._tally.listed += 1
        self._tally.asked += 1
        self._tally.spared += 1

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
        found = {}
        for line in self._backend.lines():
            said = said_by(line)
            # a past version is no record of its page as it was last read
            if said is None or said.next is not None:
                continue
            found[said.digest] = said.place
            if (said.processing.rules, said.processing.copydesk) != (rules_digest(), VERSION):
                self._others[said.place] = _ON_WEB if said.source.kind in WEB_KINDS else _ON_DISK
        for said in map(said_by, self._known.waiting):
            if said is not None:
                found[said.digest] = said.place
                self._waiting.add(said.digest)
        self._stored = found

    def _place_of(self, page: Page) -> bytes:
        """Where a page stands; a further one under the same name and address has a place of its own."""
        file = self._file.digest.hex() if self._file else ""
        said = (self._source.hex(), file, page.source.kind, page.source.name, page.url)
        place = digest_of(*said)
        if place in self._met:
            self._further[place] = number = self._further.get(place, 0) + 1
            place = digest_of(*said, str(number))
        self._met[place] = None
        return place

    def _digest_of(self, page: Page) -> bytes:
        """Of all that the record of a page is made of."""
        body = page.body if isinstance(page.body, bytes) else page.body.encode("utf-8", "surrogatepass")
        told = repr(
            (type(page.body).__name__, sorted(page.headers.items()), replace(page, body="", headers={}))
        )
        return digest_of(self._how_here.hex(), told, hashlib.blake2b(body).hexdigest())

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
        return digest_of(self._how_here.hex(), repr(told))


_ON_WEB, _ON_DISK = "of the web", "on the disk"
_ADVICE = (
    (_ON_WEB, "copydesk ingest --from-archive cleans them again"),
    (_ON_DISK, "they are cleaned again when their files are ingested"),
)
