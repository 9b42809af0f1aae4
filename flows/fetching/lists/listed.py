"""What lists on the web name, and what becomes of lists and pages."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from copydesk.cleaners.types import Announced
from copydesk.flows.fetching.http.outcomes import NotFetched, Outcome, Validators

# "2024-05-01", without a time
_DAY_CHARS = 10


class ListedPage(Struct, frozen=True, omit_defaults=True):
    """A page that a source lists."""

    url: str
    key: str | None = None
    """Identifies the entry of a feed."""
    changed_at: datetime | None = None
    """The last change according to the list."""
    announced: Announced | None = None
    """The metadata in the list."""
    content: str | None = None
    """The text in the feed, in case the page cannot be fetched."""
    content_type: str | None = None
    """``text/html`` or ``text/plain``."""
    outcome: Outcome | None = None
    """Its outcome, if it was already fetched to detect its kind."""
    is_unconditional: bool = False
    """Whether it is fetched without validators."""


def moment_of(date: str | None) -> datetime | None:
    """A date of a list as a moment: of a day alone its end, without a zone in UTC."""
    if not date:
        return None
    try:
        found = datetime.fromisoformat(date)
    except ValueError:
        return None
    if len(date) == _DAY_CHARS:  # it may have changed again before the day was over
        found = found.replace(hour=23, minute=59, second=59)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Link(Struct, frozen=True):
    """A list that a page or list links to. ``kind``: ``feed``, ``sitemap`` …; ``lastmod``: in a sitemap index, RFC
    3339.

    Stored, so that an unchanged index can be walked.
    """

    kind: str
    url: str
    lastmod: str | None = None


class PageLinks(Struct, frozen=True):
    """All links of a page to other pages. ``version``: of its body, see ``Validators``."""

    version: str | None
    urls: tuple[str, ...]


class FurtherPart(Struct, frozen=True, omit_defaults=True):
    """A further page of an article. ``body``: a digest of its body, None if there was none. ``missing``: the code of
    the reason why it is not in the article.
    """

    url: str
    validators: Validators = Validators()
    body: str | None = None
    missing: str | None = None


class ListResult(Struct, frozen=True):
    """A list that was fetched: its outcome without the body, and its links to lists, for kind ``site`` also to pages.

    ``is_damaged``: whether it could not be read completely; each run then reads and reports it until it is whole.
    ``has_backoff``: whether a failure has a back-off, as with pages; other lists are requested in each run.
    """

    url: str
    outcome: Outcome
    links: tuple[Link, ...] = ()
    pages: PageLinks | None = None
    is_damaged: bool = False
    has_backoff: bool = False


class PageResult(Struct, frozen=True):
    """What is to be noted of a page that was requested: its outcome without the body, and where it leads.

    ``links``, ``parts``: None if those noted before are still valid.
    """

    outcome: Outcome
    links: PageLinks | None = None
    parts: tuple[FurtherPart, ...] | None = None


class Listing(Struct, frozen=True):
    """A part of what a source lists. ``results``: the list that names the pages, or lists that name none.

    ``problems``: of lists that could not be read, or not completely. ``remark``: for the user.
    ``is_unlimited``: the pages are fetched for their links, and do not count against the limits. ``linkless``: how many
    entries of a feed have no link.
    """

    pages: tuple[ListedPage, ...] = ()
    results: tuple[ListResult, ...] = ()
    problems: tuple[NotFetched, ...] = ()
    remark: str | None = None
    is_unlimited: bool = False
    linkless: int = 0
