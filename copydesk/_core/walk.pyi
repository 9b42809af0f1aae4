"""A tree to blocks, its whole text, and elements by their attributes (``walk.pyx``)."""

from collections.abc import Collection, Mapping

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from copydesk.cleaners.segment.pictures import Medium
from copydesk.cleaners.types import Block

Placed = tuple[tuple[tuple[str, str], ...], tuple[NDArray[np.intp], ...]]

def walk(root: etree._Element, max_depth: int) -> tuple[list[Block], list[Medium], int, Placed]: ...
def page_text(root: etree._Element) -> str: ...

class Finder:
    def __init__(
        self, kinds: Mapping[str, Mapping[str, Collection[str]]], lowered: Collection[str] = ()
    ) -> None: ...
    def find(self, root: etree._Element) -> dict[str, list[etree._Element]]: ...
