"""Machine-readable marks of a page's origin: headers, meta tags, attributes, structured data.

Only what speaks of this page's text counts: a picture's ``digitalSourceType`` or the label on a side
box says nothing of the article.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from lxml import html

from cleaners.declared import Declared
from cleaners.findings import Finding, Where, strong, weak
from cleaners.jsonld import Graph, Node, clean_text, types_of
from cleaners.schema import AiUse, DerivedFrom
from cleaners.usage import find_usage
from cleaners.vendors import find_tool

TRAINED = "trainedAlgorithmicMedia"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
SOURCE_TYPES = frozenset(
    [
        "digitalCapture",
        "computationalCapture",
        "negativeFilm",
        "positiveFilm",
        "print",
        "minorHumanEdits",
        "humanEdits",
        "algorithmicallyEnhanced",
        "softwareImage",
        "digitalArt",
        "digitalCreation",
        "dataDrivenMedia",
        "trainedAlgorithmicMedia",
        "algorithmicMedia",
        "screenCapture",
        "virtualRecording",
        "composite",
        "compositeCapture",
        "compositeSynthetic",
        "compositeWithTrainedAlgorithmicMedia",
    ]
)
"""IPTC Digital Source Type, release of 2024-10-23."""
_SCHEMA_NAMES = {"multiFrameComputationalCapture": "computationalCapture"}

_LEVELS: Mapping[str, tuple[str, str]] = {
    "ai-assisted": ("assisted", COMPOSITE),
    "ai-modified": ("assisted", COMPOSITE),
    "ai-generated": ("generated", TRAINED),
    "ai-originated": ("generated", TRAINED),
    "autonomous": ("generated", TRAINED),
    "machine-generated": ("generated", TRAINED),
}
"""Levels of the HTML and HTTP disclosure drafts, with role and type. ``none`` claims no AI: evidence alone."""

_PAIR = re.compile(r"([A-Za-z][\w-]*)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;,\s]+)")
_NEEDLES = (
    "digitalSourceType",
    "aiDisclosure",
    "translationOfWork",
    "isBasedOn",
    "AdvertiserContentArticle",
    "SoftwareApplication",
)
_MIN_SHARE = 0.5  # of the page's text that an element with an attribute must hold to speak for the article
_TRUE = frozenset({"true", "1", "yes"})


def find_markers(
    root: html.HtmlElement | None, *, headers: Mapping[str, str], url: str | None, canonical_url: str | None
) -> tuple[Finding, ...]:
    """Everything markup and headers say, strongest places first: header, structured data, meta, attributes."""
    lowered = {name.lower(): value for name, value in headers.items()}
    meta = read_meta(root) if root is not None else {}
    found = [*_header(lowered)]
    if root is not None:
        found += _structured(root, url)
        found += _meta(meta)
        found += _attributes(root)
        found += _elsewhere(url, canonical_url, meta)
    return (*found, *find_usage(lowered, meta))


def read_meta(root: html.HtmlElement) -> dict[str, tuple[str, ...]]:
    """Meta tags: lower-case name or property to contents."""
    read: dict[str, tuple[str, ...]] = {}
    for element in root.iter("meta"):
        name = element.get("name") or element.get("property") or element.get("http-equiv")
        content = element.get("content")
        if name and content and content.strip():
            read[name.strip().lower()] = (*read.get(name.strip().lower(), ()), content.strip())
    return read


def _header(headers: Mapping[str, str]) -> Iterator[Finding]:
    """``AI-Disclosure``: a dictionary by its draft, whose own example parts with semicolons; both are read."""
    value = headers.get("ai-disclosure", "")
    said = {key.lower(): text.strip('"') for key, text in _PAIR.findall(value)}
    yield from _disclosed(
        said.get("mode", ""), "header", f"AI-Disclosure: {value}", said.get("provider"), said.get("model")
    )


def _disclosed(
    level: str, where: Where, quote: str, provider: str | None = None, model: str | None = None
) -> Iterator[Finding]:
    level = level.strip().lower()
    if level == "none":
        yield weak("ai", None, where, quote)
    elif level in _LEVELS:
        role, kind = _LEVELS[level]
        yield strong("ai", declared_use(role, provider, model), where, quote)
        yield strong("digital_source_type", kind, where, quote)


def declared_use(role: str, provider: str | None, model: str | None) -> AiUse:
    """A use of AI as declared; the provider's usual name is taken, the model is kept as written."""
    vendor = find_tool(provider)[0] or provider if provider else None
    if model and not vendor:
        vendor = find_tool(model)[0]
    return AiUse(role=role, vendor=vendor, model=model)  # type: ignore[arg-type]


