"""ZIP and tar archives, read member by member as if they were folders: nothing is unpacked to disk.

A page's name is that of the archive, ``!/`` and its own: ``pages.zip!/a/b.html``. Names that lead out of the
archive are refused, links are not followed, and what grows beyond all measure is stopped.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import IO, BinaryIO

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.decompression import READ_BYTES, Damaged
from copydesk.flows.sources.kinds.tar_members import tar_members
from copydesk.flows.sources.opening.files import (
    EMPTY,
    FILE,
    FileSource,
    guarded,
    is_about_the_folder,
    is_empty,
    is_of_a_page,
    read_guarded,
    seekable,
)
from copydesk.flows.sources.opening.inflating import (
    MAX_INFLATED_SHARE,
    InflatesTooFar,
    Pieces,
    damage_errors,
    is_too_far,
    peekable,
    unpacked,
    without_packing,
)
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable
from copydesk.flows.sources.opening.signatures import named_wrong, suffix_in_zip

MAX_DEPTH = 2
"""Archives in archives are read so deep."""
# set by hand: more than anybody looks at one by one
MOST_EMPTY = 100
"""So many empty files of an archive have a record each."""

# set by hand, 300,000 entries of some 160 bytes: more is held at once, less refuses larger archives
_MAX_LIST_BYTES = 50_000_000
_MAX_MEMBERS = 300_000  # zipfile holds the whole list of a ZIP archive, at 400 to 800 bytes a member
_LISTED = b"PK\x01\x02"  # begins a member's entry in the list
# “C:pages” names a drive where Windows unpacks it
_DRIVE = lazy_pattern(r"[A-Za-z]:")


class ArchiveFiles(FileSource):
    """The files in an archive, in its order; hidden ones and a README are skipped, as in folders.

    ``member_kinds``: what members may be, besides archives themselves; the first that takes a name reads it.
    """

    kind = FILE

    def __init__(self, member_kinds: Callable[[str], Iterable[FileSource]]) -> None:
        self._member_kinds = member_kinds

    def takes(self, name: str, input_: Input) -> bool:  # noqa: ARG002 - what is in it may be anything
        return _is_zip(name) or _is_tar(name)

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        return _limit_empty_files(self._read_archive(file, shown, reading, depth=1), shown)

    def _read_archive(
        self, file: BinaryIO, shown: str, reading: Reading, *, depth: int
    ) -> Iterator[Page | Unreadable]:
        if is_empty(file):
            yield Unreadable(Source(self.kind, shown), *EMPTY)
            return
        file = peekable(file)
        if _is_zip(shown) and (suffix := suffix_in_zip(file.peek())) != ".zip":
            yield Unreadable(Source(self.kind, shown), "wrong_type", named_wrong(suffix))
            return
        # the list of a ZIP archive's members is at its end
        names: set[str] = set()
        members = zip_members(seekable(file), names) if _is_zip(shown) else _tar_members(file, shown)
        item: Page | Unreadable | None = None
        try:
            for member in members:
                # of a tar the names are known as they come: what a page has is mostly behind it
                names.add(member[0])
                if is_of_a_page(member[0], names):
                    continue
                for item in self._read_member(member, shown, reading, depth):
                    yield item
        except (EOFError, Damaged, InflatesTooFar) as error:
            # what ended a member ended the archive with it, and is reported already
            if not (isinstance(item, Unreadable) and item.message == str(error)):
                raise

    def _read_member(
        self, member: _Member, archive: str, reading: Reading, depth: int
    ) -> Iterator[Page | Unreadable]:
        name, content = member
        shown = f"{archive}!/{name}"
        source = Source(self.kind, shown)
        if isinstance(content, tuple):
            yield Unreadable(source, *content)
        elif not _is_safe(name):
            yield Unreadable(source, "outside", "a name that leads out of the archive")
        elif _is_skipped(name):
            return
        elif not self.takes(name, reading.input):
            kind = next(kind for kind in self._member_kinds(name) if kind.takes(name, reading.input))
            yield from read_guarded(kind, content, shown=shown, reading=reading)
        elif depth == MAX_DEPTH:
            yield Unreadable(source, "too_complex", f"archives nested more than {MAX_DEPTH} deep")
        else:
            yield from guarded(source, self._read_archive(content, shown, reading, depth=depth + 1))


def _is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def _is_tar(name: str) -> bool:
    return without_packing(name).lower().endswith((".tar", ".tgz"))


def _limit_empty_files(items: Iterator[Page | Unreadable], shown: str) -> Iterator[Page | Unreadable]:
    """All but the many empty files that a few bytes of an archive may encode; one item reports them."""
    empty = 0
    for item in items:
        if isinstance(item, Page):
            is_without = item.source.kind == FILE and not item.body
        else:
            is_without = (item.reason, item.message) == EMPTY
        empty += is_without
        if not is_without or empty <= MOST_EMPTY:
            yield item
        elif empty == MOST_EMPTY + 1:
            message = f"more than {MOST_EMPTY} files in it are empty; the further ones have no record"
            yield Unreadable(Source(FILE, shown), "empty", message)


def _is_safe(name: str) -> bool:
    # ZIP archives made on Windows may part names by backslashes
    parts = name.replace("\\", "/").split("/")
    return not (name.startswith(("/", "\\")) or ".." in parts or "\0" in name or _DRIVE.match(name))


def _is_skipped(name: str) -> bool:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return (
        not parts
        # macOS puts what it knows of a file (icons, labels) into __MACOSX
        or any(part.startswith(".") or part == "__MACOSX" for part in parts)
        or is_about_the_folder(parts[-1])
    )


_Member = tuple[str, BinaryIO | tuple[str, str]]
"""A member's name and its content, or reason and message where there is none to be had."""


