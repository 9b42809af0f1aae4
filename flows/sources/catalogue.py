"""Where pages come from: standard input, folders, kinds of files; the first that takes a name reads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.options import Options
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.records import record_id
from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.posix import open_regular
from copydesk.flows.sources.file_names import is_object_url
from copydesk.flows.sources.folders import FOLDERS, walk
from copydesk.flows.sources.kinds.file_kinds import file_kinds
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.files import FILES, MAX_PAGE_BYTES, FileSource, read_path, shown_name
from copydesk.flows.sources.opening.page_source import (
    FileMemory,
    Input,
    PageSource,
    Reading,
    Span,
    Unreadable,
)
from copydesk.flows.sources.remote import REMOTE_FILES, list_remote, open_remote, read_remote
from copydesk.flows.sources.standard_input import STANDARD_INPUT

__all__ = [
    "FOLDERS", "DiskSource", "Input", "ListedFile", "Place", "Reading", "Unreadable", "kind_of", "list_files", "read_listed",
    "read_pages",
]  # fmt: skip


class ListedFile(Struct, frozen=True):
    """A file of a folder or list that is yet to be opened. ``given``: the file or folder that was named; ``name``: the
    file as records call it, below that folder; ``path``: the file, wherever it is opened from; ``span``: what of it is
    read, None for all; ``remote_bytes``: the size of one that is not on this disk; ``fault``: what is wrong where it is
    not opened.
    """

    given: str
    name: str
    path: str
    span: Span | None = None
    remote_bytes: int = 0
    fault: Unreadable | None = None

    @property
    def is_given(self) -> bool:
        """Whether the file itself was named: then a link is followed."""
        return self.given == self.name


Place = str | ListedFile
"""What was named, or what was found there when it was listed."""


class DiskSource(Struct, frozen=True):
    """A listed source. ``paths``: its files and folders, below ``folder`` ('' for the working directory).

    ``kind``: what the list calls it. ``limit``: at most so many pages a run. ``since``: pages known to have
    been fetched before are left out. ``language``: believed of pages that declare none (BCP 47).
    """

    name: str
    paths: tuple[str, ...]
    folder: str = ""
    reading: Reading = Reading()
    limit: int | None = None
    since: datetime | None = None
    language: str | None = None
    kind: str = "file"


def read_pages(  # noqa: PLR0913 - each a wish of the user's
    names: Iterable[Place | DiskSource],
    *,
    input_: Input = Input.AUTO,
    fields: FieldNames = USUAL_NAMES,
    memory: FileMemory | None = None,
    max_bytes: int = Options().max_bytes,
    notify: Callable[[str], None] | None = None,
) -> Iterator[Page | Unreadable]:
    """The pages of all names, in order; ``-`` is standard input.

    ``fields``: what the fields of pages are called in JSON, CSV and Parquet. ``memory``: what need not be read.
    ``max_bytes``: of a page. ``notify``: as in ``Reading``. Never raises for what a name holds: that is an
    ``Unreadable``.
    """
    usual = Reading(input_, fields, memory, max_bytes, notify)
    for one in names:
        if isinstance(one, DiskSource):
            # None is a page that is too old: a run counts these, a command line does not
            yield from (item for item in read_listed(one, notify=notify) if item is not None)
            continue
        for item in _read(one, usual):
            # cut where cleaning would see that it is too large, if more were not allowed
            is_cut = isinstance(item, Page) and len(item.body) == MAX_PAGE_BYTES <= max_bytes
            if is_cut and item.source.kind not in (FILES.kind, STANDARD_INPUT.kind):
                message = (
                    f"more than {MAX_PAGE_BYTES - 1:,} bytes, and no more is read of a page in such a file"
                )
                yield Unreadable(item.source, "too_large", message)
            else:
                yield item


def list_files(name: str, input_: Input) -> Iterator[ListedFile]:
    """The files of a folder, or the one file that is named, none of them opened; and what is no file there."""
    if is_object_url(name):
        for file in list_remote(name):
            if isinstance(file, Unreadable):
                yield ListedFile(name, name, "", fault=file)
            else:
                yield ListedFile(name, file.name, file.url, remote_bytes=file.bytes)
        return
    if source_of(name, input_) is not FOLDERS:
        yield ListedFile(name, name, os.path.abspath(name))  # noqa: PTH100 - undecodable names stay as they are
        return
    for found in walk(os.path.realpath(name)):
        if isinstance(found, Unreadable):
            yield ListedFile(name, found.source.name, "", fault=found)
        else:
            yield ListedFile(name, *found)


def _read(place: Place, reading: Reading) -> Iterator[Page | Unreadable]:
    if isinstance(place, str):
        return source_of(place, reading.input).read(place, reading)
    if place.fault is not None:
        return iter((place.fault,))
    shown, own = shown_name(place.name), replace(reading, span=place.span)
    kind = _kind_of_file(place.name, reading.input)
    if is_object_url(place.path):
        return read_remote(kind, place.path, shown=shown, reading=own)
    return read_path(kind, place.path, shown=shown, reading=own, follow_link=place.is_given)


def size_of(file: ListedFile) -> int:
    """The bytes of a file; none of one that is not there: whoever opens it reports what is wrong."""
    if is_object_url(file.path):
        return file.remote_bytes
    try:
        return os.stat(file.path).st_size  # noqa: PTH116 - undecodable names stay as they are
    # ValueError: a name with a NUL
    except (OSError, ValueError):
        return 0


def _kind_of_file(name: str, input_: Input) -> FileSource:
    return next(kind for kind in file_kinds(name) if kind.takes(name, input_))


def spans_of(file: ListedFile, reading: Reading) -> list[Span]:
    """The parts of a file that can be read by themselves, in order; none where it has no two, or cannot be read."""
    try:
        with (
            open_remote(file.path)
            if is_object_url(file.path)
            else open_regular(file.path, follow_link=file.is_given)
        ) as opened:
            kind = _kind_of_file(file.name, reading.input)
            spans = kind.spans(opened, shown=shown_name(file.name), reading=reading)
    except Exception:  # noqa: BLE001 - whatever is wrong with the file, its reading reports
        return []
    return spans if len(spans) > 1 else []


def source_of(name: str, input_: Input) -> PageSource:
    """What reads a name. Raises SettingsError where that of another package cannot be loaded."""
    # “-” first: a file of that name is “./-”; folders before files: one may be called “pages.zip”
    kinds: Iterator[PageSource] = chain((STANDARD_INPUT, REMOTE_FILES, FOLDERS), file_kinds(name))
    # the last of them takes every name, so that there always is one
    return next(source for source in kinds if source.takes(name, input_))


def read_listed(
    listed: DiskSource,
    *,
    places: Iterable[Place] | None = None,
    memory: FileMemory | None = None,
    is_known: Callable[[Page | Unreadable], bool] | None = None,
    notify: Callable[[str], None] | None = None,
) -> Iterator[Page | Unreadable | None]:
    """The pages of a source of a list, at most as many as it may have; None for each that is too old.

    ``places``: those of its files that are read, None for all. Pages that ``is_known`` knows, as the list has them, are
    left out and do not count.
    """
    left = listed.limit
    reading = replace(listed.reading, memory=memory, notify=notify)
    # lazily: beyond the limit no further file is opened
    named = listed.paths if places is None else places
    found = (
        (item, place if isinstance(place, str) else place.given)
        for place in named
        for item in _read(place, reading)
    )
    while left is None or left > 0:
        item, path = next(found, (None, ""))
        if item is None:
            return
        if is_too_old(item, listed.since):
            # without counting against the limit: else a list of old pages would use it up in every run
            yield None
            continue
        page = with_list_settings(item, listed, path)
        if is_known is not None and is_known(page):
            continue
        left = None if left is None else left - 1
        yield page


def with_list_settings(item: Page | Unreadable, listed: DiskSource, path: str) -> Page | Unreadable:
    """An item of one of the paths as the list has it: its name there follows the source's, wherever the list lies."""
    inner = item.source.name
    # a file's items are named by its whole path; those of a folder from there, WARC records by themselves
    if inner.startswith(shown_name(path)):
        inner = inner[len(shown_name(listed.folder)) :].lstrip("/")
    source = Source(item.source.kind, f"{listed.name}/{inner}")
    if isinstance(item, Unreadable):
        return replace(item, source=source)
    if listed.language is None:
        return replace(item, source=source)
    # where a server would send it: it counts for less than all that the page declares
    # the right side wins: a Content-Language that the page came with is kept
    headers = {"content-language": listed.language} | {
        name.lower(): value for name, value in (item.headers or {}).items()
    }
    return replace(item, source=source, headers=headers)


