"""Which elements part blocks and what each makes of its text: one table, which must agree with itself."""

from __future__ import annotations

import pytest
from made_blocks import html_blocks

from copydesk.cleaners.segment.elements import APART, BLOCK_TAGS, SHAPES
from copydesk.cleaners.types import Kind

PLACED = {
    # where a parser leaves the element only inside another
    "li": "<ul>{}</ul>", "dd": "<dl>{}</dl>", "dt": "<dl>{}</dl>", "option": "<select>{}</select>",
    "caption": "<table>{}<tr><td>x</table>",
}  # fmt: skip

UNPLACED = {"select", "optgroup", "plaintext"}
"""Elements that hold no text by themselves, or all the rest of the page."""


@pytest.mark.parametrize(
    "tag", sorted(tag for tag, (kind, _) in SHAPES.items() if kind is not None and tag not in UNPLACED)
)
def test_an_element_gives_its_text_the_kind_and_level_of_the_table(tag: str) -> None:
    markup = PLACED.get(tag, "<div>{}</div>").format(f"<{tag}>Noon</{tag}>")
    block = next(block for block in html_blocks(markup) if block.text == "Noon")
    kind, level = SHAPES[tag]
    assert block.kind is kind
    # of an item it is the depth of its list
    assert block.level == (1 if kind is Kind.LIST_ITEM else level)


@pytest.mark.parametrize("tag", ["article", "section", "main", "aside", "nav"])
def test_a_container_within_an_item_restarts_its_level(tag: str) -> None:
    markup = f"<ul><li>one<{tag}><p>two</p></{tag}></ul>"
    assert [block.kind for block in html_blocks(markup)] == [Kind.LIST_ITEM, Kind.PARAGRAPH]


def test_only_elements_that_part_blocks_have_a_shape_and_none_is_left_out_of_the_text() -> None:
    assert set(SHAPES) - BLOCK_TAGS == set()
    assert set() == BLOCK_TAGS & APART
