"""What a response means: statuses, Retry-After, redirects; which URLs are not asked; unexpected errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.fetching.http.fetcher import failure_of, redirect_target, url_refusal
from copydesk.flows.fetching.http.outcomes import (
    TRANSIENT_STATUS,
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Request,
    Validators,
    outcome_of,
    retry_after,
)
from copydesk.flows.fetching.http.politeness import FetchLimits, HostHealth
from copydesk.flows.fetching.wire.network import Connections
from copydesk.flows.fetching.wire.transport import Answer

HERE = "https://paper.example/news/today?page=2"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEK = 7 * 24 * 3600
NONE = Validators()


def answer(status: int, **headers: str) -> Answer:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Answer(httpcore2.Response(status, headers=sent), Connections(None))


def outcome(
    status: int, *, validators: Validators = NONE, longest_wait: float = 300, **headers: str
) -> Outcome:
    limits = FetchLimits(longest_wait_seconds=longest_wait)
    asked = Request(HERE, validators=validators)
    return outcome_of(answer(status, **headers), asked, [HERE], limits, now=NOW)


def failed(status: int, asked: str | None, *, longest_wait: float) -> NotFetched:
    found = outcome(status, longest_wait=longest_wait, **({} if asked is None else {"retry_after": asked}))
    assert isinstance(found, NotFetched)
    return found


def test_a_status_of_success_is_a_page_and_304_none_unless_it_was_requested() -> None:
    assert isinstance(outcome(200), Fetched)
    assert isinstance(outcome(304), NotFetched)
    assert outcome(304, validators=Validators(etag='"1"')) == NotModified(HERE, NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None), ("", None), ("120", 120), (" 7 ", 7), ("0", None), ("-5", None), ("1.5", None),
        ("soon", None), ("9" * 5_000, WEEK), (str(WEEK + 1), WEEK), ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", WEEK), ("Fri, 99 Dec 2026 23:59:59 GMT", None),
    ],
)  # fmt: skip
def test_a_wait_is_requested_in_seconds_or_by_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


@given(st.integers(60, WEEK - 60), st.booleans())
def test_a_date_is_in_universal_time_whether_it_says_so_or_not(seconds: int, has_zone: bool) -> None:
    when = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    found = retry_after(when if has_zone else when.replace("GMT", "-0000"), now=NOW)
    assert found == seconds


@pytest.mark.parametrize("status", sorted(TRANSIENT_STATUS))
@pytest.mark.parametrize(
    ("asked", "reason", "wait"), [(None, "http_", None), ("10", "http_", 10), ("11", "retry_later", 11)]
)
def test_temporary_faults_are_retried(
    status: int, asked: str | None, reason: str, wait: float | None
) -> None:
    found = failed(status, asked, longest_wait=10)
    assert found.reason == (f"{reason}{status}" if reason == "http_" else reason)
    assert found.status == "failed"
    # only a long wait defers a page and its host
    health = HostHealth()
    health.note(found)
    is_long = reason == "retry_later"
    assert (found.retry_seconds, health.is_given_up) == (wait if is_long else None, is_long)
    assert f"status {status}" in found.message
    assert ("to be retried in 11 seconds" in found.message) is (reason == "retry_later")


@pytest.mark.parametrize(
    ("status", "is_answer"),
    [(206, True), (400, True), (404, True), (410, True), (499, True),
     (304, False), (300, False), (501, False), (505, False), (599, False)],
)  # fmt: skip
def test_a_plain_no_is_an_answer_and_other_statuses_are_faults(status: int, *, is_answer: bool) -> None:
    found = failed(status, "9999", longest_wait=1)
    assert (found.reason, found.is_answer) == (f"http_{status}", is_answer)
    assert found.status == "failed"


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
    assert redirect_target(HERE, 302, location) == leads_to


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_only_from_https_to_http_is_a_downgrade(scheme: str) -> None:
    target = f"{scheme}://b.example/"
    assert redirect_target("http://paper.example/", 302, target) == target


@pytest.mark.parametrize(
    ("location", "reason", "message"),
    [
        ("", "bad_redirect", "status 302 without a location"),
        ("   ", "bad_redirect", "status 302 without a location"),
        ("https:/other.example/a", "bad_redirect", "the redirect names no host"),
        ("HTTP:other.example", "bad_redirect", "the redirect names no host"),
        ("https:///other.example/a", "bad_redirect", "the redirect names no host"),
        ("///other.example/a", "bad_redirect", "the redirect names no host"),
        ("https://[fd00::1/a", "bad_redirect", "the redirect is no URL"),
        ("https://other.example:port/", "bad_redirect", "the redirect is no URL"),
        ("/a\x00b", "bad_redirect", "the redirect is no URL"),
        ("http://①②⑦.⓪.⓪.①:8/x", "bad_redirect", "the redirect is no URL"),
        ("http:\\\\127.0.0.1/x", "bad_redirect", "the redirect names no host"),
        ("http://paper.example/news", "downgrade", "a redirect from https to http, not followed"),
    ],
)
def test_a_redirect_that_is_none_is_reported(location: str, reason: str, message: str) -> None:
    found = redirect_target(HERE, 302, location)
    assert isinstance(found, NotFetched)
    assert (found.url, found.reason, found.message) == (HERE, reason, message)


@given(st.text(max_size=60))
def test_whatever_a_server_names_is_an_address_or_reported(location: str) -> None:
    found = redirect_target(HERE, 302, location)
    if isinstance(found, str):
        assert "#" not in found
        assert "/../" not in found
    else:
        assert found.reason in ("bad_redirect", "downgrade")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://user:secret@paper.example/", "credentials"),
        ("https://paper.example/" + "\x00" * 900, "no URL: "),
        ("https://" + "ü" * 80 + ".example/", "no URL: "),
    ],
)
def test_an_address_that_cannot_be_requested_is_reported_in_a_line(url: str, message: str) -> None:
    assert url_refusal(HERE) is None
    found = url_refusal(url)
    assert found is not None
    assert (found.url, found.reason, found.status) == (url, "forbidden", "failed")
    assert message in found.message
    assert "secret" not in found.message
    assert len(found.message) < 300


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyError("a"), "KeyError: 'a'"),
        (ValueError(), "ValueError"),
        (ValueError("one\nline   of\tit"), "ValueError: one line of it"),
        (ExceptionGroup("several", [KeyError("a")]), "ExceptionGroup: several (1 sub-exception)"),
        (RuntimeError("x" * 5_000), "RuntimeError: xxx"),
    ],
)
def test_an_exception_becomes_its_pages_outcome(error: Exception, message: str) -> None:
    found = failure_of(HERE, error)
    assert (found.url, found.reason, found.status) == (HERE, "error", "failed")
    assert found.message.startswith(message)
    assert len(found.message) <= 300
    assert "\n" not in found.message


def test_what_is_so_with_one_page_and_with_all_ends_the_run() -> None:
    for fault in (EnvironmentFault("no space"), SettingsError("no such option")):
        with pytest.raises(type(fault)) as caught:
            failure_of(HERE, fault)
        assert caught.value is fault
    mixed = ExceptionGroup("tasks", [KeyError("a"), ExceptionGroup("inner", [EnvironmentFault("no space")])])
    with pytest.raises(ExceptionGroup) as several:
        failure_of(HERE, mixed)
    # what is the page's own is not reported as the run's
    assert several.value.subgroup(KeyError) is None
    assert several.value.subgroup(EnvironmentFault) is not None
