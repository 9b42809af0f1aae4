"""A list is asked for once in a run, however many name it; of what is noted of it the most holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, NotModified, Outcome, Validators
from copydesk.flows.fetching.lists.list_cache import ListCache

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


def test_all_who_ask_at_once_get_the_one_answer_with_its_body() -> None:
    server = Server(FEED)
    assert asked(*[(URL, ("polite",), NOTHING)] * 5, fetch=server) == [FEED] * 5
    assert server.asked == 1


def test_where_redirects_led_to_is_not_requested_again() -> None:
    server = Server(FEED)

    async def one_after_the_other() -> list[Outcome]:
        lists = ListCache()
        return [await lists.fetch(url, (), NOTHING, server) for url in (URL, MOVED, URL)]

    assert asyncio.run(one_after_the_other()) == [FEED] * 3
    assert server.asked == 1


def test_who_asks_in_another_way_gets_an_answer_of_its_own() -> None:
    server = Server(FEED)
    asked((URL, ("one",), NOTHING), (URL, ("other",), NOTHING), fetch=server)
    assert server.asked == 2


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


NOTES = {
    "some, the newest left out": (False, NOW),
    "some, little left out": (False, NOW - timedelta(days=9)),
    "some, nothing left out": (False, None),
    "all, much left out": (True, NOW),
    "all, little left out": (True, NOW - timedelta(days=9)),
    "all, nothing left out": (True, None),
}
"""From the least informative result of a list to the most."""


@pytest.mark.parametrize("order", list(permutations(NOTES, 3))[::7], ids=" < ".join)
def test_of_several_notes_the_one_that_says_most_is_written_last(order: tuple[str, ...]) -> None:
    lists, written = ListCache(), list[str]()
    worth = list(NOTES)
    for name in order:
        is_settled, left_before = NOTES[name]
        lists.note_best(
            URL,
            (),
            is_settled=is_settled,
            left_before=left_before,
            note=lambda name=name: written.append(name),
        )
    best = [
        name for at, name in enumerate(order) if all(worth.index(name) > worth.index(n) for n in order[:at])
    ]
    assert written == best


def test_lists_and_ways_to_ask_are_noted_apart() -> None:
    lists, written = ListCache(), list[str]()
    for url, politeness in ((URL, ("a",)), (URL, ("b",)), (MOVED, ("a",)), (URL, ("a",))):
        name = f"{url} {politeness[0]}"
        lists.note_best(
            url, politeness, is_settled=True, left_before=None, note=lambda name=name: written.append(name)
        )
    assert written == [f"{URL} a", f"{URL} b", f"{MOVED} a"]
