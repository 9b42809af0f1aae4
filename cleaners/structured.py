"""Marks of a page's origin in its structured data: only nodes that speak of this page count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from cleaners.dates import read_date
from cleaners.declarations import declared_type, declared_use, disclosed, translated_by
from cleaners.declared import Declared
from cleaners.findings import Finding, strong
from cleaners.jsonld import Node, clean_text, types_of
from cleaners.schema import AiUse, DerivedFrom
from cleaners.vendors import find_tool

_MAX_FINDINGS = 200  # of one page
_MAX_QUOTE_CHARS = 1_000
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def find_structured(page: Declared) -> Iterator[Finding]:
    """Findings of the JSON-LD nodes about this page."""
    if page.origin == "json-ld":
        yield from islice((finding for node in page.nodes for finding in _node(page, node)), _MAX_FINDINGS)


def _node(page: Declared, node: Node) -> Iterator[Finding]:
    graph = page.graph
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
    yield from _translators(page, node)
    for value in graph.values(node, "sponsor"):
        yield strong("sponsored", True, "json-ld", f'"sponsor": {_json(value)}')
    if "advertisercontentarticle" in types_of(node):
        yield strong("sponsored", True, "json-ld", f'"@type": {_json(node.get("@type"))}')
    yield from _works(page, node, "translationOfWork", "translation")
    yield from _works(page, node, "isBasedOn", None)


def _translators(page: Declared, node: Node) -> Iterator[Finding]:
    """A program or a person named as translator."""
    for value in page.graph.values(node, "translator"):
        name = clean_text(value.get("name") if isinstance(value, dict) else value) or ""
        vendor, model = find_tool(name) if name else (None, None)
        quote = f'"translator": {_json(value)}'
        if vendor or (isinstance(value, dict) and "softwareapplication" in types_of(value)):
            yield from translated_by(vendor, model, "json-ld", quote)
        elif name:
            yield strong("machine_translated", False, "json-ld", quote)


def _works(
    page: Declared, node: Node, key: str, relation: Literal["translation"] | None
) -> Iterator[Finding]:
    for value in page.graph.values(node, key):
        source = _work(page, value, relation)
        if source != DerivedFrom(relation=relation):
            yield strong("derived_from", source, "json-ld", f'"{key}": {_json(value)}')


def _work(page: Declared, value: object, relation: Literal["translation"] | None) -> DerivedFrom:
    if isinstance(value, str):
        return DerivedFrom(url=page.signals.absolute(value), relation=relation)
    if not isinstance(value, dict):
        return DerivedFrom(relation=relation)
    language = clean_text(value.get("inLanguage"))
    return DerivedFrom(
        publisher=clean_text(value.get("publisher")),
        title=clean_text(value.get("headline") or value.get("name")),
        url=page.signals.absolute(clean_text(value.get("url") or value.get("@id")) or ""),
        date_published=read_date(clean_text(value.get("datePublished")) or "", language=language or "und"),
        language=language,
        relation=relation,
    )


def _json(value: object) -> str:
    """A value as it stands in the page, as far as a quotation goes: one may be large and referred to often."""
    quote = ""
    try:
        for part in _ENCODER.iterencode(value):
            quote += part
            if len(quote) > _MAX_QUOTE_CHARS:
                break
    except RecursionError:
        pass  # the start will do
    return quote[:_MAX_QUOTE_CHARS]
