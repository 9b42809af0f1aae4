"""The pages of a site that links lead to, level by level from its first page.

What a page leads to is noted together with the page: who is killed goes on from there. An article that is known is not
asked for again to see where it leads; a page that is none, such as a section's front, is, since new links appear there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from msgspec import structs

from copydesk.flows.fetching.asking.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.crawl.wanted import Lookup
from copydesk.flows.fetching.lists.followed_links import PAGE, FollowedLinks
from copydesk.flows.fetching.lists.listings import Listing, Target
from copydesk.flows.fetching.lists.memory import Link, Memory
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.addresses import same_address

_AN_ARTICLE = "ok"
"""How a page ended against which its record says nothing."""


class Following:
    """The links that one source follows in one run; none where it follows none."""

    def __init__(self, source: WebSource, memory: Memory, lookup: Lookup) -> None:
        self._memory = memory
        self._lookup = lookup
        self._starts = tuple(map(same_address, source.addresses))
        self._followed = FollowedLinks(source.follow, self._starts[0]) if source.follow else None
        # of the pages of the level that is being fetched: what was noted of others is asked of the memory
        self._read: dict[str, tuple[Link, ...]] = {}
        self._awaited: frozenset[str] = frozenset()

    def of_list(self, listing: Listing) -> Listing:
        """What a feed or sitemap lists of the pages that are followed: its other pages are not wanted either."""
        if self._followed is None:
            return listing
        for asked in listing.asked:
            # here, and not of the memory: another source with the same first page may note it without
            if asked.url in self._starts and self._followed.mark in asked.links:
                self._read[asked.url] = asked.links
        targets = tuple(target for target in listing.targets if self._followed.holds(target.url))
        # that it names no feed and no sitemap is no trouble here
        return structs.replace(listing, targets=targets, remark=None)

    async def must_come_whole(self, url: str) -> bool:
        """Whether the first page is to be sent though it may not have changed: other links are followed by now."""
        if self._followed is None or url not in self._starts:
            return False
        return await self._noted(url) is None

    async def levels(self) -> AsyncIterator[Listing]:
        """The pages that one link leads to, then those of two, and so on."""
        if self._followed is None:
            return
        follow = self._followed.follow
        met = set(self._starts)
        level: Sequence[str] = self._starts
        for _ in range(follow.max_depth):
            level = await self._next_level(level, met, most=follow.max_pages + len(self._starts) - len(met))
            if not level:
                return
            self._awaited, self._read = frozenset(level), {}
            fronts, others = await self._targets(level)
            # apart: a limit that they use up in every run would never reach what is new
            if fronts:
                yield Listing(fronts, is_free=True)
            yield Listing(others)

    def checked(self, url: str, outcome: Outcome) -> Outcome:
        """How a page ended; one that was led away from the site by a redirect is none of its pages."""
        if self._followed is None or not isinstance(outcome, Fetched) or url not in self._awaited:
            return outcome
        if self._followed.is_of_site(outcome.url):
            return outcome
        told = f"a redirect leads to {outcome.url}, a host that is not followed"
        return NotFetched(url, "redirected_away", told, status="rejected")

    async def links_of(self, url: str, outcome: Outcome) -> tuple[Link, ...] | None:
        """What is to be noted of a page that was fetched; None where what was noted before still holds."""
        if self._followed is None or not isinstance(outcome, Fetched):
            return None
        # in a thread: a page of some megabytes takes a tenth of a second
        links = await asyncio.to_thread(self._followed.links_of, outcome)
        if url in self._awaited:
            self._read[url] = links
        return links

    async def _next_level(self, level: Iterable[str], met: set[str], *, most: int) -> list[str]:
        """The pages that those of a level lead to, without those that were met before, at most so many."""
        found: list[str] = []
        for url in level:
            for link in self._read.get(url) or await self._noted(url) or ():
                if len(found) >= most:
                    return found
                if link.kind == PAGE and link.url not in met:
                    met.add(link.url)
                    found.append(link.url)
        return found

    async def _noted(self, url: str) -> tuple[Link, ...] | None:
        """What was noted that a page leads to; None where other links were looked for then."""
        links = tuple(await asyncio.to_thread(self._memory.links, url))
        return links if self._followed is not None and self._followed.mark in links else None

    async def _targets(self, level: Sequence[str]) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
        """The pages of a level: those that are no articles and may lead to new ones, and all others."""
        known = await asyncio.to_thread(self._lookup.known, level)
        fronts, others = list[Target](), list[Target]()
        for url in level:
            before = known.get(url)
            if before is None or await self._noted(url) is None:
                others.append(Target(url, is_whole=True))
            elif before.outcome == _AN_ARTICLE:
                # as if a list dated it: it is asked for again by its age alone
                others.append(Target(url, changed_at=before.fetched_at))
            else:
                fronts.append(Target(url))
        return tuple(fronts), tuple(others)
