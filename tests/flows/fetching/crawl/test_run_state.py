"""What the sources of a run share: latches, pages in flight, counts of skipped pages."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.crawl.run_state import InFlight, Latch, Skipped


@given(st.lists(st.booleans(), max_size=8), st.booleans())
def test_a_latch_tells_once_whether_all_ended_well(ends: list[bool], own: bool) -> None:
    results: list[bool] = []
    latch = Latch(results.append)
    for _ in ends:
        latch.begin()
    for is_ok in ends:
        latch.done(is_ok=is_ok)
        assert results == []  # its maker has not ended
    latch.done(is_ok=own)
    assert results == [all((*ends, own))]


def test_what_follows_may_tell_other_latches_and_the_same_pages() -> None:
    results: list[str] = []
    outer = Latch(lambda _: results.append("outer"))
    inner = Latch(lambda _: (results.append("inner"), outer.done()))
    outer.begin()
    inner.done()
    outer.done()
    assert results == ["inner", "outer"]


def test_a_page_is_requested_by_the_first_and_ends_for_all() -> None:
    results: Counter[tuple[str, bool]] = Counter()
    latches = {name: Latch(lambda is_ok, name=name: results.update([(name, is_ok)])) for name in "abc"}
    pages = InFlight()
    assert [pages.join("page", latches["a"]), pages.join("page", latches["b"])] == [True, False]
    assert pages.join("other", latches["c"])
    for latch in latches.values():
        latch.done()
    assert results == {}
    pages.leave("page", is_ok=False)
    assert results == {("a", False): 1, ("b", False): 1}
    assert pages.ended == 1
    assert pages.join("page", Latch(lambda _: None))  # it is over: who comes now asks anew
    pages.leave("other", is_ok=True)
    assert results[("c", True)] == 1


def test_a_page_nobody_requested_cannot_end() -> None:
    with pytest.raises(KeyError):
        InFlight().leave("page", is_ok=True)


def test_threads_that_join_and_leave_at_once_lose_nothing() -> None:
    pages, results, askers = InFlight(), Counter[bool](), Counter[int]()
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        for page in range(200):
            latch = Latch(lambda is_ok: results.update([is_ok]))
            if pages.join((page, number % 4), latch):
                askers[number] += 1
                pages.leave((page, number % 4), is_ok=True)
            latch.done()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {True: 1_600}
    assert pages.ended == askers.total()


def test_who_joins_while_pages_end_is_never_forgotten() -> None:
    """A page that ends at once must find begun who has just joined it."""
    pages = InFlight()
    results: list[bool] = []
    first = Latch(results.append)
    assert pages.join("page", first)
    pages.leave("page", is_ok=True)
    assert results == []
    first.done()
    assert results == [True]


WORDS = {
    "known": "not fetched: {:,} that are known and not listed as changed",
    "old": "not fetched: {:,} that are older than since",
    "beyond": "not fetched: {:,} beyond the limit",
    "left": "not fetched: {:,} of hosts that do not answer, left for the next run",
    "denied": "not fetched: {:,} that their sites denied lately",
    "patience": "not fetched: {:,} of hosts that requested a pause, left for the next run",
    "not_due": "sources not due yet: {:,}",
}


@given(st.lists(st.tuples(st.sampled_from(sorted(WORDS)), st.integers(0, 3_000))))
def test_each_reason_has_its_line_and_count_in_a_fixed_order(counts: list[tuple[str, int]]) -> None:
    skipped = Skipped()
    for why, count in counts:
        skipped.add(why, count)
    totals = {why: sum(count for other, count in counts if other == why) for why in WORDS}
    assert skipped.lines() == tuple(WORDS[why].format(count) for why, count in totals.items() if count)


def test_of_those_that_rest_the_first_to_be_due_is_reported_last() -> None:
    skipped = Skipped()
    for hour in (9, 6, 7):
        skipped.add_backing_off(datetime(2026, 11, 2, hour, 30, tzinfo=UTC))
    skipped.add("known")
    assert skipped.lines()[-1] == (
        "not fetched: 3 that failed lately; the first is due again at 2026-11-02 06:30 UTC, or with --refetch"
    )
    assert len(skipped.lines()) == 2
