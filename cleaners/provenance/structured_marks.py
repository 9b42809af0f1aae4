"""Marks of a page's origin in its structured data: only nodes that speak of this page count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Literal

from lxml import etree

from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.jsonld import Node, clean_text, is_of_article, item_of, read_articles, types_of
from copydesk.cleaners.markup.page_head import text_in
from copydesk.cleaners.provenance.ai_vocabulary import (
    MAX_FINDINGS,
    declared_type,
    disclosed,
    program_author,
    translator,
)
from copydesk.cleaners.provenance.findings import MAX_QUOTE_CHARS, Finding, Where, strong
from copydesk.cleaners.schema import DerivedFrom
from copydesk.cleaners.sites import spelt_alike

_MAX_INNER = 60  # set by hand: nested deeper is no name of a real page
_ITEM_NAMES = frozenset({"digitalsourcetype", "translator"})
# what templates print for an empty property: `"sponsor": "false"`
_NOBODY = frozenset({"false", "true", "none", "null", "no", "yes", "0", "1", "undefined"})
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def find_structured(page: Declared) -> Iterator[Finding]:
    """Findings of the JSON-LD nodes about this page, and of the article's own item of microdata."""
    # where microdata was chosen for the metadata, `_item` reads its marks from the elements
    nodes = page.nodes if page.origin == "json-ld" else ()
    found = chain((finding for node in nodes for finding in _node(page, node)), _item(page))
    yield from islice(found, MAX_FINDINGS)


def _node(page: Declared, node: Node) -> Iterator[Finding]:
    graph = page.graph
    for value in graph.values(node, "digitalSourceType"):
        yield from declared_type(value, "json-ld", f'"digitalSourceType": {_json(value)}')
    for value in graph.values(node, "aiDisclosure"):
        quote = f'"aiDisclosure": {_json(value)}'
        # either a level ("ai-assisted") or an object with level, tool and provider
        if isinstance(value, dict):
            level, tool, provider = (clean_text(value.get(key)) for key in ("level", "tool", "provider"))
            yield from disclosed(level or "", "json-ld", quote, provider, tool)
        else:
            yield from disclosed(str(value), "json-ld", quote)
    for value in graph.values(node, "author"):
        # the type must say it: a person may be called Claude, an office AI Desk
        if isinstance(value, dict) and "softwareapplication" in types_of(value):
            yield from program_author(clean_text(value.get("name")), "json-ld", f'"author": {_json(value)}')
    for value in graph.values(node, "translator"):
        name = clean_text(value.get("name") if isinstance(value, dict) else value)
        types = types_of(value) if isinstance(value, dict) else ()
        yield from translator(name, types, "json-ld", f'"translator": {_json(value)}')
    yield from _sponsors(page, node)
    # properties of schema.org's CreativeWork; `isBasedOn` leaves open in what way
    yield from _works(page, node, "translationOfWork", "translation")
    yield from _works(page, node, "isBasedOn", None)


def _sponsors(page: Declared, node: Node) -> Iterator[Finding]:
    """Who paid. Some systems write the property on every page and leave it empty or false."""
    for value in page.graph.values(node, "sponsor"):
        name = clean_text(value)
        if name and name.lower() not in _NOBODY:
            yield strong("sponsored", True, "json-ld", f'"sponsor": {_json(value)}')
    # schema.org's AdvertiserContentArticle is paid for, whoever is named
    if "advertisercontentarticle" in types_of(node):
        yield strong("sponsored", True, "json-ld", f'"@type": {_json(node.get("@type"))}')


