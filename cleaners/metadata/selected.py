"""What a user's rules select on a page for the fields of its record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.markup.page_head import text_in

FIELDS: Final = {"title": "title", "authors": "author", "date_published": "date_published"}
"""The keys of a rule, and the fields that they select."""
MAX_NODES: Final = 20
"""Nodes that are read for a field; set by hand: a selector that finds more means something else."""


class Selected(Struct, frozen=True):
    """What one selector of a rule finds for a field: elements, or texts of attributes. ``origin``: the rule's id."""

    origin: str
    nodes: tuple[Any, ...]

    def texts(self) -> Iterator[str]:
        """The text of each node, as one line."""
        for node in self.nodes:
            if isinstance(node, etree._Element):
                yield text_in(node) or node.get("content", "")
            else:
                yield " ".join(str(node).split())
