"""The links of a page that lead on within its article: to the next page, or to all of it on a single one; and
whether another page has the same text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import urldefrag

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.markup.page_head import PageHead, gather
from copydesk.cleaners.page_kind.page_evidence import declared_types, page_words
from copydesk.cleaners.pagination.page_numbers import is_number_alone, is_single_page, page_number, words

MAX_PAGES: Final = 20
"""Set by hand: of an article, the first one among them. Longer ones are books, galleries, and lists taken for one."""
# "2", "[2]", "2/3", "2 of 3", "第2页", and not "The Bridge 2"
_NUMBER_ALONE = re.compile(r"[\W_第]*(\d+)[\W_]*(?:(?:[^\W\d_]{1,3}[\W_]+)?\d+|页|頁|ページ)?[\W_]*")
# "Page 2 of 3", "go to page 2"
_NUMBER_NAMED = re.compile(r"([^\W\d_]+)[\W_]*(\d+)")
# not a sentence that names a number
_MAX_LINK_CHARS = 60
# up from a link: set by hand, pagers of comments stand close to them
_MAX_ANCESTORS = 12
# a pager's words are links, and differ where the text is the same
_NO_TEXT = frozenset({"a", "script", "style", "noscript", "title", "template"})
# set by hand: a paragraph and not a line of a menu or of a form
_PARAGRAPH_CHARS = 60
_PARAGRAPHS = 3


class FurtherPages(Struct, frozen=True):
    """Where a page leads within its article. ``single``: to all of it; ``next``: to the page behind it."""

    single: str | None = None
    next: str | None = None


def find_further_pages(root: etree._Element, *, url: str, first: str, number: int) -> FurtherPages:
    """Where the page at ``url`` leads, that is the one of this ``number`` of the article whose first page is at
    ``first``. Nowhere, where it declares itself a list.
    """
    head = gather(root, url=url)
    # what lists articles has pages too
    if number == 1 and _is_list(root, head):
        return FurtherPages()
    single: str | None = None
    leads: str | None = None
    # pages repeat their links, and addresses may be long
    known: dict[str, tuple[bool, bool]] = {}
    for link, element in _links(root, head):
        if link not in known:
            has_all = number == 1 and is_single_page(link, first=first)
            known[link] = has_all, page_number(link, first=first) == number + 1
        has_all, is_next = known[link]
        if not (has_all or is_next) or _is_of_comments(element):
            continue
        if has_all and single is None:
            single = link
        if is_next and leads is None and _leads_to(element, number + 1, link, first):
            leads = link
    return FurtherPages(single, leads)


def _is_list(root: etree._Element, head: PageHead) -> bool:
    types = page_words()["types"]
    declared = declared_types(markup="", scripts=head.scripts, open_graph=head.meta.get("og:type", ()))
    if not declared.isdisjoint(types["article"]):
        return False
    body = root.find("body")
    classes = set() if body is None else set((body.get("class") or "").lower().split())
    return not (declared.isdisjoint(types["list"]) and classes.isdisjoint(words().lists))


def _links(root: etree._Element, head: PageHead) -> Iterator[tuple[str, etree._Element]]:
    """The links of a page without their fragments: those of its head first."""
    for element in root.iter("link", "a"):
        href = element.get("href")
        if not href or href.startswith("#") or "comment" in href.partition("#")[2].lower():
            continue
        link = head.absolute(href)
        if link is not None:
            yield urldefrag(link).url, element


def _is_of_comments(element: etree._Element) -> bool:
    above = (one for one, _ in zip(element.iterancestors(), range(_MAX_ANCESTORS), strict=False))
    return any("comment" in f"{one.get('id', '')} {one.get('class', '')}".lower() for one in above)


def _leads_to(element: etree._Element, number: int, link: str, first: str) -> bool:
    """Whether a link says that it leads on: to the next page, or to the one of this number."""
    texts = list(_texts_of_link(element))
    if element.tag == "a" and any(_names(text, number) for text in texts):
        return True
    # "next" is on links between articles too, and "/ferry-2" may be another one of the same title
    if is_number_alone(link, first=first):
        return False
    if "next" in (element.get("rel") or "").lower().split():
        return True
    if element.tag == "link":
        return False
    classes = re.split(r"[\s_-]+", (element.get("class") or "").lower())
    return "next" in classes or any(_is_next_label(text) for text in texts)


def _texts_of_link(element: etree._Element) -> Iterator[str]:
    """What a link says, in its text or to those who do not see it; not where it is a sentence."""
    for written in ("".join(map(str, element.itertext())), element.get("aria-label"), element.get("title")):
        text = " ".join((written or "").lower().split())
        if text and len(text) <= _MAX_LINK_CHARS:
            yield text


def _names(text: str, number: int) -> bool:
    """Whether a text is a page's number, or names a page of it: "2", "page 2", "2/3", "2 of 3"."""
    alone, named = _NUMBER_ALONE.fullmatch(text), _NUMBER_NAMED.search(text)
    if alone is not None:
        return alone[1] == str(number)
    return named is not None and named[1] in words().names and named[2] == str(number)


def _is_next_label(text: str) -> bool:
    return any(text == word or text.startswith(f"{word} ") for word in words().next)


def text_pieces(root: etree._Element | None) -> frozenset[str]:
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
