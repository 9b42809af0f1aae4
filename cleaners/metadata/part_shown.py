"""The part of the head's title that the page shows as its headline in an element that is no ``h1``.

Blogs set their own name as ``h1`` on every page, and the headline as ``h2`` or ``h3``, or in a ``div`` called a title.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice

from lxml import etree

from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.page_head import is_aside, is_site_heading, text_in
from copydesk.cleaners.metadata.title_parts import cuts_of, forms_of
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sites import bare, host_of

_HEADINGS = frozenset({"h2", "h3", "h4"})
_NAMED = frozenset({*_HEADINGS, "div", "p"})
_MAX_LOOKED_AT = 100
# "entry-title", "post__title", "articleHeadline"
_OF_POST = lazy_pattern(
    r"(?:entry|post|article|story|content|page)[-_]{0,2}(?:title|headline|heading)", re.IGNORECASE
)


def part_shown(page: Declared, headings: Sequence[str], declared: Collection[str]) -> etree._Element | None:
    """The element that shows a part of the head's title as the headline; None where there is none, or several.

    It does where the page declares that part alone (``declared``: the letters of such titles), or where the element is
    called a post's title: any other may be the site's name. ``headings``: the texts of the page's ``h1``, of which one
    may be the other part of the head's title.
    """
    title = page.head.head_title or ""
    parts = forms_of(cuts_of(title)) - {bare(title)}
    taken = set(map(bare, headings))
    # most pages declare what their h1 says: nothing is looked for then
    if not parts or len(headings) > 1 or not taken <= parts or not taken.isdisjoint(declared):
        return None
    shown = {letters: one for one in _titles(page) if (letters := bare(text_in(one))) in parts - taken}
    if len(shown) != 1:
        return None
    ((letters, found),) = shown.items()
    return found if letters in declared or _is_of_post(found) else None


def _titles(page: Declared) -> Iterator[etree._Element]:
    host = host_of(page.url or "")
    named = (one for one in page.marked.titled if one.tag in _NAMED)
    for element in islice(chain(page.root.iter(*_HEADINGS), named), _MAX_LOOKED_AT):
        if not is_site_heading(element, host) and not is_aside(element, page.asides):
            yield element


def _is_of_post(element: etree._Element) -> bool:
    words = f"{element.get('class', '')} {element.get('id', '')}"
    return _OF_POST.search(words) is not None or any(
        one.get("rel") == "bookmark" for one in element.iter("a")
    )
