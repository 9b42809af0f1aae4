"""What files of a site say on the use of one of its pages: robots.txt, ``/.well-known/tdmrep.json``, the terms of RSL.

Which lines concern a page is decided here, what they mean in ``copydesk.cleaners.usage``; whether robots.txt lets it be fetched is asked of
``Robots``, and the line that says so looked for here. Nothing is fetched, and nothing raises: what cannot be read says nothing.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.types import SiteSignal
from copydesk.cleaners.usage import AI_CRAWLERS_LINE, CRAWLING_LINES, LICENSE_LINE
from copydesk.flows.fetching.documents import text_of, web_link, without_prolog

ROBOTS, TDMREP, LICENSE = "robots.txt", "tdmrep.json", "license.xml"
TDMREP_PATH = "/.well-known/tdmrep.json"
AI_CRAWLERS = (
    "GPTBot", "ClaudeBot", "Claude-Web", "anthropic-ai", "CCBot", "Google-Extended", "Applebot-Extended", "Bytespider", "Amazonbot",
    "meta-externalagent", "FacebookBot", "PerplexityBot", "cohere-ai", "cohere-training-data-crawler", "Diffbot", "ImagesiftBot", "omgili",
    "PanguBot", "Timpibot", "AI2Bot", "DeepSeekBot", "MistralAI-User",
)  # fmt: skip
"""Products that gather texts for language models, as their makers name them for robots.txt (2026)."""
UNQUOTED = "this page, by a line that is written in a way of its own"
"""In the place of a line that denies a page and is found by who decides alone."""
_USAGE_LINES = frozenset({"content-usage", "content-signal"})
_RULE_LINES = frozenset({*CRAWLING_LINES, *_USAGE_LINES, "crawl-delay", "noindex"})
_MAX_LINES, _MAX_VALUE, _MAX_PATTERN_STARS = 20_000, 2_000, 20
_MAX_RULES = 1_000
_MAX_SAID = 100  # lines on use for one product, and licences
_LINE_BYTES = 64  # of the pair around a value
_LINE = re.compile(r"\s*([A-Za-z][A-Za-z -]{0,39}):\s*([^#\r\n]*)")
_SLASH = re.compile(r"%2F", re.IGNORECASE)
_LINK = re.compile(r"<([^<>\s]{1,2000})>((?:\s*;[^,;<>]{0,200}){1,10})")
_LINK_ELEMENT = re.compile(r"<link\b[^<>]{0,2000}>", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s*=\s*[\"']?([^\"'\s<>]{1,2000})", re.IGNORECASE)
_RSL_TYPE = "application/rsl+xml"
_MAX_LINKS, _MAX_HEAD = 8_000, 200_000
_FREE = frozenset({"", "free", "attribution"})
"""Kinds of payment in RSL that cost nothing."""


Line = tuple[str, str]
"""A line's name in small letters, and its value."""


class RobotsLines(Struct, frozen=True):
    """robots.txt as far as it speaks of use: the lines for us, those for crawlers of AI companies that it names, the licences for everybody."""

    own: tuple[Line, ...] = ()
    crawlers: Mapping[str, tuple[Line, ...]] = {}
    licenses: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """Bytes in memory, about."""
        lines = {id(line): line for lines in (self.own, *self.crawlers.values()) for line in lines}
        held = [value for _, value in lines.values()] + list(self.licenses)
        return sum(_LINE_BYTES + sys.getsizeof(value) for value in held)


class _Group(Struct):
    """Lines for some products (small letters, ``*`` for all others)."""

    names: set[str]
    lines: list[Line]


def read_robots_lines(text: str, agent: str) -> RobotsLines:
    """The lines of a robots.txt that concern ``agent``, grouped as RFC 9309 has it; of more than anybody writes the first."""
    groups, licenses = _groups(text)
    named = {name for group in groups for name in group.names if name}
    own = max((name for name in named if agent.lower().startswith(name)), key=len, default="*")
    crawlers = {
        crawler: _bounded(crawler.lower(), groups) for crawler in AI_CRAWLERS if crawler.lower() in named
    }
    return RobotsLines(_bounded(own, groups), crawlers, tuple(licenses))


def _groups(text: str) -> tuple[list[_Group], Iterable[str]]:
    groups = [_Group(set(), [])]
    licenses: dict[str, None] = {}
    for name, value in _lines(text):
        if name == "user-agent":
            if groups[-1].lines:
                groups.append(_Group(set(), []))
            groups[-1].names.add(value.lower() if value == "*" else value.lower().replace("*", ""))
        elif name == LICENSE_LINE and len(licenses) < _MAX_SAID and web_link("", value):
            licenses[value] = None
        elif name in _RULE_LINES:
            groups[-1].lines.append((sys.intern(name), value))
    return groups, licenses


def _bounded(product: str, groups: Iterable[_Group]) -> tuple[Line, ...]:
    """The first lines for a product: rules, and what is said on use."""
    lines = [line for group in groups if product in group.names for line in group.lines]
    rules = [line for line in lines if line[0] in CRAWLING_LINES and line[1]]
    said = [line for line in lines if line[0] in _USAGE_LINES]
    return (*rules[:_MAX_RULES], *said[:_MAX_SAID])


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines()[:_MAX_LINES]:
        if found := _LINE.match(line[:_MAX_VALUE]):
            yield found[1].strip().lower().replace(" ", "-"), found[2].strip()


