"""Which headers may be sent to which host on the way to a page, and the user agent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.http.outcomes import (
    Fetched,
    Request,
    Validators,
    user_agent,
)

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
