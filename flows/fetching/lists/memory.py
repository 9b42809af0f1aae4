"""What lists lead to, and what becomes of them."""

from __future__ import annotations

from msgspec import Struct

from copydesk.flows.fetching.http.outcomes import Outcome, Validators


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
