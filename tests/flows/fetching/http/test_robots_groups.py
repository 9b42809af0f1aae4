"""robots.txt into groups: who is spoken to, by which lines, however they are spelt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.http.robots_rules import SPELLINGS, own_name, read_groups

PIECES = st.sampled_from(
    ["User-agent: a", "user agent b/1.2", "Disallow: /x", "Allow /y", "disalow:/z", "# nothing", "", "Sitemap: https://s.example/",
     "Crawl-delay: 3", "Noindex: /q", "Host: h.example", "Content-Usage: train-ai=n", "word", ":", "Disallow:"]
)  # fmt: skip


def groups(text: str) -> list[tuple[list[str], list[tuple[str, str, int]]]]:
    """Products and lines of each group."""
    found = read_groups(text).groups
    return [
        (list(one.products), [(line.name, line.value, line.number) for line in one.lines]) for one in found
    ]


def test_products_named_one_after_the_other_share_their_rules() -> None:
    text = "User-agent: GPTBot\nUser-agent: *\nDisallow: /a\nAllow: /a/b\nUser-agent: copydesk\nDisallow: /c"
    assert groups(text) == [
        (["gptbot", "*"], [("disallow", "/a", 3), ("allow", "/a/b", 4)]),
        (["copydesk"], [("disallow", "/c", 6)]),
    ]


@pytest.mark.parametrize(
    ("between", "count"),
    [
        ("", 1),
        ("# a remark", 1),
        ("Sitemap: https://s.example/map.xml", 1),
        ("Host: s.example", 1),
        ("Disallow:", 2),
        ("Noindex: /x", 2),
        ("Request-rate: 1/5", 2),
        ("Crawl-delay: 5", 2),
    ],
)
def test_any_line_of_rules_even_an_unknown_one_ends_the_naming(between: str, count: int) -> None:
    found = groups(f"User-agent: a\n{between}\nUser-agent: b\nDisallow: /")
    assert len(found) == count
    assert found[-1] == ((["a", "b"] if count == 1 else ["b"]), [("disallow", "/", 4)])


@pytest.mark.parametrize(("name", "spelling"), [(n, s) for n, all_ in SPELLINGS.items() for s in all_])
@pytest.mark.parametrize("write", ["{}: {}", "{} :{}", "{} {}", "\t{}  {}  # why"])
def test_every_spelling_is_understood_with_and_without_its_colon(
    name: str, spelling: str, write: str
) -> None:
    line = write.format(spelling.title(), "https://s.example/a b")
    read = read_groups(f"User-agent: z\n{line}")
    if name in ("sitemap", "license", "host"):
        assert [(one.name, one.value, one.number) for one in read.of_the_site] == [
            (name, "https://s.example/a b", 2)
        ]
    elif name == "user-agent":
        assert list(read.groups[0].products) == ["z", "https://s.example/a b"]
    elif name in ("request-rate", "visit-time"):
        assert read.groups[0].lines == []  # they mean nothing to anybody here
    else:
        assert [(one.name, one.value) for one in read.groups[0].lines] == [(name, "https://s.example/a b")]


@pytest.mark.parametrize(
    ("value", "products"),
    [
        ("GPTBot/1.2", ["gptbot"]),
        ("Mozilla/5.0 (compatible; x)", ["mozilla/5.0 (compatible; x)"]),
        ("*", ["*"]),
        ("copy*desk", ["copy*desk", "copydesk"]),
        ("**", ["**"]),
        ("", []),
        ("a # b", ["a"]),
    ],
)
def test_a_product_is_named_without_version_and_stars(value: str, products: list[str]) -> None:
    assert list(read_groups(f"User-agent: {value}").groups[0].products) == products


def test_a_value_may_hold_a_colon_and_an_address_is_no_name() -> None:
    text = "User-agent: a\nDisallow: /a:b\nDisallow: /c#d\nhttps://s.example/x\nfoo: bar\nDisallow: /e"
    assert groups(text) == [(["a"], [("disallow", "/a:b", 2), ("disallow", "/c", 3), ("disallow", "/e", 6)])]


def test_what_speaks_for_the_site_stands_anywhere_and_says_something() -> None:
    text = "Sitemap: https://a.example/1\nUser-agent: a\nDisallow: /\nLicence: https://a.example/l\nSitemap:\nHost: h"
    assert [(line.name, line.number) for line in read_groups(text).of_the_site] == [
        ("sitemap", 1),
        ("license", 4),
        ("host", 6),
    ]


@given(st.lists(PIECES, max_size=12), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
def test_each_line_that_means_something_is_in_one_place_with_its_number(lines: list[str], end: str) -> None:
    text = end.join(lines)
    read = read_groups(text)
    written = text.splitlines()
    placed = [line for group in read.groups for line in group.lines] + list(read.of_the_site)
    assert len({line.number for line in placed}) == len(placed)
    for line in placed:
        assert line.value
        assert written[line.number - 1].endswith(line.value)
    # a line that says nothing more changes nothing
    assert groups(text + "\n# the end") == groups(text)


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    assert len(read_groups(text).groups) >= 1


@pytest.mark.parametrize(
    ("names", "own"),
    [
        (["*", "copydesk"], "copydesk"),
        (["copy", "copydesk", "*"], "copydesk"),
        (["desk"], None),
        (["opy"], None),
        (["*"], "*"),
        (["copy"], "copy"),
        (["gptbot"], None),
        ([], None),
    ],
)
def test_the_longest_name_that_speaks_of_a_product_is_its_own(names: list[str], own: str | None) -> None:
    assert own_name(names, "CopyDesk") == own


def test_a_name_within_a_word_speaks_of_nobody() -> None:
    assert own_name(["bot"], "news-bot") is None
    assert own_name(["bot"], "news bot") == "bot"
    assert own_name(["bot"], "robot bot") == "bot"