def is_too_old(item: Page | Unreadable, since: datetime | None) -> bool:
    """Whether a page is known to have been fetched before."""
    moment = fetched_moment(item)
    return since is not None and moment is not None and moment < since


def fetched_moment(item: Page | Unreadable) -> datetime | None:
    """When a page was fetched; None where that is not known."""
    if not isinstance(item, Page) or item.fetched_at is None:
        return None
    try:
        fetched_at = datetime.fromisoformat(item.fetched_at)
    except ValueError:  # whatever the file has there
        return None
    # a moment without a zone is read as UTC: Python refuses to compare it else
    return fetched_at if fetched_at.tzinfo else fetched_at.replace(tzinfo=UTC)


def kind_of(name: str) -> str:
    """The kind of source that a name is, in a word for people, such as ``folder``, ``stdin``, ``file`` or ``warc``."""
    source = source_of(name, Input.AUTO)
    # for people: in records the pages of a folder have the kind “file”
    return "folder" if source is FOLDERS else source.kind


_SHARD = lazy_pattern(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*")


class Shard(Struct, frozen=True):
    """Share ``number`` (from 1) of ``count``. Each page is in one of them, on every machine and in every run."""

    number: int
    count: int

    def has(self, item: Page | Unreadable) -> bool:
        """Whether a page, or the item in its place, is in this share."""
        if self.count == 1:
            return True
        # as its record will be made
        page = item if isinstance(item, Page) else item.as_page()
        # the first digits of a SHA-256: shares differ by chance alone, whatever URLs have in common
        return int(record_id(page)[:16], 16) % self.count == self.number - 1


def read_shard(text: str) -> Shard:
    """The share that ``2/8`` names. Raises ValueError in words that name no option."""
    found = _SHARD.fullmatch(text)
    number, count = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= count:
        raise ValueError(f"expected K/N with K from 1 to N, such as 2/8, not {text!r}")
    return Shard(number, count)
