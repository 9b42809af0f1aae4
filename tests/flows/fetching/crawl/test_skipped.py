"""What a run says of the pages that it did not read."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.crawl.run_state import Skipped

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
def test_each_reason_has_its_line_and_its_count_in_an_order_that_is_always_the_same(
    counts: list[tuple[str, int]],
) -> None:
    skipped = Skipped()
    for why, count in counts:
        skipped.add(why, count)
    totals = {why: sum(count for other, count in counts if other == why) for why in WORDS}
    assert skipped.lines() == tuple(WORDS[why].format(count) for why, count in totals.items() if count)


def test_of_those_that_rest_the_first_to_be_due_is_told_last() -> None:
    skipped = Skipped()
    for hour in (9, 6, 7):
        skipped.add_resting(datetime(2026, 11, 2, hour, 30, tzinfo=UTC))
    skipped.add("known")
    assert skipped.lines()[-1] == (
        "not fetched: 3 that failed lately; the first is due again at 2026-11-02 06:30 UTC, or with --refetch"
    )
    assert len(skipped.lines()) == 2
