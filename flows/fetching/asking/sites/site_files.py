"""Files that speak for a whole site (robots.txt, tdmrep.json, licences): asked once a day, however many pages
wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from msgspec import Struct

from copydesk.flows.fetching.asking.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.asking.pace import Pace
from copydesk.flows.fetching.asking.retry_policy import site_file_meaning
from copydesk.flows.fetching.asking.sites.robots import MAX_BYTES, Robots
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
