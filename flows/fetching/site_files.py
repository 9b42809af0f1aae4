"""Files that speak for a whole site (robots.txt, tdmrep.json, licences): asked once a day, however many pages wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct

from flows.fetching.outcomes import Fetched, NotFetched, Outcome
from flows.fetching.pace import Pace

REQUESTS_AT_ONCE = 32
"""Requests under way at the same time, to as many hosts."""


class SiteFile(Struct, frozen=True):
    """A file as a server answered for it: ``status`` None where it did not; ``fault`` says what came instead of a body."""

    status: int | None
    body: bytes = b""
    fault: NotFetched | None = None

    @property
    def is_answer(self) -> bool:
        """Whether this may be relied on for a day: what the server says, not what kept it from saying anything."""
        return self.status is not None and self.status < 500 and self.status != 429


class SiteFileStore(Protocol):
    """Where the files of earlier runs are kept."""

    def site_file(self, url: str) -> SiteFile | None:
        """The file at a URL as long as it may be relied on."""
        ...

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Keeps what was answered now."""
        ...


class Courtesy:
    """What all fetchers of a run share, so that no host is asked too often or twice for the same file of its site."""

    def __init__(self, store: SiteFileStore | None = None) -> None:
        self.pace = Pace()
        self.room = asyncio.Semaphore(REQUESTS_AT_ONCE)
        """Taken within a host's turn, so that who waits for one host keeps nobody from another."""
        self._store = store
        self._asked: dict[tuple[str, frozenset[str]], asyncio.Task[SiteFile]] = {}

    async def file(
        self, url: str, ask: Callable[[], Awaitable[Outcome]], *, allowed: frozenset[str]
    ) -> SiteFile:
        """The file at ``url``; ``ask`` fetches it where neither this run nor the store has it.

        ``allowed``: what the one who asks may reach, since others may be refused.
        """
        key = url, allowed
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self._answer(url, ask))
        return await asyncio.shield(self._asked[key])

    async def _answer(self, url: str, ask: Callable[[], Awaitable[Outcome]]) -> SiteFile:
        known = self._store.site_file(url) if self._store else None
        if known is not None:
            return known
        found = file_of(await ask())
        if self._store and found.is_answer:
            self._store.note_site_file(url, found)
        return found

    def close(self) -> None:
        """Gives up what is still being asked."""
        for task in self._asked.values():
            task.cancel()


def file_of(outcome: Outcome) -> SiteFile:
    """A fetch of a file of a site, as the file."""
    if isinstance(outcome, Fetched):
        return SiteFile(outcome.status, outcome.body)
    if isinstance(outcome, NotFetched):
        code = outcome.reason.removeprefix("http_")
        return SiteFile(int(code) if code.isdecimal() else None, fault=outcome)
    return SiteFile(None)
