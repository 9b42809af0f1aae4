"""Counts of the pages that a run has skipped."""

from __future__ import annotations

from datetime import UTC, datetime

from copydesk.flows.crawl.run_state import Skipped


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
