"""HTML to blocks: each structural promise on a small page. Written as ``kind level| text``."""

from __future__ import annotations

import pytest

from copydesk import Page, clean_page
from copydesk._core.walk import page_text
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.html_blocks import segment
from copydesk.cleaners.segment.layout import lay_out
from copydesk.cleaners.text_forms import cells, letters
from copydesk.cleaners.types import Block, Kind


def blocks_of(markup: str) -> tuple[Block, ...]:
    root = parse(markup, Options())
    table = segment(root, Options())[0]
    found = table.blocks
    walked, placed = table.layout, lay_out(found)
    assert walked.names == placed.names
    for field in placed.__struct_fields__[1:]:
        assert getattr(walked, field).tolist() == getattr(placed, field).tolist(), field
    assert letters("".join(block.raw for block in found)) == letters(page_text(root))
    assert [block.index for block in found] == list(range(len(found)))
    return found


def outline(markup: str) -> list[str]:
    return [f"{block.kind}{block.level or ''}| {block.text}" for block in blocks_of(markup)]


FRAGMENTS = ("Only words", "<b>Only</b> words", "Only words</p></div>", "<p>Only words")
BEHIND_THE_END = ("<p>two</p>", "two", "<div>two</div></body></html>", "<!-- x --><section>two")
OUTLINES = {
    **{fragment: (fragment, "paragraph| Only words") for fragment in FRAGMENTS},
    **{f"after the end: {after}": (f"<html><body><p>one</p></body></html>{after}", "paragraph| one", "paragraph| two") for after in BEHIND_THE_END},
    "paragraphs and headings": ("<h1>One</h1><p>Two</p><h3>Three</h3>Four<h6>Five</h6>", "heading1| One", "paragraph| Two", "heading3| Three", "paragraph| Four", "heading6| Five"),
    "text around a block element": ("<div>before<p>inside</p>after</div>", "paragraph| before", "paragraph| inside", "paragraph| after"),
    "inline elements": ("<p>O<b>n</b>e <i>and</i> <a href=x>two</a>, <span>three</span>.</p>", "paragraph| One and two, three."),
    "paragraphs nobody closes": ("<p>One<p>Two<p>Three", "paragraph| One", "paragraph| Two", "paragraph| Three"),
    "one line break stays, two part blocks": ("<p>One<br>two<br><br>three<br> <br/>four<br>&nbsp;<br>five</p>", "paragraph| One\ntwo", "paragraph| three", "paragraph| four", "paragraph| five"),
    "a definition list": ("<dl><dt>Axle</dt><dd>Bears the hand.</dd></dl>", "list_item1| Axle", "list_item1| Bears the hand."),
    "paragraphs inside a list item": ("<ul><li><p>One</p><p>Two</p></li></ul>", "list_item1| One", "list_item1| Two"),
    "code nobody closes": ("<pre>one<p>two</p><h2>three</h2>", "code| one", "code| two", "heading2| three"),
    "a list in a quotation": ("<blockquote><p>One</p><ul><li>Two</li></ul></blockquote><p>Three</p>", "quote| One", "list_item1| Two", "paragraph| Three"),
    "readings that hold elements": ("<ruby>a<rt>b<rt>c</ruby>", "paragraph| ab", "paragraph| c"),
    "character references": ("<p>4&nbsp;&euro; &amp; &lt;b&gt; &#8212; &#x2014;</p>", "paragraph| 4\xa0€ & <b> — —"),
}  # fmt: skip


@pytest.mark.parametrize("case", OUTLINES)
def test_blocks_of_markup(case: str) -> None:
    markup, *blocks = OUTLINES[case]
    assert outline(markup) == blocks


def test_runs_of_white_space_are_one_space() -> None:
    (block,) = blocks_of("<p>One\n\t two\r\n  three</p>")
    assert block.raw == "One two three"


def test_nested_lists_know_their_depth_and_kind() -> None:
    found = blocks_of("<ul><li>a<ol><li>b<ul><li>c</li></ul></li></ol></li><li>d</li></ul>")
    assert [(block.text, block.kind, block.level, block.ordinal) for block in found] == [
        ("a", Kind.LIST_ITEM, 1, 0), ("b", Kind.LIST_ITEM, 2, 1), ("c", Kind.LIST_ITEM, 3, 0),
        ("d", Kind.LIST_ITEM, 1, False),
    ]  # fmt: skip


def test_a_data_table_is_rows_of_cells() -> None:
    found = blocks_of(
        "<table><tr><th>Town</th><th>Loss</th></tr><tr><td>Bern</td><td>12</td></tr></table><p>After"
    )
    assert [(block.kind, block.raw.split("\t"), block.table) for block in found] == [
        (Kind.TABLE_ROW, ["Town", "Loss"], 0), (Kind.TABLE_ROW, ["Bern", "12"], 0), (Kind.PARAGRAPH, ["After"], None),
    ]  # fmt: skip


