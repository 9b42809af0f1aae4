"""A source on the web: where its pages are, and how they are fetched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from msgspec import Struct

from copydesk.flows.fetching.http.outcomes import user_agent
from copydesk.flows.schedule import ASK_AGAIN_SECONDS, Plan

MAX_DEPTH = 3
"""Set by hand: from the first page through a section to its pages, and one further."""
MAX_PAGES = 1_000
"""Set by hand: a quarter of an hour at one request a second; calendars and filters have no end."""


class Follow(Struct, frozen=True):
    """Which links a source follows. ``allowed``, ``denied``: URL patterns; a denied URL is not followed.

    ``max_depth``: links from the first page to a page. ``max_pages``: that links lead to, including known ones.
    """

    allowed: tuple[str, ...]
    denied: tuple[str, ...] = ()
    max_depth: int = MAX_DEPTH
    max_pages: int = MAX_PAGES


class WebSource(Struct, frozen=True):
    """A source of pages on the web. ``kind``: ``url``, ``feed``, ``sitemap``, ``site``, ``warc``."""

    name: str
    kind: str
    addresses: tuple[str, ...]
    """Its URL; for kind ``url`` also several."""
    limit: int | None = None
    """The maximum number of pages a run."""
    since: datetime | None = None
    """Pages known to be older are skipped."""
    until: datetime | None = None
    """Pages of WARC files known to be younger are skipped."""
    pace_seconds: float = 1.0
    """From the end of a request to a host to the next; robots.txt may require more."""
    allowed: frozenset[str] = frozenset()
    """``host:port`` that may be requested though not public (see ``PolitenessPolicy``)."""
    headers: Mapping[str, str] = {}
    """They may be secret: only the origins of ``addresses`` get them."""
    language: str | None = None
    """BCP 47, for pages that declare none."""
    plan: Plan | None = None
    """Its schedule; without one every run reads it."""
    ask_again: tuple[int, ...] = ASK_AGAIN_SECONDS
    """Ages in seconds at which its pages are fetched again, whether or not a list names them."""
    user_agent: str = user_agent()
    respects_denials: bool = True
    """Whether pages that robots.txt denies are skipped; otherwise they are fetched and the denial is recorded."""
    cookies: bool = False
    """Whether a host's cookies are sent back to it, within one run."""
    uses_browser: bool = False
    """Whether a browser renders its pages."""
    may_be_list: bool = False
    """For kind ``url``: whether a feed or sitemap there stands for its pages."""
    follow: Follow | None = None
    """For kind ``site``: which links of its pages are followed."""
    fallback: str | None = None
    """A web archive for pages that are gone (scheme, host and port)."""
    joins_pages: bool = False
    """Whether the pages of an article are joined."""


class CheckResult(Struct, frozen=True):
    """The result of checking a source. ``detail``: one line, without secrets."""

    is_good: bool
    detail: str

    @classmethod
    def passed(cls, detail: str) -> Self:
        """The result for a source that can be read."""
        return cls(True, detail)

    @classmethod
    def failed(cls, detail: str) -> Self:
        """The result for a source that cannot be read."""
        return cls(False, detail)
