"""The kinds of files there are, in the order in which they are tried: the first that takes a name reads it.

A package adds a kind as an entry point of the group ``copydesk.sources``: an object of a class derived from
``FileSource`` of ``flows/sources/opening/files.py``. It takes no name that one of ours takes by its ending.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from copydesk.flows.io.plug_ins import declared, loaded
from copydesk.flows.sources.kinds.archives import ArchiveFiles
from copydesk.flows.sources.kinds.books import EPUB_FILES
from copydesk.flows.sources.kinds.csv_pages import CSV_FILES
from copydesk.flows.sources.kinds.documents import DOCUMENT_FILES
from copydesk.flows.sources.kinds.json_files import JSON_FILES
from copydesk.flows.sources.kinds.json_lines import JSON_LINES
from copydesk.flows.sources.kinds.mail import MAIL_FILES
from copydesk.flows.sources.kinds.page_files import PAGE_FILES
from copydesk.flows.sources.kinds.parquet import PARQUET_FILES
from copydesk.flows.sources.kinds.warc import WARC_FILES
from copydesk.flows.sources.opening.files import FileSource, has_usual_ending

GROUP = "copydesk.sources"
"""The group of entry points."""
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
    """What a file that is no archive may be, by its name; last ``PAGE_FILES``, which takes every name."""
    yield from _BY_ENDING
    # packages are looked up only for names that say nothing to us: that takes longer than to read a page
    if not has_usual_ending(name):
        yield from _installed()
    yield PAGE_FILES


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
FILE_SOURCES: tuple[FileSource, ...] = (_ARCHIVES, *_BY_ENDING, PAGE_FILES)
"""Ours."""
