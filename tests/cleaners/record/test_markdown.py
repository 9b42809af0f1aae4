"""Blocks as Markdown: lists in lists, quotations, captions and tables, and addresses that may be in a link."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from copydesk.cleaners.record.markdown import markdown
from copydesk.cleaners.record.marked_block import markdown_url
from copydesk.cleaners.record.media import ShownMedium
from copydesk.cleaners.types import Block, Kind, Label, Labelled, PathStep, Verdict

COMMONMARK = MarkdownIt("commonmark").enable("table")
IN_PAGE = (PathStep(1, "body", ""),)


def written(*blocks: tuple[Label, str, dict[str, object]], base: str | None = None) -> str:
    shown, pictures = [], []
    for at, (label, text, more) in enumerate(blocks):
        block = Block(at, Kind.PARAGRAPH, text, **{"path": IN_PAGE, **more})  # type: ignore[arg-type]
        shown.append((Labelled(block, (Verdict(label, "", ""),)), text))
        if block.image_url is not None:
            pictures.append(ShownMedium("image", at, block.image_url, caption=at))
    return markdown(shown, pictures, {}, base=base)


def item(
    text: str, number: int, level: int = 1, *, ordered: bool = False
) -> tuple[Label, str, dict[str, object]]:
    return Label.LIST_ITEM, text, {"item": number, "level": level, "ordinal": int(ordered)}


def text(raw: str, **more: object) -> tuple[Label, str, dict[str, object]]:
    return Label.PARAGRAPH, raw, more


@pytest.mark.parametrize(("blocks", "lines"), [
    ([item("one", 1), item("two", 2)], ["- one", "- two"]),
    ([item("one", 1, ordered=True), item("two", 2, ordered=True)], ["1. one", "2. two"]),
    ([item("one", 1), item("in", 2, 2), item("two", 3)], ["- one", "  - in", "- two"]),
    ([item("one", 1, ordered=True), item("in", 2, 2), item("two", 3, ordered=True)], ["1. one", "   - in", "2. two"]),
    # the count restarts in each inner list
    ([item("a", 1), item("in", 2, 2, ordered=True), item("b", 3), item("in", 4, 2, ordered=True)], ["- a", "  1. in", "- b", "  1. in"]),
    # a list may begin with another number
    ([(Label.LIST_ITEM, "one", {"item": 1, "level": 1, "ordinal": 4}), (Label.LIST_ITEM, "two", {"item": 2, "level": 1, "ordinal": 4})], ["4. one", "5. two"]),
    # one more paragraph of an item stays in it, a block in none ends the list
    ([item("one", 1), text("more", item=1), item("two", 2)], ["- one", "", "  more", "", "- two"]),
    ([item("one", 1), text("after")], ["- one", "", "after"]),
    ([item("one", 1), item("again", 1), item("two", 2)], ["- one", "", "  again", "", "- two"]),
    ([item("one\nline", 1)], ["- one  ", "  line"]),
    ([item("one", 1), item("deep", 2, 3), item("out", 3, 2)], ["- one", "  - deep", "  - out"]),
])  # fmt: skip
def test_lists_in_lists(blocks: Sequence[tuple[Label, str, dict[str, object]]], lines: list[str]) -> None:
    assert written(*blocks).split("\n") == lines


@pytest.mark.parametrize(("blocks", "lines"), [
    ([(Label.QUOTE, "one", {"quote": 2}), (Label.QUOTE, "two", {"quote": 2})], ["> one", ">", "> two"]),
    ([(Label.QUOTE, "one", {"quote": 2}), (Label.QUOTE, "two", {"quote": 3})], ["> one", "", "> two"]),
    ([(Label.QUOTE, "one", {}), (Label.EMBED, "two", {})], ["> one", "", "> two"]),
    ([text("in", quote=2), text("out")], ["> in", "", "out"]),
    ([(Label.QUOTE, "one\ntwo", {"quote": 2})], ["> one  ", "> two"]),
    # a quotation within an item, and an item within a quotation
    ([item("one", 1), (Label.QUOTE, "said", {"quote": 2, "item": 1})], ["- one", "", "  > said"]),
    ([(Label.LIST_ITEM, "one", {"quote": 1, "item": 2, "level": 1})], ["> - one"]),
])  # fmt: skip
def test_quotations(blocks: Sequence[tuple[Label, str, dict[str, object]]], lines: list[str]) -> None:
    assert written(*blocks).split("\n") == lines


@pytest.mark.parametrize(
    ("level", "mark"), [(0, "##"), (1, "##"), (2, "##"), (3, "###"), (6, "######"), (9, "######")]
)
def test_the_highest_rank_of_headings_is_left_to_the_title(level: int, mark: str) -> None:
    assert written((Label.HEADING, "Noon", {"level": level})) == f"{mark} Noon"


@pytest.mark.parametrize(("url", "base", "line"), [
    ("https://a.example/clock.jpg", None, "![Old clock](https://a.example/clock.jpg)"),
    ("/clock (1).jpg", "https://a.example/town/", "![Old clock](https://a.example/clock%20%281%29.jpg)"),
    ("clock.jpg", None, "![Old clock](clock.jpg)"), (None, "https://a.example/", "*Old clock*"),
    ("javascript:alert(1)", "https://a.example/", "*Old clock*"),
    ("data:image/gif;base64,xx", None, "*Old clock*"),
])  # fmt: skip
def test_a_caption_is_the_text_of_its_picture(url: str | None, base: str | None, line: str) -> None:
    assert written((Label.CAPTION, "Old  clock", {"image_url": url}), base=base) == line


@pytest.mark.parametrize(
    "url",
    [None, "", "http://[", "https://", "mailto:una@a.example", "JAVASCRIPT:x", f"https://a.example/{'x' * 3_000}",
     "vbscript:x"],
)  # fmt: skip
def test_what_may_not_be_in_a_link(url: str | None) -> None:
    assert markdown_url(url, base=None) is None


@pytest.mark.parametrize(("url", "written"), [
    ("https://a.example/<b>", "https://a.example/%3Cb%3E"),
    # the standard takes these away (WHATWG URL, "basic URL parser")
    ("https://a.example/\x07", "https://a.example/"), ("/a\tb", "/ab"),
    ("https://a.example/(b)", "https://a.example/%28b%29"),
])  # fmt: skip
def test_what_would_end_a_link_is_encoded(url: str, written: str) -> None:
    assert markdown_url(url, base=None) == written


def test_each_table_has_a_head_of_its_own() -> None:
    cells = [(Label.TABLE, "Town\tLoss", {"table": 1}), (Label.TABLE, "Bern", {"table": 1})]
    first = ["| Town | Loss |", "| --- | --- |", "| Bern |  |"]
    assert written(*cells).split("\n") == first
    both = written(*cells, (Label.TABLE, "Sea\tGoat", {"table": 2})).split("\n")
    assert both == [*first, "", "| Sea | Goat |", "| --- | --- |"]


BLOCKS = st.one_of(
    st.builds(item, st.just("one"), st.integers(1, 6), st.integers(1, 3), ordered=st.booleans()),
    st.just(text("noon")),
    st.just((Label.QUOTE, "said", {})),
    st.just((Label.HEADING, "head", {"level": 2})),
    st.just((Label.CODE, "code()", {})),
)


@given(st.lists(BLOCKS, max_size=8))
def test_commonmark_finds_all_blocks(blocks: list[tuple[Label, str, dict[str, object]]]) -> None:
    tokens = COMMONMARK.parse(written(*blocks))
    read = [token.content for token in tokens if token.type in ("inline", "fence")]
    assert [value.strip() for value in read] == [block for _, block, _ in blocks]
    # items with a number of their own, each once
    kinds = [token.type for token in tokens]
    assert kinds.count("heading_open") == sum(label is Label.HEADING for label, _, _ in blocks)
    assert kinds.count("fence") == sum(label is Label.CODE for label, _, _ in blocks)
    assert kinds.count("blockquote_open") == sum(label is Label.QUOTE for label, _, _ in blocks)
