"""What a site says on who may ask it and what may be done with its pages: its files, asked for and read."""

from __future__ import annotations

import asyncio
from typing import Protocol

from copydesk.cleaners.types import SiteSignal
from copydesk.flows.fetching.asking.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.asking.sites.robots import Robots
from copydesk.flows.fetching.asking.sites.site_files import HostState, SiteFile
from copydesk.flows.fetching.asking.sites.usage_statement import (
    TDMREP_PATH,
    license_links,
    license_signals,
    tdmrep_signals,
)
from copydesk.flows.fetching.wire.addresses import origin_of

# of robots.txt, beyond which it is read in a thread (see _robots_in); set by hand
_LONG_BYTES = 20_000
_MAX_LICENSES = 3  # documents of terms read for one page


class AskSite(Protocol):
    """Fetches a file of a site; robots.txt itself is asked for without asking it."""

    async def __call__(self, url: str, *, is_robots: bool) -> Outcome:
        """How the fetch ended."""
        ...


class SiteTerms:
    """The terms of all sites that a fetcher asks. ``allowed``: what it may reach (see ``Manners``)."""

    def __init__(self, host_state: HostState, ask: AskSite, *, allowed: frozenset[str]) -> None:
        self._host_state = host_state
        self._ask = ask
        self._allowed = allowed
        self._reading = asyncio.Lock()

    async def robots(self, url: str) -> Robots:
        """The rules of a URL's origin, asked once however many wait for them."""
        return (await self.robots_answer(url))[0]

    async def robots_answer(self, url: str) -> tuple[Robots, NotFetched | None]:
        """The rules, and what kept us from reading them where they are unreachable."""
        # with what may be reached: who may ask an inner host must not answer for one who may not
        key = f"{origin_of(url)}/robots.txt", self._allowed
        known = self._host_state.robots.get(key)
        if known is None:
            file = await self._file(key[0], is_robots=True)
            async with self._reading:
                # of several that have waited the first has read it
                known = self._host_state.robots.get(key) or (await _robots_in(file), file.fault)
                self._host_state.robots.put(key, known, weight=known[0].weight)
        return known

    async def usage_signals(self, outcome: Outcome) -> tuple[SiteSignal, ...]:
        """What files of its site say on the use of a page: robots.txt, TDMRep, and the terms that these and
        the page name.

        Of a page that robots.txt denies nothing else is asked; of one that could not be had there is nothing to say.
        """
        # the denial stands in robots.txt, which has been read: no request more
        if isinstance(outcome, NotFetched) and outcome.reason == "robots_denied":
            return tuple((await self.robots(outcome.url)).signals(outcome.url))
        if not isinstance(outcome, Fetched):
            return ()
        url = outcome.url
        robots, origin = await self.robots(url), origin_of(url)
        signals = list(await self.usage_signals_of_site(url))
        named = license_links(outcome.headers, outcome.body, url=url)
        # the site's own terms first: a page can name any number
        for address in list(dict.fromkeys((*robots.licenses, *named)))[:_MAX_LICENSES]:
            if await self._host_state.may_ask_license(address, origin=origin):
                signals += license_signals((await self._file(address)).body, url=url)
        return tuple(signals)

    async def usage_signals_of_site(self, url: str) -> tuple[SiteSignal, ...]:
        """What robots.txt and TDMRep of its site say on the use of what is at a URL, whether it can be had or not."""
        # also for pages that could not be had: a feed's text in their place is under the same terms
        tdmrep = await self._file(origin_of(url) + TDMREP_PATH)
        robots = await self.robots(url)
        return (*robots.signals(url), *tdmrep_signals(tdmrep.body, url=url))

    async def _file(self, url: str, *, is_robots: bool = False) -> SiteFile:
        async def ask() -> Outcome:
            return await self._ask(url, is_robots=is_robots)

        return await self._host_state.file((url, self._allowed), ask)


async def _robots_in(file: SiteFile) -> Robots:
    """robots.txt; beside what else goes on where it is so long that reading it takes a tenth of a second."""
    if len(file.body) > _LONG_BYTES:
        return await asyncio.to_thread(Robots, file.meaning, file.body)
    return Robots(file.meaning, file.body)
