"""What a page declares of its parts: questions with their answers, and the entries of a live blog (schema.org).

Read on first use, since few pages have any; questions from JSON-LD, for those in microdata stand in the paths
of blocks; entries from both, for their texts may stand in attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from html import unescape
from itertools import islice
from typing import cast

from lxml import etree

from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.jsonld import Node, types_of
from copydesk.cleaners.markup.page_head import text_in
from copydesk.cleaners.segment.elements import numbers_of
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import Platform

_UPDATES = etree.XPath("descendant-or-self::*[contains(@itemprop, 'iveBlogUpdate')]")
_TAG = re.compile(r"<[^<>]{1,400}>")
# set by hand: a live blog of a day has some hundred entries; beyond, only time is spent
_MAX_UPDATES = 500
# letters of all answers and of all entries, for which each block may be looked; set by hand: 200 answers and 500
# entries of some 500 letters each
_MAX_ANSWERS, _MAX_LETTERS = 100_000, 300_000
_MAX_STAMPS = 2_000
_MAX_ABOVE = 6  # elements above a `time` in which it may stamp an entry; set by hand, as deep as cards nest


class DeclaredParts:
    """What one page declares of its parts. Texts are as compared (``text_forms.letters``), without tags."""

    def __init__(self, declared: Declared | None, platforms: tuple[Platform, ...] = ()) -> None:
        """``declared``: None for plain text, which declares nothing. ``platforms``: of which the page may be."""
        self._declared = declared
        self.platforms = platforms

    @property
    def markup(self) -> str:
        """What the page was read from; ``""`` of plain text."""
        return self._declared.markup if self._declared is not None else ""

    @cached_property
    def questions(self) -> frozenset[str]:
        """The questions of the page's ``FAQPage``."""
        return frozenset(text for node in self._questions if (text := _letters(node.get("name"))))

    @cached_property
    def answers(self) -> str:
        """The answers of the page's ``FAQPage``, parted by line breaks."""
        found = (one for node in self._questions for one in self._values(node, "acceptedAnswer"))
        return "\n".join(text for one in found if (text := _letters(one.get("text"))))[:_MAX_ANSWERS]

    @cached_property
    def is_live(self) -> bool:
        """Whether the page says that it is a live blog."""
        return bool(self._items) or any("liveblogposting" in types_of(node) for node in self._nodes)

    @cached_property
    def headlines(self) -> frozenset[str]:
        """The headlines of the live blog's entries."""
        found = (*(node.get("headline") for node in self._updates), *self._item_texts("headline"))
        return frozenset(text for one in found if (text := _letters(one)))

    @cached_property
    def updates(self) -> str:
        """The texts of the live blog's entries, parted by line breaks."""
        written = (node.get("articleBody") or node.get("text") for node in self._updates)
        found = (*written, *self._item_texts("articlebody"))
        return "\n".join(text for one in found if (text := _letters(one)))[:_MAX_LETTERS]

    @cached_property
    def stamped(self) -> frozenset[int]:
        """The elements near above a ``time`` element, by the numbers that paths of blocks have."""
        if self._declared is None:
            return frozenset()
        root = self._declared.root
        times = islice(root.iter("time"), _MAX_STAMPS)
        above = {one for time in times for one in islice(time.iterancestors(), _MAX_ABOVE)}
        return frozenset(numbers_of(root, above).values()) if above else frozenset()

    @property
    def _nodes(self) -> tuple[Node, ...]:
        return self._declared.graph.nodes if self._declared is not None else ()

    @cached_property
    def _questions(self) -> tuple[Node, ...]:
        return tuple(
            one
            for node in self._nodes
            if "faqpage" in types_of(node)
            for one in self._values(node, "mainEntity")
            if "question" in types_of(one)
        )

    @cached_property
    def _updates(self) -> tuple[Node, ...]:
        found = (
            one
            for node in self._nodes
            if "liveblogposting" in types_of(node)
            for one in self._values(node, "liveBlogUpdate")
        )
        return tuple(islice(found, _MAX_UPDATES))

    @cached_property
    def _items(self) -> tuple[etree._Element, ...]:
        """Elements that are an entry of the live blog by microdata."""
        # the markup first: a walk through all attributes costs ten times as much
        if self._declared is None or "iveBlogUpdate" not in self._declared.markup:
            return ()
        return tuple(cast("list[etree._Element]", _UPDATES(self._declared.root))[:_MAX_UPDATES])

    def _item_texts(self, name: str) -> Iterator[str]:
        """The texts of a property of these entries."""
        for item in self._items:
            for inner in item.iterdescendants():
                if isinstance(inner.tag, str) and name in inner.get("itemprop", "").lower().split():
                    yield inner.get("content") or text_in(inner)

    def _values(self, node: Node, key: str) -> Iterator[Node]:
        if self._declared is not None:
            yield from (one for one in self._declared.graph.values(node, key) if isinstance(one, dict))


def _letters(value: object) -> str:
    """A text of structured data as compared; ``""`` of what is no text."""
    # answers hold markup, as tags or written out: "&lt;p&gt;"
    return letters(_TAG.sub(" ", unescape(_TAG.sub(" ", value)))) if isinstance(value, str) else ""


NOTHING_DECLARED = DeclaredParts(None)
"""Of a page that declares nothing."""
