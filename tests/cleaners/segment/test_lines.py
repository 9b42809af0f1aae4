"""Flattened text to blocks: wrapped or not, lists, marks, code, tables. Written as ``kind level| text``."""

from __future__ import annotations

import textwrap

import pytest

from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.line_blocks import segment_lines
from copydesk.cleaners.text_forms import cells, letters
from copydesk.cleaners.types import Block, Kind

ONE = (
    "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd of some two "
    "hundred people had come to the square to hear it and to see whether the old hand would still move as it should."
)
TWO = (
    "The mechanism had stood still since a storm bent the axle of the minute hand. Two apprentices of the school took "
    "it apart last winter, made the broken parts anew, and put it together again without asking anybody for money."
)


def blocks_of(text: str) -> tuple[Block, ...]:
    found = segment_lines(text, Options())
    assert letters("".join(block.raw for block in found)) == letters(text)
    assert [block.index for block in found] == list(range(len(found)))
    return found


def outline(text: str) -> list[str]:
    return [f"{block.kind}{block.level or ''}| {block.text}" for block in blocks_of(text)]


@pytest.mark.parametrize("columns", [60, 72, 80, 100])
def test_text_wrapped_at_a_width_is_read_as_paragraphs(columns: int) -> None:
    wrapped = "\n\n".join(textwrap.fill(paragraph, columns) for paragraph in (ONE, TWO, ONE))
    assert outline(wrapped) == [f"paragraph| {paragraph}" for paragraph in (ONE, TWO, ONE)]


WHOLE = tuple(f"paragraph| {paragraph}" for paragraph in (ONE, TWO, ONE))
OUTLINES = {
    **{f"bullet {mark}": (f"{mark} one\n{mark} two", f"list_item1| {mark} one", f"list_item1| {mark} two") for mark in "•-*–▪◦✓"},
    **{line: (line, f"heading{line.count('#')}| {line}") for line in ("# One", "### Three", "###### Six")},
    "wrapped without blank lines": ("\n".join(textwrap.fill(text, 72) for text in (ONE, TWO, ONE)), *WHOLE),
    "lines that are paragraphs": (f"{ONE}\n{TWO}\n{ONE}", *WHOLE),
    # a paragraph a line: the next line's first letter would have had a place
    "paragraphs without spaces": (
        "\n".join(["鐘" * 52 + "。", "塔" * 50 + "。", "町" * 51 + "。", "時" * 49 + "。", "計" * 48 + "。"]),
        *(f"paragraph| {char * size}。" for char, size in (("鐘", 52), ("塔", 50), ("町", 51), ("時", 49), ("計", 48))),
    ),
    "wrapped without spaces": ("\n".join(["鐘" * 52] * 5 + ["塔。"]), f"paragraph| {'鐘' * 260}塔。"),
    "marked quotations": ("> noon\n>at last", "quote| > noon", "quote| >at last"),
    "line ends of Unix": ("one\n\ntwo", "paragraph| one", "paragraph| two"),
    "line ends of Windows": ("one\r\n\r\ntwo", "paragraph| one", "paragraph| two"),
    "line ends of old Macs": ("one\r\rtwo", "paragraph| one", "paragraph| two"),
    "tabs": ("Town\tLoss\nBern\t12", "table_row| Town\tLoss", "table_row| Bern\t12"),
}  # fmt: skip


@pytest.mark.parametrize("case", OUTLINES)
def test_blocks_of_lines(case: str) -> None:
    text, *blocks = OUTLINES[case]
    assert outline(text) == blocks


def test_verse_and_other_short_lines_are_not_joined() -> None:
    verse = "Noon, at last,\nthe hand has passed\nthe place where it stood fast\nand struck the blast."
    assert len(blocks_of(verse)) == 4


def test_gaps_are_counted() -> None:
    assert [(block.text, block.gap) for block in blocks_of("one\ntwo\n\nthree\n\n\nfour")] == [
        *(("one", 0), ("two", 0), ("three", 1), ("four", 2))
    ]


@pytest.mark.parametrize(("first", "second"), [("1.", "2."), ("1)", "2)"), ("(1)", "(2)"), ("10.", "11.")])
def test_numbered_items_are_ordered(first: str, second: str) -> None:
    found = blocks_of(f"{first} one\n{second} two")
    numbers = [int("".join(filter(str.isdigit, written))) for written in (first, second)]
    assert [(block.kind, block.ordinal) for block in found] == [
        (Kind.LIST_ITEM, number) for number in numbers
    ]


@pytest.mark.parametrize(
    "line", ["-", "•", "*", "12.5 degrees", "2026 was a good year.", "-5 degrees", "1.", "a.m. or p.m."]
)
def test_what_only_looks_like_an_item(line: str) -> None:
    assert blocks_of(f"one\n{line}\ntwo")[1].kind is Kind.PARAGRAPH


