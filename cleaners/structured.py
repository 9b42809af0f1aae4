"""Marks of a page's origin in its structured data: only nodes that speak of this page count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from lxml import etree

from cleaners.declarations import declared_type, declared_use, disclosed
from cleaners.declared import Declared
from cleaners.findings import Finding, strong
from cleaners.jsonld import Graph, Node, clean_text, types_of
from cleaners.schema import AiUse, DerivedFrom
from cleaners.vendors import find_tool

_NEEDLES = (
    "digitalSourceType",
    "aiDisclosure",
    "translationOfWork",
    "isBasedOn",
    "AdvertiserContentArticle",
    "SoftwareApplication",
)


def find_structured(root: etree._Element, *, url: str | None) -> Iterator[Finding]:
    """Findings of the JSON-LD nodes about this page; nothing is parsed where no telling word is in it."""
    scripts = [
        script.text
        for script in root.iter("script")
        if script.text and "ld+json" in (script.get("type") or "").lower()
    ]
    if not any(needle in script for script in scripts for needle in _NEEDLES):
        return
    page = Declared(root, url)
    for node in page.nodes:
        yield from _node(page.graph, node)


def _node(graph: Graph, node: Node) -> Iterator[Finding]:
    for value in graph.values(node, "digitalSourceType"):
        yield from declared_type(value, "json-ld", f'"digitalSourceType": {_json(value)}')
    for value in graph.values(node, "aiDisclosure"):
        quote = f'"aiDisclosure": {_json(value)}'
        if isinstance(value, dict):
            level, tool, provider = (clean_text(value.get(key)) for key in ("level", "tool", "provider"))
            yield from disclosed(level or "", "json-ld", quote, provider, tool)
        else:
            yield from disclosed(str(value), "json-ld", quote)
    for value in graph.values(node, "author"):
        if isinstance(value, dict) and "softwareapplication" in types_of(value):
            name = clean_text(value.get("name"))
            use = (
                declared_use("generated", None, name)
                if name and find_tool(name)[0]
                else AiUse(role="generated", model=name)
            )
            yield strong("ai", use, "json-ld", f'"author": {_json(value)}')
    if "advertisercontentarticle" in types_of(node):
        yield strong("sponsored", True, "json-ld", f'"@type": {_json(node.get("@type"))}')
    yield from _works(graph, node, "translationOfWork", "translation")
    yield from _works(graph, node, "isBasedOn", None)


def _works(graph: Graph, node: Node, key: str, relation: Literal["translation"] | None) -> Iterator[Finding]:
    for value in graph.values(node, key):
        quote = f'"{key}": {_json(value)}'
        if isinstance(value, str):
            source = DerivedFrom(url=value, relation=relation)
        elif isinstance(value, dict):
            source = DerivedFrom(
                publisher=clean_text(value.get("publisher")),
                title=clean_text(value.get("headline") or value.get("name")),
                url=clean_text(value.get("url") or value.get("@id")),
                date_published=clean_text(value.get("datePublished")),
                language=clean_text(value.get("inLanguage")),
                relation=relation,
            )
        else:
            continue
        yield strong("derived_from", source, "json-ld", quote)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
