"""Machine-readable marks of a page's origin: headers, meta tags, attributes, structured data.

Only what speaks of this page's text counts: a picture's ``digitalSourceType`` or the label on a side
box says nothing of the article.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import cast

from lxml import etree

from cleaners.declarations import declared_type, disclosed, translated_by
from cleaners.declared import Declared
from cleaners.findings import Finding, Where, strong, weak
from cleaners.schema import AiUse
from cleaners.signals import web_address, without_controls
from cleaners.sites import domain_of, host_of
from cleaners.structured import find_structured
from cleaners.usage import find_usage
from cleaners.vendors import find_tool

_PAIR = re.compile(r"([A-Za-z][\w-]*)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;,\s]+)")
_MIN_SHARE = 0.5  # of the page's text that an element with an attribute must hold to speak for the article
_MAX_MARKED = 50  # elements with an attribute
_MAX_HEADER_CHARS = 2_000
_MAX_NAME_CHARS = 200  # of a provider or model
_LENGTH = etree.XPath("string-length()")
_MAX_COMMENTS, _MAX_COMMENT_CHARS = 200, 20_000
_AIGC = re.compile(r"AIGC\W{1,5}(\{[^{}]{1,2000}\})")
_MANIFEST = "BEGIN C2PA MANIFEST"
_TRUE = frozenset({"true", "1", "yes"})


def find_markers(
    page: Declared | None, *, headers: Mapping[str, str], url: str | None, canonical_url: str | None
) -> tuple[Finding, ...]:
    """Everything markup and headers say, strongest places first: header, structured data, meta, attributes."""
    lowered = {name.lower(): without_controls(value[:_MAX_HEADER_CHARS]) for name, value in headers.items()}
    meta = page.signals.meta if page is not None else {}
    found = [*_header(lowered)]
    if page is not None:
        found += find_structured(page)
        found += _meta(meta)
        found += _attributes(page)
        found += _comments(page.markup)
        found += _manifest_links(page)
        found += _elsewhere(url, canonical_url, meta)
    return (*found, *find_usage(lowered, meta))


def _header(headers: Mapping[str, str]) -> Iterator[Finding]:
    """``AI-Disclosure``: a dictionary by its draft, whose own example parts with semicolons; both are read."""
    value = headers.get("ai-disclosure", "")
    said = {key.lower(): text.strip('"') for key, text in _PAIR.findall(value)}
    yield from disclosed(
        said.get("mode", ""),
        "header",
        f"AI-Disclosure: {value}",
        _name(said.get("provider")),
        _name(said.get("model")),
    )


def _meta(meta: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    yield from _meta_disclosures(meta)
    for name, content in _contents(
        meta, "digitalsourcetype", "iptc4xmpext:digitalsourcetype", "digital-source-type"
    ):
        yield from declared_type(content, "meta", _tag(name, content))
    for name, content in _contents(meta, "translated-by", "translator"):
        vendor, model = find_tool(content[:_MAX_NAME_CHARS])
        if vendor:
            yield from translated_by(vendor, model, "meta", _tag(name, content))
    for name, content in _contents(meta, "sponsored", "article:sponsored", "is_sponsored"):
        if content.lower() in _TRUE:
            yield strong("sponsored", True, "meta", _tag(name, content))


def _meta_disclosures(meta: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    for name, content in _contents(meta, "ai-disclosure", "aidisclosure"):
        yield from disclosed(
            content, "meta", _tag(name, content), _one(meta, "ai-provider"), _one(meta, "ai-model")
        )
    for name, content in _contents(meta, "ai-generated"):
        if content.lower() in _TRUE:
            yield from disclosed("ai-generated", "meta", _tag(name, content))
    for _, content in _contents(meta, *(name for name in meta if "aigc" in name)):
        yield from _chinese_label(content, "meta")
    for name, content in _contents(meta, "ai-assistant", "ai-assisted-by"):
        vendor, model = find_tool(content[:_MAX_NAME_CHARS])
        yield weak("ai", AiUse(role="assisted", vendor=vendor, model=model), "meta", _tag(name, content))


def _contents(meta: Mapping[str, tuple[str, ...]], *names: str) -> Iterator[tuple[str, str]]:
    for name in names:
        for content in meta.get(name, ()):
            yield name, content


def _tag(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{content}">'


def _one(meta: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    return _name(next(iter(meta.get(name, ())), None))


def _name(value: str | None) -> str | None:
    return without_controls(value)[:_MAX_NAME_CHARS] if value else None


def _chinese_label(content: str, where: Where) -> Iterator[Finding]:
    """GB 45438-2025: ``Label`` 1 is generated, 2 may be, 3 is suspected. The producer is often a registration code."""
    try:
        fields = json.loads(html.unescape(content))
        label, producer = str(fields.get("Label")), str(fields.get("ContentProducer") or "")
    except (ValueError, AttributeError, RecursionError):
        return
    quote = f"AIGC: {content}"
    if label == "1":
        vendor = find_tool(producer[:_MAX_NAME_CHARS])[0] if producer else None
        yield from disclosed("ai-generated", where, quote, vendor)
    elif label in ("2", "3"):
        yield weak("ai", None, where, quote)


def _comments(markup: str) -> Iterator[Finding]:
    """Marks in comments: a Chinese label, a C2PA manifest of structured text. What else is there is no claim."""
    if "AIGC" not in markup and _MANIFEST not in markup:
        return
    for comment in islice(_each_comment(markup), _MAX_COMMENTS):
        label = _AIGC.search(comment)
        if label:
            yield from _chinese_label(label[1], "meta")
        if _MANIFEST in comment:
            yield strong("content_credentials", True, "c2pa", _MANIFEST)


def _each_comment(markup: str) -> Iterator[str]:
    """The comments, as far as they are closed. Looked for by hand: a pattern tries every opening anew to the end."""
    end = 0
    while (start := markup.find("<!--", end)) >= 0 and (end := markup.find("-->", start)) >= 0:
        yield markup[start + 4 : min(end, start + _MAX_COMMENT_CHARS)]


def _manifest_links(page: Declared) -> Iterator[Finding]:
    """A C2PA manifest that lies beside the page: it may speak of anything on it."""
    for rel, href in page.signals.links:
        if "c2pa-manifest" in rel.split():
            yield weak(
                "content_credentials",
                None,
                "meta",
                f'<link rel="c2pa-manifest" href="{href[:_MAX_NAME_CHARS]}">',
            )


def _attributes(page: Declared) -> Iterator[Finding]:
    """``ai-disclosure`` on the element that holds the article; on a side box it is evidence alone."""
    root = page.root
    marked = page.marked.disclosing[:_MAX_MARKED]
    whole = _length(root) if marked else 0.0
    for element in marked:
        if element.tag == "meta":
            continue
        level = element.get("ai-disclosure") or element.get("aidisclosure") or ""
        quote = f'<{element.tag} ai-disclosure="{level}">'
        if _length(element) >= _MIN_SHARE * whole:
            yield from disclosed(
                level, "attribute", quote, _name(element.get("ai-provider")), _name(element.get("ai-model"))
            )
        else:
            yield weak("ai", None, "attribute", quote)
    if "translated-ltr" in (root.get("class") or "") or "translated-rtl" in (root.get("class") or ""):
        quote = f'<html class="{root.get("class")}">'
        yield from translated_by("Google", "Google Translate", "attribute", quote)


def _length(element: etree._Element) -> float:
    return cast("float", _LENGTH(element))


def _elsewhere(
    url: str | None, canonical_url: str | None, meta: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    """An original on another site. Alone a foreign canonical link is weak: mirrors have one too."""
    for name in ("original-source", "syndication-source"):
        for content in meta.get(name, ()):
            original = web_address(content, base=url)
            if original:
                yield strong("syndication.original_url", original, "meta", _tag(name, content))
    for name in ("dcterms.source", "dc.source", "source"):
        for content in meta.get(name, ()):
            source = web_address(content, base=url)
            is_elsewhere = source is not None and url is not None and domain_of(source) != domain_of(url)
            yield weak(
                "syndication.original_url", source if is_elsewhere else None, "meta", _tag(name, content)
            )
    if url and canonical_url and domain_of(url) != domain_of(canonical_url):
        yield weak("syndication.original_url", canonical_url, "meta", f"canonical: {canonical_url}")
    host = host_of(url) if url else ""
    if host.endswith(".translate.goog"):
        yield from translated_by("Google", "Google Translate", "meta", host)
