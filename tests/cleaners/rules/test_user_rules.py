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


def test_explain_reports_that_rules_for_sites_were_left_out(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(
        RULES.replace("relatd", "related").replace(
            'css = [".kiosk"]', 'css = [".kiosk"]\nsites = ["example.org"]'
        )
    )
    run = invoke("explain", "-", stdin=PAGE.encode())
    assert run.stderr == (
        b"-: rules for certain sites were skipped (kiosk): the page does not declare its URL; give it with --url\n"
    )
    run = invoke("explain", "-", "--url", "https://example.org/noon", stdin=PAGE.encode())
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
    found = {
        step.number
        for item in segment(root, Options())[0].blocks
        for step in item.path
        if step.words == "wanted"
    }
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


def test_a_wrong_rule_is_reported_with_file_and_line(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(RULES)
    for command in (["clean", "-"], ["rules"]):
        run = invoke(*command, stdin=PAGE.encode())
        message = (
            b"Error: copydesk.toml:11: rule 'other': label: unknown label 'relatd'; did you mean related?\n"
        )
        assert (run.returncode, run.stderr) == (2, message)


def test_own_rules_are_shown_and_counted(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text(RULES.replace("relatd", "related"))
    (tmp_path / "page.html").write_text(PAGE)
    marked = invoke("clean", "--mark", "page.html").stdout.decode()
    assert f"- ad: {KIOSK_TEXT} [own.kiosk: the paper's kiosk (css .kiosk)]" in marked
    (tmp_path / "records.jsonl").write_bytes(invoke("clean", "page.html").stdout)
    lines = invoke("rules", "--count", "records.jsonl").stdout.decode().splitlines()
    assert "own.kiosk: 1 block in 1 record" in lines
    assert lines[-1].endswith("removed nothing from 1 record; of your own: own.other")
    listed = invoke("rules", "--all").stdout.decode()
    assert listed.startswith("own.kiosk → ad\n  the paper's kiosk\n  css: .kiosk\n")
    assert listed.rstrip().endswith("rules, 2 of your own")
    assert msgspec.json.decode(invoke("rules", "--format", "json", "--count", ".").stdout)[0]["blocks"] == 1
    assert invoke("rules", "--count", "page.html").stderr.startswith(b"Error: page.html:1: no record: ")
    assert invoke("rules", "--count", "none").stderr.startswith(b"Error: none: no such file")


def test_counts_are_reported_most_first(invoke: Copydesk, tmp_path: Path) -> None:
    def record(*rules: str) -> bytes:
        return msgspec.json.encode({"removed": [{"rule": rule} for rule in rules]}) + b"\n"

    (tmp_path / "records.jsonl").write_bytes(
        record("wording.ad", "wording.nav", "wording.nav") + record("wording.nav") + record("")
    )
    first, second, last = invoke("rules", "--count", "records.jsonl").stdout.decode().splitlines()
    assert (first, second) == ("wording.nav: 3 blocks in 2 records", "wording.ad: 1 block in 1 record")
    assert re.fullmatch(r"\d+ rules removed nothing from 3 records", last)


STORY = "The porter of the museum counted the owls in its tower again, and he found one more than in the year before."
MORE = "Last week the harbour master bought a second lamp, and he told us that it is far brighter than the first."
SITE = (
    "<html><head><title>Courier</title></head><body><div class=story><h1>Owls counted</h1>"
    "<p class=by>By Anna Berg and Tom Bell</p><span class=on>Published 3 May 2026</span>"
    f"<div class=rest><p>{MORE}</p></div><div class=text>{PROSE}<p>{STORY}</p></div></div></body></html>"
)


def select_with(*rules: dict[str, Any], body: str = SITE, url: str | None = None) -> Record:
    given = ({"name": "courier", "reason": "the text is here"} | rule for rule in rules)
    return clean_page(Page(body=body, url=url), Options(user_rules=tuple(map(read_user_rule, given))))


@pytest.mark.parametrize(
    "content", ["div.text", ["article.none", "//div[@class='text']"], "//div[@class='text']/p/b/.."]
)
def test_what_would_be_kept_outside_of_the_content_is_removed_with_the_rules_name(content: Any) -> None:
    body = SITE.replace("<p>", "<p><b></b>").replace(f"<p><b></b>{MORE}", f"<p>{MORE}")
    record = select_with({"content": content}, body=body)
    assert record.text.endswith(STORY)
    [removed] = [one for one in record.removed if one.text == MORE]
    selector = content if isinstance(content, str) else content[-1]
    kind = "css" if selector == "div.text" else "xpath"
    assert (removed.label, removed.rule, removed.evidence) == (
        "other", "own.courier", f"the text is here (outside of {kind} {selector})",
    )  # fmt: skip


def test_what_is_removed_outside_anyway_keeps_its_name() -> None:
    record = select_with({"content": "div.text"})
    assert {"By Anna Berg and Tom Bell": "byline"}.items() <= {
        one.text: one.label for one in record.removed
    }.items()
    assert [author.name for author in record.authors] == ["Anna Berg", "Tom Bell"]


def test_a_copy_outside_of_the_content_makes_nothing_inside_a_duplicate() -> None:
    body = SITE.replace("<div class=text>", f"<div class=lead><p>{STORY}</p></div><div class=text>")
    assert select_with({"content": "div.text"}, body=body).text.endswith(STORY)


def test_paragraphs_of_the_content_are_kept_where_the_network_would_remove_them() -> None:
    beside = "The lamp of the harbour master is the brightest on the coast, as every fisherman will tell you."
    body = SITE.replace("</body>", f'<div class="comments related footer"><p>{beside}</p></div></body>')
    assert beside not in clean_page(Page(body=body)).text
    assert beside in select_with({"content": ["div.text, div.comments"]}, body=body).text


def test_without_its_content_a_page_is_cleaned_as_without_the_rule(invoke: Copydesk, tmp_path: Path) -> None:
    without = clean_page(Page(body=SITE))
    assert select_with({"content": ["article.none", "//main"]}).text == without.text
    (tmp_path / "copydesk.toml").write_text('[[rule]]\nname = "courier"\nreason = "a"\ncontent = "main"\n')
    run = invoke("explain", "-", stdin=SITE.encode())
    assert (
        run.stderr
        == b"-: the content that your rules name (courier) is not on the page: cleaned as without it\n"
    )


def test_explain_names_the_fields_for_which_rules_find_nothing(invoke: Copydesk, tmp_path: Path) -> None:
    rules = (
        '[[rule]]\nname = "courier"\nreason = "a"\ntitle = "h1"\nauthors = "p.none"\ndate_published = "h1"\n'
        '[[rule]]\nname = "herald"\nreason = "a"\ntitle = "h6"\nauthors = "p.nobody"\n'
        '[[rule]]\nname = "other"\nreason = "a"\nsites = ["other.example"]\ntitle = "h6"\n'
    )
    (tmp_path / "copydesk.toml").write_text(rules)
    page = (
        "<h1>Ferry sails again</h1>" + "<p>The ferry to the island sails again, after a long winter.</p>" * 5
    )
    run = invoke("explain", "-", "--url", "https://courier.example/1", stdin=page.encode())
    assert run.stderr == (
        b"-: your rules find nothing for authors (courier, herald), date_published (courier): read as without them\n"
    )


CARDS = "".join(
    f"<div class=card><a href=/s{at}><h3>The council met on day {at}</h3></a><p>Teaser {at}.</p></div>"
    for at in range(25)
)
MENU = f"<nav><ul>{''.join(f'<li><a href=/{at}>Section {at}</a></li>' for at in range(30))}</ul></nav>"
SHORT = {
    "<p>The library is closed on Monday.</p>": "The library is closed on Monday.",
    "<p>The owl<br>sat on a bell<br>and would not tell</p>": "The owl\nsat on a bell\nand would not tell",
    "<ul><li>Milk</li><li>Two eggs</li></ul>": "Milk\nTwo eggs",
    "<table><tr><th>Hour</th><th>Ferry</th></tr><tr><td>8:00</td><td>Island</td></tr></table>": "Hour\tFerry\n8:00\tIsland",
}


@pytest.mark.parametrize("around", [CARDS, ""])
@pytest.mark.parametrize("story", SHORT)
def test_the_pages_type_does_not_reject_the_text_of_the_content(story: str, around: str) -> None:
    body = f"<title>Courier</title>{MENU}<h1>Owls</h1><div id=story>{story}</div>{around}"
    record = select_with({"content": "div#story"}, body=body)
    assert (record.status, record.reason, record.text) == ("ok", None, SHORT[story])


@pytest.mark.parametrize("around", [CARDS, ""])
@pytest.mark.parametrize("content", ["nav", "h1"])
def test_the_reason_names_the_rule_whose_content_has_no_text(content: str, around: str) -> None:
    body = f"<title>Courier</title>{MENU}<h1>Owls</h1><p>{STORY}</p>{around}"
    record = select_with({"content": content}, body=body)
    assert (record.status, record.text) == ("rejected", "")
    assert (record.reason or "").endswith(f"; rule courier left no text (outside of css {content})")


def test_what_the_content_decides_on_counts_as_certain() -> None:
    # the network is sure of neither side
    sure = (
        {"label": "paragraph", "css": ["div.text"]},
        {"name": "out", "label": "other", "css": ["div.rest", "h1", "p.by"]},
    )
    plain, content = (select_with(*rules).confidence for rules in ([], [{"content": "div.text"}]))
    by_blocks = select_with(*sure).confidence
    assert (plain or 0) < (content or 0)
    assert content == pytest.approx(by_blocks, abs=0.02)


def test_another_rule_of_the_users_keeps_what_is_outside() -> None:
    keeping = BASE | {"name": "more", "label": "paragraph", "css": ["div.rest"]}
    for rules in (({"content": "div.text"}, keeping), (keeping, {"content": "div.text"})):
        assert MORE in select_with(*rules).text


def test_fields_come_from_where_the_rule_says() -> None:
    body = SITE.replace("<body>", "<body><h1>Courier of the coast</h1><p class=x>By Carl Ode, 4 May 2026</p>")
    record = select_with(
        {"title": ["h3", "div.story h1"], "authors": "p.by", "date_published": "//*[@class='on']"}, body=body
    )
    assert (record.title, record.date_published) == ("Owls counted", "2026-05-03")
    assert [author.name for author in record.authors] == ["Anna Berg", "Tom Bell"]
    fields = ("title", "authors", "date_published")
    assert [record.field_origins[field] for field in fields] == ["own.courier"] * 3


def test_paragraphs_name_no_authors_and_no_dates() -> None:
    body = SITE.replace("<div class=text>", "<div class=text>" + f"<p>{STORY}</p>" * 200)
    without = clean_page(Page(body=body))
    record = select_with({"authors": "div.text p", "date_published": "div.text p", "title": "nav"}, body=body)
    assert (record.authors, record.date_published) == (without.authors, without.date_published)
    assert record.title == without.title
    names = " ".join(f"<li>Anna {chr(65 + at % 26)}{chr(97 + at // 26)}rg</li>" for at in range(100))
    assert (
        len(
            select_with(
                {"authors": "li"}, body=SITE.replace("<div class=text>", f"{names}<div class=text>")
            ).authors
        )
        <= 20
    )


@pytest.mark.parametrize("expression", [
    "//*[count(preceding::*) > 3]", "//*[.//*[.//*]]", "//p/following::b", "//p[../p]", "//p[parent::div/p]",
    "//div[//p]", "//div[count(/html//p) > 2]", "//div[.//p[ancestor::div]]", "//div[p[following-sibling::p]]",
    "//p[parent::div[1]/p]", "//p[(..)/p]", "//div[ul[1] | //p]", "//div[ul[1]and //p]", "//div[ul[1] = /html[1]/@lang]",
])  # fmt: skip
@pytest.mark.parametrize("key", ["xpath", "content", "title"])
def test_paths_that_take_minutes_on_a_large_page_are_refused(key: str, expression: str) -> None:
    value = [expression]
    with pytest.raises(BadKey, match=f"{key}: .* may take minutes on a large page: "):
        read_user_rule(BASE | {key: value})


@pytest.mark.parametrize("expression", [
    "//div[.//p[@class='a']]", "//div[ul[li]]", "//p[ancestor::aside]", "(//article)[1]", "//h2[. = '//x[preceding::y]']",
    "//h2/following-sibling::p", "//div[.//b][1]", "//p[following-sibling::*[1][self::p]]", "//a/ancestor::div[1]",
    "//div[h2[@class='a']/span]", "//div[ul[1]/li]", "//td[a[@href]//img]", "//p[ancestor::div[1]/@id]",
])  # fmt: skip
def test_usual_paths_are_taken(expression: str) -> None:
    assert read_user_rule(BASE | {"xpath": [expression]}).xpath == (expression,)


# as every version of cssselect reads them: older ones take one step within
@pytest.mark.parametrize("selector", ["div:has(+ p)", "div:has(> p.a)", "div:has(~ p)"])
def test_selectors_of_what_an_element_has_are_taken(selector: str) -> None:
    assert read_user_rule(BASE | {"css": [selector]}).css == (selector,)


@pytest.mark.parametrize(("rule", "message"), [
    ({"content": "p["}, "content: 'p[' is no selector: "),
    ({"content": []}, "content: needs at least one selector"),
    ({"content": 1}, "content: expected a list of texts"),
    ({"title": "count(//p)"}, "title: 'count(//p)': count() gives a value, not elements"),
    ({"title": "string(//h1)"}, "title: 'string(//h1)': string() gives a value, not elements"),
    ({"date_published": "//time = 'a'"}, "date_published: \"//time = 'a'\" gives a value, not elements"),
    ({"content": "p", "label": "paragraph"}, "label: paragraph is in the text, and content removes what is around it"),
    ({"sites": ["a.example"]}, "label is missing"),
])  # fmt: skip
def test_wrong_selections_are_named(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(BadKey, match=re.escape(message)):
        read_user_rule({"name": "courier", "reason": "a"} | rule)


@pytest.mark.parametrize(("site", "url"), [
    ("bücher.example", "https://www.xn--bcher-kva.example:8080/a"),
    ("xn--bcher-kva.example", "https://news.bücher.example/a"),
    ("WWW.Example.ORG", "http://example.org:80/a"),
])  # fmt: skip
def test_hosts_are_compared_as_people_read_them(site: str, url: str) -> None:
    assert MORE not in select_with({"content": "div.text", "sites": [site]}, url=url).text
    assert MORE in select_with({"content": "div.text", "sites": [site]}, url="https://other.example/").text
