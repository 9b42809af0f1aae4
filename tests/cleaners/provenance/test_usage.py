"""What a publisher allows: every vocabulary, its spellings, and what is no such statement."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.markup.page_head import MetaTag
from copydesk.cleaners.provenance.findings import Finding, strong, weak
from copydesk.cleaners.provenance.usage import find_site_usage, find_usage
from copydesk.cleaners.types import SiteSignal

Permission = tuple[str, object, str]
DENY_AI: Permission = ("usage.ai_training", "deny", "strong")
ALLOW_AI: Permission = ("usage.ai_training", "allow", "strong")
OPEN_AI: Permission = ("usage.ai_training", None, "weak")
SEARCH: Permission = ("usage.search", "allow", "strong")
RESERVED: Permission = ("usage.tdm_reserved", True, "strong")
FREE: Permission = ("usage.tdm_reserved", False, "strong")
POLICY: Permission = ("usage.tdm_reserved", None, "weak")


def permissions(findings: Iterable[Finding]) -> list[Permission]:
    return [(finding.field, finding.value, finding.evidence.strength) for finding in findings]


def of_header(name: str, *values: str) -> list[Permission]:
    return permissions(find_usage({name: values}, {}))


def of_tag(name: str, content: str) -> list[Permission]:
    return permissions(find_usage({}, {name: (MetaTag("name", name, content),)}))


def of_site(name: str, value: str, file: str = "robots.txt") -> list[Permission]:
    return permissions(find_site_usage([SiteSignal(file, name, value)]))


@pytest.mark.parametrize(("name", "value", "found"), [
    ("content-usage", "train-ai=n", [DENY_AI]),
    ("content-usage", "train-ai=y, search=y", [ALLOW_AI, SEARCH]),
    ("content-usage", " train-ai = n ;x=1 , search=y", [DENY_AI, SEARCH]),
    ("content-usage", 'note="a, train-ai=n", search=y', [SEARCH]),
    # the last of several counts, and is no preference where it cannot be read
    ("content-usage", "train-ai=n, train-ai=y", [ALLOW_AI]), ("content-usage", "train-ai=n, train-ai=maybe", []),
    ("content-usage", "train-ai=no", []), ("content-usage", "train-ai", []), ("content-usage", "bots=n", []),
    ("content-usage", "", []),
    ("content-signal", "ai-train=no, search=yes", [DENY_AI, SEARCH]),
    ("content-signal", "ai-train=n", []), ("x-content-usage", "train-ai=n", []),
])  # fmt: skip
def test_preferences_in_headers(name: str, value: str, found: list[Permission]) -> None:
    assert of_header(name, value) == found
    assert of_site(name, value) == found


@pytest.mark.parametrize(("value", "found"), [
    ("1", [RESERVED, DENY_AI]), (" 1 ", [RESERVED, DENY_AI]), ("0", [FREE]),
    # sent twice, and joined on the way: the refusal counts
    ("0, 1", [RESERVED, DENY_AI]), ("0, 0", []), ("10", []), ("true", []), ("", []),
])  # fmt: skip
def test_a_reservation_of_text_and_data_mining(value: str, found: list[Permission]) -> None:
    assert of_header("tdm-reservation", value) == of_tag("tdm-reservation", value) == found
    assert of_site("tdm-reservation", value, "tdmrep.json") == found


def test_a_policy_alone_reserves_nothing() -> None:
    assert of_header("tdm-policy", "https://a.example/terms", "https://a.example/more") == [POLICY]
    assert of_tag("tdm-policy", "https://a.example/terms") == [POLICY]
    assert of_site("tdm-policy", "https://a.example/terms", "tdmrep.json") == [POLICY]


@pytest.mark.parametrize(("value", "found"), [
    ("noai", [DENY_AI]), ("NoAI, noindex", [DENY_AI]), ("noml", [DENY_AI]), ("googlebot: noai", [DENY_AI]),
    ("noimageai", [OPEN_AI]), ("noarchive", [OPEN_AI]), ("nocache;nofollow", [OPEN_AI]),
    ("noai, noarchive", [DENY_AI]), ("noindex, nofollow, nosnippet", []), ("all", []), ("noairplane", []),
])  # fmt: skip
def test_words_for_robots(value: str, found: list[Permission]) -> None:
    assert of_header("x-robots-tag", value) == of_tag("robots", value) == of_tag("googlebot", value) == found
    assert of_tag("bingbot", value) == []


@pytest.mark.parametrize(("name", "value", "found"), [
    ("allow", "/town", [("usage.crawling", "allow", "strong")]),
    ("disallow", "/", [("usage.crawling", "deny", "strong")]),
    ("ai-crawlers", "GPTBot, CCBot", [OPEN_AI]), ("permits", "train-ai search", [ALLOW_AI, SEARCH]),
    ("prohibits", "ai-train", [DENY_AI]),
    ("prohibits", "all", [DENY_AI, ("usage.search", "deny", "strong")]),
    ("prohibits", "ai-all", [DENY_AI]),
    ("permits-paid", "train-ai, search", [OPEN_AI, ("usage.search", None, "weak")]),
    ("permits", "ai-input", []), ("sitemap", "https://a.example/map.xml", []),
    ("license", "https://a.example/rsl.xml", []),
])  # fmt: skip
def test_preferences_in_files_of_the_site(name: str, value: str, found: list[Permission]) -> None:
    assert of_site(name, value) == found


def test_each_is_quoted_with_its_place() -> None:
    found = (
        *find_site_usage([SiteSignal("robots.txt", "disallow", "/town", 7)]),
        *find_usage({"x-robots-tag": ("noai",)}, {"robots": (MetaTag("name", "Robots", "noai"),)}),
    )
    assert {(finding.evidence.where, finding.evidence.quote) for finding in found} == {
        ("site", "robots.txt: disallow: /town (line 7)"),
        ("meta", '<meta name="Robots" content="noai">'),
        ("header", "x-robots-tag: noai"),
    }


def test_no_file_of_a_site_is_read_without_end() -> None:
    many = [SiteSignal("robots.txt", "disallow", f"/{number}", number) for number in range(1, 1_000)]
    assert len(list(find_site_usage(many))) == 100


@given(st.text(max_size=60) | st.text(alphabet='train-ai=yn,;"\\ 01', max_size=40))
def test_whatever_is_stated_is_read_or_left_open(value: str) -> None:
    for name in ("content-usage", "content-signal", "tdm-reservation", "x-robots-tag"):
        for finding in find_usage({name: (value,)}, {}):
            assert finding.evidence.quote == f"{name}: {value}"[:1_000]
            assert finding.value in ("allow", "deny", True, False, None)
            assert (finding.value is None) == (finding.evidence.strength == "weak")


@pytest.mark.parametrize(("make", "strength"), [(strong, "strong"), (weak, "weak")])
def test_a_quotation_is_no_copy_of_the_page(make: object, strength: str) -> None:
    assert callable(make)
    finding = make("usage.search", "allow", "meta", "x" * 5_000)
    assert (len(finding.evidence.quote), finding.evidence.strength) == (1_000, strength)
    assert (finding.field, finding.evidence.field, finding.evidence.where) == (
        "usage.search", "usage.search", "meta",
    )  # fmt: skip
