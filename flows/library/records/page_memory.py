"""Which pages on the disk need not be cleaned again.

Each cleaned page has a note, written in one transaction with its record. A page is skipped if two things are unchanged
since its note: the page (with the rules and options that decide over it), and its record. A whole file is not even
opened if inode, size and times are those of its note and all of its records are there. A file that was changed within
``GRANULARITY_NS`` before it was looked at is opened, because a second change might not show in its times.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import SCHEMA_VERSION, Record
from copydesk.cleaners.types import Page
from copydesk.flows.io.databases import batched, execute_all
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.plan import Outcome
from copydesk.flows.library.records.record_table import rules_of
from copydesk.flows.library.tables import page as page_table
from copydesk.flows.library.tables import page_file, put_into, record
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.catalogue import DiskSource, Unreadable
from copydesk.flows.sources.opening.field_names import FieldNames
from copydesk.flows.sources.standard_input import NAME as STANDARD_INPUT_NAME
from copydesk.flows.web_kinds import WEB_KINDS

GRANULARITY_NS = 2_000_000_000
"""The coarsest times of files in use are those of FAT: two seconds."""


def digest_of(*parts: str | None) -> bytes:
    """A digest of 16 bytes of some texts, None apart from an empty one."""
    # each with its length; of a million digests of 16 bytes no two meet (10⁻²⁷)
    joined = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(joined.encode("utf-8", "backslashreplace"), digest_size=16).digest()


MadeBy = Callable[[str], tuple[object, ...]]


class _Noted(Struct, frozen=True):
    digest: bytes | None
    stamp: bytes | None
    number: int | None
    is_good: bool


class _File(Struct):
    """A file that is read, and how many of its pages are known to be written. ``path``: whole."""

    digest: bytes
    path: bytes
    stamp: bytes | None
    gone: list[bytes]
    pages: int = 0
    written: int = 0
    is_whole: bool = True
    has_ended: bool = False

    @property
    def is_written(self) -> bool:
        return self.has_ended and self.is_whole and self.pages == self.written


class PendingPage(Struct, frozen=True):
    """A page that was read in this run and is to be cleaned."""

    place: bytes
    source: bytes
    digest: bytes
    file: _File | None


class PageMemory:
    """What is known of pages on the disk. Not thread-safe.

    ``begin`` names the source that follows; then ``knows`` is called with each page, in order, and ``note`` with each
    that was cleaned. Memory: some 500 bytes a page of the source.

    ``made_by``: gives all options that decide what the records of a source are, by its name, and whether they are
    stored. ``is_anew``: every page is cleaned.
    Methods raise as those of ``Library``.
    """

    def __init__(self, library: Library, *, made_by: MadeBy, is_anew: bool) -> None:
        self._library = library
        self._made_by = made_by
        self._is_anew = is_anew
        # how often each place was met, and those of pages that were left out
        self._met: Counter[bytes] = Counter()
        self._left_out: set[bytes] = set()
        # records whose pages are cleaned in this run: those that were left out as copies are looked at again
        self._changing: set[int] = set()
        # what is noted with the next batch: pages, and files that are written whole
        self._notes: list[tuple[PendingPage, Record, Outcome]] = []
        self._files_read: list[_File] = []
        # of the source that is read: its digest, one of all but the page that decides what its record is, the notes of
        # its pages by place, and the places that are noted of each file
        self._source = self._settings = b""
        self._tally = SourceTally("", "")
        self._noted: dict[bytes, _Noted] = {}
        self._in_file: dict[bytes, list[bytes]] = {}
        self._file: _File | None = None
        self.pending: PendingPage | None = None
        """The page that ``knows`` was called with last; None where it need not be cleaned."""

    # --- what is read

    def begin(self, source: str | DiskSource, fields: FieldNames, tally: SourceTally) -> None:
        """Goes on to a source; pages that are unchanged are counted in its tally."""
        read_by = (source.reading, source.language) if isinstance(source, DiskSource) else fields
        self._source, self._tally = source_digest(source), tally
        made_by = (rules_digest(), VERSION, SCHEMA_VERSION, self._made_by(tally.name))
        self._settings = digest_of(repr(made_by), repr(read_by))
        self._noted, self._in_file = {}, {}
        query = (
            sa.select(
                *(page_table.c[name] for name in ("place", "file", "digest", "stamp", "number")), _is_good()
            )
            .outerjoin(record, record.c.number == page_table.c.number)
            .where(page_table.c.source == self._source)
        )
        with self._library.reading() as connection:
            for place, file, of_page, stamp, number, is_good in connection.execute(query):
                self._noted[place] = _Noted(of_page, stamp, number, bool(is_good))
                if file is not None:
                    self._in_file.setdefault(file, []).append(place)
        self._file = None

    def has_all_of(self, path: str, *, follow_link: bool) -> bool:
        """Whether a file is as it was when the last of its pages was written; see ``FileMemory``."""
        stamp = self._stamp(path, follow_link=follow_link)
        digest = digest_of(self._source.hex(), os.path.realpath(path) if follow_link else path)
        places = self._in_file.get(digest, [])
        self._file = _File(digest, os.fsencode(_absolute(path)), stamp, places)
        pages = [self._noted[place] for place in places]
        if stamp is None or not pages:
            return False
        if not all(page.stamp == stamp and page.digest and self._is_written(page) for page in pages):
            return False
        for place in places:
            self._met[place] += 1
            self._count_left_out(place)
        self._file = None
        return True

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
        noted = self._noted.get(place)
        if self._file is not None:
            self._file.pages += 1
        if noted is not None and noted.digest == digest and self._is_written(noted):
            if self._file is not None:
                self._file.written += 1
            self._count_left_out(place)
            return True
        if noted is not None and noted.number is not None:
            self._changing.add(noted.number)
        self.pending = PendingPage(place, self._source, digest, self._file)
        return False

    def _is_written(self, noted: _Noted) -> bool:
        """Whether the record that was noted is what it was, and no page of it was read otherwise in this run."""
        return noted.is_good and noted.number not in self._changing and not self._is_anew

    def _count_left_out(self, place: bytes) -> None:
        self._left_out.add(place)
        self._tally.listed += 1
        self._tally.requested += 1
        self._tally.spared += 1

    def _place_of(self, page: Page) -> bytes:
        """Where a page is; a further one under the same name and URL has a place of its own."""
        file = self._file.digest.hex() if self._file else ""
        named = (self._source.hex(), file, page.source.kind, page.source.name, page.url)
        first = place = digest_of(*named)
        if further := self._met[first]:
            place = digest_of(*named, str(further))
            self._met[place] += 1
        self._met[first] += 1
        return place

    def _digest_of(self, page: Page) -> bytes:
        """Of all that the record of a page is made of."""
        body = page.body if isinstance(page.body, bytes) else page.body.encode("utf-8", "surrogatepass")
        rest = repr(
            (type(page.body).__name__, sorted(page.headers.items()), replace(page, body="", headers={}))
        )
        return digest_of(self._settings.hex(), rest, hashlib.blake2b(body).hexdigest())

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
        return digest_of(self._settings.hex(), repr(state))

    # --- what is noted

    def note(self, pending: PendingPage, made: Record, outcome: Outcome) -> None:
        """Notes that the record of a page is written. A failed page is tried again, and not noted."""
        if made.status == "failed":
            return
        self._notes.append((pending, made, outcome))
        if pending.file is not None:
            pending.file.written += 1
            self._complete(pending.file)

    def _complete(self, file: _File) -> None:
        if file.is_written:
            self._files_read.append(file)

    @property
    def has_notes(self) -> bool:
        """Whether there is something to write."""
        return bool(self._notes or self._files_read)

    def write(self, connection: sa.Connection) -> None:
        """Writes the notes, within the transaction of their records."""
        notes, self._notes = self._notes, []
        files_read, self._files_read = self._files_read, []
        rows = [
            {
                "place": pending.place,
                "source": pending.source,
                "file": pending.file.digest if pending.file else None,
                "digest": pending.digest,
                "number": outcome.number,
                "made": outcome.made,
                "is_left_out": False,
                "stamp": None,
            }
            for pending, _, outcome in notes
        ]
        execute_all(connection, put_into(connection.dialect, page_table), rows)
        files = {pending.file.digest: pending.file.path for pending, _, _ in notes if pending.file}
        paths = [{"file": digest, "path": path} for digest, path in files.items()]
        execute_all(connection, put_into(connection.dialect, page_file), paths)
        # of pages at one URL all are read in a run, or none: else one takes another's place
        again = {outcome.number for _, made, outcome in notes if outcome.is_again and made.url is not None}
        for some in batched(sorted(number for number in again if number is not None)):
            connection.execute(sa.update(page_table).where(page_table.c.number.in_(some)).values(digest=None))
        for file in files_read:
            gone = [place for place in file.gone if not self._met[place]]
            for some_places in batched(gone):
                connection.execute(sa.delete(page_table).where(page_table.c.place.in_(some_places)))
        stamps = [{"of": file.digest, "to": file.stamp} for file in files_read if file.stamp is not None]
        change = sa.update(page_table).where(page_table.c.file == sa.bindparam("of"))
        execute_all(connection, change.values(stamp=sa.bindparam("to")), stamps)

    def lines(self) -> Iterator[str]:
        """What the summary of a run reports of copies to look at again."""
        if not self._left_out:
            return
        query = (
            sa.select(page_table.c.place)
            .outerjoin(record, record.c.number == page_table.c.number)
            .where(page_table.c.digest.is_not(None), sa.not_(_is_good()))
        )
        with self._library.reading() as connection:
            stale = self._left_out.intersection(connection.execute(query).scalars())
        if count := len(stale):
            left = "page was left out as a copy" if count == 1 else "pages were left out as copies"
            yield f"{count:,} {left} of what was read later and has changed; the next run looks again"


def _is_good() -> sa.ColumnElement[bool]:
    """Whether the record that was noted for a page is what it was."""
    is_same = (record.c.made == page_table.c.made) & record.c.next.is_(None)
    return sa.func.coalesce(is_same, sa.false())


def lines_of_other_rules(library: Library) -> Iterator[str]:
    """What the summary of a run reports of records that other rules have made."""
    current = rules_of(VERSION, rules_digest())
    query = sa.select(record.c.source_kind, sa.func.count()).group_by(record.c.source_kind)
    counts: Counter[bool] = Counter()
    with library.reading() as connection:
        # one after the other: what differs would be looked for in all records
        for others in (record.c.rules < current, record.c.rules > current):
            found = query.where(record.c.next.is_(None), record.c.gate.is_(None), others)
            for kind, count in connection.execute(found):
                counts[kind in WEB_KINDS] += count
    for is_on_web, where, advice in (
        (True, "of the web", "copydesk ingest --from-archive cleans them again"),
        (False, "on the disk", "they are cleaned again when their files are ingested"),
    ):
        if count := counts[is_on_web]:
            records = "record was" if count == 1 else "records were"
            yield f"{count:,} stored {records} made of pages {where} by other rules; {advice}"


def source_digest(source: str | DiskSource) -> bytes:
    """The digest of a source on the disk, by whole paths: the same however they are written."""
    paths: Sequence[str]
    if isinstance(source, DiskSource):
        paths = source.paths
        named = (source.name, _absolute(source.folder), tuple(map(_absolute, source.paths)))
    else:
        # standard input lies nowhere
        paths, named = (source,), (source if source == STANDARD_INPUT_NAME else _absolute(source), "", ())
    # the names and where they are: a link may come to lead to other files of the same names
    return digest_of(repr((*named, tuple(map(os.path.realpath, paths)))))


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - undecodable names stay as they are
