"""What the sources of a run share: latches, pages in flight, counts of skipped pages."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime

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


def test_each_reason_has_its_line_in_a_fixed_order_and_the_first_to_be_due_comes_last() -> None:
    skipped = Skipped()
    for why, count in (("beyond", 1_200), ("known", 2), ("old", 0), ("known", 1)):
        skipped.add(why, count)
    for hour in (9, 6, 7):
        skipped.add_backing_off(datetime(2026, 11, 2, hour, 30, tzinfo=UTC))
    assert skipped.lines() == (
        "not fetched: 3 that are known and not listed as changed",
        "not fetched: 1,200 beyond the limit",
        "not fetched: 3 that failed lately; the first is due again at 2026-11-02 06:30 UTC, or with --refetch",
    )
