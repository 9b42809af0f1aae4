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
from copydesk.cleaners.segment.layout import Layout
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.segment.pictures import Medium


def segment(root: etree._Element, options: Options) -> tuple[PageTable, tuple[Medium, ...]]:
    """The page's table, whose blocks are in document order and whose letters, joined, are those of ``page_text``; and
    what is between them: pictures, films, frames.

    Raises TooComplex where elements or blocks are more than ``options`` allow, TooDeep where elements are
    nested deeper.
    """
    blocks, media, number, (names, columns) = walk(root, options.max_depth)
    # after the walk: checked within it, it would cost each element a comparison
    if number > options.max_elements:
        raise TooComplex(f"the page has more than {options.max_elements:,} elements")
    if len(blocks) > options.max_blocks:
        raise TooComplex(f"the page has more than {options.max_blocks:,} blocks of text")
    return PageTable(tuple(blocks), Layout(names, *columns)), tuple(media)
