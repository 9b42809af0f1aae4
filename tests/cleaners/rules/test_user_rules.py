"""A user's own rules: what they find, what they overrule, the messages for wrong ones."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest
from articles import ARTICLES
from conftest import Copydesk
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from copydesk import Options, Page, Record, clean, clean_page
from copydesk.cleaners.rules.user_rules import read_user_rule
from copydesk.cleaners.segment.elements import numbers_of
from copydesk.cleaners.segment.html_blocks import segment
from copydesk.cleaners.user_tables import BadKey

PROSE = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES["en"])
KIOSK = '<p class="kiosk">The winter issue has a portrait of the clockmaker and a map of the belfry.</p>'
PAGE = f"<html><body><article><h1>Noon</h1>{PROSE}{KIOSK}</article></body></html>"
KIOSK_TEXT = "The winter issue has a portrait of the clockmaker and a map of the belfry."
BASE = {"name": "kiosk", "label": "ad", "reason": "the paper's kiosk"}


def clean_with(*rules: dict[str, Any], body: str = PAGE, url: str | None = None) -> Record:
    own = tuple(read_user_rule(BASE | rule) for rule in rules)
    return clean_page(Page(body=body, url=url), Options(user_rules=own))


@pytest.mark.parametrize(("rule", "how"), [
    ({"css": [".kiosk"]}, "css .kiosk"),
    ({"xpath": ["//p[@class='kiosk']"]}, "xpath //p[@class='kiosk']"),
    ({"xpath": ["//p/@class"]}, "xpath //p/@class"),
    ({"start": ["The Winter Issue"]}, "start 'The Winter Issue'"),
    ({"contains": ["map of the belfry"]}, "contains 'map of the belfry'"),
])  # fmt: skip
def test_what_a_rule_finds_is_removed_with_its_reason(rule: dict[str, Any], how: str) -> None:
    record = clean_with(rule)
    assert KIOSK_TEXT not in record.text
    [removed] = [removal for removal in record.removed if removal.text == KIOSK_TEXT]
    assert (removed.label, removed.rule, removed.evidence) == (
        "ad", "own.kiosk", f"the paper's kiosk ({how})",
    )  # fmt: skip


def test_without_the_rule_the_block_stays() -> None:
    assert KIOSK_TEXT in clean_page(Page(body=PAGE)).text


def test_a_rule_may_keep_what_other_rules_remove() -> None:
    page = PAGE.replace(KIOSK, '<div class="newsletter"><p>Subscribe to our newsletter today.</p></div>')
    assert "Subscribe" not in clean_page(Page(body=page)).text
    assert "Subscribe" in clean_with({"label": "paragraph", "css": ["div.newsletter"]}, body=page).text


@pytest.mark.parametrize(("url", "is_removed"), [
    ("https://example.org/a", True), ("https://www.example.org/a", True), ("https://news.example.org/a", True),
    ("https://notexample.org/a", False), (None, False),
])  # fmt: skip
def test_a_rule_applies_to_its_sites(url: str | None, is_removed: bool) -> None:
    record = clean_with({"css": [".kiosk"], "sites": ["www.Example.org"]}, url=url)
    assert (KIOSK_TEXT not in record.text) == is_removed


@pytest.mark.parametrize(("head", "is_removed"), [
    ('<link rel="canonical" href="https://news.example.org/noon">', True),
    ('<meta property="og:url" content="https://example.org/noon">', True),
    ('<link rel="canonical" href="https://example.com/noon">', False),
    ('<link rel="canonical" href="/noon">', False),
])  # fmt: skip
def test_a_page_with_its_canonical_address_needs_no_url(head: str, is_removed: bool) -> None:
    body = PAGE.replace("<html>", f"<html><head>{head}</head>")
    rule = {"css": [".kiosk"], "sites": ["example.org"]}
    assert (KIOSK_TEXT not in clean_with(rule, body=body).text) == is_removed
    assert KIOSK_TEXT in clean_with(rule, body=body, url="https://other.example/noon").text


def test_explain_reports_that_rules_for_sites_were_left_out(copydesk: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(
        RULES.replace("relatd", "related").replace(
            'css = [".kiosk"]', 'css = [".kiosk"]\nsites = ["example.org"]'
        )
    )
    run = copydesk("explain", "-", stdin=PAGE.encode())
    assert run.stderr == (
        b"-: rules for certain sites were skipped (kiosk): the page does not declare its URL; give it with --url\n"
    )
    run = copydesk("explain", "-", "--url", "https://example.org/noon", stdin=PAGE.encode())
    assert (b"own.kiosk" in run.stdout, run.stderr) == (True, b"")


def test_a_path_that_a_page_cannot_follow_is_reported() -> None:
    """The check cannot know that a page has ``q`` elements."""
    body = PAGE.replace(KIOSK, f"{KIOSK}<q>Ding</q>")
    with pytest.raises(match=r"xpath: '//q\[contains\(\.\)\]' is no path"):
        clean_with({"xpath": ["//q[contains(.)]"]}, body=body)


def test_the_first_of_two_rules_labels_the_block() -> None:
    record = clean_with(
        {"css": [".kiosk"]}, {"name": "issue", "label": "related", "start": ["the winter issue"]}
    )
    assert {removal.rule for removal in record.removed if removal.text == KIOSK_TEXT} == {"own.kiosk"}


@pytest.mark.parametrize("found_by", [{"css": [".kiosk"]}, {"contains": ["map of the belfry"]}])
def test_two_rules_of_one_name_both_apply_and_the_first_labels_the_block(found_by: dict[str, Any]) -> None:
    first = clean_with(found_by | {"label": "related"}, found_by)
    assert [removal.label for removal in first.removed if removal.text == KIOSK_TEXT] == ["related"]
    elsewhere = clean_with(
        found_by | {"label": "related", "sites": ["other.example"]},
        found_by | {"sites": ["paper.example"]},
        {"contains": ["no such words"]},
        url="https://paper.example/noon",
    )
    assert [removal.label for removal in elsewhere.removed if removal.text == KIOSK_TEXT] == ["ad"]


def test_a_rule_that_finds_residue_fills_provenance() -> None:
    note = "Please note: Gemini, an AI, wrote the text of this page."
    body = PAGE.replace(KIOSK, f'<p class="kiosk">{note}</p>')
    record = clean_with({"label": "ai_disclaimer", "css": [".kiosk"]}, body=body)
    assert note not in record.text
    assert [(use.vendor, use.model) for use in record.provenance.ai] == [("Google", "Gemini")]
    assert note in [entry.quote for entry in record.provenance.evidence]


def test_flattened_text_has_phrases_and_no_elements() -> None:
    text = "\n\n".join(("Noon", *ARTICLES["en"], KIOSK_TEXT))
    assert KIOSK_TEXT in clean_with({"css": [".kiosk"]}, body=text).text
    assert KIOSK_TEXT not in clean_with({"start": ["the winter issue"]}, body=text).text


@pytest.mark.parametrize(("rule", "key", "message"), [
    ({"lable": "ad"}, "lable", "lable: unknown key; did you mean label?"),
    ({"label": "adv", "start": ["x"]}, "label", "label: unknown label 'adv'; did you mean ad?"),
    ({}, None, "it finds nothing: give one of whole, lead, start, contains, css, xpath"),
    ({"start": "x"}, "start", "start: expected a list of texts"),
    ({"start": ["—"]}, "start", "start: '—' has no letter to look for"),
    ({"css": ["p["]}, "css", "css: 'p[' is no selector: "),
    ({"css": ["p::-x"]}, "css", "css: 'p::-x' is no selector: "),
    ({"xpath": ["//p["]}, "xpath", "xpath: '//p[' is no path: "),
    ({"xpath": ["count(//p)"]}, "xpath", "xpath: 'count(//p)' gives a value, not elements"),
    ({"xpath": ["nosuch(//p)"]}, "xpath", "xpath: 'nosuch(//p)' is no path: "),
    ({"xpath": ["//p[$v]"]}, "xpath", "xpath: '//p[$v]' is no path: $v has no value; put it between "),
    (
        {"xpath": ["//p[@class='kiosk'][chime(.)]"]}, "xpath",
        "xpath: \"//p[@class='kiosk'][chime(.)]\" is no path: there is no function chime() in XPath 1.0",
    ),
    ({"xpath": ["//bell:p"]}, "xpath", "xpath: '//bell:p' is no path: "),
    ({"xpath": ["//p[contains(.)]"]}, "xpath", "xpath: '//p[contains(.)]' is no path: "),
    ({"css": ["bell|p"]}, "css", "css: 'bell|p' is no selector: "),
    (
        {"sites": ["https://example.org/news"], "start": ["x"]}, "sites",
        "sites: 'https://example.org/news' is no host; write example.org, which means all its pages and ",
    ),
    ({"sites": ["*.example.org"], "start": ["x"]}, "sites", "sites: '*.example.org' is no host; write example.org"),
    ({"sites": ["https://"], "start": ["x"]}, "sites", "sites: 'https://' is no host; write one like example.org"),
    ({"start": ["chim*"]}, "start", "start: 'chim*': a star is no wildcard here, only in cues of "),
    (
        {"name": "kiosk_box!", "start": ["x"]}, "name",
        "name: 'kiosk_box!' has more than letters, digits and hyphens; write something like kiosk-box",
    ),
    ({"reason": ""}, "reason", "reason: expected a text"),
])  # fmt: skip
def test_wrong_rules_are_reported(rule: dict[str, Any], key: str | None, message: str) -> None:
    with pytest.raises(BadKey) as caught:
        read_user_rule(BASE | rule)
    assert caught.value.key == key
    assert str(caught.value).startswith(message)


@given(
    st.recursive(
        st.sampled_from(["text", "<br>", "<script>x</script>", "<!-- c -->", "<ruby>a<rt>b</rt></ruby>"]),
        lambda inner: st.tuples(st.sampled_from(["div", "p", "ul", "span"]), st.lists(inner, max_size=3)).map(
            lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0]}>"
        ),
    )
)
def test_elements_have_the_numbers_the_blocks_know_them_by(inner: str) -> None:
    root = etree.HTML(
        f"<html><body><p class='wanted'>one<b>two</b></p>{inner}<p class='wanted'>three</p></body></html>"
    )
    numbers = numbers_of(root, set(root.xpath("//p[@class='wanted']")))
    found = {step.number for item in segment(root, Options()) for step in item.path if step.words == "wanted"}
    assert found == set(numbers.values())


def steps(page: str, options: Options) -> int:
    """How many lines of ours run over the tree and for the rules."""
    lines = 0

    def count(frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        nonlocal lines
        if frame.f_code.co_filename.endswith(("user_rules.py", "html_blocks.py")):
            lines += event == "line"
            return count
        return None

    before = sys.gettrace()
    sys.settrace(count)
    try:
        clean(page, options=options)
    finally:
        sys.settrace(before)
    return lines


def test_many_selectors_take_one_walk_over_the_tree() -> None:
    paragraphs = "".join(f'<p class="n{n}">The bell rang for hour {n}.</p>' for n in range(300))
    page = f"<html><body><article><h1>Noon</h1>{paragraphs}</article></body></html>"
    rules = [read_user_rule(BASE | {"name": f"r{number}", "css": [f".n{number}"]}) for number in range(50)]
    few, many = (Options(user_rules=tuple(rules[:count])) for count in (1, 50))
    for options in (few, many):
        clean(page, options=options)  # reads and compiles what is read once
    assert sum(removal.rule.startswith("own.") for removal in clean(page, options=many).removed) == 50
    assert steps(page, many) < 1.5 * steps(page, few)


RULES = """\
jobs = 1

