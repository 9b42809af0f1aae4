"""Elements by what their attributes say, found in one walk through a page's tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from functools import cache

from lxml import etree

from copydesk._core import compiled
from copydesk.cleaners.segment.html_blocks import IS_COMPILED

Wanted = Mapping[str, Callable[[str], bool]]
"""By the name of an attribute, whether a value of it is wanted; called once for each value."""


def plain_elements_having(
    root: etree._Element, wanted: Wanted, tags: Set[str] | None = None
) -> list[etree._Element]:
    """The elements with an attribute that is wanted, the root among them, in document order; ``tags``: only these, one
    or more. In a tree of an HTML parser, which knows no namespaces.
    """
    tests = {name: cache(is_wanted) for name, is_wanted in wanted.items()}
    return [
        element
        for element in root.iter(*(tags or (etree.Element,)))
        if any(name in tests and tests[str(name)](str(value)) for name, value in element.items())
    ]


_CORE = compiled("walk") if IS_COMPILED else None
elements_having = plain_elements_having if _CORE is None else _CORE.elements_having
