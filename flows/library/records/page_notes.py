"""Which pages of files are known, by notes on them: without the library, so that a machine that only cleans can tell.

A page is left out if it is as it was noted, with the rules and options that decide over it, and its record is what it
was. A whole file is not even opened if inode, size and times are those of its notes. A file that was changed within
``GRANULARITY_NS`` before it was looked at is opened, because a second change might not show in its times.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.types import Page
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.sources.file_names import is_object_url

GRANULARITY_NS = 2_000_000_000
"""The coarsest times of files in use are those of FAT: two seconds."""


def digest_of(*parts: str | None) -> bytes:
    """A digest of 16 bytes of some texts, None apart from an empty one."""
    # each with its length; of a million digests of 16 bytes no two meet (10⁻²⁷)
    joined = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(joined.encode("utf-8", "backslashreplace"), digest_size=16).digest()


def file_digest(source: bytes, path: str, *, follow_link: bool) -> bytes:
    """The digest of a file of a source, by the digest of that."""
    return digest_of(source.hex(), real(path) if follow_link else path)


def real(path: str) -> str:
    """A whole path without links; the URL of what is elsewhere."""
    return path if is_object_url(path) else os.path.realpath(path)


def absolute(path: str) -> str:
    """A whole path; undecodable names stay as they are."""
    return path if is_object_url(path) else os.path.abspath(path)  # noqa: PTH100


class Noted(Struct, frozen=True):
    """The note of a page: where it is, in which file, what it was, the state of its file, the number of its record, and
    whether that is what it was.
    """

    place: bytes
    file: bytes | None
    digest: bytes | None
    stamp: bytes | None
    number: int | None
    is_good: bool


class FileRead(Struct):
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
    """A page that was read in this run and is to be cleaned; one that could not be read has no digest."""

    place: bytes
    source: bytes
    digest: bytes | None
    file: FileRead | None


class PageNotes:
    """Notes on the pages of a source, some or all. Not thread-safe.

    ``knows`` is called with each page, in order. ``is_anew``: no page is known.
    """

    def __init__(self, *, is_anew: bool) -> None:
        self._is_anew = is_anew
        # how often each place was met, and those of pages that were left out
        self._met: Counter[bytes] = Counter()
        self._left_out: set[bytes] = set()
        # records whose pages are cleaned in this run: those that were left out as copies are looked at again
        self._changing: set[int] = set()
        # files that are written whole, to be noted with the next batch
        self._files_read: list[FileRead] = []
        # of the source that is read: its digest, one of all but the page that decides what its record is, the notes of
        # its pages by place, and those of each file
        self._source = self._settings = b""
        self._tally = SourceTally("", "")
        self._noted: dict[bytes, Noted] = {}
        self._in_file: dict[bytes, list[Noted]] = {}
        self._file: FileRead | None = None
        self.pending: PendingPage | None = None
        """The page that ``knows`` was called with last; None where it need not be cleaned."""

    def go_on(self, source: bytes, settings: bytes, notes: Iterable[Noted], tally: SourceTally) -> None:
        """Goes on to a source; pages that are unchanged are counted in its tally."""
        self._source, self._settings, self._tally = source, settings, tally
        self._noted, self._in_file = {}, {}
        for noted in notes:
            self._noted[noted.place] = noted
            if noted.file is not None:
                self._in_file.setdefault(noted.file, []).append(noted)
        self._file = None

    def has_all_of(self, path: str, *, follow_link: bool) -> bool:
        """Whether a file is as it was when the last of its pages was written; see ``FileMemory``."""
        stamp = self._stamp(path, follow_link=follow_link)
        digest = file_digest(self._source, path, follow_link=follow_link)
        pages = self._in_file.get(digest, [])
        self._file = FileRead(digest, os.fsencode(absolute(path)), stamp, [page.place for page in pages])
        if stamp is None or not pages:
            return False
        if not all(page.stamp == stamp and page.digest and self._is_written(page) for page in pages):
            return False
        for page in pages:
            self._met[page.place] += 1
            self._count_left_out(page.place)
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
        place = self._place_of(item)
        if isinstance(item, Unreadable):
            self.leave_out()
            # what is noted of the page while it could be read stays
            is_noted = place in self._noted
            self.pending = None if is_noted else PendingPage(place, self._source, None, self._file)
            return False
        self.pending, digest = None, self._digest_of(item)
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

    def _is_written(self, noted: Noted) -> bool:
        """Whether the record that was noted is what it was, and no page of it was read otherwise in this run."""
        return noted.is_good and noted.number not in self._changing and not self._is_anew

    def _count_left_out(self, place: bytes) -> None:
        self._left_out.add(place)
        self._tally.listed += 1
        self._tally.requested += 1
        self._tally.spared += 1

    def _place_of(self, page: Page | Unreadable) -> bytes:
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

    def _complete(self, file: FileRead) -> None:
        if file.is_written:
            self._files_read.append(file)
