"""The files of a site (robots.txt, tdmrep.json, licences), each requested once a day, and what they say about pages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import TYPE_CHECKING, Protocol

from cachetools import LRUCache
from msgspec import Struct

from copydesk.cleaners.types import SiteSignal
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.http.politeness import HostLeases, RateLimiter
from copydesk.flows.fetching.http.robots import MAX_BYTES, Meaning, Robots
from copydesk.flows.fetching.http.usage_terms import (
    TDMREP_PATH,
    license_links,
    license_signals,
    tdmrep_signals,
)
from copydesk.flows.fetching.wire.addresses import origin_of

if TYPE_CHECKING:
    from copydesk.flows.fetching.http.response_cache import ResponseCache

MAX_SITE_FILE_BYTES = MAX_BYTES
"""As sent, and decompressed: robots.txt is cut there, other files are ignored if they are larger."""
MAX_LICENSES = 20
"""Licences of an origin that are requested within a day: its pages can name any number."""
REQUESTS_AT_ONCE = 32
"""Concurrent requests, each to another host."""
_KEPT_BYTES = 16_000_000  # of files in memory
# of parsed robots.txt in memory: at least twenty, of the maximum size; the others are parsed again
_KEPT_RULES_BYTES = 100_000_000
_OBJECTS_BYTES = 1_000  # the approximate size of a key and the objects around a file
_MAX_LICENSES_OF_PAGE = 3

Key = tuple[str, frozenset[str]]
"""A URL, and the private hosts that the source may request: for another source the URL may be forbidden."""


class SiteFile(Struct, frozen=True):
    """A file of a site as its server sent it. ``status``: None without a response; ``fault``: the failure."""

    status: int | None
    body: bytes = b""
    fault: NotFetched | None = None

    @property
    def meaning(self) -> Meaning:
        """What its status means for its site (RFC 9309, 2.3.1): there are rules, there are none, or that is unknown.

        ``unreachable`` is not stored, all else is valid for a day.
        """
        if self.status is not None and 200 <= self.status < 300:
            return "rules"
        # "unavailable" (RFC 9309, 2.3.1.3), also 401 and 403; not 429, which asks to wait
        if self.status is not None and 400 <= self.status < 500 and self.status != 429:
            return "none"
        return "unreachable"


class SiteFileStore(Protocol):
    """Stores files between runs. Called from threads, not from that of the event loop."""

    def site_file(self, url: str) -> SiteFile | None:
        """The file at a URL, if it has not expired."""

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Stores a file."""


