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
from copydesk.flows.fetching.http.site_files import MAX_LICENSES, MAX_SITE_FILE_BYTES, HostState

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


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"", b"User-agent: *"])
def test_a_file_is_requested_once_however_many_wait_and_however_it_ends(body: bytes) -> None:
    asked: Counter[str] = Counter()
    urls = [f"https://site{number}.example/robots.txt" for number in range(1_000)]

    async def ask_all() -> None:
        host_state = HostState()
        for _ in range(2):
            files = [host_state.file((url, NOBODY), server(asked, lambda: body, url)) for url in urls * 2]
            assert {file.body for file in await asyncio.gather(*files)} == {body}

    asyncio.run(ask_all())
    assert asked == dict.fromkeys(urls, 1)


def test_what_has_no_end_is_given_up_when_the_run_ends() -> None:
    async def never() -> Outcome:
        await asyncio.sleep(3600)
        raise AssertionError

    async def ask() -> None:
        host_state = HostState()
        waiting = asyncio.ensure_future(host_state.file(("https://a.example/robots.txt", NOBODY), never))
        await asyncio.sleep(0.01)
        host_state.close()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, HANG_SECONDS)

    asyncio.run(ask())


def test_each_origin_may_name_so_many_licences() -> None:
    host_state = HostState()

    def asked(origin: str, *numbers: int) -> list[bool]:
        async def ask() -> list[bool]:
            named = [f"https://l.example/{number}.xml" for number in numbers]
            return [await host_state.may_fetch_license(url, origin=origin) for url in named]

        return asyncio.run(ask())

    assert all(asked("https://a.example", *range(MAX_LICENSES)))
    assert asked("https://a.example", MAX_LICENSES, 0, 1) == [False, True, True]
    assert asked("https://b.example", MAX_LICENSES) == [True]
