"""What the words of an element's class and id show of it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.judge.element_kinds import (
    KINDS,
    ElementKinds,
    kinds_of,
    name_of_kind,
    names_in,
)


def kinds(words: str) -> set[str]:
    return {KINDS[place] for place in kinds_of(words)}


@pytest.mark.parametrize(("words", "kind"), [
    ("main-nav", "navigation"), ("sub-menu", "navigation"), ("tab", "navigation"), ("breadcrumbs", "breadcrumb"),
    ("site-footer", "footer"), ("related-posts", "related"), ("more", "related"), ("share-buttons", "social"),
    ("ad", "ad"), ("ads", "ad"), ("ads-top", "ad"), ("newsletter-signup", "newsletter"), ("cookie-banner", "cookie"),
    ("byline", "byline"), ("article-body", "content"), ("mainbody", "content"),
])  # fmt: skip
def test_words_give_a_kind(words: str, kind: str) -> None:
    assert kind in kinds(words)


@pytest.mark.parametrize(("words", "kind"), [
    # a whole word, and one that only holds it
    ("shad", "ad"), ("adapt", "ad"), ("table", "navigation"), ("bymore", "related"), ("anymore", "related"),
    # a beginning in the middle, a beginning that is excepted
    ("repost", "content"), ("poster", "content"), ("posters", "content"), ("domain", "content"),
])  # fmt: skip
def test_words_that_only_look_like_a_kind(words: str, kind: str) -> None:
    assert kind not in kinds(words)


def test_each_word_counts_wherever_it_is_and_signs_part_words() -> None:
    assert kinds("x_nav:footer/ad9cookie") >= {"navigation", "footer", "ad", "cookie"}
    assert kinds("") == kinds("x 1 -- ß навигация") == set()


def test_an_endless_word_is_ignored() -> None:
    assert kinds(f"{'x' * 36}nav") >= {"navigation"}
    assert kinds_of("nav" + "x" * 100_000) == (KINDS.index("navigation"),)


def test_kinds_are_sorted_and_unique() -> None:
    found = kinds_of("footer nav footer menu")
    assert list(found) == sorted(set(found))
    assert {KINDS[place] for place in found} >= {"footer", "navigation"}


@pytest.mark.parametrize("part", ["Nav", "na-v", "^", "$", "!nav", "^nav^", "nav1", "!^nav$"])
def test_an_error_in_the_data_file_is_reported(part: str) -> None:
    with pytest.raises(BadData, match="navigation") as raised:
        ElementKinds({"navigation": f"menu {part}"})
    assert repr(part) in str(raised.value)


@pytest.mark.parametrize(("part", "words", "others"), [
    ("nav", ["nav", "navbar", "subnav", "unnaved"], ["na", "vna"]),
    ("^nav", ["nav", "navbar"], ["subnav"]), ("nav$", ["nav", "subnav"], ["navbar"]),
    ("^nav$", ["nav"], ["navbar", "subnav"]),
    ("^nav !^navy", ["nav", "navbar"], ["navy", "navyblue"]),
])  # fmt: skip
def test_patterns_of_words_of_a_kind(part: str, words: list[str], others: list[str]) -> None:
    kinds = ElementKinds({"listing": "zz", "navigation": part})
    assert [word for word in (*words, *others) if kinds.of_word(word) == {1}] == words


NAMES = st.lists(
    st.sampled_from(["comment-list", "related", "entry-tags", "share", "share-bar", "x1", "goat"])
)


@given(NAMES, st.randoms(use_true_random=False), st.sampled_from(KINDS))
def test_a_quote_is_the_same_in_any_order(names: list[str], chance: Random, kind: str) -> None:
    mixed = [*names]
    chance.shuffle(mixed)
    quoted = name_of_kind(" ".join(names), kind)
    assert quoted == name_of_kind(" ".join(mixed), kind)
    assert (quoted is not None) is (kind in kinds(" ".join(names)))


def test_a_quoted_name_is_one_that_shows_the_kind_and_is_bounded() -> None:
    assert name_of_kind("goat comment-list", "comment") == "comment-list"
    assert name_of_kind("goat", "comment") is None
    long = "comment" * 400
    assert name_of_kind(long, "comment") in (None, long[:40])
    assert all(len(name) <= 40 for name in names_in("a" * 100_000 + " share"))
