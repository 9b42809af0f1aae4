"""Files that speak for sites: asked once, and bounded in memory however many sites there are."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from conftest import HANG_SECONDS

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.http.site_files import MAX_SITE_FILE_BYTES, HostState

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NOBODY = frozenset[str]()


def server(asked: Counter[str], body: Callable[[], bytes], url: str) -> Callable[[], asyncio.Future[Outcome]]:
    async def answer() -> Outcome:
        asked[url] += 1
        await asyncio.sleep(0)
        content = body()
        return Fetched(url, 200, {}, content, NOW) if content else NotFetched(url, "dns", "no such host")

    return lambda: asyncio.ensure_future(answer())


def test_thousands_of_large_files_take_little_memory() -> None:
    asked: Counter[str] = Counter()

    async def ask_all() -> None:
        host_state = HostState()
        for number in range(2_000):
            url = f"https://site{number}.example/robots.txt"
            body = lambda: bytes(MAX_SITE_FILE_BYTES)  # noqa: E731
            await host_state.file((url, NOBODY), server(asked, body, url))

    tracemalloc.start()
    try:
        asyncio.run(ask_all())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(asked) == 2_000
    assert peak < 25_000_000


def test_what_has_no_end_is_given_up_when_the_run_ends() -> None:
    async def never() -> Outcome:
        await asyncio.sleep(3600)
        raise AssertionError

    async def ask() -> None:
        host_state = HostState()
        waiting = asyncio.ensure_future(host_state.file(("https://a.example/robots.txt", NOBODY), never))
        await asyncio.sleep(0.01)
        await host_state.close()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, HANG_SECONDS)

    asyncio.run(ask())
