"""Follows the links of a site, level by level from its first page.

The links of a page are noted with the page, so that after a kill the next run continues. Known articles are not fetched
again for their links; other known pages, such as a section's front page, are, because new links appear there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from msgspec import structs

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched
from copydesk.flows.fetching.lists.discovery import FollowedLinks, page_links
from copydesk.flows.fetching.lists.listed import ListedPage, Listing, PageLinks
from copydesk.flows.fetching.wire.addresses import normalized_url
from copydesk.flows.library.web.frontier import Frontier, Wants
from copydesk.flows.library.web.urls import Known

_ARTICLE = "ok"
"""The outcome of a page whose record has no reason."""


class Following:
    """The links that a source follows in a run, if it follows any."""

    def __init__(self, wants: Wants, frontier: Frontier) -> None:
        source = wants.source
        self._wants = wants
        self._frontier = frontier
        self._starts = tuple(map(normalized_url, source.addresses))
        self._followed = FollowedLinks(source.follow, self._starts[0]) if source.follow else None
        # the links of the current level as far as it was fetched; all others are in the frontier
        self._links: dict[str, PageLinks] = {}
        self._level: frozenset[str] = frozenset()

    def followed_pages(self, listing: Listing) -> Listing:
        """The listing of a feed or sitemap, without pages that are not followed."""
        if self._followed is None:
            return listing
        for result in listing.results:
            if result.url in self._starts and result.pages is not None:
                self._links[result.url] = result.pages
        pages = tuple(page for page in listing.pages if self.is_followed(page.url))
        # no remark: a site without feed and sitemap is normal here
        return structs.replace(listing, pages=pages, remark=None)

    def is_followed(self, url: str) -> bool:
        """Whether a page that a list names is fetched."""
        return self._followed is None or self._followed.is_followed(url)

    async def needs_links_of(self, url: str, known: Known) -> bool:
        """Whether the first page must be fetched without validators, because its links are unknown."""
        if self._followed is None or url not in self._starts:
            return False
        return not await asyncio.to_thread(self._has_links, url, known)

    async def levels(self) -> AsyncIterator[Listing]:
        """The pages at a distance of one link, then of two, and so on."""
        if self._followed is None:
            return
        left = self._followed.follow.max_pages
        met = set(self._starts)
        level: Sequence[str] = self._starts
        for _ in range(self._followed.follow.max_depth):
            # in threads: both query the frontier, and pages have many links
            level = await asyncio.to_thread(self._next_level, self._followed, level, met, most=left)
            if not level:
                return
            left -= len(level)
            self._level, self._links = frozenset(level), {}
            fronts, others = await asyncio.to_thread(self._listed_pages, level)
            # unlimited: in every run they would use up a small limit before new pages
            if fronts:
                yield Listing(fronts, is_unlimited=True)
            yield Listing(others)

    def on_site(self, url: str, page: Fetched) -> Fetched | NotFetched:
        """The page; a failure if it was redirected to another site."""
        if self._followed is None or url not in self._level or self._followed.is_on_site(page.url):
            return page
        message = f"a redirect leads to {page.url}, a host that is not followed"
        return NotFetched(url, "redirected_away", message)

    async def links_of(self, url: str, page: Fetched) -> PageLinks | None:
        """The links of a page that was fetched, where they are followed."""
        if self._followed is None:
            return None
        # in a thread: a page of some megabytes takes a tenth of a second
        links = await asyncio.to_thread(page_links, page)
        if url in self._level:
            self._links[url] = links
        return links

    def _next_level(
        self, followed: FollowedLinks, level: Iterable[str], met: set[str], *, most: int
    ) -> list[str]:
        """The followed pages that the pages of a level link to, at most ``most``. All links are added to ``met``, and
        those met before are skipped.
        """
        found: list[str] = []
        for url in level:
            links = self._links.get(url) or self._frontier.page_links(url)
            for link in links.urls if links else ():
                if len(found) >= most:
                    return found
                if link not in met:
                    met.add(link)
                    if followed.is_followed(link):
                        found.append(link)
        return found

    def _has_links(self, url: str, known: Known) -> bool:
        """Whether the links of the last body of a page are known, from any source."""
        links = self._frontier.page_links(url)
        return links is not None and links.version == known.validators.version

    def _listed_pages(self, level: Sequence[str]) -> tuple[tuple[ListedPage, ...], tuple[ListedPage, ...]]:
        """The pages of a level: known ones that are no articles and may have new links, and all others."""
        known = self._frontier.known(level)
        fronts, others = list[ListedPage](), list[ListedPage]()
        for url in level:
            before = self._wants.usable(known.get(url))
            if before is None or not self._has_links(url, before):
                others.append(ListedPage(url, is_unconditional=True))
            elif before.outcome == _ARTICLE:
                # as if a list had this date: only its age makes it be fetched again
                others.append(ListedPage(url, changed_at=before.fetched_at))
            else:
                fronts.append(ListedPage(url))
        return tuple(fronts), tuple(others)
