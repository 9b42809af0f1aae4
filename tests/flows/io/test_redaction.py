"""Secrets of addresses are shown nowhere, and what is harmless stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.io.redaction import holds_credentials, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://anna:hush@example.org/feed", "https://...@example.org/feed"),
        ("https://anna:hu@sh@example.org/", "https://...@example.org/"),
        ("see ftp://hush@a.example and https://b.example", "see ftp://...@a.example and https://b.example"),
        ("https://a.example/?api_key=hush&page=2", "https://a.example/?api_key=...&page=2"),
        ("https://a.example/?X-Auth-Token=hush#top", "https://a.example/?X-Auth-Token=...#top"),
        ("https://a.example/a;sid=hush;b=1", "https://a.example/a;sid=...;b=1"),
        ("https://a.example/?user.PASSWORD=hush", "https://a.example/?user.PASSWORD=..."),
        ("https://a.example/?monkey=1&design=2&tokens=3", "https://a.example/?monkey=1&design=2&tokens=3"),
        ("https://a.example/@anna/story", "https://a.example/@anna/story"),
        ("write to anna@example.org", "write to anna@example.org"),
    ],
)
def test_what_is_shown_of_an_address(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
    assert without_secrets(shown) == shown


@given(
    st.text(st.characters(categories=["L", "N"]), min_size=1).map(lambda text: f"hush{text}hush"), st.text()
)
def test_no_secret_is_left_whatever_is_around_it(secret: str, around: str) -> None:
    address = f"{around} https://anna:{secret}@example.org/feed?token={secret}&page=2"
    assert f"{secret}@" not in without_secrets(address)
    assert f"={secret}" not in without_secrets(address)


@pytest.mark.parametrize(
    ("address", "holds"),
    [
        ("https://anna@example.org", True), ("//anna:hush@example.org/", True), (" socks5://a:b@c", True),
        ("https://example.org/@anna", False), ("https://example.org/?to=a@b", False), ("anna@example.org", False),
    ],
)  # fmt: skip
def test_an_address_with_credentials_is_known(address: str, holds: bool) -> None:
    assert holds_credentials(address) is holds
