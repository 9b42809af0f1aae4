"""What a fetched page says, as far as it tells whether another page of the article says the same."""

from __future__ import annotations

from collections.abc import Collection

from lxml import etree

# a pager's words are links, and differ where the text is the same
_NO_TEXT = frozenset({"a", "script", "style", "noscript", "title", "template"})
# set by hand: a paragraph and not a line of a menu or of a form
_PARAGRAPH_CHARS = 60
_PARAGRAPHS = 3


def said_by(root: etree._Element | None) -> frozenset[str]:
    """The pieces of a page's text outside its links; numbers alone, as pagers have them, are none."""
    if root is None:
        return frozenset()
    found: set[str] = set()
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in _NO_TEXT:
            found.add(_plain(element.text))
        above = element.getparent()
        if above is not None and above.tag not in _NO_TEXT:
            found.add(_plain(element.tail))
    return frozenset(found - {""})


def has_all_of(first: Collection[str], single: Collection[str]) -> bool:
    """Whether a page has the longest paragraphs of another one and is no shorter."""
    longest = sorted((one for one in first if len(one) >= _PARAGRAPH_CHARS), key=len)[-_PARAGRAPHS:]
    is_longer = sum(map(len, single)) >= sum(map(len, first))
    return bool(longest) and is_longer and all(one in single for one in longest)


def _plain(text: str | None) -> str:
    plain = " ".join((text or "").split())
    return plain if any(map(str.isalpha, plain)) else ""
