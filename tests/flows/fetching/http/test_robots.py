"""robots.txt of all kinds: read as Protego reads it, at a cost that does not grow with what a hostile one
makes of half a megabyte.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import islice, product
from string import ascii_letters, digits

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from processor_time import bounded
from protego import Protego

from copydesk.flows.fetching.http.documents import MAX_FOUND
from copydesk.flows.fetching.http.robots import MAX_BYTES, Robots, product_rules, read_groups

SITE = "https://courier.example"
NAMES = ("User-agent", "user-agent ", "USER AGENT", "useragent", "Disallow", "Dissallow", "disallaw", "Allow", "Crawl-delay", "crawl delay", "Sitemap", "Site-map", "Host", "Visit-time", "Request-rate", "Noindex", "Disallow x", "User", "")  # fmt: skip
AGENTS = ("*", "copydesk", "CopyDesk", "copy", "c", "copy*", "**", "*copydesk", "desk", "copydesk-news", "GPTBot", "")  # fmt: skip
PATHS = ("/", "/a", "/a/b", "//a", "/a%2Fb", "/a%2fb", "/café", "/caf%C3%A9", "/%63", "/a%25b", "/a%2541", "/a;x", "/a?b=c", "/a?", "/a?b=%C3%A9&x=%2F", "/a$", "/a$b", "/%24", "/index.html", "/a/index.html", "/a//b", "/C3", "/a=b", "/a%3Db", "/a+b", "/%zz", "/A", "?x", "", "/a/b.pdf", "/robots.txt", "/x/https://a/b")  # fmt: skip
PATTERNS = (*PATHS, "*", "a", "/*", "/*b", "/*.pdf$", "/a*$", "/a/*/c", "/*?", "/*C3", "/*2541", "/*2F", "$", "/$", "/a$", "/*$b", "*/index.html", "/%69ndex.html", "/a/index.htm%6c", "/in*", "/*in", "/a b", "https://courier.example/a", "/*=", "/a**b", "1", "x", "/#c")  # fmt: skip
lines = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from((": ", ":", " : ", " ", "")),
        st.one_of(st.sampled_from(AGENTS), st.sampled_from(PATTERNS), st.text(max_size=4)),
        st.sampled_from(("\n", "\r\n", "\r", "\n\n", " # x\n", "\u2028")),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=40)
@given(lines, st.one_of(st.sampled_from(PATHS), st.text("/a%25F$?=*.é", max_size=8).map("/".__add__)))
@example(
    [("User-agent", ":", "*", "\n"), ("Allow", ":", "/in%64ex.html", "\n"), ("Disallow", ":", "/", "\n")], "/"
)
def test_the_rules_agree_with_protego(written: list[tuple[str, str, str, str]], path: str) -> None:
    text = "User-agent: *\n" + "".join(map("".join, written))
    rules, whole = product_rules(read_groups(text).groups, "copydesk", ()).own, Protego.parse(text)
    url = SITE + path
    assert rules.may_fetch(url) == whole.can_fetch(url, "copydesk")
    assert rules.delay == whole.crawl_delay("copydesk")


def agents_by_rules() -> str:
    agents = "".join(f"useragent:{number:x}\n" for number in range(4_000)) + "useragent:*\n"
    return agents + "disallow:a\n" * 5_000


def prefixes_by_rules() -> str:
    agents = "".join(f"user-agent:{'copydesk'[: length + 1]}\n" for length in range(8)) * 500
    return agents + "".join(f"disallow:/{number:x}\n" for number in range(4_000))


def distinct_rules() -> str:
    return "user-agent:*\n" + "".join(f"disallow:/{number:x}\n" for number in range(8_000))


def distinct_stars() -> str:
    return "user-agent:*\n" + "".join(f"disallow:/*{number:x}*\n" for number in range(7_000))


def two_spellings() -> str:
    return "user-agent:*\n" + "".join(f"Allow:é{number:x}$\n" for number in range(9_000))


def two_spellings_with_stars() -> str:
    shortest = map("".join, product(ascii_letters + digits, repeat=3))
    return "user-agent:*\n" + "".join(f"allow:*é{number}$\n" for number in islice(shortest, 18_000))


def for_all_crawlers() -> str:
    crawlers = "user-agent:gptbot\nuser-agent:ccbot\nuser-agent:claudebot\nuser-agent:*\n"
    return crawlers + "".join(f"content-signal:{number:x}\n" for number in range(5_800))


@pytest.mark.slow
@pytest.mark.parametrize(
    "written",
    [
        agents_by_rules, prefixes_by_rules, distinct_rules, distinct_stars, two_spellings, two_spellings_with_stars,
        for_all_crawlers,
    ],
)  # fmt: skip
def test_what_is_kept_of_a_large_file_is_no_more_than_its_weight(written: Callable[[], str]) -> None:
    body = written().encode()
    assert len(body) > MAX_BYTES // 6  # what is kept grows with the file: a part of one shows it as well
    tracemalloc.start()
    try:
        robots = Robots("rules", body)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 120 * len(body)
    assert kept < robots.weight
    with bounded(50):
        for number in range(10):
            robots.may_fetch(f"{SITE}/news/{number}")
            list(robots.signals(f"{SITE}/news/{number}"))


def test_no_rule_of_a_long_file_is_forgotten() -> None:
    rules = "".join(f"Disallow: /{number:05}/\nAllow: /{number:05}/open*\n" for number in range(10_000))
    robots = Robots("rules", f"User-agent: *\n{rules}".encode())
    assert not robots.may_fetch(f"{SITE}/09999/a")
    assert robots.may_fetch(f"{SITE}/09999/open/a")
    assert robots.may_fetch(f"{SITE}/10000/a")


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /x", "\ufeffUser-agent: *\nDisallow: /x".encode("utf-16-le"),
        "\ufeffUser-agent: *\nDisallow: /x".encode("utf-16-be"), b"User-agent: *\0\nDisallow: /x",
        b"User-agent: *\nDisal\0low: /x", b"User-agent: *\rDisallow: /x",
    ],
)  # fmt: skip
def test_however_its_bytes_are_written_it_is_read(body: bytes) -> None:
    robots = Robots("rules", body)
    assert not robots.may_fetch(f"{SITE}/x")
    assert robots.may_fetch(f"{SITE}/y")
    assert [signal.name for signal in robots.signals(f"{SITE}/x")] == ["disallow"]


@pytest.mark.parametrize("path", ["//private/5", "/private//5", "///private/5", "//private/5?a//b"])
def test_what_is_denied_is_denied_with_more_slashes(path: str) -> None:
    robots = Robots("rules", b"User-agent: *\nDisallow: /private/5\nDisallow: /*//never")
    assert not robots.may_fetch(SITE + path)
    assert robots.may_fetch(f"{SITE}/a?b=//private/5")
    assert not robots.may_fetch(f"{SITE}/a//never")


def test_the_sitemaps_it_names_are_on_the_web_and_not_without_number() -> None:
    named = "SITEMAP : https://courier.example/a.xml # ours\nSitemap: /relative\nSitemap: file:///etc/passwd\nSitemap https://courier.example/b.xml\n"
    found = Robots("rules", ("User-agent: *\n" + named * 2).encode()).sitemaps
    assert found == ("https://courier.example/a.xml", "https://courier.example/b.xml")
    many = "".join(f"Sitemap: {SITE}/{number}.xml\n" for number in range(12_000))
    assert len(Robots("rules", many.encode()).sitemaps) == MAX_FOUND
