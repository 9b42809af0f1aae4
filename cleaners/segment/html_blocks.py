"""A tree to blocks: one walk, no character lost.

A block is the text between two block elements (two forced line breaks in a row part blocks, too, and one does in a
list of links).
All text outside ``SILENT`` elements is in some block, hidden or not; ``page_text`` of the core reads the same
text by another way, so that the two can be held against each other on every page.
"""

from __future__ import annotations

from lxml import etree

from copydesk._core.walk import walk
from copydesk.cleaners.errors import TooComplex
from copydesk.cleaners.options import Options
from copydesk.cleaners.segment.pictures import Medium
from copydesk.cleaners.types import Block, Kind, PathStep


def segment(root: etree._Element, options: Options) -> tuple[Block, ...]:
    """The page's blocks in document order; joined, their letters are those of ``page_text``.

    Raises TooComplex where elements or blocks are more than ``options`` allow, TooDeep where elements are
    nested deeper.
    """
    return segment_with_media(root, options)[0]


def segment_with_media(
    root: etree._Element, options: Options
) -> tuple[tuple[Block, ...], tuple[Medium, ...]]:
    """The blocks as ``segment`` has them, and what is between them: pictures, films, frames."""
    blocks, media, number, readings = walk(root, options.max_depth)
    # after the walk: checked within it, it would cost each element a comparison
    if number > options.max_elements:
        raise TooComplex(f"the page has more than {options.max_elements:,} elements")
    # all readings of words, as one block that is no part of the running text
    raw = " ".join(readings)
    if raw and not raw.isspace():
        # a path of its own, beyond all numbers: no element of the page is taken for its place
        path = (PathStep(number + 1, "rt", ""),)
        blocks.append(Block(len(blocks), Kind.PARAGRAPH, raw, path, is_hidden=True))
    if len(blocks) > options.max_blocks:
        raise TooComplex(f"the page has more than {options.max_blocks:,} blocks of text")
    return tuple(blocks), tuple(media)
