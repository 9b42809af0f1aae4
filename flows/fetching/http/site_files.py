"""Files that speak for a whole site (robots.txt, tdmrep.json, licences): asked once a day, however many pages
wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from msgspec import Struct

from copydesk.cleaners.types import SiteSignal
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.http.rate_limit import Pace
from copydesk.flows.fetching.http.retry_policy import site_file_meaning
from copydesk.flows.fetching.http.robots import MAX_BYTES, Robots
from copydesk.flows.fetching.http.usage_terms import (
    TDMREP_PATH,
    license_links,
    license_signals,
    tdmrep_signals,
)
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.fetching.wire.lru import Lru

MAX_SITE_FILE_BYTES = MAX_BYTES
"""As they come, and unpacked: what robots.txt has beyond is left, another file that is larger counts as none."""
MAX_LICENSES = 20
"""Different documents of terms that the pages of one origin may make us ask for within a day: anybody may be
named there.
"""
_KEPT_BYTES = 16_000_000  # of files at hand, in all
_KEPT_RULES_BYTES = 100_000_000  # of robots.txt at hand as it was read: of as many hosts as may be under way, be each as long as it may

Key = tuple[str, frozenset[str]]
"""A URL, and what may be reached by who asks for it: others may be refused."""

REQUESTS_AT_ONCE = 32
"""Requests under way at the same time, to as many hosts."""


class SiteFile(Struct, frozen=True):
    """A file as a server answered for it: ``status`` None where it did not; ``fault`` says what came instead
    of a body.
    """

    status: int | None
    body: bytes = b""
    fault: NotFetched | None = None

    @property
    def meaning(self) -> Literal["rules", "none", "unreachable"]:
        """What it says of its site; what is ``unreachable`` is no answer, others may be relied on for a day."""
        return site_file_meaning(self.status)


class SiteFileStore(Protocol):
    """Where the files of earlier runs are kept. Asked from threads beside the event loop."""

    def site_file(self, url: str) -> SiteFile | None:
        """The file at a URL as long as it may be relied on."""
        ...

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Keeps what was answered now."""
        ...


class HostState:
    """What all fetchers of a run share, so that no host is asked too often or twice for the same file of its site.

    In memory are the files used last; others come from the store, or are asked for anew where there is none.
    """

    def __init__(self, store: SiteFileStore | None = None) -> None:
        self.pace = Pace()
        self.room = asyncio.Semaphore(REQUESTS_AT_ONCE)
        """Taken within a host's turn, so that who waits for one host keeps nobody from another."""
        self.robots: Lru[Key, tuple[Robots, NotFetched | None]] = Lru(_KEPT_RULES_BYTES)
        """Rules of origins, and what kept us from reading them."""
        self._store = store
        self._files: Lru[Key, SiteFile] = Lru(_KEPT_BYTES)
        self._asked: dict[Key, asyncio.Task[SiteFile]] = {}
        self._naming = asyncio.Lock()

    async def file(self, key: Key, ask: Callable[[], Awaitable[Outcome]]) -> SiteFile:
        """The file at a key's URL; ``ask`` fetches it where neither this run nor the store has it."""
        known = self._files.get(key)
        if known is not None:
            return known
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self._answer(key, ask))
        return await asyncio.shield(self._asked[key])

    async def _answer(self, key: Key, ask: Callable[[], Awaitable[Outcome]]) -> SiteFile:
        try:
            known = await self._known(key)
            if known is not None:
                return known
            found = file_of(await ask())
            await self._note(key, found)
            return found
        finally:
            self._asked.pop(key, None)

    async def _known(self, key: Key) -> SiteFile | None:
        found = self._files.get(key)
        if found is None and self._store:
            # the store alone in a thread: what is at hand belongs to the loop's
            found = await asyncio.to_thread(self._store.site_file, key[0])
            if found is not None:
                self._files.put(key, found, weight=len(found.body))
        return found

    async def _note(self, key: Key, file: SiteFile) -> None:
        self._files.put(key, file, weight=len(file.body))
        if self._store and file.meaning != "unreachable":
            await asyncio.to_thread(self._store.note_site_file, key[0], file)

    async def may_ask_license(self, url: str, *, origin: str) -> bool:
        """Whether pages of an origin may make us ask for this document of terms: it is among the first
        ``MAX_LICENSES`` they named.
        """
        # kept like a file of the site, under what is no URL and so no page can name
        key = f"licenses named by {origin}", frozenset[str]()
        name = url.encode("utf-8", "replace")
        # of two pages at the same time neither may forget what the other names
        async with self._naming:
            noted = await self._known(key)
            named = noted.body.split(b"\n") if noted else []
            if name not in named:
                if len(named) >= MAX_LICENSES:
                    return False
                await self._note(key, SiteFile(200, b"\n".join((*named, name))))
        return True

    def close(self) -> None:
        """Gives up what is still being asked."""
        for task in tuple(self._asked.values()):
            task.cancel()


def file_of(outcome: Outcome) -> SiteFile:
    """A fetch of a file of a site, as the file."""
    if isinstance(outcome, Fetched):
        return SiteFile(outcome.status, outcome.body)
    if isinstance(outcome, NotFetched):
        return SiteFile(outcome.http_status, fault=outcome)
    return SiteFile(None)


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
