"""Where pages come from. ``SOURCES`` is ordered: the first that takes a name reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from cleaners.types import Page
from flows.sources.field_names import USUAL_NAMES, FieldNames
from flows.sources.folders import FOLDERS
from flows.sources.kinds import FILE_SOURCES
from flows.sources.page_source import Input, PageSource, Reading, Unreadable
from flows.sources.standard_input import STANDARD_INPUT

__all__ = ["FOLDERS", "SOURCES", "Input", "Listed", "PageSource", "Reading", "Unreadable", "read_pages"]

SOURCES: tuple[PageSource, ...] = (STANDARD_INPUT, FOLDERS, *FILE_SOURCES)


class Listed(Struct, frozen=True):
    """A name with a way of its own to be read, as a list of sources gives it."""

    name: str
    reading: Reading


def read_pages(
    names: Iterable[str | Listed],
    *,
    input_: Input = Input.AUTO,
    fields: FieldNames = USUAL_NAMES,
    url: str | None = None,
) -> Iterator[Page | Unreadable]:
    """The pages of all names, in order; ``-`` is standard input.

    ``fields``: what the fields of pages are called in JSON Lines and Parquet. ``url`` is the address of pages that do
    not bring their own. Never raises for what a name holds: that is an ``Unreadable``.
    """
    usual = Reading(input_, fields)
    for one in names:
        listed = Listed(one, usual) if isinstance(one, str) else one
        source = next(source for source in SOURCES if source.takes(listed.name, listed.reading.input))
        for page in source.read(listed.name, listed.reading):
            yield replace(page, url=url) if url and isinstance(page, Page) and page.url is None else page
