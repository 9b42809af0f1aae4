"""The pages of sources on the web for commands that store nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from copydesk.cleaners.types import Page
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.io.machine_faults import machine_errors
from copydesk.flows.library.library import Library
from copydesk.flows.sources.catalogue import Unreadable

if TYPE_CHECKING:
    from copydesk.flows.crawl.run_state import Arrival
    from copydesk.flows.crawl.web_pages import WebPages
    from copydesk.flows.fetching.http.response_cache import ResponseCache


@contextmanager
def forgotten_library() -> Iterator[Library]:
    """The library of a run that stores nothing: empty, and deleted afterwards."""
    with machine_errors("a temporary folder cannot be made"):
        # the database wants a folder: in one thrown away, all pages are new and none is remembered
        folder = TemporaryDirectory()
    with folder as name, Library.open(Path(name)) as library:
        yield library


def web_pages(
    sources: Sequence[WebSource],
    options: IngestOptions,
    library: Library,
    run: int = 0,
    answered: Callable[[str], None] = lambda _: None,
) -> WebPages:
    """The pages of web sources, with what the library knows of them, for a run with this number.

    ``answered`` is called with each URL that answers, lists included, from either thread.
    """
    # here: runs over files need not load it
    from copydesk.flows.crawl.web_pages import WebPages
    from copydesk.flows.library.web.frontier import Frontier

    frontier = Frontier(library, run, answered)
    return WebPages(sources, frontier, refetch=options.refetch, limit=options.limit)


class FetchedPages:
    """The pages of sources on the web, fetched concurrently; a context manager. ``limit``: the number of all pages."""

    def __init__(
        self, sources: Sequence[WebSource], *, limit: int | None, cache: ResponseCache | None
    ) -> None:
        # duplicates are fetched once
        self._sources = {source.name: source for source in sources}
        self._limit = limit
        self._cache = cache
        self._opened = ExitStack()
        self._web: WebPages | None = None
        self._arrivals: Iterator[Arrival] = iter(())
        self._waiting: dict[str, deque[Arrival]] = {name: deque() for name in self._sources}

    def __enter__(self) -> Self:
        if self._sources:
            library = self._opened.enter_context(forgotten_library())
            sources, options = list(self._sources.values()), IngestOptions(limit=self._limit)
            self._web = web_pages(sources, options, library)
            self._web.cache = self._cache
            # closed before the library is: nothing is fetched any more
            self._arrivals = self._opened.enter_context(closing(iter(self._web)))
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def would_wait(self) -> bool:
        """Whether the next page is still to be fetched."""
        return self._web is not None and self._web.would_wait()

    def skipped_lines(self) -> tuple[str, ...]:
        """What was listed and not fetched, and why, once all pages are read."""
        return () if self._web is None else self._web.skipped.lines()

    def of(self, name: str) -> Iterator[Page | Unreadable]:
        """The pages of a source, as they come; those of others wait meanwhile."""
        waiting = self._waiting[name]
        while waiting or not self._has_all_of(name):
            if not waiting:
                arrival = next(self._arrivals, None)
                if arrival is None:
                    return
                self._waiting[arrival.item.source.name].append(arrival)
                continue
            arrival = waiting.popleft()
            # nothing is stored: what would be noted then is noted at once, and forgotten with the library
            arrival.stored(None)
            yield arrival.item

    def _has_all_of(self, name: str) -> bool:
        """Whether all that a source has was taken from where it arrives."""
        assert self._web is not None  # noqa: S101 - there is a source
        # in this order: after its end nothing more of it is put, so that an empty outlet has none of it
        tally = dict(zip(self._sources, self._web.tallies, strict=True))[name]
        return tally.is_ended and self._web.would_wait()