def _meta(meta: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    for name in ("ai-disclosure", "aidisclosure"):
        for content in meta.get(name, ()):
            quote = f'<meta name="{name}" content="{content}">'
            yield from _disclosed(content, "meta", quote, _one(meta, "ai-provider"), _one(meta, "ai-model"))
    for content in meta.get("ai-generated", ()):
        if content.lower() in _TRUE:
            yield from _disclosed("ai-generated", "meta", f'<meta name="ai-generated" content="{content}">')
    for name in ("digitalsourcetype", "iptc4xmpext:digitalsourcetype", "digital-source-type"):
        for content in meta.get(name, ()):
            yield from _source_type(content, "meta", f'<meta name="{name}" content="{content}">')
    for content in meta.get("aigc", ()):
        yield from _chinese_label(content)
    for name in ("translated-by", "translator"):
        for content in meta.get(name, ()):
            vendor, model = find_tool(content)
            if vendor:
                yield strong(
                    "ai", AiUse(role="translated", vendor=vendor, model=model), "meta", f"{name}: {content}"
                )
                yield strong("machine_translated", True, "meta", f"{name}: {content}")
    for name in ("sponsored", "article:sponsored", "is_sponsored"):
        for content in meta.get(name, ()):
            if content.lower() in _TRUE:
                yield strong("sponsored", True, "meta", f"{name}: {content}")


def _one(meta: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    return next(iter(meta.get(name, ())), None)


def _chinese_label(content: str) -> Iterator[Finding]:
    """GB 45438-2025: ``Label`` 1 is generated, 2 may be, 3 is suspected."""
    try:
        label = str(json.loads(content).get("Label"))
    except (ValueError, AttributeError):
        return
    quote = f"AIGC: {content}"
    if label == "1":
        yield from _disclosed("ai-generated", "meta", quote)
    elif label in ("2", "3"):
        yield weak("ai", None, "meta", quote)


def source_type(value: str) -> str | None:
    """The IPTC term in any of its spellings (address, ``digsrctype:``, bare, schema.org's), or None."""
    term = re.split(r"[/:#]", value.strip().rstrip("/"))[-1]
    if term.endswith("DigitalSource"):
        term = term.removesuffix("DigitalSource")
    term = term[:1].lower() + term[1:]
    term = _SCHEMA_NAMES.get(term, term)
    return term if term in SOURCE_TYPES else None


def _source_type(value: object, where: Where, quote: str) -> Iterator[Finding]:
    text = clean_text(value.get("@id") if isinstance(value, dict) else value)
    term = source_type(text) if text else None
    if not term:
        return
    yield strong("digital_source_type", term, where, quote)
    if term == TRAINED:
        yield weak("ai", AiUse(role="generated"), where, quote)
    elif term == COMPOSITE:
        yield weak("ai", AiUse(role="assisted"), where, quote)


def _attributes(root: html.HtmlElement) -> Iterator[Finding]:
    """``ai-disclosure`` on the element that holds the article; on a side box it is evidence alone."""
    marked = root.xpath("//*[@ai-disclosure or @aidisclosure]")
    whole = sum(len(text) for text in root.itertext()) if marked else 0
    for element in marked:
        if element.tag == "meta":
            continue
        level = element.get("ai-disclosure") or element.get("aidisclosure") or ""
        quote = f'<{element.tag} ai-disclosure="{level}">'
        if sum(len(text) for text in element.itertext()) >= _MIN_SHARE * whole:
            yield from _disclosed(
                level, "attribute", quote, element.get("ai-provider"), element.get("ai-model")
            )
        else:
            yield weak("ai", None, "attribute", quote)
    if "translated-ltr" in (root.get("class") or "") or "translated-rtl" in (root.get("class") or ""):
        quote = f'<html class="{root.get("class")}">'
        yield strong(
            "ai", AiUse(role="translated", vendor="Google", model="Google Translate"), "attribute", quote
        )
        yield strong("machine_translated", True, "attribute", quote)


def _structured(root: html.HtmlElement, url: str | None) -> Iterator[Finding]:
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
        yield from _source_type(value, "json-ld", f'"digitalSourceType": {_json(value)}')
    for value in graph.values(node, "aiDisclosure"):
        quote = f'"aiDisclosure": {_json(value)}'
        if isinstance(value, dict):
            level, tool, provider = (clean_text(value.get(key)) for key in ("level", "tool", "provider"))
            yield from _disclosed(level or "", "json-ld", quote, provider, tool)
        else:
            yield from _disclosed(str(value), "json-ld", quote)
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


def _works(graph: Graph, node: Node, key: str, relation: str | None) -> Iterator[Finding]:
    for value in graph.values(node, key):
        quote = f'"{key}": {_json(value)}'
        if isinstance(value, str):
            source = DerivedFrom(url=value, relation=relation)  # type: ignore[arg-type]
        elif isinstance(value, dict):
            source = DerivedFrom(
                publisher=clean_text(value.get("publisher")),
                title=clean_text(value.get("headline") or value.get("name")),
                url=clean_text(value.get("url") or value.get("@id")),
                date_published=clean_text(value.get("datePublished")),
                language=clean_text(value.get("inLanguage")),
                relation=relation,  # type: ignore[arg-type]
            )
        else:
            continue
        yield strong("derived_from", source, "json-ld", quote)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _elsewhere(
    url: str | None, canonical_url: str | None, meta: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    """An original on another site. Alone a foreign canonical link is weak: mirrors have one too."""
    for name in ("original-source", "syndication-source"):
        for content in meta.get(name, ()):
            yield strong(
                "syndication.original_url", content, "meta", f'<meta name="{name}" content="{content}">'
            )
    if url and canonical_url and site(url) != site(canonical_url):
        yield weak("syndication.original_url", canonical_url, "meta", f"canonical: {canonical_url}")
    host = (urlsplit(url).hostname or "") if url else ""
    if host.endswith(".translate.goog"):
        yield strong("ai", AiUse(role="translated", vendor="Google", model="Google Translate"), "meta", host)
        yield strong("machine_translated", True, "meta", host)


def site(url: str) -> str:
    """The last two labels of the host (three below a short second one: ``bbc.co.uk``), for comparison only."""
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        return ""
    count = 3 if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else 2
    return ".".join(labels[-count:])
