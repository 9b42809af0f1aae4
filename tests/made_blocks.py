"""Blocks made for tests: of markup, and with labels."""

from __future__ import annotations

from conftest import lines

from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.html_blocks import segment
from copydesk.cleaners.types import Block, Label, Labelled, Verdict


def html_blocks(markup: str) -> tuple[Block, ...]:
    return segment(parse(markup, Options()), Options())[0].blocks


def labelled(*outline: tuple[str, Label], rule: str = "") -> tuple[Labelled, ...]:
    """Paragraphs with these texts, each with its label by ``rule``."""
    blocks = lines(*(text for text, _ in outline))
    return tuple(
        Labelled(block, (Verdict(label, rule, ""),))
        for block, (_, label) in zip(blocks, outline, strict=True)
    )
