"""The pages of a site that links lead to, level by level from its first page.

The links of a page are noted together with the page, for all sources that follow links: after a kill the next run goes
on from there. A known article is not fetched again for its links; another page, such as a section's front, is, since
new links appear there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from msgspec import structs

from copydesk.flows.fetching.crawl.pending import Lookup
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.lists.discovery import FollowedLinks, page_links
from copydesk.flows.fetching.lists.listings import Listing, Target
from copydesk.flows.fetching.lists.memory import Known, Memory, PageLinks, WebSource
from copydesk.flows.fetching.wire.addresses import normalized_url

_AN_ARTICLE = "ok"
"""The outcome of a page whose record has no reason."""


class Following:
    """The links that one source follows in one run; none where it follows none."""

    def __init__(self, source: WebSource, memory: Memory, lookup: Lookup) -> None:
        self._memory = memory
        self._lookup = lookup
        self._starts = tuple(map(normalized_url, source.addresses))
        self._followed = FollowedLinks(source.follow, self._starts[0]) if source.follow else None
        # of the pages of the level that is being fetched; those of others are in the memory
        self._read: dict[str, PageLinks] = {}
        self._awaited: frozenset[str] = frozenset()

    def of_list(self, listing: Listing) -> Listing:
        """What a feed or sitemap lists of the pages that are followed; its other pages are skipped."""
        if self._followed is None:
            return listing
        for result in listing.results:
            if result.url in self._starts and result.pages is not None:
                self._read[result.url] = result.pages
        targets = tuple(target for target in listing.targets if self._followed.holds(target.url))
        # a site without feed and sitemap is no problem here
        return structs.replace(listing, targets=targets, remark=None)

    async def wants_whole(self, url: str, known: Known) -> bool:
        """Whether the first page is fetched without validators: its links are unknown."""
        if self._followed is None or url not in self._starts:
            return False
        return not await asyncio.to_thread(self._is_looked_at, url, known)

    async def levels(self) -> AsyncIterator[Listing]:
        """The pages that one link leads to, then those of two, and so on."""
        if self._followed is None:
            return
        left = self._followed.follow.max_pages
        met = set(self._starts)
        level: Sequence[str] = self._starts
        for _ in range(self._followed.follow.max_depth):
            # in threads: both query the memory, and pages have many links
            level = await asyncio.to_thread(self._next_level, self._followed, level, met, most=left)
            if not level:
                return
            left -= len(level)
            self._awaited, self._read = frozenset(level), {}
            fronts, others = await asyncio.to_thread(self._targets, level)
            # apart: a limit that they use up in every run would never reach new pages
            if fronts:
                yield Listing(fronts, is_free=True)
            yield Listing(others)

    def checked(self, url: str, outcome: Outcome) -> Outcome:
        """The outcome of a page; one that was redirected to another site is none of its pages."""
        if self._followed is None or not isinstance(outcome, Fetched) or url not in self._awaited:
            return outcome
        if self._followed.is_of_site(outcome.url):
            return outcome
        message = f"a redirect leads to {outcome.url}, a host that is not followed"
        return NotFetched(url, "redirected_away", message)

    async def links_of(self, url: str, outcome: Outcome) -> PageLinks | None:
        """The links of a page that was fetched; None where those noted before still hold."""
        if self._followed is None or not isinstance(outcome, Fetched):
            return None
        # in a thread: a page of some megabytes takes a tenth of a second
        links = await asyncio.to_thread(page_links, outcome)
        if url in self._awaited:
            self._read[url] = links
        return links

    def _next_level(
        self, followed: FollowedLinks, level: Iterable[str], met: set[str], *, most: int
    ) -> list[str]:
        """The followed pages that those of a level lead to, at most so many; without those ``met`` before, to which all
        links are added.
        """
        found: list[str] = []
        for url in level:
            links = self._read.get(url) or self._memory.page_links(url)
            for link in links.urls if links else ():
                if len(found) >= most:
                    return found
                if link not in met:
                    met.add(link)
                    if followed.holds(link):
                        found.append(link)
        return found

    def _is_looked_at(self, url: str, known: Known) -> bool:
        """Whether links were extracted from the last body of a page, by any source."""
        links = self._memory.page_links(url)
        return links is not None and links.version == known.validators.version

    def _targets(self, level: Sequence[str]) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
        """The pages of a level: those that are no articles and may have new links, and all others."""
        known = self._lookup.known(level)
        fronts, others = list[Target](), list[Target]()
        for url in level:
            before = known.get(url)
            if before is None or not self._is_looked_at(url, before):
                others.append(Target(url, is_whole=True))
            elif before.outcome == _AN_ARTICLE:
                # as if a list dated it: it is fetched again by its age alone
                others.append(Target(url, changed_at=before.fetched_at))
            else:
                fronts.append(Target(url))
        return tuple(fronts), tuple(others)
