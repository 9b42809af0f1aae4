"""What a source on the web is, apart from how it is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from copydesk.flows.fetching.http.outcomes import user_agent
from copydesk.flows.sources.schedule import ASK_AGAIN_SECONDS, Plan

if TYPE_CHECKING:  # loads what reads pages; commands that follow no links know sources, too
    from copydesk.flows.fetching.lists.followed_links import Follow


class CheckResult(Struct, frozen=True):
    """The result of checking a source."""

    is_good: bool
    # one line, with URLs as they may be shown: without keys and passwords
    detail: str


class WebSource(Struct, frozen=True):
    """A source of pages on the web. ``kind``: ``url``, ``feed``, ``sitemap``, ``site``, ``warc``; ``addresses``: one,
    or a list's.

    ``language``: of pages that declare none (BCP 47). ``plan``: read again only when it is due.
    ``since``, ``until``: pages known to be older, or in WARC files younger, are left out. ``headers`` may be
    secret: they are sent to the source's own hosts alone. ``respects``: what robots.txt denies is not fetched;
    otherwise the denial is recorded. ``ask_again``: ages in seconds at which its pages are fetched again,
    whatever their list has. ``cookies``: those of a host are sent back to it within a run. ``is_built``: its
    pages are built by a browser. ``follow``: of kind ``site``, which links of its pages are followed.
    ``fallback``: a web archive for pages that are gone (scheme, host and port).
    ``may_be_list``: of kind ``url``, whether what is there may be a feed or a sitemap, whose pages are meant.
    ``joins_pages``: whether articles on several pages are put together.
    """

    name: str
    kind: str
    addresses: tuple[str, ...]
    # pages of one run
    limit: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    # from the end of a request to a host to its next; robots.txt may want more
    pace_seconds: float = 1.0
    # host:port that may be reached though not public (see PolitenessPolicy)
    allowed: frozenset[str] = frozenset()
    headers: Mapping[str, str] = {}
    language: str | None = None
    plan: Plan | None = None
    ask_again: tuple[int, ...] = ASK_AGAIN_SECONDS
    user_agent: str = user_agent()
    respects: bool = True
    cookies: bool = False
    is_built: bool = False
    may_be_list: bool = False
    follow: Follow | None = None
    fallback: str | None = None
    joins_pages: bool = False