def robots_signals(robots: RobotsLines, *, url: str, is_allowed: bool) -> Iterator[SiteSignal]:
    """What robots.txt says to us on the page at ``url``, and which crawlers of AI companies it turns away from it.

    ``is_allowed`` says whether the page may be fetched (``Robots.may_fetch``); here are only the words for it.
    """
    path = _path(url)
    name = "allow" if is_allowed else "disallow"
    said_so = _rule(robots.own, path, names=(name,))
    if said_so is not None:
        yield SiteSignal(ROBOTS, *said_so)
    elif not is_allowed:
        yield SiteSignal(ROBOTS, name, UNQUOTED)
    for name, value in robots.own:
        if name in _USAGE_LINES and (said := _for_path(value, path)):
            yield SiteSignal(ROBOTS, name, said)
    for address in robots.licenses:
        yield SiteSignal(ROBOTS, LICENSE_LINE, address)
    denied = [crawler for crawler, lines in robots.crawlers.items() if _is_turned_away(lines, path)]
    if denied:
        yield SiteSignal(ROBOTS, AI_CRAWLERS_LINE, f"{', '.join(denied)} may not fetch it")


def _is_turned_away(lines: Iterable[Line], path: str) -> bool:
    """Whether a product's lines keep it from a path."""
    rule = _rule(lines, path, names=CRAWLING_LINES)
    return rule is not None and rule[0] == "disallow"


def _rule(lines: Iterable[Line], path: str, *, names: Collection[str]) -> Line | None:
    """Of the lines of these names the longest that matches, of two as long the one that allows (RFC 9309, 2.2.2)."""
    matching = [
        (len(value), name == "allow", (name, value))
        for name, value in lines
        if name in CRAWLING_LINES and name in names and _matches(value, path)
    ]
    return max(matching)[2] if matching else None


def _for_path(value: str, path: str) -> str | None:
    """A preference without the path it may begin with (AIPREF); None where that is another one."""
    if not value.startswith("/"):
        return value
    pattern, _, rest = value.partition(" ")
    return rest.strip() if _matches(pattern, path) else None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return _unquoted(parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _unquoted(text: str) -> str:
    """Without ``%``-encoding, except of what is another path without it: a slash that parts nothing."""
    return unquote(_SLASH.sub("%252F", text))


def _matches(pattern: str, path: str) -> bool:
    """Whether a pattern of robots.txt (``*`` for anything, ``$`` for the end) matches the beginning of a path."""
    pattern = _unquoted(pattern)
    if pattern.count("*") > _MAX_PATTERN_STARS:
        return False
    is_whole = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for number, part in enumerate(rest, start=1):
        is_last = is_whole and number == len(rest)
        found = path.rfind(part) if is_last else path.find(part, at)
        if found < at:
            return False
        at = found + len(part)
    return not is_whole or at == len(path)


def tdmrep_signals(body: bytes, *, url: str) -> Iterator[SiteSignal]:
    """What a ``tdmrep.json`` says on the page at ``url``: the entry whose location matches most of its path."""
    path = _path(url)
    matching = [entry for entry in _entries(body) if _matches(_location(entry), path)]
    if not matching:
        return
    best = max(matching, key=lambda entry: len(_location(entry)))
    for name in ("tdm-reservation", "tdm-policy"):
        value = best.get(name)
        if isinstance(value, int | str) and str(value):
            yield SiteSignal(TDMREP, name, str(value)[:_MAX_VALUE])


def _entries(body: bytes) -> tuple[dict[str, Any], ...]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    entries = (value if isinstance(value, list) else [value])[:_MAX_RULES]
    return tuple(
        entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("location", "/"), str)
    )


def _location(entry: dict[str, Any]) -> str:
    """A pattern of paths; what some write, a whole URL or nothing, is brought to one."""
    location = str(entry.get("location") or "/")[:_MAX_VALUE]
    return urlsplit(location).path or "/" if "://" in location else location


def license_links(headers: Mapping[str, str], body: bytes, *, url: str) -> Iterator[str]:
    """Where a page's ``Link`` header and its ``link`` elements say that the terms of RSL are."""
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

    What one licence permits for nothing is permitted, whatever others ask for it.
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
        text, has_doctype = without_prolog(text_of(body, "application/xml"))
        if has_doctype:
            return ()
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
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
    return _matches(pattern if not parts.netloc else pattern.partition(parts.netloc)[2] or "/", _path(url))


def _terms_of(element: etree._Element) -> tuple[frozenset[str], frozenset[str], bool]:
    """The usages that a licence permits and prohibits, and whether it is free."""
    payments = {payment.get("type", "") for payment in _children(element, "payment")}
    prohibited = _usages(element, "prohibits")
    return _usages(element, "permits") - prohibited, prohibited, payments <= _FREE


def _usages(element: etree._Element, name: str) -> frozenset[str]:
    said = [child.text or "" for child in _children(element, name) if child.get("type", "usage") == "usage"]
    return frozenset(" ".join(said).replace(",", " ").lower().split())
