"""What a failed request says of those after it: for how long a page and its host are left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.asking.outcomes import NotFetched
from copydesk.flows.fetching.asking.retry_policy import (
    TRANSIENT_STATUS,
    UNWELL_PAGES,
    HostHealth,
    bad_status,
    patience_asked_for,
    seconds_until_another_run,
)
from copydesk.flows.fetching.wire.request_budget import OVER_BUDGET

HERE = "https://paper.example/news/today?page=2"
WEEK = 7 * 24 * 3600


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 7 ", 7),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 5_000, WEEK),
        (str(WEEK + 1), WEEK),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", WEEK),
        ("Fri, 99 Dec 2026 23:59:59 GMT", None),
    ],
)
def test_patience_is_asked_for_in_seconds_or_by_a_date(value: str | None, seconds: float | None) -> None:
    assert patience_asked_for(value) == seconds


@given(st.integers(60, WEEK - 60), st.booleans())
def test_a_date_is_in_universal_time_whether_it_says_so_or_not(seconds: int, has_zone: bool) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    found = patience_asked_for(when if has_zone else when.replace("GMT", "-0000"))
    assert found is not None
    # dates have no fractions, and making one takes a moment
    assert seconds - 60 <= found <= seconds


@pytest.mark.parametrize("status", sorted(TRANSIENT_STATUS))
@pytest.mark.parametrize(
    ("asked", "reason", "wait"), [(None, "http_", None), ("10", "http_", 10), ("11", "retry_later", 11)]
)
def test_a_fault_that_passes_is_waited_for_as_long_as_there_is_patience(
    status: int, asked: str | None, reason: str, wait: float | None
) -> None:
    found = bad_status(HERE, status, asked, patience_seconds=10)
    assert found.reason == (f"{reason}{status}" if reason == "http_" else reason)
    assert (found.status, found.retry_seconds) == ("failed", wait)
    assert f"status {status}" in found.message
    assert ("to be asked again in 11 seconds" in found.message) is (reason == "retry_later")


@pytest.mark.parametrize(
    ("status", "is_answer"),
    [(206, True), (400, True), (404, True), (410, True), (499, True),
     (304, False), (300, False), (501, False), (505, False), (599, False)],
)  # fmt: skip
def test_a_plain_no_is_an_answer_and_other_statuses_are_faults(status: int, *, is_answer: bool) -> None:
    found = bad_status(HERE, status, "9999", patience_seconds=1)
    assert (found.reason, found.is_answer, found.retry_seconds) == (f"http_{status}", is_answer, None)
    assert found.status == "failed"


@pytest.mark.parametrize(("asked", "seconds"), [(None, None), ("0", None), ("10", None), ("11", 11)])
def test_only_a_long_wish_for_patience_leaves_a_page_and_its_host_to_another_run(
    asked: str | None, seconds: float | None
) -> None:
    found, health = bad_status(HERE, 503, asked, patience_seconds=10), HostHealth()
    health.note(found)
    assert (seconds_until_another_run(found), health.is_left) == (seconds, seconds is not None)


def test_that_our_own_budget_is_used_up_is_no_fault_of_the_host() -> None:
    health = HostHealth()
    for _ in range(UNWELL_PAGES):
        health.note(NotFetched(HERE, OVER_BUDGET, "more than 10 requests"))
    assert not health.is_left


def test_pages_in_a_row_for_which_a_host_is_to_blame_leave_it_too() -> None:
    health = HostHealth()
    for _ in range(UNWELL_PAGES):
        assert not health.is_left
        health.note(NotFetched(HERE, "http_429", "", retry_seconds=1.0))
    assert (health.is_left, health.why_left) == (True, "patience")
