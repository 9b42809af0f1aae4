"""What a site is known by, and what its pages may call it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.sites import bare, bare_name, domain_of, host_of, site_of, spelt_alike

COURIER = site_of(("The Example Courier", None, ""), "https://www.examplecourier.co.uk/clock")


@pytest.mark.parametrize(("text", "is_name"), [
    ("Example Courier", True), ("THE EXAMPLE-COURIER", True), ("ExampleCourier.co.uk", True),
    ("www.example.org", False), ("examplecourier.com", True), ("E", False), ("", False),
    ("Old clock strikes again", False),
])  # fmt: skip
def test_a_site_is_named_by_its_names_and_its_host(text: str, is_name: bool) -> None:
    assert COURIER.is_named_by(text) is is_name


def test_initials_are_a_name_where_they_are_the_host_and_more_than_two() -> None:
    site = site_of((), "https://m.tec.example/a")
    assert (site.host, site.is_named_by("The Example Courier")) == ("tec", True)
    assert not site_of((), "https://ec.example/").is_named_by("Example Courier")
    assert site.has_branch("TEC Wales")
    assert not site.has_branch("Tec Wales")
    assert not site.has_branch("TEC")


@pytest.mark.parametrize(("url", "host", "domain"), [
    ("https://WWW.Example.org:8080/a", "www.example.org", "example.org"),
    ("https://news.example.co.uk/", "news.example.co.uk", "example.co.uk"),
    ("https://news.longer.uk/", "news.longer.uk", "longer.uk"),
    ("https://localhost/", "localhost", "localhost"), ("http://[example", "", ""), ("no address", "", ""),
])  # fmt: skip
def test_host_and_domain_of_an_address(url: str, host: str, domain: str) -> None:
    assert (host_of(url), domain_of(url)) == (host, domain)


@pytest.mark.slow
@given(st.text(), st.text())
def test_names_are_compared_by_letters_alone(one: str, other: str) -> None:
    assert bare(f"{one} – {other}") == bare(one) + bare(other)
    assert bare_name(f"The {one}") == bare(one) or bare(one).startswith("the")


def test_what_servers_rarely_distinguish_is_one_address() -> None:
    spellings = (
        "https://www.example.org/A?b=1", "HTTP://example.org/A/?b=1#c", "http://WWW.example.org/A?b=1",
    )  # fmt: skip
    assert {spelt_alike(url) for url in spellings} == {"example.org/A?b=1"}
    assert spelt_alike("http://[half") == "http://[half"
