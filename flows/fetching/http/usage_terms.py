"""Signals on the use of a page from files of its site: ``/.well-known/tdmrep.json``, the terms of RSL;
for robots.txt see ``robots.py``.

Which lines concern a page is decided here, what they mean in ``copydesk.cleaners.provenance.usage``. Nothing
is fetched, and nothing raises: what cannot be parsed gives no signal.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import SiteSignal
from copydesk.flows.fetching.http.documents import XML_OPTIONS, text_of, web_link, without_prolog
from copydesk.flows.fetching.http.robots import matches, target_of, usual_pattern

TDMREP, LICENSE = "tdmrep.json", "license.xml"
TDMREP_PATH = "/.well-known/tdmrep.json"
"""Where the TDM Reservation Protocol (W3C community group report) has the file of a whole origin."""
_MAX_VALUE = 2_000  # characters, set by hand
# entries of a file that are held against a page; set by hand: 500 KiB may hold many thousands
_MAX_RULES = 1_000
# Link: <https://a.example/terms.xml>; rel="license"; type="application/rsl+xml" (RFC 8288)
_LINK = lazy_pattern(r"<([^<>\s]{1,2000})>((?:\s*;[^,;<>]{0,200}){1,10})")
# <link rel="license" type="application/rsl+xml" href="/terms.xml">
_LINK_ELEMENT = lazy_pattern(r"<link\b[^<>]{0,2000}>", re.IGNORECASE)
_HREF = lazy_pattern(r"\bhref\s*=\s*[\"']?([^\"'\s<>]{1,2000})", re.IGNORECASE)
_RSL_TYPE = "application/rsl+xml"
# characters of the header; bytes of a page, at whose beginning link elements are
_MAX_LINKS, _MAX_HEAD = 8_000, 200_000
_FREE = frozenset({"", "free", "attribution"})
"""Kinds of payment in RSL that cost nothing."""


def tdmrep_signals(body: bytes, *, url: str) -> Iterator[SiteSignal]:
    """The signals of a ``tdmrep.json`` for the page at ``url``: the entry whose location matches most of its path."""
    target = target_of(url)
    matching = [entry for entry in _entries(body) if matches(usual_pattern(_location(entry)), target)]
    if not matching:
        return
    # the most exact entry speaks alone: "/free/*" is an exception from "/"
    best = max(matching, key=lambda entry: len(_location(entry)))
    for name in ("tdm-reservation", "tdm-policy"):
        value = best.get(name)
        # 0, 1 or an address; what is of another kind is not guessed at
        if isinstance(value, int | str) and str(value):
            yield SiteSignal(TDMREP, name, str(value)[:_MAX_VALUE])


def _entries(body: bytes) -> tuple[dict[str, Any], ...]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    # an entry without the list around it is taken too
    entries = (value if isinstance(value, list) else [value])[:_MAX_RULES]
    return tuple(
        entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("location", "/"), str)
    )


def _location(entry: dict[str, Any]) -> str:
    """A pattern of paths; what some write, a whole URL or nothing, is brought to one."""
    location = str(entry.get("location") or "/")[:_MAX_VALUE]
    return urlsplit(location).path or "/" if "://" in location else location


def license_links(headers: Mapping[str, str], body: bytes, *, url: str) -> Iterator[str]:
    """The URLs of RSL terms in a page's ``Link`` header and its ``link`` elements."""
    for target, parameters in _LINK.findall(headers.get("link", "")[:_MAX_LINKS]):
        if _RSL_TYPE in parameters and (address := web_link(url, target)):
            yield address
    head = body[:_MAX_HEAD]
    if _RSL_TYPE.encode() in head:
        for element in _LINK_ELEMENT.findall(head.decode("utf-8", "replace")):
            href = _HREF.search(element)
            if _RSL_TYPE in element and href and (address := web_link(url, html.unescape(href[1]))):
                yield address


def license_signals(body: bytes, *, url: str) -> Iterator[SiteSignal]:
    """The terms of an RSL document for the page at ``url``: of the content element that matches most of it.

    What one licence permits for free is permitted, whatever others cost.
    """
    contents = [(pattern, content) for pattern, content in _contents(body) if _covers(pattern, url)]
    if not contents:
        return
    terms = list(map(_terms_of, _children(max(contents, key=lambda pair: len(pair[0]))[1], "license")))
    free = {usage for permits, _, is_free in terms if is_free for usage in permits}
    paid = {usage for permits, _, is_free in terms if not is_free for usage in permits} - free
    prohibited = {usage for _, prohibits, _ in terms for usage in prohibits} - free - paid
    for name, usages in (("permits", free), ("permits-paid", paid), ("prohibits", prohibited)):
        if usages:
            yield SiteSignal(LICENSE, name, " ".join(sorted(usages))[:_MAX_VALUE])


def _contents(body: bytes) -> tuple[tuple[str, etree._Element], ...]:
    try:
        text, doctype = without_prolog(text_of(body, "application/xml"))
        # no terms need one, and it could define entities without end
        if doctype:
            return ()
        parser = etree.XMLParser(**XML_OPTIONS)
        root = etree.fromstring(text.encode(), parser)
    except (ValueError, etree.XMLSyntaxError):
        return ()
    is_rsl = etree.QName(root).localname == "rsl"
    contents = _children(root, "content")[:_MAX_RULES] if is_rsl else []
    return tuple((content.get("url") or "/", content) for content in contents)


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == name]


def _covers(pattern: str, url: str) -> bool:
    """Whether a content element speaks of a URL: of its site, if it names one, and of its path."""
    parts, page = urlsplit(pattern), urlsplit(url)
    if parts.netloc and parts.netloc.lower() != page.netloc.lower():
        return False
    path = pattern.partition(parts.netloc)[2] or "/" if parts.netloc else pattern
    return matches(usual_pattern(path), target_of(url))


def _terms_of(element: etree._Element) -> tuple[frozenset[str], frozenset[str], bool]:
    """The usages that a licence permits and prohibits, and whether it is free."""
    # without any payment element it is free: an empty set is part of every set
    payments = {payment.get("type", "") for payment in _children(element, "payment")}
    prohibited = _usages(element, "prohibits")
    return _usages(element, "permits") - prohibited, prohibited, payments <= _FREE


def _usages(element: etree._Element, name: str) -> frozenset[str]:
    words = [child.text or "" for child in _children(element, name) if child.get("type", "usage") == "usage"]
    return frozenset(" ".join(words).replace(",", " ").lower().split())
