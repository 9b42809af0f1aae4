"""Shapes of lines: nothing to be seen, headings, and captions that pictures left."""

from __future__ import annotations

import pytest
from conftest import lines, rule_context
from msgspec.structs import replace

from copydesk.cleaners.rules import shape
from copydesk.cleaners.rules.rule import Rule
from copydesk.cleaners.types import Block, Kind, Label

RULES = {rule.id: rule for rule in (*shape.KEEPING, *shape.SURE, *shape.CONTEXT)}
TEXT = "The clock of the town hall struck noon on Friday for the first time in eleven years."


def asked(name: str) -> Rule:
    return RULES[f"shape.{name}"]


@pytest.mark.parametrize(
    ("raw", "is_invisible"),
    [
        ("\u200d", True),
        ("\u200b\u200b \u00a0", True),
        ("\ufe0f", True),
        ("\u202e\u202c", True),
        ("\u0301", True),
        ("\u200dx", False),
        ("…", False),
        ("正午", False),
        ("\u00a0.", False),
        ("-", False),
    ],
)
def test_joiners_and_marks_alone_are_no_text(raw: str, *, is_invisible: bool) -> None:
    context = rule_context(lines(raw))
    (block,) = context.page.blocks
    is_asked = 0 in asked("invisible").among(context)
    assert (is_asked and asked("invisible").find(block, context) is not None) == is_invisible


def test_long_blocks_are_not_looked_through() -> None:
    assert list(asked("invisible").among(rule_context(lines("\u200d" * 5_000, "\u200d", "x")))) == [1]


def heads(*raws: str, label: Label = Label.PARAGRAPH, is_html: bool = False, **more: object) -> bool:
    blocks = list(lines(*raws))
    blocks[0] = replace(blocks[0], **more)
    context = rule_context(blocks, [label, *[Label.PARAGRAPH] * (len(raws) - 1)], is_html=is_html)
    return asked("heading").find(context.page.blocks[0], context) is not None


@pytest.mark.parametrize(
    ("raws", "is_heading"),
    [
        (("Noon at last", TEXT), True),
        (("正午の鐘", "時計台の鐘が十一年ぶりに正午を打った。"), True),
        # a caption or label may stand between
        (("Noon at last", "x", TEXT), True),
        (("Noon at last", "x", "y", TEXT), False),
        (("Noon at last",), False),
        (("Noon at last", "Noon"), False),
        (("Noon at last.", TEXT), False),
        (("Was it noon?", TEXT), False),
        (("Ajax - PSV 2-1", TEXT), False),
        (("noon " * 29, TEXT * 3), False),
    ],
)
def test_a_short_line_above_text_heads_it(raws: tuple[str, ...], *, is_heading: bool) -> None:
    assert heads(*raws) == is_heading


def test_what_is_named_or_shaped_otherwise_is_no_heading() -> None:
    assert heads("Noon at last", TEXT)
    assert not heads("Noon at last", TEXT, is_html=True)
    assert not heads("Noon at last", TEXT, label=Label.STANDFIRST)
    assert not heads("Noon at last", TEXT, kind=Kind.LIST_ITEM)


def test_a_line_above_items_heads_them_however_short_they_are() -> None:
    blocks = [*lines("Bring with you"), Block(1, Kind.LIST_ITEM, "- ears")]
    context = rule_context(blocks, is_html=False)
    assert asked("heading").find(blocks[0], context) is not None
    gone = rule_context(blocks, [Label.PARAGRAPH, Label.NAV], is_html=False)
    assert asked("heading").find(blocks[0], gone) is None


@pytest.mark.parametrize("before", [Label.AD, Label.CAPTION])
def test_a_few_words_glued_to_a_picture_are_its_caption(before: Label) -> None:
    blocks = [*lines("Advertisement", "Old clock at noon"), Block(2, Kind.PARAGRAPH, TEXT, gap=1)]
    context = rule_context(blocks, [before, Label.PARAGRAPH, Label.PARAGRAPH], is_html=False)
    assert asked("stray-caption").find(blocks[1], context) == f"a few words straight after {before}"
    assert asked("stray-caption").find(blocks[0], context) is None


@pytest.mark.parametrize(
    ("change", "label", "gap"),
    [
        ({"raw": "Old clock at noon."}, Label.AD, 1),
        ({"raw": "one two three four five six seven eight nine"}, Label.AD, 1),
        ({"gap": 1}, Label.AD, 1),
        ({}, Label.NAV, 1),
        ({}, Label.AD, 0),
    ],
)
def test_other_lines_are_no_captions(change: dict[str, object], label: Label, gap: int) -> None:
    blocks = [*lines("Advertisement", "Old clock at noon"), Block(2, Kind.PARAGRAPH, TEXT, gap=gap)]
    blocks[1] = replace(blocks[1], **change)
    context = rule_context(blocks, [label, Label.PARAGRAPH, Label.PARAGRAPH], is_html=False)
    assert asked("stray-caption").find(blocks[1], context) is None


def test_the_last_line_of_a_page_may_be_a_caption_and_tags_tell_better() -> None:
    blocks = lines("Advertisement", "Old clock at noon")
    labels = [Label.AD, Label.PARAGRAPH]
    assert asked("stray-caption").find(blocks[1], rule_context(blocks, labels, is_html=False)) is not None
    assert asked("stray-caption").find(blocks[1], rule_context(blocks, labels)) is None
