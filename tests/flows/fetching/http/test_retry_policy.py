"""After a failed request: for how long a page and its host are skipped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from copydesk.flows.fetching.http.outcomes import (
    MAX_FAILED_IN_A_ROW,
    HostHealth,
    NotFetched,
    SiteFile,
    wait_until_another_run,
)
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET

HERE = "https://paper.example/news/today?page=2"


def test_that_our_own_budget_is_used_up_is_no_fault_of_the_host() -> None:
    health = HostHealth()
    for _ in range(MAX_FAILED_IN_A_ROW):
        health.note(NotFetched(HERE, OVER_BUDGET, "more than 10 requests"))
    assert not health.is_given_up


def test_pages_in_a_row_for_which_a_host_is_to_blame_leave_it_too() -> None:
    health = HostHealth()
    for _ in range(MAX_FAILED_IN_A_ROW):
        assert not health.is_given_up
        health.note(NotFetched(HERE, "http_429", "", pause_seconds=1.0))
    assert (health.is_given_up, health.skip_reason) == (True, "patience")


@pytest.mark.parametrize(
    ("reason", "asked", "failures", "wait"),
    [
        ("http_503", None, 0, timedelta(minutes=15)),
        ("http_503", None, 2, timedelta(hours=1)),
        ("http_404", None, 10_000, timedelta(hours=24)),
        ("retry_later", 7_000.0, 3, timedelta(seconds=7_000)),
    ],
)
def test_failed_pages_back_off(reason: str, asked: float | None, failures: int, wait: timedelta) -> None:
    assert wait_until_another_run(NotFetched(HERE, reason, "", retry_seconds=asked), failures) == wait


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(200, "rules"), (401, "none"), (404, "none"), (429, "unreachable"), (503, "unreachable"), (304, "unreachable"),
     (None, "unreachable")],
)  # fmt: skip
def test_missing_robots_txt_allows_all_and_a_failing_one_nothing(status: int | None, meaning: str) -> None:
    assert SiteFile(status).meaning == meaning
