"""robots.txt: its groups of rules, and which URLs they let a product fetch, as Protego reads the whole file."""

from __future__ import annotations

import pytest

from copydesk.flows.fetching.http.robots import (
    SPELLINGS,
    ProductRules,
    matching_name,
    product_rules,
    read_groups,
)

SITE = "https://paper.example"


def rules(text: str, *others: str) -> ProductRules:
    return product_rules(read_groups(text).groups, "copydesk", others)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Disallow: /a\nDisallow: /a/b\nDisallow: /a/b", 3), ("Disallow: /\nAllow: /a/b", 3),
        ("Allow: /a\nDisallow: /a/b", 3), ("Disallow: /x", None), ("Allow: /x\nAllow: /a", 3), ("", None),
    ],
)  # fmt: skip
def test_the_longest_line_decides_and_of_equal_ones_the_first(text: str, number: int | None) -> None:
    found = rules(f"User-agent: *\n{text}").own.deciding_line(f"{SITE}/a/b/c")
    assert (found and found.number) == number


def test_groups_of_our_name_count_together_and_those_of_all_do_not() -> None:
    text = (
        "User-agent: *\nDisallow: /all\nCrawl-delay: 9\n"
        "User-agent: copydesk\nDisallow: /one\nContent-Usage: train-ai=n\n"
        "User-agent: other\nUser-agent: CopyDesk\nDisallow: /two\nCrawl-delay: 2.5\n"
    )
    own = rules(text).own
    assert [own.may_fetch(SITE + path) for path in ("/all", "/one", "/two", "/")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert own.delay == 2.5
    assert [(line.value, line.number) for line in own.usage] == [("train-ai=n", 6)]
    for_all = rules(text.replace("copydesk", "nobody").replace("CopyDesk", "nobody")).own
    assert [for_all.may_fetch(SITE + path) for path in ("/all", "/one")] == [False, True]
    assert for_all.delay == 9.0


def test_others_are_read_in_their_own_name_alone() -> None:
    text = "User-agent: *\nDisallow: /\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /news\n"
    found = rules(text, "GPTBot", "CCBot", "ClaudeBot")
    assert sorted(found.others) == ["CCBot", "GPTBot"]
    line = found.others["GPTBot"].deciding_line(f"{SITE}/news/1")
    assert line is not None
    assert (line.name, line.number) == ("disallow", 5)
    assert found.others["GPTBot"].deciding_line(f"{SITE}/sport") is None
    # a group that both share is kept once
    assert found.others["GPTBot"].sections[0] is found.others["CCBot"].sections[0]


def test_of_lines_on_use_the_first_are_kept() -> None:
    text = "User-agent: *\n" + "Content-Signal: search=yes\n" * 500
    usage = rules(text).own.usage
    assert [line.number for line in usage] == list(range(2, 102))


def groups(text: str) -> list[tuple[list[str], list[tuple[str, str, int]]]]:
    """Products and lines of each group."""
    found = read_groups(text).groups
    return [
        (list(one.products), [(line.name, line.value, line.number) for line in one.lines]) for one in found
    ]


@pytest.mark.parametrize(
    ("between", "count"),
    [
        ("", 1), ("# a remark", 1), ("Sitemap: https://s.example/map.xml", 1), ("Host: s.example", 1),
        ("Disallow:", 2), ("Noindex: /x", 2), ("Request-rate: 1/5", 2), ("Crawl-delay: 5", 2),
    ],
)  # fmt: skip
def test_any_line_of_rules_even_an_unknown_one_ends_the_naming(between: str, count: int) -> None:
    found = groups(f"User-agent: a\n{between}\nUser-agent: b\nDisallow: /")
    assert len(found) == count
    assert found[-1] == ((["a", "b"] if count == 1 else ["b"]), [("disallow", "/", 4)])


@pytest.mark.parametrize(("name", "spelling"), [(n, s) for n, all_ in SPELLINGS.items() for s in all_])
@pytest.mark.parametrize("write", ["{}: {}", "{} :{}", "{} {}", "\t{}  {}  # why"])
def test_every_spelling_is_understood(name: str, spelling: str, write: str) -> None:
    line = write.format(spelling.title(), "https://s.example/a b")
    read = read_groups(f"User-agent: z\n{line}")
    if name in ("sitemap", "license", "host"):
        assert [(one.name, one.value, one.number) for one in read.site_lines] == [
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
        ("*", ["*"]), ("copy*desk", ["copy*desk", "copydesk"]), ("**", ["**"]), ("", []), ("a # b", ["a"]),
    ],
)  # fmt: skip
def test_a_product_is_named_without_version_and_stars(value: str, products: list[str]) -> None:
    assert list(read_groups(f"User-agent: {value}").groups[0].products) == products


def test_a_value_may_hold_a_colon_and_an_address_is_no_name() -> None:
    text = "User-agent: a\nDisallow: /a:b\nDisallow: /c#d\nhttps://s.example/x\nfoo: bar\nDisallow: /e"
    assert groups(text) == [(["a"], [("disallow", "/a:b", 2), ("disallow", "/c", 3), ("disallow", "/e", 6)])]


def test_what_speaks_for_the_site_is_anywhere_and_says_something() -> None:
    text = "Sitemap: https://a.example/1\nUser-agent: a\nDisallow: /\nLicence: https://a.example/l\nSitemap:\nHost: h"
    assert [(line.name, line.number) for line in read_groups(text).site_lines] == [
        ("sitemap", 1),
        ("license", 4),
        ("host", 6),
    ]


@pytest.mark.parametrize(
    ("names", "own"),
    [
        (["*", "copydesk"], "copydesk"), (["copy", "copydesk", "*"], "copydesk"), (["desk"], None),
        (["opy"], None), (["*"], "*"), (["copy"], "copy"), (["gptbot"], None), ([], None), (["*", "desk"], "*"),
    ],
)  # fmt: skip
def test_the_longest_name_that_speaks_of_a_product_is_its_own(names: list[str], own: str | None) -> None:
    assert matching_name(names, "CopyDesk") == own