[[rule]]
name = "kiosk"
label = "ad"
reason = "the paper's kiosk"
css = [".kiosk"]

[[rule]]
name = "other"
label = "relatd"
reason = "cards"
css = [".cards"]
"""


def test_a_wrong_rule_is_reported_with_file_and_line(copydesk: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(RULES)
    for command in (["clean", "-"], ["rules"]):
        run = copydesk(*command, stdin=PAGE.encode())
        message = (
            b"Error: copydesk.toml:11: rule 'other': label: unknown label 'relatd'; did you mean related?\n"
        )
        assert (run.returncode, run.stderr) == (2, message)


def test_own_rules_are_shown_and_counted(copydesk: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(RULES.replace("relatd", "related"))
    (tmp_path / "page.html").write_text(PAGE)
    marked = copydesk("clean", "--mark", "page.html").stdout.decode()
    assert f"- ad: {KIOSK_TEXT} [own.kiosk: the paper's kiosk (css .kiosk)]" in marked
    (tmp_path / "records.jsonl").write_bytes(copydesk("clean", "page.html").stdout)
    lines = copydesk("rules", "--count", "records.jsonl").stdout.decode().splitlines()
    assert "own.kiosk: 1 block in 1 record" in lines
    assert lines[-1].endswith("removed nothing from 1 record; of your own: own.other")
    listed = copydesk("rules", "--all").stdout.decode()
    assert listed.startswith("own.kiosk → ad\n  the paper's kiosk\n  css: .kiosk\n")
    assert listed.rstrip().endswith("rules, 2 of your own")
    assert msgspec.json.decode(copydesk("rules", "--format", "json", "--count", ".").stdout)[0]["blocks"] == 1
    assert copydesk("rules", "--count", "page.html").stderr.startswith(b"Error: page.html:1: no record: ")
    assert copydesk("rules", "--count", "none").stderr.startswith(b"Error: none: no such file")


def test_counts_are_reported_most_first(copydesk: Copydesk, tmp_path: Path) -> None:
    def record(*rules: str) -> bytes:
        return msgspec.json.encode({"removed": [{"rule": rule} for rule in rules]}) + b"\n"

    (tmp_path / "records.jsonl").write_bytes(
        record("wording.ad", "wording.nav", "wording.nav") + record("wording.nav") + record("")
    )
    first, second, last = copydesk("rules", "--count", "records.jsonl").stdout.decode().splitlines()
    assert (first, second) == ("wording.nav: 3 blocks in 2 records", "wording.ad: 1 block in 1 record")
    assert re.fullmatch(r"\d+ rules removed nothing from 3 records", last)
