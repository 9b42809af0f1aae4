"""Which URLs a robots.txt lets a product fetch: as Protego reads the whole file, and by which line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from copydesk.flows.fetching.http.robots import read_groups
from copydesk.flows.fetching.http.robots_rules import RulesOf, rules_of

SITE = "https://paper.example"
PATTERNS = st.sampled_from(
    ["/", "/a", "/a/", "/a/b", "/a*", "/*/b$", "/a$", "*.php", "/index.html", "/a/index.html", "/a%2Fb", "/%61", "/ü", "/a?", "/*?q=",
     "/a/b/c", "$", "/a//b", "/a/b.html$"]
)  # fmt: skip
TARGETS = st.sampled_from(
    ["/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/x/b", "/a/b.php", "/a?q=1", "/a/?q=", "/a%2Fb", "/a/index.html", "/index.html", "/%61",
     "/%C3%BC", "/ü", "/a//b", "/a/b.html", "/a/b.html?x", "", "/robots.txt"]
)  # fmt: skip
KINDS = st.sampled_from(["Allow", "Disallow"])


def rules(text: str, *others: str) -> RulesOf:
    return rules_of(read_groups(text).groups, "copydesk", others)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.lists(st.tuples(KINDS, PATTERNS), max_size=8), TARGETS)
def test_it_is_protegos_reading_of_all_lines(lines: list[tuple[str, str]], target: str) -> None:
    text = "User-agent: *\n" + "\n".join(f"{kind}: {pattern}" for kind, pattern in lines)
    own = rules(text).own
    url = SITE + target
    assert own.may_fetch(url) == Protego.parse(text).can_fetch(url, "copydesk")
    line = own.deciding(url)
    if line is None:
        assert own.may_fetch(url)
        return
    # the line that is quoted is there, and decides against all of the other kind by itself
    assert lines[line.number - 2] == (line.name.capitalize(), line.value)
    assert own.may_fetch(url) is (line.name == "allow")
    against = [f"{kind}: {pattern}" for kind, pattern in lines if kind.lower() != line.name]
    alone = "\n".join(["User-agent: *", *against, f"{line.name}: {line.value}"])
    assert Protego.parse(alone).can_fetch(url, "copydesk") is (line.name == "allow")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Disallow: /a\nDisallow: /a/b\nDisallow: /a/b", 3),
        ("Disallow: /\nAllow: /a/b", 3),
        ("Allow: /a\nDisallow: /a/b", 3),
        ("Disallow: /x", None),
        ("Allow: /x\nAllow: /a", 3),
        ("", None),
    ],
)
def test_the_longest_line_decides_and_of_equal_ones_the_first(text: str, number: int | None) -> None:
    found = rules(f"User-agent: *\n{text}").own.deciding(f"{SITE}/a/b/c")
    assert (found and found.number) == number


def test_groups_of_our_name_count_together_and_those_of_all_do_not() -> None:
    text = (
        "User-agent: *\nDisallow: /all\nCrawl-delay: 9\n"
        "User-agent: copydesk\nDisallow: /one\nContent-Usage: train-ai=n\n"
        "User-agent: other\nUser-agent: CopyDesk\nDisallow: /two\nCrawl-delay: 2.5\n"
    )
    own = rules(text).own
    assert [own.may_fetch(SITE + path) for path in ("/all", "/one", "/two", "/")] == [
        True,
        False,
        False,
        True,
    ]
    assert own.delay == 2.5
    assert [(line.value, line.number) for line in own.usage] == [("train-ai=n", 6)]
    for_all = rules(text.replace("copydesk", "nobody").replace("CopyDesk", "nobody")).own
    assert [for_all.may_fetch(SITE + path) for path in ("/all", "/one")] == [False, True]
    assert for_all.delay == 9.0


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [("Crawl-delay: 3", 3.0), ("Crawl-delay: 0.5", 0.5), ("Crawl-delay: soon", None), ("Disallow:", None)],
)
def test_a_pause_that_is_asked_for(delay: str, seconds: float | None) -> None:
    assert rules(f"User-agent: *\n{delay}").own.delay == seconds


def test_others_are_heard_in_their_own_name_alone() -> None:
    text = "User-agent: *\nDisallow: /\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /news\n"
    found = rules(text, "GPTBot", "CCBot", "ClaudeBot")
    assert sorted(found.others) == ["CCBot", "GPTBot"]
    line = found.others["GPTBot"].deciding(f"{SITE}/news/1")
    assert line is not None
    assert (line.name, line.number) == ("disallow", 5)
    assert found.others["GPTBot"].deciding(f"{SITE}/sport") is None
    # a group that both share is kept and weighed once
    alone = rules(text.replace("User-agent: CCBot\n", ""), "GPTBot")
    assert found.weight == alone.weight


def test_memory_grows_with_the_text_of_the_products_that_matter() -> None:
    lines = "\n".join(f"Disallow: /section-{number}" for number in range(2_000))
    ours = rules(f"User-agent: *\n{lines}")
    assert len(lines) / 2 < ours.weight < 2 * len(lines)
    theirs = rules(f"User-agent: somebody\n{lines}")
    assert theirs.weight < 3_000
    assert not ours.own.may_fetch(f"{SITE}/section-1999/x")
    assert theirs.own.may_fetch(f"{SITE}/section-1999/x")


def test_of_very_many_lines_of_one_kind_on_one_address_the_first_2000_count() -> None:
    """A longer line decides; here each allows one letter more than the one before it."""
    allowed = [f"Allow: /{'a' * length}" for length in range(1, 2_002)]
    url = f"{SITE}/{'a' * 3_000}"
    denied = "User-agent: *\nDisallow: /" + "a" * 2_000
    assert rules("\n".join([denied, *allowed[:2_000]])).own.may_fetch(url)
    assert not rules("\n".join([denied + "a", *allowed])).own.may_fetch(url)


def test_of_lines_on_use_the_first_are_kept() -> None:
    text = "User-agent: *\n" + "Content-Signal: search=yes\n" * 500
    said = rules(text).own.usage
    assert [line.number for line in said] == list(range(2, 102))