def zip_members(file: BinaryIO, names: set[str] | None = None) -> Iterator[_Member]:
    """The members; before the first, the names of all go into ``names``.

    Raises Damaged where the list of members cannot be read, InflatesTooFar where it or all of them are beyond measure.
    """
    size = file.seek(0, io.SEEK_END)
    with damage_errors("ZIP archive, or one that was cut"):
        archive = zipfile.ZipFile(_BoundedReads(file))
    inflated = Counter[str]()
    with archive:
        if names is not None:
            names.update(archive.namelist())
        for info in archive.infolist():
            # an entry of a folder: its files have entries of their own
            if info.filename.endswith("/"):
                continue
            if fault := _zip_fault(info, size):
                yield info.filename, fault
                continue
            try:
                with damage_errors("member of a ZIP archive"):
                    member = archive.open(info)
            except (Damaged, EOFError) as error:
                yield info.filename, ("damaged", str(error))
                continue
            # never above the archive's size: a false claim would raise the bound
            content = _zip_content(member, min(info.compress_size, size), inflated)
            yield info.filename, io.BufferedReader(Pieces(content))
            # after each member: many that stay within their own bounds may pass the archive's together
            if is_too_far(inflated["bytes"], size):
                raise InflatesTooFar(f"all of it is more than {MAX_INFLATED_SHARE} times its size")


class _BoundedReads:
    """A file as zipfile reads it, which takes the whole list of members in one read. Raises InflatesTooFar instead of
    giving it a list that could not be held: only here is seen which of the lengths in an archive is used.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, count: int = -1) -> bytes:
        if count > _MAX_LIST_BYTES:
            raise InflatesTooFar(f"a list of members of {count:,} bytes")
        data = self._file.read(count)
        if (members := data.count(_LISTED)) > _MAX_MEMBERS:
            raise InflatesTooFar(f"a list of {members:,} members; {_MAX_MEMBERS:,} can be held")
        return data


def _zip_fault(info: zipfile.ZipInfo, size: int) -> tuple[str, str] | None:
    """Why a member of an archive of so many bytes cannot be read."""
    if not info.filename:
        return "damaged", "a member without a name"
    if not 0 <= info.header_offset < size:
        return "damaged", "a member that lies outside of the archive"
    # bit 0: encrypted (PKWARE's APPNOTE, 4.4.4)
    if info.flag_bits & 1:
        return "unreadable", "encrypted"
    # the upper half is the mode of the file where a Unix made the archive, and 0 from other systems
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "not_a_file", "a link, not followed" if stat.S_ISLNK(mode) else "no file"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "unreadable", "compressed in a way that is not read"
    return None


def _zip_content(content: IO[bytes], packed: int, inflated: Counter[str]) -> Iterator[bytes]:
    """The content of a member, which refuses to grow beyond all measure. Raises Damaged, EOFError, InflatesTooFar."""
    own = 0
    while True:
        with damage_errors("member of a ZIP archive"):
            data = content.read(READ_BYTES)
        if not data:
            return
        own += len(data)
        inflated["bytes"] += len(data)
        if is_too_far(own, packed):
            raise InflatesTooFar(f"inflates to more than {MAX_INFLATED_SHARE} times its size")
        yield data


def _tar_members(file: BinaryIO, shown: str) -> Iterator[_Member]:
    # unpacked() goes by the suffix: “a.tgz” is “a.gz” to it
    packing = f"{shown[:-4]}.gz" if shown.lower().endswith(".tgz") else shown
    for member in tar_members(unpacked(file, packing)):
        name = member.name.decode("utf-8", "backslashreplace")
        # typeflags of POSIX ustar: 0 and 7 are files, 5 is a folder, 1 and 2 are links
        match member.kind:
            case "0" | "7":
                yield name, io.BufferedReader(member.content)
            case "5":
                pass
            case "":
                yield "?", ("damaged", "a damaged header; what follows up to the next one is lost")
            case kind:
                yield name, ("not_a_file", "a link, not followed" if kind in "12" else "no file")
