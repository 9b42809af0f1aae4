"""Where pages come from: standard input, folders, kinds of files; the first that takes a name reads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.options import Options
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.records import record_id
from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.posix import open_regular
from copydesk.flows.sources.file_names import is_object_url
from copydesk.flows.sources.folders import list_folder
from copydesk.flows.sources.kinds.file_kinds import file_kinds
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.files import (
    FILE,
    MAX_PAGE_BYTES,
    FileSource,
    fault_of,
    read_guarded,
    shown_name,
)
from copydesk.flows.sources.opening.page_source import (
    FileMemory,
    Input,
    ListedFile,
    Reading,
    Span,
    Unreadable,
)
from copydesk.flows.sources.remote import REMOTE, list_remote, open_remote
from copydesk.flows.sources.standard_input import KIND as STANDARD_INPUT_KIND
from copydesk.flows.sources.standard_input import NAME as STANDARD_INPUT_NAME
from copydesk.flows.sources.standard_input import read_standard_input

__all__ = [
    "DiskSource", "Input", "ListedFile", "Place", "Reading", "Unreadable", "kind_of", "list_files", "read_listed", "read_pages",
]  # fmt: skip

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
            if is_cut and item.source.kind not in (FILE, STANDARD_INPUT_KIND):
                message = (
                    f"more than {MAX_PAGE_BYTES - 1:,} bytes, and no more is read of a page in such a file"
                )
                yield Unreadable(item.source, "too_large", message)
            else:
                yield item


def list_files(name: str) -> Iterator[ListedFile]:
    """The files of a folder, or the one file that is named, none of them opened; and what is no file there."""
    if is_object_url(name):
        return list_remote(name)
    # folders before files: one may be called “pages.zip”
    return list_folder(name) if os.path.isdir(name) else iter((ListedFile(name, name, name),))  # noqa: PTH112


def _read(place: Place, reading: Reading) -> Iterator[Page | Unreadable]:
    # a file of that name is “./-”
    if place == STANDARD_INPUT_NAME:
        yield from read_standard_input(reading)
        return
    for file in list_files(place) if isinstance(place, str) else (place,):
        yield from _read_file(file, reading)


def _read_file(file: ListedFile, reading: Reading) -> Iterator[Page | Unreadable]:
    if file.fault is not None:
        yield file.fault
        return
    memory, kind = reading.memory, _kind_of_file(file.name, reading.input)
    if memory is not None and memory.has_all_of(file.path, follow_link=file.is_given):
        return
    shown = shown_name(file.name)
    try:
        with _opened(file) as opened:
            yield from read_guarded(kind, opened, shown=shown, reading=replace(reading, span=file.span))
    except Exception as error:  # noqa: BLE001 - each file system has errors of its own
        yield fault_of(Source(kind.kind, shown), error)
    if memory is not None:
        memory.has_ended()


def _opened(file: ListedFile) -> AbstractContextManager[BinaryIO]:
    if is_object_url(file.path):
        return open_remote(file.path)
    # no link in a folder: what became one since that was listed could lead anywhere
    return open_regular(file.path, follow_link=file.is_given)


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
        with _opened(file) as opened:
            kind = _kind_of_file(file.name, reading.input)
            spans = kind.spans(opened, shown=shown_name(file.name), reading=reading)
    except Exception:  # noqa: BLE001 - whatever is wrong with the file, its reading reports
        return []
    return spans if len(spans) > 1 else []


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
    if name == STANDARD_INPUT_NAME:
        return STANDARD_INPUT_KIND
    if is_object_url(name):
        return REMOTE
    # for people: in records the pages of a folder have the kind “file”
    return "folder" if os.path.isdir(name) else _kind_of_file(name, Input.AUTO).kind  # noqa: PTH112


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
