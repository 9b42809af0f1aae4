"""Labelled blocks to ``text``, ``markdown`` and ``removed``, read as a user reads them; and back again."""

from __future__ import annotations

import pytest
from articles import ARTICLES as COMPOSED
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from copydesk import Page, clean, clean_page, restore
from copydesk.cleaners.errors import BrokenInvariant
from copydesk.cleaners.record.render import check, render
from copydesk.cleaners.text_forms import letters, prose
from copydesk.cleaners.types import Block, Kind, Label, Labelled, PathStep, Verdict


def item(label: Label, raw: str, kind: Kind = Kind.PARAGRAPH, *, level: int = 0, ordered: bool = False, table: int | None = None, image_url: str | None = None, in_html: bool = False) -> Labelled:  # fmt: skip
    path = (PathStep(1, "div", ""),) if in_html else ()
    block = Block(0, kind, raw, path, level=level, ordinal=int(ordered), table=table, image_url=image_url)
    return Labelled(block, (Verdict(label, "test.rule", "given by the test"),))


ARTICLE = (
    item(Label.NAV, "Home Town"),
    item(Label.TITLE, "Old clock strikes again", Kind.HEADING, level=1),
    item(Label.STANDFIRST, "Eleven years of silence are over."),
    item(Label.CAPTION, "The dial", Kind.CAPTION, image_url="/dial.jpg"),
    item(Label.PARAGRAPH, "The clock struck   noon\non Friday."),
    item(Label.AD, "Advertisement"),
    item(Label.HEADING, "The axle", Kind.HEADING, level=2),
    item(Label.LIST_ITEM, "steel", Kind.LIST_ITEM, level=1),
    item(Label.LIST_ITEM, "oil", Kind.LIST_ITEM, level=2, ordered=True),
    item(Label.QUOTE, "Noon, at last.", Kind.QUOTE),
    item(Label.TABLE, "Town\tLoss", Kind.TABLE_ROW, table=0),
    item(Label.TABLE, "Bern\t12 | 13", Kind.TABLE_ROW, table=0),
    item(Label.CODE, "if noon:\n    strike()\n\nrest()", Kind.CODE),
    item(Label.RELATED, "Read also: bells"),
)


def test_the_text() -> None:
    assert render(ARTICLE).text == (
        "Eleven years of silence are over.\n\n"
        "The clock struck noon\non Friday.\n\n"
        "The axle\n\n"
        "steel\noil\n\n"
        "Noon, at last.\n\n"
        "Town\tLoss\nBern\t12 | 13\n\n"
        "if noon:\n    strike()\n\nrest()"
    )


def test_the_markdown() -> None:
    assert render(ARTICLE).markdown == (
        "Eleven years of silence are over.\n\n"
        "![The dial](/dial.jpg)\n\n"
        "The clock struck noon  \non Friday.\n\n"
        "## The axle\n\n"
        "- steel\n  1. oil\n\n"
        "> Noon, at last.\n\n"
        "| Town | Loss |\n| --- | --- |\n| Bern | 12 \\| 13 |\n\n"
        "```\nif noon:\n    strike()\n\nrest()\n```"
    )


def test_removals_have_the_number_of_lines_before_them() -> None:
    assert [(gone.after, gone.label, gone.text) for gone in render(ARTICLE).removed] == [
        (0, "nav", "Home Town"), (0, "title", "Old clock strikes again"), (1, "caption", "The dial"),
        (3, "ad", "Advertisement"), (12, "related", "Read also: bells"),
    ]  # fmt: skip
    assert {(gone.rule, gone.evidence) for gone in render(ARTICLE).removed} == {
        ("test.rule", "given by the test")
    }


def test_lines_that_no_blank_line_parts_stay_together_where_blank_lines_part_a_text() -> None:
    verse = ("The clock has found its hour", "and lost it in the rain,")
    lines = [("First.", 0), (verse[0], 1), (verse[1], 0), ("Advertisement", 0), ("Last.", 2)]
    found = [
        Labelled(Block(at, Kind.PARAGRAPH, raw, gap=gap), (Verdict(Label.AD if raw == "Advertisement" else Label.PARAGRAPH, "test.rule", "given"),))
        for at, (raw, gap) in enumerate(lines)
    ]  # fmt: skip
    assert render(found).text == f"First.\n\n{verse[0]}\n{verse[1]}\n\nLast."
    assert render(found[1:3]).text == f"{verse[0]}\n\n{verse[1]}"


def test_a_row_keeps_its_empty_first_cell_in_plain_text() -> None:
    text = "Prices fell.\n\n\tBern\tThun\nBread\t3\t4"
    assert clean_page(Page(body=text, media="text")).text == text


