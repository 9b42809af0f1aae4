"""What an answer is: where redirects lead, and which addresses are not asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.asking.answers import Step, redirected, refused_unasked
from copydesk.flows.fetching.asking.outcomes import NotFetched

HERE = "https://paper.example/news/today?page=2"


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
