"""What an answer comes to: where redirects lead, how long a server asks to wait, how a status ends a request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.asking.answers import (
    TRANSIENT_STATUS,
    Step,
    bad_status,
    redirected,
    refused_unasked,
    retry_after,
)
from copydesk.flows.fetching.asking.outcomes import NotFetched

HERE = "https://paper.example/news/today?page=2"
WEEK = 7 * 24 * 3600


def step(status: int = 302, **headers: str) -> Step:
    return Step(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("https://other.example/a#top", "https://other.example/a"),
        ("  /sport  ", "https://paper.example/sport"),
        ("tomorrow", "https://paper.example/news/tomorrow"),
        ("../../../x", "https://paper.example/x"),
        ("?page=3", "https://paper.example/news/today?page=3"),
        ("//cdn.example/a/./b/../c", "https://cdn.example/a/c"),
        ("/%2e%2e/%2e%2e/etc", "https://paper.example/etc"),
    ],
)
def test_a_redirect_leads_to_a_whole_address(location: str, leads_to: str) -> None:
    assert redirected(HERE, step(location=location)) == leads_to


@pytest.mark.parametrize(
    ("location", "reason", "message"),
    [
        (None, "bad_redirect", "status 302 without a place to go to"),
        ("   ", "bad_redirect", "status 302 without a place to go to"),
        ("https:/other.example/a", "bad_redirect", "the redirect names no host"),
        ("HTTP:other.example", "bad_redirect", "the redirect names no host"),
        ("https:///other.example/a", "bad_redirect", "the redirect names no host"),
        ("///other.example/a", "bad_redirect", "the redirect names no host"),
        ("https://[fd00::1/a", "bad_redirect", "the redirect is no URL"),
        ("https://other.example:port/", "bad_redirect", "the redirect is no URL"),
        ("/a\x00b", "bad_redirect", "the redirect is no URL"),
        ("http://paper.example/news", "downgrade", "a redirect from https to http, not followed"),
    ],
)
def test_a_redirect_that_is_none_is_told(location: str | None, reason: str, message: str) -> None:
    found = redirected(HERE, step(**({} if location is None else {"location": location})))
    assert isinstance(found, NotFetched)
    assert (found.url, found.reason, found.message) == (HERE, reason, message)


def test_only_from_https_to_http_is_a_downgrade() -> None:
    assert redirected("http://paper.example/", step(location="http://b.example/")) == "http://b.example/"
    assert redirected("http://paper.example/", step(location="https://b.example/")) == "https://b.example/"


@given(st.text(max_size=60))
def test_whatever_a_server_names_is_an_address_or_told(location: str) -> None:
    found = redirected(HERE, step(location=location))
    if isinstance(found, str):
        assert "#" not in found
        assert "/../" not in found
    else:
        assert found.reason in ("bad_redirect", "downgrade")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 5_000, WEEK),
        (str(WEEK + 1), WEEK),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", WEEK),
        ("Fri, 99 Dec 2026 23:59:59 GMT", None),
    ],
)
def test_patience_is_asked_for_in_seconds_or_by_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value) == seconds


@given(st.integers(60, WEEK - 60), st.booleans())
def test_a_date_is_in_universal_time_whether_it_says_so_or_not(seconds: int, has_zone: bool) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    found = retry_after(when if has_zone else when.replace("GMT", "-0000"))
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
    headers = {} if asked is None else {"retry_after": asked}
    found = bad_status(HERE, step(status, **headers), patience_seconds=10)
    assert found.reason == (f"{reason}{status}" if reason == "http_" else reason)
    assert (found.status, found.retry_seconds) == ("failed", wait)
    assert f"status {status}" in found.message
    assert ("to be asked again in 11 seconds" in found.message) is (reason == "retry_later")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(206, "rejected"), (400, "rejected"), (404, "rejected"), (410, "rejected"), (499, "rejected"),
     (304, "failed"), (300, "failed"), (501, "failed"), (505, "failed"), (599, "failed")],
)  # fmt: skip
def test_a_plain_no_is_an_answer_and_other_statuses_are_faults(status: int, outcome: str) -> None:
    found = bad_status(HERE, step(status, retry_after="9999"), patience_seconds=1)
    assert (found.reason, found.status, found.retry_seconds) == (f"http_{status}", outcome, None)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://paper.example/", "only http and https are fetched"),
        ("https://user:secret@paper.example/", "credentials"),
        ("https://paper.example:22/", "port 22 belongs to another protocol"),
        ("https://paper.example/" + "\x00" * 900, "no URL: "),
        ("https://" + "ü" * 80 + ".example/", "no URL: "),
    ],
)
def test_an_address_that_cannot_be_asked_is_told_in_a_line(url: str, message: str) -> None:
    found = refused_unasked(url)
    assert found is not None
    assert (found.url, found.reason, found.status) == (url, "forbidden", "failed")
    assert message in found.message
    assert "secret" not in found.message
    assert len(found.message) < 300


def test_an_address_that_can_be_asked_is_not_refused() -> None:
    assert refused_unasked(HERE) is None
