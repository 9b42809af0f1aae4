"""Where pages come from. ``SOURCES`` is ordered: the first that takes a name reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from cleaners.types import Page
from flows.sources.folders import FOLDERS
from flows.sources.kinds import FILE_SOURCES
from flows.sources.page_source import Input, PageSource, Unreadable
from flows.sources.standard_input import STANDARD_INPUT

__all__ = ["FOLDERS", "SOURCES", "Input", "PageSource", "Unreadable", "read_pages"]

SOURCES: tuple[PageSource, ...] = (STANDARD_INPUT, FOLDERS, *FILE_SOURCES)


def read_pages(
    names: Iterable[str], *, input_: Input = Input.AUTO, url: str | None = None
) -> Iterator[Page | Unreadable]:
    """The pages of all names, in order; ``-`` is standard input.

    ``url`` is the address of pages that do not bring their own. Never raises for what a name
    holds: that is an ``Unreadable``.
    """
    for name in names:
        source = next(source for source in SOURCES if source.takes(name, input_))
        for page in source.read(name, input_):
            yield replace(page, url=url) if url and isinstance(page, Page) and page.url is None else page