def test_two_tables_in_a_row_stay_two() -> None:
    rows = [item(Label.TABLE, f"a\t{number}", Kind.TABLE_ROW, table=number // 2) for number in range(4)]
    assert render(rows).text == "a\t0\na\t1\n\na\t2\na\t3"
    assert render(rows).markdown.count("| --- | --- |") == 2


@pytest.mark.parametrize(("raw", "written"), [
    ("# no heading", "\\# no heading"), ("- no item", "\\- no item"), ("1. no item", "1\\. no item"),
    ("12) no item", "12\\) no item"), ("---", "\\---"), ("=====", "\\====="),
    ("*no stress* and _none_", "\\*no stress\\* and \\_none\\_"),
    ("snake_case_names and 2 * 3 * 4", "snake_case_names and 2 * 3 * 4"),
    ("name: ____, ___", "name: \\_\\_\\_\\_, \\_\\_\\_"),
    ("<b>no tag</b> &amp; no entity", "\\<b>no tag\\</b> \\&amp; no entity"),
    ("[no](link) and [1]: no note", "\\[no\\](link) and \\[1\\]: no note"),
    ("a `b` \\* ~~c~~", "a \\`b\\` \\\\\\* \\~\\~c\\~\\~"), ("3 < 4 & 5 > 4, R&D", "3 < 4 & 5 > 4, R&D"),
    ("# ", "\\#"), ("> no quote", "\\> no quote"), ("| no row", "\\| no row"), ("5 - 3 is 2", "5 - 3 is 2"),
])  # fmt: skip
def test_a_paragraph_cannot_become_something_else_in_markdown(raw: str, written: str) -> None:
    assert render([item(Label.PARAGRAPH, raw)]).markdown == written


def test_code_that_holds_a_fence_gets_a_longer_one() -> None:
    code = Block(0, Kind.CODE, "`````\nx\n```", path=(PathStep(1, "pre", ""),))
    found = render([Labelled(code, (Verdict(Label.CODE, "test.rule", "given by the test"),))])
    assert found.markdown == "``````\n`````\nx\n```\n``````"


def test_plain_text_that_is_markdown_already_is_not_marked_twice() -> None:
    found = [
        item(Label.HEADING, "## The axle", Kind.HEADING, level=2),
        item(Label.LIST_ITEM, "* steel", Kind.LIST_ITEM, level=1),
        item(Label.LIST_ITEM, "2) oil", Kind.LIST_ITEM, level=1, ordered=True),
        item(Label.QUOTE, "> Noon, at last.", Kind.QUOTE),
        item(Label.CODE, "```sh\nx\n```", Kind.CODE),
    ]
    assert render(found).markdown == ("## The axle\n\n- steel\n1. oil\n\n> Noon, at last.\n\n```sh\nx\n```")


def test_a_block_of_invisible_characters_is_neither_text_nor_removal() -> None:
    kept, gone = item(Label.PARAGRAPH, "\u200b"), item(Label.HIDDEN, "\u200b\u2060")
    assert render((ARTICLE[4], kept, gone, ARTICLE[9])) == render((ARTICLE[4], ARTICLE[9]))


def test_what_is_written_has_no_invisible_characters() -> None:
    raw = "so\xadft \u200bhyphen,\u2060 no\xa0break,\ufeff e\u200b\u0301"
    assert render([item(Label.PARAGRAPH, raw)]).text == "soft hyphen, no break, \xe9"


def test_code_keeps_its_tabs_and_loses_its_form_feeds() -> None:
    assert render([item(Label.CODE, "\n\n\ta\x0cb\n\n", Kind.CODE)]).text == "\ta\nb"


PAGE = """<html><head><title>Old clock | Courier</title></head><body><nav><a href=/>Home</a></nav>
<article><h1>Old clock</h1><p>The clock of the town hall struck noon on Friday for the first time in eleven years,<br>
and a crowd of two hundred people had come to hear it.</p><pre>if noon:
    strike()

rest()</pre><p>The mechanism had stood still since a storm bent the axle of the minute hand, years ago.</p>
</article><footer>Copyright 2026 Example Courier</footer></body></html>"""


def test_restoring_puts_every_removal_back_in_its_place() -> None:
    lines = [line.strip() for line in restore(clean(PAGE)).split("\n") if line.strip()]
    assert lines == [
        "Old clock | Courier", "Home", "Old clock",
        "The clock of the town hall struck noon on Friday for the first time in eleven years,",
        "and a crowd of two hundred people had come to hear it.",
        "if noon:", "strike()", "rest()",
        "The mechanism had stood still since a storm bent the axle of the minute hand, years ago.",
        "Copyright 2026 Example Courier",
    ]  # fmt: skip


def test_a_record_that_lost_a_letter_breaks_the_law() -> None:
    record = clean(PAGE)
    whole = restore(record)
    check(record, whole)
    with pytest.raises(BrokenInvariant, match="at letter"):
        check(record, whole.replace("noon", "non", 1))
    with pytest.raises(BrokenInvariant):
        check(record, whole + "x")


@pytest.mark.parametrize(("one", "other", "is_same"), [
    *(("a b\n c", "abc", True), ("e\u0301", "\xe9", True), ("so\xadft", "soft", True), ("\ufeffa\u200b", "a", True)),
    *(("a\u2028b", "ab", True), ("ab", "ba", False), ("a", "A", False), ("a.", "a", False), ("1", "l", False)),
    ("ß", "ss", False),
])  # fmt: skip
def test_letters_are_the_same_white_space_aside(one: str, other: str, *, is_same: bool) -> None:
    assert (letters(one) == letters(other)) is is_same


COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
signs = st.text(st.sampled_from("#-*+>`~|=_[]()!<&;\\ ab1.:/\n\xe9時"), min_size=1, max_size=24).filter(
    lambda text: prose(text) != ""
)


def shape(markdown: str) -> list[str]:
    """What a reader of CommonMark sees: the kinds of element, and the text of each run of text."""
    found: list[str] = []
    for token in COMMONMARK.parse(markdown):
        if token.type == "inline":
            kinds = {
                "text": "text",
                "text_special": "text",
                "hardbreak": "\n",
                "image": "image",
                "html_inline": "\n",
            }
            parts = [
                {"text": child.content, "\n": "\n"}.get(kinds.get(child.type, ""), f"<{child.type}>")
                for child in token.children or []
            ]
            found.append("".join(parts))
        elif token.type in ("fence", "code_block", "html_block"):
            found.append(f"{token.type} {token.content}")
        elif not token.type.endswith("_close"):
            found.append(token.type.removesuffix("_open"))
    return found


@given(signs)
@example("a | b\n--- | ---")
@example("a | b\n:-- | --:")
def test_commonmark_reads_a_paragraph_as_it_is(raw: str) -> None:
    assert shape(render([item(Label.PARAGRAPH, raw)]).markdown) == ["paragraph", prose(raw)]


@given(signs, signs)
def test_commonmark_reads_headings_items_and_quotations_as_they_are(one: str, other: str) -> None:
    listed = [
        item(Label.HEADING, one, Kind.HEADING, level=3, in_html=True),
        item(Label.LIST_ITEM, one, Kind.LIST_ITEM, level=1, in_html=True),
        item(Label.LIST_ITEM, other, Kind.LIST_ITEM, level=2, ordered=True, in_html=True),
        item(Label.QUOTE, one, Kind.QUOTE, in_html=True),
    ]
    assert shape(render(listed).markdown) == [
        *("heading", prose(one)),
        *("bullet_list", "list_item", "paragraph", prose(one)),
        *("ordered_list", "list_item", "paragraph", prose(other)),
        *("blockquote", "paragraph", prose(one)),
    ]


@given(
    st.lists(
        st.lists(signs.filter(lambda text: "\n" not in text.strip()), min_size=2, max_size=3),
        min_size=2,
        max_size=3,
    )
)
def test_commonmark_reads_a_table_as_it_is(rows: list[list[str]]) -> None:
    labelled = [item(Label.TABLE, "\t".join(row), Kind.TABLE_ROW, table=0, in_html=True) for row in rows]
    found = [
        part
        for part in shape(render(labelled).markdown)
        if part not in ("table", "thead", "tbody", "tr", "th", "td")
    ]
    columns = max(map(len, rows))
    cells = [[prose(cell) for cell in row] + [""] * (columns - len(row)) for row in rows]
    assert found == [cell for row in cells for cell in row]


@given(st.text(st.sampled_from("`~ \nab"), min_size=1, max_size=24).filter(str.strip))
def test_commonmark_reads_code_as_it_is(raw: str) -> None:
    labelled = [item(Label.CODE, raw, Kind.CODE, in_html=True)]
    assert shape(render(labelled).markdown) == [f"fence {render(labelled).text}\n"]


@given(signs)
def test_commonmark_reads_a_caption_as_it_is(raw: str) -> None:
    caption = " ".join(prose(raw).split())
    markdown = render([item(Label.CAPTION, raw, Kind.CAPTION, image_url="/a b(1).jpg")]).markdown
    opened, inline, _ = COMMONMARK.parse(markdown)
    (image,) = inline.children or []
    assert (opened.type, image.type, image.attrs["src"]) == ("paragraph_open", "image", "/a%20b%281%29.jpg")
    assert "".join(child.content for child in image.children or []) == caption


MEALS = (
    "Porridge with stewed pears, and a cup of tea without sugar.",
    "Soup of leeks and potatoes with rye bread and butter.",
)


def test_what_an_author_repeats_and_what_is_in_cells_is_written_whole() -> None:
    """A week's meal plan: days repeat meals, each in a list of its own and in a table whose cells hold lists."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    plan = "".join(f"<h3>{day}</h3><ul>{''.join(f'<li>{meal}</li>' for meal in MEALS)}</ul>" for day in days)
    rows = "".join(
        f"<tr><td>{day}</td><td><ul><li>Eggs</li><li>Rye bread</li></ul></td></tr>" for day in days
    )
    table = f"<table><tr><th>Day</th><th>To buy</th></tr>{rows}</table>"
    prose = "".join(f"<p>{paragraph}</p>" for paragraph in COMPOSED["en"])
    record = clean(f"<body><article><h1>A week of meals</h1>{prose}{plan}{table}</article></body>")
    assert [record.text.count(meal) for meal in MEALS] == [7, 7]
    assert "Day\tTo buy\nMonday\tEggs Rye bread\nTuesday\tEggs Rye bread\n" in record.text
    assert "| Day | To buy |\n| --- | --- |\n| Monday | Eggs<br>Rye bread |\n" in record.markdown
