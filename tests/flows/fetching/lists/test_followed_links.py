"""Which links of a page are followed: URL patterns, and the links that a page names."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.http.outcomes import Fetched
from copydesk.flows.fetching.lists.discovery import (
    MAX_LINKS,
    FollowedLinks,
    page_links,
    read_patterns,
    url_pattern,
)
from copydesk.flows.fetching.lists.web_source import Follow

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://paper.example/news/"
ALL = FollowedLinks(Follow(("/**",)), "https://paper.example/")


def followed(body: bytes) -> list[str]:
    return list(filter(ALL.is_followed, page_links(Fetched(URL, 200, {}, body, NOW)).urls))


@pytest.mark.parametrize(
    ("head", "attributes", "headers"),
    [
        ("", " rel='ugc nofollow'", {}),
        ("<meta name='Robots' content='noindex, nofollow'>", "", {}),
        ("", "", {"x-robots-tag": "none"}),
    ],
)
def test_links_that_nobody_is_to_follow(head: str, attributes: str, headers: dict[str, str]) -> None:
    url, body = "https://paper.example/", f"<html><head>{head}</head><a href='/a'{attributes}>a</a></html>"
    assert page_links(Fetched(url, 200, headers, body.encode(), NOW)).urls == ()


def test_links_are_as_a_browser_takes_them() -> None:
    body = b"""<html><head><base href="/base/"></head><body>
    <a href="a">a</a> <a href="a#part">again</a> <a href="/b?x=1&amp;y=2">b</a> <a href=" ./c/../d ">d</a>
    <map><area href="//paper.example/e"></map> <a href="mailto:x@paper.example">m</a> <a href="javascript:f()">j</a>
    <a href="https://other.example/f">f</a> <a>none</a> <a href="">empty</a> <a href="http://[bad">bad</a></body></html>"""
    assert [url.removeprefix("https://paper.example") for url in followed(body)] == [
        "/base/a", "/b?x=1&y=2", "/base/d", "/e",
    ]  # fmt: skip


def test_what_is_no_page_is_not_followed() -> None:
    names = ("a.pdf", "b.JPG", "style.css", "feed.xml", "sitemap.xml", "feed/", "c.tar.gz", "d.mp3", "e.docx")
    body = "".join(f"<a href='/{name}'>x</a>" for name in (*names, "page.html", "page.php?f=a.pdf", "v1.2"))
    assert followed(body.encode()) == [
        "https://paper.example/page.html",
        "https://paper.example/page.php?f=a.pdf",
        "https://paper.example/v1.2",
    ]


def test_so_many_links_of_a_page_and_no_more() -> None:
    body = "".join(f"<a href='/{number}'>x</a>" for number in range(MAX_LINKS + 50)).encode()
    assert len(followed(body)) == MAX_LINKS


def test_links_are_noted_for_all_patterns_and_with_the_version_of_their_page() -> None:
    body = b"<a href='/news/1'>x</a><a href='https://other.example/2'>x</a>"
    found = [page_links(Fetched(URL, 200, {"etag": etag}, body, NOW)) for etag in ("a", "b", "a")]
    assert found[0] == found[2] != found[1]
    assert found[0].urls == found[1].urls == ("https://paper.example/news/1", "https://other.example/2")
    assert page_links(Fetched(URL, 200, {}, body, NOW)).version is None


def test_denied_counts_for_more_than_allowed() -> None:
    links = FollowedLinks(Follow(("/news/**", "https://*.example/x"), ("/news/tag/*",)), URL)
    assert links.is_followed("https://paper.example/news/a")
    assert links.is_followed("https://paper.example/news/tag/a/b")
    assert not links.is_followed("https://paper.example/news/tag/a")
    # a star is none in a host: it would let in what nobody has thought of
    assert not links.is_followed("https://other.example/x")


def test_which_hosts_are_the_sites() -> None:
    links = FollowedLinks(Follow(("/a", "https://blog.example:8080/**")), "https://www.paper.example/")
    for url in ("http://paper.example/z", "https://WWW.paper.example/z", "https://blog.example:8080/z"):
        assert links.is_on_site(url), url
    for url in (
        "https://blog.example/z",
        "https://paper.example.evil/z",
        "https://evil.example/paper.example",
    ):
        assert not links.is_on_site(url), url


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_a_page_holds_is_no_error(body: bytes) -> None:
    for found in (followed(body), followed(b'<html><body><a href="' + body + b'">x</a>')):
        assert all(url.startswith("https://paper.example/") for url in found)


SITE = "paper.example"


def as_expression(pattern: str) -> str:
    """What a pattern means, in words that backtrack."""
    bare, rest = (pattern[:-3], "(?:/.*)?") if pattern.endswith("/**") else (pattern, "")
    meant = {"**": ".*", "*": "[^/]*"}
    return "".join(meant.get(piece) or re.escape(piece) for piece in re.split(r"(\*\*|\*)", bare)) + rest


@pytest.mark.parametrize(
    ("pattern", "url", "is_followed"),
    [
        ("/news/**", "https://paper.example/news/2026/11/a", True),
        ("/news/**", "https://www.paper.example/news", True),
        ("/news/**", "https://paper.example/newsletter", False),
        ("/news/**", "https://shop.paper.example/news/a", False),
        ("/*/a", "https://paper.example/x/a?page=2", True),
        ("/*/a", "https://paper.example/x/y/a", False),
        ("/list?page=*", "https://paper.example/list?page=2", True),
        ("/list?page=*", "https://paper.example/list", False),
        ("/größe/**", "https://paper.example/gr%C3%B6%C3%9Fe/1", True),
        ("https://blog.example/**", "http://blog.example/a", True),
        ("https://blog.example/**", "https://paper.example/a", False),
    ],
)
def test_patterns(pattern: str, url: str, is_followed: bool) -> None:
    assert FollowedLinks(Follow((pattern,)), "https://paper.example/").is_followed(url) is is_followed


@pytest.mark.parametrize("wrong", [[], "/news", ["news/**"], ["ftp://a.example/"], ["/a b"], [7]])
def test_what_is_no_pattern_is_reported(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_patterns(wrong)


# few letters and many stars: what is there once too often, or not quite
@given(st.text("*/a-b", max_size=9), st.text("/a-b\n", max_size=9))
def test_patterns_mean_what_they_say(pattern: str, path: str) -> None:
    meant = re.fullmatch(as_expression(f"/{pattern}"), f"/{path}", re.DOTALL)
    assert url_pattern(f"/{pattern}", SITE).matches(SITE, f"/{path}", "") is (meant is not None)


HYPHENS = "-" * 2_000


@pytest.mark.parametrize(
    ("pattern", "fitting"),
    [
        (f"/{'*-' * 12}*.html", f"/{HYPHENS}.html"),
        (f"/{'**-' * 12}**.html", f"/{HYPHENS}.html"),
        (f"/**/{'*-' * 12}x/**/y", f"/a/{HYPHENS}x/b/y"),
    ],
)
def test_no_address_keeps_a_pattern_busy(pattern: str, fitting: str) -> None:
    """One that tried each star at each place would come to no end within the life of a person."""
    found = url_pattern(pattern, SITE)
    assert found.matches(SITE, fitting, "")
    assert not any(found.matches(SITE, path, "") for path in (f"/{HYPHENS}", "/-" * 1_000, f"{fitting}/"))
