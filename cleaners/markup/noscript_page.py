"""A page for readers without scripts: forum software keeps the thread in ``noscript`` and builds it for all others."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

_SILENT = frozenset({"script", "style", "template", "svg"})
MIN_LETTERS = 500
"""Letters from which it may be a page; set by hand: a tracker's pixel, and a sentence that asks for scripts, have
fewer.
"""


def find_noscript_page(root: etree._Element, *, shown_letters: int) -> str | None:
    """The markup in the ``noscript`` element with the most text, or None where no such element says more than
    ``shown_letters``, the whole page besides.
    """
    # the outermost alone: of ten thousand in each other, each would be read as often as it has others around it
    outermost = (one for one in root.iter("noscript") if next(one.iterancestors("noscript"), None) is None)
    found = [(_letters(element), element) for element in outermost]
    letters, element = max(found, key=lambda one: one[0], default=(0, root))
    if letters < MIN_LETTERS or letters <= shown_letters:
        return None
    held = deepcopy(element)
    held.tag, held.tail = "div", None  # what stands in `noscript` is no text of a page
    return f"<body>{etree.tostring(held, encoding='unicode', method='html')}</body>"


def _letters(element: etree._Element) -> int:
    return sum(sum(map(str.isalnum, text)) for text in _texts(element))


def _texts(element: etree._Element) -> Iterator[str]:
    for inner in element.iter(etree.Element):
        if inner.tag not in _SILENT:
            yield inner.text or ""
        if inner is not element:
            yield inner.tail or ""
