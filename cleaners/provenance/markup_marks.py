"""Machine-readable marks of a page's origin: headers, meta tags, attributes, structured data.

Only what speaks of this page's text counts: a picture's ``digitalSourceType`` or the label on a side
box says nothing of the article.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice

from lxml import etree

from copydesk._core.markup import holds
from copydesk.cleaners.lexicon.vendors import find_tool
from copydesk.cleaners.markup.declared import DISCLOSURES, Declared
from copydesk.cleaners.markup.headers import read_headers
from copydesk.cleaners.markup.page_head import MetaTag, page_tags, web_address, without_controls
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.provenance.ai_vocabulary import (
    MAX_FINDINGS,
    MAX_NAME_CHARS,
    declared_type,
    disclosed,
    disclosed_in,
    translated_by,
    translator,
)
from copydesk.cleaners.provenance.findings import Finding, Where, strong, weak
from copydesk.cleaners.provenance.structured_marks import find_structured
from copydesk.cleaners.provenance.usage import TAGS, find_usage
from copydesk.cleaners.schema import AiUse
from copydesk.cleaners.sites import domain_of, host_of

_MIN_SHARE = 0.5  # of the page's text that an element with an attribute must hold to speak for the article
_MAX_MARKED = 50  # elements with an attribute
# set by hand, like the other limits here: far above what real pages have, so that made ones cost little
_MAX_HEADER_CHARS = 2_000
# elements whose text no browser shows; `noscript` repeats what scripts show
_NOT_TEXT = frozenset({"head", "script", "style", "template", "noscript", "svg"})
_MAX_COMMENTS, _MAX_COMMENT_CHARS = 200, 20_000
# `AIGC={"Label":"1","ContentProducer":"…"}`, however the two are parted; a label holds no further objects
_AIGC = lazy_pattern(r"AIGC\W{1,5}(\{[^{}]{1,2000}\})")
# the armour of C2PA's embedding in structured text
MANIFEST, _END = "BEGIN C2PA MANIFEST", "END C2PA MANIFEST"
# alone on its line but for the mark of a comment or the key of a front matter, as the standard has it
_WHOLEMANIFEST = lazy_pattern(
    r"^[^\w\n]{0,10}(?:[\w-]{1,40}:[^\w\n]{0,10})?-----BEGIN C2PA MANIFEST-----"
    r"\W{1,20}(?:https?://|data:application/c2pa)",
    re.MULTILINE,
)
# how templates write that a switch is on; any other content of such a tag says nothing
_TRUE = frozenset({"true", "1", "yes"})
# spellings that are accepted; the second is the property's name in IPTC's schema for XMP
_TYPES = ("digitalsourcetype", "iptc4xmpext:digitalsourcetype", "digital-source-type")
_TRANSLATORS = ("translated-by", "translator")
_SPONSORED = ("sponsored", "article:sponsored", "is_sponsored")
_ASSISTANTS = ("ai-assistant", "ai-assisted-by")
# they speak of this very page; those below may name anything it draws on, so they are weak
_ORIGINALS = ("original-source", "syndication-source")
_SOURCES = ("dcterms.source", "dc.source", "source")
_READ = TAGS.union(
    DISCLOSURES, _TYPES, _TRANSLATORS, _SPONSORED, _ASSISTANTS, _ORIGINALS, _SOURCES,
    ("ai-generated", "ai-provider", "ai-model"),
)  # fmt: skip

_Tags = Mapping[str, tuple[MetaTag, ...]]


def find_marks(
    page: Declared | None, *, headers: Mapping[str, object], url: str | None, canonical_url: str | None
) -> tuple[Finding, ...]:
    """Everything markup and headers say, strongest places first: header, structured data, meta, attributes."""
    own_headers = {
        # cut first: controls are looked for in what is kept alone
        name: tuple(without_controls(value[:_MAX_HEADER_CHARS]) for value in values)
        for name, values in read_headers(headers).items()
    }
    disclosures = own_headers.get("ai-disclosure", ())
    # of the few names read here alone: pages have dozens of others
    tags = page_tags(page.head.meta_elements, _READ, "aigc") if page is not None else {}
    places = [disclosed_in(value, "header", f"AI-Disclosure: {value}") for value in disclosures]
    if page is not None:
        places += [find_structured(page), _meta(tags), _attributes(page), _comments(page.markup)]
        places += [_manifest_links(page), _elsewhere(url, canonical_url, tags)]
    # each place is cut by itself, lest thousands of marks in one hide what another says
    found = [finding for place in places for finding in islice(place, MAX_FINDINGS)]
    # not cut: a refusal may come last
    return (*found, *find_usage(own_headers, tags))


def has_manifest(text: str) -> bool:
    """Whether a plain text carries a C2PA manifest of structured text, in its front matter or a comment. It
    is not judged.
    """
    # two searches for fixed words first: nearly no text has them, and the pattern is slower
    return holds(text, MANIFEST) and _END in text and _WHOLEMANIFEST.search(text) is not None


def _meta(tags: _Tags) -> Iterator[Finding]:
    yield from _meta_disclosures(tags)
    for tag in _named(tags, _TYPES):
        yield from declared_type(tag.content, "meta", tag.quote)
    for tag in _named(tags, _TRANSLATORS):
        yield from translator(tag.content, (), "meta", tag.quote)
    for tag in _named(tags, _SPONSORED):
        if tag.content.lower() in _TRUE:
            yield strong("sponsored", True, "meta", tag.quote)
    for tag in _named(tags, [name for name in tags if "aigc" in name]):  # last: there may be any number
        yield from _chinese_label(tag.content, "meta", tag.quote)


def _meta_disclosures(tags: _Tags) -> Iterator[Finding]:
    by = [next((tag.content for tag in tags.get(name, ())), None) for name in ("ai-provider", "ai-model")]
    for tag in _named(tags, DISCLOSURES):
        yield from disclosed_in(tag.content, "meta", tag.quote, *by)
    for tag in _named(tags, ("ai-generated",)):
        if tag.content.lower() in _TRUE:
            yield from disclosed("ai-generated", "meta", tag.quote)
    for tag in _named(tags, _ASSISTANTS):
        # weak: that an assistant is named does not say what it did to this text
        vendor, model = find_tool(tag.content[:MAX_NAME_CHARS])
        use = AiUse(role="assisted", vendor=vendor, model=model) if vendor or model else None
        yield weak("ai", use, "meta", tag.quote)


def _named(tags: _Tags, names: Sequence[str]) -> Iterator[MetaTag]:
    return chain.from_iterable(map(tags.__getitem__, filter(tags.__contains__, names)))


def _chinese_label(content: str, where: Where, quote: str) -> Iterator[Finding]:
    """GB 45438-2025: ``Label`` 1 is generated, 2 may be, 3 is suspected. The producer is often a registration code."""
    try:
        # quotation marks may still be written `&quot;`: in comments, in attributes escaped twice
        fields = json.loads(html.unescape(content))
        label, producer = str(fields.get("Label")), str(fields.get("ContentProducer") or "")
    # no JSON; JSON that is no object; brackets nested to exhaustion
    except (ValueError, AttributeError, RecursionError):
        return
    if label == "1":
        vendor = find_tool(producer[:MAX_NAME_CHARS])[0] if producer else None
        yield from disclosed("ai-generated", where, quote, vendor)
    # "may be" and "suspected" settle nothing
    elif label in ("2", "3"):
        yield weak("ai", None, where, quote)


def _comments(markup: str) -> Iterator[Finding]:
    """Marks in comments: a Chinese label, a C2PA manifest of structured text. What else is there is no claim."""
    # most pages have neither, and comments are parted only then
    if not (holds(markup, "AIGC") or holds(markup, MANIFEST)):
        return
    for comment in islice(_each_comment(markup), _MAX_COMMENTS):
        if label := _AIGC.search(comment):
            yield from _chinese_label(label[1], "meta", label[0])
        if MANIFEST in comment:
            yield strong("content_credentials", True, "c2pa", MANIFEST)


def _each_comment(markup: str) -> Iterator[str]:
    """The comments, as far as they are closed. Looked for by hand: a pattern tries every opening anew to the end."""
    end = 0
    while (start := markup.find("<!--", end)) >= 0 and (end := markup.find("-->", start)) >= 0:
        yield markup[start + 4 : min(end, start + _MAX_COMMENT_CHARS)]


def _manifest_links(page: Declared) -> Iterator[Finding]:
    """A C2PA manifest that lies beside the page: it may speak of anything on it."""
    for rel, href in page.head.links:
        if "c2pa-manifest" in rel.split():
            quote = f'<link rel="c2pa-manifest" href="{href[:MAX_NAME_CHARS]}">'
            yield weak("content_credentials", None, "meta", quote)


def _attributes(page: Declared) -> Iterator[Finding]:
    """``ai-disclosure`` on the element that holds the article; on a side box it is evidence alone."""
    root = page.root
    marked = [one for one in page.marked.disclosing[:_MAX_MARKED] if one.tag != "meta"]
    sizes = _sizes(root, {root, *marked}) if marked else {}
    for element in marked:
        name = next(name for name in DISCLOSURES if element.get(name) is not None)
        level = element.get(name, "")
        quote = f'<{element.tag} {name}="{level}">'
        # 0 for both where a page has no text: an empty element holds no article
        if sizes.get(element, 0) > 0 and sizes[element] >= _MIN_SHARE * sizes[root]:
            by = element.get("ai-provider"), element.get("ai-model")
            yield from disclosed(level, "attribute", quote, *by)
        else:
            yield weak("ai", None, "attribute", quote)
    # classes that Google Translate sets on `html`; they stay where a translated page was saved
    if "translated-ltr" in (root.get("class") or "") or "translated-rtl" in (root.get("class") or ""):
        quote = f'<html class="{root.get("class")}">'
        yield from translated_by("Google", "Google Translate", "attribute", quote)


def _sizes(root: etree._Element, wanted: Collection[etree._Element]) -> dict[etree._Element, int]:
    """Characters of text that a browser could show in some elements, counted in one walk through all."""
    sizes: dict[etree._Element, int] = {}
    seen = 0
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, one in walker:
        if event != "start":
            # less what had been seen when it began; the tail follows the element and counts outside
            if event == "end" and one in sizes:
                sizes[one] += seen
            seen += _length(one.tail)
        elif one.tag in _NOT_TEXT:
            walker.skip_subtree()
        else:
            if one in wanted:
                sizes[one] = -seen
            seen += _length(one.text)
    return sizes


def _length(text: str | None) -> int:
    return len("".join(text.split())) if text else 0


def _elsewhere(url: str | None, canonical_url: str | None, tags: _Tags) -> Iterator[Finding]:
    """An original on another site. Alone a foreign canonical link is weak: mirrors have one too."""
    for tag in _named(tags, _ORIGINALS):
        if original := web_address(tag.content, base=url):
            yield strong("syndication.original_url", original, "meta", tag.quote)
    for tag in _named(tags, _SOURCES):
        source = web_address(tag.content, base=url)
        # a site's own address there names the site, no other original
        is_elsewhere = source is not None and url is not None and domain_of(source) != domain_of(url)
        yield weak("syndication.original_url", source if is_elsewhere else None, "meta", tag.quote)
    if url and canonical_url and domain_of(url) != domain_of(canonical_url):
        yield weak("syndication.original_url", canonical_url, "meta", f"canonical: {canonical_url}")
    host = host_of(url) if url else ""
    # the proxy through which Google serves translated pages: the site's address with hyphens, below this host
    if host.endswith(".translate.goog"):
        yield from translated_by("Google", "Google Translate", "meta", host)
