"""HTML to blocks: each structural promise on a small page. Written as ``kind level| text``."""

from __future__ import annotations

import pytest

from cleaners.errors import TooComplex
from cleaners.normal import letters
from cleaners.segment import page_text, parse, segment
from cleaners.types import Block, Kind, Options
from copydesk import Page, clean_page


def blocks_of(markup: str) -> tuple[Block, ...]:
    root = parse(markup, Options())
    found = segment(root, Options())
    assert letters("".join(block.raw for block in found)) == letters(page_text(root))
    assert [block.index for block in found] == list(range(len(found)))
    return found


def outline(markup: str) -> list[str]:
    return [f"{block.kind}{block.level or ''}| {block.text}" for block in blocks_of(markup)]


def test_paragraphs_and_headings() -> None:
    assert outline("<h1>One</h1><p>Two</p><h3>Three</h3>Four<h6>Five</h6>") == [
        *("heading1| One", "paragraph| Two", "heading3| Three", "paragraph| Four", "heading6| Five")
    ]


def test_text_around_a_block_element_is_cut_at_it() -> None:
    assert outline("<div>before<p>inside</p>after</div>") == [
        "paragraph| before",
        "paragraph| inside",
        "paragraph| after",
    ]


def test_inline_elements_do_not_cut() -> None:
    assert outline("<p>O<b>n</b>e <i>and</i> <a href=x>two</a>, <span>three</span>.</p>") == [
        "paragraph| One and two, three."
    ]


def test_paragraphs_nobody_closes() -> None:
    assert outline("<p>One<p>Two<p>Three") == ["paragraph| One", "paragraph| Two", "paragraph| Three"]


@pytest.mark.parametrize(
    "fragment", ["Only words", "<b>Only</b> words", "Only words</p></div>", "<p>Only words"]
)
def test_fragments(fragment: str) -> None:
    assert outline(fragment) == ["paragraph| Only words"]


def test_runs_of_white_space_are_one_space() -> None:
    (block,) = blocks_of("<p>One\n\t two\r\n  three</p>")
    assert block.raw == "One two three"


def test_one_line_break_stays_and_two_part_blocks() -> None:
    assert outline("<p>One<br>two<br><br>three<br> <br/>four</p>") == [
        "paragraph| One\ntwo",
        "paragraph| three",
        "paragraph| four",
    ]


def test_nested_lists_know_their_depth_and_kind() -> None:
    found = blocks_of("<ul><li>a<ol><li>b<ul><li>c</li></ul></li></ol></li><li>d</li></ul>")
    assert [(block.text, block.kind, block.level, block.ordered) for block in found] == [
        ("a", Kind.LIST_ITEM, 1, False),
        ("b", Kind.LIST_ITEM, 2, True),
        ("c", Kind.LIST_ITEM, 3, False),
        ("d", Kind.LIST_ITEM, 1, False),
    ]


def test_definition_lists() -> None:
    assert outline("<dl><dt>Axle</dt><dd>Bears the hand.</dd></dl>") == [
        "list_item1| Axle",
        "list_item1| Bears the hand.",
    ]


def test_paragraphs_inside_list_items_are_items() -> None:
    assert outline("<ul><li><p>One</p><p>Two</p></li></ul>") == ["list_item1| One", "list_item1| Two"]


def test_a_data_table_is_rows_of_cells() -> None:
    found = blocks_of(
        "<table><tr><th>Town</th><th>Loss</th></tr><tr><td>Bern</td><td>12</td></tr></table><p>After"
    )
    assert [(block.kind, block.raw.strip("\t").split("\t"), block.table) for block in found] == [
        (Kind.TABLE_ROW, ["Town", "Loss"], 0),
        (Kind.TABLE_ROW, ["Bern", "12"], 0),
        (Kind.PARAGRAPH, ["After"], None),
    ]


def test_cells_that_span_and_cells_with_blocks_stay_one_row() -> None:
    markup = "<table><tr><td rowspan=2>Bern</td><td>1</td></tr><tr><td><p>two</p><p>lines</p></td><td><br></td></tr></table>"
    assert [block.raw.split() for block in blocks_of(markup)] == [["Bern", "1"], ["twolines"]]