def cells_of(markup: str) -> list[list[str]]:
    return [cells(block) for block in blocks_of(f"<table>{markup}</table>")]


def test_cells_that_span_and_cells_with_blocks_stay_one_row() -> None:
    assert cells_of(
        "<tr><td rowspan=2>Bern</td><td>1</td></tr><tr><td><p>two</p><p>lines</p></td><td><br></td></tr>"
    ) == [["Bern", "1"], ["", "two\nlines", ""]]


HEADS = "<tr><th>Day</th><th>Meals</th></tr>"


@pytest.mark.parametrize(("cell", "text"), [
    ("<ul><li>Soup</li><li>Rye bread</li></ul>", "Soup\nRye bread"),
    ("<p>Soup</p><p>Rye bread</p>", "Soup\nRye bread"), ("<h2>Noon</h2>Soup", "Noon\nSoup"),
    ("<table><tr><td>Noon</td><td>Soup</td></tr><tr><td>Night</td><td>Tea</td></tr></table>", "Noon Soup\nNight Tea"),
    ("<figure><img src='a.png'><figcaption>Soup</figcaption></figure>", "Soup"),
    ("<pre>noon\tSoup\nnight\tTea</pre>", "noon Soup\nnight Tea"),
    ("<blockquote>Soup</blockquote>and " + "a great deal of rye bread " * 20, None),
])  # fmt: skip
def test_what_is_in_a_cell_of_a_table_with_heads_stays_in_it(cell: str, text: str | None) -> None:
    rows = cells_of(f"{HEADS}<tr><td>Monday</td><td>{cell}</td></tr><tr><td>Tuesday</td><td>Eggs</td></tr>")
    assert [row[0] for row in rows] == ["Day", "Monday", "Tuesday"]
    assert {len(row) for row in rows} == {2}
    assert text is None or rows[1][1] == text


def test_two_tables_have_two_numbers() -> None:
    table = "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"
    assert [block.table for block in blocks_of(table + table)] == [0, 0, 1, 1]


@pytest.mark.parametrize("markup", [
    "<table><tr><td><p>One</p><p>Two</p></td></tr></table>",
    "<table><tr><td>One</td><td><table><tr><td>Two</td></tr></table></td></tr><tr></tr></table>",
])  # fmt: skip
def test_a_layout_table_is_no_table(markup: str) -> None:
    found = blocks_of(markup)
    assert [block.text for block in found] == ["One", "Two"]
    assert Kind.TABLE_ROW not in {block.kind for block in found}


def test_the_cells_of_a_layout_table_are_boxes_as_others_are() -> None:
    found = blocks_of(
        "<table><tr><td><h1>One</h1></td><td><table><tr><td>Two<tr><td>Three</table></td></tr></table>"
    )
    assert [[step.tag for step in block.path[2:]] for block in found] == [
        ["div", "div", "div", "h1"],
        ["div", "div", "div", "table", "tr", "td"],
        ["div", "div", "div", "table", "tr", "td"],
    ]


def test_breaks_part_a_text_alike_wherever_they_stand() -> None:
    found = blocks_of("<div><font color=red>One<br><br>Two<br><br><b>Three</b></font><br><br>Four</div>")
    assert [block.text for block in found] == ["One", "Two", "Three", "Four"]
    assert {block.path[-1].tag for block in found} == {"div"}
    # what has a name tells something, and what holds blocks is a box
    named = blocks_of(
        "<div>One<br><br><span class=ad>Two<br><br></span><span>Three<p>Four</p>Five<br><br></span></div>"
    )
    assert [block.path[-1].tag for block in named] == ["div", "span", "span", "p", "span"]


def test_code_keeps_its_lines_and_blank_lines() -> None:
    (block,) = blocks_of("<pre><code>if noon:\n    strike()\n\n\nrest()</code></pre>")
    assert (block.kind, block.raw) == (Kind.CODE, "if noon:\n    strike()\n\n\nrest()")


@pytest.mark.parametrize("code", [
    "<pre>one<br><br>two</pre>", "<pre><code><div>one</div><div></div>two</code></pre>",
    "<pre><ol><li>one</li><br><li>two</li></ol></pre>", "<listing>one\n\ntwo</listing>", "<xmp>one\n\ntwo</xmp>",
])  # fmt: skip
def test_code_is_one_block(code: str) -> None:
    assert [(block.kind, block.text.split()) for block in blocks_of(f"{code}<p>after")] == [
        (Kind.CODE, ["one", "two"]),
        (Kind.PARAGRAPH, ["after"]),
    ]


