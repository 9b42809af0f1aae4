"""Where pages come from. ``SOURCES`` is ordered: the first that takes a name reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from copydesk.cleaners.types import Page
from copydesk.flows.sources.file_kinds import FILE_SOURCES
from copydesk.flows.sources.folders import FOLDERS
from copydesk.flows.sources.listed import DiskSource, as_listed, is_too_old
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.page_source import FileMemory, Input, PageSource, Reading, Unreadable
from copydesk.flows.sources.standard_input import STANDARD_INPUT

__all__ = [
    "FOLDERS",
    "SOURCES",
    "DiskSource",
    "Input",
    "PageSource",
    "Reading",
    "Unreadable",
    "kind_of",
    "read_listed",
    "read_pages",
]

# “-” first: a file of that name is asked for as “./-”; folders before files: one may be called “pages.zip”
SOURCES: tuple[PageSource, ...] = (STANDARD_INPUT, FOLDERS, *FILE_SOURCES)


def read_pages(
    names: Iterable[str | DiskSource],
    *,
    input_: Input = Input.AUTO,
    fields: FieldNames = USUAL_NAMES,
    url: str | None = None,
    memory: FileMemory | None = None,
) -> Iterator[Page | Unreadable]:
    """The pages of all names, in order; ``-`` is standard input.

    ``fields``: what the fields of pages are called in JSON Lines, CSV and Parquet. ``url`` is the address of pages
    that do not bring their own. ``memory``: what need not be read. Never raises for what a name holds: that is an
    ``Unreadable``.
    """
    usual = Reading(input_, fields, memory)
    for one in names:
        if isinstance(one, DiskSource):
            # None stands for a page that is too old: a run counts these, a command line does not
            yield from (item for item in read_listed(one) if item is not None)
            continue
        # an address of the page's own is kept: the one that was given is for pages without
        for page in _pages_named(one, usual):
            yield replace(page, url=url) if url and isinstance(page, Page) and page.url is None else page


def _pages_named(name: str, reading: Reading) -> Iterator[Page | Unreadable]:
    # FILES takes every name, so that there always is one
    source = next(source for source in SOURCES if source.takes(name, reading.input))
    return source.read(name, reading)


def _is_new(_: Page | Unreadable) -> bool:
    return False


def read_listed(
    listed: DiskSource,
    *,
    memory: FileMemory | None = None,
    is_known: Callable[[Page | Unreadable], bool] = _is_new,
) -> Iterator[Page | Unreadable | None]:
    """The pages of a source of a list, at most as many as it may have; None for each that is too old.

    Pages of which ``is_known`` says so, as the list has them, are left out and do not count.
    """
    left = listed.limit
    reading = replace(listed.reading, memory=memory)
    # lazily: beyond the limit no further file is opened
    found = ((item, path) for path in listed.paths for item in _pages_named(path, reading))
    while left is None or left > 0:
        item, path = next(found, (None, ""))
        if item is None:
            return
        if is_too_old(item, listed.since):
            # without counting against the limit: else a list of old pages would use it up in every run
            yield None
            continue
        page = as_listed(item, listed, path)
        if is_known(page):
            continue
        left = None if left is None else left - 1
        yield page


def kind_of(name: str) -> str:
    """What a name stands for, in a word for people, such as ``folder``, ``stdin``, ``file`` or ``warc``."""
    source = next(source for source in SOURCES if source.takes(name, Input.AUTO))
    # for people: in records the pages of a folder have the kind “file”
    return "folder" if source is FOLDERS else source.kind
