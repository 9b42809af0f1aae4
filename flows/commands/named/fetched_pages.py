"""Pages fetched for one command: as politely as for a run, and forgotten after it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from copydesk.cleaners.types import Page
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.sources.catalogue import Unreadable

if TYPE_CHECKING:
    from copydesk.flows.fetching.crawl.run_state import Arrival
    from copydesk.flows.fetching.crawl.web_pages import WebPages


class FetchedPages:
    """The pages of sources on the web, source after source; iterate once. ``limit``: at most so many of all."""

    def __init__(self, sources: Sequence[WebSource], *, limit: int | None) -> None:
        # what is named twice is fetched once
        self._sources = {source.name: source for source in sources}
        self._limit = limit
        self._web: WebPages | None = None

    def __iter__(self) -> Iterator[Page | Unreadable]:
        # here: what only reads files need not load it
        from copydesk.flows.store.run_stores import forgotten_state, web_pages

        with forgotten_state() as state:
            options = IngestOptions(limit=self._limit)
            web = web_pages(list(self._sources.values()), options, state, _forget)
            self._web = web
            for arrival in self._in_order(web):
                # nothing is stored: what would be noted then is noted at once, and forgotten with the state
                arrival.stored(None)
                yield arrival.item

    def would_wait(self) -> bool:
        """Whether the next page is still to be fetched."""
        return self._web is not None and self._web.would_wait()

    def _in_order(self, web: WebPages) -> Iterator[Arrival]:
        """What arrives of each source, after all of the source named before."""
        waiting: dict[str, deque[Arrival]] = {name: deque() for name in self._sources}
        ended = dict(zip(self._sources, web.tallies, strict=True))
        for arrival in web:
            waiting[arrival.item.source.name].append(arrival)
            for name in [*waiting]:
                of_source = waiting[name]
                while of_source:
                    yield of_source.popleft()
                # in this order: after its end nothing more of it is put, so that an empty outlet has none of it
                if not (ended[name].is_ended and web.would_wait()):
                    break
                del waiting[name]
        for rest in waiting.values():
            yield from rest


def _forget(_: str) -> None:
    """What is done with the addresses that answered."""
