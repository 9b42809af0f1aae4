"""Labelled pages to learn from, made of HTML and labels."""

from __future__ import annotations

from collections.abc import Sequence

from copydesk.cleaners.types import KEPT, Label
from training.pages import Example, Raw, as_html


def made_example(name: str, site: str, body: str, labels: Sequence[tuple[str, str]]) -> Example:
    """A page as a set of labelled pages has it; the true text is that of the labels that are kept."""
    truth = "\n".join(text for label, text in labels if Label(label) in KEPT)
    made = as_html(Raw(name, "blocks", site, body.encode(), truth, tuple(labels)))
    assert made is not None
    return made


def kept(example: Example) -> list[str]:
    """The texts of the blocks that are kept."""
    return [block.text for block, keep in zip(example.blocks, example.keep, strict=True) if keep]
