"""Single pages for a service that runs for days."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace, TracebackType

import pytest
from faulty_server import FaultyServer

from copydesk.cleaners.types import Page
from copydesk.flows.crawl import single_pages
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy


def test_each_day_asks_for_robots_txt_again_and_the_days_before_are_let_go(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    now = [0.0]

    class Fetcher(single_pages.Fetcher):
        async def __aenter__(self) -> Fetcher:
            events.append("opened")
            return self

        async def __aexit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            events.append("closed")
            await super().__aexit__(kind, error, trace)

    monkeypatch.setattr(single_pages, "Fetcher", Fetcher)
    monkeypatch.setattr(single_pages, "time", SimpleNamespace(monotonic=lambda: now[0]))

    async def four_days() -> None:
        politeness = PolitenessPolicy(pace_seconds=0, allowed=frozenset({server.netloc}))
        async with single_pages.SinglePages(politeness, FetchLimits()) as pages:
            for _ in range(4):
                now[0] += 25 * 3600
                for _ in range(2):
                    assert isinstance(await pages.fetch(server.url("/news")), Page)
            assert (events.count("opened"), events.count("closed")) == (4, 2)

    asyncio.run(four_days())
    assert (events.count("opened"), events.count("closed")) == (4, 4)
    assert server.paths().count("/robots.txt") == 4
