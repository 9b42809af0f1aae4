"""What is remembered of the web between runs, as fetching asks for it; ``flows.web_memory`` keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from flows.fetching.outcomes import Outcome, Validators
from flows.fetching.site_files import SiteFile


class Link(Struct, frozen=True):
    """What a page or list leads to: a list of a kind (``feed``, ``sitemap``), with the ``lastmod`` it was given, RFC 3339."""

    kind: str
    url: str
    lastmod: str | None = None


class Known(Struct, frozen=True):
    """What is known of a URL: what to ask with, and before when not to ask at all."""

    validators: Validators = Validators()
    fetched_at: datetime | None = None
    next_attempt_at: datetime | None = None


class Memory(Protocol):
    """What was fetched before; called from the fetching thread and from the run's."""

    def known(self, url: str) -> Known | None:
        """What is known of a URL, None where it was never asked for."""
        ...

    def is_seen(self, source: str, key: str) -> bool:
        """Whether an entry of a feed was stored before."""
        ...

    def note(
        self, source: str, outcome: Outcome, *, url: str, now: datetime, is_settled: bool = True
    ) -> None:
        """Notes how a fetch of ``url`` ended; where it is not settled, it is to be asked for anew next time."""
        ...

    def note_seen(self, source: str, key: str, *, now: datetime) -> None:
        """Notes that an entry was stored."""
        ...

    def last_read(self, source: str) -> datetime | None:
        """When the last reading of a source began that came to its end."""
        ...

    def note_read(self, source: str, *, now: datetime) -> None:
        """Notes that a source was read to its end."""
        ...

    def links(self, url: str) -> Sequence[Link]:
        """What a page or list led to when it was last read."""
        ...

    def note_links(self, url: str, links: Sequence[Link]) -> None:
        """Notes what a page or list leads to."""
        ...

    def site_file(self, url: str) -> SiteFile | None:
        """A file of a site that still holds."""
        ...

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Keeps a file of a site."""
        ...
