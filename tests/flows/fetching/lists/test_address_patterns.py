"""Patterns of addresses: what they hold for, and that no address keeps them busy."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.fetching.lists.followed_links import Follow, FollowedLinks, read_patterns, url_pattern

SITE = "paper.example"


def as_expression(pattern: str) -> str:
    """What a pattern means, in words that backtrack."""
    bare, rest = (pattern[:-3], "(?:/.*)?") if pattern.endswith("/**") else (pattern, "")
    meant = {"**": ".*", "*": "[^/]*"}
    return "".join(meant.get(piece) or re.escape(piece) for piece in re.split(r"(\*\*|\*)", bare)) + rest


@pytest.mark.parametrize(
    ("pattern", "url", "holds"),
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
def test_patterns(pattern: str, url: str, holds: bool) -> None:
    assert FollowedLinks(Follow((pattern,)), "https://paper.example/").holds(url) is holds


@pytest.mark.parametrize("wrong", [[], "/news", ["news/**"], ["ftp://a.example/"], ["/a b"], [7]])
def test_what_is_no_pattern_is_told(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_patterns(wrong)


# few letters and many stars: what is there once too often, or not quite
@given(st.text("*/a-b", max_size=9), st.text("/a-b\n", max_size=9))
def test_patterns_mean_what_they_say(pattern: str, path: str) -> None:
    meant = re.fullmatch(as_expression(f"/{pattern}"), f"/{path}", re.DOTALL)
    assert url_pattern(f"/{pattern}", SITE).holds(SITE, f"/{path}", "") is (meant is not None)


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
    assert found.holds(SITE, fitting, "")
    assert not any(found.holds(SITE, path, "") for path in (f"/{HYPHENS}", "/-" * 1_000, f"{fitting}/"))