@pytest.mark.parametrize("line", ["#clock", "####### seven", "# "])
def test_what_only_looks_like_a_heading(line: str) -> None:
    assert blocks_of(line)[0].kind is Kind.PARAGRAPH


@pytest.mark.parametrize("fence", ["```", "~~~"])
def test_fenced_code_is_one_block_with_its_blank_lines(fence: str) -> None:
    code = f"{fence}python\nif noon:\n    strike()\n\nrest()\n{fence}"
    found = blocks_of(f"before\n\n{code}\nafter")
    assert [(block.kind, block.raw) for block in found] == [
        (Kind.PARAGRAPH, "before"), (Kind.CODE, code), (Kind.PARAGRAPH, "after"),
    ]  # fmt: skip


def test_a_fence_nobody_closes_is_a_line_like_others() -> None:
    assert [block.kind for block in blocks_of("before\n~~~\nafter\n\nmore")] == [Kind.PARAGRAPH] * 4


def test_a_fence_is_closed_by_its_own_mark_and_ends_the_line_before() -> None:
    found = blocks_of("before\n```\n~~~\n```\nafter")
    assert [(block.kind, block.raw) for block in found[1:2]] == [(Kind.CODE, "```\n~~~\n```")]


def test_a_line_that_begins_with_a_tab_is_no_row() -> None:
    assert blocks_of("\tindented only")[0].kind is Kind.PARAGRAPH


@pytest.mark.parametrize(("columns", "level"), [(0, 1), (2, 2), (4, 3), (6, 4)])
def test_indented_items_are_nested(columns: int, level: int) -> None:
    assert blocks_of(f"- one\n{' ' * columns}- two")[1].level == level


def rows_of(text: str) -> list[list[str]]:
    return [cells(block) for block in blocks_of(text) if block.kind is Kind.TABLE_ROW]


def test_columns_below_each_other_are_a_table() -> None:
    assert rows_of("Town       Loss   Built\nBern         12    1530\nChur          7    1480") == [
        *(["Town", "Loss", "Built"], ["Bern", "12", "1530"], ["Chur", "7", "1480"])
    ]


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n", "\n" * 1000])
def test_nothing_is_no_block(text: str) -> None:
    assert blocks_of(text) == ()


def test_what_a_browser_prints_on_each_sheet_is_no_line_of_a_paragraph() -> None:
    foot = "https://post.example/town/clock-strikes-again-for-the-first-time-since-the-storm   1/2"
    head = "3/9/2026, 8:04 AM          Clock strikes again | Post"
    first, *rest = textwrap.wrap(ONE, 80)
    sheets = "\n".join((first, foot, f"\f{head}", *rest, textwrap.fill(TWO, 80), textwrap.fill(TWO, 80)))
    assert outline(sheets)[:4] == [
        f"paragraph| {first}",
        f"paragraph| {foot}",
        f"paragraph| {head}",
        f"paragraph| {' '.join(rest)}",
    ]


def test_entries_below_a_wrapped_text_say_nothing_of_its_width() -> None:
    links = [f"   {number}. https://post.example/{'a' * (30 + number)}" for number in range(1, 9)]
    wrapped = "\n\n".join(textwrap.fill(paragraph, 78) for paragraph in (ONE, TWO))
    assert outline("\n\n".join((wrapped, "\n".join(links))))[:2] == [f"paragraph| {ONE}", f"paragraph| {TWO}"]


def test_a_wrapped_article_between_a_menu_and_comments_is_joined_again() -> None:
    paragraphs = [
        "The town council voted on Tuesday night to reopen the towpath, which has been closed since the floods of "
        f"winter {year} tore away forty metres of its bank and left the ducks without a way to the mill."
        for year in range(3)
    ]
    menu, comments = ["Gazette", "Home", "News", "Log in"], ["3 comments", "duckfan", "At last."]
    wrapped = [textwrap.fill(paragraph, 80) for paragraph in paragraphs]
    text = "\n".join(menu) + "\n\n" + "\n\n".join(wrapped) + "\n\n" + "\n".join(comments)
    assert [block.raw for block in segment_lines(text, Options())] == [*menu, *paragraphs, *comments]


def test_tabs_are_a_margin_where_they_part_no_cells() -> None:
    assert [block.raw for block in segment_lines("\tNews\n\t\tThe ferry sails.\t\n", Options())] == [
        "News",
        "The ferry sails.",
    ]
    rows = segment_lines("Town\tLoss\n\t13\nGenf\t4", Options())
    assert [block.raw for block in rows] == ["Town\tLoss", "\t13", "Genf\t4"]
    code = segment_lines("```\nif noon:\n\tstrike()\n```", Options())
    assert code[0].raw == "```\nif noon:\n\tstrike()\n```"