def test_blocks_know_their_list_item_and_their_quotation() -> None:
    found = blocks_of("<blockquote>a<ul><li>b<p>c</p></li><li>d</li></ul></blockquote><p>e")
    numbers = [{step.tag: step.number for step in block.path} for block in found]
    assert [(block.quote, block.item) for block in found] == [
        (number.get("blockquote", 0), number.get("li", 0)) for number in numbers
    ]
    assert found[1].item == found[2].item != found[3].item


def test_captions_know_their_picture() -> None:
    found = blocks_of(
        "<figure><img src=/dial.jpg alt='no text'><figcaption>Dial</figcaption></figure><p>Text</p>"
    )
    assert [(block.kind, block.text, block.image_url) for block in found] == [
        (Kind.CAPTION, "Dial", "/dial.jpg"),
        (Kind.PARAGRAPH, "Text", None),
    ]


def test_a_picture_just_before_a_block_is_known() -> None:
    found = blocks_of(
        "<div><img src=/a.jpg><p>one</p><p>two</p></div><img src=data:x data-srcset='/b.jpg 2x'>three"
    )
    assert [(block.text, block.image_url) for block in found] == [
        *(("one", "/a.jpg"), ("two", None), ("three", "/b.jpg"))
    ]


def test_readings_of_words_are_blocks_of_their_own() -> None:
    found = blocks_of(
        "<p>a<ruby>b<rp>(</rp><rt>x</rt><rp>)</rp></ruby>c</p><svg><ruby>d<rt>e</rt></ruby></svg><rt>f</rt>"
    )
    assert [(block.text, block.is_hidden) for block in found] == [
        ("abc", False), ("f", False), ("( x )", True),
    ]  # fmt: skip


def test_what_a_reader_operates_is_a_control() -> None:
    markup = "<button>Play</button><select><option>German</option></select><label>Name</label><textarea>Words</textarea>"
    assert {block.kind for block in blocks_of(markup)} == {Kind.CONTROL}


def test_the_title_of_the_head() -> None:
    found = blocks_of("<html><head><title>Old clock</title></head><body><p>Text</p></body></html>")
    assert [(block.kind, block.text) for block in found] == [
        (Kind.TITLE, "Old clock"),
        (Kind.PARAGRAPH, "Text"),
    ]


@pytest.mark.parametrize(
    "attribute",
    ["hidden", "hidden=until-found", 'style="display:none"', 'style="color:red; DISPLAY : none"', 'style="visibility: hidden"', 'style="overflow:hidden;clip: rect(0px, 0px, 0px, 0px)"', 'style="clip:rect(1px 1px 1px 1px)"', 'style="clip-path:inset(50%)"', 'class="sr-only"', 'class="a visually-hidden b"', 'class="u-textScreenReader"'],
)  # fmt: skip
def test_hidden_text_is_a_block_marked_as_hidden(attribute: str) -> None:
    found = blocks_of(f"<div {attribute}><p>Gone</p></div><p>Shown</p>")
    assert [(block.text, block.is_hidden) for block in found] == [("Gone", True), ("Shown", False)]


@pytest.mark.parametrize("style", [
    "clip: rect(0,auto,auto,0)", "clip:rect(0px,600px,400px,0px)", "clip:rect(1px 300px 90px 1px)",
    "clip-path: inset(100% 0 0 0)", "clip-path:inset(50% 0 0 0)", "background-clip: text",
])  # fmt: skip
def test_a_style_that_cuts_off_an_edge_hides_nothing(style: str) -> None:
    assert not any(block.is_hidden for block in blocks_of(f'<p style="{style}">Shown</p>'))


@pytest.mark.parametrize("name", ["tag-screen-readers", "hide-from-screen-readers", "screenreadertests"])
def test_names_that_speak_of_screen_readers_hide_nothing(name: str) -> None:
    assert not any(block.is_hidden for block in blocks_of(f'<p class="{name}">Shown</p>'))


@pytest.mark.parametrize("tag", ["script", "style", "template", "noscript", "svg"])
def test_what_no_browser_shows_is_no_text(tag: str) -> None:
    assert outline(f"<p>One<{tag}><b>never</b></{tag}> two</p><!-- nor this --><?nor this?>") == [
        "paragraph| One two"
    ]


def test_links_are_counted_in_letters() -> None:
    (block,) = blocks_of("<p>See <a href=x>the bells</a> of <a href=y>it</a></p>")
    assert (block.link_chars, block.link_url) == (len("the bellsit"), "x")


def test_the_path_names_the_elements_above() -> None:
    (block,) = blocks_of('<article class="Story Main"><p id=Lead>Text</p></article>')
    assert [(step.tag, step.words) for step in block.path[-2:]] == [("article", "story main"), ("p", "lead")]


@pytest.mark.parametrize("markup", ["<!-- only a remark -->", "<?xml version='1.0'?>", "<"])
def test_markup_without_an_element_and_without_words_is_empty(markup: str) -> None:
    assert clean_page(Page(body=markup, media="html")).status == "rejected"
