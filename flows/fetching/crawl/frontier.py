"""What fetching asks of the library (``library.web.frontier``): what is known of URLs, and which pages wait to be
fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from copydesk.flows.fetching.crawl.pending import Known, PageResult, PendingPage, Wants
from copydesk.flows.fetching.http.site_files import SiteFileStore
from copydesk.flows.fetching.lists.listed_page import ListedPage
from copydesk.flows.fetching.lists.listings import Listing
from copydesk.flows.fetching.lists.memory import FurtherPart, Link, ListResult, PageLinks


class Frontier(SiteFileStore, Protocol):
    """Called from several threads, but not from that of an event loop: methods may block."""

    def begin(self) -> None:
        """Frees what runs that are over had in hand."""

    def known(self, urls: Sequence[str]) -> Mapping[str, Known]:
        """What is known of the URLs, for those that were requested before."""

    def has_denied(self, source: str) -> bool:
        """Whether a page of a source was denied (``DENIED``) when it was last requested."""

    def due_again(self, source: str, ages: Sequence[int], *, now: datetime) -> Sequence[str]:
        """The pages of a source that have reached one of the ages (in seconds) since they were last requested."""

    def read_listing(self, wants: Wants, listing: Listing, *, now: datetime) -> list[PendingPage]:
        """Notes lists that were read, together with their pages that are to be fetched, which wait from then on; all
        that they name or that waits of them, in order.
        """

    def take(self, source: str, urls: Sequence[str]) -> frozenset[str]:
        """Takes pages that wait for a source, but those that somebody else has taken or settled; which it has now."""

    def leave(self, urls: Sequence[str]) -> None:
        """Leaves pages that were taken to the next run."""

    def settle(
        self, source: str, page: ListedPage, result: PageResult, *, reason: str | None, now: datetime
    ) -> None:
        """Notes the result of a page, requested at ``now``: it waits no more, or for its retry. ``reason``: the reason
        code of its record, if any.
        """

    def take_file(self, source: str, url: str) -> bool:
        """Takes a WARC file for a source; False where somebody else has it."""

    def stored_items(self, file: str, keys: Sequence[str]) -> frozenset[str]:
        """Those items of a WARC file that were stored before."""

    def store_item(self, file: str, key: str) -> None:
        """Notes that an item of a WARC file is stored."""

    def once_written(self, then: Callable[[], None]) -> None:
        """Calls ``then`` once all that this thread has noted is written; never where that fails."""

    def settle_file(self, wants: Wants, result: ListResult, *, now: datetime, items: str | None) -> None:
        """Notes a WARC file of which all items are stored, or a list of such files. ``items``: of a file that is not
        read again; they are forgotten.
        """

    def last_read(self, source: str) -> datetime | None:
        """When the last reading of a source began; None if a page that it took was not stored."""

    def note_read(self, source: str, *, now: datetime) -> None:
        """Notes that a source was read from ``now`` on; its pages may not be stored yet."""

    def links(self, url: str) -> Sequence[Link]:
        """The lists that a page or list linked to when it was last read as a list."""

    def page_links(self, url: str) -> PageLinks | None:
        """The links of a page when they were last extracted; None if they never were."""

    def further_parts(self, url: str) -> Sequence[FurtherPart] | None:
        """The further pages of the article at a URL, as last fetched; None if it was not fetched with them."""
