"""A user's own rules: what they find, what they overrule, how they are told when wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from articles import ARTICLES
from conftest import Copydesk
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cleaners.own_rules import BadRuleError, read_own_rule
from cleaners.segment import numbers_of, segment
from copydesk import Options, Page, Record, clean_page

PROSE = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES["en"])
KIOSK = '<p class="kiosk">The winter issue has a portrait of the clockmaker and a map of the belfry.</p>'
PAGE = f"<html><body><article><h1>Noon</h1>{PROSE}{KIOSK}</article></body></html>"
KIOSK_TEXT = "The winter issue has a portrait of the clockmaker and a map of the belfry."
BASE = {"name": "kiosk", "label": "ad", "reason": "the paper's kiosk"}


def clean_with(*rules: dict[str, Any], body: str = PAGE, url: str | None = None) -> Record:
    own = tuple(read_own_rule(BASE | rule) for rule in rules)
    return clean_page(Page(body=body, url=url), Options(own_rules=own))


@pytest.mark.parametrize(
    ("rule", "how"),
    [
        ({"css": [".kiosk"]}, "css .kiosk"),
        ({"xpath": ["//p[@class='kiosk']"]}, "xpath //p[@class='kiosk']"),
        ({"xpath": ["//p/@class"]}, "xpath //p/@class"),
        ({"start": ["The Winter Issue"]}, "start 'The Winter Issue'"),
        ({"contains": ["map of the belfry"]}, "contains 'map of the belfry'"),
    ],
)
def test_what_it_finds_is_removed_with_its_reason(rule: dict[str, Any], how: str) -> None:
    record = clean_with(rule)
    assert KIOSK_TEXT not in record.text
    [removed] = [one for one in record.removed if one.text == KIOSK_TEXT]
    assert (removed.label, removed.rule, removed.evidence) == (
        "ad",
        "own.kiosk",
        f"the paper's kiosk ({how})",
    )


def test_without_it_the_block_stays() -> None:
    assert KIOSK_TEXT in clean_page(Page(body=PAGE)).text


def test_it_may_bring_back_what_other_rules_cut() -> None:
    page = PAGE.replace(KIOSK, '<div class="newsletter"><p>Subscribe to our newsletter today.</p></div>')
    assert "Subscribe" not in clean_page(Page(body=page)).text
    assert "Subscribe" in clean_with({"label": "paragraph", "css": ["div.newsletter"]}, body=page).text


@pytest.mark.parametrize(
    ("url", "is_removed"),
    [
        ("https://example.org/a", True),
        ("https://www.example.org/a", True),
        ("https://news.example.org/a", True),
        ("https://notexample.org/a", False),
        (None, False),
    ],
)
def test_it_holds_for_its_sites(url: str | None, is_removed: bool) -> None:
    record = clean_with({"css": [".kiosk"], "sites": ["www.Example.org"]}, url=url)
    assert (KIOSK_TEXT not in record.text) == is_removed


def test_the_first_of_two_names_the_block() -> None:
    record = clean_with(
        {"css": [".kiosk"]}, {"name": "issue", "label": "related", "start": ["the winter issue"]}
    )
    assert {one.rule for one in record.removed if one.text == KIOSK_TEXT} == {"own.kiosk"}


def test_flattened_text_has_phrases_and_no_elements() -> None:
    text = "\n\n".join(("Noon", *ARTICLES["en"], KIOSK_TEXT))
    assert KIOSK_TEXT in clean_with({"css": [".kiosk"]}, body=text).text
    assert KIOSK_TEXT not in clean_with({"start": ["the winter issue"]}, body=text).text


@pytest.mark.parametrize(
    ("rule", "key", "told"),
    [
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
        ({"reason": ""}, "reason", "reason: expected a text"),
    ],
)
def test_wrong_rules_are_told(rule: dict[str, Any], key: str | None, told: str) -> None:
    with pytest.raises(BadRuleError) as caught:
        read_own_rule(BASE | rule)
    assert caught.value.key == key
    assert str(caught.value).startswith(told)


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
    wanted = set(root.xpath("//p[@class='wanted']"))
    numbers = numbers_of(root, wanted)
    found = {
        step.number for block in segment(root, Options()) for step in block.path if step.words == "wanted"
    }
    assert found == numbers


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


def test_a_wrong_rule_is_told_with_file_and_line(copydesk: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(RULES)
    for command in (["clean", "-"], ["explain", "-"], ["rules"], ["ingest", "--dry-run", "."]):
        run = copydesk(*command, stdin=PAGE.encode())
        told = (
            b"Error: copydesk.toml:11: rule 'other': label: unknown label 'relatd'; did you mean related?\n"
        )
        assert (run.returncode, run.stderr) == (2, told)


def test_two_rules_of_one_name_are_told(copydesk: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(RULES.replace('"other"', '"kiosk"').replace("relatd", "related"))
    run = copydesk("rules")
    assert run.stderr == b"Error: copydesk.toml:10: rule 'kiosk': there is another one of this name\n"


def test_rules_of_a_project_file_hold_too(copydesk: Copydesk, tmp_path: Path) -> None:
    table = RULES.replace("jobs = 1", "[tool.copydesk]").replace("[[rule]]", "[[tool.copydesk.rule]]")
    (tmp_path / "pyproject.toml").write_text(table)
    run = copydesk("clean", "-", stdin=PAGE.encode())
    assert run.stderr.startswith(b"Error: pyproject.toml:11: rule 'other'")


def test_a_dry_run_shows_them_and_they_are_counted(copydesk: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(RULES.replace("relatd", "related"))
    (tmp_path / "page.html").write_text(PAGE)
    marked = copydesk("clean", "--mark", "page.html").stdout.decode()
    assert f"- ad: {KIOSK_TEXT} [own.kiosk: the paper's kiosk (css .kiosk)]" in marked
    (tmp_path / "records.jsonl").write_bytes(copydesk("clean", "page.html").stdout)
    listed = copydesk("rules", "--count", "records.jsonl").stdout.decode()
    assert listed.startswith(
        "own.kiosk → ad\n  the paper's kiosk\n  removed 1 blocks in 1 of 1 records\n  css: .kiosk\n"
    )
    assert "own.other → related\n  cards\n  removed 0 blocks in 0 of 1 records\n" in listed
    assert listed.rstrip().endswith("rules, 2 of your own")
    counted = msgspec.json.decode(copydesk("rules", "--format", "json", "--count", ".").stdout)
    assert counted[0]["blocks"] == 1
    assert copydesk("rules", "--count", "page.html").stderr.startswith(b"Error: page.html:1: no record: ")
    assert copydesk("rules", "--count", "none").stderr.startswith(b"Error: none: no such file")
