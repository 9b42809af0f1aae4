"""Microdata as nodes of the same shape as JSON-LD, so that one reader serves both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from lxml import etree

from copydesk.cleaners.markup.jsonld import Node, is_article
from copydesk.cleaners.markup.page_head import text_in

# elements walked up or down from one property; set by hand, against deeply nested pages
_MAX_INNER = 60
# what some field reads; the rest (articleBody, comment) would only cost time
_KEPT = frozenset(
    {
        "headline", "name", "alternativeheadline", "description", "author", "creator", "publisher", "datepublished",
        "datecreated", "datemodified", "image", "keywords", "articlesection", "inlanguage", "license",
        "isaccessibleforfree", "mainentityofpage", "url",
    }
)  # fmt: skip
_KEPT_INSIDE = frozenset({"name", "url", "sameas"})  # of an author or publisher
# pages also write "datepublished"; readers of nodes ask in schema.org's spelling
_SPELLINGS = {
    "datepublished": "datePublished", "datemodified": "dateModified", "datecreated": "dateCreated",
    "alternativeheadline": "alternativeHeadline", "articlesection": "articleSection", "inlanguage": "inLanguage",
    "isaccessibleforfree": "isAccessibleForFree", "mainentityofpage": "mainEntityOfPage",
}  # fmt: skip
# HTML Standard, microdata, "Values": of meta, time, links and media
_ADDRESS_ATTRIBUTES = ("content", "datetime", "href", "src")


def read_articles(properties: Iterable[etree._Element]) -> tuple[Node, ...]:
    """A node for every article-typed item that these elements with ``itemprop`` belong to, in document order."""
    # None: properties outside of any item, which have no type and so are no article
    nodes: dict[etree._Element | None, dict[str, Any]] = {}
    for element in properties:
        for name in element.get("itemprop", "").lower().split():
            if name in _KEPT:
                scope = _scope_of(element)
                node = nodes.setdefault(scope, {"@type": [] if scope is None else _types(scope)})
                node.setdefault(_SPELLINGS.get(name, name), []).append(_value(element))
    return tuple(node for node in nodes.values() if is_article(node))


def _scope_of(element: etree._Element) -> etree._Element | None:
    return next(
        (
            above
            for above in islice(element.iterancestors(), _MAX_INNER)
            if above.get("itemscope") is not None
        ),
        None,
    )


def _types(scope: etree._Element) -> list[str]:
    return (scope.get("itemtype") or "").split()


def _value(element: etree._Element) -> object:
    if element.get("itemscope") is None:
        return _text_or_address(element)
    node: dict[str, object] = {"@type": _types(element)}
    for inner in _inner(element):
        for name in inner.get("itemprop", "").lower().split():
            if name in _KEPT_INSIDE and name not in node:
                node[name] = _text_or_address(inner)
    # <span itemprop="author" itemscope>Anna Berg</span>
    if "name" not in node:
        node["name"] = text_in(element)
    return node


def _inner(element: etree._Element) -> Iterator[etree._Element]:
    for one in islice(element.iterdescendants(), _MAX_INNER):
        if isinstance(one.tag, str) and one.get("itemprop"):
            yield one


def _text_or_address(element: etree._Element) -> str:
    if element.get("itemprop", "").lower() == "name":
        return element.get("content") or text_in(element)
    for attribute in _ADDRESS_ATTRIBUTES:
        value = element.get(attribute)
        if value:
            # a link around a name is the name, not its address
            return (
                text_in(element)
                if attribute == "href" and element.tag == "a" and "url" not in element.get("itemprop", "")
                else value
            )
    return text_in(element)
