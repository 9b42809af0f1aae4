"""robots.txt, read once: its groups of rules, the products each is for, and what speaks for the whole site.

Fetching and the record of what a publisher says on use both hear what is read here. It is as tolerant as
Protego and Google's parser (google/robotstxt): misspelt names, blanks in place of the colon and versions
behind a product's name are understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct, field

AGENT, ALLOW, DISALLOW, DELAY, SITEMAP, LICENSE = (
    "user-agent", "allow", "disallow", "crawl-delay", "sitemap", "license",
)  # fmt: skip
USAGE = ("content-usage", "content-signal")
"""Lines on what pages may be used for: AIPREF, and Cloudflare's Content Signals."""
SPELLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        AGENT: ("user-agent", "useragent", "user agent"),
        ALLOW: ("allow",),
        DISALLOW: ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"),
        DELAY: ("crawl-delay", "crawl delay"),
        SITEMAP: ("sitemap", "sitemaps", "site-map"),
        LICENSE: ("license", "licence"),
        "content-usage": ("content-usage", "content usage", "contentusage"),
        "content-signal": ("content-signal", "content-signals", "content signal", "contentsignal"),
        "host": ("host",),
        "request-rate": ("request-rate", "request rate"),
        "visit-time": ("visit-time", "visit time"),
    }
)
"""Names of lines, each in the spellings that are understood, in small letters: those of Protego (all there
are in Google's parser are among them) and, in the same manner, those of lines that Protego does not know.
"""
_NAMES = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings}
_MOST_WORDS = max(len(spelling.split()) for spelling in _NAMES)
_OF_THE_SITE = frozenset({SITEMAP, LICENSE, "host"})
"""Lines that stand outside of groups, wherever they stand (sitemaps.org; RFC 9309, 2.2.4; RSL 1.0)."""
_OF_A_GROUP = frozenset({ALLOW, DISALLOW, DELAY, *USAGE})
"""Lines that mean something to somebody here; the others only end the naming of products."""
# "gptbot/1.2": a group is for the product, without a version (RFC 9309, 2.2.1)
_VERSION = re.compile(r"/[0-9][\w.]*$")


class Line(Struct, frozen=True):
    """A line's name as ``SPELLINGS`` has it first, its value, and its number in the file, from 1."""

    name: str
    value: str
    number: int


class Group(Struct):
    """Lines, and the products they are for, in small letters (``*`` for all others)."""

    products: dict[str, None] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


class RobotsText(Struct, frozen=True):
    """A whole robots.txt: its groups, and its lines that speak for the site."""

    groups: tuple[Group, ...]
    of_the_site: tuple[Line, ...]


def read_groups(text: str) -> RobotsText:
    """Reads a robots.txt; never raises.

    A line that names a product begins a group where a line of another kind, even an unknown one, stood before it.
    """
    groups, of_the_site, is_named = [Group()], list[Line](), True
    for line in _lines(text):
        if line.name in _OF_THE_SITE:
            of_the_site.append(line)
        elif line.name == AGENT:
            if not is_named:
                groups.append(Group())
            is_named = True
            groups[-1].products.update(dict.fromkeys(_products(line.value)))
        else:
            is_named = False
            if line.value and line.name in _OF_A_GROUP:
                groups[-1].lines.append(line)
    return RobotsText(tuple(groups), tuple(line for line in of_the_site if line.value))


def _lines(text: str) -> Iterator[Line]:
    for number, written in enumerate(text.splitlines(), start=1):
        found = _named(written.partition("#")[0].strip())
        if found is not None:
            yield Line(*found, number)


def _named(line: str) -> tuple[str, str] | None:
    """A line's name and value; also where blanks stand in place of the colon. None where it has neither."""
    before, colon, after = line.partition(":")
    name = before.strip().lower()
    if colon and (name in _NAMES or not after or after[0].isspace()):
        return _NAMES.get(name, "unknown"), after.strip()
    words = line.split(None, _MOST_WORDS)
    for count in range(1, _MOST_WORDS + 1):
        spelled = " ".join(words[:count]).lower()
        if spelled in _NAMES:
            return _NAMES[spelled], " ".join(line.split()[count:])
    return ("unknown", after.strip()) if colon else None


def _products(value: str) -> list[str]:
    """The names that an agent line gives, without a version; stars within a name mean nothing."""
    name = _VERSION.sub("", value.lower())
    spellings = [name] if name == "*" or "*" not in name else [name, name.replace("*", "")]
    return [spelling for spelling in spellings if spelling]


def own_name(names: Iterable[str], product: str) -> str | None:
    """The name a product's rules stand under: of those that speak of it the longest, else ``*``; None where
    there is neither.
    """
    best, best_score = None, 0
    for name in names:
        score = _score(name, product.lower())
        if score > best_score:
            best, best_score = name, score
    return best


def _score(name: str, product: str) -> int:
    if name == "*":
        return 1
    at = product.find(name)
    while at > 0 and (product[at - 1].isalnum() or product[at - 1] in "-_"):  # within a word
        at = product.find(name, at + 1)
    return len(name) if at >= 0 else 0
