"""Which headers may be sent to which host on the way to a page, the user agent, and for how long a page and its host
are skipped after a failure.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.http.outcomes import (
    Fetched,
    NotFetched,
    Request,
    Validators,
    user_agent,
    wait_until_another_run,
)
from copydesk.flows.fetching.http.politeness import MAX_FAILED_IN_A_ROW, HostHealth
from copydesk.flows.fetching.http.site_files import SiteFile
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECRET = {"Authorization": "Bearer secret"}
URLS = st.sampled_from(
    [
        "https://paper.example/a", "https://paper.example/b", "https://PAPER.example/a",
        "http://paper.example/a", "https://paper.example:8443/a", "https://cdn.example/a",
        "https://paper.example.evil.example/a",
    ]
)  # fmt: skip


@given(URLS)
def test_headers_of_the_source_go_to_the_origin_that_was_requested_alone(url: str) -> None:
    sent = Request("https://paper.example/a", SECRET).headers_for(url)
    assert sent == (SECRET if url.lower().startswith("https://paper.example/") else {})


@given(URLS)
def test_where_origins_are_named_they_alone_are_told(url: str) -> None:
    request = Request("https://paper.example/a", SECRET, frozenset({"https://cdn.example"}))
    assert request.headers_for(url) == (SECRET if url == "https://cdn.example/a" else {})


@given(URLS, st.none() | URLS)
def test_validators_go_to_where_they_are_from(url: str, known_at: str | None) -> None:
    request = Request("https://paper.example/a", validators=Validators('"1"', "Sun", known_at))
    is_asked = url == (known_at or "https://paper.example/a")
    assert request.is_conditional(url) is is_asked
    expected = {"If-None-Match": '"1"', "If-Modified-Since": "Sun"} if is_asked else {}
    assert request.headers_for(url) == expected


@pytest.mark.parametrize(
    ("etag", "modified", "headers"),
    [
        (None, None, {}),
        ('"1"', None, {"If-None-Match": '"1"'}),
        (None, "Sun", {"If-Modified-Since": "Sun"}),
        ("", "", {}),
    ],
)
def test_unconditional_requests(etag: str | None, modified: str | None, headers: dict[str, str]) -> None:
    assert Validators(etag, modified).headers() == headers
    assert bool(Validators(etag, modified)) is (etag is not None or modified is not None)
    assert not Request("https://paper.example/a").is_conditional("https://paper.example/a")


@pytest.mark.parametrize(
    ("given", "kept"), [('"1"', '"1"'), ("", None), ('"ü"', None), ('W/"1"', 'W/"1"'), (None, None)]
)
def test_only_what_can_be_sent_back_is_kept(given: str | None, kept: str | None) -> None:
    headers = {} if given is None else {"etag": given, "last-modified": given}
    page = Fetched("https://paper.example/moved", 200, headers, b"body", NOW)
    assert page.validators == Validators(kept, kept, "https://paper.example/moved")


@pytest.mark.parametrize(
    "contact", ["bot@paper.example", "https://paper.example/bot", "mailto:bot@paper.example"]
)
def test_whoever_runs_it_is_told_to_the_servers(contact: str) -> None:
    named, plain = user_agent(contact), user_agent()
    assert named == f"{plain[:-1]}; {contact})"
    assert plain.startswith("copydesk/")


@pytest.mark.parametrize(
    "contact",
    ["", "paper", "a@", "bot at paper.example", "bot@paper.example)", "bot@paper.example\r\nX: y",
     "bot@päper.example", "javascript:alert@1(2)", "b@" + "x" * 300],
)  # fmt: skip
def test_a_contact_that_is_no_address_is_reported_in_one_line(contact: str) -> None:
    with pytest.raises(ValueError, match="expected an e-mail address or a URL") as caught:
        user_agent(contact)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


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
        health.note(NotFetched(HERE, "http_429", ""))
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