def test_two_tables_have_two_numbers() -> None:
    table = "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"
    assert [block.table for block in blocks_of(table + table)] == [0, 0, 1, 1]


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td><p>One</p><p>Two</p></td></tr></table>",
        "<table><tr><td><h2>One</h2></td><td></td></tr><tr><td>Two</td><td></td></tr></table>",
        "<table><tr><td>One</td><td><table><tr><td>Two</td></tr></table></td></tr><tr></tr></table>",
    ],
)
def test_a_layout_table_is_no_table(markup: str) -> None:
    found = blocks_of(markup)
    assert [block.text for block in found] == ["One", "Two"]
    assert Kind.TABLE_ROW not in {block.kind for block in found}


def test_code_keeps_its_lines_and_blank_lines() -> None:
    (block,) = blocks_of("<pre><code>if noon:\n    strike()\n\n\nrest()</code></pre>")
    assert (block.kind, block.raw) == (Kind.CODE, "if noon:\n    strike()\n\n\nrest()")


def test_quotations_and_what_is_inside_them() -> None:
    assert outline("<blockquote><p>One</p><ul><li>Two</li></ul></blockquote><p>Three</p>") == [
        *("quote| One", "list_item1| Two", "paragraph| Three")
    ]


def test_captions_know_their_picture() -> None:
    found = blocks_of(
        "<figure><img src=/dial.jpg alt='not text'><figcaption>The dial</figcaption></figure><p>Text</p>"
    )
    assert [(block.kind, block.text, block.image_url) for block in found] == [
        (Kind.CAPTION, "The dial", "/dial.jpg"),
        (Kind.PARAGRAPH, "Text", None),
    ]


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
    ["hidden", "hidden=until-found", 'style="display:none"', 'style="color:red; DISPLAY : none"', 'style="visibility: hidden"', 'class="sr-only"', 'class="a visually-hidden b"'],
)  # fmt: skip
def test_hidden_text_is_a_block_that_says_so(attribute: str) -> None:
    found = blocks_of(f"<div {attribute}><p>Gone</p></div><p>Shown</p>")
    assert [(block.text, block.is_hidden) for block in found] == [("Gone", True), ("Shown", False)]


@pytest.mark.parametrize("tag", ["script", "style", "template", "noscript", "svg"])
def test_what_no_browser_shows_is_no_text(tag: str) -> None:
    assert outline(f"<p>One<{tag}><b>never</b></{tag}> two</p><!-- nor this --><?nor this?>") == [
        "paragraph| One two"
    ]


def test_links_are_counted_in_letters() -> None:
    (block,) = blocks_of("<p>See <a href=x>the bells</a> of it</p>")
    assert block.link_chars == len("the bells")


def test_the_path_names_the_elements_above() -> None:
    (block,) = blocks_of('<article class="Story Main"><p id=Lead>Text</p></article>')
    assert [(step.tag, step.words) for step in block.path[-2:]] == [("article", "story main"), ("p", "lead")]


def test_character_references_are_read() -> None:
    assert outline("<p>4&nbsp;&euro; &amp; &lt;b&gt; &#8212; &#x2014;</p>") == ["paragraph| 4\xa0€ & <b> — —"]


def test_more_elements_than_allowed() -> None:
    with pytest.raises(TooComplex, match="more than 9 elements"):
        segment(parse("<p>x</p>" * 9, Options()), Options(max_elements=9))


def test_deeper_than_allowed() -> None:
    with pytest.raises(TooComplex, match="nests more than 9"):
        segment(parse("<div>" * 9 + "x", Options()), Options(max_depth=9))


@pytest.mark.parametrize("markup", ["<!-- only a remark -->", "<?xml version='1.0'?>", "<"])
def test_markup_without_an_element_and_without_words_is_empty(markup: str) -> None:
    found = clean_page(Page(body=markup, media="html"))
    assert (found.status, found.text) == ("rejected", "")