class HostState:
    """State that all fetchers of a run share: rate limits, and the files of sites, each requested once.

    Recently used files are in memory, others in the store; without a store they are requested again. ``cache``: of
    pages between runs. ``leases``: shared with other runs.
    """

    def __init__(
        self,
        store: SiteFileStore | None = None,
        cache: ResponseCache | None = None,
        leases: HostLeases | None = None,
    ) -> None:
        self.cache = cache
        self.rate_limiter = RateLimiter(leases)
        self.room = asyncio.Semaphore(REQUESTS_AT_ONCE)
        """Acquired within a host's turn, so that waiting for a host blocks no other."""
        self.robots: MutableMapping[Key, Robots] = LRUCache(
            _KEPT_RULES_BYTES, getsizeof=lambda robots: _OBJECTS_BYTES + robots.weight
        )
        """Parsed robots.txt of origins."""
        self._store = store
        self._files: MutableMapping[Key, SiteFile] = LRUCache(
            _KEPT_BYTES, getsizeof=lambda file: _OBJECTS_BYTES + len(file.body)
        )
        self._requests: dict[Key, asyncio.Task[SiteFile]] = {}
        self._naming = asyncio.Lock()

    async def file(self, key: Key, fetch: Callable[[], Awaitable[Outcome]]) -> SiteFile:
        """The file at the key's URL; ``fetch`` is called if neither this run nor the store has it."""
        known = self._files.get(key)
        if known is not None:
            return known
        if key not in self._requests:
            self._requests[key] = asyncio.ensure_future(self._stored_or_fetched(key, fetch))
        return await asyncio.shield(self._requests[key])

    async def _stored_or_fetched(self, key: Key, fetch: Callable[[], Awaitable[Outcome]]) -> SiteFile:
        try:
            known = await self._known(key)
            if known is not None:
                return known
            outcome = await fetch()
            found = SiteFile(None)
            if isinstance(outcome, Fetched):
                found = SiteFile(outcome.status, outcome.body)
            elif isinstance(outcome, NotFetched):
                found = SiteFile(outcome.http_status, fault=outcome)
            await self._note(key, found)
            return found
        finally:
            self._requests.pop(key, None)

    async def _known(self, key: Key) -> SiteFile | None:
        found = self._files.get(key)
        if found is None and self._store:
            # only the store in a thread: the memory is used in the loop's thread
            found = await asyncio.to_thread(self._store.site_file, key[0])
            if found is not None:
                self._files[key] = found
        return found

    async def _note(self, key: Key, file: SiteFile) -> None:
        self._files[key] = file
        if self._store and file.meaning != "unreachable":
            await asyncio.to_thread(self._store.note_site_file, key[0], file)

    async def may_fetch_license(self, url: str, *, origin: str) -> bool:
        """Whether a licence is among the first ``MAX_LICENSES`` that pages of an origin name."""
        # stored like a file of the site; the key is no URL, so that no page can name it
        key = f"licenses named by {origin}", frozenset[str]()
        name = url.encode("utf-8", "replace")
        # two pages may name licences concurrently
        async with self._naming:
            noted = await self._known(key)
            named = noted.body.split(b"\n") if noted else []
            if name not in named:
                if len(named) >= MAX_LICENSES:
                    return False
                await self._note(key, SiteFile(200, b"\n".join((*named, name))))
        return True

    async def close(self) -> None:
        """Cancels open requests, and waits until they have given their hosts back."""
        tasks = tuple(self._requests.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.rate_limiter.close()


FetchFile = Callable[[str, bool], Awaitable[Outcome]]
"""Fetches a file of a site, told whether it is robots.txt, which is fetched without checking itself."""


class SiteFiles:
    """The rules of sites about fetching and using their pages. ``allowed``: see ``PolitenessPolicy``."""

    def __init__(self, host_state: HostState, fetch: FetchFile, *, allowed: frozenset[str]) -> None:
        self._host_state = host_state
        self._fetch = fetch
        self._allowed = allowed
        self._parsing = asyncio.Lock()

    async def robots(self, url: str) -> Robots:
        """The robots.txt of a URL's origin."""
        # by the allowed hosts, too: the result for a private host depends on them
        key = f"{origin_of(url)}/robots.txt", self._allowed
        known = self._host_state.robots.get(key)
        if known is None:
            file = await self._file(key[0], is_robots=True)
            async with self._parsing:
                # of several that have waited the first has parsed it
                known = self._host_state.robots.get(key)
                if known is None:
                    # in a thread: a long one takes a tenth of a second
                    known = await asyncio.to_thread(Robots, file.meaning, file.body, file.fault)
                    self._host_state.robots[key] = known
        return known

    async def robots_signals(self, url: str) -> tuple[SiteSignal, ...]:
        """What robots.txt says on the use of a URL, also of one that it denies."""
        return tuple((await self.robots(url)).signals(url))

    async def usage_signals(self, page: Fetched) -> tuple[SiteSignal, ...]:
        """The terms of use of a page from the files of its site: robots.txt, TDMRep, and the licences that these and
        the page name.
        """
        url = page.url
        robots, origin = await self.robots(url), origin_of(url)
        signals = list(await self.usage_signals_of_site(url))
        named = license_links(page.headers, page.body, url=url)
        # the site's own licences first: a page can name any number
        for license_url in list(dict.fromkeys((*robots.licenses, *named)))[:_MAX_LICENSES_OF_PAGE]:
            if await self._host_state.may_fetch_license(license_url, origin=origin):
                signals += license_signals((await self._file(license_url)).body, url=url)
        return tuple(signals)

    async def usage_signals_of_site(self, url: str) -> tuple[SiteSignal, ...]:
        """The terms of use of a URL from robots.txt and TDMRep, also where it could not be fetched: a feed's
        own text in its place is under the same terms.
        """
        tdmrep = await self._file(origin_of(url) + TDMREP_PATH)
        return (*await self.robots_signals(url), *tdmrep_signals(tdmrep.body, url=url))

    async def _file(self, url: str, *, is_robots: bool = False) -> SiteFile:
        return await self._host_state.file((url, self._allowed), partial(self._fetch, url, is_robots))
