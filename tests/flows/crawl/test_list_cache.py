"""A list is asked for once in a run, however many name it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from copydesk.flows.crawl.listings import ListCache
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, NotModified, Outcome, Validators

NOW = datetime(2026, 11, 1, tzinfo=UTC)
URL = "https://paper.example/feed.xml"
MOVED = "https://paper.example/new/feed.xml"


class Server:
    """Gives the set responses and counts requests."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.asked = 0

    async def __call__(self) -> Outcome:
        self.asked += 1
        await asyncio.sleep(0)
        return self.outcome


def asked(
    *turns: tuple[str, tuple[str, ...], Validators], fetch: Callable[[], Awaitable[Outcome]]
) -> list[Outcome]:
    async def all_of_them() -> list[Outcome]:
        lists = ListCache()
        return list(
            await asyncio.gather(
                *(lists.fetch(url, politeness, known, fetch) for url, politeness, known in turns)
            )
        )

    return asyncio.run(all_of_them())


FEED = Fetched(MOVED, 200, {"etag": '"1"'}, b"<rss/>" * 100, NOW, (URL,))
NOTHING = Validators()


def test_where_redirects_led_to_is_not_requested_again() -> None:
    server = Server(FEED)

    async def one_after_the_other() -> list[Outcome]:
        lists = ListCache()
        return [await lists.fetch(url, (), NOTHING, server) for url in (URL, MOVED, URL)]

    assert asyncio.run(one_after_the_other()) == [FEED] * 3
    assert server.asked == 1


@pytest.mark.parametrize(
    ("outcome", "other", "times"),
    [
        (NotModified(URL, NOW), Validators('"1"'), 1),
        (NotModified(URL, NOW), Validators('"2"'), 2),
        (NotModified(URL, NOW), NOTHING, 2),
        (NotFetched(URL, "dns", "no such host"), Validators('"2"'), 1),
        (NotFetched(URL, "over_budget", "no time is left"), NOTHING, 2),
        (FEED, Validators('"2"'), 1),
    ],
)
def test_304_is_only_for_the_same_validators(outcome: Outcome, other: Validators, times: int) -> None:
    server = Server(outcome)
    found = asked((URL, (), Validators('"1"')), (URL, (), other), fetch=server)
    assert found == [outcome] * 2
    assert server.asked == times
