"""The one parse: what is given to it, so that its time grows with the page."""

from __future__ import annotations

import pytest
from lxml import html
from processor_time import bounded

from copydesk import clean, restore
from copydesk._core.walk import page_text
from copydesk.cleaners.decode.html_tree import with_balanced_noscripts, with_few_attributes

SENTENCE = "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd had come."
BEFORE, BEHIND = "<p class=x>One > two</p><a href='/a' ", ">three</a><b>four</b>"


@pytest.mark.parametrize(
    "written",
    ["a{}=1", "a{}", "a{}='>'", 'a{}="x > <p> y"', "a{} = 'x'", "data-{}=x\"y'z", "=a{}=1", "a{}==", "É{}=x"],
)
def test_a_tag_keeps_its_first_thousand_attributes(written: str) -> None:
    named = [written.format(number) for number in range(3_000)]
    # the thousandth is its address
    kept = f"{BEFORE}{' '.join(named[:999])}{BEHIND}"
    assert with_few_attributes(f"{BEFORE}{' '.join(named)}{BEHIND}") == kept
    assert with_few_attributes(kept) == kept


@pytest.mark.parametrize(
    "element", ["<script>let a <b {}</script>", "<style>a <b {}</style>", "<!-- a <b {} -->"]
)
def test_text_that_only_looks_like_a_tag_is_kept(element: str) -> None:
    whole = element.format("and so on " * 1_000)
    assert with_few_attributes(f"<p>x{whole}<p>y") == f"<p>x{whole}<p>y"


@pytest.mark.parametrize(
    "before",
    [
        "<!-->",
        "<!--->",
        "<!-- a --!>",
        "<script-like>",
        "<title><script></title>",
        "<textarea><!--</textarea>",
    ],
)
def test_a_tag_with_many_attributes_is_cut_wherever_it_is(before: str) -> None:
    assert len(with_few_attributes(f"{before}<p {'a=1 ' * 5_000}>{SENTENCE}</p>")) < 5_000


def test_a_script_has_a_thousand_attributes_as_well() -> None:
    content = "let a <b " + "and so on " * 1_000
    cut = with_few_attributes(f"<script {'a=1 ' * 5_000}>{content}</script>")
    assert len(cut) < 5_000 + len(content)
    assert cut.endswith(f">{content}</script>")


@pytest.mark.parametrize("quote", ["'", '"', ""])
def test_a_tag_that_never_ends_is_cut_as_well(quote: str) -> None:
    whole = f"<p>{SENTENCE}</p><p {'a=1 ' * 5_000}{quote and f'b={quote}'}{'x ' * 5_000}"
    assert len(with_few_attributes(whole)) < 5_000
    assert clean(whole).text == SENTENCE


@pytest.mark.parametrize(("before", "behind"), [
    ("<noscript><div id=nojs></noscript>", ""), ("<noscript><div class=wide></noscript>", "<noscript></div></noscript>"),
    ("<NOSCRIPT ><TABLE><TR><TD></NOSCRIPT>", "<noscript></td></tr></table></noscript>"),
    ("<noscript><p><div>Turn on scripts.</p></noscript>", ""),
])  # fmt: skip
def test_a_box_that_begins_in_a_noscript_takes_no_page_along(before: str, behind: str) -> None:
    record = clean(
        f"<body>{before}<h1>Noon</h1><article><p>{SENTENCE}</p></article>{behind}<p>{SENTENCE[:40]}</p>"
    )
    assert restore(record) == f"Noon\n{SENTENCE}\n{SENTENCE[:40]}"


@pytest.mark.parametrize("markup", [
    "<script>write('<noscript><div>')</script><p>a</p><noscript><p>b</p></noscript>",
    "<!-- <noscript><div> --><noscript><div></div></noscript>", "<noscript><div>never ends", "<noscript-like><div>",
])  # fmt: skip
def test_what_only_looks_like_an_open_box_is_left(markup: str) -> None:
    assert with_balanced_noscripts(markup) == markup


@pytest.mark.parametrize(
    "unit", ["<noscript>", "<noscript><div", "<noscript><div></noscript>", "<!--<noscript>"]
)
def test_a_page_may_have_thousands_of_noscripts(unit: str) -> None:
    with bounded(60):
        clean(f"<p>{SENTENCE}</p>{unit * 20_000}")


@pytest.mark.parametrize(("markup", "text"), [
    ("<ruby>時<rt>とき</rt></ruby>" * 3, "時時時ときときとき"),
    ("<ruby>時<rp>(</rp><rt>とき</rt><rp>)</rp></ruby>は", "時は(とき)"),
    ("<ruby><span>漢<rt>hàn</rt></span>字<rt>zì</rt></ruby>。", "漢字。hànzì"),
    ("<ruby>한<ruby>국<rt>國</rt></ruby><rt>han</rt></ruby>", "한국國han"),
    # with an element inside it is no mere reading, and without a ruby around it none at all
    ("<ruby>時<rt><b>とき</b></rt></ruby>は", "時ときは"),
    ("<rt>とき</rt>は", "ときは"),
    ("<ruby>時<svg><text><rt>a</rt></text></svg></ruby><noscript><ruby>時<rt>b</rt></ruby></noscript>は", "時は"),
    ("<ruby></ruby>は", "は"),
])  # fmt: skip
def test_the_readings_of_a_page_follow_its_text(markup: str, text: str) -> None:
    assert page_text(html.fromstring(f"<div>{markup}</div>")) == text


@pytest.mark.parametrize("unit", [
    "<ruby>時<rt>とき</rt></ruby>", "<ruby>漢<rp>(</rp><rt>hàn</rt><rp>)</rp></ruby>", "<ruby><rb>한<rt>韓</ruby>",
    "<ruby>時<rt><b>とき</b></rt></ruby>", "<ruby></ruby>", "<p><ruby>字<rtc><rt>zì</rtc></ruby>。</p>",
])  # fmt: skip
def test_a_page_may_have_thousands_of_readings(unit: str) -> None:
    root = html.fromstring(f"<div>{unit * 20_000}</div>")
    with bounded(60):
        page_text(root)


def test_a_page_without_tags_of_head_and_body_has_both() -> None:
    """libxml2 leaves ``main`` in the head, where nothing is text to those who look for formulas and notes."""
    assert (
        clean(
            f"<meta charset=utf-8><title>T</title><main><p>{SENTENCE}</p></main>© 2026 <p>All rights reserved."
        ).text
        == SENTENCE
    )
    formula = "<math><mi>Q</mi><mo>=</mo><msup><mi>x</mi><mn>3</mn></msup></math>"
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>Tides</title><main><h1>Tides</h1><p>{SENTENCE} {{}}</p></main>"
    assert clean(page.format(formula)).text == f"{SENTENCE} Q=x^3"
