"""Which pages on the disk need not be cleaned again: neither they nor what decides over them have changed since their
records were written.

A page is left out if it is as it was noted, and the record that was noted is in the store or waits in the quarantine.
Which record that is, a merge notes (``RecordOutcomes``): the page's own without the blocks of its site, or the one that
is stored in place of it. So a note can be lost or out of date and costs no more than one cleaning. A note is made after
its record is in the journal.

A file is not even read if its inode, size and times are those of when all its pages were noted, and all of their
records are in the store. A file that was changed within ``GRANULARITY_NS`` before it was looked at may be changed once
more without any of that showing: it is read.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from copydesk.cleaners import encode
from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import SCHEMA_VERSION, Record
from copydesk.cleaners.types import Page
from copydesk.flows.gates.quarantine import Quarantine
from copydesk.flows.library.identity import reading_of
from copydesk.flows.sinks.journalled_sink import JournalledSink
from copydesk.flows.library.record_lines import key_of
from copydesk.flows.library.record_rank import RecordRank, rank_of
from copydesk.flows.sources.catalogue import DiskSource, Unreadable
from copydesk.flows.sources.opening.field_names import FieldNames
from copydesk.flows.sources.source_tally import SourceTally
from copydesk.flows.store.cleaned_pages import (
    CleanedPage,
    CleanedPages,
    backend_location,
    digest_of,
    line_content,
    source_digest,
)
from copydesk.flows.store.state import State
from copydesk.flows.web_kinds import WEB_KINDS

GRANULARITY_NS = 2_000_000_000
"""The coarsest times of files in use are those of FAT: two seconds."""
_ON_WEB, _ON_DISK = "of the web", "on the disk"
_ADVICE = {
    _ON_WEB: "copydesk ingest --from-archive cleans them again",
    _ON_DISK: "they are cleaned again when their files are ingested",
}


class _Source(Struct):
    """The source that is read. ``settings``: a digest of all but the page that decides what its record is."""

    digest: bytes
    settings: bytes
    tally: SourceTally
    noted: dict[bytes, CleanedPage]
    """The notes of its pages, by place."""
    in_file: dict[bytes, list[bytes]]
    """The places that are noted of each file."""


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


class _Batch(Struct):
    """What is noted at once. ``pages``: that were cleaned. ``read``: files with their stamps. ``gone``: places."""

    pages: list[CleanedPage] = field(default_factory=list)
    # what pages without a URL may be taken for, as records have it
    files: dict[bytes, bytes] = field(default_factory=dict)
    read: list[tuple[bytes, bytes]] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)


class PendingPage(Struct, frozen=True):
    """A page that was read in this run and is to be cleaned."""

    place: bytes
    source: bytes
    digest: bytes
    file: _File | None
    record: bytes | None
    """Of the record of its own that it had; None where it had none."""


class PageMemory:
    """What is known of pages on the disk, of one store. A context manager; leaving it notes all. Not thread-safe.

    ``begin`` names the source that follows; then ``knows`` is called with each page, in order, and ``note`` with each
    that was cleaned. Memory: some 500 bytes a page of the source and 200 a record of the store.

    ``made_by``: all options that decide what a record is and whether it is stored. ``is_anew``: every page is cleaned.
    Methods raise as those of ``State``.
    """

    def __init__(
        self,
        state: State,
        sink: JournalledSink,
        *,
        made_by: tuple[object, ...],
        quarantine: Quarantine | None,
        is_anew: bool,
    ) -> None:
        self._notes = CleanedPages(state)
        self._sink = sink
        self._backend = sink.backend
        self._quarantine = quarantine
        self._made_by = repr((rules_digest(), VERSION, SCHEMA_VERSION, made_by))
        self._is_anew = is_anew
        # digests of records, of the store and waiting in the quarantine, to the pages they are of
        self._stored: dict[bytes, bytes] = {}
        self._waiting: set[bytes] = set()
        # pages by which rules other than today's their records were made: of the web or on the disk
        self._by_other_rules: dict[bytes, str] = {}
        # where pages were met, with the record of each that was left out
        self._met: dict[bytes, bytes | None] = {}
        self._further: Counter[bytes] = Counter()
        # records whose pages are cleaned in this run, and those of them that were replaced
        self._changed: set[bytes] = set()
        self._replaced: set[bytes | None] = set()
        self._left_out_for: Counter[bytes | None] = Counter()
        # where pages may be met yet that those of an earlier batch may be taken for
        self._doubted: set[bytes] = set()
        self._batch = _Batch()
        self._source = _Source(b"", b"", SourceTally("", ""), {}, {})
        self._file: _File | None = None
        self.pending: PendingPage | None = None
        """The page that ``knows`` was called with last; None where it need not be cleaned."""

    def __enter__(self) -> Self:
        for line in self._backend.lines():
            content = line_content(line)
            # a past version is no record of its page as it was last read
            if content is None or content.next is not None:
                continue
            self._stored[content.digest] = content.place
            if (content.processing.rules, content.processing.copydesk) != (rules_digest(), VERSION):
                self._by_other_rules[content.place] = (
                    _ON_WEB if content.source.kind in WEB_KINDS else _ON_DISK
                )
        for content in map(line_content, self._quarantine.lines() if self._quarantine else ()):
            if content is not None:
                self._stored[content.digest] = content.place
                self._waiting.add(content.digest)
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def begin(self, source: str | DiskSource, fields: FieldNames, tally: SourceTally) -> None:
        """Goes on to a source; pages that are unchanged are counted in its tally."""
        read_by = (source.reading, source.language) if isinstance(source, DiskSource) else fields
        digest = source_digest(self._backend, source)
        noted = {page.place: page for page in self._notes.of(digest)}
        in_file: dict[bytes, list[bytes]] = {}
        for page in noted.values():
            if page.file is not None:
                in_file.setdefault(page.file, []).append(page.place)
        self._source = _Source(digest, digest_of(self._made_by, repr(read_by)), tally, noted, in_file)
        self._file = None

    def has_all_of(self, path: str, *, follow_link: bool) -> bool:
        """Whether a file is as it was when the last of its pages was written; see ``FileMemory``."""
        stamp = self._stamp(path, follow_link=follow_link)
        digest = digest_of(self._source.digest.hex(), os.path.realpath(path) if follow_link else path)
        self._file = _File(digest, stamp)
        pages = [self._source.noted[place] for place in self._source.in_file.get(digest, ())]
        if stamp is None or not pages:
            return False
        if not all(page.stamp == stamp and page.digest and self._is_written(page) for page in pages):
            return False
        for page in pages:
            self._leave_out(page)
        self._file = None
        return True

    def _is_written(self, noted: CleanedPage) -> bool:
        if self._is_anew or noted.record in self._changed:
            return False
        # left out, a doubted one would have no part in the merge, and lose its record to the other
        return noted.place not in self._doubted and noted.record in self._stored

    def has_ended(self) -> None:
        """Notes that the file was read to its end."""
        if self._file is not None:
            self._file.has_ended = True
            self._complete(self._file)
        self._file = None

    def leave_out(self) -> None:
        """Notes that a page was left out for another reason: its file has more than is written of it."""
        if self._file is not None:
            self._file.is_whole = False

    def knows(self, item: Page | Unreadable) -> bool:
        """Whether a page need not be cleaned; it is counted then."""
        self.pending = None
        if isinstance(item, Unreadable):
            self.leave_out()
            return False
        place, digest = self._place_of(item), self._digest_of(item)
        noted = self._source.noted.get(place)
        if self._file is not None:
            self._file.pages += 1
        if noted is not None and noted.digest == digest and self._is_written(noted):
            if self._file is not None:
                self._file.written += 1
            self._leave_out(noted)
            return True
        # a record that others may have been left out for; of a page that was left out itself there is none
        before = None
        if noted is not None and self._stored.get(noted.record) == digest_of(
            item.source.kind, item.source.name, item.url
        ):
            before = noted.record
            self._changed.add(before)
        self.pending = PendingPage(place, self._source.digest, digest, self._file, before)
        return False

    def _leave_out(self, noted: CleanedPage) -> None:
        """Counts a page that is not cleaned."""
        self._met[noted.place] = noted.record
        self._left_out_for[noted.record] += 1
        self._source.tally.listed += 1
        self._source.tally.requested += 1
        self._source.tally.spared += 1

    def note(self, pending: PendingPage, record: Record, *, is_waiting: bool) -> None:
        """Notes that the record of a page is written, or waits in the quarantine: what is stored of it stays then. A
        failed page is tried again, and not noted.
        """
        if record.status == "failed":
            return
        line = encode(record)
        content, key = line_content(line), key_of(line)
        assert content is not None  # noqa: S101 - made of a record
        self._by_other_rules.pop(content.place, None)
        # what is empty this time takes nothing from what was read before
        holds = rank_of(record.status, record.reason) > RecordRank.UNAVAILABLE
        if holds and not is_waiting and pending.record not in (None, content.digest):
            self._replaced.add(pending.record)
        self._changed.discard(content.digest)
        page = None
        if key is not None:
            reading = reading_of(key)
            # by what a record is replaced by that of another page; in another store it replaces nothing
            taken_for = reading.url_keys[0] if key.url is not None else reading.file
            if taken_for is not None:
                page = digest_of(self._backend.name, backend_location(self._backend), taken_for.hex())
                if key.url is None:
                    self._batch.files[page] = taken_for
        file = pending.file
        self._batch.pages.append(
            CleanedPage(
                place=pending.place,
                source=pending.source,
                file=file.digest if file else None,
                digest=pending.digest,
                record=content.digest,
                page=page,
            )
        )
        if file is not None:
            file.written += 1
            self._complete(file)

    def _complete(self, file: _File) -> None:
        if not file.is_written:
            return
        noted = self._source.in_file.get(file.digest, ())
        self._batch.gone += [place for place in noted if place not in self._met]
        if file.stamp is not None:
            self._batch.read.append((file.digest, file.stamp))

    def flush(self) -> None:
        """Keeps what was noted; all of it, or nothing where that fails."""
        batch, self._batch = self._batch, _Batch()
        if not (batch.pages or batch.read or batch.gone):
            return
        counts = Counter(one.page for one in batch.pages if one.page is not None)
        alike = self._notes.alike(list(counts))
        doubted: list[bytes] = []
        for at, one in enumerate(batch.pages):
            if one.page is None:
                continue
            others = [place for place in alike.get(one.page, ()) if place != one.place]
            rivals = [place for place in others if place in self._met]
            unmet = [place for place in others if place not in self._met]
            self._doubted.update(unmet)
            batch.gone += unmet
            if one.page in batch.files:
                self._keep_apart(batch.files[one.page], rivals)
            # of pages at one URL all are read in a run, or none: else one takes another's place
            elif rivals or counts[one.page] > 1:
                doubted += rivals
                batch.pages[at] = replace(one, digest=None)
        self._notes.note(batch.pages, gone=batch.gone, doubted=doubted, read=batch.read)

    def _keep_apart(self, file: bytes, rivals: Sequence[bytes]) -> None:
        """Has files keep their records that another one, of the same name and headline, could replace."""
        left_out = {record for place in rivals if (record := self._met[place]) is not None}
        # where the other lies alone: elsewhere it would keep the page's own record from being replaced
        if self._quarantine is not None and left_out & self._waiting:
            self._quarantine.stays(file)
        if left_out - self._waiting:
            self._sink.stays(file)
        self._replaced.difference_update(left_out)

    def lines(self) -> Iterator[str]:
        """What the summary of a run reports of records made by other rules, and of copies to look at again."""
        counts = Counter(self._by_other_rules.values())
        for where, advice in _ADVICE.items():
            if count := counts[where]:
                records = "record was" if count == 1 else "records were"
                yield f"{count:,} stored {records} made of pages {where} by other rules; {advice}"
        if count := sum(self._left_out_for[record] for record in self._replaced):
            left = "page was left out as a copy" if count == 1 else "pages were left out as copies"
            yield f"{count:,} {left} of what was read later and has changed; the next run looks again"

    def _place_of(self, page: Page) -> bytes:
        """Where a page is; a further one under the same name and URL has a place of its own."""
        file = self._file.digest.hex() if self._file else ""
        named = (self._source.digest.hex(), file, page.source.kind, page.source.name, page.url)
        place = digest_of(*named)
        if place in self._met:
            self._further[place] += 1
            place = digest_of(*named, str(self._further[place]))
        self._met[place] = None
        return place

    def _digest_of(self, page: Page) -> bytes:
        """Of all that the record of a page is made of."""
        body = page.body if isinstance(page.body, bytes) else page.body.encode("utf-8", "surrogatepass")
        rest = repr(
            (type(page.body).__name__, sorted(page.headers.items()), replace(page, body="", headers={}))
        )
        return digest_of(self._source.settings.hex(), rest, hashlib.blake2b(body).hexdigest())

    def _stamp(self, path: str, *, follow_link: bool) -> bytes | None:
        """A file's state, and how it is read; None where that does not show whether it was changed."""
        now = time.time_ns()
        try:
            found = os.stat(path, follow_symlinks=follow_link)  # noqa: PTH116 - undecodable names stay as they are
        # ValueError: a name with a NUL. Whoever opens the file reports what is wrong with it
        except (OSError, ValueError):
            return None
        last = max(found.st_mtime_ns, found.st_ctime_ns)
        if not stat.S_ISREG(found.st_mode) or last > now - GRANULARITY_NS:
            return None
        state = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        return digest_of(self._source.settings.hex(), repr(state))