def _item(page: Declared) -> Iterator[Finding]:
    """Properties of the article's own item: those of a picture's or a teaser's say nothing of the text."""
    read = [(one.get("itemprop", "").lower().split(), one) for one in page.marked.properties]
    named = [(names, one) for names, one in read if not _ITEM_NAMES.isdisjoint(names)]
    # on most pages no property has to be assigned to its item
    own = _own_item(page) if named else None
    for names, element in named:
        if own is None or item_of(element) is not own:
            continue
        if "digitalsourcetype" in names:
            value = element.get("content") or element.get("href") or text_in(element)
            yield from declared_type(value, *_shown(element))
        if "translator" in names:
            types = types_of({"@type": element.get("itemtype", "").split()})
            yield from translator(clean_text(_name_in(element)), types, *_shown(element))


def _own_item(page: Declared) -> etree._Element | None:
    """The item of microdata that is this page's article: the only one, or the one chosen for the metadata."""
    items: dict[etree._Element, list[etree._Element]] = {}
    for element in page.marked.properties:
        scope = item_of(element)
        if scope is not None and is_of_article(types_of({"@type": scope.get("itemtype", "").split()})):
            items.setdefault(scope, []).append(element)
    # several are lists of teasers, in which each item is an article, too
    if len(items) == 1:
        return next(iter(items))
    chosen = (
        scope for scope, held in items.items() if any(node in page.nodes for node in read_articles(held))
    )
    return next(chosen, None)


def _name_in(element: etree._Element) -> str:
    """The name an element of microdata holds: of the item it is, or its own text."""
    # `itemprop="translator" itemscope` holds a person with a name of its own, not the name itself
    if element.get("itemscope") is not None:
        for inner in islice(element.iterdescendants(), _MAX_INNER):
            if isinstance(inner.tag, str) and "name" in inner.get("itemprop", "").lower().split():
                return inner.get("content") or text_in(inner)
    return element.get("content") or text_in(element)


def _shown(element: etree._Element) -> tuple[Where, str]:
    """Where a property of microdata is, and its words."""
    prop = element.get("itemprop", "")
    for attribute in ("content", "href"):
        if value := element.get(attribute):
            # attributes before text: they are the value where there are some (HTML Standard, 5.2.4)
            return "meta" if element.tag == "meta" else "attribute", (
                f'<{element.tag} itemprop="{prop}" {attribute}="{value}">'
            )
    return "attribute", f'<{element.tag} itemprop="{prop}">{text_in(element)}'


def _works(
    page: Declared, node: Node, key: str, relation: Literal["translation"] | None
) -> Iterator[Finding]:
    own = {spelt_alike(one) for one in (page.url, page.canonical) if one}
    for value in page.graph.values(node, key):
        source = _work(page, value, relation)
        # of eight pages (Fundus, open web) that say what they are based on seven name themselves
        if source.url and spelt_alike(source.url) in own:
            continue
        # a work of which nothing can be read is no source: the relation alone names none
        if source != DerivedFrom(relation=relation):
            yield strong("derived_from", source, "json-ld", f'"{key}": {_json(value)}')


def _work(page: Declared, value: object, relation: Literal["translation"] | None) -> DerivedFrom:
    if isinstance(value, str):
        return DerivedFrom(url=page.head.absolute(value), relation=relation)
    if not isinstance(value, dict):
        return DerivedFrom(relation=relation)
    language = clean_text(value.get("inLanguage"))
    return DerivedFrom(
        publisher=clean_text(value.get("publisher")),
        title=clean_text(value.get("headline") or value.get("name")),
        # `@id` is the fallback: many systems give the address there alone
        url=page.head.absolute(clean_text(value.get("url") or value.get("@id")) or ""),
        date_published=read_date(clean_text(value.get("datePublished")) or "", language=language or "und"),
        language=language,
        relation=relation,
    )


def _json(value: object) -> str:
    """A value as written in the page, as far as a quotation goes: one may be large and referred to often."""
    quote = ""
    try:
        # in parts and not `dumps`: a large value that many nodes refer to would be written whole each time
        for part in _ENCODER.iterencode(value):
            quote += part
            if len(quote) > MAX_QUOTE_CHARS:
                break
    except RecursionError:
        pass  # the start will do
    return quote[:MAX_QUOTE_CHARS]
