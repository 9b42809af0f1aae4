"""The kinds of files there are, in the order in which they are tried: the first that takes a name reads it.

A package adds a kind as an entry point of the group ``copydesk.sources``: an object of a class derived from
``FileSource`` of ``flows/sources/opening/files.py``. It takes no name that one of ours takes by its ending.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import PurePath
from typing import BinaryIO

from msgspec.structs import replace

from copydesk.cleaners.types import Page
from copydesk.flows.io.plug_ins import declared, loaded
from copydesk.flows.sources.kinds.archives import ArchiveFiles
from copydesk.flows.sources.kinds.books import EPUB_FILES
from copydesk.flows.sources.kinds.csv_pages import CSV_FILES
from copydesk.flows.sources.kinds.documents import DOCUMENT_FILES
from copydesk.flows.sources.kinds.json_files import JSON_FILES, json_or_page, may_be_json
from copydesk.flows.sources.kinds.json_lines import JSON_LINES
from copydesk.flows.sources.kinds.mail import MAIL_FILES
from copydesk.flows.sources.kinds.parquet import PARQUET_FILES
from copydesk.flows.sources.kinds.warc import WARC_FILES
from copydesk.flows.sources.opening.files import CONTENT_TYPES, FILE, FileSource, page_of_file, read_at_most
from copydesk.flows.sources.opening.inflating import peekable, unpacked, without_packing
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable
from copydesk.flows.sources.opening.signatures import mail_suffix


class PageFiles(FileSource):
    """A file whose name tells no kind, or that of a page: its beginning counts for more."""

    kind = FILE

    def takes(self, name: str, input_: Input) -> bool:  # noqa: ARG002 - the last kind that is tried
        return True

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        content, is_guessed = peekable(unpacked(file, shown)), reading.input is Input.AUTO
        if is_guessed and (suffix := mail_suffix(content.peek())):
            yield from read_as(MAIL_FILES, suffix, content, shown=shown, reading=reading)
            return
        page = partial(page_of_file, shown=shown, reading=reading)
        first = content.readline(reading.max_bytes + 1)
        if is_guessed and may_be_json(first):
            yield from json_or_page(content, first, name=shown, reading=reading, page=page)
        else:
            # one more than cleaning accepts, so that it sees the page is too large
            yield page(first + read_at_most(content, reading.max_bytes + 1 - len(first)))


def read_as(
    kind: FileSource, suffix: str, file: BinaryIO, *, shown: str, reading: Reading
) -> Iterator[Page | Unreadable]:
    """The pages of a file that lacks the suffix of its kind, under its own name."""
    named = shown + suffix
    for item in kind.read_opened(file, shown=named, reading=reading):
        called = item.source.name
        # “-!/a.html” and “-:3”, not “-.zip!/a.html”
        name = shown + called.removeprefix(named) if called.startswith(named) else called
        yield replace(item, source=replace(item.source, name=name))


GROUP = "copydesk.sources"
"""The group of entry points."""
_PAGE_FILES = PageFiles()
_BY_ENDING: tuple[FileSource, ...] = (
    JSON_LINES,
    JSON_FILES,
    CSV_FILES,
    WARC_FILES,
    MAIL_FILES,
    PARQUET_FILES,
    DOCUMENT_FILES,
    EPUB_FILES,
)


def single_kinds(name: str) -> Iterator[FileSource]:
    """What a file that is no archive may be, by its name; last what any other file is, which takes every name."""
    yield from _BY_ENDING
    # packages are looked up only for names that say nothing to us: that takes longer than to read a page
    if PurePath(without_packing(name)).suffix.lower() not in ("", *CONTENT_TYPES):
        yield from _installed()
    yield _PAGE_FILES


def file_kinds(name: str) -> Iterator[FileSource]:
    """What a file may be, by its name."""
    yield _ARCHIVES
    yield from single_kinds(name)


@lru_cache(maxsize=1)
def _installed() -> tuple[FileSource, ...]:
    """The kinds of other packages, in the order of their names. Raises SettingsError where one cannot be loaded."""
    expected = f"object of a FileSource of {FileSource.__module__}"
    return tuple(
        loaded("source", entries, (FileSource,), expected) for _, entries in sorted(declared(GROUP).items())
    )


_ARCHIVES = ArchiveFiles(single_kinds)
FILE_SOURCES: tuple[FileSource, ...] = (_ARCHIVES, *_BY_ENDING, _PAGE_FILES)
"""Ours."""
