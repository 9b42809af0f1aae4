"""A tree to blocks, its whole text, and elements by their attributes (``walk.pyx``)."""

from collections.abc import Set

from lxml import etree

from copydesk.cleaners.segment.elements import Wanted
from copydesk.cleaners.segment.pictures import Medium
from copydesk.cleaners.types import Block

def walk(root: etree._Element, max_depth: int) -> tuple[list[Block], list[Medium], int, list[str]]: ...
def page_text(root: etree._Element) -> str: ...
def elements_having(
    root: etree._Element, wanted: Wanted, tags: Set[str] | None = None
) -> list[etree._Element]: ...
