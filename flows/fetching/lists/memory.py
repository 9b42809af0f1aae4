"""What is remembered of the web between runs, as fetching asks for it; ``copydesk.flows.store.web_memory`` keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, structs

from copydesk.flows.fetching.http.outcomes import Outcome, Validators
from copydesk.flows.fetching.http.site_files import SiteFile
from copydesk.flows.sources.source_tally import DENIED

WITHHELD = DENIED
"""Outcomes of pages that a source with another policy reads."""


class Link(Struct, frozen=True):
    """What a page or list leads to: a list of a kind (``feed``, ``sitemap``), with the ``lastmod`` it was
    given, RFC 3339.
    """

    kind: str
    url: str
    # kept, so that an index that has not changed can be walked without being sent again
    lastmod: str | None = None


class PageLinks(Struct, frozen=True):
    """The pages that a page leads to, whoever follows which of them; ``version``: of its body, see ``Validators``."""

    version: str | None
    urls: tuple[str, ...]


class FurtherPart(Struct, frozen=True, omit_defaults=True):
    """A further page of an article, as it was last asked for at ``url``.

    ``body``: a digest of what came, None where nothing did. ``missing``: why it is not in the article (a code).
    """

    url: str
    validators: Validators = Validators()
    body: str | None = None
    missing: str | None = None


class Asked(Struct, frozen=True):
    """A list that was asked for, how that ended (without its body: its pages take long to fetch), and the
    lists it leads to; where links are followed also the pages.

    ``over``: how the keys of entries begin that nobody asks for any more, now that all of them are stored. ``rests``:
    whether it is left alone for a while where it failed, as pages are; other lists are asked for in each run.
    """

    url: str
    outcome: Outcome
    links: tuple[Link, ...] = ()
    pages: PageLinks | None = None
    over: str | None = None
    rests: bool = False


def put_to_rest(asked: Sequence[Asked]) -> tuple[Asked, ...]:
    """The same lists, which are left alone for a while where they failed."""
    return tuple(structs.replace(one, rests=True) for one in asked)


class Known(Struct, frozen=True):
    """What is known of a URL: how it ended last time, what to ask with, and before when not to ask at all.

    ``failures``: attempts in a row that brought nothing. ``left_before``: of a list, what was dated before
    that was left out of it.
    """

    # or a reason code: of fetching, or of what the record says against the page
    outcome: str = "ok"
    validators: Validators = Validators()
    fetched_at: datetime | None = None
    # only after a failure: when else to ask again is decided by what lists say
    next_attempt_at: datetime | None = None
    # by these the next attempt is put off, and a page is given up (GIVEN_UP in crawl/source_run.py)
    failures: int = 0
    # where since is moved back, the list is read anew though it has not changed
    left_before: datetime | None = None
    # of pages alone: by their age they are asked for again
    first_fetched_at: datetime | None = None
    # whether the validators are those of the body that was last read as a list
    is_of_list: bool = False


class Memory(Protocol):
    """What was fetched before. Called from several threads, never from that of an event loop: it may have to wait."""

    def known(self, urls: Sequence[str]) -> Mapping[str, Known]:
        """What is known of those of the URLs that were asked for before."""
        ...

    def due_again(self, source: str, ages: Sequence[int], *, now: datetime) -> Sequence[str]:
        """The pages of a source that have come to one of the ages (in seconds) since they were last asked for."""
        ...

    def seen(self, source: str, keys: Sequence[str]) -> frozenset[str]:
        """Those of the entries of a feed that were stored before."""
        ...

    def withheld(self, source: str) -> bool:
        """Whether a page of a source was kept out by what its publisher says, as its policy then was."""
        ...

    def note_page(
        self, source: str, outcome: Outcome, *, url: str, reason: str | None, now: datetime
    ) -> None:
        """Notes how a fetch of ``url`` ended, asked for at ``now``; ``reason``: the code of what its record
        says against it.
        """
        ...

    def note_list(
        self, source: str, asked: Asked, *, now: datetime, is_settled: bool, left_before: datetime | None
    ) -> None:
        """Notes how a list was read and what it leads to; where it is not settled, it is to be read anew next time."""
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
        """The lists that a page or list led to when it was last read as a list."""
        ...

    def page_links(self, url: str) -> PageLinks | None:
        """The pages that a page led to when links were last looked for; None where they never were."""
        ...

    def note_page_links(self, url: str, links: PageLinks) -> None:
        """Notes the pages that a page leads to, in place of what was noted before."""
        ...

    def further_parts(self, url: str) -> Sequence[FurtherPart] | None:
        """The further pages of the article at a URL, as they were last had; None where nobody has looked for any."""
        ...

    def note_further_parts(self, url: str, parts: Sequence[FurtherPart]) -> None:
        """Notes the further pages of an article, in place of what was noted before."""
        ...

    def forget_further_parts(self, url: str) -> None:
        """Hears that a page was read alone, or is gone: nobody has looked for further ones of what it is now."""
        ...

    def site_file(self, url: str) -> SiteFile | None:
        """A file of a site that still holds."""
        ...

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Keeps a file of a site."""
        ...
