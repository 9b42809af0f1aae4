"""The law of pages made from pages: each element holds a run of blocks, and the layout sees the same runs."""

from __future__ import annotations

from copydesk.cleaners.segment.layout import lay_out
from training.pages import Example


def assert_elements_enclose_their_blocks(example: Example) -> None:
    layout = lay_out(example.blocks)
    inside = [{step.number for step in block.path} for block in example.blocks]
    for at, block in enumerate(example.blocks):
        element = layout.holders[at]
        for step in reversed(block.path):
            holding = [place for place, numbers in enumerate(inside) if step.number in numbers]
            assert holding == list(range(layout.starts[element], layout.ends[element]))
            element = layout.parents[element]
