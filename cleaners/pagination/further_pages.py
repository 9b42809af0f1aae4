"""Finds the links to the next page of an article and to the whole article on a single page; compares their texts."""

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
from copydesk.cleaners.patterns import lazy_pattern

MAX_PAGES: Final = 20
"""Pages of an article; set by hand: longer ones are books, galleries, or lists that look like an article."""
# "2", "[2]", "2/3", "2 of 3", "第2页", and not "The Bridge 2"
_NUMBER_ALONE = lazy_pattern(r"[\W_第]*(\d+)[\W_]*(?:(?:[^\W\d_]{1,3}[\W_]+)?\d+|页|頁|ページ)?[\W_]*")
# "Page 2 of 3", "go to page 2"
_NUMBER_NAMED = lazy_pattern(r"([^\W\d_]+)[\W_]*(\d+)")
# longer texts are sentences
_MAX_LINK_TEXT_CHARS = 60
# of a link; set by hand: pagers of comments are close to the comments
_MAX_ANCESTORS = 12
# with links, because pagers differ on pages with the same text
_IGNORED_TAGS = frozenset({"a", "script", "style", "noscript", "title", "template"})
# set by hand: shorter texts are lines of a menu or a form
_MIN_PARAGRAPH_CHARS = 60
_MAX_PARAGRAPHS = 3


class FurtherPages(Struct, frozen=True):
    """URLs of the whole article on a ``single`` page, and of the ``next`` page."""

    single: str | None = None
    next: str | None = None


def find_further_pages(root: etree._Element, *, url: str, first: str, number: int) -> FurtherPages:
    """The links of page ``number`` of an article, found at ``url``; none on a list. ``first``: the URL of page 1."""
    head = gather(root, url=url)
    # lists have pages, too
    if number == 1 and _is_list(root, head):
        return FurtherPages()
    single: str | None = None
    next_page: str | None = None
    # a cache, because pages repeat their links
    known: dict[str, tuple[bool, bool]] = {}
    for link, element in _links(root, head):
        if link not in known:
            is_single = number == 1 and is_single_page(link, first=first)
            known[link] = is_single, page_number(link, first=first) == number + 1
        is_single, is_next = known[link]
        if not (is_single or is_next) or _is_in_comments(element):
            continue
        if is_single and single is None:
            single = link
        if is_next and next_page is None and _leads_to(element, number + 1, link, first):
            next_page = link
    return FurtherPages(single, next_page)


def _is_list(root: etree._Element, head: PageHead) -> bool:
    types = page_words()["types"]
    declared = declared_types(markup="", scripts=head.scripts, open_graph=head.meta.get("og:type", ()))
    if not declared.isdisjoint(types["article"]):
        return False
    body = root.find("body")
    classes = set() if body is None else set((body.get("class") or "").lower().split())
    return not (declared.isdisjoint(types["list"]) and classes.isdisjoint(words().lists))


def _links(root: etree._Element, head: PageHead) -> Iterator[tuple[str, etree._Element]]:
    """The links of a page without their fragments, those of the head first."""
    for element in root.iter("link", "a"):
        href = element.get("href")
        if not href or href.startswith("#") or "comment" in href.partition("#")[2].lower():
            continue
        if (link := head.absolute(href)) is not None:
            yield urldefrag(link).url, element


def _is_in_comments(element: etree._Element) -> bool:
    above = (one for one, _ in zip(element.iterancestors(), range(_MAX_ANCESTORS), strict=False))
    return any("comment" in f"{one.get('id', '')} {one.get('class', '')}".lower() for one in above)


def _leads_to(element: etree._Element, number: int, link: str, first: str) -> bool:
    """Whether a link says that it leads to the next page, or to page ``number``."""
    texts = list(_link_texts(element))
    if element.tag == "a" and any(_names_page(text, number) for text in texts):
        return True
    # "next" is also on links between articles, and "/ferry-2" may be another article of the same title
    if is_number_alone(link, first=first):
        return False
    if "next" in (element.get("rel") or "").lower().split():
        return True
    if element.tag == "link":
        return False
    classes = re.split(r"[\s_-]+", (element.get("class") or "").lower())
    labels = tuple(f"{word} " for word in words().next)
    return "next" in classes or any(f"{text} ".startswith(labels) for text in texts)


def _link_texts(element: etree._Element) -> Iterator[str]:
    """The text and the accessible names of a link, without long ones."""
    for raw in ("".join(map(str, element.itertext())), element.get("aria-label"), element.get("title")):
        text = " ".join((raw or "").lower().split())
        if text and len(text) <= _MAX_LINK_TEXT_CHARS:
            yield text


def _names_page(text: str, number: int) -> bool:
    """Whether a text names the page of this number: "2", "page 2", "2/3", "2 of 3"."""
    alone, named = _NUMBER_ALONE.fullmatch(text), _NUMBER_NAMED.search(text)
    if alone is not None:
        return alone[1] == str(number)
    return named is not None and named[1] in words().names and named[2] == str(number)


def text_pieces(root: etree._Element | None) -> frozenset[str]:
    """The text nodes of a page outside its links, without those that have no letter, such as page numbers."""
    if root is None:
        return frozenset()
    found: set[str] = set()
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in _IGNORED_TAGS:
            found.add(_normalized(element.text))
        above = element.getparent()
        if above is not None and above.tag not in _IGNORED_TAGS:
            found.add(_normalized(element.tail))
    return frozenset(found - {""})


def has_all_of(first: Collection[str], single: Collection[str]) -> bool:
    """Whether the ``single`` page has the longest paragraphs of the ``first`` one and at least as much text."""
    paragraphs = sorted((text for text in first if len(text) >= _MIN_PARAGRAPH_CHARS), key=len)
    longest = paragraphs[-_MAX_PARAGRAPHS:]
    is_longer = sum(map(len, single)) >= sum(map(len, first))
    return bool(longest) and is_longer and all(text in single for text in longest)


def _normalized(text: str | None) -> str:
    plain = " ".join((text or "").split())
    return plain if any(map(str.isalpha, plain)) else ""
