"""The numbers by which paths of blocks know elements."""

from __future__ import annotations

from collections.abc import Container

from lxml import etree

from copydesk.cleaners.decode.html_tree import SILENT
from copydesk.cleaners.segment.element_shapes import APART


def numbers_of(root: etree._Element, wanted: Container[etree._Element]) -> dict[etree._Element, int]:
    """The numbers by which the paths of the blocks know these elements (``PathStep.number``): one walk over
    the tree for all.
    """
    found: dict[etree._Element, int] = {}
    number = 0
    # in the order of the cutter's walk: an element counted here and not there shifts all behind it
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if element.tag in APART and _is_apart(element):
            walker.skip_subtree()
            continue
        number += 1
        # all are counted, wanted or not: a path names an element by its place among all
        if element in wanted:
            found[element] = number
    return found


def _is_apart(element: etree._Element) -> bool:
    """The same as ``sets_apart`` of the cutter, determined without a walk."""
    # a reading without elements inside, in a <ruby>: any other <rt> is text of the page, and counts
    return element.tag in SILENT or not (len(element) or next(element.iterancestors("ruby"), None) is None)
